"""Arguments of the program: those that `constructs/analyzer/analyzer.ts` renders, and paths for use without a job."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from .job import DataError
from .model_quality import PREFIXES
from .store import is_s3

INPUT = Path("/opt/ml/processing/input")
KINDS = ("data-quality", "model-quality", "bias", "attribution")
PREDICTED = ("model-quality", "bias")
DATASET_FORMATS = ("csv-with-header", "csv-without-header", "json-lines", "json", "captured")
TRANSFORM_FORMATS = ("csv", "csv-with-header", "json", "json-lines")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments: first the kind of check. An input that is not given and not there is None."""
    parser = argparse.ArgumentParser(description="Checks data, model quality, bias or attributions.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in KINDS:
        command = kinds.add_parser(kind, formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False)
        add_paths(command)
        add_reading(command)
        add_checking(command)
        if kind in PREDICTED:
            add_labels(command)
        if kind == "model-quality":
            command.add_argument("--problem-type", choices=list(PREFIXES), required=True)
        if kind != "data-quality":
            add_predictions(command)
    parsed = parser.parse_args(arguments)
    for name, value in vars(parsed).items():
        if isinstance(value, Path) and INPUT in value.parents and not value.exists():
            setattr(parsed, name, None)
    return parsed


def add_paths(command: argparse.ArgumentParser) -> None:
    """Where the files are; a job has them in these places."""
    optional = command.add_argument
    optional("--dataset", type=Path, default=INPUT / "dataset", help="file or folder of data")
    optional("--analysis-config", type=Path, default=INPUT / "config", help="as for Clarify")
    optional("--baseline-statistics", type=Path, default=INPUT / "baseline-statistics")
    optional("--baseline-constraints", type=Path, default=INPUT / "baseline-constraints", help="or an analysis.json")
    optional("--record-preprocessor", type=Path, default=INPUT / "record-preprocessor", help="as for Model Monitor")
    optional("--post-analytics-processor", type=Path, default=INPUT / "post-analytics-processor")
    optional("--output", type=Path, default=Path("/opt/ml/processing/output"))
    optional("--exit-message-file", type=Path, default=Path("/opt/ml/output/message"))
    optional("--headers", type=names, default=[], help="names of the columns of files without a header")
    optional("--ignore", type=names, default=[], help="columns that are no features")


def add_reading(command: argparse.ArgumentParser) -> None:
    """What is read."""
    optional = command.add_argument
    optional("--dataset-format", choices=DATASET_FORMATS, help="csv-with-header unless there are headers")
    optional("--captured-data", help="S3 URI, or folder, that an endpoint or transform jobs capture to")
    optional("--transform-format", choices=TRANSFORM_FORMATS, help="of what transform jobs capture")
    optional("--run-time", help="ISO 8601 in UTC")
    optional("--start-offset-minutes", type=int)
    optional("--end-offset-minutes", type=int)
    optional("--features-attribute", help="JMESPath of the features in JSON")
    optional("--endpoint-name")
    optional("--schedule-name", help="of the monitor; makes the job write metrics")


def add_checking(command: argparse.ArgumentParser) -> None:
    """What it is checked with."""
    optional = command.add_argument
    optional("--model-package-group-name", help="whose latest approved version has the baseline")
    optional("--skip-check", type=boolean, default=False)
    optional("--fail-on-violation", type=boolean, default=False)
    optional("--register-new-baseline", type=boolean, default=False)
    optional("--comparison-method", choices=("Robust", "Simple"), default="Robust")


def add_labels(command: argparse.ArgumentParser) -> None:
    """What came true, and when a probability counts as positive."""
    optional = command.add_argument
    optional("--ground-truth", help="S3 URI, or folder, of labels in folders by hour")
    optional("--ground-truth-attribute", help="column of the truth")
    optional("--probability-threshold", type=float)
    optional("--predictions", type=Path, help="file of probabilities, one for each row of the data set")


def add_predictions(command: argparse.ArgumentParser) -> None:
    """Where predictions are, or the model that makes them."""
    optional = command.add_argument
    optional("--inference-attribute", help="column, or index or JMESPath in an answer")
    optional("--probability-attribute", help="column, or index or JMESPath in an answer")
    optional("--model-name", help="name of a SageMaker model")
    optional("--model", type=Path, help="file of a model, in place of --model-name")


def names(text: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def boolean(text: str) -> bool:
    """true or false in any case, as pipelines and Python write them."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"must be true or false, got: {text}")
    return text.lower() == "true"


def check_arguments(given: argparse.Namespace) -> None:
    """Raises for arguments that do not go together."""
    if given.captured_data is None:
        check_dataset(given)
    else:
        check_captured(given)
    threshold = getattr(given, "probability_threshold", None)
    if threshold is not None and not 0 <= threshold <= 1:
        raise DataError(f"--probability-threshold must be from 0 to 1, got: {threshold:g}")
    if given.kind == "model-quality":
        if given.ground_truth is None and given.ground_truth_attribute is None:
            raise DataError("model-quality needs --ground-truth-attribute")
        sources = (given.inference_attribute, given.probability_attribute, given.model_name, given.model)
        if all(source is None for source in (*sources, given.predictions)):
            raise DataError("model-quality needs --inference-attribute, --probability-attribute or --model-name")
    if given.kind == "bias" and given.analysis_config is None:
        raise DataError(f"{INPUT / 'config'}: must hold the analysis configuration, is not there")


def check_dataset(given: argparse.Namespace) -> None:
    """Raises for what only captured records have."""
    captured = given.dataset_format == "captured"
    only = [name for name in ("transform_format", "ground_truth") if getattr(given, name, None) is not None]
    if only:
        raise DataError(*[f"{option(name)} needs --captured-data" for name in only])
    if given.record_preprocessor is not None and not captured:
        raise DataError("--record-preprocessor needs captured records")
    if captured and given.kind in PREDICTED:
        raise DataError(f"--dataset-format captured has no labels, which {given.kind} needs")
    if given.dataset is None:
        raise DataError(f"{INPUT / 'dataset'}: must hold the data, is not there")


def check_captured(given: argparse.Namespace) -> None:
    """Raises for captured data without its window, or without what it is to be compared with."""
    window = ("run_time", "start_offset_minutes", "end_offset_minutes")
    lacking = [option(name) for name in window if getattr(given, name) is None]
    if lacking:
        raise DataError(f"--captured-data needs {' and '.join(lacking)}")
    for name in ("captured_data", "ground_truth"):
        place = getattr(given, name, None)
        # S3 has no folders that could be missing: without objects there is just no data.
        if place is not None and not is_s3(place) and not Path(place).exists():
            raise DataError(f"{option(name)} must be an S3 URI or a folder that is there, got: {place}")
    if given.kind not in PREDICTED:
        return
    if given.ground_truth is None:
        raise DataError(f"--captured-data of {given.kind} needs --ground-truth")
    if given.model_name is not None or given.model is not None or given.predictions is not None:
        raise DataError("predictions of --captured-data are the captured ones, no model can be given")
    if given.kind == "bias" and given.inference_attribute is None and given.probability_attribute is None:
        raise DataError("--captured-data of bias needs --inference-attribute or --probability-attribute")


def option(name: str) -> str:
    """A name as it is given."""
    return "--" + name.replace("_", "-")
