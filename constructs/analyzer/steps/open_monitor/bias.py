"""Bias of labels and of predictions, in the layout of Clarify's analysis.json.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from .bias_counts import OVER_OUTCOMES, POST_TRAINING, PRE_TRAINING, collapse
from .configuration import bias_stages
from .job import DataError
from .table import Column, Flags, Floats, column_of

DRAWS = 200
NEIGHBORS = 5
FLIPPED_ROWS = 10_000
"""Rows of each facet, at random, that FT compares at most: each asks for its neighbors in all dimensions."""

MOST_VALUES = 10
"""A column of more different numbers has a threshold, not values."""

MOST_OUTCOMES = 100

ENDLESS = "The metric divides by zero for these counts, its limit is {}"

FLIP_TEST = ("FT", "Flip Test (FT)")


def analyze_bias(
    table: dict[str, Column], config: dict[str, Any], predictions: Floats | None = None
) -> dict[str, Any]:
    """Metrics of the stages that are asked for; post-training ones if there are predictions (1 is the positive outcome)."""
    label = str(config["label"])
    wanted = config["label_values_or_threshold"]
    positive = selected(column_of(table, label), wanted)
    outcomes = outcomes_of(column_of(table, label), wanted)
    analysis: dict[str, Any] = {"version": "1.0"}
    head = {"label": label, "label_value_or_threshold": described(wanted)}
    predicted = positive if predictions is None else predictions == 1
    refuse_unknown_methods(config)
    stages = [stage for stage in bias_stages(config) if stage == "pre_training_bias" or predictions is not None]
    if not stages:
        raise DataError("post_training_bias needs predictions, or a model")
    for stage in stages:
        facets: dict[str, list[dict[str, Any]]] = {}
        for name, values in groups_to_compare(table, config):
            members = selected(column_of(table, name), values)
            if members.all() or not members.any():
                raise DataError(
                    f"facet '{name}' must hold rows inside and outside of {described(values)}, "
                    f"got: {int(members.sum())} of {len(members)} inside"
                )
            counts = count_rows(members, outcomes, predicted, groups_of(table, config))
            values_positive = np.zeros(counts.shape[1], dtype=np.bool_)
            values_positive[outcomes] = positive
            metrics = measure(counts, values_positive, stage, config)
            if stage == "post_training_bias" and is_wanted("FT", stage, config):
                others = [column for column in table if column not in (name, label)]
                metrics.append(flip_test(table, others, members, predicted))
            entry = {"value_or_threshold": described(values), "metrics": metrics}
            facets.setdefault(name, []).append(entry)
        analysis[f"{stage}_metrics"] = {**head, "facets": facets}
    return analysis


def groups_to_compare(table: dict[str, Column], config: dict[str, Any]) -> list[tuple[str, Sequence[Any]]]:
    """Each facet with the values or the threshold of its group; without any, each value is a group."""
    groups: list[tuple[str, Sequence[Any]]] = []
    for facet in config["facet"]:
        name = str(facet["name_or_index"])
        given = facet.get("value_or_threshold")
        if given is not None:
            groups.append((name, given))
            continue
        column = column_of(table, name)
        values = np.unique(column.present).tolist()
        most = MOST_OUTCOMES if np.isnan(column.numbers).all() else MOST_VALUES
        if len(values) > most:
            raise DataError(f"facet '{name}' must have values or a threshold, has {len(values)} different values")
        groups += [(name, [value]) for value in values]
    return groups


def selected(column: Column, values: Sequence[Any]) -> Flags:
    """Rows with one of these values; or, for a single number in a column of many numbers, the rows above it."""
    numbers = [float(value) for value in values if is_number(value)]
    if is_threshold(column, values):
        above: Flags = column.numbers > numbers[0]
        return above
    if len(values) == len(numbers):
        return np.isin(column.numbers, numbers)
    return np.isin(column.texts, [str(value) for value in values])


def is_threshold(column: Column, values: Sequence[Any]) -> bool:
    """Is this a single number, and the column one of many numbers?

    Clarify takes a column as one of many numbers if more than 5 % of its values differ, so that its answer depends
    on the number of rows; here it is the number of different values that counts.
    """
    if len(values) != 1 or not is_number(values[0]):
        return False
    return len(np.unique(column.numbers[~np.isnan(column.numbers)])) > MOST_VALUES


def outcomes_of(column: Column, wanted: Sequence[Any]) -> np.ndarray:
    """Number of the outcome of each row: of its label; with a threshold, of its side of it.

    The metrics KL, JS, LP, TVD and KS are defined over all outcomes. The report of smclarify gives them two only.
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-data-bias-metric-kl-divergence.html
    """
    if is_threshold(column, wanted):
        return selected(column, wanted).astype(np.int64)
    # 1 and 1.0 are one outcome.
    values = column.texts if np.isnan(column.numbers).any() else column.numbers
    known, places = np.unique(values, return_inverse=True)
    if len(known) > MOST_OUTCOMES:
        raise DataError(f"label '{column.name}' must have at most {MOST_OUTCOMES} outcomes, got: {len(known)}")
    return places


def is_number(value: Any) -> bool:
    """Is this setting a number, and not a yes or no?"""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def described(values: Sequence[Any]) -> str:
    """Values or threshold as analysis.json has them, and so the dimensions of metrics."""
    return ",".join(map(str, values))


def groups_of(table: dict[str, Column], config: dict[str, Any]) -> np.ndarray:
    """Number of the group of each row, within which CDDL and CDDPL compare."""
    name = config.get("group_variable")
    texts = next(iter(table.values())).texts if name is None else column_of(table, str(name)).texts
    groups: np.ndarray = np.unique(texts, return_inverse=True)[1]
    return groups if name is not None else np.zeros_like(groups)


def count_rows(members: Flags, outcomes: np.ndarray, predictions: Flags, groups: np.ndarray) -> Floats:
    """Number of rows by facet, outcome, prediction and group."""
    shape = (2, int(outcomes.max()) + 1, 2, int(groups.max()) + 1)
    places = np.ravel_multi_index((members * 1, outcomes, predictions * 1, groups), shape)
    counts: Floats = np.bincount(places, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
    return counts


def refuse_unknown_methods(config: dict[str, Any]) -> None:
    """Raises for names that are no metrics, which nothing would be computed for."""
    for stage, known in (("pre_training_bias", [*PRE_TRAINING]), ("post_training_bias", [*POST_TRAINING, FLIP_TEST[0]])):
        methods = config.get("methods", {}).get(stage, {}).get("methods", "all")
        unknown = [] if methods == "all" else [name for name in methods if name not in known]
        if unknown:
            listed = ", ".join(sorted(known))
            raise DataError(f"analysis configuration: metrics of {stage} must be of {listed}, got: {', '.join(unknown)}")


def is_wanted(name: str, stage: str, config: dict[str, Any]) -> bool:
    """Does the configuration ask for this metric? It does if it asks for none by name."""
    methods = config.get("methods", {}).get(stage, {}).get("methods", "all")
    if methods == "all":
        return name not in ("CDDL", "CDDPL") or "group_variable" in config
    return name in methods


def measure(counts: Floats, positive: Flags, stage: str, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of all metrics of a stage but FT, with standard deviations."""
    metrics = PRE_TRAINING if stage == "pre_training_bias" else POST_TRAINING
    size = counts.sum()
    random = np.random.default_rng(0)
    shares = counts.ravel() / size
    draws = [random.multinomial(int(size), shares).reshape(counts.shape).astype(np.float64) for _ in range(DRAWS)]
    draws = [draw for draw in draws if draw.sum(axis=(1, 2, 3)).all()]
    entries = []
    two, two_drawn = collapse(counts, positive), [collapse(draw, positive) for draw in draws]
    for name, (description, metric) in metrics.items():
        if is_wanted(name, stage, config):
            whole, parts = (counts, draws) if name in OVER_OUTCOMES else (two, two_drawn)
            drawn = np.array([metric(part) for part in parts])
            # Draws without an answer say nothing of the spread of the others.
            finite = drawn[np.isfinite(drawn)]
            deviation = float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
            entries.append(entry_of(name, description, metric(whole), deviation))
    return entries


def entry_of(name: str, description: str, value: float, deviation: float) -> dict[str, Any]:
    """A metric of analysis.json; without an answer, the reason instead of the value."""
    entry: dict[str, Any] = {"name": name, "description": description, "value": value}
    if not math.isfinite(value):
        return {**entry, "value": None, "error": ENDLESS.format(value)}
    return {**entry, "standard_deviation": deviation}


def flip_test(
    table: dict[str, Column], others: Sequence[str], members: Flags, predicted: Flags
) -> dict[str, Any]:
    """(F+ - F-) / nd: do the nearest members of facet a get another answer than a member of facet d?

    The sign is that of the guide: positive where they get the better one. The library smclarify has it reversed.
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-post-training-bias-metric-ft.html
    """
    if not others:
        raise DataError("metric FT must have columns beside the facet and the label to find neighbors by")
    random = np.random.default_rng(0)
    facets = [np.flatnonzero(~members), np.flatnonzero(members)]
    compared, asked = [
        np.sort(random.choice(rows, FLIPPED_ROWS, replace=False)) if len(rows) > FLIPPED_ROWS else rows
        for rows in facets
    ]
    texts = [name for name in others if np.isnan(table[name].numbers).any()]
    if texts:
        # As in Clarify, the other metrics do not suffer from it.
        return {**entry_of(*FLIP_TEST, math.nan, 0.0), "error": f"Only numbers have neighbors, not {', '.join(texts)}"}
    features = np.column_stack([table[name].numbers for name in others])
    count = NEIGHBORS if len(compared) > 2 * NEIGHBORS - 1 else 1
    places = cKDTree(features[compared]).query(features[asked], list(range(1, count + 1)))[1]
    answers = predicted[compared][places].mean(axis=1) > 0.5
    flips = answers.astype(np.float64) - predicted[asked]
    deviation = float(flips.std() / math.sqrt(len(flips)))
    return entry_of(*FLIP_TEST, float(flips.mean()), deviation)
