"""What one CPU's instructions reach outside its core registers: translation, barriers, events.

A :class:`System` owns the contexts of its CPU. A context is a translation regime at a privilege
level, with the pages that pass fast in it and the blocks that were found in it; a mode change
selects a context, a change of translation empties those that it touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.register import Register
from hypgen.decode.table import Insn, decode_a32, decode_t32, is_32bit
from hypgen.emulator import mmu
from hypgen.emulator.access import Accesses, ExclusiveMonitor
from hypgen.emulator.dataside import DataSide, Views
from hypgen.emulator.exceptions import ExceptionTaken, GuestException, HypTrap, Undefined
from hypgen.emulator.faults import Fault
from hypgen.emulator.interrupts import Interrupts, Line
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, Page, PhysicalMemory
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.operations import OPERATIONS
from hypgen.emulator.translation import Regime, Translation
from hypgen.emulator.watch import Watchpoints

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.cpu import Cpu

SCR_NS = cp15.SCR.bit("NS")
SCTLR_A = cp15.SCTLR.bit("A")
HSCTLR_A = cp15.HSCTLR.bit("A")
HCR_TWI = cp15.HCR.bit("TWI")
HCR_TWE = cp15.HCR.bit("TWE")

_NOTHING = Views()
"""Never filled: bound where every access must be looked at."""

_READ_BY = {
    Regime.HYP: mmu.HYP_REGISTERS,
    Regime.NON_SECURE_PL1: (*mmu.NON_SECURE_REGISTERS, "CONTEXTIDR_NS", "HSCTLR"),
    Regime.SECURE_PL1: (*mmu.SECURE_REGISTERS, "CONTEXTIDR_S", "SCR"),
}
"""Stored names of the registers that decide what is found out in a regime."""
_REGIMES_OF: dict[str, tuple[Regime, ...]] = {
    name: tuple(regime for regime in Regime if name in _READ_BY[regime])
    for names in _READ_BY.values()
    for name in names
}
"""Stored name of a register to the regimes whose translations a write to it may change."""
_MMU_ENABLES = {
    "HSCTLR": cp15.HSCTLR.bit("M"),
    "SCTLR_S": cp15.SCTLR.bit("M"),
    "SCTLR_NS": cp15.SCTLR.bit("M"),
}
_ROUTING = frozenset(
    ["SCR", "HCR", "HDCR", "HSCTLR", "SCTLR_S", "SCTLR_NS", "HVBAR", "MVBAR", "VBAR_S", "VBAR_NS"]
)
"""Stored names of the registers that say where an exception goes and how it is entered."""
MOST_KEPT = 16
"""Settings of a regime's registers for which is kept what was found out under them."""


class Observer(Protocol):
    """What the strict rules see. Nothing here is called for an instruction that touches none of it."""

    pending: Mapping[str, object]
    """Registers written and not yet synchronised: while there are any, system register accesses are shown."""
    unsettled: Mapping[str, object]
    """Those of them that translation reads: while there are any, every access and fetch is shown."""

    def register_written(self, stored: str, old: int, new: int) -> None:
        """A system register changed by MCR or MCRR."""

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """MCR or MCRR is about to give a system register a value, bits that it does not keep included."""

    def unpredictable(self, sentence: str) -> None:
        """An instruction is UNPREDICTABLE, and the run goes on with what hardware usually does."""

    def exclusive(self, va: int, size: int, load: bool) -> None:
        """LDREX or STREX of a location."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """One instruction's access crosses a 4 KB boundary."""

    def operation(self, row: Register, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed."""

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB."""

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``."""

    def loaded(self, va: int, size: int, outcome: Translation, views: Views | None) -> bool:
        """A load reads memory; whether later ones from the page may pass without asking in ``views``."""

    def port(self, outcome: Translation) -> Callable[[int, int, bytes], None]:
        """What must be told of stores to a page that is translated so: VA, offset, and bytes."""

    def fetched(self, va: int, size: int, outcome: Translation) -> None:
        """Instructions that lie there are about to be executed."""

    def exception_taken(self, kind: str) -> None:
        """An exception was taken, by its kind."""

    def started(self, by: int) -> None:
        """This CPU was started by another."""

    def event_sent(self) -> None:
        """SEV."""

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""

    def register_read(self, name: str) -> None:
        """CCSIDR or PAR is read."""

    def register_accessed(self, row: Register) -> None:
        """A system register is about to be accessed, while something is pending."""

    def capture(self) -> object:
        """A copy of all that the rules know, for a snapshot."""

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else."""


class Context:
    """A translation regime at a privilege level, and what was found out in it."""

    __slots__ = ("blocks", "privileged", "regime", "views")

    def __init__(self, regime: Regime, privileged: bool) -> None:
        self.regime = regime
        self.privileged = privileged
        self.views = Views()
        self.blocks: dict[int, Block] = {}
        """Blocks by their VA with CPSR.T in bit 0."""


class Stop:
    """A wish to stop the run: its kind and a sentence."""

    __slots__ = ("kind", "sentence")

    def __init__(self, kind: str, sentence: str) -> None:
        self.kind = kind
        self.sentence = sentence


class PowerControl(Protocol):
    """What firmware starts and stops CPUs with."""

    def start(self, index: int, entry: int, context: int = 0) -> None:
        """Start CPU number ``index`` at ``entry``, whose bit 0 selects Thumb, with ``context`` in r0."""

    def stop(self, index: int) -> None:
        """Switch a CPU off; it executes no further instruction."""

    def hold(self, index: int, release: Callable[[], int | None]) -> None:
        """Have a CPU wait until ``release`` gives an entry address."""

    def is_on(self, index: int) -> bool:
        """Whether a CPU executes."""


Firmware = Callable[["Cpu", str, int], bool]
"""Answers an SMC or HVC (conduit and immediate) by changing registers, or declines with False."""

Semihosting = Callable[["Cpu", GuestException, int], bool]
"""Performs the host call that an instruction (its exception and address) makes, or declines with False."""


class System:
    """Translation regimes, barriers, hints and operations of one CPU."""

    __slots__ = (
        "_contexts",
        "_kept",
        "_selected",
        "accesses",
        "attention",
        "blocks",
        "ccsidr",
        "check_exclusive",
        "clear_exclusive",
        "conduits",
        "context",
        "cpu",
        "current_pc",
        "cut",
        "event",
        "exceptions",
        "executing",
        "firmware",
        "interrupted",
        "interrupts",
        "last_exception",
        "mark_exclusive",
        "memory",
        "monitor",
        "observer",
        "on_exception",
        "on_operation",
        "on_register_write",
        "on_return",
        "passing",
        "peers",
        "power",
        "semihosting",
        "stamp",
        "stop",
        "watchpoints",
        "what",
        "woken",
        "yielded",
    )

    STATE = ("attention", "event", "executing", "interrupted", "last_exception", "stop")
    """What a snapshot holds."""

    def __init__(self, cpu: Cpu, memory: PhysicalMemory, exceptions: list[ExceptionTaken]) -> None:
        self.cpu = cpu
        self.memory = memory
        self.exceptions = exceptions
        self.observer: Observer | None = None
        self.what: Callable[[int], str] = memory.what
        """Names what lies at a physical address."""
        self.firmware: Firmware | None = None
        self.conduits: frozenset[str] = frozenset({"hvc", "smc"})
        """The instructions that :attr:`firmware` may answer."""
        self.ccsidr: Mapping[int, int] = {}
        self.on_register_write: list[Callable[[Cpu, str, int], None]] = []
        self.on_exception: list[Callable[[ExceptionTaken], None]] = []
        """Called after each exception entry."""
        self.on_operation: list[Callable[[Cpu, str], None]] = []
        """Called with the name of each TLB, cache, predictor or address translation operation."""
        self.on_return: list[Callable[[Cpu], None]] = []
        """Called after each exception return, when the CPU is where it goes on."""
        self.semihosting: Semihosting | None = None
        self.watchpoints = Watchpoints()
        self.last_exception: ExceptionTaken | None = None
        self.attention = False
        """Set when the runner must look up between two blocks: a stop, a wait, a pending write."""
        self.stop: Stop | None = None
        self.current_pc: Callable[[], int] = lambda: cpu.r[15]
        """The address of the instruction being executed, asked of the runner."""
        self.cut: Callable[[], None] = lambda: None
        """Ends the running block after the current instruction; the runner provides it."""
        self.woken: Callable[[], None] = lambda: None
        self.yielded: Callable[[], None] = lambda: None
        """Tells whoever shares the time between CPUs that this one may proceed."""
        self.interrupts = Interrupts(cpu)
        self.interrupted = False
        """Whether anything is pending that could interrupt, masked or not."""
        self.event = False
        """The Event Register, which SEV sets and WFE waits for (B1.8.13)."""
        self.peers: Sequence[System] = (self,)
        """The systems of all CPUs of the machine, this one included."""
        self.accesses = Accesses(self)
        monitor = self.monitor = ExclusiveMonitor(self)
        self.mark_exclusive = monitor.mark
        self.check_exclusive = monitor.passes
        self.clear_exclusive = monitor.clear
        self.power: PowerControl | None = None
        """What starts and stops the CPUs of the machine, for its firmware."""
        self.executing = True
        """Whether this CPU has its turn."""
        self._contexts = {
            (regime, privileged): Context(regime, privileged)
            for regime in Regime
            for privileged in (True, False)
        }
        self.stamp = object()
        """Another object whenever exceptions may be entered differently, or lead to another context."""
        self._selected: dict[int, Context] = {}
        """The contexts by mode and SCR.NS."""
        self._kept: dict[Regime, dict[tuple[int, ...], tuple[Context, Context]]] = {
            regime: {} for regime in Regime
        }
        self.context = self._contexts[Regime.SECURE_PL1, True]
        self.blocks = self.context.blocks
        self.passing = _NOTHING
        """What passes without asking now."""
        cpu.system = self
        cpu.mem = DataSide(self.accesses, self)

    def leave(self) -> None:
        """Another CPU has its turn now."""
        self.executing = False
        self.monitor.leave()

    # -- contexts ------------------------------------------------------------------------------------
    def regime(self) -> Regime:
        """The translation regime of the current mode and security state."""
        cpu = self.cpu
        if cpu.mode == Mode.HYP:
            return Regime.HYP
        return Regime.SECURE_PL1 if cpu.secure else Regime.NON_SECURE_PL1

    @property
    def observing(self) -> bool:
        """Whether a strict rule wants to see every access and fetch."""
        observer = self.observer
        return observer is not None and bool(observer.unsettled)

    def context_changed(self) -> None:
        """Select the context of the current mode, and what passes fast in it."""
        cpu = self.cpu
        state = cpu.mode | (cpu.coproc.values["SCR"] & SCR_NS) << 8
        context = self._selected.get(state)
        if context is None:
            context = self._selected[state] = self._contexts[self.regime(), cpu.mode != Mode.USR]
        self.context = context
        self.blocks = context.blocks
        self.passing = _NOTHING if cpu.e or self.observing else context.views
        if self.interrupted:  # what masks or routes may have changed
            self.attention = True

    def forget_switches(self) -> None:
        """What exception entry and return come to is to be found out anew."""
        self.stamp = object()
        self.cpu.forget_switches()

    def selector(self, mode: int, big_endian: bool) -> Callable[[], None]:
        """What :meth:`context_changed` does after a switch to ``mode``, as long as the contexts stay."""
        if self.observer is not None:
            return self.context_changed
        cpu = self.cpu
        secure = mode == Mode.MON or not cpu.coproc.scr_ns
        regime = Regime.SECURE_PL1 if secure else Regime.NON_SECURE_PL1
        if mode == Mode.HYP:
            regime = Regime.HYP
        context = self._contexts[regime, mode != Mode.USR]
        blocks, views = context.blocks, _NOTHING if big_endian else context.views

        def select() -> None:
            self.context = context
            self.blocks = blocks
            self.passing = views
            if self.interrupted:
                self.attention = True

        return select

    def translations_in_use(self) -> Iterator[tuple[Context, int, str]]:
        """Each context, virtual page (address >> 12) and use (of ``rwx``) that was found out and holds."""
        for context in self._contexts.values():
            views = context.views
            reads = {start >> PAGE_SHIFT for start in views.read_words} | views.read_devices.keys()
            writes = {start >> PAGE_SHIFT for start in views.write_words} | views.write_devices.keys()
            fetches = {va >> PAGE_SHIFT for va in context.blocks}
            for page in sorted(reads | writes | fetches):
                uses = zip("rwx", (reads, writes, fetches), strict=True)
                yield context, page, "".join(use if page in pages else "-" for use, pages in uses)

    def _select(self, regime: Regime) -> None:
        """Make current what was found out in ``regime`` under the register values that it has now.

        It holds as a TLB entry does: until an invalidation, however often the registers change and
        change back, as at every switch between two guests.
        """
        values = self.cpu.coproc.values
        key = tuple(values[name] for name in _READ_BY[regime])
        kept = self._kept[regime]
        pair = kept.get(key)
        if pair is None:
            if len(kept) >= MOST_KEPT:
                del kept[next(iter(kept))]
            pair = kept[key] = (Context(regime, True), Context(regime, False))
        self._contexts[regime, True], self._contexts[regime, False] = pair
        self._selected.clear()
        self.forget_switches()

    def _all_contexts(self) -> Iterator[Context]:
        yield from self._contexts.values()
        for kept in self._kept.values():
            for pair in kept.values():
                yield from pair

    def forget_translations(self, regimes: tuple[Regime, ...] = tuple(Regime)) -> None:
        """Forget what was found out in ``regimes``: their translations may be others now."""
        for regime in regimes:
            self._kept[regime].clear()
            for privileged in (True, False):
                context = self._contexts[regime, privileged]
                context.views.clear()
                context.blocks.clear()

    def forget_writable(self, page: Page | None = None) -> None:
        """Have stores to a page, or to any, pass slowly: they must be seen from now on."""
        for context in self._all_contexts():
            context.views.forget_writes(page)

    def forget_blocks(self) -> None:
        """Forget which block is found at an address; bound blocks are kept by their maker."""
        for context in self._all_contexts():
            context.blocks.clear()

    # -- registers -----------------------------------------------------------------------------------
    def register_written(self, row: Register, stored: str, old: int, new: int) -> None:
        """An MCR or MCRR changed a register: what depends on it changes with it."""
        regimes = _REGIMES_OF.get(stored, ())
        if stored in _ROUTING:
            self.forget_switches()
        if self.observer is not None or ~old & new & _MMU_ENABLES.get(stored, 0):
            # The rules see every first use; and whoever turns an MMU on may have new tables in mind.
            self.forget_translations(regimes)
        else:
            for regime in regimes:
                self._select(regime)
        if stored == "HCR":
            self._look_for_interrupts()
        if self.observer is not None:
            self.observer.register_written(stored, old, new)
            self.attention = self.attention or self.observing
        self.context_changed()
        for hook in self.on_register_write:
            hook(self.cpu, stored, new)

    def registers_set(self) -> None:
        """Registers were set from outside: nothing found out before holds."""
        self.forget_translations()
        self.forget_switches()
        self._look_for_interrupts()
        self.context_changed()

    def operation(self, row: Register, value: int) -> None:
        """Perform a write-only system operation."""
        perform = OPERATIONS.get(row.name)
        if perform is None:
            raise not_modelled(row.name)
        perform(self, row.name, value)
        for hook in self.on_operation:
            hook(self.cpu, row.name)
        if self.observer is not None:
            self.observer.operation(row, value)
            self.attention = self.attention or self.observing

    def cache_size_id(self) -> int:
        """CCSIDR of the cache that CSSELR selects; an unimplemented one is UNKNOWN and reads 0."""
        if self.observer is not None:
            self.observer.register_read("CCSIDR")
        return self.ccsidr.get(self.cpu.coproc.read("CSSELR") & 0xF, 0)

    def interrupt_status(self) -> int:
        """ISR: what is pending."""
        return self.interrupts.status()

    def vector_base(self, stored: str) -> int:
        """The vector base that an exception entry takes from VBAR, MVBAR or HVBAR."""
        if self.observer is not None:
            self.observer.vectoring(stored)
        return self.cpu.coproc.values[stored]

    # -- synchronisation -----------------------------------------------------------------------------
    def exception_entered(self, taken: ExceptionTaken) -> None:
        """An exception was taken: a context synchronisation event."""
        self.exceptions.append(taken)
        self.last_exception = taken
        if self.observer is not None:
            self.observer.exception_taken(taken.kind)
            self._synchronise()
        for hook in self.on_exception:
            hook(taken)

    def exception_returned(self) -> None:
        """An exception return was executed: a context synchronisation event."""
        self._synchronise()
        for hook in self.on_return:
            hook(self.cpu)

    def barrier(self, kind: str, option: int) -> None:
        """DMB, DSB or ISB."""
        if self.observer is None:
            return
        if kind == "isb":
            self._synchronise()
        else:
            self.observer.barrier(kind, option)

    def _synchronise(self) -> None:
        if self.observer is not None:
            self.observer.synchronised()
            self.context_changed()

    # -- interrupts and events -----------------------------------------------------------------------
    def set_line(self, line: Line, asserted: bool) -> None:
        """Set the level of an interrupt input; it is taken after the current instruction at the earliest."""
        self.interrupts.set(line, asserted)
        self._look_for_interrupts()

    def raise_abort(self, why: str) -> None:
        """Signal an asynchronous external abort, which pends until it is taken."""
        self.interrupts.why = why
        self.set_line(Line.ABORT, True)

    def _look_for_interrupts(self) -> None:
        self.interrupted = self.interrupts.anything
        if self.interrupted:
            self.look_up()

    def look_up(self) -> None:
        """Have the runner look up after the current instruction."""
        self.attention = True
        self.cut()
        if self.cpu.waiting and not self.executing:
            self.woken()

    def send_event(self) -> None:
        """Set the Event Register: something that WFE waits for happened."""
        self.event = True
        if self.cpu.waiting == "wfe":
            self.look_up()

    def may_proceed(self) -> bool:
        """Whether the wait of a WFI or WFE is over; takes the event that ended it."""
        waiting = self.cpu.waiting
        if waiting == "loop":
            return False
        if waiting == "wfe":
            if self.event or self.interrupts.ends_wfe():
                self.event = False
                return True
            return False
        return self.interrupts.ends_wfi()

    def hint(self, name: str) -> None:
        """A hint instruction: ``nop yield wfe wfi sev dbg``."""
        if name == "sev":
            if self.observer is not None:
                self.observer.event_sent()
            for peer in self.peers:
                peer.send_event()
        elif name == "wfe":
            if self.event:
                self.event = False
            elif not self.interrupts.ends_wfe():
                self._trap_wait(name)
                self.wait(name)
        elif name == "wfi" and not self.interrupts.ends_wfi():
            self._trap_wait(name)
            self.wait(name)
        elif name == "yield":
            self.yielded()

    def wait(self, name: str) -> None:
        """Have the CPU wait as in WFI (``wfi``) or WFE (``wfe``), after the current instruction."""
        self.cpu.waiting = name
        self.look_up()

    def _trap_wait(self, name: str) -> None:
        """HCR.TWI and HCR.TWE send a wait outside Hyp mode to Hyp mode."""
        cpu = self.cpu
        control = HCR_TWI if name == "wfi" else HCR_TWE
        if not cpu.secure and cpu.mode != Mode.HYP and cpu.coproc.values["HCR"] & control:
            raise HypTrap(ExceptionClass.WFI_WFE, int(name == "wfe"))

    def firmware_answers(self, conduit: str, imm: int) -> bool:
        """Whether the board's firmware answered this SMC or HVC."""
        firmware = self.firmware
        return firmware is not None and conduit in self.conduits and firmware(self.cpu, conduit, imm)

    def may_be_answered(self, conduit: str) -> bool:
        """Whether there is firmware that may answer a call by ``conduit`` (``smc`` or ``hvc``)."""
        return self.firmware is not None and conduit in self.conduits

    def request_stop(self, kind: str, sentence: str) -> None:
        """Have the run end after the current instruction."""
        self.stop = Stop(kind, sentence)
        self.attention = True
        self.cut()

    def deprecated_barrier(self, kind: str) -> None:
        """CP15ISB, CP15DSB and CP15DMB: the barrier, unless CP15BEN is 0."""
        cpu = self.cpu
        name = "HSCTLR" if cpu.is_hyp else "SCTLR"
        if not cpu.coproc.read(name) & cp15.BY_NAME[name].bit("CP15BEN"):
            raise Undefined(f"the CP15 barriers are UNDEFINED because {name}.CP15BEN is 0")
        self.barrier(kind, 0b1111)

    # -- translation ---------------------------------------------------------------------------------
    def translate(self, va: int, fetch: bool = False, regime: Regime | None = None) -> Translation | Fault:
        """Translate ``va`` in ``regime`` (the current one by default), permissions not yet judged."""
        return self.translate_under(self.cpu.coproc.values, va, fetch, regime or self.context.regime)

    def translate_under(
        self, values: Mapping[str, int], va: int, fetch: bool, regime: Regime
    ) -> Translation | Fault:
        """Translate ``va`` as the register values given say; a pure function of them and of memory."""
        if regime is Regime.HYP:
            return mmu.translate_hyp(values, self.memory.read64, va, fetch)
        return mmu.translate_pl1(values, self.memory, va, regime, fetch)

    def instruction(self, pc: int) -> Insn | None:
        """The instruction at ``pc`` in the current context; None where there is none to be read."""
        outcome = self.translate(pc, fetch=True)
        page = None if isinstance(outcome, Fault) else self.memory.page(outcome.pa >> PAGE_SHIFT)
        if page is None:
            return None
        if not self.cpu.t:
            return decode_a32(page.words[(pc & OFFSET_MASK) >> 2])
        first = self._halfword(pc)
        second = self._halfword(pc + 2 & 0xFFFF_FFFF) if first is not None and is_32bit(first) else None
        return None if first is None else decode_t32(first, second, self.cpu.it)

    def _halfword(self, va: int) -> int | None:
        outcome = self.translate(va, fetch=True)
        page = None if isinstance(outcome, Fault) else self.memory.page(outcome.pa >> PAGE_SHIFT)
        offset = va & OFFSET_MASK
        return None if page is None else int.from_bytes(page.data[offset : offset + 2], "little")

    def alignment_checked(self) -> bool:
        """Whether SCTLR.A, or HSCTLR.A in Hyp mode, makes every unaligned access fault."""
        values = self.cpu.coproc.values
        regime = self.context.regime
        if regime is Regime.HYP:
            return bool(values["HSCTLR"] & HSCTLR_A)
        return bool(values["SCTLR_S" if regime is Regime.SECURE_PL1 else "SCTLR_NS"] & SCTLR_A)
