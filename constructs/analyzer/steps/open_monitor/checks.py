"""The four checks: what they compute, and where it drifts from a baseline."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from typing import Any, Dict, Tuple

import numpy as np

from . import attribution, bias, bias_drift, data_quality, model_quality
from .baselines import Baseline
from .configuration import bias_stages, feature_names
from .dataset import read_table
from .explainers import load_model
from .findings import Findings
from .job import DataError
from .predictions import endpoint_function, labels_above, predict, threshold_of, with_model
from .reading import INFERENCE, LABEL, PROBABILITY, Data
from .registry import Registry
from .statistics_file import describe_table
from .store import Store
from .table import Column, Floats, column_of, matrix_of, numbers_of

Files = Dict[str, Dict[str, Any]]
Checked = Tuple[Files, Findings]
LOG = logging.getLogger("analyze")


class Check:
    """What a check needs beside its data."""

    def __init__(self, given: argparse.Namespace, config: dict[str, Any], store: Store, registry: Registry) -> None:
        self.given = given
        self.config = config
        self.store = store
        self.registry = registry

    def run(self, data: Data, baseline: Baseline | None) -> Checked:
        """The files of the check, and what it has found."""
        checks = {
            "data-quality": self.data_quality,
            "model-quality": self.model_quality,
            "bias": self.bias,
            "attribution": self.attribution,
        }
        return checks[self.given.kind](data, baseline)

    def data_quality(self, data: Data, baseline: Baseline | None) -> Checked:
        """statistics.json, constraints.json, and the violations of a baseline's constraints."""
        statistics = describe_table(data.table)
        files = {"statistics.json": statistics, "constraints.json": data_quality.suggest_constraints(statistics)}
        if baseline is None or baseline.statistics is None:
            return files, Findings("data-quality", statistics, data.count)
        constraints, before = baseline.constraints, baseline.statistics
        violations, drifts = data_quality.find_violations(data.table, statistics, constraints, before)
        return files, Findings("data-quality", statistics, data.count, violations, before, constraints, drifts)

    def model_quality(self, data: Data, baseline: Baseline | None) -> Checked:
        """The same files, of a model's answers and the truth."""
        problem = self.given.problem_type
        table, columns = self.quality_table(data)
        statistics = model_quality.measure_quality(table, problem, *columns)
        suggested = model_quality.suggest_constraints(statistics, problem)
        files = {"statistics.json": statistics, "constraints.json": suggested}
        if baseline is None:
            return files, Findings("model-quality", statistics, data.count)
        constraints = baseline.constraints
        violations = model_quality.find_violations(statistics, constraints, problem, self.given.comparison_method)
        return files, Findings("model-quality", statistics, data.count, violations, constraints=constraints)

    def quality_table(self, data: Data) -> tuple[dict[str, Column], tuple[str, str, str | None]]:
        """Columns of the truth, the inference and the probability, and their names."""
        given = self.given
        table = dict(data.apart)
        if not table:
            table[LABEL] = column_of(data.table, given.ground_truth_attribute)
            for name, attribute in ((INFERENCE, given.inference_attribute), (PROBABILITY, given.probability_attribute)):
                if attribute is not None:
                    table[name] = column_of(data.table, attribute)
        if INFERENCE not in table and PROBABILITY not in table:
            table.update(self.model_answers(data))
        if INFERENCE not in table:
            if given.problem_type != "BinaryClassification":
                raise DataError(f"{given.problem_type} needs --inference-attribute, a probability has no label")
            table[INFERENCE] = labels_above(table[PROBABILITY], threshold_of(given, self.config))
        return table, (LABEL, INFERENCE, PROBABILITY if PROBABILITY in table else None)

    def model_answers(self, data: Data) -> dict[str, Column]:
        """What the model, or a file of its answers, says of the rows of a data set."""
        answers = self.answers(data, [self.given.ground_truth_attribute])
        if self.given.problem_type == "BinaryClassification":
            return {PROBABILITY: column_from(PROBABILITY, answers)}
        if answers.ndim == 2:
            answers = answers.argmax(axis=1)
        if self.given.problem_type == "MulticlassClassification":
            answers = answers.astype(np.int64)
        return {INFERENCE: column_from(INFERENCE, answers)}

    def answers(self, data: Data, apart: list[str]) -> Floats:
        """Answers of the model, or from the file, one for each row of a data set."""
        if self.given.predictions is not None:
            answers = numbers_of(read_table(self.given.predictions, ["prediction"]), "prediction")
            if len(answers) != data.count:
                raise DataError(
                    f"predictions and data must have the same number of rows, "
                    f"got: {len(answers)} predictions and {data.count} rows"
                )
            return answers
        features = feature_names(self.config, list(data.table), [*apart, *self.given.ignore])
        rows = matrix_of(data.table, features)
        predicted: Floats = with_model(self.given, self.store, self.registry, lambda path: predict(path, rows))
        return predicted

    def bias(self, data: Data, baseline: Baseline | None) -> Checked:
        """analysis.json with bias metrics, and the violations of a baseline's analysis."""
        config = self.bias_config()
        table = dict(data.table)
        if LABEL in data.apart:
            table[config["label"]] = replace(data.apart[LABEL], name=config["label"])
        after_training = "post_training_bias" in bias_stages(config)
        analysis = bias.analyze_bias(table, config, self.positive(data, config) if after_training else None)
        files = {"analysis.json": analysis}
        if baseline is None:
            return files, Findings("bias", analysis, data.count)
        before = baseline.constraints
        violations = bias_drift.find_bias_violations(analysis, before, self.given.comparison_method)
        return files, Findings("bias", analysis, data.count, violations, before)

    def bias_config(self) -> dict[str, Any]:
        """The configuration, which must say what is compared."""
        config = dict(self.config)
        if self.given.ground_truth_attribute is not None:
            config["label"] = self.given.ground_truth_attribute
        lacking = [name for name in ("label", "label_values_or_threshold", "facet") if name not in config]
        if lacking:
            raise DataError(*[f"analysis configuration: '{name}' must be given" for name in lacking])
        return config

    def positive(self, data: Data, config: dict[str, Any]) -> Floats | None:
        """1 where the predicted outcome is the positive one, if there are predictions."""
        given, found, table = self.given, data.apart, data.table
        if not found:
            attributes = {INFERENCE: given.inference_attribute, PROBABILITY: given.probability_attribute}
            found = {name: column_of(table, each) for name, each in attributes.items() if each is not None}
        if INFERENCE in found:
            answers: Floats = bias.selected(found[INFERENCE], config["label_values_or_threshold"]).astype(np.float64)
            return answers
        if PROBABILITY not in found:
            if given.model_name is None and given.model is None and given.predictions is None:
                return None
            answered = self.answers(data, [config["label"]])
            if answered.ndim == 2:
                raise DataError("bias needs a model with one output, the probability of the positive outcome")
            found = {PROBABILITY: column_from(PROBABILITY, answered)}
        return labels_above(found[PROBABILITY], threshold_of(given, config)).numbers

    def attribution(self, data: Data, baseline: Baseline | None) -> Checked:
        """analysis.json with SHAP values, and whether their order is that of a baseline's analysis."""
        features = feature_names(self.config, list(data.table), self.given.ignore)
        if self.given.model is None and self.given.model_name is None:
            raise DataError("attribution needs --model-name or --model")
        analysis: dict[str, Any] = with_model(
            self.given,
            self.store,
            self.registry,
            lambda path: attribution.analyze_attributions(self.model_at(path), data.table, features, self.config),
        )
        files = {"analysis.json": analysis}
        if baseline is None:
            return files, Findings("attribution", analysis, data.count)
        violations, scores = attribution.find_attribution_violations(analysis, baseline.constraints)
        LOG.info("nDCG by label: %s", scores)
        found = Findings("attribution", analysis, data.count, violations, baseline.constraints, scores=scores)
        return files, found

    def model_at(self, path: Any) -> Any:
        """The model of these artifacts; where they are of no known kind, the endpoint that has it."""
        name = self.given.endpoint_name
        try:
            if path is None:
                raise DataError("the model must have one container with artifacts")
            return load_model(path)
        except DataError:
            if name is None:
                raise
        return endpoint_function(name, self.given.probability_attribute)


def column_from(name: str, values: Any) -> Column:
    """A column of numbers."""
    return Column.of(name, np.array([repr(value) for value in values.tolist()]))

