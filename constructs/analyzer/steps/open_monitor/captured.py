"""Records that endpoints and batch transform jobs capture, one by one.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, List, NamedTuple, Optional

from .payload import Broken, Payload, Row, decode
from .scripts import CapturedData, rows_returned
from .store import Store, below
from .tally import Tally
from .transform import find_objects, read_objects, take_identities
from .window import Window, folder_name, time_of

OWN_REQUEST = "open-monitor-"
"""Begins the inference id of requests that the analyzer sends itself: an endpoint captures those, too."""

Preprocess = Optional[Callable[[CapturedData], Any]]


class Event(NamedTuple):
    """A request and its answer."""

    where: str
    request: Optional[Payload]
    answer: Optional[Payload]
    identities: List[str]
    """Of the request, or of each of its rows."""
    rows: Optional[List[Row]] = None
    """What a script has made of the record, in place of both."""


def endpoint_events(
    store: Store, captured: str, window: Window, preprocess: Preprocess, tally: Tally
) -> Iterator[Event]:
    """Requests to all variants of an endpoint within the window."""
    hours = [folder_name(hour) for hour in window.capture_hours()]
    own_hours = {folder_name(hour) for hour in window.hours()}
    variants = store.folders(captured)
    uris = store.list_all(below(captured, variant, hour) for variant in variants for hour in hours)

    def within(uri: str, event: dict[str, Any]) -> bool:
        moment = time_of(event.get("eventMetadata", {}).get("inferenceTime"))
        # Without a time, that of the folder has to do.
        return window.has(moment) if moment else "/".join(uri.split("/")[-5:-1]) in own_hours

    yield from events_in(store.read_all(uris), within, preprocess, tally)


def events_in(
    files: Iterable[tuple[str, bytes]],
    within: Callable[[str, dict[str, Any]], bool],
    preprocess: Preprocess,
    tally: Tally,
) -> Iterator[Event]:
    """Events of files of JSON Lines."""
    for uri, content in files:
        for number, line in enumerate(content.split(b"\n"), start=1):
            if not line.strip():
                continue
            where = f"{uri}:{number}"
            tally.lines += 1
            try:
                event = load(line)
                own = str(event.get("eventMetadata", {}).get("inferenceId", "")).startswith(OWN_REQUEST)
                if own or not within(uri, event):
                    tally.lines -= 1
                    continue
                read = read_event(where, event, preprocess)
            except Broken as error:
                tally.broke(f"{where}: {error}")
            else:
                yield read


def load(line: bytes) -> dict[str, Any]:
    """A line of JSON that is a captured record."""
    try:
        event: dict[str, Any] = json.loads(line)
        if not isinstance(event["captureData"], dict) or not isinstance(event.get("eventMetadata", {}), dict):
            raise TypeError("captureData and eventMetadata must be objects")
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"must be a captured record, {error!r}") from error
    return event


def read_event(where: str, event: dict[str, Any], preprocess: Preprocess) -> Event:
    """A captured record, after a script has seen it."""
    metadata = event.get("eventMetadata", {})
    # Model Monitor joins by the inferenceId where there is one, and only else by the eventId.
    identity = str(metadata.get("inferenceId") or metadata.get("eventId") or "")
    if preprocess is not None:
        returned = preprocess(CapturedData(event))
        if not isinstance(returned, CapturedData):
            return Event(where, None, None, [identity], rows_returned(returned))
        event = returned.as_dict()
    capture = event["captureData"]
    request = capture.get("endpointInput")
    answer = capture.get("endpointOutput", capture.get("batchTransformOutput"))
    return Event(where, request and decode(request), answer and decode(answer), [identity])


def transform_events(
    store: Store, captured: str, window: Window, form: str, preprocess: Preprocess, tally: Tally
) -> Iterator[Event]:
    """Rows of the objects of the window's jobs, or whole objects where rows and answers are not as many."""
    for uri, request, answer in read_objects(store, find_objects(store, captured, window), form):
        answer, identities = take_identities(answer)
        count = len(request.items)
        whole = [(request, answer, identities)]
        if count == len(answer.items):
            pairs = zip(request.items, answer.items, identities)
            whole = [(Payload(request.is_json, [a]), Payload(answer.is_json, [b]), [c]) for a, b, c in pairs]
        for number, (asked, answered, known) in enumerate(whole, start=1):
            tally.lines += 1
            where = f"{uri}:{number}"
            try:
                if preprocess is None:
                    yield Event(where, asked, answered, known)
                else:
                    yield read_event(where, as_record(asked, answered, known), preprocess)
            except Broken as error:
                tally.broke(f"{where}: {error}")


def as_record(request: Payload, answer: Payload, identities: list[str]) -> dict[str, Any]:
    """A row of a transform job as a script gets it."""
    parts = {"endpointInput": request, "batchTransformOutput": answer}
    capture = {
        name: {"encoding": "JSON" if part.is_json else "CSV", "data": written(part)} for name, part in parts.items()
    }
    return {"captureData": capture, "eventMetadata": {"eventId": identities[0]}, "eventVersion": "0"}


def written(payload: Payload) -> str:
    """The text that a payload was read from, as far as a script can tell."""
    if payload.is_json:
        return "\n".join(map(json.dumps, payload.items))
    return "\n".join(",".join(quoted(value) for value in row) for row in payload.items)


def quoted(value: str) -> str:
    """A value of CSV."""
    return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in ',"\n') else value
