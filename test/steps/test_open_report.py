"""The report: what it says, that it is safe and self-contained, and its size."""

from __future__ import annotations

import re
import time
import unittest
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from open_monitor_support import MonitorTest, loan_rows
from test_open_model_checks import table_of

from open_monitor import data_quality, plots
from open_monitor.findings import Findings
from open_monitor.report import WORDS, render
from open_monitor.report_sections import MOST_PLOTS
from open_monitor.statistics_file import describe_table

VOID = {"meta"}


class Page(HTMLParser):
    """The page as a browser reads it: its tags, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def check_safe(self) -> None:
        """No scripts, and no address but names of XML and places in the page."""
        assert not {"script", "iframe", "img", "link", "object", "foreignobject"} & set(self.tags), self.tags
        for name, value in self.attributes:
            assert not name.startswith("on"), name
            if name.startswith("xmlns"):
                continue
            assert "//" not in value and "javascript" not in value, (name, value)
            assert name not in ("src", "href", "xlink:href") or value.startswith("#"), (name, value)
        ids = [value for name, value in self.attributes if name == "id"]
        assert len(ids) == len(set(ids)), "an id is there twice"
        assert "@import" not in self.text


class ReportTest(MonitorTest):
    def page(self, output: str) -> Page:
        page = Page((self.folder / output / "report.html").read_text())
        page.check_safe()
        return page

    def test_data_quality_says_what_has_drifted_and_from_what(self) -> None:
        rows = loan_rows()
        self.check("data-quality", "baseline", "--dataset", self.write("half.csv", rows[:500]))
        first = self.page("baseline")
        self.assertIn("This is a baseline: nothing was compared.", first.text)
        self.assertEqual(first.tags.count("svg"), 21)
        for row in rows[500:]:
            row["alter"] = str(int(row["alter"]) + 10)
        data, folder = self.write("other.csv", rows[500:]), self.folder / "baseline"
        files = ("--baseline-statistics", folder / "statistics.json")
        files += ("--baseline-constraints", folder / "constraints.json")
        self.check("data-quality", "out", "--dataset", data, *files, "--schedule-name", "hourly")
        page = self.page("out")
        self.assertIn("1 violation of what the baseline asks. alter : values are distributed differently", page.text)
        used = f"Baseline {folder / 'constraints.json'}"
        for fact in (f"Data {data}", used, "MonitoringSchedule hourly", "Rows 500"):
            self.assertIn(fact, page.text)
        text = (self.folder / "out" / "report.html").read_text()
        self.assertRegex(text, r"<tr class=bad><td>alter</td><td>Integral</td><td>0</td><td>0</td>")
        self.assertEqual(text.index("<figcaption>alter"), text.index("<figcaption>"), "what drifts is not first")
        self.check("data-quality", "again", "--dataset", data, *files, "--schedule-name", "hourly")
        self.assertEqual((self.folder / "again" / "report.html").read_text(), text)

    def test_names_and_values_of_the_data_are_only_text(self) -> None:
        evil = '</td><script>alert("$x$")</script>\x01'
        now, before = (table_of(**{evil: [evil, "b"] * 50, "n": range(100)}) for _ in range(2))
        statistics = describe_table(now)
        constraints = data_quality.suggest_constraints(describe_table(before))
        constraints["features"][0]["string_constraints"]["domains"] = ["b"]
        violations, drifts = data_quality.find_violations(now, statistics, constraints, describe_table(before))
        findings = Findings("data-quality", statistics, 100, violations, describe_table(before), constraints, drifts)
        text = render(findings, {evil: evil})
        page = Page(text)
        page.check_safe()
        self.assertIn(f"{evil[:-1]}? : {WORDS['categorical_values_check']}", page.text)
        self.assertNotIn("\x01", page.text)
        self.assertEqual(page.tags.count("svg"), 2)
        # Between dollar signs, matplotlib would set a formula.
        self.assertIn("$x$", "".join(re.findall("<text.*?</text>", text, re.DOTALL)))

    def test_model_quality_shows_intervals_and_thresholds(self) -> None:
        random = np.random.default_rng(5)
        chances = random.random(400)
        good = [{"y": int(c > 0.5), "p": int(c > 0.5), "c": c} for c in chances]
        bad = [{**row, "y": int(random.random() > 0.5)} for row in good]
        columns = ("--ground-truth-attribute", "y", "--inference-attribute", "p", "--probability-attribute", "c")
        arguments = ("--problem-type", "BinaryClassification", *columns)
        self.check("model-quality", "baseline", "--dataset", self.write("good.csv", good), *arguments)
        constraints = ("--baseline-constraints", self.folder / "baseline" / "constraints.json")
        self.check("model-quality", "out", "--dataset", self.write("bad.csv", bad), *arguments, *constraints)
        page = self.page("out")
        self.assertIn("accuracy : the model has become worse, the metric is below its threshold", page.text)
        count = len(self.read("out/constraint_violations.json")["violations"])
        self.assertIn(f"{count} violations of what the baseline asks.", page.text)
        self.assertEqual(page.tags.count("svg"), 1)
        self.assertIn("Answers", page.text)

    def test_bias_and_attributions(self) -> None:
        metric = {"name": "DI", "description": "Disparate Impact (DI)", "value": 0.5, "standard_deviation": 0.1}
        endless = {"name": "TE", "description": "Treatment Equality (TE)", "value": None, "error": "no end"}
        stage = {"label": "y", "label_value_or_threshold": "1"}

        def analysis(*metrics: dict[str, Any]) -> dict[str, Any]:
            facets = {"age": [{"value_or_threshold": "30", "metrics": list(metrics)}]}
            return {"post_training_bias_metrics": {**stage, "facets": facets}}

        violation = {"facet": "age", "facet_value": "30", "metric_name": "DI", "description": "Value 0.5"}
        violation["constraint_check_type"] = "bias_drift_check"
        before = analysis({**metric, "value": 0.9}, endless)
        page = Page(render(Findings("bias", analysis(metric, endless), 7, [violation], before), {}))
        page.check_safe()
        self.assertIn("DI of age 30 : the group is treated less equally than in the baseline (Value 0.5)", page.text)
        self.assertIn("Disparate Impact (DI) 0.5 0.9 1", page.text)
        self.assertIn("Treatment Equality (TE) - - 0 no end", page.text)

        def explained(*values: float) -> dict[str, Any]:
            label = {"global_shap_values": dict(zip("abc", values)), "expected_value": 0.0}
            return {"explanations": {"kernel_shap": {"label0": label}}}

        scores = {"label0": 0.95}
        findings = Findings("attribution", explained(1.0, 2.0), 7, [], explained(3.0, 4.0, 5.0), scores=scores)
        page = Page(render(findings, {}))
        page.check_safe()
        self.assertIn("No violations: everything is as the baseline asks.", page.text)
        self.assertIn("nDCG is 0.9500", page.text)
        self.assertIn("Feature Now Baseline b 2 4 a 1 3", page.text)

    def test_a_thousand_features_stay_small_and_quick(self) -> None:
        random = np.random.default_rng(1)
        columns = {f"feature {place}": random.normal(size=300) for place in range(1000)}
        statistics = describe_table(table_of(**columns))
        start = time.process_time()
        text = render(Findings("data-quality", statistics, 300), {})
        self.assertLess(time.process_time() - start, 20)
        self.assertLess(len(text), 1_500_000)
        page = Page(text)
        self.assertEqual((page.tags.count("svg"), page.tags.count("tr")), (MOST_PLOTS, 1000 + 2))
        self.assertIn("Plots show the first 30 rows of the table.", page.text)

    def test_every_check_has_words(self) -> None:
        source = "".join(path.read_text() for path in sorted((PACKAGE).glob("*.py")))
        kinds = set(re.findall(r'"(\w+_check|LessThanThreshold|GreaterThanThreshold)"', source))
        self.assertEqual(kinds, set(WORDS))


PACKAGE = Path(plots.__file__).parent

if __name__ == "__main__":
    unittest.main()
