"""The sections of an image, and the three addresses of each.

Starts are fixed by the budgets below and never depend on what the sections turn out to hold: a
section that outgrows its budget is an error of the link, and no other section moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hypgen.errors import InputError
from hypgen.plan import structures
from hypgen.plan.descriptors import Permission
from hypgen.plan.idmap import LinearMap
from hypgen.units import PAGE_SIZE, LoadAddr, PhysAddr, Span, VirtAddr, align_up

SectionPermission = Literal["rx", "r", "rw"]


@dataclass(frozen=True)
class PlannedSection:
    """A section at its three addresses. ``budget`` bytes are reserved for it from each of them.

    ``anchor`` is the symbol that must be its first byte, where the plan computes with that address.
    """

    name: str
    permission: SectionPermission
    virtual: VirtAddr
    load: LoadAddr
    physical: PhysAddr
    budget: int
    nobits: bool
    purpose: str
    anchor: str | None = None

    @property
    def span(self) -> Span[VirtAddr]:
        """The virtual addresses reserved for the section."""
        return Span.sized(self.virtual, self.budget)


@dataclass(frozen=True)
class SectionRow:
    """What the layout knows about a section before it has an address."""

    name: str
    permission: SectionPermission
    budget: int
    purpose: str
    anchor: str | None = None
    nobits: bool = False


TABLE_PAGES = 8
"""Level 1, two or three level 2 (the image, the identity page, devices), a level 3 for each."""


BOOT_TABLES = SectionRow(".hyp.boot_tables", "r", 5 * PAGE_SIZE, "boot translation tables", "hyp_boot_tables")
"""Level 1; for the identity page and the trampoline a level 2 and a level 3 each."""


def scenario_row(name: str, permission: Permission) -> SectionRow:
    """A page that a scenario's parts need besides those of every image."""
    kind: SectionPermission = "rw" if "w" in permission else "rx" if "x" in permission else "r"
    return SectionRow(name, kind, PAGE_SIZE, f"of the scenario, {permission} in Hyp mode")


def insert_row(rows: list[SectionRow], new: SectionRow) -> None:
    """Put a row behind the first run of those that have its permission and bytes in the file."""

    def alike(one: SectionRow) -> bool:
        return (one.permission, one.nobits) == (new.permission, new.nobits)

    start = next(n for n, one in enumerate(rows) if alike(one))
    rows.insert(next((n for n in range(start, len(rows)) if not alike(rows[n])), len(rows)), new)


STACK_STRIDE = 2 * PAGE_SIZE
"""From one Hyp stack to the next: a page that Hyp mode does not map, into which a stack that grows too far
runs, and the page of the stack above it."""


def section_rows(cpus: int, room: int = 0) -> tuple[SectionRow, ...]:
    """The sections of an image for ``cpus`` CPUs, in ascending address: one run for each permission.

    The runtime's have ``room`` bytes more than they need for what the templates put there.

    Each begins on a page of its own, because Hyp mode maps some of them and not others.
    """
    records = align_up(cpus * structures.RECORD_AREA_SIZE, PAGE_SIZE)
    journals = align_up(cpus * structures.JOURNAL_SIZE, PAGE_SIZE) + PAGE_SIZE
    return (
        SectionRow(".boot.text", "rx", PAGE_SIZE, "boot entry, Hyp mode, MMU off", "_start"),
        SectionRow(".stub.text", "rx", PAGE_SIZE, "resident stub, Hyp mode, MMU off", "hyp_stub_vectors"),
        SectionRow(".idmap.text", "rx", PAGE_SIZE, "hyp-init and teardown, VA = PA", "hyp_init_vectors"),
        SectionRow(
            ".hyp.text", "rx", 2 * PAGE_SIZE + room, "runtime vectors, Hyp mode, MMU on", "hyp_vectors"
        ),
        SectionRow(".host.text", "rx", 4 * PAGE_SIZE, "host part, SVC mode, MMU off", "host_vectors"),
        SectionRow(".hyp.rodata", "r", PAGE_SIZE + room, "constants of the runtime"),
        SectionRow(".host.rodata", "r", 2 * PAGE_SIZE, "messages of the host part"),
        SectionRow(".hyp.tables", "r", TABLE_PAGES * PAGE_SIZE, "translation tables", "hyp_tables"),
        SectionRow(".hyp.data", "rw", records + room, "record areas, one for each CPU", "hyp_records"),
        SectionRow(".host.data", "rw", journals, "journals, locks and states", "host_journal"),
        SectionRow(".hyp.stacks", "rw", cpus * STACK_STRIDE, "Hyp stacks", "hyp_stacks", nobits=True),
        SectionRow(".host.stack", "rw", cpus * PAGE_SIZE, "host stacks", "host_stacks", nobits=True),
    )


def enlarged(rows: Iterable[SectionRow], name: str, by: int) -> list[SectionRow]:
    """``rows`` with the budget of one of them ``by`` bytes larger."""
    return [replace(one, budget=one.budget + by) if one.name == name else one for one in rows]


def place_sections(linear: LinearMap, rows: Sequence[SectionRow]) -> tuple[PlannedSection, ...]:
    """Give every row its addresses, one after the other from the board's ``image.offset``.

    Every section needs a load address, as the loader that copies it runs with its MMU off. Raises
    InputError when the memory ends too early, or the part of it that has 32-bit addresses.
    """
    board, start = linear.board, linear.board.image.offset
    total = sum(row.budget for row in rows)
    if start + total > min(linear.region.size, linear.virtual.size):
        raise InputError.at(
            "PLAN-003",
            f"the image needs {total:#x} bytes from offset {start:#x}, but memory {linear.region.name!r} "
            f"has {linear.virtual.size:#x} bytes below {VirtAddr(linear.virtual.end)}",
            board.locate("image.offset"),
            "use a smaller image.offset",
        )
    placed: list[PlannedSection] = []
    virtual = linear.virtual_base + start
    for row in rows:
        placed.append(
            PlannedSection(
                row.name,
                row.permission,
                VirtAddr(virtual),
                linear.virt_to_idmap(virtual, row.budget, f"section {row.name} ({row.purpose})"),
                linear.virt_to_phys(virtual),
                row.budget,
                row.nobits,
                row.purpose,
                row.anchor,
            )
        )
        virtual += row.budget
    return tuple(placed)
