"""What explains a model: the exact values of XGBoost's trees, or Kernel SHAP for any other function of rows."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import numpy as np
import xgboost

from .job import DataError, only_file
from .kernel_shap import KernelExplainer, Reference, cluster, draw_coalitions
from .table import Floats

XGBOOST_MODEL = "xgboost-model"
SKLEARN_MODEL = "model.joblib"

CLUSTERS = 5
MOST_ROWS = 200
MOST_TREE_ROWS = 20_000
"""Rows, at random, that Kernel SHAP explains, as each asks the model for thousands of answers; and that trees do, which
take about a millisecond for each. The mean of so many is known to a hundredth of the values' spread."""

ROWS_TO_CLUSTER = 20_000
LOGIT_EDGE = 1e-7
AGGREGATIONS = ("mean_abs", "median", "mean_sq")

Function = Callable[[Floats], Floats]
Model = Union[xgboost.Booster, Function]
"""A model of XGBoost, or any function from rows to outputs: one for each row, or one for each label."""


@dataclass(frozen=True)
class ShapSettings:
    """The `shap` method of an analysis configuration. All but `agg_method` is of Kernel SHAP."""

    baseline: Any = None
    num_clusters: int | None = None
    num_samples: int | None = None
    agg_method: str = "mean_abs"
    use_logit: bool = False
    seed: int = 0

    @staticmethod
    def of(config: dict[str, Any]) -> ShapSettings:
        """Those of a configuration; what it does not say is as it is without one."""
        given = config.get("methods", {}).get("shap") or {}
        for name in ("text_config", "image_config"):
            if given.get(name) is not None:
                raise DataError(f"analysis configuration: '{name}' must not be given, only tables can be explained")
        known = {name: given[name] for name in ShapSettings.__dataclass_fields__ if given.get(name) is not None}
        settings = ShapSettings(**known)
        if settings.agg_method not in AGGREGATIONS:
            raise DataError(
                f"analysis configuration: 'agg_method' must be one of {', '.join(AGGREGATIONS)}, "
                f"got: {settings.agg_method}"
            )
        return settings


@dataclass(frozen=True)
class TreeExplainer:
    """Exact SHAP values of trees, in the unit of the margin; absent features follow the trees' training rows."""

    model: xgboost.Booster

    def explain(self, rows: Floats) -> Floats:
        """SHAP values by row, label and feature, the expected value last; they add up to the margin of the label."""
        answers = self.model.predict(xgboost.DMatrix(rows), pred_contribs=True, validate_features=False)
        values: Floats = answers[:, np.newaxis] if answers.ndim == 2 else answers
        return values


Explainer = Union[TreeExplainer, KernelExplainer]


def kernel_explainer(function: Function, rows: Floats, settings: ShapSettings) -> KernelExplainer:
    """Kernel SHAP as the settings have it, with reference rows of its own if they give none."""
    predict = log_odds(function) if settings.use_logit else function
    coalitions, weights = draw_coalitions(rows.shape[1], settings.num_samples, settings.seed)
    return KernelExplainer(predict, reference_of(rows, settings), coalitions, weights)


def log_odds(function: Function) -> Function:
    """The function with its probabilities as log-odds."""

    def changed(rows: Floats) -> Floats:
        chances = np.clip(function(rows), LOGIT_EDGE, 1 - LOGIT_EDGE)
        odds: Floats = np.log(chances / (1 - chances))
        return odds

    return changed


def reference_of(rows: Floats, settings: ShapSettings) -> Reference:
    """The rows of the `baseline`, or clusters of the data."""
    if settings.baseline is None:
        complete = ~np.isnan(rows).any(axis=1)
        if not complete.any():
            raise DataError("data must hold a row without missing values, or the configuration a 'baseline'")
        sample = some_rows(rows[complete], ROWS_TO_CLUSTER, settings.seed)
        return cluster(sample, settings.num_clusters or CLUSTERS, settings.seed)
    try:
        given = np.array(settings.baseline, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.ndim != 2 or given.shape[1] != rows.shape[1] or not len(given):
        raise DataError(f"analysis configuration: 'baseline' must be rows of {rows.shape[1]} numbers")
    return Reference(given, np.full(len(given), 1 / len(given)))


def some_rows(rows: Floats, most: int, seed: int) -> Floats:
    """All rows, or as many at random."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))]


def load_model(path: Path) -> Model:
    """A model of the XGBoost or scikit-learn container: its file, or the archive that a training job leaves."""
    file = only_file(path)
    try:
        if not tarfile.is_tarfile(file):
            return load_file(file)
        with tarfile.open(file) as archive, tempfile.TemporaryDirectory() as folder:
            known = (XGBOOST_MODEL, SKLEARN_MODEL)
            member = next((each for each in archive if Path(each.name).name in known), None)
            content = member and archive.extractfile(member)
            if not member or not content:
                raise DataError(f"{file.name}: must hold a file '{XGBOOST_MODEL}' or '{SKLEARN_MODEL}'")
            model = Path(folder) / Path(member.name).name
            model.write_bytes(content.read())
            return load_file(model)
    except xgboost.core.XGBoostError as error:
        raise DataError(f"{file.name}: must be a model of XGBoost, is not") from error


def load_file(path: Path) -> Model:
    """A model's file, scikit-learn's by its name."""
    if path.suffix != ".joblib":
        return xgboost.Booster(model_file=str(path))
    # Only here, as no other check needs scikit-learn. Unpickling runs the model's code, as its own container does.
    import joblib

    try:
        return function_of(joblib.load(path))
    except (ImportError, AttributeError, ValueError, KeyError) as error:
        raise DataError(f"{path.name}: must be a model that this scikit-learn can load, {error!r}") from error


def function_of(model: Any) -> Function:
    """Probabilities of the labels, of the positive one if there are two; or the predicted numbers."""
    if not hasattr(model, "predict_proba"):
        return lambda rows: np.asarray(model.predict(rows), dtype=np.float64)

    def chances(rows: Floats) -> Floats:
        answers = np.asarray(model.predict_proba(rows), dtype=np.float64)
        return answers[:, 1] if answers.shape[1] == 2 else answers

    return chances
