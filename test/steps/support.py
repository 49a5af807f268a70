"""Running the steps as SageMaker runs them, and XGBoost as its container runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from algorithm import train, transform

STEPS = Path(__file__).resolve().parents[2] / "lib" / "credit-risk" / "steps"
CONTRACT: dict[str, Any] = json.loads(Path(os.environ["CREDIT_RISK_CONTRACT"]).read_text())
REAL_FILE = os.environ.get("SOUTH_GERMAN_CREDIT")

sys.path.insert(0, str(STEPS))

__all__ = ["CONTRACT", "REAL_FILE", "STEPS", "Result", "StepTest", "train", "transform", "written"]


@dataclass(frozen=True)
class Result:
    """Exit code of a step and what it printed as errors."""

    code: int
    stderr: str


class StepTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "output"

    def run_step(self, name: str, *arguments: object) -> Result:
        """Runs one step in this process (a new one takes seconds to import scikit-learn)."""
        printed = io.StringIO()
        command = [str(part) for part in self.command(name, *arguments)]
        code = 0
        with mock.patch.object(sys, "argv", command), contextlib.redirect_stderr(printed):
            try:
                runpy.run_path(command[0], run_name="__main__")
            except SystemExit as error:
                code = int(str(error.code))
        return Result(code, printed.getvalue())

    def run_process(self, name: str, *arguments: object) -> Result:
        """Runs one step in a process of its own, as SageMaker does."""
        command = [sys.executable, *map(str, self.command(name, *arguments))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Result(done.returncode, done.stderr)

    def command(self, name: str, *arguments: object) -> list[object]:
        """Script and arguments of one step, which writes below `self.output`."""
        return [STEPS / f"{name}.py", "--output", self.output, *arguments]

    def run_well(self, name: str, *arguments: object) -> None:
        """Runs one step, which must succeed."""
        result = self.run_step(name, *arguments)
        self.assertEqual(result.code, 0, result.stderr)

    def assert_refused(self, message: str, name: str, *arguments: object) -> None:
        """Runs one step, which must fail with this message and write nothing."""
        note = self.folder / "message"
        result = self.run_step(name, "--exit-message-file", note, *arguments)
        self.assertEqual(result.code, 1, result.stderr)
        self.assertIn(f"{name}.py: {message}\n", result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(note.read_text(), message)
        self.assertEqual(written(self.output), [])


def written(folder: Path) -> list[str]:
    """All files and folders below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
