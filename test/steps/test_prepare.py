"""The prepare step on generated loans, and on the real ones where they are given."""

from __future__ import annotations

import csv
import json
import unittest
from pathlib import Path

import numpy as np
import pandas
from loans import HEADER, generate, write
from support import CONTRACT, REAL_FILE, StepTest, written

import credit_data
import schema

LOAN = "1 18 4 2 1049 1 2 4 2 1 4 2 21 3 1 1 3 2 1 2 1"
ENCODED = (
    "1,0,0,0,18,0,0,0,0,1,0,0,1,0,0,0,0,0,0,0,0,1049,1,0,0,0,0,2,4,"
    "0,1,0,0,1,0,0,4,2,21,0,0,1,1,0,0,1,3,2,1,2"
)


def encode_with_pandas(path: Path) -> pandas.DataFrame:
    """Label and features of a file of loans, made by pandas."""
    loans = pandas.read_csv(path, sep=" ")
    loans = loans.rename(columns={column.source: column.name for column in schema.COLUMNS})
    for column in schema.COLUMNS:
        if column.kind == schema.NOMINAL:
            codes = range(column.minimum, column.maximum + 1)
            loans[column.name] = pandas.Categorical(loans[column.name], categories=codes)
    encoded = pandas.get_dummies(loans).astype(int)
    return encoded[CONTRACT["datasetHeaders"]]


def sorted_rows(table: pandas.DataFrame) -> list[tuple[int, ...]]:
    """Rows in an order that does not depend on the split."""
    return sorted(map(tuple, table.to_numpy().tolist()))


class LayoutTest(StepTest):
    def prepare(self, path: Path, *arguments: object) -> dict[str, pandas.DataFrame]:
        """Runs the step and reads its tables."""
        self.run_well("prepare", "--input", path, *arguments)
        headers = CONTRACT["datasetHeaders"]
        columns = {"test": headers[1:], "labels": headers[:1]}
        return {
            name: pandas.read_csv(self.file(name), header=None, names=columns.get(name, headers))
            for name in ("train", "validation", "test", "labels", "holdout")
        }

    def file(self, name: str) -> Path:
        """The file of one output."""
        return self.output / name / CONTRACT["prepareFiles"][name]

    def check_layout(self, path: Path) -> None:
        """All files have the layout that XGBoost, Clarify and the monitor read."""
        tables = self.prepare(path)
        expected = encode_with_pandas(path)
        parts = [tables["train"], tables["validation"], tables["holdout"]]
        self.assertEqual(sorted_rows(pandas.concat(parts)), sorted_rows(expected))
        shares = [len(part) / len(expected) for part in parts]
        np.testing.assert_allclose(shares, [0.65, 0.15, 0.2], atol=0.002)
        for part in parts:
            self.assertAlmostEqual(
                part["credit_risk"].mean(), expected["credit_risk"].mean(), delta=0.01
            )
        self.assertTrue(tables["holdout"].iloc[:, 1:].equals(tables["test"]))
        self.assertTrue(tables["holdout"].iloc[:, :1].equals(tables["labels"]))
        self.assertTrue(pandas.read_csv(self.file("baseline")).equals(tables["train"].iloc[:, 1:]))

    def test_writes_exactly_the_files_that_typescript_names(self) -> None:
        self.prepare(write(self.folder / "loans.asc", generate(300, 1)))
        files = [f"{output}/{name}" for output, name in CONTRACT["prepareFiles"].items()]
        self.assertEqual(written(self.output), sorted([*CONTRACT["prepareFiles"], *files]))

    def test_layout_with_generated_loans(self) -> None:
        self.check_layout(write(self.folder / "loans.asc", generate(1000, 2)))

    @unittest.skipUnless(REAL_FILE, "SOUTH_GERMAN_CREDIT is not set")
    def test_layout_with_real_loans(self) -> None:
        self.check_layout(Path(str(REAL_FILE)))

    def test_lines_are_whole_numbers_that_the_container_can_sniff(self) -> None:
        self.prepare(write(self.folder / "loans.asc", generate(300, 3)))
        for name in ("train", "validation", "test", "holdout"):
            for line in self.file(name).read_text().splitlines():
                self.assertRegex(line, r"^[0-9]+(,[0-9]+)*$")
                # The XGBoost container guesses the delimiter from the first line.
                self.assertEqual(csv.Sniffer().sniff(line[:512]).delimiter, ",")

    def test_one_loan_is_encoded_as_ever(self) -> None:
        path = write(self.folder / "loans.asc", [HEADER, LOAN])
        features, labels = credit_data.encode(credit_data.read_loans(path))
        self.assertEqual(",".join(map(str, features[0].tolist())), ENCODED)
        self.assertEqual(labels.tolist(), [1])

    def test_encoding_of_a_loan_does_not_depend_on_the_others(self) -> None:
        lines = generate(400, 4)
        whole = write(self.folder / "whole.asc", lines)
        everyone, _ = credit_data.encode(credit_data.read_loans(whole))
        order = np.random.default_rng(5).permutation(400)[:7]
        few = write(self.folder / "few.asc", [lines[0], *(lines[1 + row] for row in order)])
        some, _ = credit_data.encode(credit_data.read_loans(few))
        np.testing.assert_array_equal(some, everyone[order])

    def test_columns_may_come_in_another_order(self) -> None:
        lines = generate(50, 6)
        turned = [" ".join(reversed(line.split())) for line in lines]
        np.testing.assert_array_equal(
            credit_data.read_loans(write(self.folder / "a.asc", lines)),
            credit_data.read_loans(write(self.folder / "b.asc", turned)),
        )

    def test_reads_all_files_of_a_folder_and_skips_blank_lines(self) -> None:
        lines = generate(60, 7)
        whole = credit_data.read_loans(write(self.folder / "whole.asc", lines))
        write(self.folder / "in" / "a.asc", [*lines[:21], "", "  "])
        write(self.folder / "in" / "b.asc", [lines[0], "", *lines[21:]])
        np.testing.assert_array_equal(credit_data.read_loans(self.folder / "in"), whole)

    def test_encoder_tells_a_client_how_to_encode(self) -> None:
        path = write(self.folder / "loans.asc", generate(300, 8))
        tables = self.prepare(path)
        encoder = json.loads(self.file("encoder").read_text())
        self.assertEqual(encoder["label"], CONTRACT["label"])
        self.assertEqual(encoder["positive_class"], CONTRACT["favorableLabel"])
        self.assertEqual(encoder["features"], CONTRACT["featureNames"])
        loan = dict(zip(HEADER.split(), generate(300, 8)[1].split()))
        sources = {column["name"]: column["source"] for column in CONTRACT["columns"]}
        features: list[int] = []
        for column in encoder["columns"]:
            value = int(loan[sources[column["name"]]])
            if column["kind"] == "nominal":
                codes = range(column["minimum"], column["maximum"] + 1)
                features += [int(value == code) for code in codes]
            else:
                features.append(value)
        everyone = pandas.concat([tables["train"], tables["validation"], tables["holdout"]])
        self.assertIn(tuple(features), set(sorted_rows(everyone.iloc[:, 1:])))


class SplitTest(StepTest):
    def contents(self, *arguments: object) -> dict[str, bytes]:
        """All files of one run."""
        self.run_well("prepare", "--input", self.folder / "loans.asc", *arguments)
        return {
            str(path.relative_to(self.output)): path.read_bytes()
            for path in self.output.rglob("*")
            if path.is_file()
        }

    def test_same_seed_gives_the_same_files_and_another_seed_others(self) -> None:
        write(self.folder / "loans.asc", generate(300, 9))
        first = self.contents("--seed", 11)
        self.assertEqual(self.contents("--seed", 11), first)
        other = self.contents("--seed", 12)
        for name in ("train/train.csv", "validation/validation.csv", "test/features.csv"):
            self.assertNotEqual(other[name], first[name])

    def test_fractions_set_the_sizes(self) -> None:
        write(self.folder / "loans.asc", generate(400, 10))
        files = self.contents("--test-fraction", 0.3, "--validation-fraction", 0.2)
        sizes = [files[name].count(b"\n") for name in ("train/train.csv", "test/features.csv")]
        self.assertEqual(sizes, [200, 120])


if __name__ == "__main__":
    unittest.main()
