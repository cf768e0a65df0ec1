"""From the finished unit to the object model: section contents, symbols, mapping and lines."""

from __future__ import annotations

from hypgen.asm.resolve import SilentError, settle
from hypgen.asm.sections import Section
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit
from hypgen.asm.values import Name, Value
from hypgen.elf import model
from hypgen.elf.model import ABSOLUTE, COMMON, Binding, Mapping, ObjectFile, Symbol, SymbolType


def export(unit: Unit) -> ObjectFile:
    """The object: sections in the order of their first use, local symbols before the others."""
    referenced = {one.symbol for one in unit.relocations}
    used = {name.fragment.section.name for name in unit.names.values() if name.fragment} | referenced
    sections = {
        section.name: made
        for section in unit.sections.values()
        if (made := _section(section)).size or section.name in used
    }
    symbols = [Symbol(name, ABSOLUTE, type=SymbolType.FILE) for name in unit.file_names]
    symbols += [Symbol(name, name, type=SymbolType.SECTION) for name in sections]
    for name in unit.names.values():
        symbol = _symbol(unit, name, referenced)
        if symbol is not None:
            symbols.append(symbol)
    symbols.sort(key=lambda one: one.binding is not Binding.LOCAL)
    return ObjectFile(unit.name, sections, symbols, unit.relocations)


def _section(section: Section) -> model.Section:
    made = model.Section(
        section.name, section.flags, section.type, align=section.align, entry_size=section.entry_size
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
    if not name.defined and name.name not in referenced and not name.used and name.binding is None:
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
        symbol.section, symbol.value = name.fragment.section.name, name.place
    elif name.value is not None:
        _place_assigned(symbol, name)
    return symbol


def _place_assigned(symbol: Symbol, name: Name) -> None:
    assert name.value is not None
    value = settle(name.value)
    if not isinstance(value, Value) or len(value.terms) > 1:
        return
    if value.constant:
        symbol.section, symbol.value = ABSOLUTE, value.number & 0xFFFF_FFFF
        return
    place = value.terms[0][0]
    if place.fragment is not None:
        symbol.section, symbol.value = place.fragment.section.name, place.place + value.number
        if symbol.type is SymbolType.NOTYPE:
            symbol.type = place.type
        symbol.thumb = place.thumb_function


def _number(node: object) -> int:
    if node is None:
        return 0
    try:
        value = settle(node)  # type: ignore[arg-type]  # a Node, from Name.size
    except (StatementError, SilentError):
        return 0
    return value.number if isinstance(value, Value) and value.constant else 0
