"""What the object for other people's firmware needs to know of the board: numbers and limits.

The object is linked wherever its user's linker puts it, so the plan's addresses do not hold for it.
What holds is the board: how far a physical address is from a load address, and the window of load
addresses for which that is so.
"""

from __future__ import annotations

from hypgen.arch import psr, registers
from hypgen.plan import descriptors
from hypgen.plan.descriptors import Permission
from hypgen.plan.idmap import FOUR_GIB, VMALLOC_START
from hypgen.plan.image import Constant, ImagePlan
from hypgen.plan.registers import compose
from hypgen.units import BLOCK_SIZE, PAGE_SIZE, LoadAddr, PhysAddr, Span

MAX_RUNTIME = BLOCK_SIZE
"""Bytes of virtual address that the runtime may have, from its text to its stacks."""
TABLE_PAGES = 1 + 4 + 4
"""Level 1; a level 2 table for each of its entries at most; level 3: two for a runtime that straddles a
2 MiB boundary, one for the identity page, one for the console."""
NON_CACHEABLE, OUTER_SHAREABLE = 0b00, 0b10
"""HTCR.IRGN0 and ORGN0, and SH0 as all Non-cacheable memory has it: the object builds its tables with the
caches off, and which lines of them a cache holds is not known. On Keystone II, where the builder writes
through the alias and walks go through the memory's own window, no operation by MVA reaches those lines with
the MMU off."""
NOT_HYP = 0x0BAD_0001
UNKNOWN_CPU = 0x0BAD_0002

_MASK32 = 0xFFFF_FFFF
_PERMISSIONS: tuple[Permission, ...] = ("rx", "r", "rw", "device")


def load_window(plan: ImagePlan) -> Span[LoadAddr]:
    """The load addresses from which the board's memory is reached with the MMU off, up to where VAs end."""
    region = plan.linear.region
    start = region.alias.address if region.alias else region.physical
    size = region.alias.size if region.alias else region.size
    return Span(LoadAddr(start), min(start + size, FOUR_GIB, int(VMALLOC_START)))


def constants(plan: ImagePlan) -> tuple[Constant, ...]:
    """The numbers that embed.S uses besides those of the plan."""
    difference = int(plan.linear.region.physical) - load_window(plan).start
    walks = compose(registers.HTCR, T0SZ=0, IRGN0=NON_CACHEABLE, ORGN0=NON_CACHEABLE, SH0=OUTER_SHAREABLE)
    rows = [
        (
            "HTCR_VALUE",
            walks,
            "T0SZ = 0: 4 GiB; walks Non-cacheable: tables are written past the caches",
        ),
        ("PSR_T", psr.T.mask, "Thumb state"),
        ("HYP_NOT_HYP", NOT_HYP, "hyp_boot: not called in Hyp mode"),
        ("HYP_UNKNOWN_CPU", UNKNOWN_CPU, "hyp_load: the board file does not list this CPU"),
        ("PHYS_LOAD_LOW", difference & _MASK32, "PA - load address: low word"),
        ("PHYS_LOAD_HIGH", difference >> 32 & _MASK32, "high word"),
        ("TABLES_SIZE", TABLE_PAGES * PAGE_SIZE, "bytes of the Hyp tables"),
        ("DESCRIPTOR_TABLE", descriptors.table(PhysAddr(0)), "a table descriptor without its address"),
    ]
    for permission in _PERMISSIONS:
        value = descriptors.leaf(PhysAddr(0), permission, 3)
        name = f"LEAF_{permission.upper()}"
        rows.append((f"{name}_LOW", value & _MASK32, f"a level 3 descriptor, {permission}: low word"))
        rows.append((f"{name}_HIGH", value >> 32, "high word"))
    return tuple(Constant(*row) for row in rows)
