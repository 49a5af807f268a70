"""Makes training, validation and test data from the file of loans."""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from credit_data import Integers, describe_encoding, encode, read_loans, write_rows
from schema import FEATURE_NAMES, LABEL_NAME
from step import DataError, argument_parser, fraction, outputs, run, seed

LOG = logging.getLogger("prepare")


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts of the data."""

    train: Integers
    validation: Integers
    test: Integers


def split_rows(
    labels: Integers, test_fraction: float, validation_fraction: float, random_state: int
) -> Split:
    """Splits rows at random, with the same share of each class in every part."""
    rows = np.arange(len(labels))
    counts = {int(label): int((labels == label).sum()) for label in (0, 1)}
    for label, count in counts.items():
        if not count:
            raise DataError(
                f"column '{LABEL_NAME}' must have both classes (1 = good, 0 = bad), "
                f"all {len(labels)} loans are {1 - label}"
            )
    try:
        rest, test = train_test_split(
            rows,
            test_size=round(len(rows) * test_fraction),
            random_state=random_state,
            stratify=labels,
        )
        train, validation = train_test_split(
            rest,
            test_size=round(len(rows) * validation_fraction),
            random_state=random_state,
            stratify=labels[rest],
        )
        parts = Split(train, validation, test)
        too_small = any(np.unique(labels[part]).size < 2 for part in (train, validation, test))
    except ValueError:
        too_small = True
    if too_small:
        raise DataError(
            f"each part must get loans of both classes, got too few: {counts[1]} good and "
            f"{counts[0]} bad for a test part of {test_fraction} and a validation part of "
            f"{validation_fraction}"
        )
    return parts


def prepare(arguments: argparse.Namespace) -> None:
    """Reads, checks, splits, encodes and writes."""
    held_out = arguments.test_fraction + arguments.validation_fraction
    if held_out >= 1:
        raise DataError(
            f"--test-fraction and --validation-fraction must be below 1 together, got: {held_out}"
        )
    loans = read_loans(arguments.input)
    features, labels = encode(loans)
    split = split_rows(
        labels, arguments.test_fraction, arguments.validation_fraction, arguments.seed
    )
    LOG.info("read %d loans, %.1f %% good", len(labels), 100 * labels.mean())
    for name, part in vars(split).items():
        LOG.info("%s: %d loans, %.1f %% good", name, len(part), 100 * labels[part].mean())

    table = np.column_stack([labels, features])
    with outputs(arguments.output) as folder:
        for name in ("train", "validation", "test", "labels", "holdout", "baseline", "encoder"):
            (folder / name).mkdir()
        write_rows(folder / "train" / "train.csv", table[split.train])
        write_rows(folder / "validation" / "validation.csv", table[split.validation])
        write_rows(folder / "test" / "features.csv", features[split.test])
        write_rows(folder / "labels" / "labels.csv", labels[split.test][:, np.newaxis])
        write_rows(folder / "holdout" / "holdout.csv", table[split.test])
        write_rows(folder / "baseline" / "baseline.csv", features[split.train], FEATURE_NAMES)
        encoding = json.dumps(describe_encoding(), indent=2)
        (folder / "encoder" / "encoder.json").write_text(encoding + "\n", encoding="utf-8")


def split_parser(description: str) -> argparse.ArgumentParser:
    """A parser with the arguments of a step that reads and splits the file of loans."""
    parser = argument_parser(description)
    parser.add_argument(
        "--input",
        type=Path,
        default=Path("/opt/ml/processing/input/raw"),
        help="file of loans, or folder with such files",
    )
    parser.add_argument("--test-fraction", type=fraction, default=0.2, help="share held out")
    parser.add_argument(
        "--validation-fraction", type=fraction, default=0.15, help="share for validation"
    )
    parser.add_argument("--seed", type=seed, default=1, help="seed of the split")
    return parser


def main() -> None:
    """Reads the arguments and runs the step."""
    run(split_parser(__doc__ or ""), prepare)


if __name__ == "__main__":
    main()
