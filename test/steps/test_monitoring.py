"""The record preprocessor of the data quality monitor, on captured requests as Model Monitor hands them over."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lib" / "credit-risk" / "monitoring"))

from features_only import preprocess_handler  # noqa: E402

def captured(data: str) -> SimpleNamespace:
    """A captured request as the analyzer presents it."""
    return SimpleNamespace(
        endpoint_input=SimpleNamespace(encoding="CSV", data=data),
        endpoint_output=SimpleNamespace(encoding="CSV", data="0.7\n"),
    )


class RecordPreprocessor(unittest.TestCase):
    def test_leaves_the_answer_of_the_model_out(self) -> None:
        self.assertEqual(preprocess_handler(captured("1,18,4")), [{"000": "1", "001": "18", "002": "4"}])

    def test_gives_one_record_for_each_loan_of_a_request(self) -> None:
        records = preprocess_handler(captured("1,2\n3,4\n"))
        self.assertEqual(records, [{"000": "1", "001": "2"}, {"000": "3", "001": "4"}])

    def test_names_sort_in_the_order_of_the_columns(self) -> None:
        (record,) = preprocess_handler(captured(",".join(str(value) for value in range(120))))
        self.assertEqual([record[name] for name in sorted(record)], [str(value) for value in range(120)])

    def test_an_empty_request_gives_no_record(self) -> None:
        self.assertEqual(preprocess_handler(captured("\n")), [])


if __name__ == "__main__":
    unittest.main()
