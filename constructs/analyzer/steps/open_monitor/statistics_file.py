"""statistics.json: what the values of each column look like.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .distance import Sample
from .table import Column, Floats

SKETCH_SIZE = 2048
SKETCH_SHRINKING = 0.64
BUCKETS = 10
MOST_CATEGORIES = 1000
"""Values beyond these are counted, not listed: a column of texts may hold names."""


def infer_type(column: Column) -> str:
    """Integral, Fractional, String, or Unknown where all values are missing."""
    if not column.present.size:
        return "Unknown"
    numbers = column.numbers[~column.missing]
    if np.isnan(numbers).any():
        return "String"
    return "Integral" if (numbers == np.floor(numbers)).all() else "Fractional"


def describe_table(table: dict[str, Column]) -> dict[str, Any]:
    """The whole file."""
    count = max(len(column.texts) for column in table.values())
    features = [describe_column(column) for column in table.values()]
    return {"version": 0, "dataset": {"item_count": count}, "features": features}


def describe_column(column: Column) -> dict[str, Any]:
    """The entry of one column."""
    kind = infer_type(column)
    missing = int(column.missing.sum())
    common = {"num_present": len(column.texts) - missing, "num_missing": missing}
    entry: dict[str, Any] = {"name": column.name, "inferred_type": kind}
    if kind in ("Integral", "Fractional"):
        entry["numerical_statistics"] = {"common": common, **describe_numbers(column.numbers[~column.missing])}
    else:
        entry["string_statistics"] = {"common": common, **describe_texts(column)}
    return entry


def describe_numbers(values: Floats) -> dict[str, Any]:
    """Moments, ten buckets and a sketch of the quantiles."""
    counts, edges = np.histogram(values, bins=BUCKETS)
    buckets = [
        {"lower_bound": float(lower), "upper_bound": float(upper), "count": float(count)}
        for lower, upper, count in zip(edges[:-1], edges[1:], counts)
    ]
    sketch = {
        "parameters": {"c": SKETCH_SHRINKING, "k": float(SKETCH_SIZE)},
        "data": [level.tolist() for level in sketch_of(values)],
    }
    return {
        "mean": float(values.mean()),
        "sum": float(values.sum()),
        "std_dev": float(values.std()),
        "min": float(values.min()),
        "max": float(values.max()),
        "distribution": {"kll": {"buckets": buckets, "sketch": sketch}},
    }


def sketch_of(values: Floats) -> list[Floats]:
    """Compactors of a KLL sketch: a value at level i stands for 2^i values.

    All values are at hand and sorted, so taking every second one loses at most one place at each level, and no
    random numbers are needed. Up to SKETCH_SIZE values the sketch is exact.
    """
    rest = np.sort(values)
    levels = []
    while len(rest) > SKETCH_SIZE:
        # The middle one of an odd number stays behind, so that all values are stood for.
        middle = len(rest) // 2
        odd = len(rest) % 2
        levels.append(rest[middle : middle + odd])
        rest = np.delete(rest, slice(middle, middle + odd))
        rest = rest[len(levels) % 2 :: 2]
    return [*levels, rest]


def sample_of(entry: dict[str, Any]) -> Sample | None:
    """The distribution of numbers that an entry describes, if it does."""
    sketch = entry.get("numerical_statistics", {}).get("distribution", {}).get("kll", {}).get("sketch")
    if not sketch:
        return None
    levels = [np.array(level, dtype=np.float64) for level in sketch["data"]]
    weights = [np.full(len(level), 2.0**height) for height, level in enumerate(levels)]
    return Sample(np.concatenate(levels), np.concatenate(weights))


def describe_texts(column: Column) -> dict[str, Any]:
    """Number of different values, and how often the most frequent ones occur."""
    values, counts = np.unique(column.present, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    buckets = [{"value": str(values[place]), "count": int(counts[place])} for place in order]
    return {"distinct_count": len(values), "distribution": {"categorical": {"buckets": buckets}}}


def categories_of(entry: dict[str, Any]) -> dict[str, int] | None:
    """How often each category occurs, if the entry lists all of them."""
    texts = entry.get("string_statistics", {})
    buckets = texts.get("distribution", {}).get("categorical", {}).get("buckets", [])
    counts = {bucket["value"]: int(bucket["count"]) for bucket in buckets}
    complete = counts and sum(counts.values()) == texts["common"]["num_present"]
    return counts if complete else None
