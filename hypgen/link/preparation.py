"""Two things that happen to units before names are resolved: COMDAT groups and tentative definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from hypgen.elf.model import (
    COMMON,
    Binding,
    ObjectFile,
    Section,
    SectionFlag,
    SectionType,
    Symbol,
    SymbolType,
)
from hypgen.units import align_up

COMMON_SECTION = "COMMON"
"""What the section that is made for a unit's common symbols is called; the layout places it as .bss."""


StandIns = dict[tuple[int, str], tuple[int, str]]
"""For each section of a COMDAT group that was left out, by unit index and key, the kept one like it."""


def prepare(objects: Sequence[ObjectFile], discard: Sequence[str] = ()) -> tuple[list[ObjectFile], StandIns]:
    """The units with each COMDAT group once, with common symbols in sections of their own, and without
    the sections that a pattern in ``discard`` names; and what stands in for the groups that are gone."""
    kept = []
    for unit in objects:
        gone = {
            key
            for key, one in unit.sections.items()
            if any(fnmatchcase(one.name, pattern) for pattern in discard)
        }
        kept.append(without_sections(unit, gone) if gone else unit)
    units, stand_ins = drop_duplicate_groups(kept)
    return place_common(units), stand_ins


def drop_duplicate_groups(objects: Sequence[ObjectFile]) -> tuple[list[ObjectFile], StandIns]:
    """Keep the first COMDAT group of each signature (gABI, "Section Groups").

    A global symbol in a group that goes becomes a reference to the kept one; locals go with it. What
    debug information says of a section that is gone holds for one of the same name and size.
    """
    seen: dict[str, dict[tuple[str, int], tuple[int, str]]] = {}
    stand_ins: StandIns = {}
    kept = []
    for index, unit in enumerate(objects):
        gone: set[str] = set()
        for group in unit.groups:
            if not group.comdat:
                continue
            alike = {(unit.sections[key].name, unit.sections[key].size): key for key in group.sections}
            if group.signature in seen:
                first = seen[group.signature]
                stand_ins |= {(index, key): first[like] for like, key in alike.items() if like in first}
                gone |= set(group.sections)
            else:
                seen[group.signature] = {like: (index, key) for like, key in alike.items()}
        kept.append(without_sections(unit, gone) if gone else unit)
    return kept, stand_ins


def without_sections(unit: ObjectFile, gone: set[str]) -> ObjectFile:
    """A unit without some of its sections; global symbols in these become references."""
    symbols = []
    for one in unit.symbols:
        if one.section not in gone:
            symbols.append(one)
        elif one.binding is not Binding.LOCAL:
            symbols.append(replace(one, section=None, value=0, size=0, type=SymbolType.NOTYPE, thumb=False))
    return replace(
        unit,
        sections={key: one for key, one in unit.sections.items() if key not in gone},
        symbols=symbols,
        relocations=[one for one in unit.relocations if one.section not in gone],
        groups=[one for one in unit.groups if not gone & set(one.sections)],
    )


def place_common(objects: Sequence[ObjectFile]) -> list[ObjectFile]:
    """Give every common symbol (``int x;`` in C, with -fcommon) its memory, or make it a reference.

    A definition takes precedence over common symbols, and of these the largest counts, with the
    strictest alignment of all (gABI, "Symbol Table": SHN_COMMON; st_value is the alignment). Memory is
    in the unit of the largest, in the order in which that unit names them.
    """
    defined = {
        one.name
        for unit in objects
        for one in unit.symbols
        if one.binding is Binding.GLOBAL and one.section not in (None, COMMON)
    }
    best: dict[str, tuple[int, int, int]] = {}
    for index, unit in enumerate(objects):
        for one in unit.symbols:
            if one.section == COMMON and one.name not in defined:
                home, size, align = best.get(one.name, (index, 0, 1))
                if one.size > size:
                    home = index
                best[one.name] = home, max(size, one.size), max(align, one.value)
    commons = {one.name for unit in objects for one in unit.symbols if one.section == COMMON}
    return [_with_common(unit, index, best, commons) for index, unit in enumerate(objects)]


def _with_common(
    unit: ObjectFile, index: int, best: dict[str, tuple[int, int, int]], commons: set[str]
) -> ObjectFile:
    if not any(one.name in commons for one in unit.symbols):
        return unit
    section = Section(COMMON_SECTION, SectionFlag.ALLOC | SectionFlag.WRITE, SectionType.NOBITS)
    symbols = []
    for one in unit.symbols:
        home, size, align = best.get(one.name, (-1, 0, 1))
        if one.section == COMMON and home == index:
            start = align_up(section.size, align)
            section.size, section.align = start + size, max(section.align, align)
            kind = SymbolType.OBJECT
            symbols.append(
                replace(
                    one, section=COMMON_SECTION, value=start, size=size, type=kind, binding=Binding.GLOBAL
                )
            )
        elif one.section == COMMON or (one.name in best and one.binding is Binding.WEAK):
            # Someone else's definition counts; a common symbol overrides a weak one too.
            symbols.append(_reference(one))
        else:
            symbols.append(one)
    sections = unit.sections | ({COMMON_SECTION: section} if section.size else {})
    return replace(unit, sections=sections, symbols=symbols)


def _reference(one: Symbol) -> Symbol:
    return replace(one, section=None, value=0, size=0, type=SymbolType.NOTYPE, binding=Binding.GLOBAL)
