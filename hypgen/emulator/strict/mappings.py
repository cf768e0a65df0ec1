"""CACHE: mappings that are live at the same time, and what they make of one location (DDI 0406C A3.5.7,
B3.7.2).

The CPU may use any mapping of the regime that it is in, whether the program does or not. These are
warnings: whoever takes care of what is accessed when can live with them, and the field does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict.exposure import Leaf, first_stage
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Finding, Rule
from hypgen.emulator.strict.reserved import attributes_written
from hypgen.emulator.translation import Regime
from hypgen.errors import Severity
from hypgen.units import PhysAddr

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

MISMATCHED = Rule(
    "CACHE-006",
    "two live mappings make different memory types of one location",
    Severity.WARNING,
    "DDI 0406C A3.5.7, Memory access restrictions (mismatched memory attributes)",
    "The tables in use map a physical address twice in one translation regime, as Normal memory and as "
    "Device or Strongly-ordered, or as Device and as Strongly-ordered. Accesses through the two are not "
    "ordered as either type promises, and the Normal mapping may be read ahead, which a device may not "
    "bear. Map the location once, or with one memory type; a large identity block that covers devices as "
    "cacheable memory is the usual reason.",
    "a 1 GB block of Normal memory at its own address, and a Device page of the UART within it elsewhere",
    "the block without the UART's 2 MB, and the Device page",
)
EXECUTABLE_DEVICE = Rule(
    "CACHE-007",
    "a Device or Strongly-ordered mapping is executable",
    Severity.WARNING,
    "DDI 0406C B3.7.2, Execute-never restrictions on instruction fetching",
    "The CPU may fetch instructions speculatively from whatever is mapped executable: a register whose "
    "reading has an effect is read. Set XN in the descriptors of Device and Strongly-ordered memory.",
    "a Device page descriptor with XN = 0 (and HSCTLR.WXN = 0)",
    "the same with XN = 1",
)
RULES = (MISMATCHED, EXECUTABLE_DEVICE)

_CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}
_WXN = cp15.SCTLR.bit("WXN")


class MappingRules(Family):
    """The rules of live mappings, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._judged: dict[tuple[object, ...], bool] = {}
        """The registers under which tables were looked at, with the number of their changes."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The registers under which tables were looked at."""
        return {"mappings": self._judged}

    def mapped(self, regime: Regime, key: tuple[object, ...]) -> None:
        """A regime's tables are in use: what do they make of each location?"""
        if (regime, key) in self._judged:
            return
        self._judged[regime, key] = True
        values = self.system.cpu.coproc.values
        tables = first_stage(regime, values, self.system.memory)
        if tables is None or not attributes_written(regime, values):
            return
        self._mismatched(tables.leaves)
        if not values[_CONTROL[regime]] & _WXN:
            self._executable(tables.leaves)

    def _mismatched(self, leaves: list[Leaf]) -> None:
        last: Leaf | None = None
        for leaf in sorted(leaves, key=lambda one: one.output):
            if last is not None and leaf.output < last.output + last.size:
                one, other = leaf.attributes.type, last.attributes.type
                if one is not other:
                    there = last.start + leaf.output - last.output
                    self._report(
                        MISMATCHED,
                        f"physical address {PhysAddr(leaf.output)} is {one.value} at {leaf.start:#010x}, and "
                        f"{other.value} at {there:#010x}",
                        "map it once, or with one memory type",
                        leaf.output,
                    )
                    return
            if last is None or leaf.output + leaf.size > last.output + last.size:
                last = leaf

    def _executable(self, leaves: list[Leaf]) -> None:
        for leaf in leaves:
            if not leaf.never and leaf.attributes.type is not MemoryType.NORMAL:
                self._report(
                    EXECUTABLE_DEVICE,
                    f"{leaf.attributes.type.value} memory is mapped executable at {leaf.start:#010x}",
                    "set XN in its descriptor",
                    leaf.start,
                )
                return

    def _report(self, rule: Rule, sentence: str, fix: str, key: int) -> None:
        pc, cpu = self.system.current_pc(), self.system.cpu.index
        self.rules.report(
            Finding(
                rule.id, rule.severity, sentence, pc, cpu, self.rules.enabling(self.system.regime()), (), fix
            ),
            once=(rule.id, key),
        )
