"""Tables and plots of the report, by kind of check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import plots
from .bias_drift import metrics_in
from .data_quality import Drift
from .statistics_file import categories_of, sample_of

MOST_PLOTS = 30
"""Those of the features that drift most: a thousand plots would take minutes and hide the three that matter."""


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    plots: Sequence[tuple[str, str]] = ()
    bad: frozenset[int] = frozenset()


def data_quality(
    statistics: dict[str, Any], baseline: dict[str, Any] | None, drifts: Mapping[str, Drift]
) -> list[Section]:
    """Features, those that drift most first."""
    before = {entry["name"]: entry for entry in (baseline or {}).get("features", [])}

    def excess(entry: dict[str, Any]) -> tuple[bool, float]:
        drift = drifts.get(entry["name"])
        return (not drift.description, -drift.distance) if drift else (True, 1.0)

    entries = sorted(statistics["features"], key=excess)
    rows = []
    for entry in entries:
        had, drift = before.get(entry["name"]), drifts.get(entry["name"])
        row = [entry["name"], entry["inferred_type"], missing_share(entry), had and missing_share(had)]
        row += [mean_of(entry), had and mean_of(had)]
        rows.append([*row, drift and drift.distance, drift and drift.threshold])
    bad = frozenset(
        place for place, entry in enumerate(entries) if entry["name"] in drifts and drifts[entry["name"]].description
    )
    head = ("Feature", "Type", "Missing", "Baseline", "Mean", "Baseline", "Distance", "Allowed")
    text = (
        "Distance is the largest difference between the shares of rows up to a value (numbers) or with it (texts) "
        "less what chance explains where the constraints say so: 0 is as in the baseline, 1 has nothing in common."
    )
    return [Section("Features", noted(text, len(entries)), head, rows, feature_plots(entries, before), bad)]


def noted(text: str, count: int) -> str:
    """The text, and why there are fewer plots than rows."""
    return f"{text} Plots show the first {MOST_PLOTS} rows of the table." if count > MOST_PLOTS else text


def feature_plots(
    entries: Sequence[dict[str, Any]], before: Mapping[str, dict[str, Any]]
) -> list[tuple[str, str]]:
    """Distributions now and in the baseline."""
    drawn = []
    for place, entry in enumerate(entries[:MOST_PLOTS]):
        had = before.get(entry["name"], {})
        sample, counts = sample_of(entry), categories_of(entry)
        if sample:
            drawn.append((entry["name"], plots.histograms(f"f{place}", sample, sample_of(had))))
        elif counts:
            drawn.append((entry["name"], plots.categories(f"f{place}", counts, categories_of(had))))
    return drawn


def missing_share(entry: dict[str, Any]) -> float:
    """Share of rows without a value."""
    common = (entry.get("numerical_statistics") or entry["string_statistics"])["common"]
    return float(common["num_missing"] / (common["num_present"] + common["num_missing"]))


def mean_of(entry: dict[str, Any]) -> float | None:
    """Mean of numbers."""
    numbers = entry.get("numerical_statistics")
    return float(numbers["mean"]) if numbers else None


def model_quality(
    statistics: dict[str, Any], constraints: dict[str, Any] | None, violations: Sequence[Mapping[str, str]]
) -> list[Section]:
    """Metrics with their confidence intervals against their thresholds."""
    (metrics,) = [each for name, each in statistics.items() if name.endswith("_metrics")]
    (limits,) = [each for name, each in (constraints or {}).items() if name.endswith("_constraints")] or [{}]
    broken = {each["metric_name"] for each in violations}
    rows, shown = [], {}
    for name, metric in metrics.items():
        if "value" not in metric:
            continue
        interval = metric.get("confidence_interval", {})
        lower, upper = interval.get("lower"), interval.get("upper")
        threshold = limits.get(name, {}).get("threshold")
        rows.append([name, metric["value"], lower, upper, threshold])
        if name in limits and interval:
            shown[name] = (metric["value"], lower, upper, threshold, name in broken)
        elif not limits and interval and not name.endswith("best_constant_classifier"):
            shown[name] = (metric["value"], lower, upper, None, False)
    bad = frozenset(place for place, row in enumerate(rows) if row[0] in broken)
    drawn = [("Dot: now. Line: its interval. Bar: threshold.", plots.intervals("metrics", shown))] if shown else []
    head = ("Metric", "Now", "Interval from", "to", "Threshold")
    text = "The interval holds the true value with a confidence of 95 %: few rows leave much to chance."
    sections = [Section("Metrics", text, head, rows, drawn, bad)]
    confusion = metrics.get("confusion_matrix")
    if confusion:
        names = list(confusion)
        counts = [[name, *[confusion[name][other] for other in names]] for name in names]
        explained = "Rows by what came true (down) and what the model said (across)."
        sections.append(Section("Answers", explained, ("", *names), counts))
    return sections


def bias(
    analysis: dict[str, Any], baseline: dict[str, Any] | None, violations: Sequence[Mapping[str, str]]
) -> list[Section]:
    """Metrics of each facet against the baseline and the fair value."""
    before = dict(metrics_in(baseline or {}))
    broken = {(each["facet"], each["facet_value"], each["metric_name"]) for each in violations}
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for (stage, facet, value, _), metric in metrics_in(analysis):
        groups.setdefault((stage, facet, value), []).append(metric)
    sections = []
    for place, ((stage, facet, value), metrics) in enumerate(groups.items()):
        rows, distances, had_distances = [], [], []
        for metric in metrics:
            had = before.get((stage, facet, value, metric["name"]), {}).get("value")
            fair = 1.0 if metric["name"] == "DI" else 0.0
            rows.append([f"{metric['description']}", metric["value"], had, fair, metric.get("error", "")])
            distances.append(0.0 if metric["value"] is None else metric["value"] - fair)
            had_distances.append(0.0 if had is None else had - fair)
        bad = frozenset(
            row for row, metric in enumerate(metrics) if (facet, value, metric["name"]) in broken
        )
        series = {"baseline": had_distances, "now": distances} if baseline else {"now": distances}
        names = [metric["name"] for metric in metrics]
        drawn = [("", plots.bars(f"b{place}", names, series, "distance from the fair value"))]
        what = "labels" if stage.startswith("pre") else "predictions"
        head = ("Metric", "Now", "Baseline", "Fair", "Remark")
        text = f"The group where {facet} is {value} against all others."
        sections.append(Section(f"{facet} {value}: {what}", text, head, rows, drawn, bad))
    return sections


def attribution(
    analysis: dict[str, Any], baseline: dict[str, Any] | None, scores: Mapping[str, float]
) -> list[Section]:
    """What decides, and what did in the baseline, by label."""
    (labels,) = analysis["explanations"].values()
    (before,) = (baseline or {}).get("explanations", {}).values() or [{}]
    sections = []
    for place, (label, values) in enumerate(labels.items()):
        now, had = values["global_shap_values"], before.get(label, {}).get("global_shap_values", {})
        order = sorted(now, key=lambda name: -now[name])
        rows = [[name, now[name], had.get(name)] for name in order]
        shown = order[:MOST_PLOTS]
        series = {"now": [now[name] for name in shown]}
        if had:
            series = {"baseline": [had.get(name, 0.0) for name in shown], **series}
        drawn = [("", plots.bars(f"a{place}", shown, series, "global SHAP value"))]
        text = "How much each feature moves the answer."
        if label in scores:
            text += f" nDCG is {scores[label]:.4f}: 1 if the features have the order of the baseline."
        sections.append(Section(f"Label {label}", text, ("Feature", "Now", "Baseline"), rows, drawn))
    return sections
