"""What the analyzer asks SageMaker: baselines of approved versions, artifacts of models, answers of endpoints."""

from __future__ import annotations

import io
import json
import os
import tarfile
import unittest
from typing import Any
from unittest import mock

import numpy as np
import xgboost
from open_aws import refusal
from open_captures import CAPTURED, FEATURES, RUN, CaptureTest, record

from open_monitor import aws
from open_monitor.predictions import REQUEST_ROWS, endpoint_function
from open_monitor.registry import Registry, download
from open_monitor.store import Store

ARN = "arn:aws:sagemaker:eu-central-1:111122223333"
GROUP = ("--model-package-group-name", "loans")
CONTENT = "application/json"


class RegistryTest(CaptureTest):
    def version(self, number: int, **more: Any) -> dict[str, Any]:
        """A version of the group, as DescribeModelPackage has it."""
        return {
            "ModelPackageName": "loans",
            "ModelPackageArn": f"{ARN}:model-package/loans/{number}",
            "CreationTime": 1772323200 + number,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            **more,
        }

    def approve(self, **baselines: Any) -> None:
        """Has the group answer with an approved version behind an empty page."""
        known = ("ModelPackageName", "ModelPackageArn", "CreationTime", "ModelPackageStatus")
        summary = {name: self.version(7)[name] for name in known}
        empty, last = {"ModelPackageSummaryList": [], "NextToken": "more"}, {"ModelPackageSummaryList": [summary]}
        pages = {None: empty, "more": last}
        self.aws.answers["ListModelPackages"] = lambda given: pages[given.get("NextToken")]
        self.aws.answers["DescribeModelPackage"] = self.version(7, **baselines)

    def place(self, name: str, content: Any) -> dict[str, str]:
        """A file of a baseline."""
        self.aws.objects[f"s3://registry/{name}"] = json.dumps(content).encode()
        return {"ContentType": CONTENT, "S3Uri": f"s3://registry/{name}"}

    def loans(self, name: str, first: int, count: int) -> Any:
        rows = [dict(zip(FEATURES, values)) for values in self.features[first : first + count]]
        return self.write(name, rows)

    def approve_data_quality(self) -> None:
        self.check("data-quality", "made", "--dataset", self.loans("training.csv", 0, 500))
        files = {
            name.capitalize(): self.place(f"{name}.json", self.read(f"made/{name}.json"))
            for name in ("statistics", "constraints")
        }
        self.approve(DriftCheckBaselines={"ModelDataQuality": files})

    def test_data_is_checked_against_the_latest_approved_version(self) -> None:
        self.approve_data_quality()
        data = ("--dataset", self.loans("other.csv", 500, 500))
        self.assertEqual(self.check("data-quality", "out", *data, *GROUP), [])
        self.assertEqual(
            [given for _, given in self.aws.requests if "ModelPackageGroupName" in given],
            [
                {
                    "ModelPackageGroupName": "loans",
                    "ModelApprovalStatus": "Approved",
                    "SortBy": "CreationTime",
                    "SortOrder": "Descending",
                    **token,
                }
                for token in ({}, {"NextToken": "more"})
            ],
        )
        self.assertEqual(self.aws.made("DescribeModelPackage"), [{"ModelPackageName": f"{ARN}:model-package/loans/7"}])
        for name in ("statistics", "constraints"):
            self.assertEqual(self.read(f"out/baseline/{name}.json"), self.read(f"made/{name}.json"))
        self.assertEqual(self.check("data-quality", "out", "--dataset", self.loans("two.csv", 500, 2), *GROUP), [])

    def test_files_in_the_input_win(self) -> None:
        self.approve_data_quality()
        files = [self.folder / "made" / f"{name}.json" for name in ("statistics", "constraints")]
        arguments = ("--baseline-statistics", files[0], "--baseline-constraints", files[1])
        self.aws.requests.clear()
        self.check("data-quality", "out", "--dataset", self.loans("other.csv", 500, 500), *GROUP, *arguments)
        self.assertEqual(self.aws.requests, [])

    def test_without_a_baseline_the_check_is_refused_unless_it_is_skipped(self) -> None:
        data = ("--dataset", self.loans("data.csv", 0, 100))
        message = (
            "model package group loans: must have an approved version with a baseline of data-quality; "
            "give a baseline, or skip the check of the first version"
        )
        self.approve()
        self.refused(message, "data-quality", *data, *GROUP)
        self.approve(DriftCheckBaselines={"ModelDataQuality": {"Constraints": self.place("c.json", {"features": []})}})
        self.refused(message, "data-quality", *data, *GROUP)
        self.aws.answers["ListModelPackages"] = {"ModelPackageSummaryList": []}
        self.refused(message, "data-quality", *data, *GROUP)
        self.check("data-quality", "out", *data, *GROUP, "--skip-check", "True")
        self.assertEqual(self.summary()["outcome"], "Skipped")
        self.assertEqual(self.read("out/baseline/constraints.json"), self.read("out/constraints.json"))

    def test_a_refusal_of_the_service_says_what_it_was_for(self) -> None:
        self.aws.answers["ListModelPackages"] = lambda _: refusal("AccessDeniedException", "not authorized")
        message = (
            "model package group loans: An error occurred (AccessDeniedException) when calling the ListModelPackages "
            "operation: not authorized"
        )
        self.refused(message, "data-quality", "--dataset", self.loans("data.csv", 0, 100), *GROUP)

    def test_bias_has_a_file_for_each_stage(self) -> None:
        rows = [{**dict(zip(FEATURES, self.features[p])), "good": self.labels[p]} for p in range(400, 1000)]
        answers = self.folder / "answers"
        answers.write_text("".join(f"{chance}\n" for chance in self.chances[400:]))
        data = ("--dataset", self.write("labelled.csv", rows), "--dataset-format", "csv-with-header")
        arguments = (*data, *self.config(), "--predictions", answers)
        self.check("bias", "made", *arguments)
        made = self.read("made/analysis.json")
        stages = {
            f"{name}TrainingConstraints": self.place(
                f"{name}.json", {"version": "1.0", f"{key}_training_bias_metrics": made[f"{key}_training_bias_metrics"]}
            )
            for name, key in (("Pre", "pre"), ("Post", "post"))
        }
        self.approve(DriftCheckBaselines={"Bias": stages})
        self.assertEqual(self.check("bias", "out", *arguments, *GROUP, "--comparison-method", "Simple"), [])
        self.assertEqual(self.read("out/baseline/analysis.json"), made)
        answers.write_text("".join(f"{chance if old else 0}\n" for chance, old in zip(self.chances[400:], self.old())))
        found = {each["metric_name"] for each in self.check("bias", "out", *arguments, *GROUP)}
        self.assertIn("DPPL", found)
        self.assertNotIn("DPL", found)

    def test_a_check_of_one_stage_of_bias_has_its_metrics_and_its_baseline_alone(self) -> None:
        rows = [{**dict(zip(FEATURES, self.features[p])), "good": self.labels[p]} for p in range(400, 1000)]
        answers = self.folder / "answers"
        answers.write_text("".join(f"{chance}\n" for chance in self.chances[400:]))
        data = ("--dataset", self.write("labelled.csv", rows), "--dataset-format", "csv-with-header")
        both = self.config()
        self.check("bias", "made", *data, *both, "--predictions", answers)
        made = self.read("made/analysis.json")
        files = {f"{name}TrainingConstraints": self.place(f"{name}.json", made) for name in ("Pre", "Post")}
        for stage in ("pre", "post"):
            name = f"{stage}_training_bias"
            config = self.config(methods={name: {"methods": "all"}})
            self.approve(DriftCheckBaselines={"Bias": files})
            self.check("bias", stage, *data, *config, "--predictions", answers, *GROUP)
            found = self.read(f"{stage}/analysis.json")
            self.assertEqual(set(found), {"version", f"{name}_metrics"})
            metrics = [each[f"{name}_metrics"]["facets"]["alter"][0]["metrics"] for each in (found, made)]
            self.assertEqual(*[[(each["name"], each["value"]) for each in group] for group in metrics])
            other = {"pre": "PostTrainingConstraints", "post": "PreTrainingConstraints"}[stage]
            self.approve(DriftCheckBaselines={"Bias": {other: files[other]}})
            message = (
                "model package group loans: must have an approved version with a baseline of bias; "
                "give a baseline, or skip the check of the first version"
            )
            self.refused(message, "bias", *data, *config, "--predictions", answers, *GROUP)
        config = self.config(methods={"post_training_bias": {"methods": "all"}})
        self.refused("post_training_bias needs predictions, or a model", "bias", *data, *config)

    def old(self) -> list[bool]:
        return [int(values[3]) > 30 for values in self.features[400:]]

    def archive(self, uri: str = "s3://models/model.tar.gz") -> None:
        """The model of the loans as a training job leaves it."""
        path = self.folder / "xgboost-model.json"
        self.model.save_model(str(path))
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as file:
            file.add(path, "xgboost-model")
        self.aws.objects[uri] = packed.getvalue()

    def describe(self, **containers: Any) -> None:
        self.aws.answers["DescribeModel"] = {
            "ModelName": "loans-1",
            "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Serving",
            "CreationTime": 1772323200,
            "ModelArn": f"{ARN}:model/loans-1",
            **containers,
        }

    def test_quality_and_bias_of_a_model_that_predicts_now(self) -> None:
        self.archive()
        self.describe(PrimaryContainer={"ModelDataUrl": "s3://models/model.tar.gz"})
        places = range(400, 1000)
        rows = [{"good": self.labels[p], **dict(zip(FEATURES, self.features[p]))} for p in places]
        data = ("--dataset", self.write("labelled.csv", rows), "--dataset-format", "csv-with-header")
        model = ("--model-name", "loans-1")
        quality = ("--problem-type", "BinaryClassification", "--ground-truth-attribute", "good")
        self.check("model-quality", "out", *data, *quality, *model)
        self.assertEqual(self.aws.made("DescribeModel"), [{"ModelName": "loans-1"}])
        found = self.read("out/statistics.json")["binary_classification_metrics"]
        truth = np.array(self.labels[400:], dtype=int)
        self.assertAlmostEqual(found["accuracy"]["value"], ((self.chances[400:] > 0.5) == truth).mean())
        self.check("bias", "out", *data, *self.config(probability_threshold=0.7), *model)
        metrics = self.read("out/analysis.json")["post_training_bias_metrics"]["facets"]["alter"][0]["metrics"]
        answers, old = self.chances[400:] > 0.7, np.array(self.old())
        values = {each["name"]: each["value"] for each in metrics}
        self.assertAlmostEqual(values["DPPL"], answers[~old].mean() - answers[old].mean())

    def test_attributions_of_captured_requests(self) -> None:
        self.archive()
        self.describe(Containers=[{"ModelDataUrl": "s3://models/model.tar.gz"}])
        self.capture("2026/03/01/10", self.asked(0, 50))
        arguments = ("--captured-data", CAPTURED, *RUN, "--model-name", "loans-1", *self.config())
        self.check("attribution", "out", *arguments)
        (label,) = self.read("out/analysis.json")["explanations"]["kernel_shap"].values()
        contributions = self.model.predict(xgboost.DMatrix(self.numbers[:50]), pred_contribs=True)
        expected = dict(zip(FEATURES, np.abs(contributions[:, :-1]).mean(axis=0)))
        self.assertEqual(list(label["global_shap_values"]), list(FEATURES))
        for name, value in expected.items():
            self.assertAlmostEqual(label["global_shap_values"][name], value, places=5)
        self.capture("2026/03/01/10", [record("a", "1,2,3,4,5", "0")])
        where = f"{CAPTURED}/AllTraffic/2026/03/01/10/00-00-a.jsonl:1"
        self.refused(f"{where}: must have 4 values, got: 5", "attribution", *arguments)

    def test_artifacts_of_a_model_that_is_made_of_a_version(self) -> None:
        self.describe(PrimaryContainer={"ModelPackageName": f"{ARN}:model-package/loans/7"})
        container = {"Image": "image", "ModelDataUrl": "s3://models/seven.tar.gz"}
        inference = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
        specification = {**inference, "SupportedResponseMIMETypes": ["text/csv"]}
        self.aws.answers["DescribeModelPackage"] = self.version(7, InferenceSpecification=specification)
        self.assertEqual(Registry().artifacts("loans-1"), "s3://models/seven.tar.gz")

    def test_members_that_this_botocore_does_not_know_are_read(self) -> None:
        source = {"S3Uri": "s3://models/seven", "S3DataType": "S3Prefix", "CompressionType": "None"}
        self.aws.unchecked.add("DescribeModel")
        self.describe(PrimaryContainer={"Image": "image", "ModelDataSource": {"S3DataSource": source}})
        self.assertEqual(Registry().artifacts("loans-1"), "s3://models/seven/")
        source["S3DataType"] = "S3Object"
        self.assertEqual(Registry().artifacts("loans-1"), "s3://models/seven")
        self.aws.objects.update({"s3://models/seven/a/xgboost-model": b"1", "s3://models/seven-b/x": b"2"})
        download(Store(), "s3://models/seven/", self.folder)
        self.assertEqual((self.folder / "a" / "xgboost-model").read_bytes(), b"1")
        message = "s3://models/none/: must hold the artifacts of a model, is empty"
        with self.assertRaisesRegex(Exception, f"^{message}$"):
            download(Store(), "s3://models/none/", self.folder)
        # As botocore 1.20.52 of the container parses it.
        answer = mock.Mock(status_code=200, content=b'{"A": [{"B": 1, "C": {"D": 2}}, {"B": 3}], "E": null, "F": [4]}')
        parsed = {"A": [{"B": 1, "C": {}}, {"B": 3}], "G": 5}
        aws.complete(http_response=answer, parsed=parsed)
        self.assertEqual(parsed, {"A": [{"B": 1, "C": {"D": 2}}, {"B": 3}], "G": 5, "F": [4]})

    def test_a_pipeline_of_containers_has_no_model_to_predict_with(self) -> None:
        self.describe(Containers=[{"ModelDataUrl": "s3://models/a.tar.gz"}, {"ModelDataUrl": "s3://models/b.tar.gz"}])
        self.assertIsNone(Registry().artifacts("loans-1"))
        arguments = ("--dataset", self.loans("data.csv", 0, 10), "--model-name", "loans-1")
        self.refused("the model must have one container with artifacts", "attribution", *arguments)
        message = "the model must have one container with the artifacts of an XGBoost model"
        quality = ("--problem-type", "Regression", "--ground-truth-attribute", "alter")
        self.refused(message, "model-quality", *arguments, *quality)

    def test_an_endpoint_is_asked_in_csv(self) -> None:
        self.aws.answers["InvokeEndpoint"] = lambda given: "".join(
            f"{sum(float(value or 0) for value in line.split(','))},7\n" for line in given["Body"].split("\n")
        ).encode()
        rows = np.arange(2.0 * (REQUEST_ROWS + 1)).reshape(-1, 2)
        rows[0, 0] = np.nan
        found = endpoint_function("loans-live", None)(rows)
        np.testing.assert_array_equal(found[:, 0], np.nansum(rows, axis=1))
        self.assertEqual(found.shape, (len(rows), 2))
        first, second = self.aws.made("InvokeEndpoint")
        self.assertTrue(first["Body"].startswith(",1.0\n2.0,3.0\n"))
        self.assertEqual(second["Body"], f"{2.0 * REQUEST_ROWS},{2.0 * REQUEST_ROWS + 1}")
        self.assertTrue(first["Url"].endswith("/endpoints/loans-live/invocations"))
        self.assertEqual(first["content-type"], "text/csv")
        self.assertEqual(first["x-amzn-sagemaker-inference-id"], "open-monitor-attribution")
        np.testing.assert_array_equal(endpoint_function("loans-live", "1")(rows), np.full((len(rows), 1), 7))

    def test_an_endpoint_that_answers_no_numbers_is_refused(self) -> None:
        for answer in (b"a\n", b"1\n2\n"):
            self.aws.answers["InvokeEndpoint"] = answer
            with self.assertRaisesRegex(Exception, "^endpoint loans-live: must answer "):
                endpoint_function("loans-live", None)(np.ones((1, 2)))

    def test_the_region_is_that_of_the_job(self) -> None:
        config = self.folder / "processingjobconfig.json"
        arn = "arn:aws-cn:sagemaker:cn-north-1:111122223333:processing-job/x"
        config.write_text(json.dumps({"ProcessingJobArn": arn}))
        with mock.patch.object(aws, "JOB", config):
            self.assertEqual(aws.region(), "eu-central-1")
            with mock.patch.dict(os.environ):
                del os.environ["AWS_REGION"]
                os.environ.pop("AWS_DEFAULT_REGION", None)
                self.assertEqual(aws.region(), "cn-north-1")


if __name__ == "__main__":
    unittest.main()
