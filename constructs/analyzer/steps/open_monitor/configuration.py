"""The analysis configuration of Clarify, with columns by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .job import DataError


def named(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration that has all columns by name, also those that it gives by their place among the headers."""
    headers = config.get("headers")

    def name_of(column: Any) -> str:
        if not isinstance(column, int) or isinstance(column, bool):
            return str(column)
        if headers is None:
            return f"_c{column}"
        if not 0 <= column < len(headers):
            raise DataError(f"analysis configuration: column {column} must be one of {len(headers)} 'headers'")
        return str(headers[column])

    result = dict(config)
    for key in ("label", "group_variable", "joinsource_name_or_index"):
        if key in config:
            result[key] = name_of(config[key])
    if "excluded_columns" in config:
        result["excluded_columns"] = [name_of(column) for column in config["excluded_columns"]]
    if "facet" in config:
        result["facet"] = [{**facet, "name_or_index": name_of(facet["name_or_index"])} for facet in config["facet"]]
    return result


BIAS_STAGES = ("pre_training_bias", "post_training_bias")


def bias_stages(config: dict[str, Any]) -> list[str]:
    """Stages of bias metrics that a configuration asks for: all, if it asks for none by name, as that of a monitor."""
    return [stage for stage in BIAS_STAGES if stage in config.get("methods", {})] or list(BIAS_STAGES)


def feature_names(config: dict[str, Any], columns: Sequence[str], ignored: Sequence[str] = ()) -> list[str]:
    """Columns that the model gets: all but the label and those that are left out."""
    apart = {config.get("label"), config.get("joinsource_name_or_index"), *config.get("excluded_columns", []), *ignored}
    return [name for name in columns if name not in apart]
