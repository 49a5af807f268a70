"""Reading tables: CSV, and the JSON Lines that data capture writes.

NumPy only: the scikit-learn 1.2-1 container pairs pandas 1.1.3 with NumPy 1.24, which that pandas
was not made for.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .job import DataError, list_files

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]

MISSING = ("", "nan", "NaN", "null")
"""How CSV and JSON writers put a missing value."""

BLOCK = 50_000


@dataclass(frozen=True)
class Column:
    """Values of one column as they are written, and as numbers (NaN where they are none)."""

    name: str
    texts: Texts
    numbers: Floats
    missing: Flags

    @staticmethod
    def of(name: str, texts: Texts) -> Column:
        """A column of these texts."""
        missing = np.isin(texts, MISSING)
        numbers = np.full(len(texts), np.nan)
        try:
            numbers[~missing] = texts[~missing].astype(np.float64)
        except ValueError:
            for value in np.unique(texts[~missing]):
                numbers[texts == value] = number_of(str(value))
        # A number without end says as little of a distribution as a text.
        numbers[~np.isfinite(numbers)] = np.nan
        return Column(name, texts, numbers, missing)

    @property
    def present(self) -> Texts:
        """Texts that are not missing."""
        return self.texts[~self.missing]


def number_of(text: str) -> float:
    """A text as a number, NaN if it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_table(path: Path, names: Sequence[str] = ()) -> dict[str, Column]:
    """Columns of all files in a folder (or of one file), by name.

    Without names, the first line of each CSV file must hold them. Captured requests have no header, so names are
    needed there, and those that go beyond the request's values are the values of the answer.
    """
    files = list_files(path)
    if not files:
        raise DataError(f"{path}: must hold a file of data, found none")
    blocks: dict[str, list[Texts]] = {}
    for file in files:
        header, rows = open_rows(file, names)
        known = list(blocks) or header
        if sorted(header) != sorted(known):
            raise DataError(f"{file.name}: must have the columns of {files[0].name}, has others")
        for block in blocks_of(file, header, rows):
            for name, values in zip(header, zip(*block)):
                blocks.setdefault(name, []).append(np.array(values))
    if not blocks:
        raise DataError(f"{path}: must hold rows, holds none")
    return {name: Column.of(name, np.concatenate(parts)) for name, parts in blocks.items()}


def open_rows(path: Path, names: Sequence[str]) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Names of the columns, and the rows with their line numbers."""
    if path.suffix == ".jsonl":
        if not names:
            raise DataError(f"{path.name}: captured data has no header; give the names of the columns")
        return list(names), captured_rows(path)
    rows = csv_rows(path)
    header = list(names)
    if not header:
        _, header = next(rows, (1, []))
        if not header:
            raise DataError(f"{path.name}: must hold a header line and rows, is empty")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DataError(*[f"{path.name}: column '{name}' must be there once, is repeated" for name in repeated])
    return header, rows


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file that are not blank."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        for row in reader:
            if row:
                yield reader.line_num, [value.strip() for value in row]


def captured_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of captured requests, each with the values of its answer behind its own.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                capture = json.loads(line)["captureData"]
                parts = [lines_of(capture[part]) for part in ("endpointInput", "endpointOutput") if part in capture]
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(f"{path.name}:{number}: must be a captured request in CSV, {error!r}") from error
            if len({len(part) for part in parts}) != 1:
                raise DataError(f"{path.name}:{number}: must have an answer for each row of the request")
            for row in zip(*parts):
                yield number, [value.strip() for part in row for value in part]


def lines_of(part: dict[str, str]) -> list[list[str]]:
    """Rows of a captured request or answer."""
    data = part["data"]
    if part["encoding"] == "BASE64":
        data = base64.b64decode(data, validate=True).decode("utf-8")
    elif part["encoding"] != "CSV":
        raise ValueError(f"encoding {part['encoding']}")
    return [row for row in csv.reader(data.splitlines()) if row]


def blocks_of(
    path: Path, header: Sequence[str], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[list[list[str]]]:
    """Rows in blocks, each as long as the header."""
    numbered = iter(rows)
    while True:
        block = list(islice(numbered, BLOCK))
        if not block:
            return
        problems = [
            f"{path.name}:{number}: must have {len(header)} values, got: {len(row)}"
            for number, row in block
            if len(row) != len(header)
        ]
        if problems:
            raise DataError(*problems)
        yield [row for _, row in block]


def column_of(table: dict[str, Column], name: str) -> Column:
    """A column that must be there."""
    if name not in table:
        raise DataError(f"column '{name}' must be one of the data's ({', '.join(table)})")
    return table[name]


def numbers_of(table: dict[str, Column], name: str) -> Floats:
    """Values of a column that must be numbers throughout."""
    column = column_of(table, name)
    bad = np.flatnonzero(np.isnan(column.numbers))
    if bad.size:
        raise DataError(
            *[f"row {row + 1}: column '{name}' must be a number, got: {column.texts[row] or 'nothing'}" for row in bad]
        )
    return column.numbers
