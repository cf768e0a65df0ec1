"""Encodings that are reserved in descriptors of the Short-descriptor format, and attributes nobody chose.

DDI 0406C B3.5.1 (descriptor formats), B3.7.1 and B3.7.3 (access permissions, domains), B3.8.2 and B3.8.3
(TEX, C and B without and with TEX remap). :mod:`hypgen.emulator.strict.res` says what is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits
from hypgen.emulator.cp15 import RegisterFile
from hypgen.emulator.mmu import SCTLR_AFE, SCTLR_TRE, TTBCR_EAE
from hypgen.emulator.strict.tlb_held import bank_of
from hypgen.emulator.translation import Regime, Step, Translation

ATTRIBUTES = {
    Regime.HYP: ("HMAIR0", "HMAIR1"),
    Regime.SECURE_PL1: ("MAIR0_S", "MAIR1_S"),
    Regime.NON_SECURE_PL1: ("MAIR0_NS", "MAIR1_NS"),
}
"""The registers with memory attributes 0 to 3 and 4 to 7 of a regime; PRRR and NMRR with TEX remap."""
_RESERVED_TEXCB = frozenset((0b00101, 0b00110, *range(0b01001, 0b10000)))
"""TEX, C and B without TEX remap that are reserved or IMPLEMENTATION DEFINED (table B3-10)."""
_RESERVED_TYPE = 0b11
_IMPLEMENTATION_DEFINED = 6
"""The memory region that TEX remap leaves to the implementation (table B3-12)."""
_REPEATED = 16
"""Entries that a supersection and a large page take, all alike (B3.5.1)."""
_DOMAIN_RESERVED = 0b10
_WORD = 4
EE = cp15.SCTLR.bit("EE")

Read32 = Callable[[int, bool], int | None]


def short_format(regime: Regime, values: Mapping[str, int]) -> bool:
    """Whether the tables of a regime are in the Short-descriptor format."""
    return regime is not Regime.HYP and not values["TTBCR" + bank_of(regime)] & TTBCR_EAE


def remaps(regime: Regime, values: Mapping[str, int]) -> bool:
    """Whether PRRR and NMRR say what the attributes of a regime's descriptors are."""
    return short_format(regime, values) and bool(values["SCTLR" + bank_of(regime)] & SCTLR_TRE)


def attribute_register(regime: Regime, values: Mapping[str, int], descriptor: int) -> str | None:
    """The stored name of the register that a last descriptor's memory type is from, if it is from one."""
    low, high = ATTRIBUTES[regime]
    if short_format(regime, values):
        return low if remaps(regime, values) else None
    return high if bit(descriptor, 4) else low


def attributes_written(regime: Regime, values: RegisterFile) -> bool:
    """Whether something has written the register with the first memory attributes, or none is looked at."""
    name = ATTRIBUTES[regime][0]
    looked_at = remaps(regime, values) or not short_format(regime, values)
    return not (looked_at and values.undefined(name, values[name]))


def nobody_chose(values: RegisterFile, outcome: Translation) -> bool:
    """Whether the memory type of a stage 1 translation is from a register that nothing has written."""
    last = [step for step in outcome.steps if step.stage == 1][-1:]
    name = attribute_register(outcome.regime, values, last[0].descriptor) if last else None
    return name is not None and values.undefined(name, values[name])


def wrong_in_short(step: Step, outcome: Translation, values: RegisterFile, read32: Read32) -> list[str]:
    """What is reserved of what a stage 1 Short-descriptor of ``outcome`` says."""
    bank = bank_of(outcome.regime)
    sctlr, descriptor = values["SCTLR" + bank], step.descriptor
    if step.kind == "table":
        return ["bit 4 is 1"] if bit(descriptor, 4) else []
    low, high = (10, 15) if step.level == 1 else (4, 9)
    ap = bit(descriptor, high) << 2 | bits(descriptor, low + 1, low)
    wrong = ["AP is 0b100, which is reserved"] if ap == 0b100 and not sctlr & SCTLR_AFE else []
    texcb = _texcb(step)
    if sctlr & SCTLR_TRE:
        wrong += _remapped(values["MAIR0" + bank], texcb & 7)
    elif texcb in _RESERVED_TEXCB:
        wrong.append(f"TEX is {texcb >> 2:#05b}, C {bit(texcb, 1)} and B {bit(texcb, 0)}, which is reserved")
    dacr = values["DACR" + bank]
    if dacr >> 2 * outcome.domain & 3 == _DOMAIN_RESERVED and not values.undefined("DACR" + bank, dacr):
        wrong.append(f"DACR has 0b10 for its domain {outcome.domain}, which is reserved")
    if step.kind in ("supersection", "large page") and outcome.second is None:  # that address would be an IPA
        first = int(step.address) & -_REPEATED * _WORD
        addresses = range(first, first + _REPEATED * _WORD, _WORD)
        if any(read32(at, bool(sctlr & EE)) != descriptor for at in addresses):
            wrong.append(f"the 16 entries of the {step.kind} are not alike")
    return wrong


def _texcb(step: Step) -> int:
    """TEX, C and B of a last descriptor."""
    tex = bits(step.descriptor, 8, 6) if step.kind == "small page" else bits(step.descriptor, 14, 12)
    return tex << 2 | bits(step.descriptor, 3, 2)


def remapped_region(step: Step) -> int:
    """The memory region that TEX[0], C and B of a last descriptor select with TEX remap."""
    return _texcb(step) & 7


def _remapped(prrr: int, region: int) -> list[str]:
    if region == _IMPLEMENTATION_DEFINED:
        return ["TEX[0], C and B are 0b110, which is IMPLEMENTATION DEFINED"]
    if prrr >> 2 * region & 3 == _RESERVED_TYPE:
        return [f"PRRR.TR{region} is 0b11, which is reserved"]
    return []
