"""Turns applications for loans into the model's features, for batch scoring."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from credit_data import APPLICATION_COLUMNS, encode_features, read_loans, write_rows
from schema import FEATURE_NAMES
from step import argument_parser, outputs, run

LOG = logging.getLogger("encode")


def encode(arguments: argparse.Namespace) -> None:
    """Reads, checks, encodes and writes."""
    features = encode_features(read_loans(arguments.input, APPLICATION_COLUMNS))
    LOG.info("read %d applications", len(features))
    with outputs(arguments.output) as folder:
        for name in ("features", "table"):
            (folder / name).mkdir()
        # The transform job takes no header, and the check of the data's quality wants one.
        write_rows(folder / "features" / "features.csv", features)
        write_rows(folder / "table" / "table.csv", features, FEATURE_NAMES)


def main() -> None:
    """Reads the arguments and runs the step."""
    parser = argument_parser(__doc__ or "")
    parser.add_argument(
        "--input",
        type=Path,
        default=Path("/opt/ml/processing/input/applications"),
        help="file of applications, or folder with such files; a label is ignored",
    )
    run(parser, encode)


if __name__ == "__main__":
    main()
