"""Model quality: metrics, the constraints that a baseline suggests, and where current metrics break them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .classification import binary_metrics, multiclass_metrics
from .job import DataError
from .regression import regression_metrics
from .table import Column, column_of, numbers_of

PREFIXES = {
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
    "Regression": "regression",
}

LOWER_IS_BETTER = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate", "log_loss", "brier_score")


def measure_quality(
    table: dict[str, Column], problem: str, truth: str, inference: str, probability: str | None
) -> dict[str, Any]:
    """statistics.json of predictions and the truth."""
    if problem == "Regression":
        metrics = regression_metrics(numbers_of(table, truth), numbers_of(table, inference))
    elif problem == "BinaryClassification":
        labels, answers = zeros_and_ones(table, truth), zeros_and_ones(table, inference)
        metrics = binary_metrics(labels, answers, None if probability is None else numbers_of(table, probability))
    else:
        metrics = multiclass_metrics(column_of(table, truth).texts, column_of(table, inference).texts)
    count = len(column_of(table, truth).texts)
    return {"version": 0, "dataset": {"item_count": count}, f"{PREFIXES[problem]}_metrics": metrics}


def zeros_and_ones(table: dict[str, Column], name: str) -> np.ndarray:
    """A column of classes 0 and 1."""
    numbers = numbers_of(table, name)
    bad = np.flatnonzero(~np.isin(numbers, (0, 1)))
    if bad.size:
        shown = table[name].name
        raise DataError(*[f"row {row + 1}: column '{shown}' must be 0 or 1, got: {numbers[row]:g}" for row in bad])
    return numbers.astype(np.int64)


def suggest_constraints(statistics: dict[str, Any], problem: str) -> dict[str, Any]:
    """The worse end of each metric's confidence interval is the threshold: the true value of the baseline."""
    constraints = {}
    for name, metric in statistics[f"{PREFIXES[problem]}_metrics"].items():
        if "confidence_interval" in metric and not name.endswith("best_constant_classifier"):
            lower = name not in LOWER_IS_BETTER
            constraints[name] = {
                "threshold": metric["confidence_interval"]["lower" if lower else "upper"],
                "comparison_operator": "LessThanThreshold" if lower else "GreaterThanThreshold",
            }
    return {"version": 0, f"{PREFIXES[problem]}_constraints": constraints}


def find_violations(
    statistics: dict[str, Any], constraints: dict[str, Any], problem: str, method: str
) -> list[dict[str, str]]:
    """Metrics beyond their threshold: by their value ('Simple'), or with their whole interval ('Robust')."""
    metrics = statistics[f"{PREFIXES[problem]}_metrics"]
    key = f"{PREFIXES[problem]}_constraints"
    if key not in constraints:
        raise DataError(f"constraints: must hold '{key}'")
    found = []
    for name, constraint in constraints[key].items():
        if name not in metrics:
            raise DataError(f"constraints: metric '{name}' is not among those of the data")
        operator, threshold = constraint["comparison_operator"], constraint["threshold"]
        if operator not in ("LessThanThreshold", "GreaterThanThreshold"):
            raise DataError(
                f"constraints: 'comparison_operator' must be LessThanThreshold or GreaterThanThreshold, got: {operator}"
            )
        less = operator == "LessThanThreshold"
        metric = metrics[name]
        value = metric["value"]
        if method == "Robust" and "confidence_interval" in metric:
            value = metric["confidence_interval"]["upper" if less else "lower"]
        if value < threshold if less else value > threshold:
            measured = f"{metric['value']} +/- {metric['standard_deviation']}"
            description = f"Metric {name} with {measured} was {operator} '{threshold}'"
            found.append({"metric_name": name, "constraint_check_type": operator, "description": description})
    return found
