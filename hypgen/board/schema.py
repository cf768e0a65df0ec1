"""The JSON Schema of board files, made from the model (draft 2020-12).

pydantic gives the structure; this adds what the readers of board files accept beyond it: every
scalar may be written ``{value: ..., confidence: ..., reason: ..., source: ...}``. Descriptions are
the docstrings of the model's classes and attributes.
"""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

from hypgen.board.block import Block
from hypgen.board.confidence import CONFIDENCES
from hypgen.board.model import Board

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NOTE: Schema = {
    "confidence": {"enum": list(CONFIDENCES), "description": "How well the value is known."},
    "reason": {"type": "string", "description": "Why it is assumed."},
    "source": {"type": "string", "description": "Where the value is from."},
}


def board_schema() -> Schema:
    """The JSON Schema that accepts board files."""
    made = Board.model_json_schema()
    blocks = {"Board": made, **made.pop("$defs")}
    descriptions = _descriptions()
    for name, block in blocks.items():
        block.pop("title", None)
        block["description"] = descriptions[name]
        for key, value in block.get("properties", {}).items():
            block["properties"][key] = {**_noted(value), "description": descriptions[f"{name}.{key}"]}
    del blocks["Board"]
    return {"$schema": DIALECT, "title": "hypgen board file", **made, "$defs": blocks}


def _noted(schema: Schema) -> Schema:
    """``schema`` of one property, with notes allowed on the scalars in it."""
    schema = {key: value for key, value in schema.items() if key not in ("title", "default")}
    if schema.get("type") == "array" or "$ref" in schema:
        return schema
    if schema.get("type") == "object":  # a block whose keys are values
        return {**schema, "additionalProperties": _noted(schema["additionalProperties"])}
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    flat = [inner for one in options for inner in one.get("anyOf", [one])]
    for one in flat:
        if "$ref" in one:  # an optional block
            return {"$ref": one["$ref"]}
    plain = {"anyOf": flat} if len(flat) > 1 else flat[0]
    note = {
        "type": "object",
        "properties": {"value": plain, **_NOTE},
        "required": ["value"],
        "additionalProperties": False,
        "if": {"properties": {"confidence": {"const": "assumed"}}, "required": ["confidence"]},
        "then": {"required": ["reason"]},
    }
    return {"anyOf": [*flat, note]}


def _descriptions() -> dict[str, str]:
    """The docstrings of the model: by ``Class``, and by ``Class.attribute``."""
    found: dict[str, str] = {}
    for block in Block.__subclasses__():
        found[block.__name__] = inspect.getdoc(block) or ""
        (tree,) = ast.parse(inspect.getsource(block)).body
        assert isinstance(tree, ast.ClassDef)
        for attribute, after in pairwise(tree.body):
            if not (isinstance(attribute, ast.AnnAssign) and isinstance(after, ast.Expr)):
                continue
            if isinstance(attribute.target, ast.Name):
                found[f"{block.__name__}.{attribute.target.id}"] = ast.literal_eval(after.value)
    return found
