"""Checks data, model quality, bias or attributions: with a baseline, where they drift from it; else, makes one."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import Any

from open_monitor.arguments import check_arguments, parse
from open_monitor.baselines import Baseline, find_baseline
from open_monitor.checks import Check
from open_monitor.configuration import feature_names, named
from open_monitor.findings import Findings
from open_monitor.job import DataError, leave_exit_message, read_json, write_results
from open_monitor.publication import texts_of
from open_monitor.reading import read_data
from open_monitor.registry import Registry
from open_monitor.scripts import postprocess
from open_monitor.store import Store
from open_monitor.tally import Tally
from open_monitor.window import Window

LOG = logging.getLogger("analyze")


def run(given: argparse.Namespace) -> str:
    """Runs a check, writes its files and returns the message of the job."""
    check_arguments(given)
    store, registry, tally = Store(), Registry(), Tally()
    config = named(read_json(given.analysis_config)) if given.analysis_config is not None else {}
    baseline = find_baseline(given, config, store, registry)
    data = read_data(given, store, expected_names(given, config, baseline), tally)
    known = baseline.files(given.kind) if baseline else {}
    if data is None:
        message = write_results(given.output, {}, [], {"item_count": 0, "outcome": "NoData", **tally.counts()}, known)
    else:
        check = Check(given, config, store, registry)
        files, findings = check.run(data, None if given.skip_check else baseline)
        summary: dict[str, Any] = {"item_count": data.count, **tally.counts()}
        if given.skip_check:
            summary["outcome"] = "Skipped"
        kept = files if given.register_new_baseline else known or files
        texts = texts_beside(given, findings)
        message = write_results(given.output, files, findings.violations, summary, kept, texts)
    if given.post_analytics_processor is not None:
        os.environ["output_path"] = str(given.output)
        postprocess(given.post_analytics_processor)
    return message


def texts_beside(given: argparse.Namespace, findings: Findings) -> dict[str, str]:
    """The report and, of a monitor, the data of its metrics."""
    facts = {"Data": str(given.captured_data or given.dataset)}
    if given.captured_data is not None:
        window = Window.of(given)
        facts["Window"] = f"{window.start.isoformat()} to {window.end.isoformat()}"
    group = given.model_package_group_name and f"latest approved version of {given.model_package_group_name}"
    facts["Baseline"] = str(given.baseline_constraints or group or "none")
    named = {"Endpoint": given.endpoint_name, "MonitoringSchedule": given.schedule_name}
    dimensions = {name: value for name, value in named.items() if value} if given.schedule_name else {}
    return texts_of(findings, {**facts, **dimensions}, dimensions, given.run_time)


def expected_names(given: argparse.Namespace, config: dict[str, Any], baseline: Baseline | None) -> list[str]:
    """Names of the columns of requests, which have no header: those of the baseline, or of the configuration."""
    if given.kind == "data-quality":
        known = baseline.statistics if baseline and baseline.statistics else {}
        return [str(feature["name"]) for feature in known.get("features", [])]
    headers = [str(name) for name in config.get("headers", [])]
    if given.captured_data is None and given.dataset_format != "captured":
        # Data sets for Clarify have no header line, and all columns.
        given.headers = given.headers or (headers if given.dataset_format != "csv-with-header" else [])
        return headers
    return feature_names(config, headers)


def main() -> None:
    """Runs a check and ends the process with code 1 and a message if it is refused, or fails on violations."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    arguments = parse()
    try:
        message = run(arguments)
    except DataError as error:
        print(f"analyze.py {arguments.kind}: {error}", file=sys.stderr)
        leave_exit_message(arguments.exit_message_file, str(error))
        sys.exit(1)
    except Exception as error:
        leave_exit_message(arguments.exit_message_file, f"{type(error).__name__}: {error}")
        raise
    LOG.info("%s", message)
    leave_exit_message(arguments.exit_message_file, message)
    if arguments.fail_on_violation and message.startswith("CompletedWithViolations"):
        sys.exit(1)


if __name__ == "__main__":
    main()
