"""Checks data, model quality, bias or attributions: with a baseline, where they drift from it; else, makes one."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np

from open_monitor import attribution, bias, data_quality, model_quality
from open_monitor.explainers import load_model
from open_monitor.findings import Findings
from open_monitor.job import DataError, leave_exit_message, read_json, write_results
from open_monitor.publication import texts_of
from open_monitor.statistics_file import describe_table
from open_monitor.table import Floats, numbers_of, read_table

INPUT = Path("/opt/ml/processing/input")
LOG = logging.getLogger("analyze")


def check_data_quality(arguments: argparse.Namespace) -> str:
    """statistics.json, constraints.json, and the violations of a baseline's constraints."""
    table = read_table(arguments.dataset, arguments.headers)
    statistics = describe_table(table)
    files = {"statistics.json": statistics, "constraints.json": data_quality.suggest_constraints(statistics)}
    if (arguments.baseline_constraints is None) != (arguments.baseline_statistics is None):
        raise DataError("--baseline-statistics and --baseline-constraints must be given together")
    count = statistics["dataset"]["item_count"]
    if arguments.baseline_constraints is None:
        return finish(arguments, files, Findings("data-quality", statistics, count))
    constraints, baseline = read_json(arguments.baseline_constraints), read_json(arguments.baseline_statistics)
    violations, drifts = data_quality.find_violations(table, statistics, constraints, baseline)
    files["constraint_violations.json"] = {"violations": violations}
    findings = Findings("data-quality", statistics, count, violations, baseline, constraints, drifts)
    return finish(arguments, files, findings)


def check_model_quality(arguments: argparse.Namespace) -> str:
    """The same files, of a model's answers and the truth."""
    problem = arguments.problem_type
    columns = (arguments.ground_truth, arguments.inference, arguments.probability)
    statistics = model_quality.measure_quality(read_table(arguments.dataset, arguments.headers), problem, *columns)
    files = {"statistics.json": statistics, "constraints.json": model_quality.suggest_constraints(statistics, problem)}
    count = statistics["dataset"]["item_count"]
    if arguments.baseline_constraints is None:
        return finish(arguments, files, Findings("model-quality", statistics, count))
    constraints = read_json(arguments.baseline_constraints)
    violations = model_quality.find_violations(statistics, constraints, problem, arguments.comparison_method)
    files["constraint_violations.json"] = {"violations": violations}
    return finish(arguments, files, Findings("model-quality", statistics, count, violations, constraints=constraints))


def check_bias(arguments: argparse.Namespace) -> str:
    """analysis.json with bias metrics, and the violations of a baseline's analysis."""
    config = read_json(arguments.analysis_config)
    lacking = [name for name in ("label", "label_values_or_threshold", "facet") if name not in config]
    if lacking:
        raise DataError(*[f"analysis configuration: '{name}' must be given" for name in lacking])
    table = read_table(arguments.dataset, arguments.headers or config.get("headers", []))
    predictions = None
    count = len(next(iter(table.values())).texts)
    if arguments.predictions:
        threshold = float(config.get("probability_threshold", arguments.threshold))
        predictions = (read_predictions(arguments.predictions, count) >= threshold).astype(np.float64)
    analysis = bias.analyze_bias(table, config, predictions)
    files = {"analysis.json": analysis}
    if arguments.baseline_constraints is None:
        return finish(arguments, files, Findings("bias", analysis, count))
    baseline = read_json(arguments.baseline_constraints)
    violations = bias.find_bias_violations(analysis, baseline, arguments.comparison_method)
    files["constraint_violations.json"] = {"version": "1.0", "violations": violations}
    return finish(arguments, files, Findings("bias", analysis, count, violations, baseline))


def read_predictions(path: Path, count: int) -> Floats:
    """Probabilities of the positive outcome, one in each line, in the order of the data."""
    predictions = numbers_of(read_table(path, ["prediction"]), "prediction")
    if len(predictions) != count:
        raise DataError(
            f"predictions and data must have the same number of rows, "
            f"got: {len(predictions)} predictions and {count} rows"
        )
    return predictions


def check_attribution(arguments: argparse.Namespace) -> str:
    """analysis.json with SHAP values, and whether their order is that of a baseline's analysis."""
    table = read_table(arguments.dataset, arguments.headers)
    features = [name for name in table if name not in arguments.ignore]
    config = read_json(arguments.analysis_config) if arguments.analysis_config.exists() else {}
    analysis = attribution.analyze_attributions(load_model(arguments.model), table, features, config)
    files = {"analysis.json": analysis}
    count = len(next(iter(table.values())).texts)
    if arguments.baseline_constraints is None:
        return finish(arguments, files, Findings("attribution", analysis, count))
    baseline = read_json(arguments.baseline_constraints)
    violations, scores = attribution.find_attribution_violations(analysis, baseline)
    LOG.info("nDCG by label: %s", scores)
    files["constraint_violations.json"] = {"version": "1.0", "violations": violations}
    return finish(arguments, files, Findings("attribution", analysis, count, violations, baseline, scores=scores))


def finish(arguments: argparse.Namespace, files: dict[str, dict[str, Any]], findings: Findings) -> str:
    """Writes all files, with the report and, of a monitor, the data of its metrics."""
    facts = {"Data": str(arguments.dataset), "Baseline": str(arguments.baseline_constraints or "none")}
    named = {"Endpoint": arguments.endpoint_name, "MonitoringSchedule": arguments.schedule_name}
    dimensions = {name: value for name, value in named.items() if value} if arguments.schedule_name else {}
    texts = texts_of(findings, {**facts, **dimensions}, dimensions, arguments.run_time)
    return write_results(arguments.output, files, findings.violations, texts)


def names(text: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse() -> argparse.Namespace:
    """The arguments: first the kind of check."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)

    def kind(name: str, check: object) -> argparse.ArgumentParser:
        command = kinds.add_parser(name, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        command.set_defaults(check=check)
        command.add_argument("--dataset", type=Path, default=INPUT / "dataset", help="file or folder of CSV or .jsonl")
        command.add_argument("--headers", type=names, default=[], help="names of the columns of files without a header")
        command.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"))
        command.add_argument("--baseline-constraints", type=Path, help="of a baseline, or its analysis.json")
        command.add_argument("--schedule-name", help="name of the monitor, for the data of its metrics")
        command.add_argument("--endpoint-name", help="name of the monitored endpoint")
        command.add_argument("--run-time", help="time of the metrics, ISO 8601 in UTC")
        command.add_argument("--exit-message-file", type=Path, default=Path("/opt/ml/output/message"))
        return command

    data = kind("data-quality", check_data_quality)
    data.add_argument("--baseline-statistics", type=Path, help="statistics.json of a baseline")
    quality = kind("model-quality", check_model_quality)
    quality.add_argument("--problem-type", choices=model_quality.PREFIXES, required=True)
    quality.add_argument("--ground-truth", required=True, help="column of the truth")
    quality.add_argument("--inference", required=True, help="column of the answers")
    quality.add_argument("--probability", help="column of the probabilities of class 1")
    groups = kind("bias", check_bias)
    groups.add_argument("--analysis-config", type=Path, default=INPUT / "config", help="as for Clarify")
    groups.add_argument("--predictions", type=Path, help="file of probabilities, one in each line")
    groups.add_argument("--threshold", type=float, default=0.5, help="unless the configuration has one")
    for command in (quality, groups):
        command.add_argument("--comparison-method", choices=("Robust", "Simple"), default="Robust")
    features = kind("attribution", check_attribution)
    features.add_argument("--model", type=Path, default=INPUT / "model", help="model, or its model.tar.gz")
    features.add_argument("--analysis-config", type=Path, default=INPUT / "config", help="as for Clarify")
    features.add_argument("--ignore", type=names, default=[], help="columns that are no features")
    return parser.parse_args()


def main() -> None:
    """Runs a check and ends the process with code 1 and a message if its input is refused."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    arguments = parse()
    try:
        message = arguments.check(arguments)
    except DataError as error:
        print(f"analyze.py {arguments.kind}: {error}", file=sys.stderr)
        leave_exit_message(arguments.exit_message_file, str(error))
        sys.exit(1)
    except Exception as error:
        leave_exit_message(arguments.exit_message_file, f"{type(error).__name__}: {error}")
        raise
    LOG.info("%s", message)
    leave_exit_message(arguments.exit_message_file, message)


if __name__ == "__main__":
    main()
