"""Joining units into one object with its relocations left to do, as ``ld -r`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from hypgen.arch.relocations import RELOCATIONS, Place
from hypgen.bits import MASK32
from hypgen.elf.model import (
    ABSOLUTE,
    Binding,
    ObjectFile,
    Relocation,
    Section,
    SectionType,
    Symbol,
    SymbolType,
)
from hypgen.errors import InputError
from hypgen.link.attributes import join_attributes
from hypgen.link.symbols import resolve
from hypgen.units import align_up


def join(units: Sequence[ObjectFile], name: str) -> ObjectFile:
    """One object of all ``units``: sections of one name follow each other, in unit order.

    Of several locals with one name the later ones are
    called ``name@unit``. Raises InputError for symbols that are defined twice and for units that
    cannot run together.
    """
    attributes, faults = join_attributes(units)
    faults += resolve(units, {})[1]
    if faults:
        raise InputError(faults)
    made = ObjectFile(name, attributes=attributes)
    shared = {
        one.name
        for unit in units
        for one in unit.symbols
        if one.binding is not Binding.LOCAL and one.section is not None
    }
    taken: Counter[str] = Counter(shared)
    wanted: dict[str, Symbol] = {}
    for unit in units:
        starts = {key: _append(made, section) for key, section in unit.sections.items()}
        names: dict[str, str] = {}
        for one in unit.symbols:
            if one.type in (SymbolType.SECTION, SymbolType.FILE):
                continue
            if one.section is None:
                if one.name not in shared:
                    known = wanted.setdefault(one.name, one)
                    if one.binding is Binding.GLOBAL and known.binding is Binding.WEAK:
                        wanted[one.name] = one
                continue
            label = one.name
            if one.binding is Binding.LOCAL:
                if taken[label]:
                    label = f"{one.name}@{unit.name}"
                taken[label] += 1
                names[one.name] = label
            home = unit.sections[one.section].name if one.section in unit.sections else one.section
            made.symbols.append(
                replace(one, name=label, section=home, value=one.value + starts.get(str(one.section), 0))
            )
        moved = [
            replace(
                one,
                section=unit.sections[one.section].name,
                offset=starts[one.section] + one.offset,
                symbol=names.get(one.symbol, one.symbol),
            )
            for one in unit.relocations
        ]
        made.relocations += _refer_to_sections(made, unit, moved, starts)
    made.symbols += wanted.values()
    made.symbols = [one for one in made.symbols if not (one.section == ABSOLUTE and not one.binding)]
    made.symbols.sort(key=lambda one: one.binding is not Binding.LOCAL)
    return made


def _append(made: ObjectFile, section: Section) -> int:
    """Append a section to the one of its name, and give its offset there."""
    whole = made.sections.setdefault(
        section.name, Section(section.name, section.flags, section.type, entry_size=section.entry_size)
    )
    start = align_up(whole.size, section.align)
    whole.align = max(whole.align, section.align)
    whole.flags |= section.flags
    if whole.type is not SectionType.NOBITS:
        whole.data += bytes(start - whole.size) + (section.data or bytes(section.size))
    whole.size = start + section.size
    whole.mapping += ((start + offset, kind) for offset, kind in section.mapping)
    return start


def _refer_to_sections(
    made: ObjectFile, unit: ObjectFile, relocations: Sequence[Relocation], starts: dict[str, int]
) -> list[Relocation]:
    """The relocations with what named a unit's section naming that of the whole.

    A word's addend grows by where the unit's part begins. The addends of instructions might not hold
    that; they refer to a local symbol there, called ``unit:section``.
    """
    keys = {one.name: str(one.section) for one in unit.symbols if one.type is SymbolType.SECTION}
    keys = {**{key: key for key in unit.sections}, **keys}
    own = {one.name for one in unit.symbols if one.type is not SymbolType.SECTION}
    labels: dict[str, Symbol] = {}
    done = []
    for one in relocations:
        key = keys.get(one.symbol)
        if key is None or one.symbol in own:
            done.append(one)
            continue
        whole = unit.sections[key].name
        if RELOCATIONS[one.type].place is Place.WORD:
            data = made.sections[one.section].data
            order: Literal["big", "little"] = "big" if unit.big_endian else "little"
            word = int.from_bytes(data[one.offset : one.offset + 4], order) + starts[key]
            data[one.offset : one.offset + 4] = (word & MASK32).to_bytes(4, order)
            done.append(replace(one, symbol=whole))
        else:
            label = labels.setdefault(key, Symbol(f"{unit.name}:{key}", whole, starts[key]))
            done.append(replace(one, symbol=label.name))
    made.symbols += labels.values()
    return done
