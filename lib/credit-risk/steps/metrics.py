"""Quality of a binary classifier, in the layout of SageMaker's model quality report.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)

Integers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve with DeLong's standard deviation and confidence interval."""

    value: float
    standard_deviation: float
    lower: float
    upper: float


def area_under_curve(labels: Integers, probabilities: Floats) -> Auc:
    """AUC by midranks (Sun and Xu, 2014): exact, also with ties, and without a seed."""
    good, bad = probabilities[labels == 1], probabilities[labels == 0]
    ranks = rankdata(probabilities)
    below_good = (ranks[labels == 1] - rankdata(good)) / len(bad)
    above_bad = 1 - (ranks[labels == 0] - rankdata(bad)) / len(good)
    value = float(below_good.mean())
    variance = below_good.var(ddof=1) / len(good) + above_bad.var(ddof=1) / len(bad)
    deviation = math.sqrt(variance)
    margin = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * deviation
    return Auc(value, deviation, max(0.0, value - margin), min(1.0, value + margin))


def evaluate_predictions(
    labels: Integers, probabilities: Floats, threshold: float
) -> dict[str, object]:
    """All metrics; precision, recall and F1 are those of class 1 and 0 where undefined."""
    predictions = (probabilities >= threshold).astype(int)
    counts = confusion_matrix(labels, predictions, labels=[0, 1]).tolist()
    auc = area_under_curve(labels, probabilities)
    metrics: dict[str, object] = {
        "confusion_matrix": {
            str(label): {str(predicted): counts[label][predicted] for predicted in (0, 1)}
            for label in (0, 1)
        },
        "auc": {
            "value": auc.value,
            "standard_deviation": auc.standard_deviation,
            "confidence_interval": {
                "level": CONFIDENCE,
                "lower": auc.lower,
                "upper": auc.upper,
            },
        },
    }
    values = {
        "accuracy": accuracy_score(labels, predictions),
        "precision": precision_score(labels, predictions, zero_division=0),
        "recall": recall_score(labels, predictions, zero_division=0),
        "f1": f1_score(labels, predictions, zero_division=0),
        "average_precision": average_precision_score(labels, probabilities),
        "log_loss": log_loss(labels, probabilities),
        "brier_score": brier_score_loss(labels, probabilities),
    }
    metrics.update({name: {"value": float(value)} for name, value in values.items()})
    return {
        "binary_classification_metrics": metrics,
        "dataset": {
            "item_count": len(labels),
            "positive_count": int(labels.sum()),
        },
        "threshold": threshold,
    }
