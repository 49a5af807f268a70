"""What data is checked against: files in the input, else those of the latest approved model version."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import Any

from .configuration import BIAS_STAGES, bias_stages
from .job import DataError, read_json
from .registry import Registry
from .store import Store

PLACES = {
    "data-quality": (("ModelDataQuality", "Statistics"), ("ModelDataQuality", "Constraints")),
    "model-quality": (("ModelQuality", "Statistics"), ("ModelQuality", "Constraints")),
    "bias": (None, ("Bias", "PreTrainingConstraints"), ("Bias", "PostTrainingConstraints")),
    "attribution": (None, ("Explainability", "Constraints")),
}
"""Statistics and constraints in the DriftCheckBaselines of a model package."""


@dataclass(frozen=True)
class Baseline:
    """Constraints, for bias and attributions an analysis, and the statistics that belong to them."""

    constraints: dict[str, Any]
    statistics: dict[str, Any] | None = None

    def files(self, kind: str) -> dict[str, dict[str, Any]]:
        """The baseline under the names that a run gives such files."""
        if kind in ("bias", "attribution"):
            return {"analysis.json": self.constraints}
        found = {"constraints.json": self.constraints}
        return found if self.statistics is None else {"statistics.json": self.statistics, **found}


def find_baseline(
    given: argparse.Namespace, config: dict[str, Any], store: Store, registry: Registry
) -> Baseline | None:
    """The baseline; without one, a run makes one, unless it was told of a group that should have it."""
    if given.kind == "data-quality" and (given.baseline_constraints is None) != (given.baseline_statistics is None):
        raise DataError("--baseline-statistics and --baseline-constraints must be given together")
    if given.baseline_constraints is not None:
        statistics = None if given.baseline_statistics is None else read_json(given.baseline_statistics)
        return Baseline(read_json(given.baseline_constraints), statistics)
    if given.model_package_group_name is None:
        return None
    found = find_in_group(given.kind, given.model_package_group_name, config, store, registry)
    if found is None and not given.skip_check:
        raise DataError(
            f"model package group {given.model_package_group_name}: must have an approved version with a baseline of "
            f"{given.kind}; give a baseline, or skip the check of the first version"
        )
    return found


def find_in_group(
    kind: str, group: str, config: dict[str, Any], store: Store, registry: Registry
) -> Baseline | None:
    """The baseline of the latest approved version of a group."""
    version = registry.latest_approved(group)
    baselines = (version or {}).get("DriftCheckBaselines", {})
    statistics_place, *places = PLACES[kind]
    if kind == "bias":
        places = [place for stage, place in zip(BIAS_STAGES, places) if stage in bias_stages(config)]
    parts = [part for part in (read_part(store, baselines, place) for place in places) if part is not None]
    statistics = read_part(store, baselines, statistics_place)
    if not parts or (kind == "data-quality" and statistics is None):
        return None
    # Bias of the data and bias of the predictions are in files of their own, under keys of their own.
    constraints = {name: value for part in parts for name, value in part.items()}
    return Baseline(constraints, statistics)


def read_part(store: Store, baselines: dict[str, Any], place: tuple[str, str] | None) -> dict[str, Any] | None:
    """A file of the baselines, if they have it."""
    uri = baselines.get(place[0], {}).get(place[1], {}).get("S3Uri") if place else None
    if not uri:
        return None
    try:
        content = json.loads(store.read(uri))
    except ValueError as error:
        raise DataError(f"{uri}: must be JSON, {error}") from error
    if not isinstance(content, dict):
        raise DataError(f"{uri}: must be a JSON object, got: {type(content).__name__}")
    return content
