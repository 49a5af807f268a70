"""What decides the predictions of a model, and whether that has changed.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xgboost

from .explainers import (
    MOST_ROWS,
    MOST_TREE_ROWS,
    Explainer,
    Model,
    ShapSettings,
    TreeExplainer,
    kernel_explainer,
    some_rows,
)
from .job import DataError
from .table import Column, Floats, matrix_of

LEAST_NDCG = 0.9

METHOD = "kernel_shap"
"""The key that readers of Clarify's files look for, also with exact values of trees."""


def analyze_attributions(
    model: Model, table: dict[str, Column], features: Sequence[str], config: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The global SHAP value of each feature, over a random sample where rows are many."""
    settings = ShapSettings.of(config or {})
    rows = matrix_of(table, features)
    explainer: Explainer
    if isinstance(model, xgboost.Booster):
        if model.num_features() != len(features):
            raise DataError(f"data must have the model's {model.num_features()} features, got: {len(features)} columns")
        explainer = TreeExplainer(model)
    else:
        explainer = kernel_explainer(model, rows, settings)
    rows = some_rows(rows, MOST_TREE_ROWS if isinstance(explainer, TreeExplainer) else MOST_ROWS, settings.seed)
    shares, expected = aggregate(explainer, rows, settings.agg_method)
    headers = (config or {}).get("predictor", {}).get("label_headers", [])
    if len(headers) != len(shares):
        headers = [f"label{place}" for place in range(len(shares))]
    wanted = features_to_explain(config or {}) or features
    labels = {}
    for header, values, mean in zip(headers, shares, expected):
        known = dict(zip(features, values.tolist()))
        lacking = [name for name in wanted if name not in known]
        if lacking:
            listed = ", ".join(known)
            raise DataError(*[f"analysis configuration: '{name}' must be one of {listed}" for name in lacking])
        labels[str(header)] = {
            "global_shap_values": {name: known[name] for name in wanted},
            "expected_value": float(mean),
        }
    return {"version": "1.0", "explanations": {METHOD: labels}}


def features_to_explain(config: dict[str, Any]) -> list[str]:
    """Names of the features that the configuration asks for, by name or by place among its headers."""
    wanted = (config.get("methods", {}).get("shap") or {}).get("features_to_explain") or []
    return [config["headers"][each] if isinstance(each, int) else str(each) for each in wanted]


def aggregate(explainer: Explainer, rows: Floats, method: str) -> tuple[Floats, Floats]:
    """Global values by label and feature, and the expected value of each label."""
    values = explainer.explain(rows).astype(np.float64)
    local, expected = values[:, :, :-1], values[:, :, -1].mean(axis=0)
    if method == "median":
        return np.median(local, axis=0), expected
    return (np.abs(local) if method == "mean_abs" else np.square(local)).mean(axis=0), expected


def ndcg(baseline: dict[str, float], current: dict[str, float]) -> float:
    """How well the order of the features now ranks what they weighed in the baseline: 1 if it is the same order.

    Only the ranks come from the current values; the gain of each place is the feature's baseline value.
    """
    names = list(baseline)
    gains = np.array([baseline[name] for name in names])
    # A feature that is gone comes last.
    scores = np.array([current.get(name, -np.inf) for name in names])
    discounts = 1 / np.log2(np.arange(2, len(names) + 2))
    ideal = (np.sort(gains)[::-1] * discounts).sum()
    if ideal == 0:
        return 1.0
    return float((gains[np.argsort(-scores, kind="stable")] * discounts).sum() / ideal)


def find_attribution_violations(
    analysis: dict[str, Any], baseline: dict[str, Any], least: float = LEAST_NDCG
) -> tuple[list[dict[str, str]], dict[str, float]]:
    """Labels whose features have changed places, and the nDCG of each label."""
    before = baseline.get("explanations", {}).get(METHOD, {})
    now = analysis["explanations"][METHOD]
    if sorted(before) != sorted(now):
        raise DataError(f"baseline must explain {', '.join(now)}, explains {', '.join(before) or 'nothing'}")
    scores = {
        label: ndcg(before[label]["global_shap_values"], values["global_shap_values"]) for label, values in now.items()
    }
    violations = [
        {
            "label": label,
            "metric_name": "shap",
            "constraint_check_type": "feature_attribution_drift_check",
            "description": f"Feature attribution drift {score} exceeds threshold {least}",
        }
        for label, score in scores.items()
        if score < least
    ]
    return violations, scores
