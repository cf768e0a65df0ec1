"""What the model refused, said in the terms of the board file and at the place of the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hypgen.board.confidence import dotted
from hypgen.board.model import Board
from hypgen.documents import Document, KeyPath
from hypgen.errors import Diagnostic
from hypgen.resources import did_you_mean

_EXPECTED = {
    "model_type": "a block of 'key: value' lines",
    "dict_type": "a block of 'key: value' lines",
    "tuple_type": "a list",
    "string_type": "a text",
    "bool_type": "true or false",
}
"""What was expected, by pydantic's type of error."""


def shape_errors(error: ValidationError, document: Document) -> list[Diagnostic]:
    """One diagnostic for each thing that the model refused, in the order of the file."""
    found = [_diagnostic(one, document) for one in error.errors(include_url=False)]
    return sorted(found, key=lambda one: (one.location is None, one.location))


def _diagnostic(error: ErrorDetails, document: Document) -> Diagnostic:
    path: KeyPath = error["loc"]
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if path[-1] == "[key]":  # a key of a block whose keys are values
        path = path[:-1]
        return _unknown_key(path, context["expected"].split(", "), document)
    if kind == "extra_forbidden":
        return _unknown_key(path, known_keys(path[:-1]), document)
    place = document.place(path)
    name = dotted(path)
    if kind == "missing":
        return Diagnostic("BOARD-001", f"{name} is missing", document.place(path[:-1]).key)
    if kind == "number":
        return Diagnostic(
            "BOARD-004", f"{name} is {written(given)}, not a number", place.value, context["forms"]
        )
    if kind == "range":
        sentence = f"{name} is {context['given']}, expected {context['low']} to {context['high']}"
        return Diagnostic("BOARD-005", sentence, place.value, _range_hint(path, given))
    if kind == "alignment":
        sentence = f"{name} is {context['given']}, not a multiple of the 4 KiB page"
        return Diagnostic("BOARD-008", sentence, place.value)
    if kind == "literal_error":
        allowed = _allowed(context["expected"])
        sentence = f"{name} is {written(given)}, expected {' or '.join(allowed)}"
        hint = did_you_mean(given, allowed) if isinstance(given, str) else ""
        return Diagnostic("BOARD-003", sentence, place.value, hint)
    expected = _EXPECTED.get(kind, error["msg"])
    return Diagnostic("BOARD-003", f"{name} is {written(given)}, expected {expected}", place.value)


def _unknown_key(path: KeyPath, known: list[str], document: Document) -> Diagnostic:
    block = dotted(path[:-1])
    sentence = f"unknown key {str(path[-1])!r}{f' in {block}' if block else ''}"
    hint = did_you_mean(str(path[-1]), known) or f"known keys: {', '.join(known)}"
    return Diagnostic("BOARD-002", sentence, document.place(path).key, hint)


def _range_hint(path: KeyPath, given: object) -> str:
    """What to do about a number out of range, where the mistake is a known one."""
    ppi = path[0] == "timers" or path[-1] == "maintenance_interrupt"
    if ppi and isinstance(given, int) and 16 <= given < 32:
        return f"interrupt ID {given} is PPI {given - 16}"
    if path[-1] == "address":
        return "a CPU with its MMU off issues 32-bit addresses"
    return ""


def _allowed(expected: str) -> list[str]:
    """The allowed values out of pydantic's list of them (``'hyp', 'svc' or 'x'``)."""
    return re.findall(r"'([^']*)'", expected)


def written(value: object) -> str:
    """A value as the file has it, short enough for a message."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a block"
    if isinstance(value, tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def known_keys(path: KeyPath) -> list[str]:
    """The keys that a board file can have in the block at ``path``."""
    block: type[BaseModel] = Board
    for key in path:
        if isinstance(key, str):
            block = _block_in(block.model_fields[key].annotation) or block
    return list(block.model_fields)


def _block_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - annotations have no type of their own
    """The block class in ``Block``, ``Block | None`` or ``tuple[Block, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((block for part in get_args(annotation) if (block := _block_in(part))), None)
