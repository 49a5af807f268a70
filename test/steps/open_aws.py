"""S3 and SageMaker as the analyzer sees them: real clients, whose requests are answered here and never sent."""

from __future__ import annotations

import io
import json
import os
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator

PAGE = 2
"""Objects in a page of a listing, so that each longer one has several."""


class Raw(io.BytesIO):
    """The body of an answer."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


class FakeAws:
    """Objects by URI, answers by operation, and the requests that came; an answer can be a function of the request.

    botocore checks the requests, as it always does, and here the answers, too, by its model of the service.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.answers: dict[str, Any] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.regions: list[str | None] = []
        self.unchecked: set[str] = set()
        self._client = boto3.client

    def start(self, test: unittest.TestCase) -> FakeAws:
        """Answers everything during a test."""
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}
        for patch in (mock.patch.dict(os.environ, keys), mock.patch.object(boto3, "client", self.client)):
            patch.start()
            test.addCleanup(patch.stop)
        return self

    def client(self, service: str, region_name: str | None = None) -> Any:
        self.regions.append(region_name)
        client = self._client(service, region_name=region_name)
        respond = self.respond_s3 if service == "s3" else self.respond_json

        def handle(request: Any, event_name: str, **_: Any) -> AWSResponse:
            return respond(request, client, event_name.rsplit(".", 1)[-1])

        client.meta.events.register(f"before-send.{service}", handle)
        return client

    def respond_s3(self, request: Any, client: Any, operation: str) -> AWSResponse:
        url = urlsplit(request.url)
        bucket = url.netloc.split(".")[0]
        path = unquote(url.path).lstrip("/")
        if url.netloc.startswith("s3."):
            bucket, _, path = path.partition("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.requests.append((operation, {"Bucket": bucket, "Key": path, **query}))
        if operation == "GetObject":
            content = self.objects.get(f"s3://{bucket}/{path}")
            if content is None:
                return answer(request, 404, b"<Error><Code>NoSuchKey</Code><Message>No such key</Message></Error>")
            return answer(request, 200, content)
        return answer(request, 200, self.listing(bucket, query).encode())

    def listing(self, bucket: str, query: dict[str, str]) -> str:
        """A page of a listing, as S3 writes it."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        entries: dict[str, str] = {}
        for uri in sorted(self.objects):
            key = uri[len(f"s3://{bucket}/") :]
            if not uri.startswith(f"s3://{bucket}/{prefix}"):
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folder = prefix + rest.split(delimiter)[0] + delimiter
                entries[folder] = f"<CommonPrefixes><Prefix>{quote(folder)}</Prefix></CommonPrefixes>"
            else:
                entries[key] = f"<Contents><Key>{quote(key)}</Key><Size>1</Size></Contents>"
        start = int(query.get("continuation-token", "0"))
        page = list(entries.values())[start : start + PAGE]
        more = start + PAGE < len(entries)
        token = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if more else ""
        head = f"<Name>{escape(bucket)}</Name><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
        encoding = "<EncodingType>url</EncodingType>"
        return f"<ListBucketResult>{head}{encoding}{''.join(page)}</ListBucketResult>"

    def respond_json(self, request: Any, client: Any, operation: str) -> AWSResponse:
        model = client.meta.service_model.operation_model(operation)
        if operation == "InvokeEndpoint":
            given: dict[str, Any] = {"Body": request.body.decode(), "Url": request.url}
            given.update({name.lower(): decoded(value) for name, value in request.headers.items()})
        else:
            given = json.loads(request.body)
        self.requests.append((operation, given))
        content = self.answers[operation]
        content = content(given) if isinstance(content, Callable) else content
        if isinstance(content, AWSResponse):
            return content
        if isinstance(content, bytes):
            return answer(request, 200, content, {"Content-Type": "text/csv; charset=utf-8"})
        if operation not in self.unchecked:
            report = ParamValidator().validate(content, model.output_shape)
            assert not report.has_errors(), report.generate_report()
        return answer(request, 200, json.dumps(content).encode())

    def made(self, operation: str) -> list[dict[str, Any]]:
        """Requests of an operation."""
        return [given for name, given in self.requests if name == operation]


def decoded(value: Any) -> str:
    """A header."""
    return value.decode() if isinstance(value, bytes) else str(value)


def answer(request: Any, status: int, content: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
    """An answer of the service."""
    length = {"Content-Length": str(len(content))}
    return AWSResponse(getattr(request, "url", ""), status, {**length, **(headers or {})}, Raw(content))


def refusal(code: str, message: str) -> AWSResponse:
    """An error of SageMaker."""
    return answer(None, 400, json.dumps({"__type": code, "message": message}).encode())
