"""What becomes of findings beside the files of results: a report, and data of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from .findings import Findings
from .metrics import metrics_of, parts_of
from .report import render


def texts_of(
    findings: Findings, facts: Mapping[str, str], dimensions: Mapping[str, str], run_time: str | None
) -> dict[str, str]:
    """Files beside the results: the report and, of a monitor (one dimension at least), the parts of its metrics."""
    texts = {"report.html": render(findings, {**facts, "Rows": f"{findings.rows:,}"})}
    if dimensions:
        timestamp = run_time or datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        parts = parts_of(metrics_of(findings), dimensions, timestamp)
        texts.update({f"metrics/{place:04}.json": part for place, part in enumerate(parts)})
    return texts
