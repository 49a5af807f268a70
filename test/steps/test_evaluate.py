"""The evaluate step on predictions made by hand."""

from __future__ import annotations

import json
import unittest
from typing import Any

import numpy as np
import pandas
from sklearn.metrics import roc_auc_score
from support import CONTRACT, StepTest, written

import metrics


def leaves(tree: Any, path: str = "") -> list[str]:
    """JSON paths of everything that is not an object."""
    if not isinstance(tree, dict):
        return [path]
    return [leaf for key in tree for leaf in leaves(tree[key], f"{path}.{key}" if path else key)]


class EvaluateCase(StepTest):
    """A test with both inputs of the step."""

    def write(self, labels: list[Any], predictions: list[Any]) -> list[object]:
        """Writes both inputs and gives the arguments that name them."""
        for name, values in (("labels/labels.csv", labels), ("in/features.csv.out", predictions)):
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"{value}\n" for value in values))
        return ["--labels", self.folder / "labels", "--predictions", self.folder / "in"]

    def refuse(self, message: str, labels: list[Any], predictions: list[Any]) -> None:
        """The step refuses these inputs."""
        self.assert_refused(message, "evaluate", *self.write(labels, predictions))

    def report(self) -> dict[str, Any]:
        """The file of metrics."""
        path = self.output / "evaluation" / CONTRACT["evaluateFiles"]["evaluation"]
        return json.loads(path.read_text())


class EvaluateTest(EvaluateCase):
    def test_report_has_exactly_the_paths_that_typescript_names(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1, 1], [0.1, 0.8, 0.6, 0.7, 0.4]))
        paths = CONTRACT["evaluationPaths"].values()
        self.assertEqual(sorted(leaves(self.report())), sorted(paths))

    def test_writes_exactly_the_files_that_typescript_names(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1], [0.1, 0.8, 0.6, 0.7]))
        files = [f"{output}/{name}" for output, name in CONTRACT["evaluateFiles"].items()]
        self.assertEqual(written(self.output), sorted([*CONTRACT["evaluateFiles"], *files]))

    def test_values_of_a_small_case(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1, 1], [0.1, 0.8, 0.6, 0.7, 0.4]))
        report = self.report()
        values = report["binary_classification_metrics"]
        self.assertEqual(values["confusion_matrix"], {"0": {"0": 1, "1": 1}, "1": {"0": 1, "1": 2}})
        self.assertAlmostEqual(values["auc"]["value"], 5 / 6)
        for name, value in (
            ("accuracy", 3 / 5),
            ("precision", 2 / 3),
            ("recall", 2 / 3),
            ("f1", 2 / 3),
            ("brier_score", (0.01 + 0.04 + 0.36 + 0.09 + 0.36) / 5),
            ("log_loss", -np.log([0.9, 0.8, 0.4, 0.7, 0.4]).mean()),
        ):
            self.assertAlmostEqual(values[name]["value"], value, msg=name)
        self.assertEqual(report["dataset"], {"item_count": 5, "positive_count": 3})
        self.assertEqual(report["threshold"], 0.5)

    def test_threshold_moves_the_answers_and_not_the_auc(self) -> None:
        arguments = self.write([0, 1, 0, 1], [0.1, 0.8, 0.6, 0.7])
        self.run_well("evaluate", *arguments, "--threshold", 0.65)
        values = self.report()["binary_classification_metrics"]
        self.assertEqual(values["accuracy"]["value"], 1)
        self.assertEqual(values["auc"]["value"], 1)

    def test_scored_rows_have_the_columns_that_the_quality_check_reads(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1], [0.1, 0.8, 0.5, 0.4999]))
        scored = pandas.read_csv(self.output / "scored" / CONTRACT["evaluateFiles"]["scored"])
        answers = pandas.read_csv(self.output / "answers" / CONTRACT["evaluateFiles"]["answers"])
        pandas.testing.assert_frame_equal(answers, scored[["prediction", "probability"]])
        names = CONTRACT["scoredColumns"]
        self.assertEqual(set(scored.columns), set(names.values()))
        self.assertEqual(scored[names["groundTruth"]].tolist(), [0, 1, 0, 1])
        self.assertEqual(scored[names["inference"]].tolist(), [0, 1, 1, 0])
        self.assertEqual(scored[names["probability"]].tolist(), [0.1, 0.8, 0.5, 0.4999])

    def test_no_good_answer_is_no_failure(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1], [0.1, 0.2, 0.1, 0.3]))
        self.assertEqual(self.report()["binary_classification_metrics"]["precision"]["value"], 0)

    def test_blank_lines_between_batches_are_skipped(self) -> None:
        self.run_well("evaluate", *self.write([0, 1, 0, 1], [0.1, 0.8, "", 0.6, 0.7, ""]))
        self.assertEqual(self.report()["dataset"]["item_count"], 4)


class EvaluateFailureTest(EvaluateCase):
    def test_row_counts_differ(self) -> None:
        self.refuse(
            "predictions and labels must have the same number of rows, "
            "got: 3 predictions and 4 labels",
            [0, 1, 0, 1],
            [0.1, 0.2, 0.3],
        )

    def test_prediction_is_no_probability(self) -> None:
        for value in ("nan", "inf", "1.0001", "-0.1", "good", "0.1,0.2", "0.10.2"):
            with self.subTest(value):
                self.refuse(
                    f"features.csv.out:2: must be a probability between 0 and 1, got: {value}",
                    [0, 1, 0, 1],
                    [0.1, value, 0.3, 0.4],
                )

    def test_label_is_unknown(self) -> None:
        for value in ("2", "0.5", "nan", "label"):
            with self.subTest(value):
                self.refuse(
                    f"labels.csv:1: must be 0 or 1, got: {value}", [value, 1, 0, 1], [0.1] * 4
                )

    def test_one_class_only(self) -> None:
        self.refuse(
            "labels must hold 2 or more loans of class 0, got: 0", [1, 1, 1], [0.1, 0.2, 0.3]
        )
        self.refuse(
            "labels must hold 2 or more loans of class 1, got: 1", [0, 0, 1], [0.1, 0.2, 0.3]
        )

    def test_file_is_empty(self) -> None:
        self.refuse("features.csv.out: must hold one number in each line, is empty", [0, 1] * 2, [])
        self.refuse("labels.csv: must hold one number in each line, is empty", [], [0.1])

    def test_file_is_not_there_or_not_alone(self) -> None:
        arguments = self.write([0, 1, 0, 1], [0.1] * 4)
        inputs = self.folder / "in"
        (inputs / "other.out").write_text("0.1\n")
        self.assert_refused(f"{inputs}: must hold one file, found 2", "evaluate", *arguments)
        for path in list(inputs.iterdir()):
            path.unlink()
        self.assert_refused(f"{inputs}: must hold one file, found 0", "evaluate", *arguments)

    def test_process_ends_with_code_1(self) -> None:
        result = self.run_process("evaluate", *self.write([0, 1, 0, 1], [0.1, 0.2, 0.3, "nan"]))
        self.assertEqual(result.code, 1)
        self.assertEqual(
            result.stderr,
            "evaluate.py: features.csv.out:4: must be a probability between 0 and 1, got: nan\n",
        )


class AucTest(unittest.TestCase):
    def test_value_is_that_of_scikit_learn_also_with_ties(self) -> None:
        random = np.random.default_rng(1)
        for digits in (1, 2, 8):
            labels = random.integers(0, 2, 500)
            scores = np.clip(random.normal(0.4 + 0.2 * labels, 0.2), 0, 1).round(digits)
            auc = metrics.area_under_curve(labels, scores)
            self.assertAlmostEqual(auc.value, roc_auc_score(labels, scores), places=12)

    def test_standard_deviation_is_that_of_resampling(self) -> None:
        random = np.random.default_rng(2)
        labels = np.repeat([0, 1], [90, 210])
        scores = random.normal(labels, 1.2)
        auc = metrics.area_under_curve(labels, scores)
        good, bad = scores[labels == 1], scores[labels == 0]
        samples = []
        for _ in range(1000):
            drawn = np.concatenate([random.choice(bad, 90), random.choice(good, 210)])
            samples.append(roc_auc_score(labels, drawn))
        self.assertAlmostEqual(auc.standard_deviation, float(np.std(samples)), delta=0.002)
        np.testing.assert_allclose(
            [auc.lower, auc.upper], np.quantile(samples, [0.025, 0.975]), atol=0.01
        )

    def test_interval_stays_between_0_and_1(self) -> None:
        labels = np.array([0, 0, 0, 1, 1, 1])
        auc = metrics.area_under_curve(labels, np.array([0.1, 0.2, 0.5, 0.4, 0.8, 0.9]))
        self.assertEqual(auc.upper, 1)
        self.assertLess(auc.lower, auc.value)


if __name__ == "__main__":
    unittest.main()
