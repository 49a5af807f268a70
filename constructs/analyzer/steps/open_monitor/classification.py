"""Metrics of classifiers under Model Monitor's names; a ratio without a denominator is 0."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.stats import rankdata

from .job import DataError
from .sampling import CONFIDENCE, LEAST_ROWS, SUBSAMPLES, deviation, measure_matrix, metric, subsample_size
from .table import Floats

BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
MOST_CLASSES = 100
LEAST_OF_CLASS = 2


def ratio(part: Any, whole: Any) -> Any:
    """Parts by wholes, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(np.asarray(part, dtype=np.float64)), where=np.asarray(whole) != 0)


def f_score(precision: Any, recall: Any, beta: float) -> Any:
    """The weighted harmonic mean of precision and recall."""
    return ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def binary_values(matrix: Floats) -> dict[str, float]:
    """Metrics of a confusion matrix [label, prediction] of the classes 0 and 1."""
    (tn, fp), (fn, tp) = matrix
    share = (tp + fn) / matrix.sum()
    recall, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
    # The constant that has a recall at all: the documentation's example takes it, too.
    constant_recall = float(share > 0)
    values = {
        "recall": recall,
        "precision": precision,
        "accuracy": (tp + tn) / matrix.sum(),
        "true_positive_rate": recall,
        "true_negative_rate": ratio(tn, tn + fp),
        "false_positive_rate": ratio(fp, tn + fp),
        "false_negative_rate": ratio(fn, tp + fn),
        "recall_best_constant_classifier": constant_recall,
        "precision_best_constant_classifier": share,
        "accuracy_best_constant_classifier": share,
    }
    for name, beta in BETAS.items():
        values[name] = f_score(precision, recall, beta)
        values[f"{name}_best_constant_classifier"] = f_score(share, constant_recall, beta)
    return {name: float(value) for name, value in values.items()}


def binary_metrics(labels: np.ndarray, answers: np.ndarray, probabilities: Floats | None) -> dict[str, Any]:
    """All metrics of a binary classifier; AUC and the losses need probabilities of class 1."""
    matrix = np.bincount(2 * labels + answers, minlength=4).reshape(2, 2)
    metrics: dict[str, Any] = {"confusion_matrix": confusion(matrix, ["0", "1"])}
    metrics.update(measure_matrix(matrix, binary_values))
    if probabilities is None:
        return metrics
    bad = np.flatnonzero((probabilities < 0) | (probabilities > 1))
    if bad.size:
        raise DataError(
            *[f"row {row + 1}: must be a probability between 0 and 1, got: {probabilities[row]:g}" for row in bad]
        )
    for label in (0, 1):
        count = int((labels == label).sum())
        if count < LEAST_OF_CLASS:
            raise DataError(f"labels must hold {LEAST_OF_CLASS} or more rows of class {label}, got: {count}")
    metrics["auc"] = measure_auc(labels, probabilities)
    metrics["log_loss"] = {"value": log_loss(labels, probabilities), "standard_deviation": "NaN"}
    metrics["brier_score"] = {"value": brier_score(labels, probabilities), "standard_deviation": "NaN"}
    return metrics


def log_loss(labels: np.ndarray, probabilities: Floats) -> float:
    """Mean of -log of the probability of what came true; a certainty that failed counts as next to certain."""
    smallest = np.finfo(np.float64).eps
    of_truth = np.where(labels == 1, probabilities, 1 - probabilities)
    return float(-np.log(np.clip(of_truth, smallest, 1 - smallest)).mean())


def brier_score(labels: np.ndarray, probabilities: Floats) -> float:
    """Mean squared distance of the probabilities from what came true."""
    return float(((probabilities - labels) ** 2).mean())


def area(labels: np.ndarray, probabilities: Floats) -> tuple[float, float]:
    """Area under the ROC curve with DeLong's standard error, by midranks: exact, also with ties."""
    good, bad = probabilities[labels == 1], probabilities[labels == 0]
    ranks = rankdata(probabilities)
    below_good = (ranks[labels == 1] - rankdata(good)) / len(bad)
    above_bad = 1 - (ranks[labels == 0] - rankdata(bad)) / len(good)
    variance = below_good.var(ddof=1) / len(good) + above_bad.var(ddof=1) / len(bad)
    return float(below_good.mean()), math.sqrt(variance)


def measure_auc(labels: np.ndarray, probabilities: Floats) -> dict[str, Any]:
    """AUC with Model Monitor's standard deviation and DeLong's interval."""
    value, error = area(labels, probabilities)
    margin = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    spread = None
    if len(labels) >= LEAST_ROWS:
        random = np.random.default_rng(0)
        parts = [random.choice(len(labels), subsample_size(len(labels)), replace=False) for _ in range(SUBSAMPLES)]
        both = [part for part in parts if min(np.bincount(labels[part], minlength=2)) >= LEAST_OF_CLASS]
        spread = deviation([area(labels[part], probabilities[part])[0] for part in both]) if both else None
    return metric(value, spread, max(0.0, value - margin), min(1.0, value + margin))


def multiclass_values(matrix: Floats) -> dict[str, float]:
    """Metrics of a confusion matrix [label, prediction], weighted by the labels' shares."""
    shares = matrix.sum(axis=1) / matrix.sum()
    hits = matrix.diagonal()
    recall, precision = ratio(hits, matrix.sum(axis=1)), ratio(hits, matrix.sum(axis=0))
    best = shares.max()
    accuracy = hits.sum() / matrix.sum()
    values = {
        "accuracy": accuracy,
        "weighted_recall": (shares * recall).sum(),
        "weighted_precision": (shares * precision).sum(),
        "accuracy_best_constant_classifier": best,
        "weighted_recall_best_constant_classifier": best,
        "weighted_precision_best_constant_classifier": best**2,
    }
    for name, beta in BETAS.items():
        values[f"weighted_{name}"] = (shares * f_score(precision, recall, beta)).sum()
        values[f"weighted_{name}_best_constant_classifier"] = best * f_score(best, 1.0, beta)
    return {name: float(value) for name, value in values.items()}


def multiclass_metrics(labels: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    """All metrics of a classifier of any classes."""
    classes, places = np.unique(np.concatenate([labels, answers]), return_inverse=True)
    if len(classes) > MOST_CLASSES:
        raise DataError(f"labels and predictions must have at most {MOST_CLASSES} classes, got: {len(classes)}")
    matrix = np.bincount(places[: len(labels)] * len(classes) + places[len(labels) :], minlength=len(classes) ** 2)
    matrix = matrix.reshape(len(classes), len(classes))
    return {
        "confusion_matrix": confusion(matrix, [str(name) for name in classes]),
        **measure_matrix(matrix, multiclass_values),
    }


def confusion(matrix: np.ndarray, classes: list[str]) -> dict[str, dict[str, int]]:
    """Counts by label and prediction."""
    return {label: dict(zip(classes, row)) for label, row in zip(classes, matrix.tolist())}
