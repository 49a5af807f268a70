"""What came true: labels that are uploaded to folders by the hour in which they became known.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""

from __future__ import annotations

import json

from .payload import Broken, decode, row_of
from .store import Store, below
from .tally import Tally
from .window import Window, folder_name


def read_labels(store: Store, folder: str, window: Window, tally: Tally) -> dict[str, list[str]]:
    """Labels by the `inferenceId` or `eventId` of a request, one for each of its rows; of repeated ones, the last."""
    labels: dict[str, list[str]] = {}
    folders = [below(folder, folder_name(hour)) for hour in window.label_hours()]
    for uri, content in store.read_all(store.list_all(folders)):
        for number, line in enumerate(content.decode("utf-8", errors="replace").split("\n"), start=1):
            if not line.strip():
                continue
            tally.lines += 1
            try:
                identity, values = label_of(line)
                labels[identity] = values
            except Broken as error:
                tally.broke(f"{uri}:{number}: {error}")
    return labels


def label_of(line: str) -> tuple[str, list[str]]:
    """Identity and labels of one line; a request of several rows has as many labels, in lines or between commas."""
    try:
        record = json.loads(line)
        identity = record["eventMetadata"]["eventId"]
        payload = decode(record["groundTruthData"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Broken(f"must have groundTruthData and the eventId of eventMetadata, {error!r}") from error
    values = [str(value) for item in payload.items for value in row_of(item)]
    if not values:
        raise Broken("groundTruthData must have a label, has none")
    return str(identity), values


def labels_for(labels: dict[str, list[str]], identity: str, count: int) -> list[str] | None:
    """Labels of the rows of a request, or None if there are none."""
    found = labels.get(identity)
    if found is not None and len(found) != count:
        raise Broken(f"must have a label for each row, got: {len(found)} for {count}")
    return found
