"""The steps of the Autopilot challenger: its tables, and its answers."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

import numpy as np
import pandas
from loans import generate, write
from sklearn.metrics import roc_auc_score
from support import CONTRACT, REAL_FILE, StepTest, written

import schema

NAMES = [column.name for column in schema.COLUMNS]


class TabulateTest(StepTest):
    def check(self, path: Path) -> None:
        self.run_well("tabulate", "--input", path)
        files = [f"{output}/{name}" for output, name in CONTRACT["tabulateFiles"].items()]
        self.assertEqual(written(self.output), sorted([*CONTRACT["tabulateFiles"], *files]))
        tables = {
            name: pandas.read_csv(self.output / name / CONTRACT["tabulateFiles"][name])
            for name in ("train", "validation")
        }
        for table in tables.values():
            self.assertEqual(list(table.columns), NAMES)
        held_out = pandas.read_csv(self.output / "test" / "columns.csv", header=None, names=NAMES[:-1])
        held_out["credit_risk"] = pandas.read_csv(
            self.output / "labels" / "labels.csv", header=None
        )[0]
        raw = pandas.read_csv(path, sep=r"\s+")
        raw = raw.rename(columns={column.source: column.name for column in schema.COLUMNS})[NAMES]
        together = pandas.concat([*tables.values(), held_out])[NAMES]
        self.assertEqual(
            sorted(map(tuple, raw.to_numpy().tolist())),
            sorted(map(tuple, together.to_numpy().tolist())),
        )

    def test_all_loans_are_in_one_part(self) -> None:
        self.check(write(self.folder / "in" / "loans.asc", generate(300, seed=4)))

    @unittest.skipUnless(REAL_FILE, "the real file of loans is not given")
    def test_all_real_loans_are_in_one_part(self) -> None:
        self.check(Path(REAL_FILE or ""))

    def test_champion_and_challenger_answer_for_the_same_loans(self) -> None:
        path = write(self.folder / "in" / "loans.asc", generate(300, seed=4))
        self.run_well("tabulate", "--input", path)
        challenger = pandas.read_csv(self.output / "test" / "columns.csv", header=None)
        labels = (self.output / "labels" / "labels.csv").read_text()
        self.output = self.folder / "champion"
        self.run_well("prepare", "--input", path)
        self.assertEqual((self.output / "labels" / "labels.csv").read_text(), labels)
        names = CONTRACT["featureNames"]
        champion = pandas.read_csv(self.output / "test" / "features.csv", header=None, names=names)
        for feature in ("duration", "amount", "age"):
            column = challenger[NAMES.index(feature)]
            self.assertEqual(column.tolist(), champion[feature].tolist())


class AnswersTest(StepTest):
    def evaluate(self, lines: list[str], labels: list[int]) -> list[object]:
        for name, values in (("labels/labels.csv", labels), ("in/columns.csv.out", lines)):
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"{value}\n" for value in values))
        return [
            *("--labels", self.folder / "labels", "--predictions", self.folder / "in"),
            *("--answers", CONTRACT["challengerAnswers"]),
        ]

    def test_the_probability_is_that_of_the_label_in_front_of_it(self) -> None:
        random = np.random.default_rng(1)
        labels = random.integers(0, 2, 60).tolist()
        good = np.clip(random.normal(0.45 + 0.2 * np.array(labels), 0.2), 0.01, 0.99).round(6)
        lines = [f"1,{p}" if p >= 0.5 else f"0,{round(1 - p, 6)}" for p in good.tolist()]
        self.run_well("evaluate", *self.evaluate(lines, labels))
        report = json.loads((self.output / "evaluation" / "evaluation.json").read_text())
        auc = report["binary_classification_metrics"]["auc"]["value"]
        self.assertAlmostEqual(auc, roc_auc_score(labels, good))
        matrix = report["binary_classification_metrics"]["confusion_matrix"]
        self.assertEqual(
            matrix["1"]["1"], sum(p >= 0.5 and label == 1 for p, label in zip(good, labels))
        )

    def test_answers_of_another_form_are_refused(self) -> None:
        for answer in ("0.7", "2,0.7", "1,1.7", "1,", "good,0.7", "1,0.7,0.3"):
            with self.subTest(answer):
                self.assert_refused(
                    "columns.csv.out:2: must be a label and its probability between 0 and 1, "
                    f"got: {answer}",
                    "evaluate",
                    *self.evaluate(["1,0.9", answer, "0,0.8", "1,0.6"], [0, 1, 0, 1]),
                )
