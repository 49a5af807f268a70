"""What batch transform jobs capture: manifests of their input and output objects, in folders by hour.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .job import DataError
from .payload import Broken, Payload, csv_lines, documents
from .store import Store, below
from .window import Window, folder_name

IDENTITY, TIME = "SageMakerInferenceId", "SageMakerInferenceTime"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def find_objects(store: Store, captured: str, window: Window) -> Iterator[tuple[str, str]]:
    """URIs of the input objects of the window's jobs, each with that of its output."""
    for hour in window.hours():
        name = folder_name(hour)
        inputs = read_manifests(store, below(captured, "input", name))
        for manifest, objects in read_manifests(store, below(captured, "output", name)).items():
            yield from zip(inputs_of(manifest, objects, inputs), objects.values())


def read_manifests(store: Store, folder: str) -> dict[str, dict[str, str]]:
    """URIs of the objects by their name within their prefix, by the manifest's name."""
    found: dict[str, dict[str, str]] = {}
    for uri, content in store.read_all(store.list(folder)):
        objects: dict[str, str] = {}
        try:
            for manifest in documents(content.decode("utf-8")):
                if not isinstance(manifest, list):
                    raise TypeError("no list")
                prefix, *names = manifest
                objects.update({str(name): prefix["prefix"] + str(name) for name in names})
        except (Broken, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{uri}: must be a manifest, a list of a prefix and names, {error!r}") from error
        found[uri.rsplit("/", 1)[-1]] = objects
    return found


def inputs_of(manifest: str, outputs: dict[str, str], inputs: dict[str, dict[str, str]]) -> list[str]:
    """The input of each output, which has the same name with `.out` behind it."""
    wanted = [name[: -len(".out")] for name in outputs]
    fitting = {name: objects for name, objects in inputs.items() if set(wanted) <= set(objects)}
    # Jobs of the same hour may have files of the same names; then the manifests must tell them apart.
    several = {tuple(objects[name] for name in wanted) for objects in fitting.values()}
    if manifest in fitting:
        return [fitting[manifest][name] for name in wanted]
    if len(several) != 1:
        found = len(several)
        raise DataError(f"manifest {manifest}: must have one manifest of its inputs in the same hour, has {found}")
    return list(several.pop())


def read_objects(store: Store, pairs: Iterator[tuple[str, str]], form: str) -> Iterator[tuple[str, Payload, Payload]]:
    """Where an output is, its input and the output itself."""
    contents = store.read_all(uri for pair in pairs for uri in pair)
    for (_, given), (uri, answered) in zip(contents, contents):
        request, answer = parse(given, form), parse(answered, form)
        if form == "csv-with-header":
            request.items[:1] = []
            # Most containers answer without a header.
            answer.items[:1] = answer.items[:1] if len(answer.items) == len(request.items) else []
        yield uri, request, answer


def parse(content: bytes, form: str) -> Payload:
    """Rows or documents of an object."""
    text = content.decode("utf-8-sig", errors="replace")
    if form.startswith("csv"):
        return Payload(False, csv_lines(text))
    found = documents(text) if text.strip() else []
    return Payload(True, found[0] if len(found) == 1 and isinstance(found[0], list) else found)


def take_identities(answer: Payload) -> tuple[Payload, list[str]]:
    """An answer without the identities that the job has appended, and those; without any, they are empty texts."""
    rows: list[Any] = []
    identities = []
    for item in answer.items:
        identity = ""
        if isinstance(item, dict):
            identity = str(item.get(IDENTITY, ""))
            item = {name: value for name, value in item.items() if name not in (IDENTITY, TIME)}
        elif isinstance(item, list) and len(item) > 2 and UUID.fullmatch(str(item[-2])):
            if MOMENT.fullmatch(str(item[-1])):
                identity = str(item[-2])
                item = item[:-2]
        rows.append(item)
        identities.append(identity)
    return Payload(answer.is_json, rows), identities
