"""From the finished unit to the object model: section contents, symbols, mapping and lines."""

from __future__ import annotations

from hypgen.asm.call_frame import CallFrame
from hypgen.asm.resolve import SilentError, settle
from hypgen.asm.sections import Fragment, Section
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit
from hypgen.asm.values import Name, Value
from hypgen.bits import MASK32
from hypgen.elf import model
from hypgen.elf.attributes import ATTRIBUTES
from hypgen.elf.frames import with_frames
from hypgen.elf.model import (
    ABSOLUTE,
    COMMON,
    Binding,
    Frame,
    FrameStep,
    Group,
    Mapping,
    ObjectFile,
    SectionType,
    Symbol,
    SymbolType,
)

POINTER = 4
ARRAYS = (SectionType.INIT_ARRAY, SectionType.FINI_ARRAY, SectionType.PREINIT_ARRAY)
"""Types of sections that hold pointers."""


def export(unit: Unit) -> ObjectFile:
    """The object: sections in the order of their first use, local symbols before the others."""
    referenced = {one.symbol for one in unit.relocations}
    used = {name.fragment.section.key for name in unit.names.values() if name.fragment} | referenced
    sections = {
        section.key: made
        for section in unit.sections.values()
        if (made := _section(section)).size or section.key in used or section.declared
    }
    symbols = [Symbol(name, ABSOLUTE, type=SymbolType.FILE) for name in unit.file_names]
    symbols += [Symbol(name, name, type=SymbolType.SECTION) for name in sections]
    for name in unit.names.values():
        symbol = _symbol(unit, name, referenced)
        if symbol is not None:
            symbols.append(symbol)
    groups = _groups(unit, sections, symbols)
    symbols.sort(key=lambda one: one.binding is not Binding.LOCAL)
    attributes = tuple(sorted((dict(ATTRIBUTES) | unit.attributes).items()))
    whole = ObjectFile(
        unit.name,
        sections,
        symbols,
        unit.relocations,
        groups,
        attributes,
        unit.options.big_endian,
    )
    return with_frames(whole, [_frame(one) for one in unit.call_frames])


def _groups(unit: Unit, sections: dict[str, model.Section], symbols: list[Symbol]) -> list[Group]:
    """The section groups, in the order of their first section; each gets a symbol if it has none."""
    members: dict[str, list[Section]] = {}
    for section in unit.sections.values():
        if section.group and section.key in sections:
            members.setdefault(section.group, []).append(section)
    known = {one.name for one in symbols}
    symbols += [Symbol(name, found[0].key) for name, found in members.items() if name not in known]
    return [
        Group(name, tuple(one.key for one in found), any(one.comdat for one in found))
        for name, found in members.items()
    ]


def _frame(one: CallFrame) -> Frame:
    """A function's frame with offsets in its section, which the layout has given its fragments."""

    def place(fragment: Fragment, offset: int) -> int:
        return (fragment.address or 0) + offset

    start = place(*one.start)
    steps = tuple(
        FrameStep(place(fragment, offset), code, is_common) for fragment, offset, code, is_common in one.steps
    )
    end = place(*one.end) if one.end is not None else start
    return Frame(one.section.key, start, end - start, steps, one.return_column, one.is_signal)


def _section(section: Section) -> model.Section:
    made = model.Section(
        section.name,
        section.flags,
        section.type,
        align=section.align,
        entry_size=section.entry_size or (POINTER if section.type in ARRAYS else 0),
        follows=section.follows.key if section.follows else "",
    )
    mapping: list[tuple[int, Mapping]] = []
    for fragment in section.fragments():
        address = fragment.address or 0
        mapping += ((address + offset, kind) for offset, kind in fragment.mapping)
        made.lines += [(address + offset, origin.location) for offset, origin in fragment.lines]
        made.source_lines += [(address + offset, origin.line) for offset, origin in fragment.lines]
        made.included += [
            (address + offset, place)
            for offset, origin in fragment.lines
            if origin.stack and (place := origin.included) is not None
        ]
        made.size = address + fragment.size
        if not section.nobits:
            made.data += fragment.data
    made.mapping = _without_repeats(mapping, made.size)
    return made


def _without_repeats(mapping: list[tuple[int, Mapping]], size: int) -> list[tuple[int, Mapping]]:
    """Only changes; of several marks at one offset the last counts."""
    last = {offset: kind for offset, kind in mapping if offset < size}
    changes: list[tuple[int, Mapping]] = []
    for offset in sorted(last):
        if not changes or changes[-1][1] is not last[offset]:
            changes.append((offset, last[offset]))
    return changes


def _symbol(unit: Unit, name: Name, referenced: set[str]) -> Symbol | None:
    """What a symbol becomes; None for what stays inside (numeric and .L labels, unused names)."""
    inner = name.name.startswith(("\1", ".L"))
    if inner and name.name not in referenced:
        return None
    said = name.binding is Binding.GLOBAL or name.type is not SymbolType.NOTYPE or name.size is not None
    said &= name.binding is not Binding.WEAK
    if not (name.defined or name.name in referenced or name.used or said):
        return None
    binding = name.binding if name.binding is not None else Binding.LOCAL
    if not name.defined and name.binding is None:
        binding = Binding.GLOBAL
    kind = SymbolType.FUNC if name.thumb else name.type
    symbol = Symbol(
        name.name, binding=binding, type=kind, visibility=name.visibility, thumb=name.thumb_function,
        location=name.location, size=_number(name.size),
    )  # fmt: skip
    if name.common is not None:
        symbol.section, (symbol.size, symbol.value) = COMMON, name.common
    elif name.fragment is not None:
        symbol.section, symbol.value = name.fragment.section.key, name.place
    elif name.value is not None and not _place_assigned(symbol, name):
        return None
    return symbol


def _place_assigned(symbol: Symbol, name: Name) -> bool:
    """Give an assigned symbol its place; whether it has one, and is not another name of one elsewhere."""
    assert name.value is not None
    value = settle(name.value)
    if not isinstance(value, Value) or len(value.terms) > 1:
        return True
    if value.constant:
        symbol.section, symbol.value = ABSOLUTE, value.number & MASK32
        return True
    place = value.terms[0][0]
    if place.fragment is not None:
        symbol.section = place.fragment.section.key
        symbol.value = (place.place + value.number) & MASK32
    return place.fragment is not None


def _number(node: object) -> int:
    if node is None:
        return 0
    try:
        value = settle(node)  # type: ignore[arg-type]  # a Node, from Name.size
    except (StatementError, SilentError):
        return 0
    return value.number if isinstance(value, Value) and value.constant else 0
