"""Reading what a check looks at: a data set, or captured records with the labels that belong to them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .arguments import PREDICTED
from .captured import Event, endpoint_events, events_in, transform_events
from .dataset import default_names, read_table
from .job import list_files
from .labels import labels_for, read_labels
from .payload import Broken, Payload, Predicted, Row, features_of, predictions_of, row_of, rows_in
from .scripts import load_preprocessor
from .store import Store
from .table import Column, Columns
from .tally import Tally
from .window import Window

LABEL, INFERENCE, PROBABILITY = "label", "inference", "probability"


@dataclass(frozen=True)
class Data:
    """Columns of the data; of captured records the label, the inference and the probability are apart from them."""

    table: dict[str, Column]
    apart: dict[str, Column] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(next(iter({**self.table, **self.apart}.values())).texts)


def read_data(given: argparse.Namespace, store: Store, names: Sequence[str], tally: Tally) -> Data | None:
    """The data, or None if there is none in the window. Names are those of the columns that captured requests have."""
    if given.captured_data is None and given.dataset_format != "captured":
        return Data(read_table(given.dataset, given.headers, given.dataset_format, given.features_attribute))
    preprocess = load_preprocessor(given.record_preprocessor) if given.record_preprocessor else None
    labels: dict[str, list[str]] | None = None
    if given.captured_data is None:
        files = ((str(file.name), file.read_bytes()) for file in list_files(given.dataset))
        events = events_in(files, lambda *_: True, preprocess, tally)
    else:
        window = Window.of(given)
        if getattr(given, "ground_truth", None):
            uploaded = Tally()
            labels = read_labels(store, given.ground_truth, window, uploaded)
            uploaded.check()
            tally.broken_before = uploaded.broken
        if given.transform_format:
            events = transform_events(store, given.captured_data, window, given.transform_format, preprocess, tally)
        else:
            events = endpoint_events(store, given.captured_data, window, preprocess, tally)
    collector = Collector(given, given.headers or names, labels, tally)
    collector.collect(events)
    tally.check()
    return collector.data()


class Collector:
    """Turns events into columns, as the kind of check needs them."""

    def __init__(
        self, given: argparse.Namespace, names: Sequence[str], labels: dict[str, list[str]] | None, tally: Tally
    ) -> None:
        self.kind = given.kind
        self.attribute = given.features_attribute
        self.inference = getattr(given, "inference_attribute", None)
        self.probability = getattr(given, "probability_attribute", None)
        self.labels = labels
        self.tally = tally
        self.columns = Columns(names)
        wanted = {LABEL: labels is not None}
        if given.kind in PREDICTED:
            wanted.update({INFERENCE: self.inference is not None, PROBABILITY: self.probability is not None})
        self.apart = Columns([name for name, there in wanted.items() if there])
        self.with_answers: bool | None = None

    def collect(self, events: Iterable[Event]) -> None:
        """Adds the rows of events; broken ones are left out."""
        for event in events:
            try:
                self.add(event)
            except Broken as error:
                self.tally.broke(f"{event.where}: {error}")

    def add(self, event: Event) -> None:
        """Adds the rows of one event, all or none."""
        rows = self.rows_of(event)
        if not rows:
            return
        apart: list[list[str]] = [[] for _ in rows]
        if LABEL in self.apart.names:
            labels = self.labels_of(event, len(rows))
            if labels is None:
                self.tally.unlabelled += len(rows)
                return
            apart = [[label] for label in labels]
        if self.kind in PREDICTED:
            for values, predicted in zip(apart, self.predicted(event, rows)):
                values += [value for value in predicted if value is not None]
        if self.kind != "model-quality":
            self.name_columns(rows)
            for row in rows:
                self.columns.check(row)
            for row in rows:
                self.columns.add(row)
        for values in apart if self.apart.names else []:
            self.apart.add(values)

    def rows_of(self, event: Event) -> list[Row]:
        """Rows of the request; for data quality with the answers, if those are monitored as well."""
        if event.rows is not None:
            return event.rows
        if self.kind == "data-quality":
            return self.arranged(event)
        if self.kind == "model-quality":
            # Its requests can be anything: the labels say how many rows there are.
            alone = len(event.identities) == 1
            known = (self.labels or {}).get(event.identities[0], [""]) if alone else event.identities
            return [[] for _ in known]
        return features_of(event.request or no_part("request"), self.attribute)

    def labels_of(self, event: Event, count: int) -> list[str] | None:
        """Labels of all rows, or None if one has none."""
        known = self.labels or {}
        if len(event.identities) == 1:
            return labels_for(known, event.identities[0], count)
        found = [labels_for(known, identity, 1) for identity in event.identities]
        return [each[0] for each in found if each] if all(found) else None

    def predicted(self, event: Event, rows: list[Row]) -> list[Predicted]:
        """Label and probability of each row."""
        answer = event.answer
        if event.rows is not None:
            return [each for row in rows for each in self.predicted_in(row)]
        return predictions_of(answer or no_part("answer"), len(rows), self.inference, self.probability)

    def predicted_in(self, row: Row) -> list[Predicted]:
        """Label and probability in what a script returned."""
        return predictions_of(Payload(True, [row]), 1, self.inference, self.probability)

    def arranged(self, event: Event) -> list[Row]:
        """Rows of an event as Model Monitor has them: the answer's values first, then those of the request.

        A baseline of the training data knows the request's values alone: the better fit of the columns decides.
        """
        requests = features_of(event.request, self.attribute) if event.request else []
        if self.with_answers is False and requests:
            return requests
        answers = self.answer_rows(event, len(requests))
        if not requests or not answers:
            return requests or answers
        merged = [merge(answer, request) for answer, request in zip(answers, requests)]
        if self.with_answers is None:
            self.with_answers = self.fits(merged[0]) < self.fits(requests[0]) or not self.columns.names
        return merged if self.with_answers else requests

    def answer_rows(self, event: Event, count: int) -> list[Row]:
        """Values of the answer to each row."""
        if event.answer is None:
            return []
        answers = [row_of(each) for each in rows_in(event.answer, count)]
        if count and len(answers) != count:
            raise Broken(f"must have an answer for each row, got: {len(answers)} for {count}")
        return answers

    def fits(self, row: Row) -> int:
        """How far a row is from having the columns."""
        if isinstance(row, dict):
            return len(set(row) ^ set(self.columns.names))
        return abs(len(row) - len(self.columns.names))

    def name_columns(self, rows: list[Row]) -> None:
        """Gives names to columns by the first row: those expected, as far as there are values for them."""
        first = rows[0]
        if self.columns.count or not isinstance(first, list):
            return
        expected = self.columns.names
        if not expected or self.kind == "data-quality":
            # One column too many or too few is what data quality is about.
            self.columns.names = expected[: len(first)] + default_names(len(first))[len(expected) :]

    def data(self) -> Data | None:
        """What has been collected."""
        if not self.columns.count and not self.apart.count:
            return None
        return Data(self.columns.table(), self.apart.table())


def merge(answer: Row, request: Row) -> Row:
    """Values of an answer and a request as one row."""
    if isinstance(answer, list) and isinstance(request, list):
        return answer + request
    named = [
        part if isinstance(part, dict) else {f"{prefix}{place}": value for place, value in enumerate(part)}
        for part, prefix in ((answer, "prediction"), (request, "feature"))
    ]
    return {**named[0], **named[1]}


def no_part(part: str) -> Any:
    """Refuses a record without a request or an answer."""
    raise Broken(f"must have the {part}, which is not captured")

