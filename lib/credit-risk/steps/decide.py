"""Turns the scores of a batch transform job into decisions, in the forms that their checks take."""

from __future__ import annotations

import argparse
import logging
import math
from pathlib import Path

from credit_data import list_files
from schema import FEATURE_NAMES, LABEL_NAME
from step import DataError, argument_parser, fraction, outputs, run

LOG = logging.getLogger("decide")

ANSWER_NAMES = ("prediction", "probability")


def read_lines(folder: Path) -> tuple[str, list[str]]:
    """Name and lines of the one file in a folder; blank lines are left out."""
    files = list_files(folder)
    if len(files) != 1:
        raise DataError(f"{folder}: must hold one file, found {len(files)}")
    with files[0].open(encoding="utf-8", errors="replace") as file:
        return files[0].name, [line.strip() for line in file if line.strip()]


def read_scores(folder: Path, applications: list[str]) -> list[str]:
    """Probabilities as they are written, one for each application, which stands in front of it."""
    name, lines = read_lines(folder)
    if len(lines) != len(applications):
        raise DataError(
            f"{name}: must have one line for each of {len(applications)} applications, "
            f"got: {len(lines)}"
        )
    probabilities = []
    problems = []
    for number, (line, application) in enumerate(zip(lines, applications), start=1):
        scored, _, probability = line.rpartition(",")
        if scored != application:
            problems.append(f"{name}:{number}: must begin with its application, got: {line[:40]}")
        elif not is_probability(probability):
            problems.append(
                f"{name}:{number}: must end with a probability between 0 and 1, got: {probability}"
            )
        probabilities.append(probability)
    if problems:
        raise DataError(*problems)
    return probabilities


def is_probability(text: str) -> bool:
    """Whether a text is a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return 0 <= value <= 1


def decide(arguments: argparse.Namespace) -> None:
    """Reads, checks, decides and writes."""
    name, applications = read_lines(arguments.applications)
    if not applications:
        raise DataError(f"{name}: must hold applications, is empty")
    probabilities = read_scores(arguments.scores, applications)
    answers = [
        f"{int(float(probability) >= arguments.threshold)},{probability}"
        for probability in probabilities
    ]
    LOG.info("decided about %d applications", len(applications))
    tables = {
        "decisions": [",".join([*FEATURE_NAMES, *ANSWER_NAMES])]
        + [f"{application},{answer}" for application, answer in zip(applications, answers)],
        "answers": [",".join(ANSWER_NAMES), *answers],
        # Clarify takes no header: the decision stands in the place of the label.
        "outcomes": [
            f"{answer.partition(',')[0]},{application}"
            for application, answer in zip(applications, answers)
        ],
    }
    with outputs(arguments.output) as folder:
        for output, lines in tables.items():
            (folder / output).mkdir()
            text = "".join(f"{line}\n" for line in lines)
            (folder / output / f"{output}.csv").write_text(text, encoding="utf-8")


def main() -> None:
    """Reads the arguments and runs the step."""
    parser = argument_parser(f"{__doc__} The label that is decided is {LABEL_NAME}.")
    folder = Path("/opt/ml/processing/input")
    parser.add_argument(
        "--applications",
        type=Path,
        default=folder / "applications",
        help="file of features that was scored, or folder with this file",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        default=folder / "scores",
        help="result of the batch transform job: each line is an application with its score",
    )
    parser.add_argument(
        "--threshold",
        type=fraction,
        default=0.5,
        help="probability from which a loan counts as good",
    )
    run(parser, decide)


if __name__ == "__main__":
    main()
