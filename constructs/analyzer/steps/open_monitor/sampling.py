"""Standard deviations and confidence intervals of metrics that a confusion matrix decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .table import Floats

CONFIDENCE = 0.95
LEAST_ROWS = 200
SUBSAMPLES = 5
SUBSAMPLE_SHARE = 0.8
RESAMPLES = 1000


def subsample_size(count: int) -> int:
    """Rows of a subsample."""
    return int(count * SUBSAMPLE_SHARE)


def deviation(values: list[float]) -> float:
    """Standard deviation over the subsamples."""
    return float(np.std(values))


def metric(value: float, spread: float | None, lower: float, upper: float) -> dict[str, Any]:
    """An entry in Model Monitor's layout, with the interval added; "NaN" is what it writes for too few rows."""
    return {
        "value": float(value),
        "standard_deviation": "NaN" if spread is None else spread,
        "confidence_interval": {"level": CONFIDENCE, "lower": float(lower), "upper": float(upper)},
    }


def measure_matrix(matrix: np.ndarray, values_of: Callable[[Floats], dict[str, float]]) -> dict[str, dict[str, Any]]:
    """All metrics of a confusion matrix.

    The standard deviation is Model Monitor's: over five samples of 80 % of the rows. The interval is the bootstrap's.
    Both draw matrices instead of rows, which is the same to these metrics and costs nothing for many rows.
    """
    random = np.random.default_rng(0)
    count = int(matrix.sum())
    flat = matrix.ravel()
    resampled = random.multinomial(count, flat / count, size=RESAMPLES)
    drawn = [values_of(each.reshape(matrix.shape).astype(np.float64)) for each in resampled]
    samples = []
    if count >= LEAST_ROWS:
        parts = random.multivariate_hypergeometric(flat, subsample_size(count), size=SUBSAMPLES, method="marginals")
        samples = [values_of(part.reshape(matrix.shape).astype(np.float64)) for part in parts]
    tail = (1 - CONFIDENCE) / 2
    metrics = {}
    for name, value in values_of(matrix.astype(np.float64)).items():
        lower, upper = np.quantile([values[name] for values in drawn], [tail, 1 - tail])
        spread = deviation([values[name] for values in samples]) if samples else None
        metrics[name] = metric(value, spread, lower, upper)
    return metrics
