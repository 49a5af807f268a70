"""How a run ends: its outcome, its exit code, and the baseline that it leaves for later runs."""

from __future__ import annotations

import json
import os
import unittest
from typing import Any
from unittest import mock

from open_monitor_support import MonitorTest, loan_rows


class OutcomesTest(MonitorTest):
    def setUp(self) -> None:
        super().setUp()
        rows = [{name: row[name] for name in ("alter", "hoehe")} for row in loan_rows()]
        self.data = self.write("data.csv", rows[:500])
        self.check("data-quality", "made", "--dataset", self.data)
        shifted = [{**row, "alter": str(int(row["alter"]) + 20)} for row in rows[500:]]
        self.shifted = self.write("shifted.csv", shifted)

    def run_check(self, *more: object) -> tuple[int, dict[str, Any], str]:
        """Exit code, summary and message of a check of data that has drifted."""
        made = self.folder / "made"
        files = ("--baseline-statistics", made / "statistics.json", "--baseline-constraints", made / "constraints.json")
        result = self.analyze("data-quality", "out", "--dataset", self.shifted, *files, *more)
        return result.code, self.read("out/summary.json"), (self.folder / "message").read_text()

    def kept(self) -> str:
        """Whose the baseline of later runs is."""
        found = [self.read(f"out/baseline/{name}.json") for name in ("statistics", "constraints")]
        for folder in ("made", "out"):
            if found == [self.read(f"{folder}/{name}.json") for name in ("statistics", "constraints")]:
                return folder
        return "neither"

    VIOLATED = "CompletedWithViolations: Job completed successfully with 1 violations."
    WENT_WELL = "Completed: Job completed successfully with no violations."

    def test_violations_are_no_failure(self) -> None:
        code, summary, message = self.run_check()
        self.assertEqual((code, message), (0, self.VIOLATED))
        counts = {"item_count": 500, "broken_count": 0, "unlabelled_count": 0}
        self.assertEqual(summary, {"violation_count": 1, "outcome": "CompletedWithViolations", **counts})
        self.assertEqual(self.kept(), "made")

    def test_violations_fail_the_job_if_they_are_to_after_everything_is_written(self) -> None:
        for word, code in (("true", 1), ("True", 1), ("false", 0), ("False", 0)):
            found = self.run_check("--fail-on-violation", word)
            self.assertEqual((found[0], found[2]), (code, self.VIOLATED))
            self.assertEqual(len(self.read("out/constraint_violations.json")["violations"]), 1)
            self.assertEqual(self.kept(), "made")

    def test_without_violations_it_does_not_fail(self) -> None:
        self.shifted = self.data
        code, summary, message = self.run_check("--fail-on-violation", "true")
        self.assertEqual((code, summary["outcome"], message), (0, "Completed", self.WENT_WELL))

    def test_a_skipped_check_finds_nothing(self) -> None:
        code, summary, message = self.run_check("--skip-check", "true", "--fail-on-violation", "true")
        self.assertEqual((code, summary["outcome"], message), (0, "Skipped", self.WENT_WELL))
        self.assertEqual((summary["violation_count"], summary["item_count"]), (0, 500))
        self.assertFalse((self.folder / "out" / "constraint_violations.json").exists())
        self.assertEqual(self.kept(), "made")

    def test_a_new_baseline_is_that_of_this_run(self) -> None:
        self.run_check("--register-new-baseline", "true")
        self.assertEqual(self.kept(), "out")
        self.run_check("--register-new-baseline", "true", "--skip-check", "true")
        self.assertEqual(self.kept(), "out")
        self.run_check("--register-new-baseline", "false")
        self.assertEqual(self.kept(), "made")

    def test_a_run_without_a_baseline_makes_one(self) -> None:
        self.check("data-quality", "out", "--dataset", self.data)
        self.assertEqual(self.kept(), "made")
        self.assertEqual(self.read("out/summary.json")["outcome"], "Completed")

    def test_the_postprocessor_is_called_once_everything_is_written(self) -> None:
        script = self.folder / "script.py"
        script.write_text(
            "import os, pathlib\n"
            "def postprocess_handler():\n"
            "    place = pathlib.Path(os.environ['output_path'])\n"
            "    (place / 'seen').write_text(' '.join(sorted(path.name for path in place.glob('*.json'))))\n"
        )
        with mock.patch.dict(os.environ):
            code, _, message = self.run_check("--post-analytics-processor", script, "--fail-on-violation", "true")
        self.assertEqual((code, message), (1, self.VIOLATED))
        seen = (self.folder / "out" / "seen").read_text().split()
        self.assertEqual(seen, ["constraint_violations.json", "constraints.json", "statistics.json", "summary.json"])

    def test_a_failing_postprocessor_fails_the_job(self) -> None:
        script = self.folder / "script.py"
        script.write_text("def postprocess_handler():\n    raise ValueError('no')\n")
        with mock.patch.dict(os.environ):
            code, _, message = self.run_check("--post-analytics-processor", script)
        self.assertEqual((code, message), (1, "script.py: postprocess_handler failed, ValueError('no')"))


class FormsTest(MonitorTest):
    """Forms of data sets."""

    def columns(self, name: str, text: str, *more: object) -> dict[str, float]:
        """Sums of the columns of a data set."""
        path = self.folder / name
        path.write_text(text)
        self.check("data-quality", "out", "--dataset", path, *more)
        found = self.read("out/statistics.json")["features"]
        return {each["name"]: each["numerical_statistics"]["sum"] for each in found}

    def test_csv(self) -> None:
        self.assertEqual(self.columns("a", "x,y\n1,2\n3,4\n"), {"x": 4, "y": 6})
        form = ("--dataset-format", "csv-without-header")
        self.assertEqual(self.columns("a", "1,2\n3,4\n", *form), {"_c0": 4, "_c1": 6})
        self.assertEqual(self.columns("a", "1,2\n3,4\n", "--headers", "x, y"), {"x": 4, "y": 6})
        self.assertEqual(self.columns("a", 'x\n"1"\n'), {"x": 1})

    def test_json(self) -> None:
        text = '{"x": 1, "y": 2}\n\n{"y": 4, "x": 3}\n'
        self.assertEqual(self.columns("a", text, "--dataset-format", "json-lines"), {"x": 4, "y": 6})
        text = '[{"x": 1, "y": 2}, {"y": 4, "x": 3}]'
        self.assertEqual(self.columns("a", text, "--dataset-format", "json"), {"x": 4, "y": 6})
        self.assertEqual(self.columns("a", '{"x": 1}', "--dataset-format", "json"), {"x": 1})
        features = ("--features-attribute", "data.rows", "--headers", "x,y")
        text = '{"data": {"rows": [[1, 2], [3, 4]]}}'
        self.assertEqual(self.columns("a", text, "--dataset-format", "json", *features), {"x": 4, "y": 6})
        text = '{"data": {"rows": [1, 2]}}\n{"data": {"rows": [3, 4]}}'
        self.assertEqual(self.columns("a", text, "--dataset-format", "json-lines", *features), {"x": 4, "y": 6})

    def test_columns_of_several_files_go_by_name(self) -> None:
        folder = self.folder / "parts"
        folder.mkdir()
        (folder / "1.csv").write_text("x,y\n1,2\n")
        (folder / "2.csv").write_text("y,x\n4,3\n")
        self.check("data-quality", "out", "--dataset", folder)
        found = self.read("out/statistics.json")["features"]
        sums = {each["name"]: each["numerical_statistics"]["sum"] for each in found}
        self.assertEqual(sums, {"x": 4, "y": 6})
        (folder / "3.csv").write_text("y,z\n4,3\n")
        self.refused("3.csv: must have the columns of 1.csv, has others", "data-quality", "--dataset", folder)

    def test_bad_json_is_refused(self) -> None:
        path = self.folder / "a"
        arguments = ("--dataset", path, "--dataset-format", "json-lines")
        path.write_text('{"x": 1}\n{"x": {"y": 1}}\n')
        self.refused('a:2: values must be texts or numbers, got: {"y": 1}', "data-quality", *arguments)
        path.write_text('{"x": 1}\n{"x"\n')
        message = "a:2: must be JSON, Expecting ':' delimiter: line 2 column 1 (char 5)"
        self.refused(message, "data-quality", *arguments)
        path.write_text('{"x": 1}\n')
        message = "a:1: 'y' must find the features, finds nothing"
        self.refused(message, "data-quality", *arguments, "--features-attribute", "y")

    def test_columns_of_the_configuration_by_place(self) -> None:
        config = {
            "headers": ["y", "f", "x"],
            "label": 0,
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": 1, "value_or_threshold": ["d"]}],
            "excluded_columns": [2],
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        data = self.folder / "data"
        data.write_text("1,a,3\n0,a,4\n1,d,5\n1,d,6\n")
        self.check("bias", "out", "--dataset", data, "--analysis-config", path)
        found = self.read("out/analysis.json")["pre_training_bias_metrics"]
        self.assertEqual((found["label"], list(found["facets"])), ("y", ["f"]))
        path.write_text(json.dumps({**config, "label": 3}))
        message = "analysis configuration: column 3 must be one of 3 'headers'"
        self.refused(message, "bias", "--dataset", data, "--analysis-config", path)


if __name__ == "__main__":
    unittest.main()
