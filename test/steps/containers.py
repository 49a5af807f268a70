"""Containers of jobs: runs what each line of the standard input asks for in a process of its own, and answers with a line.

A process that has loaded the libraries forks, so that a job does not take seconds to load them. There is no root of its own for
a container here: its `/opt/ml` is a folder, which the files of its code and its arguments name already. S3 is a folder of buckets.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import sys
import tarfile
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import matplotlib.figure  # noqa: F401
import numpy as np
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401
import sklearn.model_selection  # noqa: F401
import xgboost
from algorithm import train, transform
from loans import generate, write
from open_aws import FakeAws, refusal

MODEL = "xgboost-model"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Buckets(Mapping[str, bytes]):
    """Objects by URI, each a file below the folder of its bucket, as they are when a job begins."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uris = [f"s3://{path.relative_to(root)}" for path in root.rglob("*") if path.is_file()]

    def __getitem__(self, uri: str) -> bytes:
        path = self.root / uri[len("s3://") :]
        if not path.is_file():
            raise KeyError(uri)
        return path.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self.uris)

    def __len__(self) -> int:
        return len(self.uris)


def run_program(given: dict[str, Any]) -> None:
    """Runs the entry point of a processing job."""
    interpreter, script, *arguments = given["command"]
    assert interpreter == "python3", interpreter
    aws = FakeAws()
    aws.objects = Buckets(Path(given["storage"]))  # type: ignore[assignment]
    for operation in {each["operation"] for each in given["answers"]}:
        aws.answers[operation] = answer_of(operation, given["answers"])
    boto3.client = aws.client
    if not given["plots"]:
        # As where matplotlib is not installed: plots take most of the time.
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    os.environ.clear()
    os.environ.update({**kept, **KEYS, **given["environment"]})
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        Path(given["requests"]).write_text(json.dumps({"requests": aws.requests}))


def answer_of(operation: str, answers: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    """The answer whose request has the same members."""

    def answer(request: dict[str, Any]) -> Any:
        for each in answers:
            if each["operation"] == operation and each["request"].items() <= request.items():
                return each["answer"]
        return refusal("ValidationException", f"{operation}: nothing is known about {json.dumps(request)}")

    return answer


def run_training(given: dict[str, Any]) -> None:
    """Trains, and packs the model as the container does."""
    model = train(Path(given["channels"]), given["hyperparameters"])
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(str(Path(folder) / MODEL))
        with tarfile.open(given["model"], "w:gz") as archive:
            archive.add(Path(folder) / MODEL, MODEL)


def run_transform(given: dict[str, Any]) -> None:
    """Predicts for each line of the files of a folder; with `join`, behind the line itself."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(given["model"]) as archive:
        archive.extract(MODEL, folder)
        model = xgboost.Booster(model_file=str(Path(folder) / MODEL))
    for features in sorted(Path(given["input"]).rglob("*.csv")):
        result = transform(model, features, Path(given["output"]) / f"{features.name}.out")
        if given["join"]:
            pairs = zip(features.read_text().splitlines(), result.read_text().splitlines())
            result.write_text("".join(f"{row},{answer}\n" for row, answer in pairs))


def write_loans(given: dict[str, Any]) -> None:
    """Writes generated loans in the form of the file of loans."""
    write(Path(given["path"]), generate(given["count"], given["seed"]))


KINDS = {"program": run_program, "training": run_training, "transform": run_transform, "loans": write_loans}


def run_in_child(given: dict[str, Any]) -> int:
    """Exit code of a job in a process of its own, whose output goes to a file."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 0
    try:
        log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        KINDS[given["kind"]](given)
    except SystemExit as end:
        code = int(str(end.code or 0))
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Serves until the input ends."""
    # Models of services are cached by the session, which the forked processes get.
    for service in ("s3", "sagemaker"):
        boto3.client(service, region_name="eu-central-1")
    # The first use of a library loads more of it.
    xgboost.DMatrix(np.zeros((1, 1)))
    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps({"code": run_in_child(given)}), flush=True)


if __name__ == "__main__":
    assert shutil.which("python3"), "the entry points of jobs begin with python3"
    main()
