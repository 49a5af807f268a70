"""Makes tables with a header from the file of loans, for algorithms that encode columns themselves."""

from __future__ import annotations

import argparse
import logging

import numpy as np

from credit_data import read_loans, write_rows
from prepare import split_parser, split_rows
from schema import COLUMNS, LABEL_NAME
from step import outputs, run

LOG = logging.getLogger("tabulate")

NAMES = [column.name for column in COLUMNS]


def tabulate(arguments: argparse.Namespace) -> None:
    """Reads, checks, splits and writes."""
    loans = read_loans(arguments.input)
    label = NAMES.index(LABEL_NAME)
    labels = loans[:, label]
    # The split of prepare.py, so that both models answer for the same held-out loans.
    split = split_rows(
        labels, arguments.test_fraction, arguments.validation_fraction, arguments.seed
    )
    LOG.info("read %d loans, held out %d", len(loans), len(split.test))
    with outputs(arguments.output) as folder:
        for name in ("train", "validation", "test", "labels"):
            (folder / name).mkdir()
        write_rows(folder / "train" / "train.csv", loans[split.train], NAMES)
        write_rows(folder / "validation" / "validation.csv", loans[split.validation], NAMES)
        held_out = np.delete(loans[split.test], label, axis=1)
        write_rows(folder / "test" / "columns.csv", held_out)
        write_rows(folder / "labels" / "labels.csv", labels[split.test][:, np.newaxis])


def main() -> None:
    """Reads the arguments and runs the step."""
    run(split_parser(__doc__ or ""), tabulate)


if __name__ == "__main__":
    main()
