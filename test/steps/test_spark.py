"""The Spark step, with SQLite in the place of Spark: see pyspark/sql."""

from __future__ import annotations

import csv
import unittest
from pathlib import Path

from loans import generate, write
from support import CONTRACT, REAL_FILE, StepTest

import credit_data


class SparkTest(StepTest):
    def command(self, name: str, *arguments: object) -> list[object]:
        return [*super().command(name, *arguments)[:1], "--to", self.output, *arguments]

    def rows(self, part: str) -> list[tuple[int, ...]]:
        files = sorted((self.output / part).glob("part-*.csv"))
        lines = [line for path in files for line in path.read_text().splitlines()]
        return [tuple(map(int, row)) for row in csv.reader(lines)]

    def check(self, path: Path) -> None:
        """Spark's columns are those of NumPy, in the same order, and no loan is lost."""
        self.run_well("encode_with_spark", "--input", path)
        features, labels = credit_data.encode(credit_data.read_loans(path))
        expected = [(label, *row) for label, row in zip(labels.tolist(), features.tolist())]
        self.assertEqual(sorted(self.rows("train") + self.rows("validation")), sorted(expected))
        share = len(self.rows("validation")) / len(expected)
        self.assertAlmostEqual(share, 0.15, delta=0.06)

    def test_encodes_as_the_single_machine_does(self) -> None:
        self.check(write(self.folder / "in" / "loans.asc", generate(500, seed=5)))

    @unittest.skipUnless(REAL_FILE, "the real file of loans is not given")
    def test_encodes_the_real_loans_as_the_single_machine_does(self) -> None:
        self.check(Path(REAL_FILE or ""))

    def test_columns_have_the_names_that_typescript_has(self) -> None:
        import encode_with_spark

        names = [column.split(" AS ")[-1] for column in encode_with_spark.encoded_columns()]
        self.assertEqual(names, CONTRACT["datasetHeaders"])

    def test_every_instance_gets_a_file(self) -> None:
        path = write(self.folder / "in" / "loans.asc", generate(100, seed=6))
        self.run_well("encode_with_spark", "--input", path, "--files", 3)
        self.assertEqual(len(list((self.output / "train").glob("part-*.csv"))), 3)
        self.run_well("encode_with_spark", "--input", path, "--files", 3, "--seed", 2)

    def test_reads_through_the_connector_of_the_container(self) -> None:
        import encode_with_spark

        self.assertEqual(encode_with_spark.s3a("s3://bucket/s3://key"), "s3a://bucket/s3://key")
        self.assertEqual(encode_with_spark.s3a("/opt/ml"), "/opt/ml")

    def refuse(self, message: str, lines: list[str]) -> None:
        path = write(self.folder / "in" / "loans.asc", lines)
        self.assert_refused(message.replace("IN", str(path)), "encode_with_spark", "--input", path)

    def test_values_out_of_range(self) -> None:
        header, *loans = generate(10, seed=7)
        broken = ["9 " + line.split(maxsplit=1)[1] for line in loans[:3]]
        words = loans[3].rsplit(maxsplit=1)[0] + " good"
        self.refuse(
            "column 'laufkont' (status) must be between 1 and 4, got: 3 loans with another value\n"
            "column 'kredit' (credit_risk) must be between 0 and 1, got: 1 loans with another value",
            [header, *broken, words, *loans[4:]],
        )

    def test_no_loans(self) -> None:
        self.refuse("IN: must hold loans, holds none", generate(1, seed=8)[:1])
