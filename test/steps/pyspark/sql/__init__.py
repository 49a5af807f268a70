"""The part of PySpark that the steps use, with SQLite as the engine.

It takes the same SQL (the steps write none that the two engines would read differently) and refuses every call that is
not written as PySpark's documentation has it: https://spark.apache.org/docs/3.3.0/api/python/reference/pyspark.sql/
"""

from __future__ import annotations

import csv
import random
import sqlite3
from pathlib import Path
from typing import Any


class Row(tuple):  # type: ignore[type-arg]
    """One row of a result."""


class Writer:
    """Writes a table as a folder of files."""

    def __init__(self, rows: list[Row], partitions: int) -> None:
        self.rows = rows
        self.partitions = partitions
        self.save_mode = "errorifexists"

    def mode(self, saveMode: str) -> Writer:  # noqa: N803
        self.save_mode = saveMode
        return self

    def csv(self, path: str, *, header: bool) -> None:
        folder = Path(local(path))
        if folder.exists() and self.save_mode != "overwrite":
            raise FileExistsError(path)
        folder.mkdir(parents=True, exist_ok=True)
        for part in range(self.partitions):
            with (folder / f"part-{part:05}.csv").open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(self.rows[part :: self.partitions])
        assert not header
        (folder / "_SUCCESS").touch()


class DataFrame:
    """Rows in memory, or the table of a view."""

    def __init__(self, session: SparkSession, names: list[str], rows: list[Row]) -> None:
        self.session = session
        self.names = names
        self.rows = rows
        self.partitions = 1

    def createOrReplaceTempView(self, name: str) -> None:  # noqa: N802
        columns = ", ".join(f"`{column}`" for column in self.names)
        self.session.database.execute(f"DROP TABLE IF EXISTS {name}")
        self.session.database.execute(f"CREATE TABLE {name} ({columns})")
        marks = ", ".join("?" * len(self.names))
        self.session.database.executemany(f"INSERT INTO {name} VALUES ({marks})", self.rows)

    def collect(self) -> list[Row]:
        return self.rows

    def randomSplit(self, weights: list[float], seed: int) -> list[DataFrame]:  # noqa: N802
        generator = random.Random(seed)
        parts: list[list[Row]] = [[] for _ in weights]
        for row in self.rows:
            parts[generator.choices(range(len(weights)), weights)[0]].append(row)
        return [DataFrame(self.session, self.names, part) for part in parts]

    def repartition(self, numPartitions: int) -> DataFrame:  # noqa: N803
        frame = DataFrame(self.session, self.names, self.rows)
        frame.partitions = numPartitions
        return frame

    @property
    def write(self) -> Writer:
        return Writer(self.rows, self.partitions)


class Reader:
    """Reads separated values, permissively: what is not of the column's type is NULL."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session

    def csv(
        self, path: str, *, schema: str, sep: str, header: bool, enforceSchema: bool  # noqa: N803
    ) -> DataFrame:
        columns = [part.split() for part in schema.split(", ")]
        assert {kind for _, kind in columns} == {"BIGINT"}
        names = [name.strip("`") for name, _ in columns]
        place = Path(local(path))
        rows = []
        for file in sorted(place.iterdir()) if place.is_dir() else [place]:
            lines = file.read_text().splitlines()
            if header and lines.pop(0).split(sep) != names and not enforceSchema:
                raise ValueError("CSV header does not conform to the schema.")
            rows += [Row(whole(value) for value in line.split(sep)) for line in lines if line]
        return DataFrame(self.session, names, rows)


class SparkSession:
    """A session with a database of its own."""

    class Builder:
        def appName(self, name: str) -> SparkSession.Builder:  # noqa: N802
            return self

        def getOrCreate(self) -> SparkSession:  # noqa: N802
            return SparkSession()

    builder = Builder()

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")
        self.read = Reader(self)

    def sql(self, sqlQuery: str) -> DataFrame:  # noqa: N803
        cursor = self.database.execute(sqlQuery)
        return DataFrame(
            self,
            [name for name, *_ in cursor.description],
            [Row(values) for values in cursor.fetchall()],
        )


def whole(value: str) -> Any:
    """A BIGINT, or NULL."""
    try:
        return int(value)
    except ValueError:
        return None


def local(uri: str) -> str:
    """The test's own folders have no scheme."""
    assert "://" not in uri, uri
    return uri
