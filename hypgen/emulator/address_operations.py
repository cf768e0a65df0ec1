"""Address translation operations: ATS1Cxx, ATS12NSOxx and ATS1Hx, and PAR in its two formats.

DDI 0406C B3.14 "Virtual Address to Physical Address translation operations", B4.1 (PAR), B4.2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.emulator import mmu
from hypgen.emulator.attributes import NON_CACHEABLE, Attributes, MemoryType
from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.faults import Fault, FaultKind, long_status, short_status
from hypgen.emulator.translation import Regime, Translation, judge

if TYPE_CHECKING:
    from hypgen.emulator.system import System

TTBCR_EAE = cp15.TTBCR.bit("EAE")
STAGE2_ON = cp15.HCR.bit("VM") | cp15.HCR.bit("DC")

ADDRESS_TRANSLATIONS = (
    *("ATS1CPR", "ATS1CPW", "ATS1CUR", "ATS1CUW"),
    *("ATS12NSOPR", "ATS12NSOPW", "ATS12NSOUR", "ATS12NSOUW"),
    *("ATS1HR", "ATS1HW"),
)
"""Names end in R or W for the kind of access, preceded by P or U for its privilege."""


def address_translate(system: System, name: str, value: int) -> None:
    """Translate the address ``value`` and write PAR; raises DataAbort for faults that PAR cannot hold.

    Those are external aborts on the walk, and, for ATS1Cxx from Non-secure PL1, stage 2 faults on
    the stage 1 walk, which are the hypervisor's business.
    """
    outcome, regime, long = translated(system, system.cpu.coproc.values, name, value)
    answer(system, name, outcome, regime, long)


def answer(system: System, name: str, outcome: Translation | Fault, regime: Regime, long: bool) -> None:
    """Write to PAR, in its 64-bit format if ``long``, what an operation came to; raises DataAbort."""
    cpu = system.cpu
    fault = _judged(outcome, name)
    if fault is not None:
        guest = regime is Regime.NON_SECURE_PL1 and not cpu.is_hyp and not cpu.secure
        if fault.kind is FaultKind.EXTERNAL_ON_WALK or (fault.on_walk and guest):
            raise DataAbort(fault._replace(write=True, maintenance=True, why=f"{name}: {fault.why}"))
    result = fault or outcome
    cpu.coproc.values[cpu.coproc.stored_name("PAR")] = long_par(result) if long else short_par(result)


def par_under(system: System, values: Mapping[str, int], name: str, value: int) -> int:
    """What an operation would write to PAR with the register values given, whatever it aborts for."""
    outcome, _, long = translated(system, values, name, value)
    result = _judged(outcome, name) or outcome
    return long_par(result) if long else short_par(result)


def translated(
    system: System, values: Mapping[str, int], name: str, value: int
) -> tuple[Translation | Fault, Regime, bool]:
    """What an operation translates its address to, in which regime, and whether PAR gets the 64-bit
    format."""
    cpu = system.cpu
    both_stages = name.startswith("ATS12NSO")
    if name.startswith("ATS1H"):
        return mmu.translate_hyp(values, system.memory.read64, value), Regime.HYP, True
    secure = cpu.secure and not both_stages
    regime = Regime.SECURE_PL1 if secure else Regime.NON_SECURE_PL1
    outcome = mmu.translate_pl1(values, system.memory, value, regime, both_stages=both_stages)
    long = bool(
        values["TTBCR_S" if secure else "TTBCR_NS"] & TTBCR_EAE
        or (values["HCR"] & STAGE2_ON if both_stages else cpu.is_hyp)
    )
    return outcome, regime, long


def _judged(outcome: Translation | Fault, name: str) -> Fault | None:
    """The fault of the access that an operation's name asks for."""
    return judge(outcome, write=name[-1] == "W", user=name[-2] == "U")


def long_par(outcome: Translation | Fault) -> int:
    """PAR in the 64-bit format."""
    lpae = 1 << 11
    if isinstance(outcome, Fault):
        return 1 | long_status(outcome) << 1 | outcome.on_walk << 8 | outcome.stage2 << 9 | lpae
    attributes = outcome.attributes
    shareability = {"non": 0b00, "outer": 0b10, "inner": 0b11}.get(attributes.shareability, 0b01)
    place = outcome.pa & ~0xFFF | outcome.non_secure << 9 | shareability << 7
    return attributes.mair << 56 | place | lpae


def short_par(outcome: Translation | Fault) -> int:
    """PAR in the 32-bit format. A supersection gives address bits 39:32 in bits 23:16."""
    if isinstance(outcome, Fault):
        status = short_status(outcome)
        return 1 | (status & 0xF) << 1 | (status >> 4) << 5
    attributes = outcome.attributes
    if outcome.supersection:
        place = outcome.pa & 0xFF00_0000 | outcome.pa >> 32 << 16 | 1 << 1
    else:
        place = outcome.pa & 0xFFFF_F000
    shareable = attributes.shareability != "non"
    not_outer = attributes.shareability == "inner"
    inner, outer = _short_caching(attributes)
    return place | not_outer << 10 | outcome.non_secure << 9 | shareable << 7 | inner << 4 | outer << 2


def _short_caching(attributes: Attributes) -> tuple[int, int]:
    """PAR.Inner and PAR.Outer of the 32-bit format."""
    if attributes.type is MemoryType.STRONGLY_ORDERED:
        return 0b001, 0b00
    if attributes.type is MemoryType.DEVICE:
        return 0b011, 0b00
    inner, outer = _policy(attributes.mair & 0xF), _policy(attributes.mair >> 4)
    return (0b100 | inner if inner else 0), outer


def _policy(nibble: int) -> int:
    """A MAIR nibble in the two-bit cacheability of the Short-descriptor format."""
    if nibble == NON_CACHEABLE:
        return 0b00
    if not nibble & 0b0100:
        return 0b10  # Write-Through
    return 0b01 if nibble & 1 else 0b11  # Write-Back, with Write-Allocate or without
