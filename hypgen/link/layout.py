"""Where sections go: the linker's only instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hypgen.errors import Diagnostic
from hypgen.units import LoadAddr, PhysAddr, Span, VirtAddr

Permission = Literal["rx", "r", "rw"]
"""What a section's memory may be used for; one PT_LOAD serves one permission."""

ADDRESS_SPACE = 1 << 32


@dataclass(frozen=True)
class SectionPlacement:
    """The place of one section of the image: its addresses and the ``budget`` of bytes that it may fill.

    ``physical`` is what HTTBR and other masters call ``load``; it is the same number where no alias
    is in use, and only the map shows it.
    """

    name: str
    virtual: VirtAddr
    load: LoadAddr
    budget: int
    permission: Permission
    physical: PhysAddr | None = None


@dataclass(frozen=True)
class Layout:
    """Places for all sections, the entry, and symbols with fixed values.

    ``entry_address`` says which address of ``entry_symbol`` goes into e_entry: its load address, where
    a CPU with its MMU off begins, or its virtual address.
    """

    sections: tuple[SectionPlacement, ...]
    entry_symbol: str
    entry_address: Literal["load", "virtual"] = "load"
    absolute: Mapping[str, int] = field(default_factory=dict)

    def place_for(self, section: str) -> SectionPlacement | None:
        """The placement of an input section: of its own name, or of the longest dotted beginning of it.

        So ``.text.startup.main`` goes into ``.text.startup`` if there is one, else into ``.text``.
        """
        places = {one.name: one for one in self.sections}
        name = section
        while name and name not in places:
            name = name.rpartition(".")[0]
        return places.get(name)


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
                        hint="remove one",
                    )
                )
            for (space, left), (_, right) in zip(_spans(one), _spans(other), strict=True):
                if left.start < right.end and right.start < left.end:
                    found.append(
                        Diagnostic(
                            "LINK-007",
                            f"sections {one.name} and {other.name} overlap in the layout: "
                            f"{space} {left} and {right}",
                            hint="move one or lower a budget",
                        )
                    )
    return found


def _virtual(one: SectionPlacement) -> Span[VirtAddr]:
    return Span.sized(one.virtual, one.budget)


def _spans(one: SectionPlacement) -> tuple[tuple[str, Span[VirtAddr] | Span[LoadAddr]], ...]:
    return ("virtual", _virtual(one)), ("load", Span.sized(one.load, one.budget))
