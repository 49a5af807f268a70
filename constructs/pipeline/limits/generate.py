#!/usr/bin/env python3
"""Writes the tables of limits beside this file: what the service models of botocore say of the requests that steps make.

Needs Python 3.9 or later with botocore, and is run by hand when the API has grown:

    pip install --upgrade botocore && python3 constructs/pipeline/limits/generate.py

The tables keep nothing but what the check reads. Patterns mean nothing to a reader: patterns.json, which is written by hand,
says in words what each of them asks for, or why it is not checked.
"""
import json
from pathlib import Path

import botocore
import botocore.session

# The requests of each service that a step of a pipeline makes.
OPERATIONS = {
    "sagemaker": [
        "CreateProcessingJob", "CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateAutoMLJob",
        "CreateTransformJob", "CreateModel", "CreateModelPackage", "CreateEndpointConfig", "CreateEndpoint",
        "CreateInferenceComponent", "CreateAction", "CreateArtifact", "CreateContext", "AddAssociation",
    ],
    "bedrock": [
        "CreateCustomModel", "CreateCustomModelDeployment", "CreateModelImportJob", "CreateProvisionedModelThroughput",
    ],
    "emr": ["RunJobFlow"],
    "emr-serverless": ["StartJobRun", "CreateApplication"],
}

# Pipelines spell the members of these requests with a capital letter.
CAPITALIZED = {"bedrock"}

FOLDER = Path(__file__).parent
PATTERNS = {
    pattern: "words" in entry
    for entry in json.loads((FOLDER / "patterns.json").read_text(encoding="utf-8"))
    for pattern in entry["patterns"]
}
TYPES = {"long": "integer", "float": "number", "double": "number", "blob": "any", "timestamp": "any"}
WIDTH = 120


def table(service):
    model = botocore.session.get_session().get_service_model(service)
    spell = (lambda name: name[0].upper() + name[1:]) if service in CAPITALIZED else (lambda name: name)
    shapes = {}

    def refer(shape):
        """The name of a shape with limits, or the type of one without."""
        limits = {key: shape.metadata[key] for key in ("min", "max", "pattern") if key in shape.metadata}
        if "pattern" in limits and limits["pattern"] not in PATTERNS:
            new.add(f"{json.dumps(limits['pattern'])} ({shape.name})")
        if "pattern" in limits and not PATTERNS.get(limits["pattern"]):
            del limits["pattern"]
        if shape.type_name in ("string", "list", "map") and limits.get("min") == 0:
            del limits["min"]
        if shape.metadata.get("enum"):
            limits["enum"] = " ".join(shape.metadata["enum"])
        kind = TYPES.get(shape.type_name, shape.type_name)
        if kind == "structure" and shape.metadata.get("document"):
            kind = "any"
        if kind in ("string", "integer", "number", "boolean", "any") and not limits:
            return kind
        if shape.name not in shapes:
            # Before its parts, because shapes can hold themselves.
            found = shapes[shape.name] = {"type": kind, **limits}
            if kind == "structure":
                if shape.metadata.get("union"):
                    found["type"] = "union"
                if shape.required_members:
                    found["required"] = " ".join(spell(name) for name in shape.required_members)
                found["members"] = {spell(name): refer(member) for name, member in shape.members.items()}
            elif kind == "list":
                found["item"] = refer(shape.member)
            elif kind == "map":
                found["key"], found["value"] = refer(shape.key), refer(shape.value)
        return shape.name

    for operation in OPERATIONS[service]:
        refer(model.operation_model(operation).input_shape)
    return {
        "origin": f"botocore {botocore.__version__}, service model {service}",
        "shapes": dict(sorted(shapes.items())),
    }


def text(value, indent=0, before=0):
    """JSON in the form that the project's formatter leaves alone."""
    line = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value:
        line = "{ " + ", ".join(f"{json.dumps(key)}: {text(part, -999)}" for key, part in value.items()) + " }"
        if indent >= 0 and (indent == 0 or before + len(line) + 1 > WIDTH):
            inner = indent + 2
            parts = [
                " " * inner + f"{json.dumps(key)}: " + text(part, inner, inner + len(key) + 4)
                for key, part in value.items()
            ]
            return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return line


new = set()
for name in OPERATIONS:
    (FOLDER / f"{name}.json").write_text(text(table(name)) + "\n", encoding="utf-8")
if new:
    raise SystemExit("patterns.json must say what these mean:\n" + "\n".join(sorted(new)))
