"""Captured requests of an endpoint: which are read, in which form, and which are left out."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

from open_aws import PAGE
from open_captures import CAPTURED, FEATURES, RUN, CaptureTest, base64_of, part, record

ROOT = Path(__file__).resolve().parents[2]


class CapturedTest(CaptureTest):
    ARGUMENTS = ("--captured-data", CAPTURED, *RUN)

    def features_in(self, *more: object) -> dict[str, Any]:
        """Statistics of captured data, by column."""
        self.check("data-quality", "out", *self.ARGUMENTS, *more)
        return {each["name"]: each for each in self.read("out/statistics.json")["features"]}

    def values_in(self, *more: object) -> dict[str, list[float]]:
        """Least value, greatest value and number of values of the columns of numbers."""
        found = self.features_in(*more)
        numbers = {name: each["numerical_statistics"] for name, each in found.items() if "numerical_statistics" in each}
        return {name: [each["min"], each["max"], each["common"]["num_present"]] for name, each in numbers.items()}

    def baseline(self, first: int, count: int, names: tuple[str, ...] = FEATURES) -> list[Any]:
        """A baseline of the training data."""
        rows = [dict(zip(names, values)) for values in self.features[first : first + count]]
        self.check("data-quality", "baseline", "--dataset", self.write("training.csv", rows))
        folder = self.folder / "baseline"
        files = {"--baseline-statistics": "statistics.json", "--baseline-constraints": "constraints.json"}
        return [each for option, name in files.items() for each in (option, folder / name)]

    def test_columns_are_the_answer_and_the_request_in_the_order_of_model_monitor(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1,2\n", "0.5"), record("b", "3,4\n", "0.25\n")])
        self.assertEqual(self.values_in(), {"_c0": [0.25, 0.5, 2], "_c1": [1, 3, 2], "_c2": [2, 4, 2]})
        self.assertEqual(
            self.summary(),
            {
                "violation_count": 0,
                "outcome": "Completed",
                "item_count": 2,
                "broken_count": 0,
                "unlabelled_count": 0,
            },
        )
        self.assertEqual(set(self.aws.regions), {"eu-central-1"})

    def test_real_loans_are_compared_with_the_columns_of_the_baseline(self) -> None:
        baseline = self.baseline(0, 500)
        self.capture("2026/03/01/10", self.asked(500, 250))
        self.capture("2026/03/01/11", self.asked(750, 250))
        self.assertEqual(self.check("data-quality", "out", *self.ARGUMENTS, *baseline), [])
        self.assertEqual(self.summary()["item_count"], 500)
        self.assertEqual(list(self.features_in(*baseline)), list(FEATURES))
        shifted = self.asked(500, 500)
        for each in shifted:
            values = each["captureData"]["endpointInput"]["data"].split(",")
            values[3] = str(int(values[3]) + 10)
            each["captureData"]["endpointInput"]["data"] = ",".join(values)
        self.aws.objects.clear()
        self.capture("2026/03/01/10", shifted)
        (found,) = self.check("data-quality", "out", *self.ARGUMENTS, *baseline)
        self.assertEqual((found["feature_name"], found["constraint_check_type"]), ("alter", "baseline_drift_check"))

    def test_a_baseline_with_the_answer_has_the_answer_first(self) -> None:
        rows = [dict(zip(("chance", *FEATURES), ["0.5", *values])) for values in self.features[:50]]
        self.check("data-quality", "baseline", "--dataset", self.write("training.csv", rows))
        statistics, constraints = (self.folder / "baseline" / f"{name}.json" for name in ("statistics", "constraints"))
        self.capture("2026/03/01/10", self.asked(0, 3))
        found = self.features_in("--baseline-statistics", statistics, "--baseline-constraints", constraints)
        self.assertEqual(list(found), ["chance", *FEATURES])

    def test_one_column_too_many_is_a_violation(self) -> None:
        baseline = self.baseline(0, 100)
        self.capture("2026/03/01/10", [record("a", ",".join([*self.features[0], "7", "8"]), "0.5")])
        found = self.check("data-quality", "out", *self.ARGUMENTS, *baseline)
        extra = [each["feature_name"] for each in found if each["constraint_check_type"] == "extra_column_check"]
        self.assertEqual(extra, ["_c4", "_c5"])
        self.capture("2026/03/01/10", [record("a", ",".join(self.features[0][:2]), None)])
        found = self.check("data-quality", "out", *self.ARGUMENTS, *baseline)
        missing = [each["feature_name"] for each in found if each["constraint_check_type"] == "missing_column_check"]
        self.assertEqual(missing, ["hoehe", "alter"])

    def test_the_window_has_its_start_and_not_its_end_of_all_variants(self) -> None:
        self.capture("2026/02/28/23", [record("a", "1", None, "2026-02-28T23:59:59Z")])
        self.capture("2026/02/28/23", [record("b", "2", None, "2026-03-01T00:00:00Z")], name="59-50-b.jsonl")
        self.capture("2026/03/01/23", [record("c", "3", None, "2026-03-01T23:59:59.999Z")], "Shadow")
        self.capture("2026/03/02/00", [record("d", "4", None, "2026-03-02T00:00:00Z")])
        self.capture("2026/03/01/05", [record("e", "5", None, None)])
        self.capture("2026/03/02/00", [record("f", "6", None, None)], name="00-01-f.jsonl")
        self.assertEqual(self.values_in(), {"_c0": [2, 5, 3]})

    def test_only_hours_of_the_window_are_listed_page_by_page(self) -> None:
        for name in range(2 * PAGE + 1):
            self.capture("2026/03/01/10", [record("a", str(name), None)], name=f"{name:02}-00-a.jsonl")
        self.aws.objects[f"{CAPTURED}-other/AllTraffic/2026/03/01/10/x.jsonl"] = b"broken"
        arguments = ("--run-time", "2026-03-01T12:17:00+00:00", "--start-offset-minutes", "180")
        self.ARGUMENTS = ("--captured-data", f"{CAPTURED}/", *arguments, "--end-offset-minutes", "60")
        self.assertEqual(self.values_in(), {"_c0": [0, 4, 5]})
        listed = {given["prefix"] for given in self.aws.made("ListObjectsV2")}
        hours = {f"loans/endpoint-1/AllTraffic/2026/03/01/{hour:02}/" for hour in (8, 9, 10, 11)}
        self.assertEqual(listed, {"loans/endpoint-1/", *hours})

    def test_requests_of_the_analyzer_itself_are_no_data(self) -> None:
        own = record("a", "9", None, inferenceId="open-monitor-attribution")
        self.capture("2026/03/01/10", [own, record("b", "1", None, inferenceId="other")])
        self.assertEqual(self.values_in(), {"_c0": [1, 1, 1]})

    def test_several_rows_in_one_request(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1,2\n3,4\n", "0.5\n0.25\n"), record("b", "5,6\n7,8", "0.1,0.2")])
        self.assertEqual(self.values_in(), {"_c0": [0.1, 0.5, 4], "_c1": [1, 7, 4], "_c2": [2, 8, 4]})

    def test_encodings(self) -> None:
        as_json = "application/json"
        records = [
            record("a", part('{"x": 1, "y": "u"}', "JSON", as_json), None),
            record("b", part(base64_of('{"x": 2, "y": null}'), "BASE64", as_json), None),
            record("c", part('{"x": 3, "y": "v"}\n{"x": 4}\n', "JSON", "application/jsonlines"), None),
        ]
        self.capture("2026/03/01/10", records)
        found = self.features_in()
        self.assertEqual(found["x"]["numerical_statistics"]["sum"], 10)
        self.assertEqual(found["y"]["string_statistics"]["common"], {"num_present": 2, "num_missing": 2})
        self.capture("2026/03/01/10", [record("a", part(base64_of("1,2\n"), "BASE64"), "0.5")])
        self.assertEqual(self.values_in(), {"_c0": [0.5, 0.5, 1], "_c1": [1, 1, 1], "_c2": [2, 2, 1]})
        self.capture("2026/03/01/10", [record("a", part('{"in": {"rows": [[1, 2], [3, 4]]}}', "JSON"), None)])
        self.assertEqual(self.values_in("--features-attribute", "in.rows"), {"_c0": [1, 3, 2], "_c1": [2, 4, 2]})

    def test_a_few_broken_lines_are_left_out_and_counted(self) -> None:
        records: list[Any] = [record(str(place), str(place), None) for place in range(200)]
        records[7:9] = ["{", '{"captureData": 1}']
        self.capture("2026/03/01/10", records)
        self.assertEqual(self.values_in(), {"_c0": [0, 199, 198]})
        self.assertEqual((self.summary()["item_count"], self.summary()["broken_count"]), (198, 2))

    def test_too_many_broken_lines_are_refused_with_their_places(self) -> None:
        records: list[Any] = [record(str(place), str(place), None) for place in range(100)]
        records[3] = record("x", part("AQ", "PARQUET"), None)
        records[5] = record("y", part("AQ", "BASE64"), None)
        self.capture("2026/03/01/10", records)
        path = f"{CAPTURED}/AllTraffic/2026/03/01/10/00-00-a.jsonl"
        message = (
            f"{path}:4: encoding must be CSV, JSON or BASE64, got: PARQUET\n"
            f"{path}:6: data must be text in BASE64, Incorrect padding"
        )
        self.refused(message, "data-quality", *self.ARGUMENTS)
        self.capture("2026/03/01/10", ["{"] * 30)
        result = self.analyze("data-quality", "refused", *self.ARGUMENTS)
        self.assertEqual(result.code, 1)
        self.assertIn("\nand 20 more problems\n", result.stderr)
        self.capture("2026/03/01/10", [record("a", "1,2", "0.5"), *[record("b", "1,2,3", "0.5")] * 2])
        self.analyze("data-quality", "refused", *self.ARGUMENTS)
        self.assertEqual((self.folder / "message").read_text().count("must have 3 values, got: 4"), 2)

    def script(self, text: str) -> list[Any]:
        path = self.folder / "preprocessor.py"
        path.write_text(text)
        return ["--record-preprocessor", path]

    def test_the_preprocessor_of_the_loans_works_unchanged(self) -> None:
        baseline = self.baseline(0, 500)
        batches = [
            record(f"e{first}", "\n".join(map(",".join, self.features[first : first + 2])) + "\n", "0.1\n0.2\n")
            for first in range(500, 1000, 2)
        ]
        self.capture("2026/03/01/10", batches)
        script = ROOT / "lib" / "credit-risk" / "monitoring" / "features_only.py"
        arguments = (*self.ARGUMENTS, *baseline, "--record-preprocessor", script)
        self.assertEqual(self.check("data-quality", "out", *arguments), [])
        self.assertEqual([each["name"] for each in self.read("out/statistics.json")["features"]], list(FEATURES))
        self.assertEqual(self.summary()["item_count"], 500)

    def test_preprocessors_of_the_guide(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1,-1", "0.5\n"), record("b", "3,4", "0.25\n")])
        text = """def preprocess_handler(inference_record):
    input_data = inference_record.endpoint_input.data
    output_data = inference_record.endpoint_output.data.rstrip("\\n")
    data = output_data + "," + input_data
    return {str(i).zfill(20): d for i, d in enumerate(data.split(","))}
"""
        self.assertEqual(self.values_in(*self.script(text))["_c2"], [-1, 4, 2])
        text = """def preprocess_handler(inference_record):
    if inference_record.event_metadata.event_id == "b":
        return []
    return {i: None if x == "-1" else x for i, x in enumerate(inference_record.endpoint_input.data.split(","))}
"""
        found = self.features_in(*self.script(text))
        self.assertEqual(found["_c1"]["string_statistics"]["common"], {"num_present": 0, "num_missing": 1})
        text = """def preprocess_handler(inference_record, logger):
    logger.info(f"I'm a processing record: {inference_record}")
    inference_record.endpoint_input.data = "8,9"
    return inference_record
"""
        self.assertEqual(self.values_in(*self.script(text))["_c1"], [8, 8, 2])

    def test_named_columns_of_a_preprocessor_go_by_name(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1,2", None)])
        text = "def preprocess_handler(record):\n    return {'y': record.event_version, 'x': 5}\n"
        self.assertEqual(self.values_in(*self.script(text)), {"y": [0, 0, 1], "x": [5, 5, 1]})

    def test_a_failing_preprocessor_is_refused(self) -> None:
        self.capture("2026/03/01/10", [record("a", "1,2", None)])
        where = f"{CAPTURED}/AllTraffic/2026/03/01/10/00-00-a.jsonl:1"
        arguments = (*self.ARGUMENTS, *self.script("def preprocess_handler(record):\n    return record.data\n"))
        message = f"{where}: record preprocessor: AttributeError(\"'CapturedData' object has no attribute 'data'\")"
        self.refused(message, "data-quality", *arguments)
        arguments = (*self.ARGUMENTS, *self.script("def preprocess_handler(record):\n    return 3\n"))
        self.refused(f"{where}: record preprocessor must return dictionaries, got: int", "data-quality", *arguments)
        arguments = (*self.ARGUMENTS, *self.script("x = 1\n"))
        message = "preprocessor.py: must have a function 'preprocess_handler'"
        self.refused(message, "data-quality", *arguments)

    def test_captured_files_as_a_data_set_and_in_a_folder(self) -> None:
        folder = self.folder / "input"
        folder.mkdir()
        (folder / "a.jsonl").write_text(json.dumps(record("a", "1,2", "3")) + "\n")
        self.check("data-quality", "out", "--dataset", folder, "--dataset-format", "captured", "--headers", "p,x,y")
        self.assertEqual([each["name"] for each in self.read("out/statistics.json")["features"]], ["p", "x", "y"])
        place = folder / "AllTraffic" / "2026" / "03" / "01" / "10"
        place.mkdir(parents=True)
        (folder / "a.jsonl").rename(place / "a.jsonl")
        self.check("data-quality", "out", "--captured-data", folder, *RUN)
        self.assertEqual(self.summary()["item_count"], 1)
        self.assertEqual(self.aws.requests, [])


if __name__ == "__main__":
    unittest.main()
