"""Directives that choose where the following goes."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.pools import put_out
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.elf.model import SectionFlag, SectionType

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_FLAGS = {
    "a": SectionFlag.ALLOC, "w": SectionFlag.WRITE, "x": SectionFlag.EXEC,
    "M": SectionFlag.MERGE, "S": SectionFlag.STRINGS,
}  # fmt: skip
_TYPES = {
    "progbits": SectionType.PROGBITS, "nobits": SectionType.NOBITS, "note": SectionType.NOTE,
    "init_array": SectionType.INIT_ARRAY,
}  # fmt: skip
_NAME = re.compile(r'"[^"]*"|[^\s,"]+')


def _standard(unit: Unit, operands: str, name: str) -> None:
    """``.text``, ``.data``, ``.bss``, with an optional subsection."""
    subsection = unit.constant(operands, "the subsection") if operands else 0
    previous = unit.previous
    unit.enter(unit.section_named(name), subsection)
    if name == ".bss":
        unit.previous = previous  # in GNU as for Arm, .previous does not see a .bss


def _section(unit: Unit, operands: str) -> None:
    """``.section name, "flags", %type, entry size``."""
    parts = split_operands(operands)
    match = _NAME.fullmatch(parts[0]) if parts else None
    if match is None:
        raise StatementError("ASM-036", "a section needs a name")
    name = match[0].strip('"')
    flags: SectionFlag | None = None
    kind: SectionType | None = None
    entry_size = 0
    rest = parts[1:]
    if rest and not rest[0].startswith('"') and re.fullmatch(r"[0-9]{1,4}", rest[0]):
        unit.enter(unit.section_named(name), int(rest[0]))
        return
    if rest:
        flags = _flags(rest[0])
    if len(rest) > 1:
        kind = _type(rest[1])
    if len(rest) > 2:
        entry_size = unit.constant(rest[2], "the entry size")
    if len(rest) > 3:
        raise StatementError("ASM-036", f"`{rest[3]}` is not supported", "section groups are not")
    if flags is not None and flags & SectionFlag.MERGE and not entry_size:
        raise StatementError("ASM-036", "the flag M needs an entry size")
    unit.enter(unit.make_section(name, flags, kind, entry_size))


def _flags(text: str) -> SectionFlag:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise StatementError("ASM-036", f"`{text}` are not flags in quotes", 'write "ax", "aw" or "a"')
    flags = SectionFlag(0)
    for letter in text[1:-1]:
        if letter not in _FLAGS:
            raise StatementError("ASM-036", f"the flag `{letter}` is not known", "known are a w x M S")
        flags |= _FLAGS[letter]
    return flags


def _type(text: str) -> SectionType:
    name = text.lstrip("%@#").strip('"')
    if text[:1] not in '%@#"' or name not in _TYPES:
        raise StatementError(
            "ASM-036",
            f"`{text}` is not a type",
            "known are " + ", ".join(f"%{one}" for one in _TYPES),
        )
    return _TYPES[name]


def _push(unit: Unit, operands: str) -> None:
    saved = ((unit.section, unit.subsection), unit.previous)
    _section(unit, operands)
    unit.section_stack.append(saved)


def _pop(unit: Unit, operands: str) -> None:
    if not unit.section_stack:
        raise StatementError("ASM-037", ".popsection without .pushsection before it")
    (section, subsection), previous = unit.section_stack.pop()
    unit.enter(section, subsection)
    unit.previous = previous


def _previous(unit: Unit, operands: str) -> None:
    if unit.previous is None:
        raise StatementError("ASM-037", ".previous without a section before this one")
    unit.enter(*unit.previous)


def _subsection(unit: Unit, operands: str) -> None:
    unit.enter(unit.section, unit.constant(operands or "0", "the subsection"))


def _pool(unit: Unit, operands: str) -> None:
    put_out(unit)


TABLE: dict[str, Directive] = {
    **{f".{name}": partial(_standard, name=f".{name}") for name in ("text", "data", "bss")},
    ".section": _section,
    ".pushsection": _push,
    ".popsection": _pop,
    ".previous": _previous,
    ".subsection": _subsection,
    ".ltorg": _pool,
    ".pool": _pool,
}
