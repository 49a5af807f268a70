"""The first container of the inference pipeline."""

from __future__ import annotations

import unittest
from pathlib import Path

import numpy as np
from loans import generate, write
from support import REAL_FILE, StepTest

import credit_data
import serve_encoder


def answer(body: str | bytes, content_type: str = "text/csv") -> str:
    """One request, as the container handles it."""
    model = serve_encoder.model_fn("/opt/ml/model")
    rows = serve_encoder.predict_fn(serve_encoder.input_fn(body, content_type), model)
    text, mimetype = serve_encoder.output_fn(rows, "text/csv")
    assert mimetype == "text/csv"
    return text


class ServeEncoderTest(StepTest):
    def check(self, path: Path) -> None:
        """The features of raw applications are those that the model was trained on."""
        applications = credit_data.read_loans(path, credit_data.APPLICATION_COLUMNS)
        body = "\n".join(",".join(map(str, row)) for row in applications.tolist())
        features, _ = credit_data.encode(credit_data.read_loans(path))
        answered = np.array([line.split(",") for line in answer(body).splitlines()], dtype=int)
        self.assertTrue(np.array_equal(answered, features))

    def test_features_are_those_of_training(self) -> None:
        self.check(write(self.folder / "in" / "loans.asc", generate(50, seed=9)))

    @unittest.skipUnless(REAL_FILE, "the real file of loans is not given")
    def test_features_of_the_real_loans(self) -> None:
        self.check(Path(REAL_FILE or ""))

    LOAN = "1,18,4,2,1049,1,2,4,2,1,4,2,21,3,1,1,3,2,1,2"

    def test_bytes_blank_lines_and_parameters_of_the_type_make_no_difference(self) -> None:
        once = answer(self.LOAN)
        self.assertEqual(answer(f"\n{self.LOAN}\r\n\n".encode(), "text/csv; charset=utf-8"), once)
        self.assertEqual(answer(f"{self.LOAN}\n{self.LOAN}"), once * 2)

    def test_refuses_what_the_model_does_not_know(self) -> None:
        cases = {
            "9" + self.LOAN[1:]: "line 1: 'status' must be a whole number between 1 and 4, got: 9",
            self.LOAN + ",1": "line 1 must have 20 values, got: 21",
            self.LOAN.replace("1049", "1e3"): (
                "line 1: 'amount' must be a whole number between 1 and 1000000, got: 1e3"
            ),
        }
        for body, message in cases.items():
            with self.subTest(message), self.assertRaises(ValueError) as failure:
                answer(body)
            self.assertEqual(str(failure.exception), message)
        with self.assertRaisesRegex(ValueError, "^content type must be text/csv, got: text/plain$"):
            answer(self.LOAN, "text/plain")
