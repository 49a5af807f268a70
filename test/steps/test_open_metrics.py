"""Data of CloudWatch metrics: names, dimensions, limits, and what is left out."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

import numpy as np
from open_monitor_support import MonitorTest, loan_rows

from open_monitor.bias import ENDLESS
from open_monitor.metrics import attribution_metrics, bias_metrics, data_quality_metrics, parts_of

MONITOR = {"Endpoint": "loans", "MonitoringSchedule": "hourly"}
WHEN = "2026-03-01T05:00:00Z"


def published(folder: Path) -> list[dict[str, Any]]:
    """All data of a job, checked against the limits of PutMetricData in botocore's service model."""
    data = []
    for path in sorted((folder / "metrics").iterdir()):
        part = json.loads(path.read_text())
        # The request takes 1000 metrics and 1 MB; a part stays below half of it, and below 256 KiB of Step Functions.
        assert 0 < len(part) <= 500 and path.stat().st_size <= 150_000
        for each in part:
            check_datum(each)
        data += part
    return data


def check_datum(datum: dict[str, Any]) -> None:
    """Shape MetricDatum: names of 1-255, up to 30 dimensions of 1-255 and 1-1024, values within 2^360."""
    assert set(datum) <= {"MetricName", "Dimensions", "Timestamp", "Value", "StatisticValues"}, datum
    assert ("Value" in datum) != ("StatisticValues" in datum), datum
    assert 1 <= len(datum["MetricName"]) <= 255 and len(datum["Dimensions"]) <= 30, datum
    for dimension in datum["Dimensions"]:
        assert set(dimension) == {"Name", "Value"}, dimension
        assert 1 <= len(dimension["Name"]) <= 255 and 1 <= len(dimension["Value"]) <= 1024, dimension
        assert dimension["Value"].isascii() and dimension["Value"].strip(), dimension
    if "StatisticValues" in datum:
        assert set(datum["StatisticValues"]) == {"SampleCount", "Sum", "Minimum", "Maximum"}, datum
    for value in datum.get("StatisticValues", {"": datum.get("Value")}).values():
        assert isinstance(value, (int, float)) and abs(value) <= 2.0**360, datum


def dimensions_of(datum: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in datum["Dimensions"]}


class MonitorMetricsTest(MonitorTest):
    MONITOR = ("--schedule-name", "hourly", "--endpoint-name", "loans", "--run-time", WHEN)

    def setUp(self) -> None:
        super().setUp()
        rows = loan_rows()
        self.half, self.other = rows[:500], [dict(row) for row in rows[500:]]

    def baseline(self) -> tuple[object, ...]:
        self.check("data-quality", "baseline", "--dataset", self.write("half.csv", self.half))
        self.assertFalse((self.folder / "baseline" / "metrics").exists())
        folder = self.folder / "baseline"
        files = {"--baseline-statistics": "statistics.json", "--baseline-constraints": "constraints.json"}
        return tuple(part for name, file in files.items() for part in (name, folder / file))

    def test_data_quality(self) -> None:
        for row in self.other:
            row["alter"] = str(int(row["alter"]) + 10)
        self.other[0]["hoehe"] = self.other[1]["hoehe"] = ""
        data = self.write("other.csv", self.other)
        self.check("data-quality", "out", "--dataset", data, *self.baseline(), *self.MONITOR)
        found = {each["MetricName"]: each for each in published(self.folder / "out")}
        names = list(self.half[0])
        expected = {f"feature_{kind}_{name}" for name in names for kind in ("non_null", "baseline_drift")}
        expected |= {f"feature_data_{name}" for name in names if name != "sparkont"}
        self.assertEqual(set(found), expected)
        for each in found.values():
            self.assertEqual((dimensions_of(each), each["Timestamp"]), (MONITOR, WHEN))
        self.assertAlmostEqual(found["feature_non_null_hoehe"]["Value"], 498 / 500)
        ages = [int(row["alter"]) for row in self.other]
        statistic = {"SampleCount": 500, "Sum": sum(ages), "Minimum": min(ages), "Maximum": max(ages)}
        self.assertEqual(found["feature_data_alter"]["StatisticValues"], statistic)
        self.assertGreater(found["feature_baseline_drift_alter"]["Value"], 0.1)
        self.assertLess(found["feature_baseline_drift_moral"]["Value"], 0.1)
        (violation,) = [
            each
            for each in self.read("out/constraint_violations.json")["violations"]
            if each["constraint_check_type"] == "baseline_drift_check"
        ]
        distance = found["feature_baseline_drift_alter"]["Value"]
        self.assertEqual(violation["description"], f"Distance to the baseline is {distance:.4f}, must be at most 0.1")

    def test_features_publish_only_where_the_constraints_say_so(self) -> None:
        statistics = {"features": [{"name": name, "string_statistics": {"common": PRESENT}} for name in "abc"]}
        features = [{"name": "a"}, {"name": "b", "monitoring_config_overrides": {"emit_metrics": "Disabled"}}]
        constraints = {"monitoring_config": {"emit_metrics": "Enabled"}, "features": features}
        names = [each["MetricName"] for each in data_quality_metrics(statistics, constraints, {})]
        self.assertEqual(names, ["feature_non_null_a", "feature_non_null_c"])
        constraints["monitoring_config"] = {"emit_metrics": "Disabled"}
        self.assertEqual(data_quality_metrics(statistics, constraints, {}), [])
        self.assertEqual(data_quality_metrics(statistics, {"features": []}, {}), [])

    def test_model_quality_of_a_batch_monitor(self) -> None:
        random = np.random.default_rng(5)
        rows = [{"y": int(value > 0.6), "p": int(value > 0.5), "c": value} for value in random.random(300)]
        arguments = ("--problem-type", "BinaryClassification", "--ground-truth-attribute", "y", "--inference-attribute", "p")
        data = self.write("scored.csv", rows)
        monitor = ("--schedule-name", "nightly")
        self.check("model-quality", "out", "--dataset", data, *arguments, "--probability-attribute", "c", *monitor)
        found = {each["MetricName"]: each for each in published(self.folder / "out")}
        metrics = self.read("out/statistics.json")["binary_classification_metrics"]
        self.assertEqual(set(found), set(metrics) - {"confusion_matrix"})
        self.assertLessEqual({"accuracy", "auc", "f1", "recall_best_constant_classifier"}, set(found))
        for name, each in found.items():
            self.assertEqual(each["Value"], metrics[name]["value"])
            self.assertEqual(dimensions_of(each), {"MonitoringSchedule": "nightly"})
            self.assertRegex(each["Timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


PRESENT = {"num_present": 3, "num_missing": 1}


class MetricDataTest(unittest.TestCase):
    def test_bias(self) -> None:
        def entry(name: str, value: float | None, error: str = "") -> dict[str, Any]:
            return {"name": name, "value": value, **({"error": error} if error else {})}

        metrics = [entry("DI", None, ENDLESS.format(float("inf"))), entry("DPPL", -0.25)]
        metrics += [entry("TE", None, ENDLESS.format(float("-inf"))), entry("GE", None, ENDLESS.format(float("nan")))]
        facets = {"age": [{"value_or_threshold": "30", "metrics": metrics}]}
        analysis = {
            "post_training_bias_metrics": {"label": "y", "label_value_or_threshold": "1", "facets": facets},
            "pre_training_bias_metrics": {
                "label": "y",
                "label_value_or_threshold": "1",
                "facets": {"age": [{"value_or_threshold": "30", "metrics": [entry("CI", 0.5)]}]},
            },
        }
        found = {each["MetricName"]: each for each in bias_metrics(analysis)}
        self.assertEqual(set(found), {"bias_metric_CI", "bias_metric_DPPL", "bias_metric_DI", "bias_metric_TE"})
        group = {"Label": "y", "LabelValue": "1", "Facet": "age", "FacetValue": "30"}
        self.assertEqual(found["bias_metric_CI"]["Dimensions"], {"BiasStage": "Pre-training", **group})
        self.assertEqual(found["bias_metric_DPPL"]["Dimensions"], {"BiasStage": "Post-Training", **group})
        self.assertEqual(found["bias_metric_DPPL"]["Value"], -0.25)
        # The guide publishes +/- infinity as +/- 2.348543e108, which is 2^360.
        self.assertAlmostEqual(found["bias_metric_DI"]["Value"] / 2.348543e108, 1, places=6)
        self.assertEqual(found["bias_metric_TE"]["Value"], -(2.0**360))

    def test_attributions(self) -> None:
        labels = {"good": {"global_shap_values": {"age": 0.25, "amount": 0.5}, "expected_value": -1.5}}
        found = attribution_metrics({"explanations": {"kernel_shap": labels}}, {"good": 0.97})
        of_label = {"ExplainabilityMethod": "KernelShap", "Label": "good"}
        values, expected = ({**of_label, "ValueType": kind} for kind in ("GlobalShapValues", "ExpectedValue"))
        self.assertEqual(
            found,
            [
                {"MetricName": "feature_age", "Dimensions": values, "Value": 0.25},
                {"MetricName": "feature_amount", "Dimensions": values, "Value": 0.5},
                {"MetricName": "ExpectedValue", "Dimensions": expected, "Value": -1.5},
                {"MetricName": "ndcg", "Dimensions": {"Label": "good"}, "Value": 0.97},
            ],
        )

    def parts(self, *data: dict[str, Any]) -> list[list[dict[str, Any]]]:
        return [json.loads(part) for part in parts_of(list(data), MONITOR, WHEN)]

    def test_what_cloudwatch_refuses_is_left_out(self) -> None:
        good = {"MetricName": "m", "Dimensions": {"Facet": "x" * 1024}, "Value": 2.0**360}
        bad = [{**good, "MetricName": name} for name in ("", " ", "n" * 256, "größe", "a\nb")]
        bad += [{**good, "Dimensions": {"Facet": text}} for text in ("", "  ", "x" * 1025, "große", "a\tb")]
        bad += [{**good, "Value": value} for value in (float("nan"), float("inf"), -float("inf"), 2.0**361)]
        statistic = {"SampleCount": 1.0, "Sum": float("inf"), "Minimum": 0.0, "Maximum": 0.0}
        bad.append({"MetricName": "m", "Dimensions": {}, "StatisticValues": statistic})
        with self.assertLogs("metrics", "WARNING") as log:
            ((only,),) = self.parts(*bad, {**good, "MetricName": "n" * 255})
        self.assertEqual(len(log.output), len(bad))
        check_datum(only)
        self.assertEqual((only["MetricName"], dimensions_of(only)), ("n" * 255, {**MONITOR, "Facet": "x" * 1024}))

    def test_parts_hold_500_data_or_150_kb(self) -> None:
        small = [{"MetricName": f"m{place}", "Dimensions": {}, "Value": 1.0} for place in range(1001)]
        self.assertEqual([len(part) for part in self.parts(*small)], [500, 500, 1])
        large = [{"MetricName": f"m{place}", "Dimensions": {"Facet": "x" * 250}, "Value": 1.0} for place in range(900)]
        texts = list(parts_of(large, MONITOR, WHEN))
        names = [each["MetricName"] for text in texts for each in json.loads(text)]
        self.assertEqual(names, [f"m{place}" for place in range(900)])
        self.assertGreater(len(texts), 2)
        sizes = [len(text.encode()) for text in texts]
        longest = max(len(json.dumps(each, separators=(",", ":"))) for each in json.loads(texts[0]))
        self.assertTrue(all(150_000 - longest - 3 < size <= 150_000 for size in sizes[:-1]), sizes)
        self.assertEqual(self.parts(), [])


if __name__ == "__main__":
    unittest.main()
