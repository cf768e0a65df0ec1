"""Where sections go: the linker's only instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from hypgen.errors import Diagnostic, Location
from hypgen.units import LoadAddr, PhysAddr, Span, VirtAddr

Permission = Literal["rx", "r", "rw"]
"""What a section's memory may be used for; one PT_LOAD serves one permission."""

ADDRESS_SPACE = 1 << 32


@dataclass(frozen=True)
class SectionPlacement:
    """The place of one section of the image: its addresses and the ``budget`` of bytes that it may fill.

    ``physical`` is what HTTBR and other masters call ``load``; it is the same number where no alias
    is in use, and only the map shows it. ``inputs`` are patterns (``*``, ``?``, ``[...]``) of the names
    of the input sections that go here, in the order in which they go; without any it is the name.
    """

    name: str
    virtual: VirtAddr
    load: LoadAddr
    budget: int
    permission: Permission
    physical: PhysAddr | None = None
    inputs: tuple[str, ...] = ()
    location: Location | None = field(default=None, compare=False)

    def rank(self, section: str) -> int | None:
        """Which of the patterns in ``inputs`` takes an input section, from 0; None if none does."""
        return next((rank for rank, pattern in enumerate(self.inputs) if fnmatchcase(section, pattern)), None)


@dataclass(frozen=True)
class Bound:
    """An address that a section of the image gives: its start, its end, or the load address of its start."""

    section: str
    edge: Literal["start", "end", "load"]


@dataclass(frozen=True)
class Layout:
    """Places for all sections, the entry, and symbols with fixed values.

    ``entry_address`` says which address of ``entry_symbol`` goes into e_entry: its load address, where
    a CPU with its MMU off begins, or its virtual address. ``bounds`` are symbols whose values are
    known once sections have their sizes. With ``collect`` what nothing refers to is left out, except
    for input sections that a pattern in ``keep`` names; those that ``discard`` names never take
    part.
    """

    sections: tuple[SectionPlacement, ...]
    entry_symbol: str
    entry_address: Literal["load", "virtual"] = "load"
    absolute: Mapping[str, int] = field(default_factory=dict)
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    collect: bool = False
    keep: tuple[str, ...] = ()
    discard: tuple[str, ...] = ()

    def place_for(self, section: str) -> SectionPlacement | None:
        """The placement of an input section.

        It is the first one with a pattern for it in ``inputs``; else that of its own name, or of the
        longest dotted beginning of it: ``.text.startup.main`` goes into ``.text.startup`` if there is
        one, else into ``.text``. Common symbols go where .bss does.
        """
        for one in self.sections:
            if one.rank(section) is not None:
                return one
        places = {one.name: one for one in self.sections if not one.inputs}
        name = section
        while name and name not in places:
            name = name.rpartition(".")[0]
        if name:
            return places[name]
        return self.place_for(".bss") if section == "COMMON" else None

    def keeps(self, section: str) -> bool:
        """Whether an input section stays although nothing refers to it."""
        return any(fnmatchcase(section, pattern) for pattern in self.keep)


def layout_faults(layout: Layout) -> list[Diagnostic]:
    """What is wrong with a layout in itself: places that overlap, share a name, or end beyond 32 bits."""
    found = []
    places = layout.sections
    for index, one in enumerate(places):
        for space, span in _spans(one):
            if span.end > ADDRESS_SPACE:
                found.append(
                    Diagnostic(
                        "LINK-007",
                        f"section {one.name} at {space} {span} ends beyond the 32-bit address space",
                        one.location,
                        hint="move it down or lower its budget",
                    )
                )
        for other in places[index + 1 :]:
            if one.name == other.name:
                found.append(
                    Diagnostic(
                        "LINK-007",
                        f"the layout gives section {one.name} two places, "
                        f"{_virtual(one)} and {_virtual(other)}",
                        other.location,
                        "remove one",
                        _note(one),
                    )
                )
            for (space, left), (_, right) in zip(_spans(one), _spans(other), strict=True):
                if left.start < right.end and right.start < left.end:
                    found.append(
                        Diagnostic(
                            "LINK-007",
                            f"sections {one.name} and {other.name} overlap in the layout: "
                            f"{space} {left} and {right}",
                            other.location,
                            "move one or lower a budget",
                            _note(one),
                        )
                    )
    return found


def _note(one: SectionPlacement) -> tuple[tuple[Location, str], ...]:
    return ((one.location, "the other one is here"),) if one.location else ()


def _virtual(one: SectionPlacement) -> Span[VirtAddr]:
    return Span.sized(one.virtual, one.budget)


def _spans(one: SectionPlacement) -> tuple[tuple[str, Span[VirtAddr] | Span[LoadAddr]], ...]:
    return ("virtual", _virtual(one)), ("load", Span.sized(one.load, one.budget))
