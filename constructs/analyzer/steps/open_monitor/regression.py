"""Metrics of a regression under Model Monitor's names."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from .job import DataError
from .sampling import CONFIDENCE, LEAST_ROWS, SUBSAMPLES, deviation, metric, subsample_size
from .table import Floats


def values_of(truth: Floats, answers: Floats) -> dict[str, float]:
    """Mean absolute and squared errors, and the share of the variance that is explained."""
    errors = truth - answers
    mse = float((errors**2).mean())
    variance = float(truth.var())
    return {
        "mae": float(np.abs(errors).mean()),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - mse / variance if variance else 0.0,
    }


def regression_metrics(truth: Floats, answers: Floats) -> dict[str, Any]:
    """All metrics; intervals by the delta method, out of each row's influence on the metric."""
    count = len(truth)
    if count < 2 or not truth.var():
        raise DataError("labels must hold 2 or more different numbers")
    values = values_of(truth, answers)
    spreads: dict[str, float | None] = {name: None for name in values}
    if count >= LEAST_ROWS:
        random = np.random.default_rng(0)
        parts = [random.choice(count, subsample_size(count), replace=False) for _ in range(SUBSAMPLES)]
        samples = [values_of(truth[part], answers[part]) for part in parts]
        spreads = {name: deviation([sample[name] for sample in samples]) for name in values}
    factor = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) / math.sqrt(count)
    metrics = {}
    for name, influence in influences(truth, answers, values).items():
        margin = factor * float(influence.std(ddof=1))
        lower = values[name] - margin if name == "r2" else max(0.0, values[name] - margin)
        metrics[name] = metric(values[name], spreads[name], lower, values[name] + margin)
    return metrics


def influences(truth: Floats, answers: Floats, values: dict[str, float]) -> dict[str, Floats]:
    """How much each row moves each metric."""
    squares = (truth - answers) ** 2
    variance = truth.var()
    moved = (truth - truth.mean()) ** 2 - variance
    mse = values["mse"]
    return {
        "mae": np.abs(truth - answers),
        "mse": squares,
        "rmse": squares / (2 * values["rmse"]) if values["rmse"] else squares,
        "r2": -(squares - mse) / variance + mse * moved / variance**2,
    }
