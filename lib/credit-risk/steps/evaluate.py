"""Compares the model's answers for the test data with the truth."""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from credit_data import list_files
from metrics import Floats, Integers, evaluate_predictions
from step import DataError, argument_parser, fraction, outputs, run

LOG = logging.getLogger("evaluate")


def read_numbers(
    folder: Path,
    rule: str,
    accepts: Callable[[float], bool],
    parse: Callable[[str], float] = float,
) -> Floats:
    """Numbers of the one file in a folder, one in each line that is not blank."""
    files = list_files(folder)
    if len(files) != 1:
        raise DataError(f"{folder}: must hold one file, found {len(files)}")
    path = files[0]
    numbers = []
    problems = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line_number, line in enumerate(file, start=1):
            text = line.strip()
            if not text:
                continue
            try:
                value = parse(text)
            except ValueError:
                value = math.nan
            if not accepts(value):
                problems.append(f"{path.name}:{line_number}: must be {rule}, got: {text}")
            numbers.append(value)
    if problems:
        raise DataError(*problems)
    if not numbers:
        raise DataError(f"{path.name}: must hold one number in each line, is empty")
    return np.array(numbers)


def probability_of_good(answer: str) -> float:
    """Probability of class 1, out of an answer with the more likely class and its probability."""
    label, _, probability = answer.partition(",")
    if float(label) not in (0, 1):
        raise ValueError(label)
    return float(probability) if float(label) == 1 else 1 - float(probability)


ANSWERS: dict[str, tuple[str, Callable[[str], float]]] = {
    "probability": ("a probability between 0 and 1", float),
    "label,probability": ("a label and its probability between 0 and 1", probability_of_good),
}
"""What the model writes for each loan: the rule in words, and the probability of class 1 in it."""


def read_labels(folder: Path) -> Integers:
    """Labels of the test data."""
    labels = read_numbers(folder, "0 or 1", lambda value: value in (0, 1)).astype(np.int32)
    for label in (0, 1):
        count = int((labels == label).sum())
        if count < 2:
            raise DataError(f"labels must hold 2 or more loans of class {label}, got: {count}")
    return labels


def evaluate(arguments: argparse.Namespace) -> None:
    """Reads, checks, measures and writes."""
    labels = read_labels(arguments.labels)
    rule, parse = ANSWERS[arguments.answers]
    probabilities = read_numbers(
        arguments.predictions, rule, lambda value: 0 <= value <= 1, parse
    )
    if len(labels) != len(probabilities):
        raise DataError(
            f"predictions and labels must have the same number of rows, "
            f"got: {len(probabilities)} predictions and {len(labels)} labels"
        )
    report = evaluate_predictions(labels, probabilities, arguments.threshold)
    LOG.info("evaluated %d loans: %s", len(labels), json.dumps(report))

    with outputs(arguments.output) as folder:
        for name in ("evaluation", "scored", "answers"):
            (folder / name).mkdir()
        text = json.dumps(report, indent=2, allow_nan=False)
        (folder / "evaluation" / "evaluation.json").write_text(text + "\n", encoding="utf-8")
        predictions = (probabilities >= arguments.threshold).astype(int)
        answers = list(zip(predictions.tolist(), probabilities.tolist()))
        with (folder / "scored" / "scored.csv").open("w", encoding="utf-8", newline="\n") as file:
            file.write("label,prediction,probability\n")
            rows = zip(labels.tolist(), answers)
            file.writelines("%d,%d,%r\n" % (label, *answer) for label, answer in rows)
        # What batch scoring compares its own answers with.
        with (folder / "answers" / "answers.csv").open("w", encoding="utf-8", newline="\n") as file:
            file.write("prediction,probability\n")
            file.writelines("%d,%r\n" % answer for answer in answers)


def main() -> None:
    """Reads the arguments and runs the step."""
    parser = argument_parser(__doc__ or "")
    parser.add_argument(
        "--predictions",
        type=Path,
        default=Path("/opt/ml/processing/input/predictions"),
        help="file of the batch transform job, or folder with this file",
    )
    parser.add_argument(
        "--labels",
        type=Path,
        default=Path("/opt/ml/processing/input/labels"),
        help="file of labels in the same order, or folder with this file",
    )
    parser.add_argument(
        "--answers", choices=ANSWERS, default="probability", help="what a line of predictions is"
    )
    parser.add_argument(
        "--threshold",
        type=fraction,
        default=0.5,
        help="probability from which a loan counts as good",
    )
    run(parser, evaluate)


if __name__ == "__main__":
    main()
