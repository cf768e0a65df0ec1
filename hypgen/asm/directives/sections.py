"""Directives that choose where the following goes."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.directives.pools import put_out
from hypgen.asm.sections import Attributes
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.elf.model import SectionFlag, SectionType

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive
    from hypgen.asm.sections import Section

_FLAGS = {
    "a": SectionFlag.ALLOC, "w": SectionFlag.WRITE, "x": SectionFlag.EXEC,
    "M": SectionFlag.MERGE, "S": SectionFlag.STRINGS, "G": SectionFlag.GROUP, "T": SectionFlag.TLS,
    "o": SectionFlag.LINK_ORDER, "R": SectionFlag.GNU_RETAIN, "y": SectionFlag.PURECODE,
    "e": SectionFlag.EXCLUDE,
}  # fmt: skip
_TYPES = {
    "progbits": SectionType.PROGBITS, "nobits": SectionType.NOBITS, "note": SectionType.NOTE,
    "init_array": SectionType.INIT_ARRAY, "fini_array": SectionType.FINI_ARRAY,
    "preinit_array": SectionType.PREINIT_ARRAY,
}  # fmt: skip
_STANDARD = (".text", ".data", ".bss")
_NAME = re.compile(r'"[^"]*"|[^\s,"]+')


def _standard(unit: Unit, operands: str, name: str) -> None:
    """``.text``, ``.data``, ``.bss``, with an optional subsection."""
    subsection = unit.constant(operands, "the subsection") if operands else 0
    previous = unit.previous
    unit.enter(unit.section_named(name), subsection)
    if name == ".bss":
        unit.previous = previous  # in GNU as for Arm, .previous does not see a .bss


def _section(unit: Unit, operands: str) -> None:
    """``.section name, "flags", %type, entry size, linked section, group, comdat, unique, number``.

    What follows the type depends on the flags: M has an entry size, o a section, G a group.
    """
    parts = split_operands(operands)
    match = _NAME.fullmatch(parts[0]) if parts else None
    if match is None:
        raise StatementError("ASM-036", "a section needs a name")
    name = match[0].strip('"')
    rest = parts[1:]
    if rest and not rest[0].startswith('"') and re.fullmatch(r"[0-9]{1,4}", rest[0]):
        unit.enter(unit.section_named(name), int(rest[0]))
        return
    section = unit.make_section(_attributes(unit, name, rest) if rest else Attributes(name))
    section.declared |= name not in _STANDARD  # it is made, even if it stays empty
    unit.enter(section)


def _attributes(unit: Unit, name: str, rest: list[str]) -> Attributes:
    flags = _flags(rest.pop(0))
    kind = _type(rest.pop(0)) if rest and rest[0][:1] in ("%", "@", "#", '"') else None
    entry_size = 0
    if flags & SectionFlag.MERGE:
        entry_size = unit.constant(_operand(rest, "the flag M needs an entry size"), "the entry size")
    follows = None
    if flags & SectionFlag.LINK_ORDER:
        follows = _linked(unit, _operand(rest, "the flag o needs the section that it follows"))
    group, comdat = "", False
    if flags & SectionFlag.GROUP:
        group = _operand(rest, "the flag G needs the name of a group").strip('"')
        comdat = rest[:1] == ["comdat"]
        rest = rest[1:] if comdat else rest
    unique = None
    if rest[:1] == ["unique"]:
        rest = rest[1:]
        unique = unit.constant(_operand(rest, "`unique` needs a number"), "the number of `unique`")
    if rest:
        raise StatementError("ASM-036", f"`{rest[0]}` is one operand too many", "the flags say which follow")
    return Attributes(name, flags, kind, entry_size, group, comdat, follows, unique)


def _operand(rest: list[str], missing: str) -> str:
    if not rest or not rest[0]:
        raise StatementError("ASM-036", missing)
    return rest.pop(0)


def _linked(unit: Unit, text: str) -> Section:
    """The section that one with the flag o goes with: named by itself, or by a symbol in it."""
    label = unit.names.get(text)
    if label is not None and label.fragment is not None:
        return label.fragment.section
    if text not in unit.sections:
        raise StatementError("ASM-036", f"`{text}` is no section before this", "define it first")
    return unit.sections[text]


def _flags(text: str) -> SectionFlag:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise StatementError("ASM-036", f"`{text}` are not flags in quotes", 'write "ax", "aw" or "a"')
    flags = SectionFlag(0)
    for letter in text[1:-1]:
        if letter not in _FLAGS:
            raise StatementError(
                "ASM-036", f"the flag `{letter}` is not known", "known are " + " ".join(_FLAGS)
            )
        flags |= _FLAGS[letter]
    return flags


def _type(text: str) -> SectionType:
    name = text.lstrip("%@#").strip('"').lower()
    if re.fullmatch(r"0x[0-9a-f]{1,8}|[0-9]{1,10}", name) and int(name, 0) in list(SectionType):
        return SectionType(int(name, 0))
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
