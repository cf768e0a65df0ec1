"""CACHE: mappings that are live at the same time, and what they make of one location (DDI 0406C A3.5.7,
B3.7.2).

The CPU may use any mapping of the regime that it is in, whether the program does or not. That is a warning:
whoever takes care of what is accessed when can live with it, and the field does. Exclusive accesses through
two such mappings are an error: nobody can take care of the monitors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from hypgen.arch import registers as cp15
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict.exposure import cacheable, write_through
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.reserved import attributes_written
from hypgen.emulator.strict.whole_tables import Leaf, first_stage
from hypgen.emulator.translation import Regime, Translation
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
EXCLUSIVES = Rule(
    "CACHE-008",
    "exclusive accesses to one location go through mappings with different attributes",
    Severity.ERROR,
    "DDI 0406C A3.5.7, Memory access restrictions (mismatched memory attributes), and A3.4, Synchronization "
    "and semaphores",
    "With mismatched attributes a location loses the properties of Load-Exclusive and Store-Exclusive: one "
    "is watched by the monitor of a cache, the other by one at the memory, and neither knows of the other. "
    "LDREX and its STREX, and the exclusives of other CPUs in between, must use the same memory type, "
    "cacheability and shareability, and where a board shows memory twice the same window.",
    "ldrex r1, [r0]; strex r2, r1, [r3], r3 being a Non-cacheable mapping of the same location",
    "ldrex r1, [r0]; strex r2, r1, [r3], r3 being another mapping with the same attributes",
)
RULES = (MISMATCHED, EXECUTABLE_DEVICE, EXCLUSIVES)

_CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}
_WXN = cp15.SCTLR.bit("WXN")


class View(NamedTuple):
    """How LDREX saw a location, and where that was: ``va`` by the instruction at ``pc``."""

    attributes: str
    va: int
    pc: int


class MappingRules(Family):
    """The rules of live mappings, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._judged: dict[tuple[object, ...], bool] = {}
        """The registers under which tables were looked at, with the number of their changes."""
        self._open: dict[int, View] = {}
        """The location of an LDREX that no STREX has followed."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The registers under which tables were looked at, and what is being exchanged."""
        return {"mappings": self._judged, "exclusive": self._open}

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX or STREX of a location: do all that are under way see it alike?"""
        place, one = self.rules.side.place(outcome.pa), outcome.attributes
        if one.type is not MemoryType.NORMAL:
            return
        policy = (
            "Write-Through" if write_through(one) else "Write-Back" if cacheable(one) else "Non-cacheable"
        )
        window = f", window {place.view}" if place.view else ""
        seen = f"{one.type.value}, {policy}, {one.shareability} shareable{window}"
        if load:
            self._open.clear()
        for family in self._everyone():
            known = family._open.get(place.address)
            if known is not None and known.attributes != seen:
                self._report_exclusive(va, load, seen, known, family.system.cpu.index)
        self._open.clear()
        if load:
            self._open[place.address] = View(seen, va, self.system.current_pc())

    def _everyone(self) -> Iterator[MappingRules]:
        for peer in self.system.peers:
            families = getattr(peer.observer, "families", ())
            yield from (one for one in families if isinstance(one, MappingRules))

    def _report_exclusive(self, va: int, load: bool, seen: str, known: View, cpu: int) -> None:
        pc, me = self.system.current_pc(), self.system.cpu.index
        what = "LDREX" if load else "STREX"
        by = "" if cpu == me else f" of CPU {cpu}"
        sentence = (
            f"{what} of {va:#010x} is of the same location as the LDREX{by} of {known.va:#010x}, "
            "by a mapping with other attributes"
        )
        state = (f"{known.attributes} -> {seen}",)
        fix = "use one mapping for a location that is accessed with exclusives"
        self.rules.report(
            Finding(
                EXCLUSIVES.id, EXCLUSIVES.severity, sentence, pc, me, (Event(known.pc, "LDREX"),), state, fix
            ),
            once=(EXCLUSIVES.id, known.pc, pc),
        )

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
