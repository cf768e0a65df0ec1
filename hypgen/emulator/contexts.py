"""The contexts of one CPU, and what was found out in them.

A context is a translation regime at a privilege level, with the pages that pass fast in it and the blocks
that were found in it; a mode change selects a context, a change of translation empties those that it
touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator import mmu
from hypgen.emulator.dataside import Views
from hypgen.emulator.memory import PAGE_SHIFT, Page
from hypgen.emulator.translation import Regime

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.observing import Observer
    from hypgen.emulator.translation import Translation

SCR_NS = cp15.SCR.bit("NS")

_NOTHING = Views()
"""Never filled: bound where every access must be looked at."""

_READ_BY = {
    Regime.HYP: mmu.HYP_REGISTERS,
    Regime.NON_SECURE_PL1: (*mmu.NON_SECURE_REGISTERS, "CONTEXTIDR_NS", "HSCTLR"),
    Regime.SECURE_PL1: (*mmu.SECURE_REGISTERS, "CONTEXTIDR_S", "SCR"),
}
"""Stored names of the registers that decide what is found out in a regime."""
REGIMES_OF: dict[str, tuple[Regime, ...]] = {
    name: tuple(regime for regime in Regime if name in _READ_BY[regime])
    for names in _READ_BY.values()
    for name in names
}
"""Stored name of a register to the regimes whose translations a write to it may change."""
MOST_KEPT = 16
"""Settings of a regime's registers for which is kept what was found out under them."""


_OF_NON_SECURE = {
    "HSCTLR": mmu.HSCTLR_EE,
    "HCR": mmu.HCR_VM | mmu.HCR_DC | mmu.HCR_TGE | mmu.HCR_PTW,
}
"""Bits of registers of Hyp mode that translations of Non-secure PL1&0 depend on."""


def regimes_changed(stored: str, old: int, new: int) -> tuple[Regime, ...]:
    """The regimes whose translations a write to a register may change."""
    regimes = REGIMES_OF.get(stored, ())
    asked = _OF_NON_SECURE.get(stored)
    if asked is not None and not (old ^ new) & asked:
        return tuple([one for one in regimes if one is not Regime.NON_SECURE_PL1])
    return regimes


class Context:
    """A translation regime at a privilege level, and what was found out in it."""

    __slots__ = ("blocks", "fetched", "marked", "privileged", "regime", "views")

    def __init__(self, regime: Regime, privileged: bool) -> None:
        self.regime = regime
        self.privileged = privileged
        self.views = Views()
        self.fetched: dict[int, tuple[Translation, Page]] = {}
        """What instructions may be fetched from without asking, by ``va >> 12``: how some address of the
        page was translated, and the page."""
        self.blocks: dict[int, Block] = {}
        """Blocks by their VA with CPSR.T in bit 0."""
        self.marked: dict[int, Block] = {}
        """Blocks that begin where the strict rules are told each time, likewise."""


class Contexts:
    """The contexts of a CPU: the current one, those of other modes, and those kept for other tables."""

    __slots__ = (
        "_contexts",
        "_kept",
        "_selected",
        "attention",
        "blocks",
        "context",
        "cpu",
        "interrupted",
        "observer",
        "observing",
        "passing",
        "stamp",
    )

    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu
        self.observer: Observer | None = None
        self.observing: Mapping[str, object] = {}
        """Not empty while a strict rule wants to see every access and fetch."""
        self.attention = False
        """Set when the runner must look up between two blocks: a stop, a wait, a pending write."""
        self.interrupted = False
        """Whether anything is pending that could interrupt, masked or not."""
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

    def regime(self) -> Regime:
        """The translation regime of the current mode and security state."""
        cpu = self.cpu
        if cpu.mode == Mode.HYP:
            return Regime.HYP
        return Regime.SECURE_PL1 if cpu.secure else Regime.NON_SECURE_PL1

    def observe(self, observer: Observer) -> None:
        """Have an observer see what happens from now on."""
        self.observer, self.observing = observer, observer.unsettled

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

    def select(self, regime: Regime) -> None:
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
                context.fetched.clear()
                context.blocks.clear()
                context.marked.clear()

    def forget_writable(self, page: Page | None = None) -> None:
        """Have stores to a page, or to any, pass slowly: they must be seen from now on."""
        for context in self._all_contexts():
            context.views.forget_writes(page)

    def forget_device_writes(self) -> None:
        """Have stores to devices looked at again: they must be seen from now on, or need not be any more."""
        for context in self._all_contexts():
            context.views.forget_device_writes()

    def forget_fetches(self) -> None:
        """Have the strict rules asked again about each page that instructions are fetched from, and about
        those whose loads they are told of."""
        for context in self._all_contexts():
            context.fetched.clear()
            context.views.loads.clear()

    def forget_blocks(self) -> None:
        """Forget which block is found at an address; bound blocks are kept by their maker."""
        for context in self._all_contexts():
            context.blocks.clear()
            context.marked.clear()
