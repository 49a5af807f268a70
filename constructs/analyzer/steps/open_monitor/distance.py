"""Distances between two distributions, as Model Monitor measures them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency

from .table import Floats

ALPHA = 0.003
"""How rarely 'Robust' sees a distance where there is none."""

LEAST_EXPECTED = 5
"""Categories that are expected less often are counted together (Cochran's rule)."""


@dataclass(frozen=True)
class Sample:
    """Numbers with the number of values that each stands for."""

    values: Floats
    weights: Floats

    @property
    def size(self) -> float:
        """Number of values."""
        return float(self.weights.sum())

    def share_up_to(self, points: Floats) -> Floats:
        """Share of the values that are not above each point."""
        order = np.argsort(self.values, kind="stable")
        below = np.concatenate([[0.0], np.cumsum(self.weights[order])])
        shares: Floats = below[np.searchsorted(self.values[order], points, side="right")] / self.size
        return shares


def numeric_distance(current: Sample, baseline: Sample) -> float:
    """Largest difference of the two cumulative distributions: the statistic of Kolmogorov and Smirnov."""
    points = np.concatenate([current.values, baseline.values])
    return float(np.abs(current.share_up_to(points) - baseline.share_up_to(points)).max())


def categorical_distance(current: Mapping[str, int], baseline: Mapping[str, int]) -> float:
    """Largest difference of the share of any category (L-infinity)."""
    n, m = sum(current.values()), sum(baseline.values())
    return max(abs(current.get(key, 0) / n - baseline.get(key, 0) / m) for key in {*current, *baseline})


def robust(distance: float, n: float, m: float) -> float:
    """A distance less what chance alone reaches between samples of these sizes."""
    critical = math.sqrt(-math.log(ALPHA / 2) / 2)
    return max(0.0, distance - critical * math.sqrt((n + m) / (n * m)))


def chi_squared_p_value(current: Mapping[str, int], baseline: Mapping[str, int]) -> float:
    """Probability of so different shares if both are samples of one distribution.

    The baseline is a sample as well, so this is the test of homogeneity, not of fit.
    """
    keys = sorted({*current, *baseline})
    table = np.array([[counts.get(key, 0) for key in keys] for counts in (current, baseline)], dtype=np.float64)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    rare = expected.min(axis=0) < LEAST_EXPECTED
    if rare.any():
        pooled = table[:, rare].sum(axis=1, keepdims=True)
        table = np.hstack([table[:, ~rare], pooled])
    if table.shape[1] < 2:
        return 1.0
    return float(chi2_contingency(table, correction=False)[1])
