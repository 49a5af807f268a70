"""Scripts of users, with Model Monitor's contract.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
"""

from __future__ import annotations

import importlib.util
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .job import DataError, only_file
from .payload import Broken, Row, text_of

LOG = logging.getLogger("analyze.script")
PARTS = {
    "endpointInput": "endpoint_input",
    "endpointOutput": "endpoint_output",
    "batchTransformOutput": "batch_transform_output",
}


class CapturedData:
    """A captured record as a script gets it; what the script changes in it is what is analysed."""

    def __init__(self, event: dict[str, Any]) -> None:
        metadata, capture = event.get("eventMetadata", {}), event.get("captureData", {})
        self.event_metadata = SimpleNamespace(
            event_id=metadata.get("eventId"),
            event_time=metadata.get("inferenceTime"),
            custom_attribute=metadata.get("customAttributes"),
        )
        self.event_version = event.get("eventVersion")
        self.endpoint_input: Any = None
        self.endpoint_output: Any = None
        self.batch_transform_output: Any = None
        self.ground_truth: Any = None
        self.event_dict = event
        for name, attribute in PARTS.items():
            if name in capture:
                keys = ("encoding", "data", "observedContentType", "mode")
                setattr(self, attribute, SimpleNamespace(**{key: capture[name].get(key) for key in keys}))

    def as_dict(self) -> dict[str, Any]:
        """The record, as it is now."""
        parts = {name: getattr(self, attribute) for name, attribute in PARTS.items()}
        capture = {name: dict(vars(part)) for name, part in parts.items() if part is not None}
        return {**self.event_dict, "captureData": capture}

    def __str__(self) -> str:
        return str(self.as_dict())


def load(path: Path, name: str) -> Callable[..., Any]:
    """A function of a script."""
    file = only_file(path)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise DataError(f"{file.name}: must be a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise DataError(f"{file.name}: must be a Python file that can be imported, {error!r}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise DataError(f"{file.name}: must have a function '{name}'")
    handler: Callable[..., Any] = function
    return handler


def load_preprocessor(path: Path) -> Callable[[CapturedData], Any]:
    """`preprocess_handler(inference_record)`, or with a logger behind it."""
    handler = load(path, "preprocess_handler")
    takes_logger = len(inspect.signature(handler).parameters) > 1

    def preprocess(record: CapturedData) -> Any:
        try:
            return handler(record, LOG) if takes_logger else handler(record)
        except Exception as error:
            raise Broken(f"record preprocessor: {error!r}") from error

    return preprocess


def rows_returned(returned: Any) -> list[Row]:
    """Records that a script has made of one: none, one or several, each with values by name.

    Names such as 000, 001 or 0, 1 stand for places: their order is that of the columns.
    """
    rows: list[Row] = []
    for each in returned if isinstance(returned, list) else [] if returned is None else [returned]:
        if not isinstance(each, dict):
            raise Broken(f"record preprocessor must return dictionaries, got: {type(each).__name__}")
        try:
            places = {int(name): text_of(value) for name, value in each.items()}
        except ValueError:
            rows.append({str(name): text_of(value) for name, value in each.items()})
        else:
            rows.append([places[place] for place in sorted(places)])
    return rows


def postprocess(path: Path) -> None:
    """Calls `postprocess_handler()` after a run that went well."""
    handler = load(path, "postprocess_handler")
    try:
        handler()
    except Exception as error:
        raise DataError(f"{only_file(path).name}: postprocess_handler failed, {error!r}") from error
