"""Encodings that are reserved in descriptors, what to write instead, and attributes that nobody chose.

DDI 0406C B3.5.1 (Short-descriptor formats), B3.7.1 and B3.7.3 (access permissions, domains), B3.8.2 and
B3.8.3 (TEX, C and B without and with TEX remap); B3.6.1 and B3.6.2 (Long-descriptor formats), B4.1 (MAIR0,
HMAIR0). :mod:`hypgen.emulator.strict.res` says what is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.cp15 import RegisterFile, row_of
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.mmu import SCTLR_AFE, SCTLR_TRE, TTBCR_EAE, by_ttbr1
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


class Wrong(NamedTuple):
    """What is wrong with a descriptor, or with a register that it selects from, and what to write instead.
    ``inverted`` are the bits to invert where that leaves no choice, ``register`` the stored name of the
    register."""

    what: str
    fix: str
    inverted: int = 0
    register: str = ""


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


def unwritten(holder: str, values: RegisterFile) -> str | None:
    """The register that nothing has written and whose value a register with memory attributes has: itself, or
    that of PL1 which Hyp mode's was copied from, as Linux does; None if something has given it a value."""
    value = values[holder]
    sources = (holder, holder[1:] + "_NS") if holder in ATTRIBUTES[Regime.HYP] else (holder,)
    return next((one for one in sources if values.undefined(one, value)), None)


def registers_of_walk(
    va: int, outcome: Translation | Fault, regime: Regime, values: RegisterFile
) -> tuple[str, ...]:
    """The stored names of the registers that say where a walk for ``outcome`` begins: none without a walk."""
    walked = outcome.steps if isinstance(outcome, Translation) else outcome.level
    if not walked:
        return ()
    if regime is Regime.HYP:
        within = not va >> 32 - cp15.HTCR.field("T0SZ").get(values["HTCR"])
        return ("HTCR", "HTTBR") if within else ("HTCR",)
    if isinstance(outcome, Fault) and outcome.kind is not FaultKind.EXTERNAL_ON_WALK:
        return ()  # walks may be turned off for the address
    bank = bank_of(regime)
    return (("TTBR1" if by_ttbr1(values["TTBCR" + bank], va) else "TTBR0") + bank,)


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


def wrong_in_short(step: Step, outcome: Translation, values: RegisterFile, read32: Read32) -> list[Wrong]:
    """What is reserved of what a stage 1 Short-descriptor of ``outcome`` says."""
    bank = bank_of(outcome.regime)
    sctlr, descriptor = values["SCTLR" + bank], step.descriptor
    if step.kind == "table":
        return [Wrong("bit 4 is 1", "clear bit 4", 1 << 4)] if bit(descriptor, 4) else []
    low, high = (10, 15) if step.level == 1 else (4, 9)
    ap = bit(descriptor, high) << 2 | bits(descriptor, low + 1, low)
    wrong = []
    if ap == 0b100 and not sctlr & SCTLR_AFE:
        fix = "give AP an access that there is, such as 0b101 (PL1 reads) or 0b001 (PL1 reads and writes)"
        wrong.append(Wrong("AP is 0b100, which is reserved", fix))
    texcb = _texcb(step)
    if sctlr & SCTLR_TRE:
        wrong += _remapped("MAIR0" + bank, values, texcb & 7)
    elif texcb in _RESERVED_TEXCB:
        what = f"TEX is {texcb >> 2:#05b}, C {bit(texcb, 1)} and B {bit(texcb, 0)}, which is reserved"
        wrong.append(Wrong(what, "give TEX, C and B a memory type that table B3-10 has"))
    dacr, domain = values["DACR" + bank], outcome.domain
    if dacr >> 2 * domain & 3 == _DOMAIN_RESERVED and not values.undefined("DACR" + bank, dacr):
        what = f"DACR has 0b10 for its domain {domain}, which is reserved"
        right = dacr ^ 0b11 << 2 * domain
        wrong.append(
            Wrong(
                what,
                f"write DACR with 0b01 (Client) for domain {domain}, such as {right:#010x}",
                register="DACR" + bank,
            )
        )
    if step.kind in ("supersection", "large page") and outcome.second is None:  # that address would be an IPA
        first = int(step.address) & -_REPEATED * _WORD
        addresses = range(first, first + _REPEATED * _WORD, _WORD)
        if any(read32(at, bool(sctlr & EE)) != descriptor for at in addresses):
            what = f"the 16 entries of the {step.kind} are not alike"
            wrong.append(Wrong(what, f"write {descriptor:#010x} into all 16 words from {first:#010x} on"))
    return wrong


def wrong_in_long(step: Step, hyp: bool) -> list[Wrong]:
    """What is reserved in a Long-descriptor of any kind; ``hyp`` says whether Hyp mode's tables have it."""
    descriptor, wrong = step.descriptor, []
    if above := bits(descriptor, 51, 40):
        wrong.append(Wrong(f"bits 51 to 40 are {above:#x}", "clear bits 51 to 40", above << 40))
    if step.kind == "table":
        return wrong
    shift = 39 - 9 * step.level
    if step.kind == "block" and (below := bits(descriptor, shift - 1, 12)):
        what = f"address bits {shift - 1} to 12 of a level {step.level} block are not 0"
        fix = f"clear them, or map what is not aligned to {1 << shift:#x} bytes by smaller blocks or pages"
        wrong.append(Wrong(what, fix, below << 12))
    if hyp and not bit(descriptor, 6):
        wrong.append(Wrong("AP[1] is 0", "set bit 6, AP[1]", 1 << 6))
    return wrong


def wrong_in_stage1(step: Step, outcome: Translation, values: RegisterFile, unwritten: bool) -> list[Wrong]:
    """What is reserved in the attributes of a stage 1 Long-descriptor of a block or page; ``unwritten`` says
    that nothing has written the register with those that it selects."""
    normal = outcome.attributes is not None and outcome.attributes.type is MemoryType.NORMAL
    wrong = _shareability(step.descriptor) if normal else []
    if unwritten:
        return wrong
    index, name = bits(step.descriptor, 4, 2), ATTRIBUTES[outcome.regime][bit(step.descriptor, 4)]
    attr = values[name] >> 8 * (index & 3) & 0xFF
    fix = f"write {row_of(name).name} with a byte for it that is defined, such as 0x04, 0x44 or 0xff"
    if attr >> 4 == 0 and attr not in (0b0000, 0b0100):
        wrong.append(Wrong(f"memory attribute {index} is {attr:#04x}, UNPREDICTABLE", fix, register=name))
    elif attr >> 4 and not attr & 0xF:
        wrong.append(
            Wrong(f"attribute {index} is {attr:#04x}, whose inner half is UNPREDICTABLE", fix, register=name)
        )
    return wrong


def wrong_in_stage2(descriptor: int) -> list[Wrong]:
    """What is wrong with the memory attributes of a stage 2 descriptor (B3.6.2, MemAttr[3:0] and SH[1:0])."""
    memattr = bits(descriptor, 5, 2)
    device = memattr >> 2 == 0
    if memattr > 0b0001 if device else memattr & 3 == 0:
        fix = "give MemAttr a value that is defined, such as 0b0001 (Device), 0b0101 or 0b1111 (Normal)"
        return [Wrong(f"MemAttr is {memattr:#06b}, UNPREDICTABLE", fix)]
    return [] if device else _shareability(descriptor)


def _shareability(descriptor: int) -> list[Wrong]:
    """What is wrong with SH of Normal memory."""
    if bits(descriptor, 9, 8) != 0b01:
        return []
    return [Wrong("SH is 0b01, which is reserved", "give SH 0b11 (Inner Shareable), 0b10 or 0b00")]


def _texcb(step: Step) -> int:
    """TEX, C and B of a last descriptor."""
    tex = bits(step.descriptor, 8, 6) if step.kind == "small page" else bits(step.descriptor, 14, 12)
    return tex << 2 | bits(step.descriptor, 3, 2)


def remapped_region(step: Step) -> int:
    """The memory region that TEX[0], C and B of a last descriptor select with TEX remap."""
    return _texcb(step) & 7


def _remapped(name: str, values: RegisterFile, region: int) -> list[Wrong]:
    if region == _IMPLEMENTATION_DEFINED:
        what = "TEX[0], C and B are 0b110, which is IMPLEMENTATION DEFINED"
        return [Wrong(what, "select another region by TEX[0], C and B")]
    if values[name] >> 2 * region & 3 == _RESERVED_TYPE:
        fix = f"write PRRR with 0b10 (Normal), 0b01 (Device) or 0b00 in TR{region}"
        return [Wrong(f"PRRR.TR{region} is 0b11, which is reserved", fix, register=name)]
    return []
