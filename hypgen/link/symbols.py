"""Who defines which name: resolution across units, before anything has an address."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hypgen.elf.model import Binding, ObjectFile, Symbol, SymbolType
from hypgen.errors import Diagnostic, Location
from hypgen.link.relocate import reference_place

_LAYOUT = Location("the layout")


@dataclass(frozen=True)
class Definition:
    """A symbol and the index of the unit that defines it; ``unit`` is None for the layout's own."""

    symbol: Symbol
    unit: int | None


@dataclass(frozen=True)
class Resolution:
    """What every name means: ``shared`` between units, and ``private`` to each unit, by index."""

    shared: Mapping[str, Definition]
    private: Sequence[Mapping[str, Definition]]

    def find(self, unit: int, name: str) -> Definition | None:
        """What ``name`` means in a unit; None if only weak references want it (its address is 0)."""
        return self.private[unit].get(name) or self.shared.get(name)

    def private_definition(self, unit: int, one: Symbol) -> Definition:
        """Where a local symbol of a unit is; FILE symbols and units added later are as they say."""
        known = self.private[unit].get(one.name) if unit < len(self.private) else None
        return known if known is not None and one.type is not SymbolType.FILE else Definition(one, unit)

    def with_values(self, values: Mapping[str, int]) -> Resolution:
        """The same with values for symbols of the layout that were not known before."""
        known = {name: _of_layout(name, value) for name, value in values.items()}
        return Resolution({**self.shared, **known}, self.private)


def _of_layout(name: str, value: int) -> Definition:
    return Definition(Symbol(name, "*ABS*", value, location=_LAYOUT), None)


def resolve(
    objects: Sequence[ObjectFile], absolute: Mapping[str, int]
) -> tuple[Resolution, list[Diagnostic]]:
    """Find the definition of every name, with LINK-002 for each that has more than one.

    A global definition takes precedence over weak ones, and of several weak ones the first unit's
    counts (gABI, "Symbol Table"). Hidden symbols join units like global ones; they only leave the
    image's own list of globals.
    """
    strong: dict[str, list[Definition]] = {
        name: [_of_layout(name, value)] for name, value in absolute.items()
    }
    weak: dict[str, Definition] = {}
    private: list[dict[str, Definition]] = []
    for index, unit in enumerate(objects):
        mine: dict[str, Definition] = {
            name: Definition(Symbol(name, name, type=SymbolType.SECTION), index) for name in unit.sections
        }
        for one in unit.symbols:
            if one.section is None or one.type is SymbolType.FILE:
                continue
            made = Definition(one, index)
            if one.binding is Binding.LOCAL:
                mine[one.name] = made
            elif one.binding is Binding.WEAK:
                weak.setdefault(one.name, made)
            else:
                strong.setdefault(one.name, []).append(made)
        private.append(mine)
    faults = [_duplicate(name, made) for name, made in strong.items() if len(made) > 1]
    return Resolution(weak | {name: made[0] for name, made in strong.items()}, private), faults


def unresolved(
    objects: Sequence[ObjectFile], resolution: Resolution, live: Container[tuple[int, str]], entry: str
) -> list[Diagnostic]:
    """LINK-001 for each name that a section in ``live`` uses and nobody defines, LINK-011 for the entry."""
    faults = _undefined(objects, resolution, live)
    if entry not in resolution.shared:
        faults.append(_no_entry(entry, resolution))
    return faults


def _duplicate(name: str, made: Sequence[Definition]) -> Diagnostic:
    places = [one.symbol.location or Location("an unnamed place") for one in made]
    return Diagnostic(
        "LINK-002",
        f"symbol {name} is defined {len(made)} times",
        places[-1],
        "rename one, or make it local or weak",
        tuple((place, "also defined here") for place in places[:-1]),
    )


def _undefined(
    objects: Sequence[ObjectFile], resolution: Resolution, live: Container[tuple[int, str]]
) -> list[Diagnostic]:
    places: dict[str, list[Location]] = {}
    for name, place in _loose_ends(objects, resolution, live):
        seen = places.setdefault(name, [])
        if place not in seen:
            seen.append(place)
    return [
        Diagnostic(
            "LINK-001",
            f"symbol {name} is used here but no unit defines it",
            used[0],
            _hint(name, resolution),
            tuple((place, "also used here") for place in used[1:]),
        )
        for name, used in places.items()
    ]


def _loose_ends(
    objects: Sequence[ObjectFile], resolution: Resolution, live: Container[tuple[int, str]]
) -> Iterator[tuple[str, Location]]:
    """Every reference to a name without definition that is not weak."""
    for index, unit in enumerate(objects):
        optional = {one.name for one in unit.symbols if one.binding is Binding.WEAK}
        for one in unit.relocations:
            if not one.symbol or (index, one.section) not in live or one.symbol in optional:
                continue
            if resolution.find(index, one.symbol) is None:
                yield one.symbol, reference_place(one, unit.name)


def _hint(name: str, resolution: Resolution) -> str:
    if name == "_GLOBAL_OFFSET_TABLE_":
        return "position-independent code uses it: compile without -fpic"
    bound = re.fullmatch(r"__(start|stop)_(\w+)", name)
    if bound:
        edge = "start" if bound[1] == "start" else "end"
        return f"the layout must say which section's: symbols: {{{name}: {{{edge}: {bound[2]}}}}}"
    return _suggestion(name, resolution) or "define it, or declare it .weak to get address 0"


def _suggestion(name: str, resolution: Resolution) -> str:
    close = difflib.get_close_matches(name, sorted(resolution.shared), n=3)
    return f"did you mean {' or '.join(close)}?" if close else ""


def _no_entry(entry: str, resolution: Resolution) -> Diagnostic:
    local = [
        made.symbol.location
        for unit in resolution.private
        if (made := unit.get(entry)) and made.symbol.location
    ]
    if local:
        return Diagnostic(
            "LINK-011", f"the entry symbol {entry} is local", local[0], f"declare it: .global {entry}"
        )
    return Diagnostic(
        "LINK-011",
        f"no unit defines the entry symbol {entry}",
        hint=_suggestion(entry, resolution) or "define it and declare it .global",
    )
