"""The report for people: one file of HTML without scripts, which needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from . import report_sections as sections
from .findings import Findings

TITLES = {
    "data-quality": "Data quality",
    "model-quality": "Model quality",
    "bias": "Bias",
    "attribution": "Feature attributions",
}

STYLE = """
body { font: 15px/1.5 sans-serif; color: #1b1f24; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; }
th, td { border-bottom: 1px solid #d5dae0; padding: .25rem .7rem; text-align: left; overflow-wrap: anywhere; }
.verdict { padding: .7rem 1rem; border-left: 6px solid #2e8540; background: #eef7f0; font-size: 17px; }
.verdict.bad { border-color: #c0392b; background: #fdf0ee; }
tr.bad td { background: #fdf0ee; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; vertical-align: top; }
svg { max-width: 100%; height: auto; }
"""

WORDS = {
    "baseline_drift_check": "values are distributed differently than in the baseline",
    "completeness_check": "more values are missing than in the baseline",
    "data_type_check": "values are of another kind than in the baseline",
    "categorical_values_check": "there are values that the baseline does not know",
    "missing_column_check": "the column is missing",
    "extra_column_check": "the baseline does not have this column",
    "LessThanThreshold": "the model has become worse, the metric is below its threshold",
    "GreaterThanThreshold": "the model has become worse, the metric is above its threshold",
    "bias_drift_check": "the group is treated less equally than in the baseline",
    "feature_attribution_drift_check": "other features decide than in the baseline",
}
MOST_LISTED = 200


def render(findings: Findings, facts: Mapping[str, str]) -> str:
    """The page: the verdict and its reasons on top, then what was checked, then tables and plots."""
    title = TITLES[findings.kind]
    parts = [f"<h1>{title}</h1>", verdict(findings.violations), reasons(findings.violations or [])]
    parts.append(table(("What was checked", ""), facts.items()))
    if findings.kind == "data-quality":
        content = sections.data_quality(findings.current, findings.baseline, findings.drifts)
    elif findings.kind == "model-quality":
        content = sections.model_quality(findings.current, findings.constraints, findings.violations or [])
    elif findings.kind == "bias":
        content = sections.bias(findings.current, findings.baseline, findings.violations or [])
    else:
        content = sections.attribution(findings.current, findings.baseline, findings.scores)
    drawn = [svg for section in content for _, svg in section.plots]
    if drawn and not any(drawn):
        parts.append("<p>There are no plots, as matplotlib is not installed.</p>")
    for section in content:
        parts.append(f"<h2>{escape(section.title)}</h2><p>{escape(section.text)}</p>")
        parts += [f"<figure><figcaption>{plain(name)}</figcaption>{svg}</figure>" for name, svg in section.plots if svg]
        parts.append(table(section.head, section.rows, section.bad))
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def verdict(violations: list[dict[str, str]] | None) -> str:
    """The answer in one sentence."""
    if violations is None:
        return '<p class="verdict">This is a baseline: nothing was compared.</p>'
    if not violations:
        return '<p class="verdict">No violations: everything is as the baseline asks.</p>'
    count = len(violations)
    return f'<p class="verdict bad">{count} violation{"s" if count > 1 else ""} of what the baseline asks.</p>'


def reasons(violations: list[dict[str, str]]) -> str:
    """Each violation in words, with the numbers behind it."""
    items = []
    for each in violations[:MOST_LISTED]:
        where = " ".join(each[name] for name in ("facet", "facet_value") if name in each)
        subject = each.get("feature_name") or each.get("label") or each["metric_name"]
        subject = f"{subject} of {where}" if where else subject
        words = WORDS[each["constraint_check_type"]]
        items.append(f"<li><strong>{plain(subject)}</strong>: {words} ({plain(each['description'])}).</li>")
    if len(violations) > MOST_LISTED:
        items.append(f"<li>and {len(violations) - MOST_LISTED} more, in constraint_violations.json</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], bad: frozenset[int] = frozenset()) -> str:
    """A table; numbers with four digits, the rows in `bad` marked."""
    lines = []
    for place, row in enumerate(rows):
        cells = "".join(f"<td>{plain(shown(cell))}</td>" for cell in row)
        lines.append(f"<tr{' class=bad' if place in bad else ''}>{cells}</tr>")
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def shown(cell: Any) -> str:
    """A value as a table has it."""
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def plain(text: str) -> str:
    """A text of the data, which may hold anything, as harmless text."""
    return escape("".join(letter if letter.isprintable() else "?" for letter in text))
