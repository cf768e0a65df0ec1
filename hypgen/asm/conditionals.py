"""The .if family: which lines count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypgen.asm.expressions import character
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit
from hypgen.errors import Location

_STRING = re.compile(r'\s*"((?:\\.|[^"\\])*)"\s*')


@dataclass(slots=True)
class Conditional:
    """An open .if. ``active``: the current branch counts; ``settled``: no later one can."""

    location: Location
    active: bool
    settled: bool
    had_else: bool = False


def holds(unit: Unit, directive: str, operands: str) -> bool:
    """Whether the lines after an opening directive count; raises StatementError."""
    return _TESTS[directive](unit, directive, operands)


def _number(unit: Unit, directive: str, operands: str) -> bool:
    value = unit.constant(operands, f"the condition of {directive}")
    return _COMPARISONS[directive](value)


_COMPARISONS: dict[str, Callable[[int], bool]] = {
    ".if": lambda value: value != 0,
    ".ifne": lambda value: value != 0,
    ".ifeq": lambda value: value == 0,
    ".ifge": lambda value: value >= 0,
    ".ifgt": lambda value: value > 0,
    ".ifle": lambda value: value <= 0,
    ".iflt": lambda value: value < 0,
}


def _defined(unit: Unit, directive: str, operands: str) -> bool:
    name = operands.strip()
    if not name:
        raise StatementError("ASM-022", f"{directive} needs a symbol")
    symbol = unit.names.get(name)
    known = (symbol is not None and symbol.defined) or name in unit.aliases
    return known == (directive == ".ifdef")


def _blank(unit: Unit, directive: str, operands: str) -> bool:
    return (not operands.strip()) == (directive == ".ifb")


def _same_text(unit: Unit, directive: str, operands: str) -> bool:
    first, comma, second = operands.partition(",")
    if not comma:
        raise StatementError("ASM-022", f"{directive} needs two texts with a comma between")
    return (_unquoted(first) == _unquoted(second)) == (directive == ".ifc")


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _same_string(unit: Unit, directive: str, operands: str) -> bool:
    first = _STRING.match(operands)
    second = _STRING.fullmatch(operands[first.end() :].removeprefix(",")) if first else None
    if first is None or second is None:
        raise StatementError("ASM-022", f"{directive} needs two strings with a comma between")
    equal = _characters(first[1]) == _characters(second[1])
    return equal == (directive == ".ifeqs")


def _characters(text: str) -> str:
    return re.sub(r"\\.", lambda match: chr(character(match[0])), text)


_TESTS: dict[str, Callable[[Unit, str, str], bool]] = {
    **dict.fromkeys(_COMPARISONS, _number),
    **dict.fromkeys((".ifdef", ".ifndef", ".ifnotdef"), _defined),
    **dict.fromkeys((".ifb", ".ifnb"), _blank),
    **dict.fromkeys((".ifc", ".ifnc"), _same_text),
    **dict.fromkeys((".ifeqs", ".ifnes"), _same_string),
}
OPENERS = frozenset(_TESTS)
"""The directives that open a conditional."""
