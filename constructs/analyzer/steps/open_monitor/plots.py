"""Plots as inline SVG: no scripts, nothing from elsewhere, the same bytes for the same numbers.

matplotlib is imported here, when the first plot is drawn: nothing but the report needs it.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .distance import Sample
from .table import Floats

BASELINE, CURRENT, BAD = "#8a99ad", "#1f5fa8", "#c0392b"
BINS = 20
MOST_CATEGORIES = 15
LONGEST = 40
INCHES_OF_LETTER = 0.075
TOP = 0.3
LEGEND = {"frameon": False, "loc": "lower right", "bbox_to_anchor": (1, 1), "ncol": 2, "borderaxespad": 0}

SETTINGS = {
    # Texts stay texts, which a reader can search and which take little room.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def short(text: str) -> str:
    """A text that fits beside a plot; a dollar sign would begin a formula."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return shown.replace("$", r"\$")


def draw(name: str, width: float, height: float, labels: Sequence[str], paint: Callable[[Any], None]) -> str:
    """The SVG of a figure that `paint` fills. `name` makes its ids unique in the page.

    Nothing where matplotlib is not installed. The room for labels is estimated, as measuring them takes as long as the
    rest of the plot.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        return ""

    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    written = io.StringIO()
    with rc_context({**SETTINGS, "svg.hashsalt": name}), warnings.catch_warnings():
        # Fonts of this machine may lack letters; the reader's may not.
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        paint(figure)
        left = 0.2 + INCHES_OF_LETTER * max(map(len, labels))
        figure.subplots_adjust(left / width, 0.5 / height, 1 - 0.1 / width, 1 - TOP / height)
        nothing = {key: None for key in ("Date", "Creator", "Format", "Type")}
        figure.savefig(written, format="svg", metadata=nothing)
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)


def histograms(name: str, current: Sample, baseline: Sample | None) -> str:
    """Shares of the values in common buckets."""
    samples = [sample for sample in (current, baseline) if sample]
    lowest = min(float(sample.values.min()) for sample in samples)
    highest = max(float(sample.values.max()) for sample in samples)
    edges = np.linspace(lowest, highest if highest > lowest else lowest + 1, BINS + 1)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        if baseline:
            axes.stairs(shares_of(baseline, edges), edges, fill=True, color=BASELINE, alpha=0.6, label="baseline")
        axes.stairs(shares_of(current, edges), edges, color=CURRENT, linewidth=1.6, label="now")
        axes.set_ylabel("share of rows")
        axes.legend(**LEGEND)

    return draw(name, 4.4, 2.4, ["share of"], paint)


def shares_of(sample: Sample, edges: Floats) -> Floats:
    """Share of the values in each bucket."""
    counts: Floats = np.histogram(sample.values, bins=edges, weights=sample.weights)[0]
    return counts / sample.size


def categories(name: str, current: Mapping[str, int], baseline: Mapping[str, int] | None) -> str:
    """Shares of the most frequent categories."""
    both: dict[str, int] = {}
    for counts in (baseline or {}, current):
        for key, count in counts.items():
            both[key] = both.get(key, 0) + count
    shown = sorted(both, key=lambda key: -both[key])[:MOST_CATEGORIES]
    series = {"now": [current.get(key, 0) / sum(current.values()) for key in shown]}
    if baseline:
        series = {"baseline": [baseline.get(key, 0) / sum(baseline.values()) for key in shown], **series}
    return bars(name, shown, series, "share of rows")


def bars(name: str, rows: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> str:
    """Horizontal bars of one or two series, the first row on top."""
    names = [short(row) for row in rows]
    colors = {"baseline": BASELINE, "now": CURRENT}

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        height = 0.8 / len(series)
        for place, (label, values) in enumerate(series.items()):
            axes.barh(np.arange(len(rows)) + place * height, values, height, color=colors[label], label=label)
        axes.set_yticks(np.arange(len(rows)) + height * (len(series) - 1) / 2)
        axes.set_yticklabels(names)
        axes.invert_yaxis()
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_xlabel(unit)
        axes.legend(**LEGEND)

    return draw(name, 6.4, 1.2 + 0.3 * len(rows), names, paint)


def intervals(name: str, metrics: Mapping[str, tuple[float, float, float, float | None, bool]]) -> str:
    """Values with their confidence intervals, and thresholds: (value, lower, upper, threshold, is bad) by name."""

    def paint(figure: Any) -> None:
        scales = figure.subplots(len(metrics), 1, squeeze=False, gridspec_kw={"hspace": 1.6})[:, 0]
        for axes, (metric, (value, lower, upper, threshold, bad)) in zip(scales, metrics.items()):
            axes.plot([lower, upper], [0, 0], color=BAD if bad else CURRENT, linewidth=2)
            axes.plot([value], [0], "o", color=BAD if bad else CURRENT)
            if threshold is not None:
                axes.plot([threshold], [0], "|", color="black", markersize=16)
            axes.set_yticks([0])
            axes.set_yticklabels([short(metric)])

    return draw(name, 6.4, 1.0 + 0.5 * len(metrics), list(map(short, metrics)), paint)
