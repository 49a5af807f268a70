"""SHAP values of any model: against the definition by hand, and against the exact values of trees."""

from __future__ import annotations

import json
import math
import tarfile
import unittest
from itertools import permutations
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import xgboost
from open_monitor_support import MonitorTest, loan_rows
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from open_monitor.explainers import MOST_ROWS, ShapSettings, TreeExplainer, kernel_explainer
from open_monitor.kernel_shap import Reference, cluster, draw_coalitions
from open_monitor.table import Floats


def by_definition(function: Any, row: Floats, reference: Reference) -> Floats:
    """Mean gain of each feature over all orders in which features can come in."""

    def worth(members: tuple[int, ...]) -> float:
        mixed = reference.rows.copy()
        mixed[:, list(members)] = row[list(members)]
        return float(reference.weights @ function(mixed))

    values = np.zeros(len(row))
    for order in permutations(range(len(row))):
        for place, feature in enumerate(order):
            values[feature] += worth(order[: place + 1]) - worth(order[:place])
    return values / math.factorial(len(row))


def interacting(rows: Floats) -> Floats:
    """Features 0 and 1 are symmetric, 4 does nothing."""
    result: Floats = rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) * (rows[:, 3] > 0) + np.abs(rows[:, 3])
    return result


class KernelTest(unittest.TestCase):
    def setUp(self) -> None:
        self.rows = np.random.default_rng(1).normal(size=(300, 5))

    def test_is_exact_for_few_features(self) -> None:
        explainer = kernel_explainer(interacting, self.rows, ShapSettings(num_clusters=7))
        self.assertEqual(len(explainer.reference.rows), 7)
        values = explainer.explain(self.rows[:3])
        for place, row in enumerate(self.rows[:3]):
            expected = by_definition(interacting, row, explainer.reference)
            np.testing.assert_allclose(values[place, 0, :-1], expected, atol=1e-9)
        self.assertAlmostEqual(values[0, 0, -1], explainer.reference.weights @ interacting(explainer.reference.rows))

    def test_adds_up_is_symmetric_and_gives_nothing_to_a_dummy(self) -> None:
        reference = np.zeros((2, 14))
        reference[1] = 1
        rows = np.random.default_rng(2).normal(size=(4, 14))
        rows[:, 1] = rows[:, 0]
        for samples in (None, 300, 60):
            settings = ShapSettings(baseline=reference.tolist(), num_samples=samples, seed=3)
            explainer = kernel_explainer(interacting, rows, settings)
            self.assertLessEqual(len(explainer.coalitions), samples or 2 * 14 + 2048)
            values = explainer.explain(rows)[:, 0]
            np.testing.assert_allclose(values.sum(axis=1), interacting(rows), atol=1e-8)
            if samples is None:
                np.testing.assert_allclose(values[:, 4:-1], 0, atol=0.05)
                np.testing.assert_allclose(values[:, 0], values[:, 1], atol=0.05)

    def test_is_exact_for_linear_models_also_with_a_sample_of_coalitions(self) -> None:
        random = np.random.default_rng(4)
        weights, rows = random.normal(size=(30, 2)), random.normal(size=(50, 30))
        explainer = kernel_explainer(lambda values: values @ weights, rows, ShapSettings(baseline=rows.tolist()))
        values = explainer.explain(rows[:5])
        for label in (0, 1):
            expected = weights[:, label] * (rows[:5] - rows.mean(axis=0))
            np.testing.assert_allclose(values[:, label, :-1], expected, atol=1e-8)

    def test_a_sample_comes_near_the_definition(self) -> None:
        rows = np.random.default_rng(2).normal(size=(4, 14))
        exact = kernel_explainer(interacting, rows, ShapSettings(num_samples=2**14)).explain(rows)
        self.assertEqual(len(draw_coalitions(14, 2**14, 0)[0]), 2**14 - 2)
        sampled = kernel_explainer(interacting, rows, ShapSettings()).explain(rows)
        np.testing.assert_allclose(sampled, exact, atol=0.1)

    def test_coalitions_weigh_as_the_kernel_does(self) -> None:
        for width, samples in ((5, None), (14, None), (40, 500)):
            coalitions, weights = draw_coalitions(width, samples, 0)
            # Kernel of Lundberg and Lee: (M - 1) / (C(M, s) s (M - s)), for all coalitions of a size together.
            sizes = coalitions.sum(axis=1)
            self.assertAlmostEqual(weights.sum(), sum((width - 1) / (s * (width - s)) for s in range(1, width)))
            self.assertAlmostEqual(weights[sizes == 1].sum(), 1, delta=1e-9)
            self.assertAlmostEqual(weights[sizes == width - 1].sum(), 1, delta=1e-9)
            self.assertEqual(sorted(sizes), sorted(width - sizes))

    def test_one_feature_gets_all(self) -> None:
        values = kernel_explainer(lambda rows: rows[:, 0] ** 2, np.array([[1.0], [3.0]]), ShapSettings(num_clusters=1))
        np.testing.assert_allclose(values.explain(np.array([[3.0]]))[0, 0].sum(), 9)

    def test_log_odds(self) -> None:
        def chances(rows: Floats) -> Floats:
            return 1 / (1 + np.exp(-rows @ np.arange(5)))

        explainer = kernel_explainer(chances, self.rows, ShapSettings(baseline=[[0] * 5], use_logit=True))
        values = explainer.explain(self.rows[:2])[:, 0]
        np.testing.assert_allclose(values[:, :-1], self.rows[:2] * np.arange(5), atol=1e-4)

    def test_clusters_are_values_of_the_data(self) -> None:
        random = np.random.default_rng(0)
        groups = {0: 30, 5: 60, -5: 10}
        rows = np.vstack([random.normal(center, 0.1, (count, 2)) for center, count in groups.items()])
        reference = cluster(rows, 3, 0)
        order = np.argsort(reference.rows[:, 0])
        np.testing.assert_allclose(reference.rows[order][:, 0], [-5, 0, 5], atol=0.2)
        np.testing.assert_allclose(reference.weights[order], [0.1, 0.3, 0.6])
        for column in (0, 1):
            self.assertTrue(np.isin(reference.rows[:, column], rows[:, column]).all())
        self.assertEqual(len(cluster(np.ones((9, 2)), 3, 0).rows), 1)


class TreeTest(unittest.TestCase):
    """Trees take absent features to follow the training rows that came by, Kernel SHAP the reference rows.

    So their values differ, but not in what both definitions ask for; and they meet where no features interact.
    """

    def setUp(self) -> None:
        random = np.random.default_rng(6)
        self.rows = random.integers(0, 4, size=(4000, 5)).astype(np.float64)
        self.truth = self.rows[:, 0] + 0.5 * self.rows[:, 1] + self.rows[:, 2] * self.rows[:, 3]

    def both(self, depth: int) -> tuple[Floats, Floats, Floats]:
        parameters = {"max_depth": depth, "base_score": 0.0, "nthread": 1}
        # It never sees another value of the last feature than 0, so it never asks for it.
        model = xgboost.train(parameters, xgboost.DMatrix(self.rows * [1, 1, 1, 1, 0], self.truth), 40)

        def margin(rows: Floats) -> Floats:
            answers: Floats = model.predict(xgboost.DMatrix(rows), output_margin=True)
            return answers

        some = self.rows[:20]
        kernel = kernel_explainer(margin, self.rows, ShapSettings(baseline=self.rows[:500].tolist()))
        return TreeExplainer(model).explain(some)[:, 0], kernel.explain(some)[:, 0], margin(some)

    def test_additivity_and_dummies_agree(self) -> None:
        trees, kernel, margins = self.both(4)
        for values in (trees, kernel):
            np.testing.assert_allclose(values.sum(axis=1), margins, atol=1e-3)
            np.testing.assert_allclose(values[:, 4], 0, atol=1e-6)

    def test_without_interactions_they_meet(self) -> None:
        trees, kernel, _ = self.both(1)
        np.testing.assert_allclose(trees[:, :4], kernel[:, :4], atol=0.15)
        self.assertGreater(np.abs(trees[:, :4]).max(), 1)


class AttributionModelsTest(MonitorTest):
    NAMES = ("laufkont", "laufzeit", "hoehe", "alter")

    def setUp(self) -> None:
        super().setUp()
        rows = loan_rows()
        self.features = np.array([[float(row[name]) for name in self.NAMES] for row in rows])
        self.labels = np.array([int(row["kredit"]) for row in rows])
        self.data = self.write("data.csv", [dict(zip(self.NAMES, row)) for row in self.features])

    def archive(self, model: Any) -> Path:
        joblib.dump(model, self.folder / "model.joblib")
        path = self.folder / "model.tar.gz"
        with tarfile.open(path, "w:gz") as file:
            file.add(self.folder / "model.joblib", "model.joblib")
        return path

    def explain(self, model: Any, config: dict[str, Any] | None = None) -> dict[str, Any]:
        more: tuple[object, ...] = ()
        if config is not None:
            (self.folder / "config.json").write_text(json.dumps(config))
            more = ("--analysis-config", self.folder / "config.json")
        form = ("--dataset-format", "csv-with-header")
        self.check("attribution", "out", "--dataset", self.data, "--model", self.archive(model), *form, *more)
        labels: dict[str, Any] = self.read("out/analysis.json")["explanations"]["kernel_shap"]
        return labels

    def shap(self, **settings: Any) -> dict[str, Any]:
        return {"methods": {"shap": settings}}

    def test_a_regression_of_scikit_learn_is_explained_by_hand(self) -> None:
        model = LinearRegression().fit(self.features, self.labels)
        center = self.features.mean(axis=0)
        sample = np.sort(np.random.default_rng(9).choice(len(self.features), MOST_ROWS, replace=False))
        local = model.coef_ * (self.features[sample] - center)
        expected = {"mean_abs": np.abs(local).mean(axis=0), "mean_sq": (local**2).mean(axis=0)}
        expected["median"] = np.median(local, axis=0)
        for method, values in expected.items():
            settings = self.shap(baseline=[center.tolist()], agg_method=method, seed=9)
            label = self.explain(model, settings)["label0"]
            np.testing.assert_allclose(list(label["global_shap_values"].values()), values, rtol=1e-4, err_msg=method)
            self.assertAlmostEqual(label["expected_value"], model.predict([center])[0])

    def test_probabilities_of_scikit_learn_are_explained(self) -> None:
        forest = RandomForestClassifier(10, max_depth=4, random_state=0).fit(self.features, self.labels)
        (label,) = self.explain(forest).values()
        self.assertEqual(list(label["global_shap_values"]), list(self.NAMES))
        self.assertEqual(max(label["global_shap_values"], key=label["global_shap_values"].get), "laufkont")
        self.assertAlmostEqual(label["expected_value"], self.labels.mean(), delta=0.15)
        self.assertEqual([label], list(self.explain(forest).values()), "not the same twice")
        three = LogisticRegression(max_iter=5000).fit(self.features / 1000, self.labels + (self.features[:, 3] > 40))
        config = {**self.shap(features_to_explain=["alter", 0]), "headers": list(self.NAMES)}
        labels = self.explain(three, {**config, "predictor": {"label_headers": ["no", "yes", "old"]}})
        self.assertEqual(list(labels), ["no", "yes", "old"])
        self.assertEqual(list(labels["old"]["global_shap_values"]), ["alter", "laufkont"])

    def test_what_cannot_be_explained_is_refused(self) -> None:
        model = self.archive(LinearRegression().fit(self.features, self.labels))
        for settings, message in (
            ({"baseline": "s3://bucket/rows.csv"}, "'baseline' must be rows of 4 numbers"),
            ({"baseline": [[1, 2]]}, "'baseline' must be rows of 4 numbers"),
            ({"agg_method": "max"}, "'agg_method' must be one of mean_abs, median, mean_sq, got: max"),
            ({"text_config": {}}, "'text_config' must not be given, only tables can be explained"),
            ({"features_to_explain": ["age"]}, "'age' must be one of laufkont, laufzeit, hoehe, alter"),
        ):
            config = self.folder / "config.json"
            config.write_text(json.dumps(self.shap(**settings)))
            arguments = ("--dataset", self.data, "--model", model, "--analysis-config", config)
            self.refused(f"analysis configuration: {message}", "attribution", *arguments)
        with tarfile.open(model, "w:gz") as file:
            file.add(self.data, "other")
        message = "model.tar.gz: must hold a file 'xgboost-model' or 'model.joblib'"
        self.refused(message, "attribution", "--dataset", self.data, "--model", model)


if __name__ == "__main__":
    unittest.main()
