"""The notebook about a version on trial: its form, and its cells with a stand-in for AWS."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import types
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

NOTEBOOK = Path(__file__).resolve().parents[2] / "lib" / "credit-risk" / "notebooks" / "trial.ipynb"


class Body:
    """What S3 and endpoints answer with."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> bytes:
        return self.text.encode()


class TrialNotebookTest(unittest.TestCase):
    def setUp(self) -> None:
        self.notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text())
        self.cells = self.notebook["cells"]
        self.code = [cell for cell in self.cells if cell["cell_type"] == "code"]

    def test_form(self) -> None:
        self.assertEqual((self.notebook["nbformat"], self.notebook["nbformat_minor"]), (4, 5))
        self.assertEqual(self.notebook["metadata"]["kernelspec"]["name"], "python3")
        self.assertEqual(len({cell["id"] for cell in self.cells}), len(self.cells))
        for cell in self.code:
            self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None))
        tagged = [cell for cell in self.code if cell["metadata"].get("tags") == ["parameters"]]
        self.assertEqual(tagged, self.code[:1])

    def run_cells(self, separator: str, dropped: int = 0) -> str:
        """Runs the cells on 1,200 loans; the endpoint loses the last answers of each request."""
        calls: list[dict[str, Any]] = []

        def invoke(**request: Any) -> dict[str, Body]:
            calls.append(request)
            scores = [line.split(",")[0] for line in request["Body"].splitlines()]
            return {"Body": Body(separator.join(scores[: len(scores) - dropped]))}

        def get(Bucket: str, Key: str) -> dict[str, Body]:
            self.assertEqual((Bucket, Key), ("bucket", "runs/1/test/features.csv"))
            return {"Body": Body("".join(f"{number / 1200},1,2\n" for number in range(1200)))}

        services = {
            "s3": types.SimpleNamespace(get_object=get),
            "sagemaker-runtime": types.SimpleNamespace(invoke_endpoint=invoke),
        }
        boto3 = types.SimpleNamespace(client=services.__getitem__)
        names: dict[str, Any] = {}
        printed = io.StringIO()
        with mock.patch.dict(sys.modules, {"boto3": boto3}), contextlib.redirect_stdout(printed):
            for position, cell in enumerate(self.code):
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
                if position == 0:
                    given = {"endpoint_name", "component_name", "features_uri"}
                    self.assertLessEqual(given, names.keys())
                    names["endpoint_name"], names["component_name"] = "trial", "scores"
                    names["features_uri"] = "s3://bucket/runs/1/test/features.csv"
        self.assertEqual({call["EndpointName"] for call in calls}, {"trial"})
        self.assertEqual({call["InferenceComponentName"] for call in calls}, {"scores"})
        self.assertEqual([len(call["Body"].splitlines()) for call in calls], [500, 500, 200])
        return printed.getvalue()

    def test_answers(self) -> None:
        for separator in (",", "\n"):
            shown = self.run_cells(separator)
            self.assertIn("1200 loans", shown)
            self.assertIn("mean 0.500", shown)
            self.assertIn(" 90 % below 0.9", shown)

    def test_lost_answers(self) -> None:
        with self.assertRaisesRegex(AssertionError, "1200 loans, 1197 scores"):
            self.run_cells(",", dropped=1)


if __name__ == "__main__":
    unittest.main()
