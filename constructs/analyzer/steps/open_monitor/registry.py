"""What SageMaker knows of models: the baselines of approved versions, and artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import aws
from .job import DataError
from .store import Store, below


class Registry:
    """Asks SageMaker, through a client that is made when it is needed."""

    def __init__(self) -> None:
        self._client: Any = None

    def call(self, what: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Calls an operation."""
        if self._client is None:
            self._client = aws.client("sagemaker")
        answer: dict[str, Any] = aws.call(what, getattr(self._client, operation), **parameters)
        return answer

    def latest_approved(self, group: str) -> dict[str, Any] | None:
        """The newest approved version of a group."""
        for summary in self.versions(group):
            what = f"model package group {group}"
            return self.call(what, "describe_model_package", ModelPackageName=summary["ModelPackageArn"])
        return None

    def versions(self, group: str) -> Iterator[dict[str, Any]]:
        """Approved versions, the newest first. A page can be empty and still not be the last."""
        filters = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
        order = {"SortBy": "CreationTime", "SortOrder": "Descending"}
        token: dict[str, str] = {}
        while True:
            page = self.call(f"model package group {group}", "list_model_packages", **filters, **order, **token)
            yield from page["ModelPackageSummaryList"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def artifacts(self, model: str) -> str | None:
        """URI of the artifacts of a model of one container: an archive, or a prefix that ends with a slash.

        A pipeline of several containers has no model that gets the rows as they are.
        """
        description = self.call(f"model {model}", "describe_model", ModelName=model)
        containers = description.get("Containers") or [description["PrimaryContainer"]]
        if len(containers) == 1 and "ModelPackageName" in containers[0]:
            package = containers[0]["ModelPackageName"]
            described = self.call(f"model {model}", "describe_model_package", ModelPackageName=package)
            containers = described["InferenceSpecification"]["Containers"]
        if len(containers) != 1:
            return None
        return artifacts_of(containers[0])


def artifacts_of(container: dict[str, Any]) -> str | None:
    """URI of the artifacts of a container."""
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source:
        uri = str(source["S3Uri"])
        return uri if source["S3DataType"] == "S3Object" else f"{uri.rstrip('/')}/"
    url = container.get("ModelDataUrl")
    return str(url) if url else None


def download(store: Store, uri: str, folder: Path) -> Path:
    """Artifacts as a file, or as a folder with the files of a prefix."""
    if not uri.endswith("/"):
        path = folder / uri.rsplit("/", 1)[-1]
        path.write_bytes(store.read(uri))
        return path
    found = store.list(uri)
    if not found:
        raise DataError(f"{uri}: must hold the artifacts of a model, is empty")
    for each, content in store.read_all(found):
        path = folder / each[len(below(uri)) + 1 :]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
