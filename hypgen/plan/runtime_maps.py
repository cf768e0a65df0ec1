"""Hyp tables that change while Hyp mode runs: a pool for new tables, and what templates/map.S works with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypgen.plan import descriptors
from hypgen.plan.descriptors import Permission
from hypgen.plan.idmap import VMALLOC_START
from hypgen.plan.layout import PlannedSection, SectionRow, enlarged
from hypgen.plan.mappings import HypTables
from hypgen.units import BLOCK_SIZE, GIB, PAGE_SIZE, PhysAddr, VirtAddr

POOL_PAGES = 4
POOL = SectionRow(".hyp.pool", "rw", POOL_PAGES * PAGE_SIZE, "free translation tables", "hyp_pool")
SPARE_PAGES = 2
SPARE = SectionRow(
    ".host.pages", "rw", SPARE_PAGES * PAGE_SIZE, "pages lent to Hyp mode", "host_pages", nobits=True
)
CHANGEABLE = 1 << 55
"""A bit of a descriptor that is left to software: this mapping was made at run time (B3.6.1)."""
INVALID, NO_TABLE, IN_USE = -22, -12, -16
"""Answers of the functions: Linux's EINVAL, ENOMEM and EBUSY."""
NEAR = VirtAddr(VMALLOC_START + 32 * BLOCK_SIZE)
"""A VA whose level 2 table was built, and no level 3 table."""

_MASK32 = 0xFFFF_FFFF
_LEAVES: tuple[Permission, ...] = ("rx", "r", "rw", "device")


def section_rows(rows: Iterable[SectionRow]) -> list[SectionRow]:
    """``rows`` with the tables among what is written, the pool behind them, pages to be lent, and room for
    the code that changes tables, and for its lock."""
    found = enlarged(enlarged(rows, ".hyp.data", PAGE_SIZE), ".hyp.text", PAGE_SIZE)
    tables = next(one for one in found if one.name == ".hyp.tables")
    found.remove(tables)
    first = next(n for n, one in enumerate(found) if one.permission == "rw")
    found[first:first] = [replace(tables, permission="rw"), POOL]
    return [*found, SPARE]


def map_tables(hyp: HypTables, sections: Iterable[PlannedSection]) -> None:
    """Map the tables and the pool in Hyp mode, which otherwise does not see its own tables."""
    for one in sections:
        if one.name in (".hyp.tables", POOL.name):
            hyp.create_hyp_mappings(one.virtual, one.span.end, "rw", one.name)


def far(hyp: HypTables) -> VirtAddr:
    """The first VA of the last GiB for which no level 2 table is built."""
    used = {one.virtual.start // GIB for one in hyp.mappings}
    return VirtAddr(max(set(range(4)) - used) * GIB)


def constants() -> dict[str, tuple[int, str]]:
    """What map.S uses: its answers, and a level 3 descriptor without its address for each kind of page."""
    found = {
        "HYP_MAP_RX": (0, "create_hyp_mappings: to execute"),
        "HYP_MAP_R": (1, "to read"),
        "HYP_MAP_RW": (2, "to read and write"),
        "HYP_MAP_INVALID": (INVALID & _MASK32, "-EINVAL: no range, or no such kind"),
        "HYP_MAP_NO_TABLE": (NO_TABLE & _MASK32, "-ENOMEM: no table is left in the pool"),
        "HYP_MAP_IN_USE": (IN_USE & _MASK32, "-EBUSY: a page there was mapped when the tables were built"),
        "POOL_PAGES": (POOL_PAGES, "tables in the pool"),
        "DESCRIPTOR_TABLE": (descriptors.table(PhysAddr(0)), "a table descriptor without its address"),
        "CHANGEABLE_HIGH": (CHANGEABLE >> 32, "descriptor<63:32>: this mapping was made at run time"),
    }
    for kind in _LEAVES:
        value = descriptors.leaf(PhysAddr(0), kind, 3) | CHANGEABLE
        name = f"MAP_{kind.upper()}"
        found[f"{name}_LOW"] = (value & _MASK32, f"a descriptor made at run time, {kind}: low word")
        found[f"{name}_HIGH"] = (value >> 32, "high word")
    return found


def places(hyp: HypTables) -> dict[str, tuple[int, str]]:
    """Where the scenario maps what was not mapped."""
    return {
        "NEAR_VA": (int(NEAR), "a VA for which a level 2 table was built, and no level 3 table"),
        "FAR_VA": (int(far(hyp)), "a VA for which neither was built"),
    }
