"""Data quality in the open monitor: its files, its distances, and what it finds."""

from __future__ import annotations

import json
import unittest
from typing import Any

import numpy as np
from open_monitor_support import MonitorTest, loan_rows, validate
from scipy.stats import ks_2samp

from open_monitor.distance import Sample, categorical_distance, chi_squared_p_value, numeric_distance, robust
from open_monitor.statistics_file import sample_of, sketch_of
from open_monitor.dataset import read_table

NUMBER = {"type": "number"}
TEXT = {"type": "string"}


def record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """A schema that knows these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


# As on model-monitor-byoc-statistics, -constraints and -interpreting-violations of the developer guide.
COMMON = record({"num_present": NUMBER, "num_missing": NUMBER})
BUCKET = record({"lower_bound": NUMBER, "upper_bound": NUMBER, "count": NUMBER})
SKETCH = record({"parameters": record({"c": NUMBER, "k": NUMBER}), "data": array(array(NUMBER))})
NUMERICAL = record(
    {
        "common": COMMON,
        **{name: NUMBER for name in ("mean", "sum", "std_dev", "min", "max")},
        "distribution": record(
            {"kll": record({"buckets": {**array(BUCKET), "minItems": 10, "maxItems": 10}, "sketch": SKETCH})}
        ),
    }
)
CATEGORIES = record({"buckets": array(record({"value": TEXT, "count": NUMBER}))})
TEXTUAL = record(
    {"common": COMMON, "distinct_count": NUMBER, "distribution": record({"categorical": CATEGORIES})}
)
TYPE = {"enum": ["Integral", "Fractional", "String", "Unknown"]}
STATISTICS = record(
    {
        "version": NUMBER,
        "dataset": record({"item_count": NUMBER}),
        "features": array(
            record({"name": TEXT, "inferred_type": TYPE}, numerical_statistics=NUMERICAL, string_statistics=TEXTUAL)
        ),
    }
)
SWITCH = {"enum": ["Enabled", "Disabled"]}
CONSTRAINTS = record(
    {
        "version": NUMBER,
        "features": array(
            record(
                {"name": TEXT, "inferred_type": TYPE, "completeness": NUMBER},
                num_constraints=record({"is_non_negative": {"type": "boolean"}}),
                string_constraints=record({"domains": array(TEXT)}),
            )
        ),
        "monitoring_config": record(
            {
                "evaluate_constraints": SWITCH,
                "emit_metrics": SWITCH,
                "datatype_check_threshold": NUMBER,
                "domain_content_threshold": NUMBER,
                "distribution_constraints": record(
                    {
                        "perform_comparison": SWITCH,
                        "comparison_threshold": NUMBER,
                        "comparison_method": {"enum": ["Simple", "Robust"]},
                        "categorical_comparison_threshold": NUMBER,
                        "categorical_drift_method": {"enum": ["LInfinity", "ChiSquared"]},
                    }
                ),
            }
        ),
    }
)
CHECKS = [
    "data_type_check",
    "completeness_check",
    "baseline_drift_check",
    "missing_column_check",
    "extra_column_check",
    "categorical_values_check",
]
VIOLATION = record({"feature_name": TEXT, "constraint_check_type": {"enum": CHECKS}, "description": TEXT})
VIOLATIONS = record({"violations": array(VIOLATION)})


class DistanceTest(unittest.TestCase):
    """Numbers of the public tests of Deequ, the library in the managed container."""

    def sample(self, *values: float) -> Sample:
        return Sample(np.array(values, dtype=float), np.ones(len(values)))

    def test_numbers(self) -> None:
        distance = numeric_distance(self.sample(1, 2, 3, 4), self.sample(2, 3, 4, 5))
        self.assertEqual((distance, robust(distance, 4, 4)), (0.25, 0))

    def test_categories(self) -> None:
        had = {"a": 10, "b": 20, "c": 25, "d": 10, "e": 5}
        self.assertAlmostEqual(categorical_distance({**had, "a": 11, "e": 10}, had), 0.06015037593984962)
        had = {"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13}
        has = {"a": 22, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15}
        self.assertAlmostEqual(robust(categorical_distance(has, had), 107, 304), 0.2726338046550349)

    def test_chi_squared(self) -> None:
        # By hand: expected 20 in each cell, so the statistic is 4 * 10^2 / 20 = 20 with one degree of freedom.
        self.assertAlmostEqual(chi_squared_p_value({"a": 10, "b": 30}, {"a": 30, "b": 10}), 7.744e-06, places=8)
        self.assertEqual(chi_squared_p_value({"a": 2}, {"a": 4}), 1)
        # The rare ones are counted together, so that one row more is no news.
        self.assertGreater(chi_squared_p_value({"a": 100, "b": 1}, {"a": 100, "c": 1}), 0.3)

    def test_a_sketch_of_many_values_keeps_their_distribution(self) -> None:
        random = np.random.default_rng(1)
        for count in (2048, 2049, 50_001):
            values, others = random.normal(size=count), random.normal(0.3, size=4000)
            sketch = sketch_of(values)
            self.assertLessEqual(max(map(len, sketch)), 2048)
            sample = sample_of(
                {"numerical_statistics": {"distribution": {"kll": {"sketch": {"data": [x.tolist() for x in sketch]}}}}}
            )
            assert sample
            self.assertEqual(sample.size, count)
            exact = ks_2samp(others, values).statistic
            self.assertAlmostEqual(numeric_distance(self.sample(*others), sample), exact, delta=0.001)


class DataQualityTest(MonitorTest):
    def setUp(self) -> None:
        super().setUp()
        rows = loan_rows()
        self.half, self.other = rows[:500], [dict(row) for row in rows[500:]]
        self.check("data-quality", "baseline", "--dataset", self.write("half.csv", self.half))

    def find(self, *more: object) -> list[tuple[str, str]]:
        """Violations of the other half, by feature and check."""
        baseline = self.folder / "baseline"
        arguments = ("--baseline-statistics", baseline / "statistics.json", *more)
        if "--baseline-constraints" not in more:
            arguments += ("--baseline-constraints", baseline / "constraints.json")
        found = self.check("data-quality", "out", "--dataset", self.write("other.csv", self.other), *arguments)
        validate(self.read("out/constraint_violations.json"), VIOLATIONS)
        return [(each["feature_name"], each["constraint_check_type"]) for each in found]

    def test_files_are_as_documented(self) -> None:
        statistics, constraints = self.read("baseline/statistics.json"), self.read("baseline/constraints.json")
        validate(statistics, STATISTICS)
        validate(constraints, CONSTRAINTS)
        (age,) = [each for each in statistics["features"] if each["name"] == "alter"]
        ages = np.array([int(row["alter"]) for row in self.half])
        numbers = age["numerical_statistics"]
        self.assertEqual((age["inferred_type"], numbers["sum"], numbers["max"]), ("Integral", ages.sum(), ages.max()))
        self.assertAlmostEqual(numbers["std_dev"], ages.std())
        self.assertEqual(sum(each["count"] for each in numbers["distribution"]["kll"]["buckets"]), 500)
        (savings,) = [each for each in constraints["features"] if each["name"] == "sparkont"]
        domain = {"domains": ["all", "most", "much", "none", "some"]}
        self.assertEqual((savings["inferred_type"], savings["string_constraints"]), ("String", domain))

    def test_halves_do_not_drift(self) -> None:
        self.assertEqual(self.find(), [])

    def test_a_shifted_feature_drifts(self) -> None:
        for row in self.other:
            row["alter"] = str(int(row["alter"]) + 10)
        self.assertEqual(self.find(), [("alter", "baseline_drift_check")])

    def test_shares_of_categories_drift(self) -> None:
        for row in self.other[:250]:
            row["sparkont"] = "most"
        self.assertEqual(self.find(), [("sparkont", "baseline_drift_check")])
        constraints = self.read("baseline/constraints.json")
        constraints["monitoring_config"]["distribution_constraints"]["categorical_drift_method"] = "ChiSquared"
        path = self.folder / "own.json"
        path.write_text(json.dumps(constraints))
        self.assertEqual(self.find("--baseline-constraints", path), [("sparkont", "baseline_drift_check")])
        constraints["features"][5]["monitoring_config_overrides"] = {"evaluate_constraints": "Disabled"}
        self.assertEqual(constraints["features"][5]["name"], "sparkont")
        path.write_text(json.dumps(constraints))
        self.assertEqual(self.find("--baseline-constraints", path), [])

    def test_a_new_category_is_found(self) -> None:
        self.other[3]["sparkont"] = "gold"
        self.assertEqual(self.find(), [("sparkont", "categorical_values_check")])

    def test_missing_values_are_found(self) -> None:
        self.other[3]["hoehe"], self.other[4]["sparkont"] = "", "NaN"
        self.assertEqual(self.find(), [("hoehe", "completeness_check"), ("sparkont", "completeness_check")])

    def test_other_types_are_found(self) -> None:
        self.other[3]["hoehe"], self.other[4]["alter"], self.other[5]["laufzeit"] = "much", "30.5", "-3"
        self.assertEqual(sorted(self.find()), [(name, "data_type_check") for name in ("alter", "hoehe", "laufzeit")])

    def test_other_columns_are_found(self) -> None:
        for row in self.other:
            row["new"] = row.pop("telef")
        self.assertEqual(self.find(), [("telef", "missing_column_check"), ("new", "extra_column_check")])

    def test_bad_input_is_refused(self) -> None:
        path = self.folder / "bad.csv"
        path.write_text("a,b\n1,2\n3\n")
        self.refused("bad.csv:3: must have 2 values, got: 1", "data-quality", "--dataset", path)
        path.write_text("a,a\n1,2\n")
        self.refused("bad.csv: column 'a' must be there once, is repeated", "data-quality", "--dataset", path)
        path.write_text("a,b\n")
        self.refused(f"{path}: must hold rows, holds none", "data-quality", "--dataset", path)
        path.write_text("a\n1\n")
        message = "--baseline-statistics and --baseline-constraints must be given together"
        self.refused(message, "data-quality", "--dataset", path, "--baseline-statistics", path)


if __name__ == "__main__":
    unittest.main()
