"""What TypeScript says about the steps is what the steps do."""

from __future__ import annotations

import ast
import sys
import unittest
from dataclasses import asdict

from support import CONTRACT, STEPS

import schema

SOURCES = sorted(STEPS.glob("*.py"))
CONTAINER_PYTHON = (3, 8)
CONTAINER_LIBRARIES = {"numpy", "scipy", "sklearn"}
SPARK_LIBRARIES = {"pyspark"}


class ContractTest(unittest.TestCase):
    def test_columns_are_those_of_typescript(self) -> None:
        self.assertEqual([asdict(column) for column in schema.COLUMNS], CONTRACT["columns"])

    def test_label_and_features_are_those_of_typescript(self) -> None:
        self.assertEqual(schema.LABEL_NAME, CONTRACT["label"])
        self.assertEqual(list(schema.FEATURE_NAMES), CONTRACT["featureNames"])
        self.assertEqual([schema.LABEL_NAME, *schema.FEATURE_NAMES], CONTRACT["datasetHeaders"])

    def test_facets_are_features_and_their_values_possible(self) -> None:
        ranges = {}
        for column in schema.COLUMNS:
            for name in column.features:
                nominal = column.kind == schema.NOMINAL
                ranges[name] = (0, 1) if nominal else (column.minimum, column.maximum)
        for facet in CONTRACT["facets"]:
            lowest, highest = ranges[facet["feature"]]
            for value in facet["values"]:
                self.assertTrue(lowest <= value <= highest, facet)


class ContainerTest(unittest.TestCase):
    def test_sources_are_in_the_language_of_the_container(self) -> None:
        self.assertEqual(len(SOURCES), 12)
        for path in SOURCES:
            ast.parse(path.read_text(), feature_version=CONTAINER_PYTHON)

    def test_sources_import_only_what_the_container_has(self) -> None:
        own = {path.stem for path in SOURCES}
        for path in SOURCES:
            container = SPARK_LIBRARIES if "spark" in path.stem else CONTAINER_LIBRARIES
            allowed = own | container | set(sys.stdlib_module_names)
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [str(node.module)]
                for name in names:
                    self.assertIn(name.split(".")[0], allowed, path.name)

    def test_own_modules_hide_none_of_the_standard_library(self) -> None:
        self.assertEqual({path.stem for path in SOURCES} & set(sys.stdlib_module_names), set())


if __name__ == "__main__":
    unittest.main()
