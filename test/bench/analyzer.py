"""How long the checks of the analyzer take over many rows, and the most memory that each needs, on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xgboost

ANALYZER = Path(__file__).resolve().parents[2] / "constructs" / "analyzer" / "steps" / "analyze.py"
CODES, AMOUNTS, WORDS = 12, 5, 3
BASELINE_ROWS = 100_000


def generate(path: Path, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Writes rows of 21 columns: codes, amounts, words and a label; returns the numbers and the label."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 8, (count, CODES))
    amounts = np.round(random.lognormal(7, 1, (count, AMOUNTS)), 2)
    words = np.array(["none", "some", "much", "most", "all"])[random.integers(0, 5, (count, WORDS))]
    chance = 1 / (1 + np.exp(-(codes[:, 0] - codes[:, 1] + np.log(amounts[:, 0]) - 7)))
    label = (random.random(count) < chance).astype(int)
    header = [f"code{n}" for n in range(CODES)] + [f"amount{n}" for n in range(AMOUNTS)]
    header += [f"word{n}" for n in range(WORDS)] + ["label"]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(header) + "\n")
        for row in zip(codes.tolist(), amounts.tolist(), words.tolist(), label.tolist()):
            file.write(",".join(map(str, [*row[0], *row[1], *row[2], row[3]])) + "\n")
    return np.hstack([codes, amounts, random.integers(0, 5, (count, WORDS))]), label


def without_words(source: Path, target: Path, chances: np.ndarray) -> None:
    """The same rows for a model: words as lengths, and with the answers of a model."""
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as file:
        file.write(next(lines).strip() + ",p,c\n")
        for line, chance in zip(lines, chances.tolist()):
            values = line.strip().split(",")
            values[-1 - WORDS : -1] = [str(len(word)) for word in values[-1 - WORDS : -1]]
            file.write(",".join([*values, str(int(chance > 0.5)), str(chance)]) + "\n")


def run(kind: str, output: Path, *arguments: object) -> tuple[float, float, float]:
    """Seconds on the clock and of the processor, and megabytes, of one check."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, ANALYZER, kind, "--output", output, *arguments]
    start = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{kind} failed:\n{errors}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Prints one line for each check, which compares the rows with a baseline of fewer."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {}
        for part, (rows, seed) in {"baseline": (BASELINE_ROWS, 1), "now": (count, 2)}.items():
            numbers, label = generate(folder / f"{part}.csv", rows, seed)
            if part == "baseline":
                matrix = xgboost.DMatrix(numbers[:, : CODES + AMOUNTS], label)
                model = xgboost.train({"objective": "binary:logistic", "max_depth": 6, "nthread": 1}, matrix, 50)
                model.save_model(folder / "model.json")
            answers = model.predict(xgboost.DMatrix(numbers[:, : CODES + AMOUNTS]))
            without_words(folder / f"{part}.csv", folder / f"{part}-scored.csv", answers)
            (folder / f"{part}.out").write_text("\n".join(map(str, answers.tolist())) + "\n")
            files[part] = folder / f"{part}.csv", folder / f"{part}-scored.csv"
        groups = {"code0": [3], "code1": [1, 2]}
        facets = [{"name_or_index": name, "value_or_threshold": values} for name, values in groups.items()]
        config = {"label": "label", "label_values_or_threshold": [1], "facet": facets, "group_variable": "code2"}
        (folder / "config.json").write_text(json.dumps(config))
        configured = ("--analysis-config", folder / "config.json")
        ignored = ",".join([*(f"word{n}" for n in range(WORDS)), "label", "p", "c"])
        columns = ("--ground-truth-attribute", "label", "--inference-attribute", "p", "--probability-attribute", "c")
        print(f"{count:,} rows of {CODES + AMOUNTS + WORDS + 1} columns\n{'':14}{'seconds':>10} {'CPU s':>7} {'MB':>7}")
        for kind, scored, more in (
            ("data-quality", False, lambda part: ()),
            ("model-quality", True, lambda part: ("--problem-type", "BinaryClassification", *columns)),
            ("bias", True, lambda part: (*configured, "--predictions", folder / f"{part}.out")),
            ("attribution", True, lambda part: ("--model", folder / "model.json", "--ignore", ignored)),
        ):
            output = folder / kind
            run(kind, output, "--dataset", files["baseline"][scored], *more("baseline"))
            file = "constraints.json" if kind.endswith("quality") else "analysis.json"
            baseline = ["--baseline-constraints", output / file]
            if kind == "data-quality":
                baseline += ["--baseline-statistics", output / "statistics.json"]
            arguments = ("--dataset", files["now"][scored], *more("now"), *baseline, "--schedule-name", "bench")
            seconds, processor, megabytes = run(kind, folder / f"{kind}-now", *arguments)
            print(f"{kind:14}{seconds:>10.1f} {processor:>7.1f} {megabytes:>7.0f}", flush=True)


if __name__ == "__main__":
    main()
