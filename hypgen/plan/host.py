"""The host part's own MMU: translation tables of PL1 as a kernel starts with, and what moving them takes.

A kernel is loaded where a CPU with its MMU off can reach it, so its first tables name load addresses, and
it turns its MMU on through an identity mapping. Where memory has a low alias it then moves: it cleans what
it stored through the alias, turns the MMU off, adds the distance of the two windows to every descriptor
(Linux: keystone_pv_fixup and lpae_pgtables_remap_asm), and goes on in the memory's own window. The identity
page stays where it is: its VA must be its load address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hypgen.arch import registers
from hypgen.board.memory import ImagePlacement
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.plan import descriptors
from hypgen.plan.idmap import LinearMap, device_slot
from hypgen.plan.layout import PlannedSection, SectionRow, enlarged
from hypgen.plan.mappings import HypTables, PlannedTables, Table
from hypgen.plan.registers import compose, entered_state, memory_attributes
from hypgen.units import PAGE_SIZE, PhysAddr, VirtAddr, align_down

TABLE_PAGES = 8
"""Level 1; level 2 for the image and the identity page; level 3 for these two and for devices."""
IDENTITY = SectionRow(
    ".host.idmap", "rx", PAGE_SIZE, "host part, where its MMU goes on and off", "host_mmu_on"
)
TABLES = SectionRow(".host.tables", "rw", TABLE_PAGES * PAGE_SIZE, "the host part's tables", "host_tables")
GICD_SGIR = 0xF00


@dataclass(frozen=True)
class PlannedHost:
    """``tables`` as they are loaded; ``identity`` is the VA of the descriptor that is never moved;
    ``moves`` whether they are moved; ``devices`` the VA of each device page by its physical address."""

    tables: PlannedTables
    identity: VirtAddr
    moves: bool
    devices: dict[int, VirtAddr]
    constants: dict[str, tuple[int, str]]

    def device(self, physical: int) -> int:
        """The VA at which the host part finds a register of a device that :data:`devices` has."""
        return self.devices[align_down(physical, PAGE_SIZE)] + physical % PAGE_SIZE


def section_rows(rows: Iterable[SectionRow]) -> list[SectionRow]:
    """``rows`` with the identity page behind the host part's text, the tables before other data, and a page
    of data that Hyp mode and the host part share."""
    found = enlarged(rows, ".hyp.data", PAGE_SIZE)
    found.insert(1 + next(n for n, one in enumerate(found) if one.name == ".host.text"), IDENTITY)
    found.insert(next(n for n, one in enumerate(found) if one.permission == "rw"), TABLES)
    return found


def plan_host(
    linear: LinearMap,
    sections: Sequence[PlannedSection],
    console: VirtAddr,
    all_cpus: bool,
) -> PlannedHost:
    """The tables with which the host part turns its MMU on, and the constants of its templates."""
    board, at = linear.board, {one.name: one for one in sections}
    own, idmap = at[TABLES.name], at[IDENTITY.name]
    tables = HypTables(_as_loaded(linear), descriptors.kernel_leaf)
    for one in sections:
        tables.create_hyp_mappings(one.virtual, one.span.end, one.permission, one.name)
    tables.create_hyp_idmap(idmap.load, idmap.load + idmap.budget, idmap.name)
    uart = board.console
    tables.create_hyp_io_mappings(console, console + uart.size, uart.physical, "console")
    devices = {}
    for number, page in enumerate(sorted(_device_pages(board) if all_cpus else ())):
        devices[page] = VirtAddr(device_slot(board, 2) + number * PAGE_SIZE)
        tables.create_hyp_io_mappings(devices[page], devices[page] + PAGE_SIZE, page, "starting of CPUs")
    planned = tables.build(PhysAddr(own.load))
    if len(planned.data) > own.budget:
        raise InputError.at(
            "PLAN-008",
            f"the host part's tables need {len(planned.data) // PAGE_SIZE} pages, the layout has "
            f"{TABLE_PAGES}",
            board.locate("image"),
        )
    leaf = _leaf_of(planned.tables, int(idmap.load))
    identity = VirtAddr(own.virtual + leaf - planned.root)
    alias = linear.region.alias
    distance = int(own.physical) - int(own.load)
    constants = {
        **_registers(board.image),
        "HOST_TABLES_BYTES": (len(planned.data), "bytes of the host part's tables"),
        "HOST_ROOT_LOW": (int(own.physical) & 0xFFFF_FFFF, "PA of its level 1 table: low word"),
        "HOST_ROOT_HIGH": (int(own.physical) >> 32, "high word"),
        "HOST_IDENTITY": (int(identity), "VA of the descriptor of its identity page"),
        "WINDOW_START": (int(alias.address) if alias else 0, "where memory is seen below 4 GiB"),
        "WINDOW_BYTES": (int(alias.size) if alias else 0, "and how much of it"),
        "WINDOW_DISTANCE_LOW": (distance & 0xFFFF_FFFF, "from there to its own window: low word"),
        "WINDOW_DISTANCE_HIGH": (distance >> 32, "high word"),
        "IMAGE_END": (int(sections[-1].span.end), "VA behind the image"),
    }
    return PlannedHost(planned, identity, alias is not None, devices, constants)


def _as_loaded(linear: LinearMap) -> LinearMap:
    """The linear map as it is before the move: memory is where a CPU with its MMU off reaches it."""
    alias = linear.region.alias
    if alias is None:
        return linear
    region = linear.region.model_copy(update={"physical": PhysAddr(alias.address), "alias": None})
    return replace(linear, region=region)


def _device_pages(board: Board) -> set[int]:
    """The pages of the registers by which this board's other CPUs are started."""
    pen, table = board.secondaries.pen, board.secondaries.spin_table
    held = pen or table
    used: list[int] = []
    if pen is not None:
        used += [pen.write] if pen.clear is None else [pen.write, pen.clear]
    elif table is not None:
        used.append(table.release_address)
    if held is not None:
        used.append(used[0] + held.stride * (board.cpus.count - 1))
        if held.wake == "interrupt" and board.gic is not None:
            used.append(board.gic.distributor + GICD_SGIR)
    return {align_down(one, PAGE_SIZE) for one in used}


def _leaf_of(tables: Iterable[Table], address: int) -> int:
    """Where the level 3 descriptor lies that translates ``address``."""
    table = next(one for one in tables if one.level == 3 and address in one.virtual)
    return int(table.physical) + 8 * ((address - table.virtual.start) // PAGE_SIZE)


def _registers(image: ImagePlacement) -> dict[str, tuple[int, str]]:
    on = {**entered_state(image), "I": 1, "C": 1, "M": 1}
    return {
        "MAIR0_VALUE": (memory_attributes(0), "AttrIndx 0: Normal Write-Back; 1: Device"),
        "TTBCR_VALUE": (
            compose(registers.TTBCR, EAE=1),
            "Long descriptors; T0SZ = T1SZ = 0: TTBR0 has 4 GiB; walks past the caches",
        ),
        "SCTLR_ON": (compose(registers.SCTLR, **on), f"{' | '.join(['RES1', *on])}: low vectors"),
    }
