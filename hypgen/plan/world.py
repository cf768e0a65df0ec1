"""The world switch in an image: its sections, the guests' stage 2 tables, and what Hyp mode maps for them.

``docs/scenarios/world.md`` tells the whole story.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hypgen.board.model import Board
from hypgen.plan import stage2
from hypgen.plan.guests import GIC_PAGES, GUEST_RAM, GUEST_SHARED, GUEST_SIZE, GUESTS, guest_mappings
from hypgen.plan.idmap import device_slot
from hypgen.plan.interrupts import RegisterBlock, controller_of, map_blocks
from hypgen.plan.layout import PlannedSection, SectionRow
from hypgen.plan.mappings import HypTables
from hypgen.plan.stage2 import Stage2Format, Stage2Tables
from hypgen.plan.vcpu import VCPU_SHIFT
from hypgen.plan.world_constants import constants
from hypgen.units import PAGE_SIZE, PhysAddr, VirtAddr, align_up

MOST_TABLE_PAGES = 8
"""Pages of one guest's tables at most: a root of two, two level 2, and a level 3 for its memory, its GIC,
and its memory once more; rounded up so that every root is aligned."""


@dataclass(frozen=True)
class PlannedGuest:
    """One guest: where Hyp mode sees its memory, its tables, and the one that describes its memory."""

    number: int
    name: str
    memory: VirtAddr
    tables: Stage2Tables
    level3: VirtAddr


@dataclass(frozen=True)
class PlannedWorld:
    """What an image with guests has besides: ``padding`` bytes come before the first table."""

    format: Stage2Format
    guests: tuple[PlannedGuest, ...]
    padding: int
    constants: Mapping[str, tuple[int, str]]


def section_rows(board: Board, shape: Stage2Format) -> tuple[SectionRow, ...]:
    """The sections that the world switch adds to an image."""
    contexts = (len(GUESTS) + board.cpus.count << VCPU_SHIFT) + PAGE_SIZE
    tables = len(GUESTS) * MOST_TABLE_PAGES * PAGE_SIZE + shape.root_alignment
    return (
        SectionRow(".world.text", "rx", 2 * PAGE_SIZE, "world switch, Hyp mode, MMU on", "world_vectors"),
        SectionRow(".world.rodata", "r", PAGE_SIZE, "constants of the world switch"),
        SectionRow(".world.data", "rw", align_up(contexts, PAGE_SIZE), "contexts", "world_vcpus"),
        SectionRow(".world.tables", "rw", align_up(tables, PAGE_SIZE), "stage 2 tables", "world_tables"),
        *(
            SectionRow(
                f".guest.{name}", "rw", GUEST_SIZE + PAGE_SIZE, f"memory of guest {number}", f"guest_{name}"
            )
            for number, name in enumerate(GUESTS)
        ),
    )


def plan_world(
    board: Board, hyp: HypTables, sections: Iterable[PlannedSection], shape: Stage2Format, together: bool
) -> PlannedWorld:
    """Build the guests' tables and map in Hyp mode what the world switch needs. Guests that run ``together``,
    on several CPUs, share a page."""
    at = {one.name: one for one in sections}
    for name in (
        ".world.text",
        ".world.rodata",
        ".world.data",
        ".world.tables",
        *map(".guest.{}".format, GUESTS),
    ):
        hyp.create_hyp_mappings(at[name].virtual, at[name].span.end, at[name].permission, name)
    addresses = _map_devices(board, hyp)
    section = at[".world.tables"]
    root = align_up(section.physical, max(shape.root_alignment, PAGE_SIZE))
    shared = PhysAddr(at[f".guest.{GUESTS[0]}"].physical + GUEST_SHARED.offset) if together else None
    guests = []
    for number, name in enumerate(GUESTS):
        memory = at[f".guest.{name}"]
        place = PhysAddr(root + number * MOST_TABLE_PAGES * PAGE_SIZE)
        tables = stage2.build(shape, guest_mappings(board, shape, memory.physical, shared), place)
        level3 = next(one for one in tables.tables if one.level == 3 and GUEST_RAM in one.ipa)
        virtual = VirtAddr(section.virtual + level3.physical - section.physical)
        guests.append(PlannedGuest(number, name, memory.virtual, tables, virtual))
    return PlannedWorld(
        shape, tuple(guests), root - section.physical, {**constants(board, shape), **addresses}
    )


def _map_devices(board: Board, hyp: HypTables) -> dict[str, tuple[int, str]]:
    """Map the interrupt controller's registers in Hyp mode, and name the VAs."""
    controller = controller_of(board)
    assert controller.registers is not None, "such a board has no image with guests"
    blocks = [RegisterBlock("WORLD_LOCAL", controller.registers, 1, "the cores' local interrupt controller")]
    if board.gic is not None:
        blocks = [
            RegisterBlock("WORLD_GICD", board.gic.distributor, 1, "the GIC's Distributor"),
            RegisterBlock("WORLD_GICC", board.gic.cpu_interface, GIC_PAGES, "its CPU interface"),
            RegisterBlock("WORLD_GICH", board.gic.hypervisor, 1, "its virtual interface control"),
        ]
    return map_blocks(hyp, int(device_slot(board, 2)), blocks)
