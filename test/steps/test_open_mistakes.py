"""Mistakes of people: each is refused in words, and costs no more than it has to."""

from __future__ import annotations

import json
from typing import Any

from open_monitor_support import MonitorTest


class DataMistakesTest(MonitorTest):
    ROWS = [{"a": each, "b": "xy"[each % 2]} for each in range(20)]

    def baseline(self, statistics: str, constraints: str) -> tuple[object, ...]:
        folder = self.folder / "baseline"
        return ("--baseline-statistics", folder / statistics, "--baseline-constraints", folder / constraints)

    def test_swapped_and_foreign_baselines_are_refused(self) -> None:
        data = self.write("data.csv", self.ROWS)
        self.check("data-quality", "baseline", "--dataset", data)
        (self.folder / "baseline" / "analysis.json").write_text('{"version": "1.0", "explanations": {}}')
        files = {
            "constraints": "baseline constraints: must hold 'features' with what is expected of them, hold something else",
            "statistics": "baseline statistics: must hold 'features' with their statistics, hold something else",
        }
        for given, message in (
            (("constraints.json", "statistics.json"), files["constraints"]),
            (("statistics.json", "analysis.json"), files["constraints"]),
            (("constraints.json", "constraints.json"), files["statistics"]),
            (("analysis.json", "constraints.json"), files["statistics"]),
        ):
            self.refused(message, "data-quality", "--dataset", data, *self.baseline(*given))

    def test_violations_of_an_earlier_run_do_not_stay(self) -> None:
        data = self.write("data.csv", self.ROWS)
        self.check("data-quality", "baseline", "--dataset", data)
        other = self.write("other.csv", [{**row, "b": "z"} for row in self.ROWS])
        given = ("--dataset", other, *self.baseline("statistics.json", "constraints.json"), "--schedule-name", "loans")
        self.assertNotEqual(self.check("data-quality", "out", *given), [])
        self.assertTrue((self.folder / "out" / "metrics" / "0000.json").exists())
        self.assertEqual(self.check("data-quality", "out", "--dataset", other), [])
        self.assertEqual(list((self.folder / "out" / "metrics").iterdir()), [])


class ModelMistakesTest(MonitorTest):
    def bias_of(self, output: str, rows: list[dict[str, Any]], config: dict[str, Any], *more: object) -> dict[str, Any]:
        """The analysis of rows with the columns y (the label) and p (the prediction)."""
        path = self.folder / "config.json"
        path.write_text(json.dumps({"label": "y", "label_values_or_threshold": [1], **config}))
        data = self.write("data.csv", rows)
        predicted = ("--inference-attribute", "p")
        self.check("bias", output, "--dataset", data, "--analysis-config", path, *predicted, *more)
        return self.read(f"{output}/analysis.json")

    SOME = [{"y": each % 2, "f": "abc"[each % 3], "x": f"x{each}", "p": each // 2 % 2} for each in range(12)]

    def test_without_values_of_a_facet_each_is_a_group(self) -> None:
        analysis = self.bias_of("out", self.SOME, {"facet": [{"name_or_index": "f"}]})
        entries = analysis["pre_training_bias_metrics"]["facets"]["f"]
        self.assertEqual([entry["value_or_threshold"] for entry in entries], ["a", "b", "c"])
        alone = self.bias_of("alone", self.SOME, {"facet": [{"name_or_index": "f", "value_or_threshold": ["b"]}]})
        self.assertEqual(alone["pre_training_bias_metrics"]["facets"]["f"], entries[1:2])

    def test_without_values_of_a_facet_many_numbers_are_refused(self) -> None:
        config = self.folder / "config.json"
        config.write_text(json.dumps({"label": "y", "label_values_or_threshold": [1], "facet": [{"name_or_index": "f"}]}))
        data = self.write("data.csv", [{"y": each % 2, "f": each} for each in range(20)])
        message = "facet 'f' must have values or a threshold, has 20 different values"
        self.refused(message, "bias", "--dataset", data, "--analysis-config", config)

    def test_texts_cost_the_flip_test_alone(self) -> None:
        analysis = self.bias_of("out", self.SOME, {"facet": [{"name_or_index": "f", "value_or_threshold": ["a"]}]})
        (entry,) = analysis["post_training_bias_metrics"]["facets"]["f"]
        metrics = {each["name"]: each for each in entry["metrics"]}
        self.assertEqual(metrics["FT"]["value"], None)
        self.assertEqual(metrics["FT"]["error"], "Only numbers have neighbors, not x")
        self.assertNotEqual(metrics["DPPL"]["value"], None)

    def test_metrics_that_do_not_exist_are_refused(self) -> None:
        config = self.folder / "config.json"
        settings = {"label": "y", "label_values_or_threshold": [1], "facet": [{"name_or_index": "f"}]}
        config.write_text(json.dumps({**settings, "methods": {"pre_training_bias": {"methods": ["CI", "IC"]}}}))
        message = (
            "analysis configuration: metrics of pre_training_bias must be of CDDL, CI, DPL, JS, KL, KS, LP, TVD, got: IC"
        )
        self.refused(message, "bias", "--dataset", self.write("data.csv", self.SOME), "--analysis-config", config)

    def test_a_baseline_with_nothing_to_compare_is_refused(self) -> None:
        of = lambda value: {"facet": [{"name_or_index": "f", "value_or_threshold": [value]}]}
        self.bias_of("baseline", self.SOME, of("a"))
        baseline = self.folder / "baseline" / "analysis.json"
        config = self.folder / "config.json"
        config.write_text(json.dumps({"label": "y", "label_values_or_threshold": [1], **of("b")}))
        given = ("--dataset", self.folder / "data.csv", "--analysis-config", config, "--baseline-constraints", baseline)
        self.refused("baseline must compare f b, compares f a", "bias", *given)
        baseline.write_text(json.dumps({"version": "1.0", "explanations": {}}))
        self.refused("baseline must compare f b, compares no groups", "bias", *given)

    def test_problems_name_the_column_of_the_data(self) -> None:
        data = self.write("data.csv", [{"good": "yes", "score": 0.3}, {"good": "no", "score": 2}])
        kind = ("model-quality", "--dataset", data, "--problem-type", "BinaryClassification")
        given = ("--ground-truth-attribute", "good", "--probability-attribute", "score")
        message = "row 1: column 'good' must be a number, got: yes\nrow 2: column 'good' must be a number, got: no"
        self.refused(message, *kind, *given)
