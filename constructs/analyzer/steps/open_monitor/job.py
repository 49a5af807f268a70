"""What all checks share: failing with a message, and writing all files or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SHOWN_PROBLEMS = 10
EXIT_MESSAGE_LIMIT = 1024


class DataError(Exception):
    """Input that a check refuses, with one message for each problem."""

    def __init__(self, *problems: str) -> None:
        shown = list(problems[:SHOWN_PROBLEMS])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more problems")
        super().__init__("\n".join(shown))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of JSON, or in the one file of a folder."""
    file = only_file(path)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{file.name}: must be JSON, {error}") from error
    if not isinstance(content, dict):
        raise DataError(f"{file.name}: must be a JSON object, got: {type(content).__name__}")
    return content


def only_file(path: Path) -> Path:
    """The one file of a folder, or the file itself."""
    files = list_files(path)
    if len(files) != 1:
        raise DataError(f"{path}: must hold one file, found {len(files) or 'none'}")
    return files[0]


def list_files(path: Path) -> list[Path]:
    """All files below a folder by name, or the file itself."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def write_json(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Writes an object; not-a-number is no JSON and must not get this far."""
    text = json.dumps(content, indent=2, allow_nan=False)
    (folder / name).write_text(text + "\n", encoding="utf-8")


def write_results(
    output: Path,
    files: dict[str, dict[str, Any]],
    violations: list[dict[str, str]] | None,
    summary: dict[str, Any],
    baseline: dict[str, dict[str, Any]],
    texts: dict[str, str] | None = None,
) -> str:
    """Writes the files of a check, its summary, the baseline of later checks and other texts.

    Returns the message of the job.

    The messages are those of Model Monitor:
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-outputs.html
    """
    count = len(violations or [])
    outcome = "CompletedWithViolations" if count else "Completed"
    with outputs(output) as folder:
        for name, content in files.items():
            write_json(folder, name, content)
        if violations is not None:
            head = {"version": "1.0"} if "analysis.json" in files else {}
            write_json(folder, "constraint_violations.json", {**head, "violations": violations})
        for name, text in (texts or {}).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "baseline").mkdir()
        for name, content in baseline.items():
            write_json(folder / "baseline", name, content)
        # A pipeline's condition reads a number, and cannot count the entries of a list.
        write_json(folder, "summary.json", {"violation_count": count, "outcome": outcome, **summary})
    if count:
        return f"CompletedWithViolations: Job completed successfully with {count} violations."
    return "Completed: Job completed successfully with no violations."


def leave_exit_message(path: Path, message: str) -> None:
    """Leaves a message where DescribeProcessingJob reads its ExitMessage."""
    if path.parent.is_dir():
        shortened = message.encode("utf-8")[:EXIT_MESSAGE_LIMIT].decode("utf-8", errors="ignore")
        path.write_text(shortened, encoding="utf-8")


@contextmanager
def outputs(folder: Path) -> Iterator[Path]:
    """A scratch folder whose files move to the output folder when the block ends well."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-") as name:
        scratch = Path(name)
        yield scratch
        # What an earlier run found is not what this one has.
        (folder / "constraint_violations.json").unlink(missing_ok=True)
        for path in folder.glob("metrics/*.json"):
            path.unlink()
        for path in sorted(path for path in scratch.rglob("*") if path.is_file()):
            place = folder / path.relative_to(scratch)
            place.parent.mkdir(parents=True, exist_ok=True)
            # Files of an earlier run in the same folder are replaced.
            shutil.move(str(path), str(place))
