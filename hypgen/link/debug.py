"""Debug information of the units in the image: joined, with its relocations applied, and never loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypgen.elf.model import DebugSection, ObjectFile, Relocation, Section
from hypgen.errors import Diagnostic
from hypgen.link.collect import Live
from hypgen.link.preparation import StandIns, without_sections
from hypgen.link.relocate import RelocationFault, Target, apply, reference_place
from hypgen.link.symbols import Resolution
from hypgen.units import align_up

_NEVER = {".debug_ranges": 1, ".debug_loc": 1}
"""What stands for an address in code that was left out: 0, but for lists that two zeros would end."""


def is_debug(section: Section) -> bool:
    """Whether a section is read by debuggers only."""
    return not section.is_loaded and section.name.startswith(".debug_")


def without_dead_debug(units: Sequence[ObjectFile], live: Live) -> list[ObjectFile]:
    """The units, and without their debug sections those of which nothing else is in the image."""
    alive = {index for index, _ in live}
    return [
        unit
        if index in alive
        else without_sections(unit, {key for key, one in unit.sections.items() if is_debug(one)})
        for index, unit in enumerate(units)
    ]


def join_debug(
    units: Sequence[ObjectFile],
    resolution: Resolution,
    addresses: Mapping[tuple[int, str], int],
    stand_ins: StandIns,
) -> tuple[tuple[DebugSection, ...], list[Diagnostic]]:
    """The debug sections of all units, those of one name after each other, and what is wrong in them.

    ``addresses`` are those of the loaded sections, by unit index and key. Debug sections begin at 0:
    what refers to one of them counts from its start in the file.
    """
    contents: dict[str, bytearray] = {}
    first: dict[str, Section] = {}
    offsets: dict[tuple[int, str], int] = {}
    for index, unit in enumerate(units):
        for key, section in unit.sections.items():
            if is_debug(section):
                data = contents.setdefault(section.name, bytearray())
                first.setdefault(section.name, section)
                start = align_up(len(data), section.align)
                data += bytes(start - len(data)) + section.data
                offsets[index, key] = start
    whole = {**addresses, **offsets}
    whole |= {gone: whole[kept] for gone, kept in stand_ins.items() if kept in whole}
    faults = []
    for index, unit in enumerate(units):
        for one in unit.relocations:
            if (index, one.section) not in offsets:
                continue
            name = unit.sections[one.section].name
            place = offsets[index, one.section] + one.offset
            target = _target(index, one, resolution, whole)
            if target is None:
                never = _NEVER.get(name, 0).to_bytes(4, "big" if unit.big_endian else "little")
                contents[name][place : place + 4] = never
                continue
            try:
                apply(one, contents[name], place, place, target, big_endian=unit.big_endian)
            except RelocationFault as fault:
                faults.append(replace(fault.diagnostic, location=reference_place(one, unit.name)))
    made = tuple(
        DebugSection(name, int(first[name].flags), bytes(data), first[name].align, first[name].entry_size)
        for name, data in contents.items()
        if data
    )
    return made, faults


def _target(
    index: int, one: Relocation, resolution: Resolution, addresses: Mapping[tuple[int, str], int]
) -> Target | None:
    """What a relocation refers to; None for what is not in the image."""
    if not one.symbol:
        return Target(0, function=False)
    made = resolution.find(index, one.symbol)
    if made is None:
        base = addresses.get((index, one.symbol))  # of a section that is gone, for which another stands in
        return None if base is None else Target(base, function=False)
    if made.unit is None or made.symbol.section == "*ABS*":
        return Target(made.symbol.value, function=False)
    base = addresses.get((made.unit, str(made.symbol.section)))
    if base is None:
        return None
    return Target(base + made.symbol.value, made.symbol.thumb)
