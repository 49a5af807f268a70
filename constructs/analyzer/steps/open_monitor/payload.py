"""Requests and answers of a model, in CSV or JSON, and where features and predictions are in them."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

Row = Union[List[str], Dict[str, str]]
"""Values in the order of columns, or by their names."""

Predicted = Tuple[Optional[str], Optional[str]]
"""Label and probability of one row; either can be missing."""


class Broken(Exception):
    """A record that cannot be read, with the reason."""


@dataclass(frozen=True)
class Payload:
    """Rows of CSV, or documents of JSON."""

    is_json: bool
    items: list[Any]


def decode(part: dict[str, Any]) -> Payload:
    """A captured request or answer.

    Data capture writes texts of the content types that it was told are CSV or JSON as they are, and anything else in
    BASE64, where the content type that was observed decides.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """
    encoding, data = part.get("encoding"), part.get("data")
    if encoding == "BASE64":
        try:
            data = base64.b64decode(str(data), validate=True).decode("utf-8")
        except ValueError as error:
            raise Broken(f"data must be text in BASE64, {error}") from error
        encoding = "JSON" if "json" in str(part.get("observedContentType", "")).lower() else "CSV"
    if encoding == "JSON":
        return Payload(True, documents(data) if isinstance(data, str) else [data])
    if encoding != "CSV" or not isinstance(data, str):
        raise Broken(f"encoding must be CSV, JSON or BASE64, got: {encoding}")
    return Payload(False, csv_lines(data))


def csv_lines(text: str) -> list[list[str]]:
    """Rows that are not blank."""
    return [[value.strip() for value in row] for row in csv.reader(io.StringIO(text, newline="")) if row]


def documents(text: str) -> list[Any]:
    """One document, or one in each line."""
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError as error:
        raise Broken(f"data must be JSON, {error}") from error


def text_of(value: Any) -> str:
    """A value of JSON as CSV has it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (dict, list)):
        raise Broken(f"values must be texts or numbers, got: {json.dumps(value)[:100]}")
    return json.dumps(value)


def is_rows(value: Any) -> bool:
    """Is it a list of rows, and not one row?"""
    return isinstance(value, list) and bool(value) and all(isinstance(each, (list, dict)) for each in value)


def row_of(value: Any) -> Row:
    """One row of JSON."""
    if isinstance(value, dict):
        return {str(name): text_of(each) for name, each in value.items()}
    return [text_of(each) for each in (value if isinstance(value, list) else [value])]


def search(expression: str, document: Any) -> Any:
    """What a JMESPath expression finds; the library comes with boto3."""
    import jmespath

    return jmespath.search(expression, document)


def features_of(payload: Payload, attribute: str | None) -> list[Row]:
    """Rows of a request."""
    if not payload.is_json:
        return list(payload.items)
    rows: list[Row] = []
    for document in payload.items:
        found = document if attribute is None else search(attribute, document)
        if found is None:
            raise Broken(f"'{attribute}' must find the features, finds nothing")
        rows += [row_of(each) for each in (found if is_rows(found) else [found])]
    return rows


def predictions_of(
    payload: Payload, count: int, inference: str | None, probability: str | None
) -> list[Predicted]:
    """Label and probability for each row of a request, by index or by JMESPath."""
    labels = located(payload, count, inference)
    chances = located(payload, count, probability)
    predicted = []
    for label, chance in zip(labels, chances):
        if isinstance(chance, list) and isinstance(label, list):
            # A list of labels and of their probabilities: the most likely one, as Clarify has it.
            if len(label) != len(chance) or not label:
                raise Broken(f"must have a probability for each label, got: {len(label)} and {len(chance)}")
            best = max(range(len(chance)), key=lambda place: float(chance[place]))
            label, chance = label[best], chance[best]
        predicted.append((plain(label), plain(chance)))
    return predicted


def plain(value: Any) -> str | None:
    """The text of one value."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return None if value is None else text_of(value)


def located(payload: Payload, count: int, attribute: str | None) -> Sequence[Any]:
    """What is at an index of CSV or JSON lists, or what an expression finds, for each row."""
    if attribute is None:
        return [None] * count
    if attribute.isdecimal() and not any(isinstance(item, dict) for item in payload.items):
        found = [value_at(row, int(attribute)) for row in rows_in(payload, count)]
    elif payload.is_json:
        found = [search(attribute, document) for document in payload.items]
        if len(found) == 1 and isinstance(found[0], list) and (count > 1 or len(found[0]) == 1):
            found = found[0]
    else:
        raise Broken(f"attribute of an answer in CSV must be an index, got: {attribute}")
    if len(found) != count:
        raise Broken(f"must have an answer for each row, got: {len(found)} for {count}")
    if any(value is None for value in found):
        raise Broken(f"'{attribute}' must find a value in each answer, finds none")
    return found


def rows_in(payload: Payload, count: int) -> Iterator[Any]:
    """Rows of an answer, which containers write one in each line, or all in one line if each is one value."""
    rows = payload.items
    if len(rows) == 1 and isinstance(rows[0], list):
        if is_rows(rows[0]):
            rows = rows[0]
        elif count > 1 and len(rows[0]) == count:
            rows = [[value] for value in rows[0]]
    for row in rows:
        yield row if isinstance(row, (list, dict)) else [row]


def value_at(row: list[Any], place: int) -> Any:
    """A value of an answer."""
    if place >= len(row):
        raise Broken(f"answer must have a value at index {place}, has {len(row)}")
    return row[place]
