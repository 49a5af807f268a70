"""Labels that come late: which belong to which predictions, and what model quality and bias make of them."""

from __future__ import annotations

import json
import unittest
from typing import Any

import numpy as np
from open_captures import CAPTURED, LABELS, RUN, CaptureTest, lines, part, record, truth
from sklearn.metrics import accuracy_score, roc_auc_score

QUALITY = ("--problem-type", "BinaryClassification")
CHANCE = ("--probability-attribute", "0")
CLASSES = ("--problem-type", "MulticlassClassification", "--inference-attribute", "0")


class LabelsTest(CaptureTest):
    ARGUMENTS = ("--captured-data", CAPTURED, "--ground-truth", LABELS, *RUN)

    def counts(self, *more: object) -> tuple[int, int, int]:
        """Rows that are analysed, rows without a label, and broken lines of a check of model quality."""
        self.check("model-quality", "out", *self.ARGUMENTS, *(more or CLASSES))
        summary = self.summary()
        return summary["item_count"], summary["unlabelled_count"], summary["broken_count"]

    def quality(self) -> dict[str, Any]:
        statistics = self.read("out/statistics.json")
        (found,) = [each for name, each in statistics.items() if name.endswith("_metrics")]
        metrics: dict[str, Any] = found
        return metrics

    def test_real_loans_with_labels_that_came_in_time(self) -> None:
        self.capture("2026/03/01/10", self.asked(400, 600))
        known = range(400, 900)
        self.upload("2026/03/01/23", [truth(f"event-{place}", self.labels[place]) for place in known])
        self.assertEqual(self.counts(*QUALITY, *CHANCE), (500, 100, 0))
        labels, chances = np.array(self.labels[400:900], dtype=int), self.chances[400:900]
        self.assertAlmostEqual(self.quality()["auc"]["value"], roc_auc_score(labels, chances))
        self.assertAlmostEqual(self.quality()["accuracy"]["value"], accuracy_score(labels, chances > 0.5))
        self.assertEqual(self.counts(*QUALITY, *CHANCE, "--probability-threshold", "0.8"), (500, 100, 0))
        self.assertAlmostEqual(self.quality()["accuracy"]["value"], accuracy_score(labels, chances > 0.8))

    def test_a_probability_at_the_threshold_is_not_above_it(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1\n1", "0.5\n0.5"), record("b", "1\n1", "0.75\n0.75")])
        self.upload("2026/03/01/10", [truth("a", "0,0"), truth("b", "1,1")])
        self.assertEqual(self.counts(*QUALITY, *CHANCE), (4, 0, 0))
        self.assertEqual(self.quality()["accuracy"]["value"], 1)

    def test_the_inference_id_comes_before_the_event_id(self) -> None:
        records = [record("a", "1", "0", inferenceId="mine"), record("b", "1", "1"), record("mine2", "1", "1")]
        self.capture("2026/03/01/10", records)
        self.upload("2026/03/01/10", [truth("mine", "0"), truth("a", "1"), truth("b", "1")])
        self.assertEqual(self.counts(), (2, 1, 0))
        self.assertEqual(self.quality()["accuracy"]["value"], 1)

    def test_the_last_of_repeated_labels_counts(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1", "1"), record("b", "1", "0")])
        self.upload("2026/03/01/12", [truth("a", "1")], "later.jsonl")
        self.upload("2026/03/01/12", [truth("a", "0"), truth("b", "1"), truth("b", "0")], "first.jsonl")
        self.upload("2026/03/01/11", [truth("a", "0")])
        self.assertEqual(self.counts(), (2, 0, 0))
        self.assertEqual(self.quality()["accuracy"]["value"], 1)

    def test_labels_come_from_the_window_until_the_run(self) -> None:
        self.capture("2026/03/01/10", [record(str(hour), "1", "1") for hour in range(4)])
        self.upload("2026/02/28/23", [truth("0", "1")])
        self.upload("2026/03/01/00", [truth("1", "1")])
        self.upload("2026/03/03/05", [truth("2", "1")])
        self.upload("2026/03/03/06", [truth("3", "0")])
        window = ("--run-time", "2026-03-03T05:30:00.123Z", "--start-offset-minutes", "3210", "--end-offset-minutes")
        self.ARGUMENTS = ("--captured-data", CAPTURED, "--ground-truth", LABELS, *window, "1770")
        self.assertEqual(self.counts(), (2, 2, 0))

    def test_a_request_of_several_rows_has_as_many_labels(self) -> None:
        answers = "1\n0\n1\n"
        self.capture("2026/03/01/10", [record(name, "1\n2\n3\n", answers) for name in ("a", "b", "c")])
        self.upload("2026/03/01/10", [truth("a", "1\n0\n1"), truth("b", "1,0,0"), truth("c", "1")])
        # One label for three rows is of none of them.
        self.assertEqual(self.counts(), (6, 0, 1))
        self.assertAlmostEqual(self.quality()["accuracy"]["value"], 5 / 6)
        self.capture("2026/03/01/10", [record("c", "1\n2\n3\n", answers)])
        where = f"{CAPTURED}/AllTraffic/2026/03/01/10/00-00-a.jsonl:1"
        message = f"{where}: must have a label for each row, got: 1 for 3"
        headers = self.config(headers=["alter", "good"])
        self.refused(message, "bias", *self.ARGUMENTS, *headers, "--inference-attribute", "0")

    def test_answers_in_json_and_by_index(self) -> None:
        answer = part('{"predictions": [{"score": 0.9, "label": 1}]}', "JSON", "application/json")
        classes = CLASSES[:2]
        self.capture("2026/03/01/10", [record("a", "1,2", answer)])
        self.upload("2026/03/01/10", [truth("a", "1")])
        where = ("--probability-attribute", "predictions[].score", "--inference-attribute", "predictions[].label")
        self.assertEqual(self.counts(*classes, *where), (1, 0, 0))
        self.capture("2026/03/01/10", [record("a", "1,2", "1,0.7,x")])
        where = ("--probability-attribute", "1", "--inference-attribute", "0")
        self.assertEqual(self.counts(*classes, *where), (1, 0, 0))
        likely = part('{"labels": ["x", "y"], "chances": [0.2, 0.8]}', "JSON")
        self.capture("2026/03/01/10", [record("a", "1,2", likely)])
        self.upload("2026/03/01/10", [truth("a", "y")])
        where = ("--probability-attribute", "chances", "--inference-attribute", "labels")
        self.assertEqual(self.counts(*classes, *where), (1, 0, 0))
        self.assertEqual(self.quality()["accuracy"]["value"], 1)

    def test_what_is_not_in_an_answer_is_refused(self) -> None:
        where = f"{CAPTURED}/AllTraffic/2026/03/01/10/00-00-a.jsonl:1"
        self.upload("2026/03/01/10", [truth("a", "1")])
        cases = {
            f"{where}: must have the answer, which is not captured": (None, CHANCE),
            f"{where}: answer must have a value at index 1, has 1": ("0.5", ("--probability-attribute", "1")),
            f"{where}: attribute of an answer in CSV must be an index, got: p": (
                "0.5",
                ("--probability-attribute", "p"),
            ),
            f"{where}: 'p' must find a value in each answer, finds none": (
                part("{}", "JSON"),
                ("--probability-attribute", "p"),
            ),
            f"{where}: must have an answer for each row, got: 2 for 1": ("0.5\n0.5\n", CHANCE),
        }
        for message, (answer, arguments) in cases.items():
            self.capture("2026/03/01/10", [record("a", "1", answer)])
            self.refused(message, "model-quality", *self.ARGUMENTS, *QUALITY, *arguments)

    def test_broken_labels_are_left_out_or_refused(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1", "0.9")])
        good = [truth("a", "1")] * 150
        self.aws.objects[f"{LABELS}/2026/03/01/10/x.jsonl"] = lines([*good, '{"groundTruthData": {}}'])
        self.assertEqual(self.counts(), (1, 0, 1))
        self.aws.objects[f"{LABELS}/2026/03/01/10/x.jsonl"] = lines(["{}", truth("a", "")])
        message = (
            f"{LABELS}/2026/03/01/10/x.jsonl:1: must have groundTruthData and the eventId of eventMetadata, "
            f"KeyError('eventMetadata')\n{LABELS}/2026/03/01/10/x.jsonl:2: groundTruthData must have a label, has none"
        )
        self.refused(message, "model-quality", *self.ARGUMENTS, *QUALITY, *CHANCE)

    def test_bias_of_captured_answers_and_uploaded_labels(self) -> None:
        self.capture("2026/03/01/10", self.asked(400, 600))
        self.upload("2026/03/01/23", [truth(f"event-{place}", self.labels[place]) for place in range(400, 1000)])
        config = self.config()
        self.check("bias", "out", *self.ARGUMENTS, *config, *CHANCE, "--probability-threshold", "0.6")
        analysis = self.read("out/analysis.json")
        old = np.array([int(values[3]) > 30 for values in self.features[400:]])
        labels, answers = np.array(self.labels[400:], dtype=int), self.chances[400:] > 0.6
        for stage, name, values in (("pre", "DPL", labels), ("post", "DPPL", answers)):
            facets = analysis[f"{stage}_training_bias_metrics"]["facets"]["alter"]
            metrics = {each["name"]: each["value"] for each in facets[0]["metrics"]}
            self.assertAlmostEqual(metrics[name], values[~old].mean() - values[old].mean())
        label = ["--inference-attribute", "0"]
        words = [
            record(f"event-{place}", ",".join(self.features[place]), "1" if self.chances[place] > 0.6 else "0")
            for place in range(400, 1000)
        ]
        self.capture("2026/03/01/10", words)
        self.check("bias", "out", *self.ARGUMENTS, *self.config(label=4), *label)
        self.assertEqual(self.read("out/analysis.json"), analysis)

    def test_bias_finds_labels_that_flip_in_a_group(self) -> None:
        self.capture("2026/03/01/10", self.asked(400, 600))
        places = range(400, 1000)
        self.upload("2026/03/01/23", [truth(f"event-{place}", self.labels[place]) for place in places])
        arguments = (*self.ARGUMENTS, *self.config(), *CHANCE)
        self.check("bias", "baseline", *arguments)
        baseline = ("--baseline-constraints", self.folder / "baseline" / "analysis.json")
        self.assertEqual(self.check("bias", "out", *arguments, *baseline), [])
        flipped = [str(1 - int(self.labels[p])) if int(self.features[p][3]) > 30 else self.labels[p] for p in places]
        self.upload("2026/03/01/23", [truth(f"event-{place}", label) for place, label in zip(places, flipped)])
        found = self.check("bias", "out", *arguments, *baseline)
        self.assertIn("DPL", {each["metric_name"] for each in found})

    def test_a_preprocessor_gives_the_columns_of_predictions(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1", "ignored")])
        self.upload("2026/03/01/10", [truth("a", "1")])
        script = self.folder / "script.py"
        script.write_text("def preprocess_handler(record):\n    return {'kind': 1, 'x': 0}\n")
        arguments = (*CLASSES[:2], "--inference-attribute", "kind", "--record-preprocessor", script)
        self.assertEqual(self.counts(*arguments), (1, 0, 0))
        self.assertEqual(self.quality()["accuracy"]["value"], 1)

    def test_no_labels_are_no_data(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1", "0.9")])
        self.check("model-quality", "out", *self.ARGUMENTS, *QUALITY, *CHANCE)
        expected = {"violation_count": 0, "outcome": "NoData", "item_count": 0}
        self.assertEqual(self.summary(), {**expected, "broken_count": 0, "unlabelled_count": 1})
        written = sorted(path.name for path in (self.folder / "out").iterdir())
        self.assertEqual(written, ["constraint_violations.json", "summary.json"])
        self.assertEqual(json.loads((self.folder / "out" / written[0]).read_text()), {"violations": []})


if __name__ == "__main__":
    unittest.main()
