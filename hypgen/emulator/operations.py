"""System operations: what a write to a TLB, cache, predictor or address translation encoding does.

Functionally a TLB operation forgets translations, and cache and predictor maintenance does
nothing, because the core keeps no second copy of memory. The strict rules see all of them.
DDI 0406C B4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.faults import Fault, FaultKind, long_status
from hypgen.emulator.mmu import MemoryType, Regime, Translation, check
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.emulator.system import System

Operation = Callable[["System", str, int], None]

_HYP_TLB = ("TLBIALLH", "TLBIALLHIS", "TLBIMVAH", "TLBIMVAHIS")
_PL1_TLB = (
    *("TLBIALL", "TLBIMVA", "TLBIASID", "TLBIMVAA", "TLBIALLIS", "TLBIMVAIS", "TLBIASIDIS", "TLBIMVAAIS"),
    *("ITLBIALL", "ITLBIMVA", "ITLBIASID", "DTLBIALL", "DTLBIMVA", "DTLBIASID"),
    *("TLBIALLNSNH", "TLBIALLNSNHIS"),
)
_CACHE = (
    *("ICIALLUIS", "BPIALLIS", "ICIALLU", "ICIMVAU", "BPIALL", "BPIMVA"),
    *("DCISW", "DCCSW", "DCCISW"),
)
_CACHE_BY_MVA = ("DCIMVAC", "DCCMVAC", "DCCMVAU", "DCCIMVAC")


def _forget_hyp(system: System, name: str, value: int) -> None:
    system.forget_translations((Regime.HYP,))


def _forget_pl1(system: System, name: str, value: int) -> None:
    system.forget_translations((Regime.NON_SECURE_PL1, Regime.SECURE_PL1))


def _nothing(system: System, name: str, value: int) -> None:
    pass


def _cache_by_mva(system: System, name: str, value: int) -> None:
    """Maintenance by MVA translates its address, and reports a fault as a write with CM set (B3.13)."""
    outcome = system.translate(value)
    if isinstance(outcome, Fault):
        raise DataAbort(
            Fault(
                outcome.kind,
                value,
                outcome.level,
                write=True,
                maintenance=True,
                why=f"{name}: {outcome.why}",
            )
        )


def _address_translate_hyp(system: System, name: str, value: int) -> None:
    """ATS1HR and ATS1HW: translate in the Hyp regime, result in PAR in the 64-bit format (B3.14)."""
    outcome = system.translate(value, regime=Regime.HYP)
    if isinstance(outcome, Translation):
        fault = check(outcome, write=name == "ATS1HW")
    else:
        fault = outcome
    if fault is not None and fault.kind is FaultKind.EXTERNAL_ON_WALK:
        raise DataAbort(fault)
    values = system.cpu.coproc.values
    par = system.cpu.coproc.stored_name("PAR")
    values[par] = par_value(outcome if fault is None else fault)


def par_value(outcome: Translation | Fault) -> int:
    """PAR in the Long-descriptor format (B4.1, PAR)."""
    lpae = 1 << 11
    if isinstance(outcome, Fault):
        return 1 | long_status(outcome) << 1 | outcome.on_walk << 8 | outcome.stage2 << 9 | lpae
    attributes = outcome.attributes
    # Device and Strongly-ordered memory, and Normal Non-cacheable, report as Outer Shareable.
    shareability = {"non": 0b00, "outer": 0b10, "inner": 0b11}.get(attributes.shareability, 0b01)
    if attributes.type is not MemoryType.NORMAL:
        shareability = 0b10
    non_secure = 1 << 9
    return attributes.mair << 56 | outcome.pa & ~0xFFF | lpae | non_secure | shareability << 7


def _unmodelled(system: System, name: str, value: int) -> None:
    raise not_modelled(name)


OPERATIONS: Mapping[str, Operation] = {
    **dict.fromkeys(_HYP_TLB, _forget_hyp),
    **dict.fromkeys(_PL1_TLB, _forget_pl1),
    **dict.fromkeys(_CACHE, _nothing),
    **dict.fromkeys(_CACHE_BY_MVA, _cache_by_mva),
    **dict.fromkeys(("CP15WFI", "CP15PREFETCH"), _nothing),
    "CP15ISB": lambda system, name, value: system.deprecated_barrier("isb"),
    "CP15DSB": lambda system, name, value: system.deprecated_barrier("dsb"),
    "CP15DMB": lambda system, name, value: system.deprecated_barrier("dmb"),
    "ATS1HR": _address_translate_hyp,
    "ATS1HW": _address_translate_hyp,
}
"""Operation by name; those of the PL1 regimes' address translation wait for their walks."""
