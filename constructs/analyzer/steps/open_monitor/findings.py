"""What a check has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .data_quality import Drift


@dataclass(frozen=True)
class Findings:
    """What a check has computed, and what it compared with; without violations there was no baseline."""

    kind: str
    current: dict[str, Any]
    """statistics.json or analysis.json."""

    rows: int
    violations: list[dict[str, str]] | None = None
    baseline: dict[str, Any] | None = None
    """statistics.json or analysis.json of the baseline."""

    constraints: dict[str, Any] | None = None
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    """Drift of each feature, of data quality."""

    scores: Mapping[str, float] = field(default_factory=dict)
    """nDCG of each label, of attributions."""
