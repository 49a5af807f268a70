"""Data of CloudWatch metrics, named and with the dimensions as Model Monitor and Clarify publish them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-cw.html
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-feature-attribute-drift-cw.html
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any

from .bias import ENDLESS
from .bias_drift import metrics_in
from .data_quality import Drift, settings_of
from .findings import Findings

MOST_IN_PART = 500
MOST_BYTES_IN_PART = 150_000
"""PutMetricData takes 1000 data and 1 MB; the state machine that passes a part on takes 256 KiB at once."""

LONGEST_NAME = 255
LONGEST_DIMENSION = 1024
LARGEST = 2.0**360
"""Limits of PutMetricData. A datum beyond them fails its whole request."""

ENDLESS_VALUES = {ENDLESS.format(sign * math.inf): sign * LARGEST for sign in (1, -1)}
"""Clarify publishes a value without end as the largest number, so that alarms see it."""

STAGES = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}
EXPLAINED = {"ExplainabilityMethod": "KernelShap"}

LOG = logging.getLogger("metrics")


def datum(name: str, value: float, **dimensions: str) -> dict[str, Any]:
    """One value of one metric."""
    return {"MetricName": name, "Dimensions": dimensions, "Value": float(value)}


def metrics_of(findings: Findings) -> list[dict[str, Any]]:
    """All metrics of a check, without the dimensions that they have in common."""
    if findings.kind == "data-quality":
        constraints = findings.constraints
        return data_quality_metrics(findings.current, constraints, findings.drifts) if constraints else []
    if findings.kind == "model-quality":
        return model_quality_metrics(findings.current)
    if findings.kind == "bias":
        return bias_metrics(findings.current)
    return attribution_metrics(findings.current, findings.scores)


def data_quality_metrics(
    statistics: dict[str, Any], constraints: dict[str, Any], drifts: Mapping[str, Drift]
) -> list[dict[str, Any]]:
    """Values, completeness and drift of the features for which the constraints have `emit_metrics` enabled."""
    config = constraints.get("monitoring_config", {})
    own = {feature["name"]: settings_of(feature, config) for feature in constraints["features"]}
    data = []
    for entry in statistics["features"]:
        name = entry["name"]
        if own.get(name, config).get("emit_metrics") != "Enabled":
            continue
        numbers = entry.get("numerical_statistics")
        common = (numbers or entry["string_statistics"])["common"]
        if numbers:
            # Minimum, Maximum, Sum, SampleCount and Average are statistics of this one metric.
            statistic = {
                "SampleCount": float(common["num_present"]),
                "Sum": numbers["sum"],
                "Minimum": numbers["min"],
                "Maximum": numbers["max"],
            }
            data.append({"MetricName": f"feature_data_{name}", "Dimensions": {}, "StatisticValues": statistic})
        count = common["num_present"] + common["num_missing"]
        data.append(datum(f"feature_non_null_{name}", common["num_present"] / count))
        if name in drifts:
            data.append(datum(f"feature_baseline_drift_{name}", drifts[name].distance))
    return data


def model_quality_metrics(statistics: dict[str, Any]) -> list[dict[str, Any]]:
    """Every metric of the predictions."""
    (metrics,) = [each for name, each in statistics.items() if name.endswith("_metrics")]
    return [datum(name, metric["value"]) for name, metric in metrics.items() if "value" in metric]


def bias_metrics(analysis: dict[str, Any]) -> list[dict[str, Any]]:
    """Every bias metric of each facet; one without a value is not published."""
    data = []
    for (stage, facet, facet_value, name), metric in metrics_in(analysis):
        value = metric["value"]
        if value is None:
            value = ENDLESS_VALUES.get(metric["error"])
        if value is None:
            continue
        dimensions = {
            "BiasStage": STAGES[stage],
            "Label": analysis[stage]["label"],
            "LabelValue": analysis[stage]["label_value_or_threshold"],
            "Facet": facet,
            "FacetValue": facet_value,
        }
        data.append(datum(f"bias_metric_{name}", value, **dimensions))
    return data


def attribution_metrics(analysis: dict[str, Any], scores: Mapping[str, float]) -> list[dict[str, Any]]:
    """Global SHAP values and expected values, and of each label the nDCG, which Clarify only writes to its reports."""
    data = []
    (labels,) = analysis["explanations"].values()
    for label, values in labels.items():
        for feature, value in values["global_shap_values"].items():
            kind = {**EXPLAINED, "Label": label, "ValueType": "GlobalShapValues"}
            data.append(datum(f"feature_{feature}", value, **kind))
        kind = {**EXPLAINED, "Label": label, "ValueType": "ExpectedValue"}
        data.append(datum("ExpectedValue", values["expected_value"], **kind))
    return data + [datum("ndcg", score, Label=label) for label, score in scores.items()]


def parts_of(data: list[dict[str, Any]], dimensions: Mapping[str, str], timestamp: str) -> Iterator[str]:
    """JSON of the `MetricData` of one request each, with the dimensions that all data have."""
    part: list[str] = []
    size = 0
    for each in data:
        own = {**dimensions, **each["Dimensions"]}
        value = {name: each[name] for name in ("Value", "StatisticValues") if name in each}
        if not is_publishable(each["MetricName"], own, value):
            LOG.warning("not published, as CloudWatch refuses it: %r %r %r", each["MetricName"], own, value)
            continue
        listed = [{"Name": name, "Value": text} for name, text in own.items()]
        text = json.dumps(
            {"MetricName": each["MetricName"], "Dimensions": listed, **value, "Timestamp": timestamp},
            allow_nan=False,
            separators=(",", ":"),
        )
        # All is ASCII, so characters are bytes; two brackets, and a comma behind each.
        if part and (len(part) == MOST_IN_PART or size + len(text) + 3 > MOST_BYTES_IN_PART):
            yield f"[{','.join(part)}]"
            part, size = [], 0
        part.append(text)
        size += len(text) + 1
    if part:
        yield f"[{','.join(part)}]"


def is_publishable(name: str, dimensions: Mapping[str, str], value: Mapping[str, Any]) -> bool:
    """Does PutMetricData take it?"""
    numbers = value["StatisticValues"].values() if "StatisticValues" in value else [value["Value"]]
    return (
        is_name(name, LONGEST_NAME)
        and all(is_name(text, LONGEST_DIMENSION) for text in dimensions.values())
        and all(math.isfinite(number) and abs(number) <= LARGEST for number in numbers)
    )


def is_name(text: str, longest: int) -> bool:
    """Printable ASCII of a length, not all of it blank."""
    return 0 < len(text) <= longest and text.isascii() and text.isprintable() and bool(text.strip())
