"""Long-descriptor translation table entries for Hyp stage 1 (DDI 0406C, B3.6).

Written from the manual for the tables that hypgen emits; the core decodes tables with bit positions
of its own, so that one mistake cannot hide in both.
"""

from __future__ import annotations

from typing import Literal

from hypgen.units import BLOCK_SIZE, GIB, PAGE_SIZE, PhysAddr

Permission = Literal["rx", "r", "rw", "rwx", "device"]
"""What Hyp mode may do with a mapping: execute, read, read and write, all three; or device registers."""

ENTRIES = PAGE_SIZE // 8
"""Descriptors in a level 2 or level 3 table."""
ROOT_ENTRIES = 4
"""Descriptors in the level 1 table: with HTCR.T0SZ = 0 each resolves 1 GiB of the 4 GiB (B3.6.6)."""
ENTRY_SPAN = {1: GIB, 2: BLOCK_SIZE, 3: PAGE_SIZE}
"""Bytes of virtual address that one descriptor of each level resolves."""

VALID = 1 << 0
TABLE = 1 << 1
"""At levels 1 and 2: a table follows. Zero there makes a block."""
PAGE = 1 << 1
"""At level 3: must be one, or the descriptor is invalid."""
ATTR_INDEX_SHIFT = 2
AP1 = 1 << 6
"""AP[1] is SBO in Hyp stage 1: there is no unprivileged level."""
AP2_READ_ONLY = 1 << 7
SH_OUTER = 0b10 << 8
SH_INNER = 0b11 << 8
AF = 1 << 10
"""Access flag: ARMv7 has no hardware that sets it, and zero faults."""
XN = 1 << 54
ADDRESS_MASK = 0xFF_FFFF_F000
"""Output or next-level address, bits <39:12>."""

NORMAL_WRITE_BACK = 0
"""AttrIndx of Normal memory, Inner and Outer Write-Back Read- and Write-Allocate."""
DEVICE = 1
"""AttrIndx of Device memory."""
MEMORY_ATTRIBUTES = {NORMAL_WRITE_BACK: 0xFF, DEVICE: 0x04}
"""Attribute byte that HMAIR0 and HMAIR1 hold for each AttrIndx (B4.1, MAIR0 and MAIR1)."""


def leaf(physical: PhysAddr, permission: Permission, level: int) -> int:
    """A page (level 3) or 2 MiB block (level 2) descriptor; ValueError when misaligned for it."""
    if physical % ENTRY_SPAN[level]:
        raise ValueError(f"{physical} is not aligned for a level {level} descriptor")
    value = int(physical) & ADDRESS_MASK | AF | AP1 | VALID
    if level == 3:
        value |= PAGE
    if permission == "device":
        # Device memory is Outer Shareable whatever SH says; XN because speculation must not fetch there.
        return value | DEVICE << ATTR_INDEX_SHIFT | SH_OUTER | XN
    value |= NORMAL_WRITE_BACK << ATTR_INDEX_SHIFT | SH_INNER
    if "w" not in permission:
        value |= AP2_READ_ONLY
    if "x" not in permission:
        value |= XN
    return value


def kernel_leaf(physical: PhysAddr, permission: Permission, level: int) -> int:
    """The same for the tables of PL1, where AP[1] = 0 keeps User mode out (B3.7.1)."""
    return leaf(physical, permission, level) & ~AP1


def table(physical: PhysAddr) -> int:
    """A table descriptor: the next level's table lies at ``physical``, a true PA and never an alias."""
    return int(physical) & ADDRESS_MASK | TABLE | VALID
