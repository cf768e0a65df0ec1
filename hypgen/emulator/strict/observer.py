"""The strict rules of one CPU, as the core's observer: who is told of what, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, cast

from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.arch.register import Register
from hypgen.emulator.address_operations import ADDRESS_TRANSLATIONS, STAGE2_ON, translated
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.dataside import Views
from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import REGISTERS
from hypgen.emulator.operations import CACHE_BY_ADDRESS
from hypgen.emulator.strict import (
    align,
    buffering,
    cache,
    ctx,
    ctx_access,
    events,
    ifetch,
    loads,
    locks,
    mappings,
    monitors,
    res,
    sequences,
    smp,
    state,
    tlb,
    tlb_entries,
    unk,
    walk,
)
from hypgen.emulator.strict.contract import Contract
from hypgen.emulator.strict.copying import copied
from hypgen.emulator.strict.exposure import Ranges, data_cached, exposed, stages, tables_of, write_through
from hypgen.emulator.strict.exposure import cacheable as fetch_cached
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.lines import Writer
from hypgen.emulator.strict.memory_side import Captured, MemorySide
from hypgen.emulator.strict.order import is_alone
from hypgen.emulator.strict.overlay import MAINTENANCE
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.uses import Uses
from hypgen.emulator.strict.whole_tables import Table
from hypgen.emulator.system import System
from hypgen.emulator.translation import Regime, Translation

FAMILIES: tuple[type[Family], ...] = (
    ctx.ContextRules,
    ctx_access.AccessRules,
    tlb.TlbRules,
    tlb_entries.EntryRules,
    walk.WalkRules,
    cache.CacheRules,
    mappings.MappingRules,
    ifetch.FetchRules,
    align.AlignRules,
    res.ReservedRules,
    events.EventRules,
    smp.SharedRules,
    loads.LoadRules,
    sequences.SequenceRules,
    monitors.MonitorRules,
    locks.LockRules,
    state.StateRules,
)
"""All families, in the order in which they are told of an event."""
_WALKING = (tlb.TlbRules, tlb_entries.EntryRules, walk.WalkRules)
"""Those who know how else an address may be translated; for operations CTX has rules of its own."""
MODULES = (
    ctx,
    ctx_access,
    tlb,
    tlb_entries,
    unk,
    walk,
    cache,
    mappings,
    ifetch,
    align,
    res,
    smp,
    buffering,
    events,
    monitors,
    locks,
    state,
)
"""The modules that define rules."""
RULES: Mapping[str, Rule] = {rule.id: rule for module in MODULES for rule in module.RULES}
"""Every strict rule by its id."""

_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""
_SETTINGS = {regime: itemgetter(*names) for regime, names in REGISTERS.items()}
"""Gives the values of all registers that a translation in a regime reads."""
_CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}
_EXPOSING = frozenset(name for names in REGISTERS.values() for name in names)

_LITERALS = 0x1000
"""How far literals are from the instructions that load them."""

Port = Callable[[int, int, bytes], None]
"""Tells the rules of a store to the page that it was made for: VA, offset in the page, and bytes."""


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
        self._exposing: dict[Regime, tuple[int, ...]] = {}
        self.live: dict[Regime, Ranges] = {}
        """Where the tables of each regime in use are."""
        self.tables: dict[Regime, tuple[Table, ...]] = {}
        """The same tables one by one."""
        self.tables_changed = False
        """Whether a store to a table may have brought others into use."""
        self._changes = 0
        """How often tables in use were changed."""
        self._looked = False
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
        storing = [one for one in self.families if type(one).stored is not Family.stored]
        self._stored = {
            (to_tables, alone): tuple(
                one.stored
                for one in storing
                if (to_tables or one is not self.entries) and not (alone and one.between_cpus)
            )
            for to_tables in (False, True)
            for alone in (False, True)
        }
        """Who is told of stores: to pages that hold tables or others, while one CPU executes alone or not."""

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
        looked = self._exposing, self.live, self.tables, self.tables_changed, self._looked
        return copied((self.findings, self._said, self._known(), looked), {}), side

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else; every container stays the same object."""
        own, side = cast("tuple[Any, Captured | None]", captured)
        memo: dict[int, Any] = {}
        findings, said, known, looked = own
        self.findings[:] = findings
        self._said.clear()
        self._said.update(said)
        self._exposing, self.live, self.tables, self.tables_changed, self._looked = copied(looked, memo)
        for name, container in self._known().items():
            book = known[name]
            if book or container:
                container.clear()
                container.update(copied(book, memo))
        if side is not None:
            self.side.reinstate(side)

    # -- what may be cached -----------------------------------------------------------------------------
    def look_at_mappings(self) -> None:
        """Note what may be cached now. A regime counts from when the CPU is in it with its MMU on, and for
        as long as its registers stay: what they hold before is nothing that the CPU looks into."""
        values, here = self.system.cpu.coproc.values, self.system.regime()
        if here in self._exposing:
            for regime, known in self._exposing.items():
                if _SETTINGS[regime](values) != known:
                    break
            else:
                return  # as mostly: nothing was written
        changed = False
        for regime in {here, *self._exposing}:
            now = _SETTINGS[regime](values)
            if self._exposing.get(regime) == now:
                continue
            if regime is here:
                self._exposing[regime] = now
                changed |= self._look_into(regime)
            else:
                del self._exposing[regime]
                changed |= self._use(regime, (), None)
        if changed:
            self._forget_fetches()

    def _look_into(self, regime: Regime) -> bool:
        """Note what may be cached by the tables of a regime, and where they are; whether it is another."""
        values = self.system.cpu.coproc.values
        mapped = stages(regime, values, self.system.memory)
        place = self.side.place
        tables = tuple([one._replace(address=place(one.address).address) for one in tables_of(mapped)])
        return self._use(regime, tables, Ranges(exposed(regime, values, mapped)))

    def _use(self, regime: Regime, tables: tuple[Table, ...], ranges: Ranges | None) -> bool:
        """A regime has tables, stores to which are told one by one from now on, and lets ``ranges`` be
        cached; whether either is another than before."""
        changed = self.side.history.change((self.system.cpu.index, regime), ranges)
        if tables == self.tables.get(regime, ()):
            return changed
        if tables:
            live = self.live[regime] = Ranges((one.address, one.address + one.size) for one in tables)
            self.tables[regime] = tables
            memory = self.system.memory
            for page in filter(None, map(memory.page, live.pages())):
                for peer in self.system.peers:
                    peer.forget_writable(page)
        else:
            del self.live[regime], self.tables[regime]
        return True

    def table_at(self, regime: Regime, address: int) -> Table | None:
        """The table in use by a regime that has a descriptor at an address."""
        found = self.tables.get(regime, ())
        return next((one for one in found if 0 <= address - one.address < one.size), None)

    def _tell_of_mappings(self) -> None:
        """Whatever was to be written together is written: tell of the tables that the CPU uses now."""
        here = self.system.regime()
        key = self._exposing.get(here)
        if key is not None:
            for told in self._told["mapped"]:
                told(here, (key, self._changes))

    def _look_at_tables(self) -> None:
        """Stores to tables are complete: other tables may be in use, and other memory cacheable."""
        self.tables_changed = False
        self._changes += 1
        for regime in tuple(self.live):
            self._look_into(regime)
        self._forget_fetches()

    def _reached(self) -> Iterator[StrictRules]:
        """The rules of every CPU, which a DSB of an Inner Shareable domain or a wider one is for."""
        for peer in self.system.peers:
            if isinstance(peer.observer, StrictRules):
                yield peer.observer

    def _forget_fetches(self) -> None:
        """What caches and TLBs may hold of tables is another: look at what is fetched through them again."""
        for peer in self.system.peers:
            peer.forget_fetches()

    # -- the observer's interface ----------------------------------------------------------------------
    def register_written(self, stored: str, old: int, new: int) -> None:
        """A system register changed by MCR or MCRR."""
        for told in self._told["register_written"]:
            told(stored, old, new)
        if stored in _EXPOSING:
            self.look_at_mappings()

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
        self._forget_fetches()

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""
        for told in self._told["synchronised"]:
            told()
        self.look_at_mappings()
        self._tell_of_mappings()
        self.side.synchronised(self.system.cpu.index, len(self.system.peers))

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB."""
        for told in self._told["barrier"]:
            told(kind, option)
        everywhere = option not in NON_SHAREABLE or len(self.system.peers) < 2
        if kind == "dsb":
            for one in self._reached() if everywhere else (self,):
                if one.tables_changed:
                    one._look_at_tables()
            self.side.barrier(self.system.cpu.index, option not in STORE_ONLY, everywhere)
        elif option not in STORE_ONLY:
            self.side.order(self.system.cpu.index, 1 + everywhere)

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> bool:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``; whether nothing is to be
        said of it, nor of others like it until something changes."""
        doubts = self.doubts
        for told in self._translated:
            told(va, outcome, access, regime)
        return doubts == self.doubts and not self.playing

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
        side, cpu = self.side, self.system.cpu.index
        base = side.place(outcome.pa & ~0xFFF)
        address, view = base
        cached = data_cached(outcome.regime, self.system.cpu.coproc.values, outcome.attributes)
        through = cached and write_through(outcome.attributes)
        lines, shift, within, history = side.lines, side.shift, side.size - 1, side.history
        peers = [peer.observer for peer in self.system.peers if isinstance(peer.observer, StrictRules)]
        told_always = any(
            ranges.overlaps(address, address + 0x1000)
            for one in peers
            for ranges in (*one.live.values(), *one.entries.tables())
        )
        everyone, if_alone = self._stored[told_always, False], self._stored[told_always, True]
        same, system = (cached, view, cpu), self.system
        current_pc = system.current_pc
        unchanging = (*same, True)
        whole, first = (1 << side.size) - 1, address >> shift

        def tell(va: int, offset: int, data: bytes) -> None:
            at = address | offset
            line = lines.get(at >> shift)
            mask = (1 << len(data)) - 1 << (at & within)
            stored = if_alone if is_alone(system) else everyone
            if (
                line is not None
                and ((hot := line.hot) == same or (hot == unchanging and side.holds(at, data)))
                and not mask & ~whole
                and (line.closed or line.epoch == history.epoch)
            ):
                if not told_always and not mask & ~line.hot_mask:
                    return
                place = _record(Place, (at, view))
                for told in stored:
                    told(va, place, data, outcome, cached)
                writer = _record(Writer, (mask, current_pc(), cpu, cached, view))
                if line.hot == hot:  # still, after all were told
                    line.epoch = history.epoch
                    side.store_more(line, writer)
                else:
                    side.store(place, data, writer, through)
                return
            for start, part in _by_line(at, data, within):
                place = _record(Place, (start, view))
                for told in stored:
                    told(va, place, part, outcome, cached)
                mask = (1 << len(part)) - 1 << (start & within)
                side.store(place, part, _record(Writer, (mask, current_pc(), cpu, cached, view)), through)

        def tell_news(va: int, offset: int, data: bytes) -> None:
            line = lines.get(first | offset >> shift)
            if (
                line is not None
                and line.hot == same
                and (line.closed or line.epoch == history.epoch)
                and not (1 << len(data)) - 1 << (offset & within) & ~line.hot_mask
            ):
                return  # as most: these bytes were stored in this way, and nothing has happened since
            tell(va, offset, data)

        return tell if told_always else tell_news

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
        if not self._looked:
            self._looked = True
            self.look_at_mappings()
        if outcome.pa >> 12 not in self.touched and outcome.attributes.type is MemoryType.NORMAL:
            return  # the instruction side has whatever was there at the start
        place, cached = self.side.place(outcome.pa), fetch_cached(outcome.attributes)
        for told in self._fetched:
            told(va, place, size, outcome, cached)


def _by_line(address: int, data: bytes, within: int) -> Iterator[tuple[int, bytes]]:
    """The parts of a store that lie in one line each."""
    while data:
        room = within + 1 - (address & within)
        yield address, data[:room]
        address += room
        data = data[room:]
