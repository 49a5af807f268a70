"""Encodes applications for the model behind it, in an inference pipeline: the container of scikit-learn calls these functions."""

from __future__ import annotations

import numpy as np

from credit_data import APPLICATION_COLUMNS, Integers, encode_features

CSV = "text/csv"


def model_fn(model_dir: str) -> str:
    """There is nothing to load: the encoding is code."""
    return model_dir


def input_fn(body: str | bytes, content_type: str) -> Integers:
    """Applications, one in each line: the columns of the file of loans but the label, in its order."""
    if content_type.split(";")[0].strip() != CSV:
        raise ValueError(f"content type must be {CSV}, got: {content_type}")
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    lines = [line.split(",") for line in text.splitlines() if line.strip()]
    width = len(APPLICATION_COLUMNS)
    for number, line in enumerate(lines, start=1):
        if len(line) != width:
            raise ValueError(f"line {number} must have {width} values, got: {len(line)}")
        for column, value in zip(APPLICATION_COLUMNS, line):
            if not is_in_range(value, column.minimum, column.maximum):
                raise ValueError(
                    f"line {number}: '{column.name}' must be a whole number between "
                    f"{column.minimum} and {column.maximum}, got: {value.strip()}"
                )
    return np.array(lines, dtype=np.int32).reshape(-1, width)


def is_in_range(value: str, minimum: int, maximum: int) -> bool:
    """Whether a text is a whole number within the bounds of its column."""
    text = value.strip()
    return text.isascii() and text.isdigit() and minimum <= int(text) <= maximum


def predict_fn(applications: Integers, model: str) -> Integers:
    """The model's features of each application."""
    return encode_features(applications)


def output_fn(features: Integers, accept: str) -> tuple[str, str]:
    """What the next container reads: features without a header."""
    return "\n".join(",".join(map(str, row)) for row in features.tolist()) + "\n", CSV
