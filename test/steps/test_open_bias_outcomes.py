"""Bias of labels with several outcomes, neighbors, losses, and what the analyzer imports."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
import unittest
from typing import Any

import numpy as np
from open_monitor_support import ANALYZER, MonitorTest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.neighbors import KNeighborsClassifier
from test_open_model_checks import table_of

from open_monitor import bias, classification
from open_monitor.bias import analyze_bias

LAZY = {"matplotlib", "joblib", "boto3", "botocore", "jmespath"}
TOP = {"numpy", "scipy", "xgboost", "open_monitor"}


class OutcomesTest(unittest.TestCase):
    # The guide's example has the outcomes rejected, waitlisted and accepted.
    A = ["rejected"] * 2 + ["waitlisted"] * 3 + ["accepted"] * 5
    D = ["rejected"] * 4 + ["waitlisted"] * 2 + ["accepted"] * 2
    PA, PD = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.25, 0.25])

    def metrics(self, wanted: list[Any], a: list[Any], d: list[Any], predictions: Any = None) -> dict[str, Any]:
        table = table_of(y=[*a, *d], f=["a"] * len(a) + ["d"] * len(d))
        config = {
            "label": "y",
            "label_values_or_threshold": wanted,
            "facet": [{"name_or_index": "f", "value_or_threshold": ["d"]}],
            "methods": {
                "pre_training_bias": {"methods": "all"},
                "post_training_bias": {"methods": ["DPPL", "RD", "AD"]},
            },
        }
        analysis = analyze_bias(table, config, predictions)
        stages = [stage for name, stage in analysis.items() if name.endswith("_metrics")]
        return {each["name"]: each for stage in stages for each in stage["facets"]["f"][0]["metrics"]}

    def values(self, *arguments: Any) -> dict[str, float]:
        return {name: each["value"] for name, each in self.metrics(*arguments).items()}

    def test_distances_compare_all_outcomes(self) -> None:
        values = self.values(["accepted"], self.A, self.D)
        self.assertAlmostEqual(values["KL"], entropy(self.PA, self.PD))
        self.assertAlmostEqual(values["JS"], jensenshannon(self.PA, self.PD) ** 2)
        self.assertAlmostEqual(values["LP"], math.sqrt(0.3**2 + 0.05**2 + 0.25**2))
        self.assertAlmostEqual(values["TVD"], (0.3 + 0.05 + 0.25) / 2)
        self.assertAlmostEqual(values["KS"], 0.3)

    def test_the_positive_outcomes_are_a_set(self) -> None:
        one, two = (self.values(wanted, self.A, self.D) for wanted in (["accepted"], ["accepted", "waitlisted"]))
        self.assertAlmostEqual(one["DPL"], 0.5 - 0.25)
        self.assertAlmostEqual(two["DPL"], 0.8 - 0.5)
        for name in ("KL", "JS", "LP", "TVD", "KS"):
            self.assertEqual(one[name], two[name])

    def test_predictions_have_two_outcomes(self) -> None:
        predictions = np.array([1, 0] * 9, dtype=float)
        values = self.values(["accepted", "waitlisted"], self.A, self.D, predictions)
        truth = np.array([label != "rejected" for label in [*self.A, *self.D]])
        hits = predictions == 1
        self.assertAlmostEqual(values["DPPL"], hits[:10].mean() - hits[10:].mean())
        self.assertAlmostEqual(values["RD"], hits[:10][truth[:10]].mean() - hits[10:][truth[10:]].mean())
        self.assertAlmostEqual(values["AD"], (hits == truth)[:10].mean() - (hits == truth)[10:].mean())

    def test_a_threshold_makes_two_outcomes(self) -> None:
        values = self.values([30], [*range(20, 40)], [*range(10, 35)])
        a, d = np.array([11, 9]) / 20, np.array([21, 4]) / 25
        self.assertAlmostEqual(values["KL"], entropy(a, d))
        self.assertAlmostEqual(values["TVD"], a[1] - d[1])

    def test_numbers_are_outcomes_by_their_value(self) -> None:
        values = self.values([1], ["1", "1.0", "2", "3"], ["1.00", "2", "2", "3"])
        self.assertAlmostEqual(values["TVD"], 0.25)

    def test_an_outcome_that_the_others_lack_is_without_end(self) -> None:
        found = self.metrics(["accepted"], self.A, ["rejected", "accepted"])["KL"]
        self.assertEqual((found["value"], found["error"]), (None, bias.ENDLESS.format(math.inf)))

    def test_too_many_outcomes_are_refused(self) -> None:
        names = [f"n{place}" for place in range(101)]
        with self.assertRaises(bias.DataError) as caught:
            self.metrics(["n1"], names, names)
        self.assertEqual(str(caught.exception), "label 'y' must have at most 100 outcomes, got: 101")


class WithoutScikitLearnTest(unittest.TestCase):
    def test_losses_are_those_of_scikit_learn(self) -> None:
        random = np.random.default_rng(8)
        labels = random.integers(0, 2, 500)
        chances = np.clip(random.normal(labels, 0.7), 0, 1)
        self.assertGreater(((chances == 0) | (chances == 1)).sum(), 100)
        self.assertAlmostEqual(classification.log_loss(labels, chances), log_loss(labels, chances))
        self.assertAlmostEqual(classification.brier_score(labels, chances), brier_score_loss(labels, chances))

    def test_neighbors_are_those_of_scikit_learn(self) -> None:
        random = np.random.default_rng(8)
        for count in (9, 300):
            members = np.arange(count + 200) >= count
            rows = random.normal(size=(len(members), 3))
            predicted = rows[:, 0] + random.normal(size=len(members)) > 0
            nearest = KNeighborsClassifier(5 if count > 9 else 1).fit(rows[~members], predicted[~members])
            expected = (nearest.predict(rows[members]) * 1.0 - predicted[members]).mean()
            table = table_of(a=rows[:, 0], b=rows[:, 1], c=rows[:, 2])
            self.assertAlmostEqual(bias.flip_test(table, list(table), members, predicted)["value"], expected)

    def test_many_rows_are_compared_by_a_sample(self) -> None:
        random = np.random.default_rng(8)
        members = random.random(30_000) < 0.5
        rows = random.normal(size=(len(members), 2))
        predicted = rows[:, 0] > np.where(members, 0.5, 0)
        found = bias.flip_test(table_of(a=rows[:, 0], b=rows[:, 1]), ["a", "b"], members, predicted)
        # Members between 0 and 0.5 are refused, their neighbors are not: P(0 < Z < 0.5).
        self.assertAlmostEqual(found["value"], 0.1915, delta=0.02)
        self.assertAlmostEqual(found["standard_deviation"], math.sqrt(0.1915 * 0.8085 / 10_000), places=4)


class ImportsTest(MonitorTest):
    def test_modules_import_what_the_container_has_and_plots_only_when_drawn(self) -> None:
        for path in [ANALYZER / "analyze.py", *sorted((ANALYZER / "open_monitor").glob("*.py"))]:
            tree = ast.parse(path.read_text(), feature_version=(3, 8))
            for node in ast.walk(tree):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                for name in (each.split(".")[0] for each in names):
                    allowed = TOP | set(sys.stdlib_module_names) | (set() if node in tree.body else LAZY)
                    self.assertIn(name, allowed, f"{path.name} imports {name}")

    def test_checks_of_data_need_neither_scikit_learn_nor_pandas_nor_matplotlib(self) -> None:
        data = self.write("data.csv", [{"f": "ad"[n % 2], "y": n % 3 % 2, "x": n, "p": n % 2} for n in range(40)])
        facets = [{"name_or_index": "x", "value_or_threshold": [20]}]
        config = {"label": "y", "label_values_or_threshold": [1], "facet": facets}
        (self.folder / "config.json").write_text(json.dumps(config))
        blocked = "import sys, runpy; sys.modules.update(dict.fromkeys(['sklearn', 'pandas', 'matplotlib'])); "
        blocked += "sys.path.insert(0, sys.argv[1].rpartition('/')[0]); del sys.argv[0]; "
        blocked += "runpy.run_path(sys.argv[0], run_name='__main__')"
        quality = ["--problem-type", "BinaryClassification", "--ground-truth-attribute", "y", "--inference-attribute", "p"]
        for kind, more in (
            ("data-quality", []),
            ("model-quality", [*quality, "--probability-attribute", "p"]),
            ("bias", ["--analysis-config", self.folder / "config.json"]),
        ):
            command = [sys.executable, "-c", blocked, ANALYZER / "analyze.py", kind, "--dataset", data]
            command += ["--output", self.folder / kind, *more]
            done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = (self.folder / kind / "report.html").read_text()
            self.assertNotIn("<svg", report)
            self.assertIn("There are no plots, as matplotlib is not installed.", report)


if __name__ == "__main__":
    unittest.main()
