"""What all steps share: logging, failing with a message, and writing all outputs or none."""

from __future__ import annotations

import argparse
import logging
import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SHOWN_PROBLEMS = 10
EXIT_MESSAGE_LIMIT = 1024
EXIT_MESSAGE_FILE = Path("/opt/ml/output/message")

LOG = logging.getLogger(__name__)


class DataError(Exception):
    """Input that a step refuses, with one message for each problem."""

    def __init__(self, *problems: str) -> None:
        shown = list(problems[:SHOWN_PROBLEMS])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more problems")
        super().__init__("\n".join(shown))


def argument_parser(description: str) -> argparse.ArgumentParser:
    """A parser with the arguments of every step."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("/opt/ml/processing/output"),
        help="folder with one folder for each output",
    )
    parser.add_argument(
        "--exit-message-file",
        type=Path,
        default=EXIT_MESSAGE_FILE,
        help="file for the reason of a failure, where its folder exists",
    )
    return parser


def run(parser: argparse.ArgumentParser, step: Callable[[argparse.Namespace], None]) -> None:
    """Runs a step and ends the process with code 1 and a message if its input is refused."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    arguments = parser.parse_args()
    try:
        step(arguments)
    except DataError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        leave_exit_message(arguments.exit_message_file, str(error))
        sys.exit(1)
    except Exception as error:
        leave_exit_message(arguments.exit_message_file, f"{type(error).__name__}: {error}")
        raise


def leave_exit_message(path: Path, message: str) -> None:
    """Leaves the reason where DescribeProcessingJob reads its ExitMessage.

    https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
    """
    if path.parent.is_dir():
        shortened = message.encode("utf-8")[:EXIT_MESSAGE_LIMIT].decode("utf-8", errors="ignore")
        path.write_text(shortened, encoding="utf-8")


def fraction(text: str) -> float:
    """An argument between 0 and 1, both excluded."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be between 0 and 1, got: {text}")
    return value


def seed(text: str) -> int:
    """An argument that seeds NumPy's random numbers."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2^32-1, got: {text}")
    return int(text)


@contextmanager
def outputs(folder: Path) -> Iterator[Path]:
    """A scratch folder whose files move to the output folder when the block ends well."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-") as name:
        scratch = Path(name)
        yield scratch
        for path in sorted(scratch.rglob("*")):
            target = folder / path.relative_to(scratch)
            if path.is_dir():
                target.mkdir(exist_ok=True)
            else:
                shutil.move(str(path), str(target))
                LOG.info("wrote %s", target)
