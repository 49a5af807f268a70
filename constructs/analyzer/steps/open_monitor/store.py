"""Objects of S3, or files of a folder, by their URIs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Deque

from . import aws
from .job import DataError, list_files

THREADS = 16
"""Requests at once; the files ahead of the one that is being read stay in memory."""


class Store:
    """Reads `s3://` URIs through a client that is made when it is needed, and anything else as a path."""

    def __init__(self) -> None:
        self._client: Any = None
        self._making = Lock()

    def client(self) -> Any:
        """The client, which threads can share, but not make at the same time."""
        with self._making:
            if self._client is None:
                self._client = aws.client("s3")
        return self._client

    def list(self, folder: str) -> list[str]:
        """URIs of all objects below a folder, in the order of their names."""
        if not is_s3(folder):
            path = Path(folder)
            return [str(file) for file in list_files(path)] if path.exists() else []
        bucket, key = split(folder)
        pages = self.pages(bucket, folder_of(key))
        return [f"s3://{bucket}/{each['Key']}" for page in pages for each in page.get("Contents", [])]

    def folders(self, folder: str) -> list[str]:
        """Names of the folders directly below a folder."""
        if not is_s3(folder):
            path = Path(folder)
            return sorted(each.name for each in path.iterdir() if each.is_dir()) if path.exists() else []
        bucket, key = split(folder)
        pages = self.pages(bucket, folder_of(key), Delimiter="/")
        found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        return [prefix.rstrip("/").rsplit("/", 1)[-1] for prefix in found]

    def pages(self, bucket: str, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        """Pages of a listing."""
        where = f"s3://{bucket}/{prefix}: must be listed"
        token: dict[str, str] = {}
        while True:
            operation = self.client().list_objects_v2
            page = aws.call(where, operation, Bucket=bucket, Prefix=prefix, **more, **token)
            yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def read(self, uri: str) -> bytes:
        """The content of an object."""
        if not is_s3(uri):
            try:
                return Path(uri).read_bytes()
            except OSError as error:
                raise DataError(f"{uri}: must be a file, {error.strerror}") from error
        bucket, key = split(uri)
        answer = aws.call(f"{uri}: must be read", self.client().get_object, Bucket=bucket, Key=key)
        content: bytes = answer["Body"].read()
        return content

    def read_all(self, uris: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """URIs and contents, in order, some of them read ahead."""
        waiting: Deque[tuple[str, Future[bytes]]] = deque()
        with ThreadPoolExecutor(THREADS) as pool:
            for uri in uris:
                waiting.append((uri, pool.submit(self.read, uri)))
                if len(waiting) > THREADS:
                    first, content = waiting.popleft()
                    yield first, content.result()
            for first, content in waiting:
                yield first, content.result()

    def list_all(self, folders: Iterable[str]) -> list[str]:
        """URIs of all objects below several folders, folder by folder."""
        with ThreadPoolExecutor(THREADS) as pool:
            return [uri for found in pool.map(self.list, folders) for uri in found]


def is_s3(uri: str) -> bool:
    """Is it in S3?"""
    return uri.startswith("s3://")


def split(uri: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = uri[len("s3://") :].partition("/")
    return bucket, key


def folder_of(key: str) -> str:
    """A key as a prefix that other folders whose names begin alike do not have."""
    return f"{key.rstrip('/')}/" if key.rstrip("/") else ""


def below(folder: str, *names: str) -> str:
    """A URI below a folder."""
    return "/".join((folder.rstrip("/"), *names))
