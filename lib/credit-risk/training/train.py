"""Trains XGBoost by a program of one's own, which an interruption of spot capacity does not set back to the start.

SageMaker's training toolkit runs it: hyperparameters are arguments, and folders are in the environment.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

import numpy as np
import xgboost

LOG = logging.getLogger("train")


def read(folder: Path) -> xgboost.DMatrix:
    """All files of a channel: the label, then the features, without header."""
    parts = [np.loadtxt(path, delimiter=",", ndmin=2) for path in sorted(folder.rglob("*.csv"))]
    if not parts:
        raise SystemExit(f"{folder}: must hold files of loans, holds none")
    rows = np.concatenate(parts)
    return xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])


class Checkpoints(xgboost.callback.TrainingCallback):
    """Keeps the model after every few rounds, in a folder that SageMaker copies to S3 and back."""

    def __init__(self, folder: Path, every: int) -> None:
        super().__init__()
        self.folder = folder
        self.every = every

    def latest(self) -> Path | None:
        """The model that has got furthest."""
        found = sorted(self.folder.glob("round-*.json"))
        return found[-1] if found else None

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: object) -> bool:
        """Saves beside the place and moves, so that an interruption leaves no half of a model."""
        rounds = model.num_boosted_rounds()
        if rounds % self.every == 0:
            self.folder.mkdir(parents=True, exist_ok=True)
            scratch = self.folder / "unfinished.json"
            model.save_model(scratch)
            scratch.rename(self.folder / f"round-{rounds:06d}.json")
        return False


def train(arguments: argparse.Namespace) -> None:
    """Trains what is left to train, and writes the model."""
    checkpoints = Checkpoints(arguments.checkpoints, arguments.checkpoint_rounds)
    done, start = 0, checkpoints.latest()
    if start:
        booster = xgboost.Booster(model_file=start)
        done = booster.num_boosted_rounds()
        LOG.info("continues after %d rounds", done)
    loans = {name: read(getattr(arguments, name)) for name in ("train", "validation")}
    model = xgboost.train(
        {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "eta": arguments.eta,
            "max_depth": arguments.max_depth,
            "subsample": arguments.subsample,
            "seed": arguments.seed,
        },
        loans["train"],
        max(arguments.num_round - done, 0),
        evals=[(matrix, name) for name, matrix in loans.items()],
        xgb_model=start and str(start),
        callbacks=[checkpoints],
    )
    arguments.model_dir.mkdir(parents=True, exist_ok=True)
    model.save_model(arguments.model_dir / "model.json")


def main() -> None:
    """Reads the arguments and trains."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("num_round", 200), ("max_depth", 3), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, share in (("eta", 0.05), ("subsample", 0.8)):
        parser.add_argument(f"--{name}", type=float, default=share)
    parser.add_argument("--checkpoint_rounds", type=int, default=50)
    parser.add_argument("--checkpoints", type=Path, default=Path("/opt/ml/checkpoints"))
    for name, variable in (
        ("train", "SM_CHANNEL_TRAIN"),
        ("validation", "SM_CHANNEL_VALIDATION"),
        ("model_dir", "SM_MODEL_DIR"),
    ):
        parser.add_argument(f"--{name}", type=Path, default=os.environ.get(variable))
    train(parser.parse_args())


if __name__ == "__main__":
    main()
