"""Bias metrics of Clarify, out of counts of rows.

All metrics but FT depend only on how many rows there are of each facet, outcome, prediction and group, so that their
standard deviations can be had by drawing such counts. Axes: facet (0 advantaged, 1 disadvantaged), outcome of the
label, prediction (0, 1), group. Distances of distributions compare all outcomes; the other metrics know two of them,
0 and 1, where 1 stands for all that count as positive.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
"""

from __future__ import annotations

import math
from typing import Callable

import numpy as np

from .table import Flags, Floats


def divide(a: float, b: float) -> float:
    """A ratio; 0 where nothing is divided by nothing, as Clarify has it."""
    if b == 0:
        return 0.0 if a == 0 else math.inf
    return float(a / b)


def difference(a: float, b: float) -> float:
    """A difference; 0 where both are infinite."""
    return 0.0 if a == b else a - b


def class_imbalance(counts: Floats) -> float:
    """(na - nd) / (na + nd)"""
    a, d = counts.sum(axis=(1, 2, 3))
    return divide(a - d, a + d)


def outcomes(counts: Floats, axis: int) -> Floats:
    """Shares of the outcomes in each facet: of labels (axis 1) or of predictions (axis 2)."""
    table = counts.sum(axis=(2 if axis == 1 else 1, 3))
    shares: Floats = table / table.sum(axis=1, keepdims=True)
    return shares


def collapse(counts: Floats, positive: Flags) -> Floats:
    """The counts with two outcomes, 1 for all positive ones."""
    return np.stack([counts[:, ~positive].sum(axis=1), counts[:, positive].sum(axis=1)], axis=1)


def positive_difference(counts: Floats, axis: int) -> float:
    """qa - qd"""
    (_, a), (_, d) = outcomes(counts, axis)
    return float(a - d)


def kullback_leibler(p: Floats, q: Floats) -> float:
    """Sum of p log(p / q), in nats; without end where only q is zero."""
    occurs = p > 0
    if (q[occurs] == 0).any():
        return math.inf
    return float((p[occurs] * np.log(p[occurs] / q[occurs])).sum())


def jensen_shannon(counts: Floats) -> float:
    """(KL(Pa, P) + KL(Pd, P)) / 2 with the P half-way between them"""
    a, d = outcomes(counts, 1)
    middle = (a + d) / 2
    return (kullback_leibler(a, middle) + kullback_leibler(d, middle)) / 2


def norm(counts: Floats, order: float) -> float:
    """Lp norm of Pa - Pd"""
    a, d = outcomes(counts, 1)
    return float(np.linalg.norm(a - d, order))


def demographic_disparity(counts: Floats, axis: int) -> float:
    """Share of facet d among the rejected less its share among the accepted, averaged over the groups."""
    table = counts.sum(axis=2 if axis == 1 else 1)
    disparity = [
        divide(group[1, 0], group[:, 0].sum()) - divide(group[1, 1], group[:, 1].sum())
        for group in np.moveaxis(table, 2, 0)
    ]
    return float(np.average(disparity, weights=table.sum(axis=(0, 1))))


def per_facet(counts: Floats, ratio: Callable[[Floats], float]) -> tuple[float, float]:
    """A ratio of the confusion matrix (label, prediction) of facet a, and of facet d."""
    a, d = counts.sum(axis=3)
    return ratio(a), ratio(d)


def advantage(ratio: Callable[[Floats], float]) -> Callable[[Floats], float]:
    """The ratio of facet a less that of facet d."""
    return lambda counts: difference(*per_facet(counts, ratio))


def disadvantage(ratio: Callable[[Floats], float]) -> Callable[[Floats], float]:
    """The ratio of facet d less that of facet a."""
    return lambda counts: difference(*per_facet(counts, ratio)[::-1])


def disparate_impact(counts: Floats) -> float:
    """q'd / q'a"""
    (_, a), (_, d) = outcomes(counts, 2)
    return divide(d, a)


def generalized_entropy(counts: Floats) -> float:
    """Inequality of the benefits b = y' - y + 1: half the squared coefficient of variation."""
    confusion = counts.sum(axis=(0, 3))
    benefits = np.array([[1.0, 2.0], [0.0, 1.0]])
    mean = (confusion * benefits).sum() / confusion.sum()
    if mean == 0:
        return math.inf
    return float((confusion * ((benefits / mean) ** 2 - 1)).sum() / (2 * confusion.sum()))


Metric = Callable[[Floats], float]

PRE_TRAINING: dict[str, tuple[str, Metric]] = {
    "CDDL": ("Conditional Demographic Disparity in Labels (CDDL)", lambda n: demographic_disparity(n, 1)),
    "CI": ("Class Imbalance (CI)", class_imbalance),
    "DPL": ("Difference in Positive Proportions in Labels (DPL)", lambda n: positive_difference(n, 1)),
    "JS": ("Jensen-Shannon Divergence (JS)", jensen_shannon),
    "KL": ("Kullback-Liebler Divergence (KL)", lambda n: kullback_leibler(*outcomes(n, 1))),
    "KS": ("Kolmogorov-Smirnov Distance (KS)", lambda n: norm(n, math.inf)),
    "LP": ("L-p Norm (LP)", lambda n: norm(n, 2)),
    "TVD": ("Total Variation Distance (TVD)", lambda n: norm(n, 1) / 2),
}

OVER_OUTCOMES = ("JS", "KL", "KS", "LP", "TVD")
"""Metrics of all outcomes."""

POST_TRAINING: dict[str, tuple[str, Metric]] = {
    "AD": ("Accuracy Difference (AD)", advantage(lambda m: divide(m[0, 0] + m[1, 1], m.sum()))),
    "CDDPL": ("Conditional Demographic Disparity in Predicted Labels (CDDPL)", lambda n: demographic_disparity(n, 2)),
    "DAR": ("Difference in Acceptance Rates (DAR)", advantage(lambda m: divide(m[1, 1], m[:, 1].sum()))),
    "DCA": ("Difference in Conditional Acceptance (DCA)", advantage(lambda m: divide(m[1].sum(), m[:, 1].sum()))),
    "DCR": ("Difference in Conditional Rejection (DCR)", disadvantage(lambda m: divide(m[0].sum(), m[:, 0].sum()))),
    "DI": ("Disparate Impact (DI)", disparate_impact),
    "DPPL": (
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        lambda n: positive_difference(n, 2),
    ),
    "DRR": ("Difference in Rejection Rates (DRR)", disadvantage(lambda m: divide(m[0, 0], m[:, 0].sum()))),
    "GE": ("Generalized Entropy (GE)", generalized_entropy),
    "RD": ("Recall Difference (RD)", advantage(lambda m: divide(m[1, 1], m[1].sum()))),
    "SD": ("Specificity Difference (SD)", disadvantage(lambda m: divide(m[0, 0], m[0].sum()))),
    "TE": ("Treatment Equality (TE)", disadvantage(lambda m: divide(m[1, 0], m[0, 1]))),
}
