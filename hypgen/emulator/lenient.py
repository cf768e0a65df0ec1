"""What the manual leaves open about CP15, where no strict rules apply: as QEMU has it for a Cortex-A15.

At PL1 and above an encoding without a register is UNPREDICTABLE or IMPLEMENTATION DEFINED (B3.17.1), and what
UNK/SBZP and UNK/SBOP bits read is UNKNOWN: here they keep what is written. The registers of auxiliary
attributes and status are UNK/SBZP in a processor that has none, as those that boards name (B4.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from hypgen.arch import registers as cp15
from hypgen.arch.register import Register, SingleKey
from hypgen.arch.registers import BY_NAME, PL1_RW, PL1_WO, SECURE_RW

ALL = 0xFFFF_FFFF
RESERVED_BY_TIDCP: Mapping[int, tuple[int, ...]] = {
    9: (0, 1, 2, 5, 6, 7, 8),
    10: (0, 1, 4, 8),
    11: (0, 1, 2, 3, 4, 5, 6, 7, 8, 15),
}
"""CRm by CRn of the encodings that HCR.TIDCP traps (B1.14.5), whatever opc1 and opc2."""
_DOMAINS, _LOCKDOWN, _TIMERS = 3, 10, 14
_WFAR = (0, 6, 0, 1)
_AUXILIARY_OF_EL3 = ((6, 5, 1, 0), (6, 5, 1, 1))
"""What ARMv8 has for EL3 of the registers of auxiliary fault status."""
_COUNTERS = {"PMEVCNTR": range(6), "PMEVTYPER": (*range(6), 31)}
_NOT_IMPLEMENTED = {
    BY_NAME[name].single: replace(BY_NAME[name], raz=ALL)
    for name in ("ADFSR", "AIFSR", "HADFSR", "HAIFSR", "AMAIR0", "AMAIR1", "HAMAIR0", "HAMAIR1", "HACR")
}
NUMBERED = {f"{name}{number}": number for name, numbers in _COUNTERS.items() for number in numbers}
"""The event counters and the types of counters by number: in CP15 of ARMv8 only, but in QEMU of all."""
_TTBCR_BITS = (0x37, 0xFFC7_3F87)
"""What TTBCR keeps, by its EAE."""
_RESERVED = {
    **{
        name: BY_NAME[name].res0
        for name in (
            *("VMPIDR", "SCTLR", "SDER", "NSACR", "HSCTLR", "HDCR", "HCPTR", "HSTR", "DFSR", "IFSR", "HPFAR"),
            *("TTBR0", "TTBR1", "HTTBR", "VTTBR", "PAR", "CNTKCTL", "CNTHCTL"),
        )
    },
    **{name: BY_NAME[name].res0 | BY_NAME[name].res1 for name in ("HTCR", "VTCR")},
    "SCR": 0x3000,
    "PMCR": 0xC0,
    "PMXEVTYPER": 0x0600_FF00,
}
"""The reserved bits that keep what is written, by register."""


@cache
def single(key: SingleKey) -> Register | None:
    """What MCR and MRC of CP15 reach at ``key`` in place of what the table of registers has, if anything.

    An operation does nothing, and a register all of whose bits are RAZ reads as zero.
    """
    if key in _NOT_IMPLEMENTED:
        return _NOT_IMPLEMENTED[key]
    if key in cp15.CP15 or key in cp15.RESERVED_ID:
        return None
    opc1, crn, crm, _ = key
    if crn == _DOMAINS:
        return replace(cp15.DACR, single=key)
    if crn == _TIMERS and opc1 == 0 and crm & 8:
        kind = "PMXEVTYPER" if crm & 4 else "PMXEVCNTR"
        name = f"{kind.replace('X', '')}{(crm & 3) << 3 | key[3]}"
        return replace(BY_NAME[kind], name=name, single=key) if name in NUMBERED else None
    nothing = replace(cp15.CP15PREFETCH, single=key, access=PL1_RW)
    if crn == _LOCKDOWN and crm in RESERVED_BY_TIDCP[_LOCKDOWN]:
        return replace(nothing, hyp_traps=("HCR.TIDCP",))
    if crn == 7 and opc1 == 0:
        return replace(nothing, access=PL1_WO)
    if key in _AUXILIARY_OF_EL3:
        return Register(f"p15, 6, c5, c1, {key[3]}", "", key, SECURE_RW, raz=ALL)
    if crn == 15 or key == _WFAR:
        return Register(f"p15, {opc1}, c{crn}, c{crm}, {key[3]}", "", key, PL1_RW, raz=ALL)
    return None


def held(row: Register, value: int) -> int:
    """What a register holds after a write of ``value``."""
    reserved = _RESERVED.get("PMXEVTYPER" if row.name.startswith("PMEVTYPER") else row.name, 0)
    if row.name == "TTBCR":
        value &= _TTBCR_BITS[value >> 31]
    return value & (row.writable | reserved) | row.fixed_ones & ~reserved
