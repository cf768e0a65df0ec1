"""Names for registers: ``name .req register`` and ``.unreq name``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypgen.asm.operands import REGISTERS
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive


def define(unit: Unit, name: str, register: str) -> None:
    """``name .req register``: also in capitals and in small letters, as GNU as has it; StatementError."""
    text = register.strip()
    text = unit.aliases.get(text, text)
    if text.lower() not in REGISTERS and not _is_vector(text):
        raise StatementError("ASM-043", f"{name} .req {register}: `{text}` is not a register")
    if name.lower() in REGISTERS:
        raise StatementError("ASM-043", f"{name} .req {register}: `{name}` is a register itself")
    known = unit.aliases.get(name, text)
    if known.lower() != text.lower():
        raise StatementError(
            "ASM-043", f"{name} .req {register}: `{name}` is {known} already", f"write .unreq {name} before"
        )
    unit.aliases[name] = text
    for other in (name.upper(), name.lower()):
        unit.aliases.setdefault(other, text)


def _is_vector(text: str) -> bool:
    return bool(re.fullmatch(r"[sd](?:[12]?[0-9]|3[01])|q(?:[0-9]|1[0-5])", text.lower()))


def _forget(unit: Unit, operands: str) -> None:
    """``.unreq name``: in capitals and in small letters too, if those mean the same register."""
    name = operands.strip()
    text = unit.aliases.pop(name, None)
    if text is None:
        raise StatementError("ASM-043", f".unreq {operands}: no such alias")
    for other in (name.upper(), name.lower()):
        if unit.aliases.get(other) == text:
            del unit.aliases[other]


TABLE: dict[str, Directive] = {".unreq": _forget}
