"""What the system registers of a case hold before anything is drawn for them."""

from __future__ import annotations

from hypgen.arch.cores import CORES
from tests.emulator.differential.case import CONTROLS, VECTOR_BASES

SCTLR = 0x00C5_0878 | 1 << 5
"""RES1 bits and CP15BEN, the MMU off."""
HSCTLR = 0x30C5_0878 | 1 << 5
ON = 1
ALIGNMENT = 2
SWP = 1 << 10
BIG_ENDIAN = 1 << 25
SUPERUSER = 0x0000_0C00
"""cp10 and cp11 of NSACR."""

PLAIN = dict.fromkeys(CONTROLS, 0) | {
    "SCTLR_S": SCTLR,
    "SCTLR_NS": SCTLR,
    "HSCTLR": HSCTLR,
    "VBAR_S": VECTOR_BASES["S"],
    "VBAR_NS": VECTOR_BASES["NS"],
    "HVBAR": VECTOR_BASES["HYP"],
    "MVBAR": VECTOR_BASES["MON"],
    "HTCR": 0x8080_0000,
    "HMAIR0": 0xFF,
    "VTCR": 0x8000_0000,
    "HCPTR": 0x33FF,
    "NSACR": SUPERUSER,
    "CPACR": 0x00F0_0000,
    "FPEXC": 0x4000_0000,
    "VPIDR": CORES["cortex-a15"].midr,
    "VMPIDR": 0x8000_0000,
    "CNTHCTL": 3,
    "CNTFRQ": 62_500_000,
    "SCR": 0x101,
}
"""Values by stored name: everything is granted, nothing trapped, no MMU on."""
