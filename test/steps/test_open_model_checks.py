"""Model quality, bias and attributions in the open monitor: definitions by hand, and what they find."""

from __future__ import annotations

import json
import math
import tarfile
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from open_monitor_support import MonitorTest, loan_rows
from sklearn.metrics import f1_score, ndcg_score, precision_score, r2_score, roc_auc_score

from open_monitor.attribution import ndcg
from open_monitor.explainers import TreeExplainer
from open_monitor.bias import analyze_bias
from open_monitor.classification import binary_values, measure_auc, multiclass_values
from open_monitor.regression import regression_metrics
from open_monitor.table import Column


def table_of(**columns: Any) -> dict[str, Column]:
    """A table of these values."""
    return {name: Column.of(name, np.array([str(value) for value in values])) for name, values in columns.items()}


class QualityDefinitionsTest(unittest.TestCase):
    """The examples on model-monitor-model-quality-metrics of the developer guide."""

    def test_binary(self) -> None:
        values = binary_values(np.array([[1.0, 2.0], [0.0, 1.0]]))
        expected = {
            "recall": 1.0,
            "precision": 0.3333333333333333,
            "accuracy": 0.5,
            "recall_best_constant_classifier": 1.0,
            "precision_best_constant_classifier": 0.25,
            "accuracy_best_constant_classifier": 0.25,
            "true_positive_rate": 1.0,
            "true_negative_rate": 0.33333333333333337,
            "false_positive_rate": 0.6666666666666666,
            "false_negative_rate": 0.0,
            "f0_5": 0.3846153846153846,
            "f1": 0.5,
            "f2": 0.7142857142857143,
            "f0_5_best_constant_classifier": 0.29411764705882354,
            "f1_best_constant_classifier": 0.4,
            "f2_best_constant_classifier": 0.625,
        }
        self.assertEqual(values.keys(), expected.keys())
        for name, value in expected.items():
            self.assertAlmostEqual(values[name], value, msg=name)

    def test_multiclass(self) -> None:
        values = multiclass_values(np.array([[1180.0, 510.0], [268.0, 138.0]]))
        expected = {
            "accuracy": 0.6288167938931297,
            "weighted_recall": 0.6288167938931297,
            "weighted_precision": 0.6983172269629505,
            "weighted_f0_5": 0.6803947317178771,
            "weighted_f1": 0.6571162346664904,
            "weighted_f2": 0.6384024354394601,
        }
        for name, value in expected.items():
            self.assertAlmostEqual(values[name], value, msg=name)
        # By hand: all rows are called class 0, and 1690 of 2096 are.
        self.assertAlmostEqual(values["weighted_precision_best_constant_classifier"], (1690 / 2096) ** 2)

    def test_intervals_cover_the_truth_as_often_as_they_say(self) -> None:
        random = np.random.default_rng(3)
        covered = {"auc": 0, "mae": 0, "r2": 0}
        for _ in range(200):
            labels = random.integers(0, 2, 300)
            auc = measure_auc(labels, random.normal(size=300) + labels)
            truth = random.normal(size=300)
            metrics = {"auc": auc, **regression_metrics(truth, truth + random.normal(size=300) / 2)}
            # The AUC of two normals a deviation apart; the mean of a half normal; 1 - 1/4.
            for name, value in {"auc": 0.760250, "mae": math.sqrt(2 / math.pi) / 2, "r2": 0.75}.items():
                interval = metrics[name]["confidence_interval"]
                covered[name] += interval["lower"] <= value <= interval["upper"]
        for name, count in covered.items():
            self.assertTrue(180 <= count <= 199, f"{name}: {count} of 200")


class BiasDefinitionsTest(unittest.TestCase):
    # Facet a: TP 3, FN 1, FP 1, TN 3. Facet d: TP 1, FN 1, FP 2, TN 4.
    ROWS = [("a", 1, 1)] * 3 + [("a", 1, 0)] + [("a", 0, 1)] + [("a", 0, 0)] * 3
    ROWS += [("d", 1, 1)] + [("d", 1, 0)] + [("d", 0, 1)] * 2 + [("d", 0, 0)] * 4
    CONFIG: dict[str, Any] = {
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "f", "value_or_threshold": ["d"]}],
    }

    def metrics(
        self, rows: list[tuple[str, int, int]], group: list[str] | None = None, **more: Any
    ) -> dict[str, float]:
        facets, labels, answers = zip(*rows)
        table = table_of(f=facets, y=labels, **({"g": group} if group else {}), **more)
        config = {**self.CONFIG, **({"group_variable": "g"} if group else {})}
        if not more:
            config["methods"] = {
                "pre_training_bias": {"methods": ["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"]},
                "post_training_bias": {
                    "methods": "DPPL DI DCA DCR RD SD AD DAR DRR TE GE CDDPL".split(),
                },
            }
        analysis = analyze_bias(table, config, np.array(answers, dtype=float))
        return {
            metric["name"]: metric["value"]
            for stage in ("pre_training_bias_metrics", "post_training_bias_metrics")
            for metric in analysis[stage]["facets"]["f"][0]["metrics"]
        }

    def test_by_hand(self) -> None:
        values = self.metrics(self.ROWS)
        expected = {
            "CI": 0,
            "DPL": 4 / 8 - 2 / 8,
            "KL": 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75),
            "LP": math.sqrt(2) / 4,
            "TVD": 0.25,
            "KS": 0.25,
            "CDDL": 6 / 10 - 2 / 6,
            "DPPL": 4 / 8 - 3 / 8,
            "DI": 3 / 4,
            "DCA": 4 / 4 - 2 / 3,
            "DCR": 6 / 5 - 4 / 4,
            "RD": 3 / 4 - 1 / 2,
            "SD": 4 / 6 - 3 / 4,
            "AD": 6 / 8 - 5 / 8,
            "DAR": 3 / 4 - 1 / 3,
            "DRR": 4 / 5 - 3 / 4,
            "TE": 1 / 2 - 1 / 1,
            "CDDPL": 5 / 9 - 3 / 7,
        }
        for name, value in expected.items():
            self.assertAlmostEqual(values[name], value, msg=name)
        half = (0.5 * math.log(0.5 / 0.375) + 0.5 * math.log(0.5 / 0.625)) / 2
        half += (0.25 * math.log(0.25 / 0.375) + 0.75 * math.log(0.75 / 0.625)) / 2
        self.assertAlmostEqual(values["JS"], half)
        # Benefits: 2 for the 3 false positives, 0 for the 2 false negatives, 1 for the others; their mean is 17/16.
        mean = 17 / 16
        entropy = (3 * (2 / mean) ** 2 + 11 * (1 / mean) ** 2 - 16) / 32
        self.assertAlmostEqual(values["GE"], entropy)

    def test_kl_of_the_guide(self) -> None:
        rows = [("a", 1, 1)] * 80 + [("a", 0, 0)] * 20 + [("d", 1, 1)] * 30 + [("d", 0, 0)] * 70
        values = self.metrics(rows)
        self.assertAlmostEqual(values["KL"], 0.53, places=2)
        self.assertAlmostEqual(values["KS"], 0.5)

    def test_cdd_averages_over_groups(self) -> None:
        group = ["p"] * 4 + ["q"] * 4 + ["p"] * 4 + ["q"] * 4
        # Group p: a 1111, d 1 1 0 0. Group q: a 0000, d 0000.
        self.assertAlmostEqual(self.metrics(self.ROWS, group)["CDDL"], 0.5 * (2 / 2 - 2 / 6) + 0.5 * (4 / 8))

    def test_fliptest_is_positive_where_neighbors_fare_better(self) -> None:
        rows = [("a", 1, 1)] * 10 + [("a", 1, 0)] * 10 + [("d", 1, 0)] * 4 + [("d", 1, 1)]
        near = [0] * 10 + [9] * 10 + [0] * 3 + [9, 9]
        # Three with 0 have neighbors with 1, one with 1 has neighbors with 0.
        self.assertAlmostEqual(self.metrics(rows, x=near)["FT"], (3 - 1) / 5)

    def test_a_ratio_without_end_has_a_reason_instead_of_a_value(self) -> None:
        self.assertIsNone(self.metrics([("a", 1, 1), ("a", 1, 1), ("d", 1, 1), ("d", 0, 1)] * 2 + [("a", 1, 0)])["TE"])


class ModelChecksTest(MonitorTest):
    def setUp(self) -> None:
        super().setUp()
        rows = loan_rows()
        self.labels = np.array([int(row["kredit"]) for row in rows])
        self.ages = np.array([int(row["alter"]) for row in rows])
        columns = ("laufkont", "laufzeit", "hoehe", "alter")
        self.features = np.array([[float(row[name]) for name in columns] for row in rows])
        matrix = xgboost.DMatrix(self.features[:300], self.labels[:300])
        self.model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, matrix, 30)
        self.chances = self.model.predict(xgboost.DMatrix(self.features))
        self.first, self.second = np.arange(300, 650), np.arange(650, 1000)

    def scored(self, name: str, rows: np.ndarray, labels: np.ndarray | None = None) -> Path:
        truth = self.labels if labels is None else labels
        lines = [{"y": truth[row], "p": int(self.chances[row] >= 0.5), "c": self.chances[row]} for row in rows]
        return self.write(name, lines)

    QUALITY = ("--ground-truth-attribute", "y", "--inference-attribute", "p", "--probability-attribute", "c")

    def test_quality_of_halves_and_of_flipped_labels(self) -> None:
        binary = ("--problem-type", "BinaryClassification", *self.QUALITY)
        self.check("model-quality", "baseline", "--dataset", self.scored("first.csv", self.first), *binary)
        metrics = self.read("baseline/statistics.json")["binary_classification_metrics"]
        truth, chances = self.labels[self.first], self.chances[self.first]
        self.assertAlmostEqual(metrics["auc"]["value"], roc_auc_score(truth, chances))
        self.assertAlmostEqual(metrics["f1"]["value"], f1_score(truth, chances >= 0.5))
        self.assertGreater(metrics["accuracy"]["standard_deviation"], 0)
        baseline = ("--baseline-constraints", self.folder / "baseline" / "constraints.json", *binary)
        second = self.scored("second.csv", self.second)
        self.assertEqual(self.check("model-quality", "out", "--dataset", second, *baseline), [])
        flipped = self.scored("flipped.csv", self.second, 1 - self.labels)
        violations = self.check("model-quality", "out", "--dataset", flipped, *baseline)
        found = {each["metric_name"]: each for each in violations}
        self.assertLessEqual({"accuracy", "auc", "precision"}, set(found))
        self.assertEqual(found["auc"]["constraint_check_type"], "LessThanThreshold")
        pattern = r"^Metric auc with 0\.\d+ \+/- 0\.\d+ was LessThanThreshold '0\.\d+'$"
        self.assertRegex(found["auc"]["description"], pattern)

    def test_multiclass_and_regression(self) -> None:
        path = self.scored("first.csv", self.first)
        arguments = ("--dataset", path, "--ground-truth-attribute", "y", "--inference-attribute")
        self.check("model-quality", "classes", *arguments, "p", "--problem-type", "MulticlassClassification")
        metrics = self.read("classes/statistics.json")["multiclass_classification_metrics"]
        truth, chances = self.labels[self.first], self.chances[self.first]
        expected = precision_score(truth, chances >= 0.5, average="weighted")
        self.assertAlmostEqual(metrics["weighted_precision"]["value"], expected)
        self.check("model-quality", "numbers", *arguments, "c", "--problem-type", "Regression")
        metrics = self.read("numbers/statistics.json")["regression_metrics"]
        self.assertAlmostEqual(metrics["r2"]["value"], r2_score(truth, chances), places=6)
        constraints = self.read("numbers/constraints.json")["regression_constraints"]
        self.assertEqual(constraints["mae"]["comparison_operator"], "GreaterThanThreshold")
        arguments = ("--dataset", path, "--ground-truth-attribute", "q", "--inference-attribute", "p")
        arguments += ("--problem-type", "Regression")
        self.refused("column 'q' must be one of the data's (y, p, c)", "model-quality", *arguments)

    def bias(self, output: str, rows: np.ndarray, labels: np.ndarray, *more: object) -> list[dict[str, str]]:
        config = self.folder / "config.json"
        facets = [{"name_or_index": "age", "value_or_threshold": [30]}]
        config.write_text(json.dumps({"label": "y", "label_values_or_threshold": [1], "facet": facets}))
        lines = [{"y": labels[row], "age": self.ages[row], "amount": self.features[row, 2]} for row in rows]
        data = self.write(f"{output}.csv", lines)
        answers = self.folder / f"{output}.out"
        answers.write_text("".join(f"{self.chances[row]}\n" for row in rows))
        arguments = ("--dataset", data, "--analysis-config", config, "--predictions", answers)
        return self.check("bias", output, *arguments, *more)

    def test_bias_of_halves_and_of_labels_flipped_in_a_group(self) -> None:
        self.bias("baseline", self.first, self.labels)
        analysis = self.read("baseline/analysis.json")
        self.assertEqual(set(analysis), {"version", "pre_training_bias_metrics", "post_training_bias_metrics"})
        before = analysis["pre_training_bias_metrics"]
        self.assertEqual((before["label"], before["label_value_or_threshold"]), ("y", "1"))
        (entry,) = before["facets"]["age"]
        self.assertEqual(entry["value_or_threshold"], "30")
        metrics = {each["name"]: each for each in entry["metrics"]}
        labels, old = self.labels[self.first], self.ages[self.first] > 30
        self.assertAlmostEqual(metrics["DPL"]["value"], labels[~old].mean() - labels[old].mean())
        self.assertEqual(metrics["DPL"]["description"], "Difference in Positive Proportions in Labels (DPL)")
        baseline = ("--baseline-constraints", self.folder / "baseline" / "analysis.json")
        self.assertEqual(self.bias("out", self.second, self.labels, *baseline), [])
        simple = (*baseline, "--comparison-method", "Simple")
        self.assertNotEqual(self.bias("simple", self.second, self.labels, *simple), [])
        flipped = np.where(self.ages > 30, 1 - self.labels, self.labels)
        found = self.bias("out", self.second, flipped, *baseline)
        self.assertLessEqual({"DPL", "AD", "KS"}, {each["metric_name"] for each in found})
        self.assertNotIn("DPPL", {each["metric_name"] for each in found})
        kinds = {(each["facet"], each["facet_value"], each["constraint_check_type"]) for each in found}
        self.assertEqual(kinds, {("age", "30", "bias_drift_check")})

    def test_a_facet_without_rows_is_refused(self) -> None:
        config = self.folder / "config.json"
        facets = [{"name_or_index": "f", "value_or_threshold": ["z"]}]
        config.write_text(json.dumps({"label": "y", "label_values_or_threshold": [1], "facet": facets}))
        data = self.write("data.csv", [{"y": 1, "f": "a"}, {"y": 0, "f": "d"}])
        message = "facet 'f' must hold rows inside and outside of z, got: 0 of 2 inside"
        self.refused(message, "bias", "--dataset", data, "--analysis-config", config)

    def attributions(self, output: str, rows: np.ndarray, features: np.ndarray, *more: object) -> list[dict[str, str]]:
        names = ("status", "duration", "amount", "age")
        data = self.write(f"{output}.csv", [dict(zip(names, features[row]), y=self.labels[row]) for row in rows])
        plain = self.folder / "xgboost-model"
        self.model.save_model(str(plain) + ".json")
        archive = self.folder / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as file:
            file.add(str(plain) + ".json", "xgboost-model")
        return self.check("attribution", output, "--dataset", data, "--model", archive, "--ignore", "y", *more)

    def test_attributions(self) -> None:
        values = TreeExplainer(self.model).explain(self.features)
        margins = self.model.predict(xgboost.DMatrix(self.features), output_margin=True)
        np.testing.assert_allclose(values[:, 0].sum(axis=1), margins, atol=1e-4)
        self.attributions("baseline", self.first, self.features)
        label = self.read("baseline/analysis.json")["explanations"]["kernel_shap"]["label0"]
        expected = np.abs(values[self.first, 0, :-1]).mean(axis=0)
        np.testing.assert_allclose(list(label["global_shap_values"].values()), expected, rtol=1e-5)
        self.assertAlmostEqual(label["expected_value"], float(values[0, 0, -1]), places=5)
        baseline = ("--baseline-constraints", self.folder / "baseline" / "analysis.json")
        self.assertEqual(self.attributions("out", self.second, self.features, *baseline), [])
        # As if the features had had each other's places, the lightest that of the heaviest.
        had = self.read("baseline/analysis.json")
        weights = had["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
        order = sorted(weights, key=weights.__getitem__)
        reversed_weights = dict(zip(order, sorted(weights.values(), reverse=True)))
        had["explanations"]["kernel_shap"]["label0"]["global_shap_values"] = reversed_weights
        (self.folder / "baseline" / "analysis.json").write_text(json.dumps(had))
        (found,) = self.attributions("out", self.second, self.features, *baseline)
        self.assertEqual((found["label"], found["metric_name"]), ("label0", "shap"))
        self.assertRegex(found["description"], r"^Feature attribution drift 0\.\d+ exceeds threshold 0\.9$")

    def test_ndcg(self) -> None:
        # The example on clarify-model-monitor-feature-attribution-drift of the guide.
        had, has = {"SAT": 0.7, "GPA": 0.5, "rank": 0.05}, {"SAT": 0.1, "GPA": 0.2, "rank": 0.7}
        by_hand = (0.05 + 0.5 / math.log2(3) + 0.7 / 2) / (0.7 + 0.5 / math.log2(3) + 0.05 / 2)
        self.assertAlmostEqual(ndcg(had, has), by_hand)
        self.assertAlmostEqual(by_hand, ndcg_score([list(had.values())], [list(has.values())]))
        self.assertEqual(ndcg(had, {name: 2 * value for name, value in had.items()}), 1)


if __name__ == "__main__":
    unittest.main()
