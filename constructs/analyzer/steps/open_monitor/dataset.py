"""Data sets in the input of a job: CSV, JSON and JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .job import DataError, list_files
from .payload import Broken, Payload, Row, features_of
from .table import Column, Columns


def read_table(
    path: Path, names: Sequence[str] = (), form: str | None = None, attribute: str | None = None
) -> dict[str, Column]:
    """Columns of all files in a folder (or of one file), by name.

    CSV has a header line unless there are names. Columns of files without either are `_c0`, `_c1` and so on, as Model
    Monitor calls them.
    """
    form = form or ("csv-without-header" if names else "csv-with-header")
    files = list_files(path)
    if not files:
        raise DataError(f"{path}: must hold a file of data, found none")
    columns = Columns(names)
    for file in files:
        rows = json_rows(file, form, attribute) if form.startswith("json") else csv_rows(file)
        if form == "csv-with-header":
            header = header_of(file, rows)
            if sorted(header) != sorted(columns.names or header):
                raise DataError(f"{file.name}: must have the columns of {files[0].name}, has others")
            # Rows of a file whose columns come in another order still belong to these.
            places = [header.index(name) for name in columns.names or header]
            columns.names = columns.names or header
            rows = ((line, reorder(row, places)) for line, row in rows)
        add_rows(columns, file, rows)
    if not columns.count:
        raise DataError(f"{path}: must hold rows, holds none")
    return columns.table()


def header_of(file: Path, rows: Iterator[tuple[int, Row]]) -> list[str]:
    """The first line of a file."""
    header = list(next(rows, (1, []))[1])
    if not header:
        raise DataError(f"{file.name}: must hold a header line and rows, is empty")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DataError(*[f"{file.name}: column '{name}' must be there once, is repeated" for name in repeated])
    return header


def reorder(row: Row, places: Sequence[int]) -> Row:
    """Values in the order of the columns."""
    return [row[place] for place in places] if isinstance(row, list) and len(row) == len(places) else row


def add_rows(columns: Columns, file: Path, rows: Iterator[tuple[int, Row]]) -> None:
    """Adds the rows of a file, all of which must fit."""
    number = 0
    try:
        for number, row in rows:
            if not columns.names and isinstance(row, list):
                columns.names = default_names(len(row))
            columns.add(row)
    except Broken as error:
        raise DataError(f"{file.name}:{number}: {error}") from error


def default_names(count: int) -> list[str]:
    """Names of columns that have none."""
    return [f"_c{place}" for place in range(count)]


def csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Rows of a CSV file that are not blank, with their line numbers."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        for row in reader:
            if row:
                yield reader.line_num, [value.strip() for value in row]


def json_rows(path: Path, form: str, attribute: str | None) -> Iterator[tuple[int, Row]]:
    """Records of JSON Lines, or of a document that is one record or a list of them."""
    for number, document in json_documents(path, form, attribute):
        try:
            rows = features_of(Payload(True, [document]), attribute)
        except Broken as error:
            raise DataError(f"{path.name}:{number}: {error}") from error
        for row in rows:
            yield number, row


def json_documents(path: Path, form: str, attribute: str | None) -> Iterator[tuple[int, Any]]:
    """Documents with the number of their line, or of their place in a list."""
    if form == "json-lines":
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, load(path, number, line)
        return
    document = load(path, 1, path.read_text(encoding="utf-8-sig"))
    records = document if isinstance(document, list) and attribute is None else [document]
    yield from enumerate(records, start=1)


def load(path: Path, number: int, text: str) -> Any:
    """A document of JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{path.name}:{number}: must be JSON, {error}") from error
