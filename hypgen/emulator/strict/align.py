"""ALIGN: accesses to Device and Strongly-ordered memory that no implementation need make (DDI 0406C A3).

With the MMU off all data is Strongly-ordered. An unaligned access there faults, in both modes of the
machine. PUSH, POP, LDM and STM with the MMU off are legal and are not reported, unless one instruction
crosses a 4 KB boundary.
"""

from __future__ import annotations

from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.faults import Fault
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Finding, Rule
from hypgen.emulator.translation import Regime, Translation
from hypgen.errors import Severity

CROSSING = Rule(
    "ALIGN-001",
    "one instruction's accesses to Device or Strongly-ordered memory cross a 4 KB boundary",
    Severity.ERROR,
    "DDI 0406C A3.5.7, Memory access restrictions",
    "The accesses of one LDM, STM, LDRD, STRD, PUSH or POP to Device or Strongly-ordered memory that cross "
    "an address aligned to 4 KB are UNPREDICTABLE. With the MMU off that is any memory: keep stacks and "
    "tables that are used then from crossing a page with one instruction.",
    "<MMU off> ldr r0, =0x40010ffc; ldm r0, {r1, r2}",
    "<MMU off> ldr r0, =0x40010ff8; ldm r0, {r1, r2}",
)
EXCLUSIVE = Rule(
    "ALIGN-002",
    "an exclusive access to Device or Strongly-ordered memory",
    Severity.ERROR,
    "DDI 0406C A3.4.5, Load-Exclusive and Store-Exclusive usage restrictions",
    "Whether exclusive accesses work on Device and Strongly-ordered memory is IMPLEMENTATION DEFINED; with "
    "the MMU off that is any memory. On many SoCs the store never succeeds, or aborts. Take locks only where "
    "the MMU is on and the memory is Normal.",
    "<MMU off> ldrex r1, [r0]",
    "<MMU on, Normal memory> ldrex r1, [r0]",
)
PERIPHERAL = Rule(
    "ALIGN-003",
    "a device's registers are accessed as Normal memory",
    Severity.ERROR,
    "DDI 0406C A3.5.1, Memory types and attributes, and A3.5.5, Device and Strongly-ordered memory",
    "Accesses to Normal memory may be made more than once, early, together with their neighbours, or by a "
    "cache instead: a device sees other accesses than the program makes. Map its registers as Device or "
    "Strongly-ordered memory; with the MMU off they are.",
    "<MMU on, AttrIndx of Normal memory> ldr r1, [r0], r0 = a UART's register",
    "<MMU on, AttrIndx of Device memory> ldr r1, [r0]",
)
NOT_SHARED = Rule(
    "ALIGN-004",
    "two CPUs use exclusives on one location of Non-shareable memory",
    Severity.ERROR,
    "DDI 0406C A3.4.1, Exclusive access instructions and Non-shareable memory regions",
    "On Non-shareable memory LDREX and STREX ask the local monitor of their own CPU alone: two CPUs may both "
    "succeed, and both hold the lock. Map memory that CPUs share as Shareable.",
    "CPU 0 and CPU 1: ldrex, strex of one word, SH = 0b00",
    "CPU 0 and CPU 1: ldrex, strex of one word, SH = 0b11",
)
RULES = (CROSSING, EXCLUSIVE, PERIPHERAL, NOT_SHARED)


class AlignRules(Family):
    """The ALIGN rules of one CPU."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """One instruction's access crosses a 4 KB boundary."""
        outcome = self.system.translate(va)
        if isinstance(outcome, Translation) and not self._normal(outcome):
            what = "stores" if write else "loads"
            self._report(
                CROSSING,
                f"one instruction {what} {size} bytes at {va:#010x}, across a 4 KB boundary of "
                f"{outcome.attributes.type.value} memory",
                "move the data, or use accesses that do not cross the boundary",
            )

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A load or store is translated: a device must not be reached as Normal memory."""
        if isinstance(outcome, Fault) or access == "fetch" or not self._normal(outcome):
            return
        device = self.system.memory.device(int(outcome.pa))
        if device is not None:
            self._report(
                PERIPHERAL,
                f"the {access} of {va:#010x} reaches {device.name} as Normal memory",
                "map it as Device memory",
            )

    @staticmethod
    def _normal(outcome: Translation) -> bool:
        return outcome.attributes.type is MemoryType.NORMAL

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX or STREX of a location."""
        if not self._normal(outcome):
            what = "LDREX" if load else "STREX"
            off = "" if outcome.steps else ", as all memory is with the MMU off"
            self._report(
                EXCLUSIVE,
                f"{what} of {va:#010x}, which is {outcome.attributes.type.value}{off}",
                "turn the MMU on first, and map the location as Normal memory",
            )

    def _report(self, rule: Rule, sentence: str, fix: str) -> None:
        pc = self.system.current_pc()
        self.rules.report(
            Finding(rule.id, rule.severity, sentence, pc, self.system.cpu.index, (), (), fix),
            once=(rule.id, pc),
        )
