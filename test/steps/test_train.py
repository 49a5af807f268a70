"""The program that trains on spot capacity, and the one that answers with its model."""

from __future__ import annotations

import runpy
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from loans import generate, write
from sklearn.metrics import roc_auc_score
from support import CONTRACT, REAL_FILE, STEPS, StepTest

TRAIN = STEPS.parent / "training" / "train.py"
INFERENCE = STEPS.parent / "inference" / "inference.py"
ROUNDS = CONTRACT["hyperparameters"]["num_round"]


class TrainTest(StepTest):
    def prepare(self, path: Path) -> None:
        self.run_well("prepare", "--input", path)

    def train(self, **arguments: object) -> subprocess.CompletedProcess[str]:
        """Runs the program as the training toolkit does."""
        given = {
            name: CONTRACT["hyperparameters"][name]
            for name in ("num_round", "eta", "max_depth", "subsample", "seed")
        }
        given |= {"checkpoint_rounds": 50, "checkpoints": self.folder / "checkpoints", **arguments}
        words = [str(part) for name, value in given.items() for part in (f"--{name}", value)]
        return subprocess.run(
            [sys.executable, str(TRAIN), *words],
            env={
                "SM_CHANNEL_TRAIN": str(self.output / "train"),
                "SM_CHANNEL_VALIDATION": str(self.output / "validation"),
                "SM_MODEL_DIR": str(self.folder / "model"),
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def train_well(self, **arguments: object) -> str:
        done = self.train(**arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout + done.stderr

    def answers(self) -> np.ndarray:
        """Decisions and probabilities about the held-out loans, as the container asks for them."""
        program: dict[str, Any] = runpy.run_path(str(INFERENCE))
        model = program["model_fn"](str(self.folder / "model"))
        loans = np.loadtxt(self.output / "test" / "features.csv", delimiter=",")
        text, accept = program["output_fn"](
            program["predict_fn"](xgboost.DMatrix(loans), model), "text/csv"
        )
        self.assertEqual(accept, "text/csv")
        return np.array([line.split(",") for line in text.splitlines()], dtype=float)

    def auc(self) -> float:
        return float(
            roc_auc_score(np.loadtxt(self.output / "labels" / "labels.csv"), self.answers()[:, 1])
        )

    def test_generated_loans(self) -> None:
        self.prepare(write(self.folder / "loans.asc", generate(1000, seed=3)))
        printed = self.train_well()
        self.assertRegex(printed, r"\[199\].*validation-auc:0\.\d+")
        self.assertGreater(self.auc(), 0.75)
        decisions, chances = self.answers().T
        self.assertEqual(decisions.tolist(), (chances >= 0.5).astype(float).tolist())

    @unittest.skipUnless(REAL_FILE, "needs the real loans")
    def test_real_loans(self) -> None:
        self.prepare(Path(str(REAL_FILE)))
        self.train_well()
        self.assertGreater(self.auc(), 0.75)

    def test_continues_after_an_interruption(self) -> None:
        self.prepare(write(self.folder / "loans.asc", generate(1000, seed=3)))
        self.train_well(num_round=120)
        checkpoints = self.folder / "checkpoints"
        kept = [path.name for path in sorted(checkpoints.iterdir())]
        self.assertEqual(kept, ["round-000050.json", "round-000100.json"])
        printed = self.train_well()
        self.assertIn("continues after 100 rounds", printed)
        model = xgboost.Booster(model_file=self.folder / "model" / "model.json")
        self.assertEqual(model.num_boosted_rounds(), ROUNDS)
        self.assertGreater(self.auc(), 0.75)
        # All rounds are done: what is left is to write the model.
        self.train_well()
        model = xgboost.Booster(model_file=self.folder / "model" / "model.json")
        self.assertEqual(model.num_boosted_rounds(), ROUNDS)

    def test_no_loans(self) -> None:
        (self.output / "train").mkdir(parents=True)
        done = self.train()
        self.assertEqual(done.returncode, 1)
        self.assertIn("must hold files of loans, holds none", done.stderr)


if __name__ == "__main__":
    unittest.main()
