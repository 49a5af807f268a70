"""Clients of AWS, whose answers are whole whatever the version of the library."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .job import DataError

JOB = Path("/opt/ml/config/processingjobconfig.json")


def client(service: str) -> Any:
    """A client of a service in the job's region. boto3 is imported here, as a run on files needs none of it."""
    import boto3

    made = boto3.client(service, region_name=region())
    if service == "sagemaker":
        made.meta.events.register("after-call.sagemaker", complete)
    return made


def region() -> str | None:
    """The region, which boto3 looks for in AWS_DEFAULT_REGION only; a processing job can be sure of its ARN."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if os.environ.get(name):
            return os.environ[name]
    if JOB.exists():
        return str(json.loads(JOB.read_text(encoding="utf-8"))["ProcessingJobArn"]).split(":")[3]
    return None


def complete(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Adds the members of an answer that this version of the library does not know, and so has dropped.

    The container has botocore 1.20.52; DescribeModelPackage has DriftCheckBaselines since 1.23.18, and DescribeModel
    has ModelDataSource since 1.29.158. Answers are JSON, so what was sent can be read without a model of it.
    """
    if http_response.status_code >= 300:
        return
    for name, value in json.loads(http_response.content).items():
        add_unknown(parsed, name, value)


def add_unknown(parsed: dict[str, Any], name: str, value: Any) -> None:
    """Adds a value where there is none, also within values that are there."""
    if name not in parsed:
        # botocore leaves out what is null, too.
        if value is not None:
            parsed[name] = value
        return
    known = parsed[name]
    pairs = [(known, value)]
    if isinstance(known, list) and isinstance(value, list):
        pairs = list(zip(known, value))
    for had, sent in pairs:
        if isinstance(had, dict) and isinstance(sent, dict):
            for inner, each in sent.items():
                add_unknown(had, inner, each)


def call(what: str, operation: Any, **parameters: Any) -> Any:
    """Calls an operation; a refusal says what it was for."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**parameters)
    except (BotoCoreError, ClientError) as error:
        raise DataError(f"{what}: {error}") from error
