"""What decides the predictions of an XGBoost model, and whether that has changed.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from .job import DataError, only_file
from .table import Column, Floats, numbers_of

LEAST_NDCG = 0.9
ROWS_AT_ONCE = 100_000
MODEL_IN_ARCHIVE = "xgboost-model"

METHOD = "kernel_shap"
"""The key that readers of Clarify's files look for. The values are exact ones of trees, in the margin's unit."""


def load_model(path: Path) -> xgboost.Booster:
    """A model of the XGBoost container: its file, or the archive that a training job leaves."""
    file = only_file(path)
    try:
        if not tarfile.is_tarfile(file):
            return xgboost.Booster(model_file=str(file))
        with tarfile.open(file) as archive, tempfile.TemporaryDirectory() as folder:
            member = next((each for each in archive if Path(each.name).name == MODEL_IN_ARCHIVE), None)
            content = member and archive.extractfile(member)
            if not content:
                raise DataError(f"{file.name}: must hold a file '{MODEL_IN_ARCHIVE}'")
            model = Path(folder) / MODEL_IN_ARCHIVE
            model.write_bytes(content.read())
            return xgboost.Booster(model_file=str(model))
    except xgboost.core.XGBoostError as error:
        raise DataError(f"{file.name}: must be a model of XGBoost, is not") from error


def explain(model: xgboost.Booster, rows: Floats) -> Floats:
    """SHAP values by row, label and feature, the expected value last; they add up to the margin of the label."""
    answers = model.predict(xgboost.DMatrix(rows), pred_contribs=True, validate_features=False)
    values: Floats = answers[:, np.newaxis] if answers.ndim == 2 else answers
    return values


def analyze_attributions(
    model: xgboost.Booster, table: dict[str, Column], features: Sequence[str]
) -> dict[str, Any]:
    """The global SHAP value of each feature: the mean of the absolute ones (`mean_abs`)."""
    if model.num_features() != len(features):
        raise DataError(f"data must have the model's {model.num_features()} features, got: {len(features)} columns")
    rows = np.column_stack([numbers_of(table, name) for name in features])
    sums: Any = 0
    expected: Any = 0
    for start in range(0, len(rows), ROWS_AT_ONCE):
        values = explain(model, rows[start : start + ROWS_AT_ONCE]).astype(np.float64)
        sums = sums + np.abs(values[:, :, :-1]).sum(axis=0)
        expected = expected + values[:, :, -1].sum(axis=0)
    labels = {
        f"label{place}": {
            "global_shap_values": dict(zip(features, (label / len(rows)).tolist())),
            "expected_value": float(expected[place] / len(rows)),
        }
        for place, label in enumerate(sums)
    }
    return {"version": "1.0", "explanations": {METHOD: labels}}


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
