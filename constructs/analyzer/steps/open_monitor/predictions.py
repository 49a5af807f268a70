"""Predictions: captured ones, those in the data, or those that a model makes now."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import aws
from .captured import OWN_REQUEST
from .job import DataError
from .payload import Broken, decode, rows_in
from .registry import Registry, download
from .store import Store
from .table import Column, Floats

THRESHOLD = 0.5
REQUEST_BYTES = 5_000_000
"""An endpoint takes 6 MB."""
REQUEST_ROWS = 500


def threshold_of(given: argparse.Namespace, config: dict[str, Any]) -> float:
    """Probability above which an outcome is positive."""
    if given.probability_threshold is not None:
        return float(given.probability_threshold)
    return float(config.get("probability_threshold", THRESHOLD))


def labels_above(probabilities: Column, threshold: float) -> Column:
    """1 where the probability is above the threshold, else 0."""
    if np.isnan(probabilities.numbers).any():
        raise DataError(f"'{probabilities.name}' must be probabilities, holds texts or nothing")
    return Column.of("inference", np.where(probabilities.numbers > threshold, "1", "0"))


def with_model(given: argparse.Namespace, store: Store, registry: Registry, use: Callable[[Path | None], Any]) -> Any:
    """Calls a function with the file or folder of the model, or without one if the model has several containers."""
    if given.model is not None:
        return use(given.model)
    uri = registry.artifacts(given.model_name)
    if uri is None:
        return use(None)
    with tempfile.TemporaryDirectory() as folder:
        return use(download(store, uri, Path(folder)))


def predict(path: Path | None, rows: Floats) -> Floats:
    """Answers of a model, as its container gives them: of scikit-learn, probabilities where it has them."""
    import xgboost

    from .explainers import load_model

    if path is None:
        raise DataError("the model must have one container with the artifacts of an XGBoost model")
    model = load_model(path)
    if not isinstance(model, xgboost.Booster):
        return model(rows)
    if model.num_features() != rows.shape[1]:
        raise DataError(f"data must have the model's {model.num_features()} features, got: {rows.shape[1]} columns")
    answers: Floats = model.predict(xgboost.DMatrix(rows), validate_features=False)
    return answers


def endpoint_function(name: str, place: str | None) -> Callable[[Floats], Floats]:
    """A function that asks an endpoint: rows and their outputs, of which `place` may select one."""
    client = aws.client("sagemaker-runtime")

    def ask(rows: Floats) -> Floats:
        parts = [ask_once(client, name, part, place) for part in parts_of(rows)]
        return np.concatenate(parts)

    return ask


def parts_of(rows: Floats) -> list[list[str]]:
    """Lines of CSV, as many as a request takes."""
    parts: list[list[str]] = []
    size = REQUEST_BYTES
    for row in rows:
        line = ",".join("" if np.isnan(value) else repr(float(value)) for value in row)
        if size + len(line) >= REQUEST_BYTES or len(parts[-1]) == REQUEST_ROWS:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line) + 1
    return parts


def ask_once(client: Any, name: str, lines: Sequence[str], place: str | None) -> Floats:
    """Outputs of one request, which a reader of captured data knows to be the analyzer's own."""
    answer = aws.call(
        f"endpoint {name}",
        client.invoke_endpoint,
        EndpointName=name,
        Body="\n".join(lines).encode("utf-8"),
        ContentType="text/csv",
        InferenceId=f"{OWN_REQUEST}attribution",
    )
    kind = str(answer.get("ContentType", ""))
    try:
        encoding = "JSON" if "json" in kind.lower() else "CSV"
        payload = decode({"encoding": encoding, "data": answer["Body"].read().decode("utf-8")})
        if place is None or place.isdecimal():
            found = [row if place is None else [row[int(place)]] for row in rows_in(payload, len(lines))]
        else:
            from .payload import located

            found = [value if isinstance(value, list) else [value] for value in located(payload, len(lines), place)]
        outputs = np.array(found, dtype=np.float64)
    except (Broken, IndexError, TypeError, ValueError) as error:
        raise DataError(f"endpoint {name}: must answer rows of CSV with numbers, {error}") from error
    if outputs.shape[0] != len(lines):
        raise DataError(f"endpoint {name}: must answer each row, got: {outputs.shape[0]} for {len(lines)}")
    return outputs
