"""Directives by which a source reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.asm.directives.data import strings
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive


def _text(operands: str, directive: str) -> str:
    if not operands:
        return f"{directive} in the source"
    return b"".join(strings(operands)).decode("utf-8", "replace")


def _error(unit: Unit, operands: str) -> None:
    raise StatementError("ASM-042", _text(operands, ".error"))


def _fail(unit: Unit, operands: str) -> None:
    """``.err``: an error without words. ``.abort`` is the same."""
    raise StatementError("ASM-042", ".err in the source")


def _warning(unit: Unit, operands: str) -> None:
    unit.report(StatementError("ASM-042", _text(operands, ".warning")), severity=Severity.WARNING)


def _print(unit: Unit, operands: str) -> None:
    strings(operands)


TABLE: dict[str, Directive] = {
    ".error": _error,
    ".err": _fail,
    ".abort": _fail,
    ".warning": _warning,
    ".print": _print,
}
