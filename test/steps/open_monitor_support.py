"""Tables for the open monitor, and running it as a job does."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import runpy
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from loans import generate
from support import REAL_FILE, Result, StepTest

ANALYZER = Path(__file__).resolve().parents[2] / "constructs" / "analyzer" / "steps"
sys.path.insert(0, str(ANALYZER))

WORDS = {"1": "none", "2": "some", "3": "much", "4": "most", "5": "all"}


def loan_rows() -> list[dict[str, str]]:
    """The real loans where they are given, else as many generated ones, in random order; savings in words."""
    lines = Path(REAL_FILE).read_text().splitlines() if REAL_FILE else generate(1000, seed=4)
    header = lines[0].split()
    rows = [dict(zip(header, line.split())) for line in lines[1:] if line.strip()]
    for row in rows:
        row["sparkont"] = WORDS[row["sparkont"]]
    return [rows[place] for place in np.random.default_rng(7).permutation(len(rows))]


class MonitorTest(StepTest):
    def write(self, name: str, rows: list[dict[str, Any]]) -> Path:
        """Writes rows as CSV with a header."""
        path = self.folder / name
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def analyze(self, kind: str, output: str, *arguments: object) -> Result:
        """Runs one check."""
        printed = io.StringIO()
        command = [str(ANALYZER / "analyze.py"), kind, "--output", str(self.folder / output)]
        command += ["--exit-message-file", str(self.folder / "message"), *map(str, arguments)]
        code = 0
        with mock.patch.object(sys, "argv", command), contextlib.redirect_stderr(printed):
            try:
                runpy.run_path(command[0], run_name="__main__")
            except SystemExit as error:
                code = int(str(error.code))
        return Result(code, printed.getvalue())

    def check(self, kind: str, output: str, *arguments: object) -> list[dict[str, str]]:
        """Runs one check, which must succeed, and returns its violations."""
        result = self.analyze(kind, output, *arguments)
        self.assertEqual(result.code, 0, result.stderr)
        folder = self.folder / output
        path = folder / "constraint_violations.json"
        found = json.loads(path.read_text())["violations"] if path.exists() else []
        summary = json.loads((folder / "summary.json").read_text())
        self.assertEqual(summary["violation_count"], len(found))
        self.assertEqual(summary["outcome"] == "CompletedWithViolations", bool(found), summary)
        message = (self.folder / "message").read_text()
        self.assertTrue(message.startswith("CompletedWithViolations" if found else "Completed:"), message)
        return found

    def read(self, path: str) -> dict[str, Any]:
        """A file that a check has written."""
        content: dict[str, Any] = json.loads((self.folder / path).read_text())
        return content

    def refused(self, message: str, kind: str, *arguments: object) -> None:
        """Runs one check, which must fail with this message and write nothing."""
        result = self.analyze(kind, "refused", *arguments)
        self.assertEqual((result.code, (self.folder / "message").read_text()), (1, message))
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse((self.folder / "refused").exists())


def validate(value: Any, schema: dict[str, Any], where: str = "$") -> None:
    """Raises unless a value is as a JSON schema (of the few words used here) has it."""
    types = {"object": dict, "array": list, "string": str, "number": (int, float), "boolean": bool}
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
        return
    kind = schema["type"]
    assert isinstance(value, types[kind]) and isinstance(value, bool) == (kind == "boolean"), f"{where}: no {kind}"
    if kind == "object":
        missing = set(schema["required"]) - set(value)
        unknown = set(value) - set(schema["properties"])
        assert not missing and not unknown, f"{where}: lacks {missing}, has {unknown}"
        for name, each in value.items():
            validate(each, schema["properties"][name], f"{where}.{name}")
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
        assert least <= len(value) <= most, f"{where}: has {len(value)} items"
        for place, each in enumerate(value):
            validate(each, schema["items"], f"{where}[{place}]")
