"""System operations: what a write to a TLB, cache, predictor or address translation encoding does.

Functionally a TLB operation forgets translations, of every CPU when its name ends in IS or when
HCR.FB makes a Non-secure one broadcast; cache and predictor maintenance does nothing, because the
core keeps no second copy of memory. The strict rules see all of them. DDI 0406C B4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator.address_operations import ADDRESS_TRANSLATIONS, address_translate
from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.faults import Fault
from hypgen.emulator.translation import Regime, judge

if TYPE_CHECKING:
    from hypgen.emulator.system import System

HCR_FB = cp15.HCR.bit("FB")

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
CACHE_BY_ADDRESS = frozenset({*_CACHE_BY_MVA, "ICIMVAU"})
"""Cache operations that translate an address."""


def _forget_hyp(system: System, name: str, value: int) -> None:
    for reached in _reached(system, name):
        reached.forget_translations((Regime.HYP,))


def _forget_pl1(system: System, name: str, value: int) -> None:
    for reached in _reached(system, name):
        reached.forget_translations((Regime.NON_SECURE_PL1, Regime.SECURE_PL1))


def _reached(system: System, name: str) -> Sequence[System]:
    """The CPUs whose TLBs an operation reaches."""
    cpu = system.cpu
    forced = not cpu.secure and cpu.mode != Mode.HYP and cpu.coproc.values["HCR"] & HCR_FB
    return system.peers if name.endswith("IS") or forced else (system,)


def _nothing(system: System, name: str, value: int) -> None:
    pass


def _cache_by_mva(system: System, name: str, value: int) -> None:
    """Maintenance by MVA translates its address, and reports a fault as a write with CM set (B3.13)."""
    outcome = system.operand(value)
    if isinstance(outcome, Fault):
        fault = (outcome.first and judge(outcome.first)) or outcome
        raise DataAbort(fault._replace(write=True, maintenance=True, why=f"{name}: {fault.why}"))


OPERATIONS: Mapping[str, Operation] = {
    **dict.fromkeys(_HYP_TLB, _forget_hyp),
    **dict.fromkeys(_PL1_TLB, _forget_pl1),
    **dict.fromkeys(_CACHE, _nothing),
    **dict.fromkeys(_CACHE_BY_MVA, _cache_by_mva),
    **dict.fromkeys(("CP15WFI", "CP15PREFETCH"), _nothing),
    "CP15ISB": lambda system, name, value: system.deprecated_barrier("isb"),
    "CP15DSB": lambda system, name, value: system.deprecated_barrier("dsb"),
    "CP15DMB": lambda system, name, value: system.deprecated_barrier("dmb"),
    **dict.fromkeys(ADDRESS_TRANSLATIONS, address_translate),
}
"""Operation by name."""
