"""The whole way: prepare, train with the pipeline's hyperparameters, transform, evaluate."""

from __future__ import annotations

import itertools
import json
import unittest
from pathlib import Path

import numpy as np
import xgboost
from loans import generate, write
from sklearn.metrics import roc_auc_score
from support import CONTRACT, REAL_FILE, StepTest, train, transform

MINIMUM_AUC = 0.75


class ModelTest(StepTest):
    def auc(self, path: Path, *arguments: object) -> float:
        """AUC on the held-out loans, read at the path that the pipeline's condition reads."""
        self.run_well("prepare", "--input", path, *arguments)
        return self.evaluated_auc()

    def evaluated_auc(self) -> float:
        """AUC of a model trained and evaluated on what was prepared."""
        model = train(self.output, CONTRACT["hyperparameters"])
        self.assertEqual(model.num_features(), len(CONTRACT["featureNames"]))
        features = self.output / "test" / CONTRACT["prepareFiles"]["test"]
        answers = transform(model, features, self.folder / "transformed" / "features.csv.out")
        labels = self.output / "labels"
        self.run_well("evaluate", "--predictions", answers.parent, "--labels", labels)
        name = CONTRACT["evaluateFiles"]["evaluation"]
        value = json.loads((self.output / "evaluation" / name).read_text())
        for key in CONTRACT["evaluationPaths"]["auc"].split("."):
            value = value[key]
        return float(value)

    def test_learns_from_generated_loans(self) -> None:
        path = write(self.folder / "loans.asc", generate(1000, 30))
        self.assertGreaterEqual(self.auc(path), MINIMUM_AUC)

    def test_gives_the_same_model_again(self) -> None:
        path = write(self.folder / "loans.asc", generate(1000, 31))
        self.assertEqual(self.auc(path), self.auc(path))

    @unittest.skipUnless(REAL_FILE, "SOUTH_GERMAN_CREDIT is not set")
    def test_learns_from_real_loans(self) -> None:
        auc = self.auc(Path(str(REAL_FILE)))
        print(f"AUC on the held-out real loans: {auc:.3f}")
        self.assertGreaterEqual(auc, MINIMUM_AUC)

    @unittest.skipUnless(REAL_FILE, "SOUTH_GERMAN_CREDIT is not set")
    def test_learns_from_real_loans_however_they_are_split(self) -> None:
        values = [self.auc(Path(str(REAL_FILE)), "--seed", seed) for seed in range(101, 111)]
        print("AUC with ten other splits:", " ".join(f"{value:.3f}" for value in values))
        self.assertGreaterEqual(sum(values) / len(values), MINIMUM_AUC)

    @unittest.skipUnless(REAL_FILE, "SOUTH_GERMAN_CREDIT is not set")
    def test_learns_from_real_loans_whatever_the_tuning_chooses(self) -> None:
        self.run_well("prepare", "--input", REAL_FILE)
        holdout = self.output / "holdout" / CONTRACT["prepareFiles"]["holdout"]
        loans = np.loadtxt(holdout, delimiter=",")
        ranges = CONTRACT["searchRanges"]
        ends = [(str(choice["min"]), str(choice["max"])) for choice in ranges.values()]
        for corner in itertools.product(*ends):
            chosen = dict(zip(ranges, corner))
            model = train(self.output, {**CONTRACT["hyperparameters"], **chosen})
            answers = model.predict(xgboost.DMatrix(loans[:, 1:]), validate_features=False)
            self.assertGreaterEqual(roc_auc_score(loans[:, 0], answers), MINIMUM_AUC, chosen)


if __name__ == "__main__":
    unittest.main()
