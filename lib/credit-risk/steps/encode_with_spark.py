"""Turns files of loans into training and validation data on a Spark cluster, for data that outgrows one machine.

Reads and writes S3 itself: with several instances, a mounted input would be on each of them. The columns are computed
by SQL that is made from the schema, so that this and the single machine's prepare.py cannot disagree.
"""

from __future__ import annotations

import argparse
import logging

from pyspark.sql import SparkSession

from schema import COLUMNS, LABEL_NAME, NOMINAL, Column
from step import DataError, argument_parser, fraction, run, seed

LOG = logging.getLogger("encode_with_spark")

TABLE = "loans"


def s3a(uri: str) -> str:
    """The URI in the scheme of Hadoop's S3 connector, which the container has."""
    return "s3a://" + uri[len("s3://") :] if uri.startswith("s3://") else uri


def quoted(column: Column) -> str:
    """The column's name in the file as an identifier: one of them is a word of SQL."""
    return f"`{column.source}`"


def file_schema() -> str:
    """Columns of the file in its order, in Spark's DDL."""
    return ", ".join(f"{quoted(column)} BIGINT" for column in COLUMNS)


def out_of_range(column: Column) -> str:
    """Condition of a value that the schema does not allow; Spark reads what is no number as NULL."""
    name = quoted(column)
    return f"{name} IS NULL OR {name} NOT BETWEEN {column.minimum} AND {column.maximum}"


def count_bad_values() -> str:
    """Query for one row: the number of loans, then the number of bad values of each column."""
    counts = [
        f"COALESCE(SUM(CASE WHEN {out_of_range(column)} THEN 1 ELSE 0 END), 0)"
        for column in COLUMNS
    ]
    return f"SELECT COUNT(*), {', '.join(counts)} FROM {TABLE}"


def encoded_columns() -> list[str]:
    """SQL of each column of the training data: the label, then the features as FEATURE_NAMES lists them."""
    label = next(column for column in COLUMNS if column.name == LABEL_NAME)
    expressions = [f"{quoted(label)} AS {label.name}"]
    for column in COLUMNS:
        if column.kind == NOMINAL:
            codes = range(column.minimum, column.maximum + 1)
            expressions += [
                f"CAST({quoted(column)} = {code} AS INT) AS {name}"
                for code, name in zip(codes, column.features)
            ]
        else:
            expressions += [f"{quoted(column)} AS {name}" for name in column.features]
    return expressions


def encode(arguments: argparse.Namespace) -> None:
    """Reads, checks, encodes, splits and writes."""
    spark = SparkSession.builder.appName("encode").getOrCreate()
    loans = spark.read.csv(
        s3a(arguments.input), schema=file_schema(), sep=" ", header=True, enforceSchema=False
    )
    loans.createOrReplaceTempView(TABLE)
    total, *bad = spark.sql(count_bad_values()).collect()[0]
    if not total:
        raise DataError(f"{arguments.input}: must hold loans, holds none")
    problems = [
        f"column '{column.source}' ({column.name}) must be between {column.minimum} and "
        f"{column.maximum}, got: {count} loans with another value"
        for column, count in zip(COLUMNS, bad)
        if count
    ]
    if problems:
        raise DataError(*problems)

    encoded = spark.sql(f"SELECT {', '.join(encoded_columns())} FROM {TABLE}")
    parts = encoded.randomSplit(
        [1 - arguments.validation_fraction, arguments.validation_fraction], seed=arguments.seed
    )
    for name, part in zip(("train", "validation"), parts):
        # Each training instance gets a share of the files, so there must be no fewer files than instances.
        part.repartition(arguments.files).write.mode("overwrite").csv(
            f"{s3a(arguments.to)}/{name}", header=False
        )
    LOG.info("encoded %d loans", total)


def files(text: str) -> int:
    """An argument that counts files."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, got: {text}")
    return int(text)


def main() -> None:
    """Reads the arguments and runs the step."""
    parser = argument_parser(__doc__ or "")
    parser.add_argument("--input", required=True, help="S3 URI of files of loans")
    parser.add_argument("--to", required=True, help="S3 URI of the folder for both parts")
    parser.add_argument(
        "--validation-fraction", type=fraction, default=0.15, help="share for validation"
    )
    parser.add_argument("--files", type=files, default=4, help="number of files of each part")
    parser.add_argument("--seed", type=seed, default=1, help="seed of the split")
    run(parser, encode)


if __name__ == "__main__":
    main()
