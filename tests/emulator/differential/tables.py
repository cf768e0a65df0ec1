"""System registers that are the same in all cases, and the translation tables of those with an MMU on.

All three regimes translate with the Long-descriptor format and one table of four 1 GB blocks: the
addresses stay, the last block is missing.
"""

from __future__ import annotations

import struct

from hypgen.arch.cores import CORES
from tests.emulator.differential.case import TABLES, VECTOR_BASES

_NORMAL_EVERYTHING = 0x741
"""A block: valid, AF, Inner Shareable, read and write at all levels, attribute 0."""


def table_content() -> bytes:
    """The page with the table."""
    blocks = [number << 30 | _NORMAL_EVERYTHING for number in range(3)]
    return struct.pack("<4Q", *blocks, 0).ljust(0x1000, b"\0")


FIXED = {
    "VBAR_S": VECTOR_BASES["S"],
    "VBAR_NS": VECTOR_BASES["NS"],
    "HVBAR": VECTOR_BASES["HYP"],
    "MVBAR": VECTOR_BASES["MON"],
    **{
        f"{name}_{bank}": value
        for bank in ("S", "NS")
        for name, value in (
            ("TTBCR", 0x8000_0000),
            ("TTBR0", TABLES),
            ("TTBR1", TABLES),
            ("MAIR0", 0xFF),
            ("MAIR1", 0),
            ("DACR", 0x5555_5555),
        )
    },
    "HTTBR": TABLES,
    "HTCR": 0x8080_0000,
    "HMAIR0": 0xFF,
    "HMAIR1": 0,
    "HDCR": 0,
    "HCPTR": 0x33FF,
    "NSACR": 0,
    "VPIDR": CORES["cortex-a15"].midr,
    "VMPIDR": 0x8000_0000,
    "CPACR": 0,
}
"""Values by stored name."""

SCTLR = 0x00C5_0878 | 1 << 5
"""RES1 bits and CP15BEN, the MMU off."""
HSCTLR = 0x30C5_0878 | 1 << 5
ON = 1
ALIGNMENT = 2
SWP = 1 << 10
