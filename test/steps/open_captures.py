"""Captured records and labels in the documented form, made of loans."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import xgboost
from open_aws import FakeAws
from open_monitor_support import MonitorTest, loan_rows

CAPTURED = "s3://captures/loans/endpoint-1"
LABELS = "s3://labels/loans"
RUN = ("--run-time", "2026-03-02T00:00:00Z", "--start-offset-minutes", "1440", "--end-offset-minutes", "0")
"""All of the first of March."""

FEATURES = ("laufkont", "laufzeit", "hoehe", "alter")


def part(data: str, encoding: str = "CSV", content_type: str = "text/csv") -> dict[str, str]:
    """A request or an answer."""
    return {"observedContentType": content_type, "mode": "INPUT", "data": data, "encoding": encoding}


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def record(
    identity: str, request: Any, answer: Any, moment: str | None = "2026-03-01T10:00:00Z", **metadata: str
) -> dict[str, Any]:
    """A captured record; texts are CSV."""
    parts = {"endpointInput": request, "endpointOutput": answer}
    capture = {
        name: part(each) if isinstance(each, str) else each for name, each in parts.items() if each is not None
    }
    time = {"inferenceTime": moment} if moment else {}
    return {
        "captureData": capture,
        "eventMetadata": {"eventId": identity, **time, **metadata},
        "eventVersion": "0",
    }


def truth(identity: str, data: str) -> dict[str, Any]:
    """An uploaded label."""
    return {
        "groundTruthData": {"data": data, "encoding": "CSV"},
        "eventMetadata": {"eventId": identity},
        "eventVersion": "0",
    }


def lines(records: list[Any]) -> bytes:
    """JSON Lines; texts stay as they are."""
    return "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records).encode()


class CaptureTest(MonitorTest):
    """Loans, a model of them, and an account that captures its requests."""

    def setUp(self) -> None:
        super().setUp()
        self.aws = FakeAws().start(self)
        rows = loan_rows()
        self.features = [[row[name] for name in FEATURES] for row in rows]
        self.numbers = np.array(self.features, dtype=float)
        self.labels = [row["kredit"] for row in rows]
        matrix = xgboost.DMatrix(self.numbers[:400], [int(label) for label in self.labels[:400]])
        self.model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, matrix, 20)
        self.chances = self.model.predict(xgboost.DMatrix(self.numbers))

    def capture(self, hour: str, records: list[Any], variant: str = "AllTraffic", name: str = "00-00-a.jsonl") -> None:
        """Lays captured records down."""
        self.aws.objects[f"{CAPTURED}/{variant}/{hour}/{name}"] = lines(records)

    def upload(self, hour: str, records: list[Any], name: str = "labels.jsonl") -> None:
        """Uploads labels."""
        self.aws.objects[f"{LABELS}/{hour}/{name}"] = lines(records)

    def asked(self, first: int, count: int) -> list[dict[str, Any]]:
        """Captured requests of one loan each."""
        return [
            record(f"event-{place}", ",".join(self.features[place]), str(self.chances[place]))
            for place in range(first, first + count)
        ]

    def summary(self) -> dict[str, Any]:
        return self.read("out/summary.json")

    def config(self, **more: Any) -> list[Any]:
        """The configuration of a bias check, as a monitor renders it."""
        content = {
            "headers": [*FEATURES, "good"],
            "label": "good",
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "alter", "value_or_threshold": [30]}],
            **more,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps(content))
        return ["--analysis-config", path]
