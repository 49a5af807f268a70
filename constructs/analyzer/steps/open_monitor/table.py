"""Tables: columns of values as they are written, and as numbers.

NumPy only: the XGBoost 1.7-1 container pairs pandas 1.2.4 with NumPy 1.24, which that pandas was not made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .job import DataError
from .payload import Broken, Row

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


class Columns:
    """Collects rows, and turns them to columns block by block: texts of Python take ten times the memory."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = list(names)
        self.count = 0
        self._rows: list[Row] = []
        self._blocks: list[tuple[int, dict[str, Texts]]] = []

    def check(self, row: Row) -> None:
        """Raises for a row that has no place for each name."""
        if isinstance(row, list) and len(row) != len(self.names):
            raise Broken(f"must have {len(self.names)} values, got: {len(row)}")

    def add(self, row: Row) -> None:
        """Adds a row, by the order of the names or by names of its own."""
        self.check(row)
        self._rows.append(row)
        self.count += 1
        if len(self._rows) == BLOCK:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        if all(isinstance(row, list) for row in rows):
            block = {name: np.array(values) for name, values in zip(self.names, zip(*rows))}
        else:
            named = [row if isinstance(row, dict) else dict(zip(self.names, row)) for row in rows]
            present = dict.fromkeys(name for row in named for name in row)
            block = {name: np.array([row.get(name, "") for row in named]) for name in present}
        self._blocks.append((len(rows), block))

    def table(self) -> dict[str, Column]:
        """The columns; a row that lacks one has a missing value there."""
        self._flush()
        present = {name for _, block in self._blocks for name in block}
        ordered = dict.fromkeys([name for name in self.names if name in present])
        ordered.update(dict.fromkeys(name for _, block in self._blocks for name in block))
        table = {}
        for name in ordered:
            parts = [block[name] if name in block else np.full(count, "") for count, block in self._blocks]
            table[name] = Column.of(name, np.concatenate(parts))
        return table


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
            *[
                f"row {row + 1}: column '{column.name}' must be a number, got: {column.texts[row] or 'nothing'}"
                for row in bad
            ]
        )
    return column.numbers


def matrix_of(table: dict[str, Column], names: Sequence[str]) -> Floats:
    """Rows as a model takes them: numbers, NaN where a value is missing."""
    for name in names:
        column = column_of(table, name)
        bad = np.flatnonzero(np.isnan(column.numbers) & ~column.missing)
        if bad.size:
            raise DataError(
                *[f"row {row + 1}: column '{name}' must be a number, got: {column.texts[row]}" for row in bad]
            )
    return np.column_stack([table[name].numbers for name in names])
