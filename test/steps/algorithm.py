"""XGBoost as its container runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xgboost


def train(channels: Path, hyperparameters: dict[str, Any]) -> xgboost.Booster:
    """Trains as the container does in algorithm mode: same loader, same watch list."""
    parameters: dict[str, Any] = dict(hyperparameters)
    rounds = int(parameters.pop("num_round"))
    parameters["eval_metric"] = parameters["eval_metric"].split(",")
    data = {
        name: xgboost.DMatrix(f"{channels / name}?format=csv&label_column=0&delimiter=,")
        for name in ("train", "validation")
    }
    watched = [(matrix, name) for name, matrix in data.items()]
    return xgboost.train(parameters, data["train"], rounds, evals=watched, verbose_eval=False)


def transform(model: xgboost.Booster, features: Path, result: Path) -> Path:
    """Answers a CSV of features as the container does: one probability in each line."""
    rows = [line.split(",") for line in features.read_text().splitlines()]
    answers = model.predict(xgboost.DMatrix(np.array(rows).astype(float)), validate_features=False)
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text("\n".join(map(str, answers.tolist())) + "\n")
    return result
