"""The encode step of batch scoring."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

import pandas
from loans import HEADER, generate, write
from support import CONTRACT, REAL_FILE, StepTest, written

WITHOUT_LABEL = slice(0, -1)


def without_label(lines: list[str]) -> list[str]:
    """The same loans before anybody knows how they ended."""
    return [" ".join(line.split()[WITHOUT_LABEL]) for line in lines]


class EncodeTest(StepTest):
    def table(self, name: str, header: bool) -> pandas.DataFrame:
        path = self.output / name / CONTRACT["encodeFiles"][name]
        return pandas.read_csv(path, header=0 if header else None)

    def check(self, path: Path) -> None:
        """Features are those of the prepare step for the same loans, whatever the split."""
        self.run_well("encode", "--input", path)
        files = [f"{output}/{name}" for output, name in CONTRACT["encodeFiles"].items()]
        self.assertEqual(written(self.output), sorted([*CONTRACT["encodeFiles"], *files]))
        features, table = self.table("features", False), self.table("table", True)
        self.assertEqual(list(table.columns), CONTRACT["featureNames"])
        self.assertEqual(features.to_numpy().tolist(), table.to_numpy().tolist())

        whole = self.folder / "whole"
        self.run_well("prepare", "--input", path, "--output", whole)
        parts = [
            pandas.read_csv(whole / name / CONTRACT["prepareFiles"][name], header=None)
            for name in ("train", "validation", "holdout")
        ]
        rows = pandas.concat(parts).to_numpy()[:, 1:].tolist()
        self.assertEqual(sorted(map(tuple, rows)), sorted(map(tuple, features.to_numpy().tolist())))

    def test_features_are_those_of_training(self) -> None:
        self.check(write(self.folder / "in" / "loans.asc", generate(200, seed=1)))

    @unittest.skipUnless(REAL_FILE, "the real file of loans is not given")
    def test_features_of_the_real_loans(self) -> None:
        self.check(Path(REAL_FILE or ""))

    def test_a_label_makes_no_difference(self) -> None:
        lines = generate(50, seed=2)
        tables = []
        for name, content in (("with", lines), ("without", without_label(lines))):
            self.output = self.folder / name
            path = write(self.folder / f"in-{name}" / "loans.asc", content)
            self.run_well("encode", "--input", path)
            tables.append((self.output / "features" / "features.csv").read_text())
        self.assertEqual(*tables)

    def test_columns_may_stand_in_any_order(self) -> None:
        lines = without_label(generate(20, seed=3))
        turned = [" ".join(reversed(line.split())) for line in lines]
        outputs = []
        for name, content in (("as", lines), ("turned", turned)):
            self.output = self.folder / name
            path = write(self.folder / f"in-{name}" / "loans.asc", content)
            self.run_well("encode", "--input", path)
            outputs.append((self.output / "features" / "features.csv").read_text())
        self.assertEqual(*outputs)

    def refuse(self, message: str, lines: list[str]) -> None:
        path = write(self.folder / "in" / "loans.asc", lines)
        self.assert_refused(message, "encode", "--input", path)

    def test_missing_column(self) -> None:
        self.refuse(
            "loans.asc:1: column 'laufkont' (status) must be in the header, is missing",
            [line.split(maxsplit=1)[1] for line in without_label(generate(2, seed=1))],
        )

    def test_value_out_of_range(self) -> None:
        [header, loan] = without_label([HEADER, "9 18 4 2 1049 1 2 4 2 1 4 2 21 3 1 1 3 2 1 2 1"])
        self.refuse(
            "loans.asc:2: column 'laufkont' (status) must be between 1 and 4, got: 9",
            [header, loan],
        )

    def test_the_encoder_file_is_about_the_same_features(self) -> None:
        path = write(self.folder / "in" / "loans.asc", generate(200, seed=1))
        self.run_well("prepare", "--input", path)
        encoder = json.loads((self.output / "encoder" / "encoder.json").read_text())
        self.assertEqual(encoder["features"], CONTRACT["featureNames"])
