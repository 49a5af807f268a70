"""The steps of batch scoring behind the transform: decisions, and their way to the readers."""

from __future__ import annotations

import hashlib
import json
import unittest
from pathlib import Path

import pandas
from loans import generate, write
from support import CONTRACT, REAL_FILE, StepTest, written


class DecideTest(StepTest):
    def encoded(self, path: Path) -> Path:
        """Features as the encode step writes them."""
        self.run_well("encode", "--input", path, "--output", self.folder / "encoded")
        return self.folder / "encoded" / "features" / CONTRACT["encodeFiles"]["features"]

    def scored(self, applications: Path, probabilities: list[str]) -> list[object]:
        """What the transform job makes of them, and the arguments that name both."""
        lines = applications.read_text().splitlines()
        path = self.folder / "scores" / "features.csv.out"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line},{score}\n" for line, score in zip(lines, probabilities)))
        return ["--applications", applications, "--scores", path.parent]

    def check(self, path: Path) -> None:
        """Every application gets the decision that its score asks for, in all three forms."""
        applications = self.encoded(path)
        count = len(applications.read_text().splitlines())
        scores = [repr(round((index * 0.37) % 1, 6)) for index in range(count)]
        self.run_well("decide", *self.scored(applications, scores))
        files = [f"{output}/{name}" for output, name in CONTRACT["decideFiles"].items()]
        self.assertEqual(written(self.output), sorted([*CONTRACT["decideFiles"], *files]))

        features = pandas.read_csv(applications, header=None).to_numpy().tolist()
        decisions = pandas.read_csv(self.output / files[0])
        names = list(CONTRACT["scoredColumns"].values())[1:]
        self.assertEqual(list(decisions.columns), [*CONTRACT["featureNames"], *names])
        self.assertEqual(decisions[CONTRACT["featureNames"]].to_numpy().tolist(), features)
        self.assertEqual(decisions["probability"].tolist(), [float(score) for score in scores])
        expected = [int(float(score) >= 0.5) for score in scores]
        self.assertEqual(decisions["prediction"].tolist(), expected)
        self.assertEqual(set(expected), {0, 1})
        pandas.testing.assert_frame_equal(pandas.read_csv(self.output / files[1]), decisions[names])
        outcomes = pandas.read_csv(self.output / files[2], header=None).to_numpy().tolist()
        self.assertEqual(outcomes, [[label, *row] for label, row in zip(expected, features)])
        self.assertEqual(len(outcomes[0]), len(CONTRACT["datasetHeaders"]))

    def test_decisions_of_generated_applications(self) -> None:
        self.check(write(self.folder / "in" / "loans.asc", generate(60, seed=1)))

    @unittest.skipUnless(REAL_FILE, "the real file of loans is not given")
    def test_decisions_of_the_real_loans(self) -> None:
        self.check(Path(REAL_FILE or ""))

    def test_threshold(self) -> None:
        applications = self.encoded(write(self.folder / "in" / "loans.asc", generate(3, seed=1)))
        arguments = self.scored(applications, ["0.29", "0.3", "0.31"])
        self.run_well("decide", *arguments, "--threshold", "0.3")
        answers = (self.output / "answers" / "answers.csv").read_text()
        self.assertEqual(answers, "prediction,probability\n0,0.29\n1,0.3\n1,0.31\n")

    def test_refuses_scores_that_do_not_belong_to_the_applications(self) -> None:
        applications = self.encoded(write(self.folder / "in" / "loans.asc", generate(3, seed=1)))
        first = applications.read_text().splitlines()[0]
        too_few = self.scored(applications, ["0.1", "0.2"])
        self.assert_refused(
            "features.csv.out: must have one line for each of 3 applications, got: 2", "decide", *too_few
        )
        for score in ("1.5", "nan", "yes"):
            with self.subTest(score):
                arguments = self.scored(applications, ["0.1", score, "0.2"])
                message = f"must end with a probability between 0 and 1, got: {score}"
                self.assert_refused(f"features.csv.out:2: {message}", "decide", *arguments)
        arguments = self.scored(applications, ["0.1", "0.2", "0.3"])
        path = self.folder / "scores" / "features.csv.out"
        path.write_text("".join(f"{first},0.5\n" for _ in range(3)))
        result = self.run_step("decide", *arguments)
        self.assertEqual(result.code, 1)
        self.assertIn(f"features.csv.out:2: must begin with its application, got: {first[:40]}", result.stderr)

    def test_refuses_no_applications(self) -> None:
        for name in ("features.csv", "scores.csv"):
            (self.folder / name).write_text("")
        arguments = ["--applications", self.folder / "features.csv", "--scores", self.folder / "scores.csv"]
        self.assert_refused("features.csv: must hold applications, is empty", "decide", *arguments)


class HandOverTest(StepTest):
    def setUp(self) -> None:
        super().setUp()
        self.decisions = self.folder / "decisions"
        self.decisions.mkdir()
        self.arguments = ["--decisions", self.decisions, "--execution", "e-1"]

    def test_copies_the_file_as_it_is_and_describes_it(self) -> None:
        content = b"age,prediction\n30,1\n40,0\n"
        (self.decisions / "decisions.csv").write_bytes(content)
        self.run_well("hand_over", *self.arguments)
        self.assertEqual(written(self.output), ["decisions.csv", "manifest.json"])
        self.assertEqual((self.output / "decisions.csv").read_bytes(), content)
        note = json.loads((self.output / "manifest.json").read_text())
        digest = hashlib.sha256(content).hexdigest()
        files = {"decisions.csv": {"rows": 2, "bytes": len(content), "sha256": digest}}
        self.assertEqual(note, {"execution": "e-1", "files": files})

    def test_refuses_nothing(self) -> None:
        self.assert_refused(
            f"{self.decisions}: must hold decisions, found none", "hand_over", *self.arguments
        )
        (self.decisions / "decisions.csv").write_text("")
        self.assert_refused(
            "decisions.csv: must hold decisions, is empty", "hand_over", *self.arguments
        )


if __name__ == "__main__":
    unittest.main()
