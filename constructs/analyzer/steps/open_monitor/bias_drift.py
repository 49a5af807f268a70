"""Where bias metrics drift from those of a baseline.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-violations.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .job import DataError

DEVIATIONS = 3
"""How many standard deviations worse than the baseline 'Robust' calls a drift."""


def find_bias_violations(
    analysis: dict[str, Any], baseline: dict[str, Any], method: str
) -> list[dict[str, str]]:
    """Metrics that are farther from fairness than in the baseline.

    'Simple' is Clarify's rule, by which half of all metrics drift between samples of the same data; 'Robust' allows
    for what chance does.
    """
    before = dict(metrics_in(baseline))
    now = metrics_in(analysis)
    if before.keys().isdisjoint(key for key, _ in now):
        raise DataError(f"baseline must compare {groups_in(now)}, compares {groups_in(before.items()) or 'no groups'}")
    found = []
    for (stage, facet, value, name), metric in now:
        had = before.get((stage, facet, value, name))
        if had is None or had.get("value") is None or metric["value"] is None:
            continue
        fair = 1.0 if name == "DI" else 0.0
        worse = abs(metric["value"] - fair) - abs(had["value"] - fair)
        deviation = math.hypot(metric.get("standard_deviation", 0.0), had.get("standard_deviation", 0.0))
        if worse > (DEVIATIONS * deviation if method == "Robust" else 0.0):
            found.append(
                {
                    "facet": facet,
                    "facet_value": value,
                    "metric_name": name,
                    "constraint_check_type": "bias_drift_check",
                    "description": f"Value {metric['value']} does not meet the constraint requirement {had['value']}",
                }
            )
    return found


def groups_in(metrics: Iterable[tuple[tuple[str, str, str, str], Any]]) -> str:
    """The groups that metrics are of, for people."""
    groups = dict.fromkeys(f"{facet} {value}" for (_, facet, value, _), _ in metrics)
    return ", ".join(groups)


def metrics_in(analysis: dict[str, Any]) -> list[tuple[tuple[str, str, str, str], dict[str, Any]]]:
    """All metrics of a file, by stage, facet, value and name."""
    return [
        ((stage, facet, str(entry["value_or_threshold"]), metric["name"]), metric)
        for stage in ("pre_training_bias_metrics", "post_training_bias_metrics")
        for facet, entries in analysis.get(stage, {}).get("facets", {}).items()
        for entry in entries
        for metric in entry["metrics"]
    ]
