"""Answers requests with the decision beside the probability, in SageMaker's container of XGBoost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xgboost

THRESHOLD = 0.5


def model_fn(model_dir: str) -> xgboost.Booster:
    """The model that train.py wrote."""
    return xgboost.Booster(model_file=Path(model_dir) / "model.json")


def predict_fn(loans: xgboost.DMatrix, model: xgboost.Booster) -> np.ndarray:
    """Probability of each loan to be paid back as agreed."""
    return model.predict(loans, validate_features=False)


def output_fn(probabilities: np.ndarray, accept: str) -> tuple[str, str]:
    """A line of CSV for each loan: decision and probability."""
    lines = [f"{int(chance >= THRESHOLD)},{chance}" for chance in probabilities.tolist()]
    return "\n".join(lines) + "\n", accept
