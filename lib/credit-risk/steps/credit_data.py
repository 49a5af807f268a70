"""Reading, checking and encoding of loans.

NumPy only: the scikit-learn 1.2-1 container pairs pandas 1.1.3 with NumPy 1.24, which that pandas
was not made for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from schema import COLUMNS, FEATURE_NAMES, LABEL_NAME, NOMINAL, Column
from step import DataError

Integers = npt.NDArray[np.int32]

APPLICATION_COLUMNS = tuple(column for column in COLUMNS if column.name != LABEL_NAME)
"""What is known of a loan before it is paid back: all columns but the label."""

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


def read_loans(folder: Path, columns: Sequence[Column] = COLUMNS) -> Integers:
    """Loans of all files in a folder (or of one file), one row each, with these columns."""
    files = list_files(folder)
    if not files:
        raise DataError(f"{folder}: must hold a file of loans, found none")
    return np.concatenate([read_file(path, columns) for path in files])


def list_files(folder: Path) -> list[Path]:
    """All files below a folder by name, or the file itself."""
    if folder.is_file():
        return [folder]
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read_file(path: Path, columns: Sequence[Column]) -> Integers:
    """Loans of one file, checked, with these columns in this order."""
    names = read_header(path, columns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rows = np.loadtxt(path, dtype=np.int64, comments=None, skiprows=1, ndmin=2)
    except (ValueError, Warning) as error:
        raise DataError(*(find_bad_lines(path) or [f"{path.name}: {error}"])) from error
    if rows.shape[1] != len(names):
        raise DataError(*find_bad_lines(path))
    rows = rows[:, [names.index(column.source) for column in columns]]
    problems = find_bad_values(path, rows, columns)
    if problems:
        raise DataError(*problems)
    return rows.astype(np.int32)


def read_header(path: Path, columns: Sequence[Column]) -> list[str]:
    """Names in the file's header line, which must have these columns and may have others of the schema."""
    with path.open(encoding="utf-8", errors="replace") as file:
        names = file.readline().lstrip("\ufeff").split()
        has_rows = any(line.strip() for line in file)
    if not names:
        raise DataError(f"{path.name}: must hold a header line and loans, is empty")
    known = {column.source for column in COLUMNS}
    problems = [
        f"{path.name}:1: column '{column.source}' ({column.name}) must be in the header, is missing"
        for column in columns
        if column.source not in names
    ]
    problems += [
        f"{path.name}:1: column '{name}' must be one of the data set's columns, is unknown"
        for name in names
        if name not in known
    ]
    problems += [
        f"{path.name}:1: column '{name}' must be in the header once, is repeated"
        for name in sorted(known)
        if names.count(name) > 1
    ]
    if problems:
        raise DataError(*problems)
    if not has_rows:
        raise DataError(f"{path.name}: must hold loans below the header line, holds none")
    return names


def find_bad_lines(path: Path) -> list[str]:
    """One message for each line that is not the right number of whole numbers."""
    problems = []
    with path.open(encoding="utf-8", errors="replace") as file:
        names = file.readline().lstrip("\ufeff").split()
        labels = {column.source: describe(column.source) for column in COLUMNS}
        for number, line in enumerate(file, start=2):
            values = line.split()
            if values and len(values) != len(names):
                problems.append(
                    f"{path.name}:{number}: must have {len(names)} values, got: {len(values)}"
                )
                continue
            problems += [
                f"{path.name}:{number}: {labels[name]} must be a whole number, got: {value}"
                for name, value in zip(names, values)
                if not WHOLE_NUMBER.fullmatch(value)
            ]
    return problems


def find_bad_values(
    path: Path, loans: npt.NDArray[np.int64], columns: Sequence[Column]
) -> list[str]:
    """One message for each value outside the range of its column, in the order of the lines."""
    minimum = np.array([column.minimum for column in columns])
    maximum = np.array([column.maximum for column in columns])
    rows, positions = np.nonzero((loans < minimum) | (loans > maximum))
    if not rows.size:
        return []
    numbers = line_numbers(path)
    problems = []
    for row, position in zip(rows.tolist(), positions.tolist()):
        column = columns[position]
        problems.append(
            f"{path.name}:{numbers[row]}: {describe(column.source)} must be "
            f"between {column.minimum} and {column.maximum}, got: {loans[row, position]}"
        )
    return problems


def line_numbers(path: Path) -> list[int]:
    """Line number of each row: blank lines are not rows."""
    with path.open(encoding="utf-8", errors="replace") as file:
        next(file)
        return [number for number, line in enumerate(file, start=2) if line.strip()]


def describe(source: str) -> str:
    """A column by its name in the file and its name here."""
    names = {column.source: column.name for column in COLUMNS}
    return f"column '{source}' ({names[source]})"


def encode(loans: Integers) -> tuple[Integers, Integers]:
    """Features (as FEATURE_NAMES lists them) and labels of loans, as whole numbers."""
    label = [column.name for column in COLUMNS].index(LABEL_NAME)
    return encode_features(np.delete(loans, label, axis=1)), loans[:, label]


def encode_features(applications: Integers) -> Integers:
    """Features (as FEATURE_NAMES lists them) of loans whose label is not known."""
    features = np.empty((len(applications), len(FEATURE_NAMES)), dtype=np.int32)
    start = 0
    for position, column in enumerate(APPLICATION_COLUMNS):
        end = start + len(column.features)
        values = applications[:, position]
        if column.kind == NOMINAL:
            codes = np.arange(column.minimum, column.maximum + 1)
            features[:, start:end] = values[:, np.newaxis] == codes
        else:
            features[:, start] = values
        start = end
    return features


def describe_encoding() -> dict[str, object]:
    """What a client of the model needs in order to encode a loan."""
    columns: list[dict[str, object]] = [
        {
            "name": column.name,
            "kind": column.kind,
            "minimum": column.minimum,
            "maximum": column.maximum,
            "features": list(column.features),
        }
        for column in APPLICATION_COLUMNS
    ]
    return {
        "label": LABEL_NAME,
        "positive_class": 1,
        "features": list(FEATURE_NAMES),
        "columns": columns,
    }


def write_rows(path: Path, rows: Integers, header: Sequence[str] = ()) -> None:
    """Writes whole numbers as comma-separated lines."""
    template = ",".join(["%d"] * rows.shape[1]) + "\n"
    block = 10_000
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if header:
            file.write(",".join(header) + "\n")
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            # One formatting call for many lines is several times faster than numpy.savetxt.
            file.write(template * len(part) % tuple(part.ravel().tolist()))
