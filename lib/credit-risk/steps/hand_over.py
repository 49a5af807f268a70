"""Hands checked decisions over: copies them to where their readers look, with a note about them."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import shutil
from pathlib import Path

from credit_data import list_files
from step import DataError, argument_parser, outputs, run

LOG = logging.getLogger("hand_over")


def describe(path: Path) -> dict[str, object]:
    """What a reader can compare a file with."""
    content = path.read_bytes()
    rows = max(content.count(b"\n") - 1, 0)
    return {"rows": rows, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def hand_over(arguments: argparse.Namespace) -> None:
    """Copies the files as they are, and writes the note."""
    files = list_files(arguments.decisions)
    if not files:
        raise DataError(f"{arguments.decisions}: must hold decisions, found none")
    empty = [path.name for path in files if path.stat().st_size == 0]
    if empty:
        raise DataError(*[f"{name}: must hold decisions, is empty" for name in empty])
    note = {"execution": arguments.execution, "files": {path.name: describe(path) for path in files}}
    with outputs(arguments.output) as folder:
        for path in files:
            shutil.copyfile(path, folder / path.name)
        text = json.dumps(note, indent=2, sort_keys=True)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    LOG.info("handed over %s", ", ".join(path.name for path in files))


def main() -> None:
    """Reads the arguments and runs the step."""
    parser = argument_parser(__doc__ or "")
    parser.add_argument(
        "--decisions",
        type=Path,
        default=Path("/opt/ml/processing/input/decisions"),
        help="folder of checked decisions",
    )
    parser.add_argument("--execution", required=True, help="execution that decided")
    run(parser, hand_over)


if __name__ == "__main__":
    main()
