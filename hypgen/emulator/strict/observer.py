"""The strict rules of one CPU, as the core's observer: who is told of what, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.arch.register import Register
from hypgen.emulator.address_operations import ADDRESS_TRANSLATIONS, STAGE2_ON, translated
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.dataside import Views
from hypgen.emulator.faults import Fault
from hypgen.emulator.operations import CACHE_BY_ADDRESS
from hypgen.emulator.strict import ctx, tlb, tlb_entries, walk
from hypgen.emulator.strict.catalogue import FAMILIES, RULES
from hypgen.emulator.strict.contract import Contract
from hypgen.emulator.strict.copying import copied
from hypgen.emulator.strict.exposure import cacheable as fetch_cached
from hypgen.emulator.strict.exposure import data_cached
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.in_use import SETTING, TablesInUse
from hypgen.emulator.strict.memory_side import Captured, MemorySide
from hypgen.emulator.strict.order import is_alone
from hypgen.emulator.strict.overlay import MAINTENANCE
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.storing import Port, port, tellers
from hypgen.emulator.strict.uses import Uses
from hypgen.emulator.system import System
from hypgen.emulator.translation import Regime, Translation

_WALKING = (tlb.TlbRules, tlb_entries.EntryRules, walk.WalkRules)
"""Those who know how else an address may be translated; for operations CTX has rules of its own."""
_CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}
_LITERALS = 0x1000
"""How far literals are from the instructions that load them."""


class StrictRules:
    """What the strict rules know about one CPU, and what they found.

    ``contract`` is what the entry state promises, ``side`` what all CPUs' rules know of memory. A
    finding that would only repeat another is dropped.
    """

    playing = False
    """Whether outcomes that are offered are played (:mod:`hypgen.emulator.strict.playing`)."""

    def __init__(
        self,
        system: System,
        findings: list[Finding],
        contract: Contract | None = None,
        side: MemorySide | None = None,
    ) -> None:
        self.system = system
        self.findings = findings
        self.contract = contract or Contract()
        self.side = side or MemorySide(system.memory, unknown=not self.contract.caches_clean)
        self.side.initialised = self.contract.initialised
        self.uses = Uses(system)
        self._said: set[Hashable] = set()
        self.families = tuple(family(self) for family in FAMILIES)
        context = next(one for one in self.families if isinstance(one, ctx.ContextRules))
        self.context = context
        self.entries = next(one for one in self.families if isinstance(one, tlb_entries.EntryRules))
        self.pending: Mapping[str, object] = context.pending
        self.unsettled: Mapping[str, object] = context.unsettled
        self.written: Mapping[str, int] = context.written
        self.touched: Mapping[int, object] = self.side.touched
        self.doubts = 0
        """How often an access was evaluated under several states, or something was said of it."""
        handlers: dict[str, tuple[Callable[..., None], ...]] = {
            event: tuple(
                getattr(one, event) for one in self.families if getattr(type(one), event) is not default
            )
            for event, default in vars(Family).items()
            if callable(default) and not event.startswith("_")
        }
        self._told = handlers
        self._loaded = handlers["loaded"]
        self._translated = handlers["translated"]
        self._walked = tuple(one.translated for one in self.families if isinstance(one, _WALKING))
        self._fetched, self._device_stored = handlers["fetched"], handlers["device_stored"]
        self._stored = tellers(self.families, self.entries)
        self.in_use = TablesInUse(system, self.side, handlers["mapped"])

    def report(self, finding: Finding, once: Hashable) -> None:
        """Note a finding, unless one with the same key was noted, or one of the same rule and instruction: by
        another CPU, or once more."""
        self.doubts += 1
        if RULES[finding.rule].pedantic and not self.contract.pedantic:
            return
        if once not in self._said:
            self._said.add(once)
            if any((one.rule, one.pc) == (finding.rule, finding.pc) for one in self.findings):
                return
            earlier = tuple(replace(one, pa=self._physical(one.pc)) for one in finding.earlier)
            self.findings.append(replace(finding, pa=self._physical(finding.pc), earlier=earlier))

    def withdraw(self, rule: Rule, pc: int, once: Hashable) -> None:
        """A finding about an instruction has turned out to be none."""
        self._said.discard(once)
        self.findings[:] = [one for one in self.findings if (one.rule, one.pc) != (rule.id, pc)]

    def offer(
        self,
        rule: Rule,
        once: Hashable,
        what: str,
        result: object,
        key: Hashable,
        *,
        if_reported: bool = False,
        ever: Hashable = None,
    ) -> bool:
        """An access may come out in another way (:class:`hypgen.emulator.strict.choices.Alternative`);
        whether anybody wants to know, and then of all others, too."""
        return False

    def loose(self) -> None:
        """An access is evaluated under more than one state that the machine may be in."""
        self.doubts += 1

    def _physical(self, pc: int) -> int | None:
        outcome = self.system.translate(pc, fetch=True)
        return int(outcome.pa) if isinstance(outcome, Translation) else None

    def enabling(self, regime: Regime) -> tuple[Event, ...]:
        """The write to the control register that turned the MMU on, when the image made it."""
        name = _CONTROL[regime]
        pc = self.written.get(name)
        return (Event(pc, f"write to {name}"),) if pc is not None else ()

    # -- snapshots --------------------------------------------------------------------------------------
    def _known(self) -> dict[str, dict[Any, Any]]:
        return {name: books for family in self.families for name, books in family.state().items()}

    def capture(self) -> object:
        """A copy of all that the rules know; what they know of memory with the first CPU."""
        side = self.side.capture() if self.system.cpu.index == 0 else None
        known = copied((self.findings, self._said, self._known()), {})
        return (*known, self.in_use.capture()), side

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else; every container stays the same object."""
        own, side = cast("tuple[Any, Captured | None]", captured)
        memo: dict[int, Any] = {}
        findings, said, known, in_use = own
        self.findings[:] = findings
        self._said.clear()
        self._said.update(said)
        self.in_use.reinstate(in_use)
        for name, container in self._known().items():
            book = known[name]
            if book or container:
                container.clear()
                container.update(copied(book, memo))
        if side is not None:
            self.side.reinstate(side)

    def _reached(self) -> Iterator[StrictRules]:
        """The rules of every CPU, which a DSB of an Inner Shareable domain or a wider one is for."""
        for peer in self.system.peers:
            if isinstance(peer.observer, StrictRules):
                yield peer.observer

    # -- the observer's interface ----------------------------------------------------------------------
    def register_written(self, stored: str, old: int, new: int) -> None:
        """A system register changed by MCR or MCRR."""
        for told in self._told["register_written"]:
            told(stored, old, new)
        if stored in SETTING:
            self.in_use.look()

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """MCR or MCRR is about to give a system register a value."""
        for told in self._told["register_assigned"]:
            told(row, stored, value)

    def unpredictable(self, sentence: str) -> None:
        """An instruction is UNPREDICTABLE, and the run goes on."""
        for told in self._told["unpredictable"]:
            told(sentence)

    def addressed(self, name: str, value: int) -> None:
        """A system operation is about to be performed: does it translate its address as the tables have it?

        Of a stage 1 translation alone, as ATS1Cxx asks for while stage 2 is on, nothing is said.
        """
        system = self.system
        access, regime = MAINTENANCE, system.regime()
        if name in ADDRESS_TRANSLATIONS:
            values = system.cpu.coproc.values
            outcome, regime, _ = translated(system, values, name, value)
            guest = regime is Regime.NON_SECURE_PL1
            if guest and name.startswith("ATS1C") and values["HCR"] & STAGE2_ON:
                return
            access = "write" if name.endswith("W") else "read"
        elif name in CACHE_BY_ADDRESS:
            outcome = system.translate(value)
        else:
            return
        for told in self._walked:
            told(value, outcome, access, regime)

    def operation(self, row: Register, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed."""
        for told in self._told["operation"]:
            told(row.name, value)
        for peer in self.system.peers:
            peer.forget_fetches()  # of what caches and TLBs may hold of tables

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""
        for told in self._told["synchronised"]:
            told()
        self.in_use.look()
        self.in_use.tell()
        self.side.synchronised(self.system.cpu.index, len(self.system.peers))

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB."""
        for told in self._told["barrier"]:
            told(kind, option)
        everywhere = option not in NON_SHAREABLE or len(self.system.peers) < 2
        if kind == "dsb":
            for one in self._reached() if everywhere else (self,):
                if one.in_use.changed:
                    one.in_use.look_again()
            self.side.barrier(self.system.cpu.index, option not in STORE_ONLY, everywhere)
        elif option not in STORE_ONLY:
            self.side.order(self.system.cpu.index, 1 + everywhere)

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> bool:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``; whether nothing is to be
        said of it, nor of others like it until something changes."""
        doubts = self.doubts
        for told in self._translated:
            told(va, outcome, access, regime)
        return doubts == self.doubts

    def exception_taken(self, kind: str) -> None:
        """An exception was taken."""
        for told in self._told["exception_taken"]:
            told(kind)

    def started(self, by: int) -> None:
        """This CPU was started by another."""
        for told in self._told["started"]:
            told(by)

    def event_sent(self) -> None:
        """SEV."""
        for told in self._told["event_sent"]:
            told()

    def interrupt_sent(self, target: int) -> None:
        """This CPU sends another one an interrupt."""
        for told in self._told["interrupt_sent"]:
            told(target)

    def woken(self, address: int) -> bool:
        """Firmware that holds this CPU and waits for events looks at a word of memory."""
        for told in self._told["woken"]:
            told(address)
        return False

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""
        for told in self._told["vectoring"]:
            told(stored)

    def register_read(self, name: str) -> None:
        """A system register is read, or an instruction asks for access, while something is pending."""
        for told in self._told["register_read"]:
            told(name)

    def register_accessed(self, row: Register) -> None:
        """A CP15 access is authorised, while something is pending."""
        for told in self._told["register_accessed"]:
            told(row)

    # -- accesses ---------------------------------------------------------------------------------------
    def loaded(self, va: int, size: int, outcome: Translation, views: Views | None) -> bool:
        """A load reads memory; whether later ones from the page may pass without asking in ``views``."""
        side = self.side
        place = side.place(outcome.pa)
        cached = data_cached(outcome.regime, self.system.cpu.coproc.values, outcome.attributes)
        for told in self._loaded:
            told(va, place, size, outcome, cached)
        if views is None or (side.shared is not None and (self.playing or self._may_be_shared(va, place))):
            return False
        return side.passing.may_pass(place, cached, views, va >> 12)

    def _may_be_shared(self, va: int, place: Place) -> bool:
        """Whether what CPUs load from the page may matter to another: not while no other executes, where this
        one alone stores and has its stack, nor next to its instructions, where nobody stores."""
        writers = self.side.shared.pages.get(place.address >> 12, ())
        if any(cpu != self.system.cpu.index for cpu in writers):
            return True
        if is_alone(self.system):
            return False
        cpu = self.system.cpu
        of_stack = va >> 12 == cpu.r[13] - 4 >> 12
        return not (of_stack or (not writers and abs(va - self.system.current_pc()) < _LITERALS))

    def port(self, outcome: Translation) -> Port:
        """What must be told of the stores to a page that is translated so."""
        every = self._reached()
        tables = (ranges for one in every for ranges in (*one.in_use.live.values(), *one.entries.tables()))
        return port(self.system, self.side, self._stored, tables, outcome)

    def device_stored(self, va: int) -> None:
        """A store to a device is about to be made."""
        for told in self._device_stored:
            told(va)

    def follows_devices(self) -> bool:
        """Whether stores to devices may have findings: under a lock, and where outcomes are played."""
        me = self.system.cpu.index
        return self.playing or any(cpu == me for cpu, _ in self.side.locks.held)

    def exclusive(self, va: int, size: int, load: bool) -> None:
        """LDREX or STREX of a location."""
        outcome = self.system.translate(va)
        if isinstance(outcome, Translation):
            for told in self._told["exclusive"]:
                told(va, size, outcome, load)

    def unaligned(self, va: int, write: bool) -> None:
        """An access that is not aligned is about to be made."""
        for told in self._told["unaligned"]:
            told(va, write)

    def crossing(self, va: int, size: int, write: bool) -> None:
        """One instruction's access crosses a 4 KB boundary."""
        for told in self._told["crossing"]:
            told(va, size, write)

    def marked(self, va: int) -> None:
        """The instruction at an address that the contract names is about to be executed."""
        for told in self._told["marked"]:
            told(va)

    def fetched(self, va: int, size: int, outcome: Translation) -> None:
        """Instructions are about to be executed: ``size`` bytes on one page."""
        self.in_use.begin()
        if outcome.pa >> 12 not in self.touched and outcome.attributes.type is MemoryType.NORMAL:
            return  # the instruction side has whatever was there at the start
        place, cached = self.side.place(outcome.pa), fetch_cached(outcome.attributes)
        for told in self._fetched:
            told(va, place, size, outcome, cached)
