"""Input sections to places: sizes, budgets, alignment, permissions. No section moves after this."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hypgen.elf.model import ObjectFile, Section, SectionFlag, SectionType, SymbolType
from hypgen.errors import Diagnostic, Location
from hypgen.link.layout import Layout, SectionPlacement
from hypgen.units import align_up


@dataclass(frozen=True)
class Input:
    """An input section, by key, at its offset in the output section; ``unit`` is its object's index."""

    unit: int
    name: str
    section: Section
    offset: int


@dataclass
class Output:
    """A section of the image while it is made: its place, its inputs in order, and its bytes.

    ``data`` stays empty when every input is NOBITS; the relocation pass writes into it.
    """

    place: SectionPlacement
    inputs: list[Input] = field(default_factory=list)
    size: int = 0
    align: int = 1
    data: bytearray = field(default_factory=bytearray)

    @property
    def type(self) -> SectionType:
        """NOBITS if all inputs are, else the type of the first that is not."""
        types = [one.section.type for one in self.inputs if one.section.type is not SectionType.NOBITS]
        return types[0] if types else SectionType.NOBITS

    def add(self, unit: int, name: str, section: Section) -> None:
        """Append an input section at the next offset that suits its alignment."""
        offset = align_up(self.size, section.align)
        self.inputs.append(Input(unit, name, section, offset))
        self.size = offset + section.size
        self.align = max(self.align, section.align)

    def fill(self) -> None:
        """Copy the inputs' bytes; gaps, and NOBITS inputs among others, are zero."""
        if self.type is SectionType.NOBITS:
            return
        self.data = bytearray(self.size)
        for one in self.inputs:
            if one.section.type is not SectionType.NOBITS:
                self.data[one.offset : one.offset + one.section.size] = one.section.data


def place_sections(
    objects: Sequence[ObjectFile], layout: Layout, live: Container[tuple[int, str]]
) -> tuple[list[Output], list[Diagnostic]]:
    """Concatenate those input sections that are in ``live`` (unit index, key) at their places.

    Their order is that of the place's patterns, then of units. Returns the outputs that got any input,
    by virtual address, and everything that does not fit.
    """
    chosen: dict[str, list[_Choice]] = {one.name: [] for one in layout.sections}
    faults: list[Diagnostic] = []
    for index, unit in enumerate(objects):
        for key, section in unit.sections.items():
            if (index, key) not in live:
                continue
            place = layout.place_for(section.name)
            if place is None:
                if section.size or _has_labels(unit, key):
                    faults.append(_unplaced(unit, section, layout))
                continue
            fault = _permission_fault(unit, section, place)
            if fault:
                faults.append(fault)
            chosen[place.name].append(_Choice(index, key, section))
    outputs = [Output(one) for one in layout.sections if chosen[one.name]]
    _fill(outputs, chosen)
    used = sorted(outputs, key=lambda one: one.place.virtual)
    for output in used:
        too_large = size_faults(objects, output)
        faults += too_large
        if not too_large:  # a size that is not checked could be any
            output.fill()
    return used, faults


class _Choice(NamedTuple):
    """An input section that goes to some output."""

    unit: int
    key: str
    section: Section


def _fill(outputs: Sequence[Output], chosen: Mapping[str, list[_Choice]]) -> None:
    """Add every input to its output in the right order.

    Sections that follow others (SHF_LINK_ORDER) stand in the order of those, which must be placed first.
    """
    addresses: dict[tuple[int, str], int] = {}

    def order(output: Output) -> Callable[[_Choice], tuple[int, int, int]]:
        def key(one: _Choice) -> tuple[int, int, int]:
            rank = output.place.rank(one.section.name) or 0
            return rank, _priority(one.section), addresses.get((one.unit, one.section.follows), 0)

        return key

    def follows(output: Output) -> bool:
        return any(one.section.follows for one in chosen[output.place.name])

    for output in sorted(outputs, key=follows):
        for unit, key, section in sorted(chosen[output.place.name], key=order(output)):
            output.add(unit, key, section)
            addresses[unit, key] = output.place.virtual + output.inputs[-1].offset


def _priority(section: Section) -> int:
    """The number at the end of .init_array.00100 and its like; without one they run last."""
    if section.type not in (SectionType.INIT_ARRAY, SectionType.FINI_ARRAY):
        return 0
    number = section.name.rpartition(".")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 5 else 0x1_0000


def bound_values(layout: Layout, outputs: Sequence[Output]) -> dict[str, int]:
    """The values of the layout's bounds; a section that got no input has no bytes."""
    sizes = {one.place.name: one.size for one in outputs}
    places = {one.name: one for one in layout.sections}
    values = {}
    for name, bound in layout.bounds.items():
        place = places[bound.section]
        ends = {
            "start": int(place.virtual),
            "end": place.virtual + sizes.get(place.name, 0),
            "load": int(place.load),
        }
        values[name] = ends[bound.edge]
    return values


def _has_labels(unit: ObjectFile, section: str) -> bool:
    return any(one.section == section and one.type is not SymbolType.SECTION for one in unit.symbols)


def _where(unit: ObjectFile, section: Section) -> Location:
    """The place of a section's first statement, or its file."""
    return section.lines[0][1] if section.lines else Location(unit.name)


def _unplaced(unit: ObjectFile, section: Section, layout: Layout) -> Diagnostic:
    places = ", ".join(one.name for one in layout.sections)
    return Diagnostic(
        "LINK-006",
        f"section {section.name} ({section.size} bytes) has no place in the layout, which places {places}",
        _where(unit, section),
        "use one of these sections, give this one a place, or discard it",
    )


def _permission_fault(unit: ObjectFile, section: Section, place: SectionPlacement) -> Diagnostic | None:
    lacking = []
    if section.flags & SectionFlag.WRITE and place.permission != "rw":
        lacking.append("written")
    if section.flags & SectionFlag.EXEC and place.permission != "rx":
        lacking.append("executed")
    if not lacking:
        return None
    return Diagnostic(
        "LINK-008",
        f"section {section.name} is to be {' and '.join(lacking)}, "
        f"but {place.name} is placed in memory that is {place.permission}",
        _where(unit, section),
        "correct the section's flags, or put it elsewhere",
    )


def size_faults(objects: Sequence[ObjectFile], output: Output) -> list[Diagnostic]:
    """What of an output does not fit its place: LINK-005 (size) and LINK-013 (alignment)."""
    place = output.place
    faults = []
    if output.size > place.budget:
        crossing = next(one for one in output.inputs if one.offset + one.section.size > place.budget)
        parts = tuple(
            (
                _where(objects[one.unit], one.section),
                f"{one.section.size:#x} bytes of {objects[one.unit].name} at offset {one.offset:#x}",
            )
            for one in output.inputs
            if one.section.size
        )
        faults.append(
            Diagnostic(
                "LINK-005",
                f"section {place.name} needs {output.size:#x} bytes, its budget is {place.budget:#x}: "
                f"{output.size - place.budget:#x} too many",
                _where(objects[crossing.unit], crossing.section),
                "raise the budget, or move something to another section",
                parts,
            )
        )
    for space, start in (("virtual", place.virtual), ("load", place.load)):
        if start % output.align:
            strictest = next(one for one in output.inputs if one.section.align == output.align)
            faults.append(
                Diagnostic(
                    "LINK-013",
                    f"section {strictest.section.name} wants alignment {output.align:#x}, "
                    f"but {place.name} is placed at {space} address {start}",
                    _where(objects[strictest.unit], strictest.section),
                    "align the place, or ask for less",
                )
            )
    return faults
