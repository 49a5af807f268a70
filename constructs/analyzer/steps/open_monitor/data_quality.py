"""Data quality: constraints that a baseline suggests, and where current data breaks them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .distance import categorical_distance, chi_squared_p_value, numeric_distance, robust
from .job import DataError
from .statistics_file import categories_of, infer_type, sample_of
from .table import Column

MOST_DOMAIN_VALUES = 100
"""A column of more different texts has no domain: it holds names or sentences."""

MONITORING_CONFIG: dict[str, Any] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    # Least shares of values that have the expected type, or are in the domain.
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}


def suggest_constraints(statistics: dict[str, Any]) -> dict[str, Any]:
    """What the baseline's statistics lead to expect of other data."""
    features = [suggest_feature(entry) for entry in statistics["features"]]
    return {"version": 0, "features": features, "monitoring_config": MONITORING_CONFIG}


def suggest_feature(entry: dict[str, Any]) -> dict[str, Any]:
    """The constraints of one column."""
    numbers = entry.get("numerical_statistics")
    texts = entry.get("string_statistics", {})
    common = (numbers or texts)["common"]
    count = common["num_present"] + common["num_missing"]
    feature: dict[str, Any] = {
        "name": entry["name"],
        "inferred_type": entry["inferred_type"],
        "completeness": common["num_present"] / count,
    }
    if numbers:
        feature["num_constraints"] = {"is_non_negative": numbers["min"] >= 0}
    elif 0 < texts["distinct_count"] <= MOST_DOMAIN_VALUES:
        feature["string_constraints"] = {"domains": sorted(categories_of(entry) or {})}
    return feature


@dataclass(frozen=True)
class Drift:
    """How far a feature is from its baseline."""

    distance: float
    """After the correction for chance, if the constraints ask for it."""

    threshold: float
    description: str
    """What is wrong, empty if nothing is."""


def find_violations(
    table: dict[str, Column], statistics: dict[str, Any], constraints: dict[str, Any], baseline: dict[str, Any]
) -> tuple[list[dict[str, str]], dict[str, Drift]]:
    """Every constraint that the columns break, in the order of the constraints; and the drift of each feature."""
    refuse_others(constraints, baseline)
    config = constraints.get("monitoring_config", MONITORING_CONFIG)
    if config.get("evaluate_constraints") == "Disabled":
        return [], {}
    expected = {feature["name"]: feature for feature in constraints["features"]}
    described = {entry["name"]: entry for entry in baseline["features"]}
    current = {entry["name"]: entry for entry in statistics["features"]}
    found = []
    drifts = {}
    for name, feature in expected.items():
        own = settings_of(feature, config)
        if own.get("evaluate_constraints") == "Disabled":
            continue
        if name not in table:
            found.append(violation(name, "missing_column_check", "Column is in the baseline and not in the data"))
            continue
        column = table[name]
        found += [violation(name, "completeness_check", text) for text in check_completeness(column, feature)]
        found += [violation(name, "data_type_check", text) for text in check_type(column, feature, own)]
        found += [violation(name, "categorical_values_check", text) for text in check_domain(column, feature, own)]
        drift = measure_drift(current[name], described[name], own) if name in described else None
        if drift:
            drifts[name] = drift
        if drift and drift.description:
            found.append(violation(name, "baseline_drift_check", drift.description))
    extra = [name for name in table if name not in expected]
    found += [violation(name, "extra_column_check", "Column is in the data and not in the baseline") for name in extra]
    return found, drifts


def refuse_others(constraints: dict[str, Any], baseline: dict[str, Any]) -> None:
    """Raises for files of another kind, and for two that are swapped."""
    described = [is_described(content.get("features")) for content in (constraints, baseline)]
    if "features" not in constraints or described[0]:
        raise DataError("baseline constraints: must hold 'features' with what is expected of them, hold something else")
    if not described[1]:
        raise DataError("baseline statistics: must hold 'features' with their statistics, hold something else")


def is_described(features: Any) -> bool:
    """Are these the features of a statistics.json?"""
    kinds = {"numerical_statistics", "string_statistics"}
    return isinstance(features, list) and any(not kinds.isdisjoint(feature) for feature in features)


def settings_of(feature: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """The settings of the constraints file with a feature's own ones."""
    return {**config, **feature.get("monitoring_config_overrides", feature.get("monitoringConfigOverrides", {}))}


def violation(name: str, check: str, description: str) -> dict[str, str]:
    """An entry of constraint_violations.json."""
    return {"feature_name": name, "constraint_check_type": check, "description": description}


def check_completeness(column: Column, feature: dict[str, Any]) -> list[str]:
    """Are as many values present as in the baseline?"""
    share = float(1 - column.missing.mean())
    least = feature.get("completeness", 0)
    # A share that went through a file must equal itself.
    return [] if share >= least - 1e-12 else [f"Completeness is {share:.4f}, must be at least {least:.4f}"]


def check_type(column: Column, feature: dict[str, Any], config: dict[str, Any]) -> list[str]:
    """Are enough values of the expected type, and none negative where none may be?"""
    numbers = column.numbers[~column.missing]
    kind = feature["inferred_type"]
    if not numbers.size or kind == "Unknown":
        return []
    if kind == "String":
        conforming = float(infer_type(column) == "String")
    elif kind == "Fractional":
        conforming = float((~np.isnan(numbers)).mean())
    else:
        conforming = float((numbers == np.floor(numbers)).mean())
    problems = []
    least = config.get("datatype_check_threshold", 1.0)
    if conforming < least:
        problems.append(f"Share of values of type {kind} is {conforming:.4f}, must be at least {least}")
    negative = int((numbers < 0).sum())
    if feature.get("num_constraints", {}).get("is_non_negative") and negative:
        problems.append(f"Values must not be negative, are in {negative} of {numbers.size}")
    return problems


def check_domain(column: Column, feature: dict[str, Any], config: dict[str, Any]) -> list[str]:
    """Are enough values among those of the baseline?"""
    domain = feature.get("string_constraints", {}).get("domains")
    if not domain or not column.present.size:
        return []
    known = np.isin(column.present, domain)
    least = config.get("domain_content_threshold", 1.0)
    if known.mean() >= least:
        return []
    unknown = ", ".join(map(str, np.unique(column.present[~known])[:5]))
    return [f"Share of known values is {known.mean():.4f}, must be at least {least}; unknown: {unknown}"]


def measure_drift(current: dict[str, Any], entry: dict[str, Any], config: dict[str, Any]) -> Drift | None:
    """Are the values distributed as in the baseline? Nothing, if they cannot be compared or shall not be."""
    rules = {**MONITORING_CONFIG["distribution_constraints"], **config.get("distribution_constraints", {})}
    if rules["perform_comparison"] == "Disabled":
        return None
    corrected = one_of(rules, "comparison_method", "Robust", "Simple") == "Robust"
    before, now = sample_of(entry), sample_of(current)
    if before and now:
        distance = numeric_distance(now, before)
        sizes, threshold = (now.size, before.size), float(rules["comparison_threshold"])
    else:
        had, has = categories_of(entry), categories_of(current)
        if not had or not has:
            return None
        distance, sizes = categorical_distance(has, had), (float(sum(has.values())), float(sum(had.values())))
        threshold = float(rules["categorical_comparison_threshold"])
    if corrected:
        distance = robust(distance, *sizes)
    text = ""
    if not (before and now) and one_of(rules, "categorical_drift_method", "LInfinity", "ChiSquared") == "ChiSquared":
        value = chi_squared_p_value(has, had)
        if value < threshold:
            text = f"p-value is {value:.6f}, must be at least {threshold:g}"
    elif distance > threshold:
        text = f"Distance to the baseline is {distance:.4f}, must be at most {threshold:g}"
    return Drift(distance, threshold, text)


def one_of(rules: dict[str, Any], name: str, *allowed: str) -> str:
    """A setting of the constraints file that must be one of these words."""
    if rules[name] not in allowed:
        raise DataError(f"constraints: '{name}' must be one of {', '.join(allowed)}, got: {rules[name]}")
    return str(rules[name])
