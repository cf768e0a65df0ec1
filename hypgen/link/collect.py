"""Section collection (``--gc-sections``): what can be reached from the entry and from what must stay."""

from __future__ import annotations

from collections.abc import Sequence

from hypgen.elf.model import ObjectFile, Section, SectionFlag, SectionType
from hypgen.link.layout import Layout
from hypgen.link.symbols import Resolution

Live = set[tuple[int, str]]
"""Unit index and section key of every section that takes part in the image."""

_RUN_BY_STARTUP = (SectionType.INIT_ARRAY, SectionType.FINI_ARRAY, SectionType.PREINIT_ARRAY)


def loaded(objects: Sequence[ObjectFile]) -> Live:
    """All sections that are loaded at all."""
    return {
        (index, key)
        for index, unit in enumerate(objects)
        for key, one in unit.sections.items()
        if one.is_loaded
    }


def reachable(objects: Sequence[ObjectFile], resolution: Resolution, layout: Layout) -> Live:
    """The loaded sections that the roots refer to, directly or through others.

    Roots are the section of the entry symbol, those that the layout's ``keep`` names, those that
    start-up code finds without naming them (.init_array and its like), and those that say so of
    themselves (SHF_GNU_RETAIN). An unwind table (SHF_LINK_ORDER) lives with its code, the members
    of a group live together.
    """
    all_loaded = loaded(objects)
    edges = _references(objects, resolution, all_loaded)
    live: Live = set()
    pending = [
        place for place in sorted(all_loaded) if _is_root(objects[place[0]].sections[place[1]], layout)
    ]
    entry = resolution.shared.get(layout.entry_symbol)
    if entry is not None and entry.unit is not None:
        pending.append((entry.unit, str(entry.symbol.section)))
    while pending:
        place = pending.pop()
        if place in all_loaded and place not in live:
            live.add(place)
            pending += edges.get(place, ())
    return live


def _is_root(section: Section, layout: Layout) -> bool:
    return (
        layout.keeps(section.name)
        or section.type in _RUN_BY_STARTUP
        or bool(section.flags & SectionFlag.GNU_RETAIN)
    )


def _references(
    objects: Sequence[ObjectFile], resolution: Resolution, known: Live
) -> dict[tuple[int, str], list[tuple[int, str]]]:
    """From each section to what it needs."""
    edges: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for index, unit in enumerate(objects):
        for relocation in unit.relocations:
            made = resolution.find(index, relocation.symbol) if relocation.symbol else None
            if made is not None and made.unit is not None:
                target = (made.unit, str(made.symbol.section))
                edges.setdefault((index, relocation.section), []).append(target)
        for key, section in unit.sections.items():
            if section.follows:
                edges.setdefault((index, section.follows), []).append((index, key))
        for group in unit.groups:
            for key in group.sections:
                edges.setdefault((index, key), []).extend((index, other) for other in group.sections)
    return {place: targets for place, targets in edges.items() if place in known}
