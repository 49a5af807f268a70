"""Arguments of the analyzer: those of TypeScript, those of a laptop, and what does not go together."""

from __future__ import annotations

import ast
import contextlib
import io
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from open_monitor_support import ANALYZER, MonitorTest
from support import CONTRACT

from open_monitor.arguments import KINDS, PREDICTED, check_arguments, option, parse
from open_monitor.job import DataError

LOCAL = {
    "dataset",
    "analysis_config",
    "baseline_statistics",
    "baseline_constraints",
    "record_preprocessor",
    "post_analytics_processor",
    "output",
    "exit_message_file",
    "headers",
    "ignore",
    "comparison_method",
    "predictions",
    "model",
}
"""Options that a job has no need of: its files are in fixed places."""

NOT_OF_ALL = {
    "problem_type": ("model-quality",),
    "ground_truth": PREDICTED,
    "ground_truth_attribute": PREDICTED,
    "probability_threshold": PREDICTED,
    "inference_attribute": (*PREDICTED, "attribution"),
    "probability_attribute": (*PREDICTED, "attribution"),
    "model_name": (*PREDICTED, "attribution"),
}

WINDOW = ["--run-time", "2026-03-02T00:00:00Z", "--start-offset-minutes", "60", "--end-offset-minutes", "0"]


def rendered(kind: str) -> dict[str, str]:
    """What TypeScript renders of all options that the kind has."""
    _, *pairs = CONTRACT["analyzerArguments"]
    options = {name[2:].replace("-", "_"): value for name, value in zip(pairs[::2], pairs[1::2])}
    return {name: value for name, value in options.items() if kind in NOT_OF_ALL.get(name, KINDS)}


class ContractTest(unittest.TestCase):
    def test_each_kind_takes_the_options_of_typescript_and_no_others(self) -> None:
        every = set()
        for kind in KINDS:
            options = rendered(kind)
            arguments = [text for name, value in options.items() for text in (option(name), value)]
            parsed = vars(parse([kind, *arguments]))
            self.assertEqual(set(parsed) - LOCAL - {"kind"}, set(options), kind)
            for name, value in options.items():
                expected = {"true": True, "false": False}.get(value, value)
                self.assertEqual(str(parsed[name]), str(expected), name)
            every |= set(options)
        self.assertEqual(len(every) * 2 + 1, len(CONTRACT["analyzerArguments"]))

    def test_an_option_of_another_kind_is_refused(self) -> None:
        for name, kinds in NOT_OF_ALL.items():
            for kind in sorted(set(KINDS) - set(kinds)):
                value = rendered(kinds[0])[name]
                with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as printed:
                    parse([kind, option(name), value])
                self.assertIn(f"unrecognized arguments: {option(name)} {value}", printed.getvalue())

    def test_inputs_are_where_typescript_puts_them(self) -> None:
        inputs = {name: Path(place) for name, place in CONTRACT["analyzerInputs"].items()}
        with mock.patch.object(Path, "exists", lambda self: True):
            parsed = vars(parse(["data-quality"]))
        found = {
            "dataset": parsed["dataset"],
            "analysisConfig": parsed["analysis_config"],
            "baselineStatistics": parsed["baseline_statistics"],
            "baselineConstraints": parsed["baseline_constraints"],
            "recordPreprocessor": parsed["record_preprocessor"],
            "postAnalyticsProcessor": parsed["post_analytics_processor"],
        }
        self.assertEqual({**found, "code": inputs["code"]}, inputs)
        self.assertEqual(str(parsed["output"]), CONTRACT["analyzerOutput"])
        self.assertEqual(CONTRACT["analyzerEntrypoint"], ["python3", f"{inputs['code']}/{'analyze.py'}"])

    def test_inputs_that_are_not_there_are_none(self) -> None:
        parsed = parse(["bias"])
        self.assertEqual({parsed.dataset, parsed.analysis_config, parsed.record_preprocessor}, {None})
        self.assertEqual(parse(["bias", "--dataset", "here"]).dataset, Path("here"))

    def test_only_true_and_false_are_yes_and_no(self) -> None:
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as printed:
            parse(["bias", "--skip-check", "yes"])
        self.assertIn("argument --skip-check: must be true or false, got: yes", printed.getvalue())


class RefusalTest(MonitorTest):
    def problem(self, *arguments: str) -> str:
        """Why arguments are refused."""
        with self.assertRaises(DataError) as raised:
            check_arguments(parse(arguments))
        return str(raised.exception)

    def test_what_does_not_go_together(self) -> None:
        here = ["--dataset", str(self.folder)]
        config = ["--analysis-config", str(self.folder)]
        captured = ["--captured-data", "s3://bucket/captured", *WINDOW]
        truth = ["--ground-truth", "s3://bucket/labels"]
        problem = ["--problem-type", "Regression"]
        cases: dict[str, list[Any]] = {
            "/opt/ml/processing/input/dataset: must hold the data, is not there": ["data-quality"],
            "--captured-data needs --run-time and --start-offset-minutes and --end-offset-minutes": [
                "data-quality",
                *captured[:2],
            ],
            "--transform-format needs --captured-data\n--ground-truth needs --captured-data": [
                "bias",
                *("--transform-format", "csv"),
                *truth,
            ],
            "--record-preprocessor needs captured records": ["data-quality", *here, "--record-preprocessor", "x.py"],
            "--dataset-format captured has no labels, which bias needs": ["bias", "--dataset-format", "captured"],
            "--captured-data of model-quality needs --ground-truth": ["model-quality", *problem, *captured],
            "predictions of --captured-data are the captured ones, no model can be given": [
                "bias",
                *captured,
                *truth,
                *("--model-name", "m"),
            ],
            "--captured-data of bias needs --inference-attribute or --probability-attribute": [
                "bias",
                *config,
                *captured,
                *truth,
            ],
            "--captured-data must be an S3 URI or a folder that is there, got: nowhere": [
                *("data-quality", "--captured-data", "nowhere"),
                *WINDOW,
            ],
            "--ground-truth must be an S3 URI or a folder that is there, got: nowhere": [
                *("bias", *config, *captured),
                *("--ground-truth", "nowhere"),
            ],
            "--probability-threshold must be from 0 to 1, got: 7": ["bias", *here, "--probability-threshold", "7"],
            "model-quality needs --ground-truth-attribute": ["model-quality", *problem, *here],
            "model-quality needs --inference-attribute, --probability-attribute or --model-name": [
                "model-quality",
                *problem,
                *here,
                *("--ground-truth-attribute", "y"),
            ],
            "/opt/ml/processing/input/config: must hold the analysis configuration, is not there": ["bias", *here],
        }
        for message, arguments in cases.items():
            self.assertEqual(self.problem(*arguments), message)

    def test_windows_that_are_none(self) -> None:
        captured = ("--captured-data", str(self.folder))
        message = "--run-time must be a time in ISO 8601, got: noon"
        self.refused(message, "data-quality", *captured, "--run-time", "noon", *WINDOW[2:])
        for start, end in ((60, 60), (60, -1)):
            message = (
                "--start-offset-minutes must be more than --end-offset-minutes, and that at least 0, "
                f"got: {start} and {end}"
            )
            offsets = ("--start-offset-minutes", start, f"--end-offset-minutes={end}")
            self.refused(message, "data-quality", *captured, *WINDOW[:2], *offsets)


class ContainerTest(unittest.TestCase):
    SOURCES = sorted(ANALYZER.rglob("*.py"))

    def test_sources_are_in_the_language_of_the_container(self) -> None:
        self.assertGreater(len(self.SOURCES), 25)
        for path in self.SOURCES:
            tree = ast.parse(path.read_text(), feature_version=(3, 8))
            futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
            self.assertTrue(futures or path.name == "__init__.py", path.name)

    def test_a_run_on_files_needs_no_sdk(self) -> None:
        for path in self.SOURCES:
            for node in ast.parse(path.read_text()).body:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
                lazy = {"boto3", "botocore", "jmespath", "pandas", "matplotlib"}
                self.assertEqual({name.split(".")[0] for name in names} & lazy, set(), path.name)

    def test_python_39_knows_all_types_at_run_time(self) -> None:
        # Aliases are evaluated when a module is imported, where `X | Y` needs Python 3.10.
        for path in self.SOURCES:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
                    self.assertNotIsInstance(node.value.op, ast.BitOr, f"{path.name}:{node.lineno}")


if __name__ == "__main__":
    unittest.main()
