"""What batch transform jobs capture: manifests by hour, and the objects that they list."""

from __future__ import annotations

import json
import unittest
from typing import Any
from uuid import UUID

from open_captures import LABELS, RUN, CaptureTest, truth

CAPTURED = "s3://captures/transform"
DATA, RESULTS = "s3://data/in", "s3://results/out"
TIME = "2026-03-01T10:00:00Z"


def identity(number: int) -> str:
    return str(UUID(int=number))


class TransformTest(CaptureTest):
    ARGUMENTS = ("--captured-data", CAPTURED, *RUN)

    def job(self, hour: str, files: dict[str, tuple[str, str]], name: str = "job.json", folder: str = "") -> None:
        """What a job reads, writes and captures: input and output by file."""
        for kind, place, ending, part in (("input", DATA, "", 0), ("output", RESULTS, ".out", 1)):
            manifest: list[Any] = [{"prefix": f"{place}/{folder}"}]
            for file, contents in files.items():
                self.aws.objects[f"{place}/{folder}{file}{ending}"] = contents[part].encode()
                manifest.append(file + ending)
            self.aws.objects[f"{CAPTURED}/{kind}/{hour}/{name}"] = json.dumps(manifest, indent=1).encode()

    def statistics(self, form: str, *more: object) -> dict[str, Any]:
        self.check("data-quality", "out", *self.ARGUMENTS, "--transform-format", form, *more)
        return {each["name"]: each for each in self.read("out/statistics.json")["features"]}

    def sums(self, form: str, *more: object) -> dict[str, float]:
        found = self.statistics(form, *more)
        return {name: each["numerical_statistics"]["sum"] for name, each in found.items()}

    def test_rows_of_all_files_of_the_window(self) -> None:
        self.job("2026/03/01/00", {"a.csv": ("1,2\n3,4\n", "0.5\n0.25\n"), "b.csv": ("5,6", "0.125")})
        self.job("2026/03/01/23", {"c.csv": ("7,8", "0")})
        self.job("2026/03/02/00", {"d.csv": ("100,100", "100")})
        self.job("2026/02/28/23", {"e.csv": ("100,100", "100")})
        self.assertEqual(self.sums("csv"), {"_c0": 0.875, "_c1": 16, "_c2": 20})
        self.assertEqual(self.summary()["item_count"], 4)

    def test_each_hour_belongs_to_one_run_although_runs_start_within_hours(self) -> None:
        for hour in range(5):
            self.job(f"2026/03/01/{hour:02}", {f"{hour}.csv": (str(10**hour), "0")})
        seen = []
        for hour in (2, 3, 4):
            window = ("--run-time", f"2026-03-01T{hour:02}:17:00Z", "--start-offset-minutes", "60")
            self.ARGUMENTS = ("--captured-data", CAPTURED, *window, "--end-offset-minutes", "0")
            seen.append(self.sums("csv")["_c1"])
        self.assertEqual(seen, [10, 100, 1000])

    def test_a_header_is_no_row_with_or_without_one_in_the_output(self) -> None:
        self.job("2026/03/01/10", {"a.csv": ("x,y\n1,2\n", "0.5"), "b.csv": ("x,y\n3,4\n", "chance\n0.5\n")})
        self.assertEqual(self.sums("csv-with-header"), {"_c0": 1, "_c1": 4, "_c2": 6})

    def test_json(self) -> None:
        given = '{"x": 1}\n{"x": 2}\n'
        answers = '{"p": 3, "SageMakerInferenceId": "i", "SageMakerInferenceTime": "t"}\n{"p": 4}\n'
        self.job("2026/03/01/10", {"a.jsonl": (given, answers)})
        self.assertEqual(self.sums("json-lines"), {"p": 7, "x": 3})
        self.job("2026/03/01/10", {"a.jsonl": ('[{"x": 1}, {"x": 2}]', '[{"p": 3}, {"p": 4}]')})
        self.assertEqual(self.sums("json"), {"p": 7, "x": 3})

    def test_labels_by_the_identities_of_the_job(self) -> None:
        results = "".join(f"{place % 2},{identity(place)},{TIME}\n" for place in range(10))
        self.job("2026/03/01/10", {"a.csv": ("1,2\n" * 10, results)})
        self.aws.objects[f"{LABELS}/2026/03/01/20/x.jsonl"] = "".join(
            json.dumps(truth(identity(place), str(place % 2))) + "\n" for place in range(8)
        ).encode()
        arguments = (*self.ARGUMENTS, "--transform-format", "csv", "--ground-truth", LABELS)
        quality = ("--problem-type", "MulticlassClassification", "--inference-attribute", "0")
        self.check("model-quality", "out", *arguments, *quality)
        self.assertEqual((self.summary()["item_count"], self.summary()["unlabelled_count"]), (8, 2))
        metrics = self.read("out/statistics.json")["multiclass_classification_metrics"]
        self.assertEqual(metrics["accuracy"]["value"], 1)
        results = "".join(
            json.dumps({"kind": place % 2, "SageMakerInferenceId": identity(place), "SageMakerInferenceTime": TIME})
            for place in range(1)
        )
        self.job("2026/03/01/10", {"a.csv": ('{"x": 1}', results)})
        arguments = (*self.ARGUMENTS, "--transform-format", "json-lines", "--ground-truth", LABELS)
        self.check("model-quality", "out", *arguments, *quality[:3], "kind")
        self.assertEqual(self.summary()["item_count"], 1)

    def test_identities_are_no_column_of_data_quality(self) -> None:
        self.job("2026/03/01/10", {"a.csv": ("1,2\n", f"0.5, {identity(1)},{TIME}\n")})
        self.assertEqual(self.sums("csv"), {"_c0": 0.5, "_c1": 1, "_c2": 2})

    def test_a_preprocessor_sees_each_row(self) -> None:
        self.job("2026/03/01/10", {"a.csv": ('"1,5",2\n3,4\n', f"0.5,{identity(1)},{TIME}\n1,{identity(2)},{TIME}\n")})
        script = self.folder / "script.py"
        script.write_text(
            "def preprocess_handler(record):\n"
            "    answer = record.batch_transform_output.data\n"
            "    return {'first': record.endpoint_input.data.split(',')[0], 'p': answer,\n"
            "            'id': record.event_metadata.event_id[-1]}\n"
        )
        found = self.statistics("csv", "--record-preprocessor", script)
        texts = found["first"]["string_statistics"]["distribution"]["categorical"]["buckets"]
        self.assertEqual({each["value"] for each in texts}, {'"1', "3"})
        sums = {name: found[name]["numerical_statistics"]["sum"] for name in ("p", "id")}
        self.assertEqual(sums, {"p": 1.5, "id": 3})

    def test_jobs_of_an_hour_with_files_of_the_same_names(self) -> None:
        self.job("2026/03/01/10", {"a.csv": ("1", "10")}, "one.json", "one/")
        self.job("2026/03/01/10", {"a.csv": ("2", "20")}, "two.json", "two/")
        self.assertEqual(self.sums("csv"), {"_c0": 30, "_c1": 3})
        objects = self.aws.objects
        objects[f"{CAPTURED}/output/2026/03/01/10/x.json"] = objects.pop(f"{CAPTURED}/output/2026/03/01/10/one.json")
        message = "manifest x.json: must have one manifest of its inputs in the same hour, has 2"
        self.refused(message, "data-quality", *self.ARGUMENTS, "--transform-format", "csv")
        # Under any name, a manifest with all the files is the one.
        del objects[f"{CAPTURED}/input/2026/03/01/10/two.json"], objects[f"{CAPTURED}/output/2026/03/01/10/two.json"]
        self.assertEqual(self.sums("csv"), {"_c0": 10, "_c1": 1})

    def test_what_is_no_manifest_is_refused(self) -> None:
        uri = f"{CAPTURED}/output/2026/03/01/10/job.json"
        self.aws.objects[uri] = b'{"prefix": 1}'
        result = self.analyze("data-quality", "refused", *self.ARGUMENTS, "--transform-format", "csv")
        self.assertIn(f"{uri}: must be a manifest, a list of a prefix and names, ", result.stderr)
        self.assertEqual(result.code, 1)

    def test_a_missing_object_is_refused(self) -> None:
        self.job("2026/03/01/10", {"a.csv": ("1", "10")})
        del self.aws.objects[f"{RESULTS}/a.csv.out"]
        message = (
            f"{RESULTS}/a.csv.out: must be read: An error occurred (NoSuchKey) when calling the GetObject operation: "
            "No such key"
        )
        self.refused(message, "data-quality", *self.ARGUMENTS, "--transform-format", "csv")

    def test_no_job_in_the_window_is_no_data(self) -> None:
        self.job("2026/03/02/00", {"a.csv": ("1", "10")})
        self.check("data-quality", "out", *self.ARGUMENTS, "--transform-format", "csv")
        self.assertEqual(self.summary()["outcome"], "NoData")


if __name__ == "__main__":
    unittest.main()
