"""SMP: a CPU that takes no part in coherency yet reads cached what another one stores (ACTLR.SMP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.strict import late
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Shared, Stored
    from hypgen.emulator.strict.places import Place

OUT_OF_COHERENCY = Rule(
    "SMP-005",
    "a CPU whose ACTLR.SMP is 0 shares cached memory with another",
    Severity.ERROR,
    "DDI 0406C A3.5.6, Shareable attribute (coherency is that of CPUs in the domain); TRMs of Cortex-A7, "
    "-A12, -A15 and -A17, ACTLR.SMP",
    "Until a CPU sets ACTLR.SMP it takes no part in coherency: its cached accesses to memory that another "
    "CPU stored to may see old bytes for ever. Secure code sets it before the caches come on, or lets the "
    "Non-secure state do so (NSACR.NS_SMP). What firmware hands over is taken to have it set.",
    "<entered Secure, MMU and C on> CPU 1: ldr of what CPU 0 stored, ACTLR.SMP = 0",
    "the same with ACTLR.SMP = 1 and an ISB before the MMU comes on",
)

_SMP = 1 << 6


def is_incoherent(rules: StrictRules) -> bool:
    """Whether the CPU takes no part in coherency, as far as the image says it."""
    set_by_firmware = rules.contract.coherent and "ACTLR" not in rules.written
    return not set_by_firmware and not rules.system.cpu.coproc.values["ACTLR"] & _SMP


def tell_of_incoherent(
    rules: StrictRules, shared: Shared, va: int, place: Place, size: int, last: Stored
) -> None:
    """Such a CPU loads what another one stored: it may never see that."""
    me = rules.system.cpu.index
    if rules.playing:
        late.offer_ever_older(rules, shared, OUT_OF_COHERENCY, (OUT_OF_COHERENCY.id, me), place, size)
    rules.report(
        Finding(
            OUT_OF_COHERENCY.id,
            OUT_OF_COHERENCY.severity,
            f"the load of {va:#010x} may see what was there before CPU {last.cpu} stored: ACTLR.SMP is 0",
            rules.system.current_pc(),
            me,
            (Event(last.pc, f"store by CPU {last.cpu}"),),
            (f"ACTLR = {rules.system.cpu.coproc.values['ACTLR']:#010x} (SMP 0)",),
            "set ACTLR.SMP, then ISB, before the caches are turned on",
        ),
        once=(OUT_OF_COHERENCY.id, me),
    )
