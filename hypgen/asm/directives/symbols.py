"""Directives that say something about symbols."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.source import StatementError
from hypgen.asm.statements import SYMBOL, split_operands
from hypgen.asm.unit import Unit
from hypgen.asm.values import Value
from hypgen.elf.model import Binding, SymbolType, Visibility

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_TYPES = {
    "function": SymbolType.FUNC, "object": SymbolType.OBJECT, "notype": SymbolType.NOTYPE,
    "stt_func": SymbolType.FUNC, "stt_object": SymbolType.OBJECT, "stt_notype": SymbolType.NOTYPE,
}  # fmt: skip


def symbol_names(operands: str) -> list[str]:
    """A comma-separated list of symbols; raises StatementError."""
    names = split_operands(operands)
    for name in names or [""]:
        if not re.fullmatch(SYMBOL, name):
            raise StatementError("ASM-038", f"`{name}` is not a symbol")
    return names


def _binding(unit: Unit, operands: str, binding: Binding) -> None:
    for text in symbol_names(operands):
        name = unit.named(text)
        if binding is Binding.LOCAL or name.binding is not Binding.WEAK:
            name.binding = binding


def _visibility(unit: Unit, operands: str, visibility: Visibility) -> None:
    for text in symbol_names(operands):
        name = unit.named(text)
        name.visibility = visibility
        name.used = True


def _extern(unit: Unit, operands: str) -> None:
    """Nothing: what is not defined is external."""
    symbol_names(operands)


def _type(unit: Unit, operands: str) -> None:
    """``.type name, %function``; a blank does for the comma."""
    parts = re.split(r"\s*,\s*|\s+", operands.strip(), maxsplit=1)
    kind = parts[1].lstrip("%@#").strip('"').lower() if len(parts) == 2 else ""
    if kind not in _TYPES:
        raise StatementError(
            "ASM-038",
            "expected a symbol and a type",
            "write .type name, %function or %object",
        )
    unit.named(symbol_names(parts[0])[0]).type = _TYPES[kind]


def _size(unit: Unit, operands: str) -> None:
    """``.size name, expression``."""
    parts = split_operands(operands)
    if len(parts) != 2:
        raise StatementError("ASM-038", "expected a symbol and a size", "write .size name, . - name")
    unit.named(symbol_names(parts[0])[0]).size = unit.evaluate(parts[1])


def _set(unit: Unit, operands: str, *, once: bool) -> None:
    """``.set name, expression``; ``.equiv`` refuses a second definition."""
    name, comma, text = operands.partition(",")
    if not comma:
        raise StatementError("ASM-038", "expected a symbol, a comma and a value")
    assign(unit, name.strip(), text, once=once)


def assign(unit: Unit, name: str, text: str, *, once: bool = False) -> None:
    """Give a symbol a value; `.` moves the place instead. A value in error leaves the symbol broken."""
    if name == ".":
        from hypgen.asm.directives.space import move_to

        move_to(unit, text, 0)
        return
    symbol_names(name)
    try:
        value = unit.evaluate(text)
    except StatementError:
        unit.named(name).broken = True
        raise
    unit.assign(name, value, once=once)


def _thumb_alias(unit: Unit, operands: str) -> None:
    """``.thumb_set name, expression``: another name of a function of T32 code."""
    _set(unit, operands, once=False)
    unit.named(operands.partition(",")[0].strip()).thumb = True


_COMMON_SUBSECTION = 1
"""Where in .bss GNU as puts local common symbols: behind what is in the section itself."""


_MOST_NATURAL = 16


def _natural(size: int) -> int:
    """The alignment that GNU as gives a common symbol of so many bytes."""
    return min(1 << max(size - 1, 0).bit_length(), _MOST_NATURAL)


def _common(unit: Unit, operands: str, *, local: bool) -> None:
    """``.comm name, size, alignment``; ``.lcomm`` reserves in .bss."""
    parts = split_operands(operands)
    directive = ".lcomm" if local else ".comm"
    if len(parts) not in (2, 3):
        raise StatementError("ASM-038", f"{directive} needs a symbol, a size and optionally an alignment")
    text = symbol_names(parts[0])[0]
    size = unit.constant(parts[1], "the size")
    alignment = unit.constant(parts[2], "the alignment") if len(parts) == 3 else _natural(size)
    if size < 0 or alignment < 1 or alignment & (alignment - 1):
        raise StatementError("ASM-035", f"{directive}: size {size} or alignment {alignment} is wrong")
    name = unit.named(text)
    local |= name.binding is Binding.LOCAL  # .local before .comm, as clang has it
    if not local:
        if name.defined and name.common is None:
            raise StatementError("ASM-010", f"`{text}` is already defined at {name.location}")
        name.common = (size, alignment)
        name.type = SymbolType.OBJECT
        name.binding = Binding.GLOBAL
        return
    with unit.elsewhere(unit.section_named(".bss"), _COMMON_SUBSECTION):
        unit.align(alignment if len(parts) == 3 else min(8, 1 << max(size, 1).bit_length() - 1))
        unit.define_label(text)
        name.type, name.size = SymbolType.OBJECT, Value(size)
        unit.reserve(size)


TABLE: dict[str, Directive] = {
    **dict.fromkeys((".global", ".globl"), partial(_binding, binding=Binding.GLOBAL)),
    ".weak": partial(_binding, binding=Binding.WEAK),
    ".local": partial(_binding, binding=Binding.LOCAL),
    ".hidden": partial(_visibility, visibility=Visibility.HIDDEN),
    ".protected": partial(_visibility, visibility=Visibility.PROTECTED),
    ".internal": partial(_visibility, visibility=Visibility.INTERNAL),
    ".extern": _extern,
    ".type": _type,
    ".size": _size,
    ".set": partial(_set, once=False),
    ".equ": partial(_set, once=False),
    ".equiv": partial(_set, once=True),
    ".thumb_set": _thumb_alias,
    ".comm": partial(_common, local=False),
    ".lcomm": partial(_common, local=True),
}
