"""Kernel SHAP: Shapley values of any function of rows, by weighted least squares over coalitions of features.

A feature outside of a coalition has the value of reference rows (the interventional definition). The coalitions, and
so the linear map from their outputs to the values, are the same for all rows: that makes rows comparable and costs
one pseudo-inverse.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-feature-attribute-shap-baselines.html
https://papers.nips.cc/paper/2017/file/8a20a8621978632d76c43dfd28b67767-Paper.pdf
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from .table import Flags, Floats

MOST_EXACT_FEATURES = 11
SAMPLES = 2048
"""Coalitions beside two for each feature: Clarify's number."""

CELLS_AT_ONCE = 20_000_000
ROUNDS = 100


@dataclass(frozen=True)
class Reference:
    """Rows that features are compared with, and the share of the data that each stands for."""

    rows: Floats
    weights: Floats


@dataclass(frozen=True)
class KernelExplainer:
    """SHAP values of a function from rows to outputs, one output or several for each row."""

    predict: Callable[[Floats], Floats]
    reference: Reference
    coalitions: Flags
    weights: Floats

    def explain(self, rows: Floats) -> Floats:
        """SHAP values by row, output and feature, the expected value last; they add up to the output."""
        width = rows.shape[1]
        expected = self.reference.weights @ self.outputs(self.reference.rows)
        outputs = self.outputs(rows)
        values = np.empty((len(rows), len(expected), width + 1))
        values[:, :, -1] = expected
        solve = solver(self.coalitions, self.weights)
        for place, row in enumerate(rows):
            gains = self.gains(row) - expected
            total = outputs[place] - expected
            first = solve @ (gains - self.coalitions[:, -1:] * total)
            values[place, :, : width - 1] = first.T
            values[place, :, width - 1] = total - first.sum(axis=0)
        return values

    def gains(self, row: Floats) -> Floats:
        """Expected outputs of each coalition of a row's features."""
        count = len(self.reference.rows)
        at_once = max(1, CELLS_AT_ONCE // (count * len(row)))
        parts = []
        for start in range(0, len(self.coalitions), at_once):
            inside = self.coalitions[start : start + at_once, np.newaxis]
            mixed = np.where(inside, row, self.reference.rows)
            answers = self.outputs(mixed.reshape(-1, len(row)))
            parts.append(np.einsum("crk,r->ck", answers.reshape(len(mixed), count, -1), self.reference.weights))
        return np.concatenate(parts) if parts else np.empty((0, 1))

    def outputs(self, rows: Floats) -> Floats:
        """Outputs of the function as a table."""
        answers: Floats = np.asarray(self.predict(rows), dtype=np.float64).reshape(len(rows), -1)
        return answers


def solver(coalitions: Flags, weights: Floats) -> Floats:
    """The map from gains to the values of all features but the last, which takes the rest of the total."""
    last = coalitions[:, -1:].astype(np.float64)
    roots = np.sqrt(weights)[:, np.newaxis]
    result: Floats = np.linalg.pinv(roots * (coalitions[:, :-1] - last)) * roots.T
    return result


def draw_coalitions(width: int, samples: int | None, seed: int) -> tuple[Flags, Floats]:
    """Coalitions of features with the weights of Shapley's kernel, each beside its complement.

    All of them for few features, which makes the values exact; else all of the smallest and largest sizes, which weigh
    most, and of the other sizes a random sample.
    """
    every = 2**width - 2
    wanted = every if samples is None and width <= MOST_EXACT_FEATURES else min(samples or 2 * width + SAMPLES, every)
    # The kernel's weight of all coalitions of a size together.
    masses = {size: (width - 1) / (size * (width - size)) for size in range(1, width)}
    coalitions: list[Flags] = []
    weights: list[float] = []
    for size in range(1, width // 2 + 1):
        paired = 2 * size < width
        if len(coalitions) + comb(width, size) * (1 + paired) > wanted:
            break
        for members in combinations(range(width), size):
            coalition = np.isin(np.arange(width), members)
            for each in (coalition, ~coalition)[: 1 + paired]:
                coalitions.append(each)
                weights.append(masses[size] / comb(width, size))
        masses.pop(size)
        masses.pop(width - size, None)
    pairs = (wanted - len(coalitions)) // 2 or int(not coalitions)
    drawn = list(draw_pairs(width, masses, pairs, seed)) if masses else []
    coalitions += drawn
    weights += [sum(masses.values()) / max(1, len(drawn))] * len(drawn)
    return np.array(coalitions, dtype=np.bool_).reshape(-1, width), np.array(weights)


def draw_pairs(width: int, masses: dict[int, float], count: int, seed: int) -> Iterator[Flags]:
    """Random coalitions of these sizes, as often as their masses say, each followed by its complement."""
    random = np.random.default_rng(seed)
    sizes = np.array(list(masses))
    shares = np.array(list(masses.values()))
    for size in random.choice(sizes, count, p=shares / shares.sum()):
        coalition = np.zeros(width, dtype=np.bool_)
        coalition[random.choice(width, size, replace=False)] = True
        yield coalition
        yield ~coalition


def cluster(rows: Floats, count: int, seed: int) -> Reference:
    """Reference rows by k-means, each value replaced by the nearest one that occurs, as no code lies between two codes.

    In NumPy, as the seed of SciPy's has had several names.
    """
    random = np.random.default_rng(seed)
    spread = rows.std(axis=0)
    scaled = rows / np.where(spread > 0, spread, 1.0)
    centers = scaled[random.choice(len(rows), 1)]
    while len(centers) < min(count, len(rows)):
        nearest = distances(scaled, centers).min(axis=1)
        if not nearest.any():
            break
        # As k-means++: far rows are likelier to become the next center.
        centers = np.vstack([centers, scaled[random.choice(len(rows), 1, p=nearest / nearest.sum())]])
    places = distances(scaled, centers).argmin(axis=1)
    for _ in range(ROUNDS):
        centers = np.array([scaled[places == place].mean(axis=0) for place in np.unique(places)])
        moved = distances(scaled, centers).argmin(axis=1)
        if np.array_equal(moved, places):
            break
        places = moved
    used, sizes = np.unique(places, return_counts=True)
    means = [rows[places == place].mean(axis=0) for place in used]
    rounded = [[column[np.abs(column - value).argmin()] for column, value in zip(rows.T, mean)] for mean in means]
    return Reference(np.array(rounded), sizes / len(rows))


def distances(rows: Floats, centers: Floats) -> Floats:
    """Squared distances of rows (first axis) from centers."""
    squares = (rows**2).sum(axis=1)[:, np.newaxis] + (centers**2).sum(axis=1) - 2 * rows @ centers.T
    return np.maximum(squares, 0.0)
