"""What is not in order about memory: lines that caches may hold otherwise, stores that are under way.

One :class:`MemorySide` serves all CPUs of a machine. Three rule families ask it: CACHE what an access
may see of a line, WALK what a table walk may see of a store, IFETCH what an instruction fetch may
see of one. A line that nothing was done to since the start is not in its books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypgen.emulator.memory import PhysicalMemory
from hypgen.emulator.strict.exposure import History, Past
from hypgen.emulator.strict.lines import CURRENT, Condition, Entry, Line, Writer
from hypgen.emulator.strict.passing import Passing
from hypgen.emulator.strict.places import PAGE_SHIFT, Place, Places
from hypgen.emulator.strict.unseen import (
    CLEANING,
    COMPLETED,
    ISSUED,
    SYNCHRONISED,
    UNIFIED,
    WRITTEN,
    Fresh,
    UnderWay,
)
from hypgen.errors import Severity

_INVERTED = bytes(255 - byte for byte in range(256))


_COPIES: dict[str, Callable[[Any], Any]] = {
    "lines": Line.copied,
    "touched": bool,
    "under_way": lambda stores: [one.copied() for one in stores],
    "fresh": Fresh.copied,
    "recent": set.copy,
    "unordered": set.copy,
    "fences": int,
    "finished": set.copy,
    "asked": bool,
    "uncertain": set.copy,
}
"""Attributes of :class:`MemorySide` that a snapshot holds, and how what is in them is copied."""

Books = dict[str, dict[Any, Any]]
Captured = tuple[Books, Past]


class MemorySide(Places):
    """The lines of a machine's memory that something is to be said of.

    ``size`` is that of a cache line; ``unknown`` tells that the caches may hold lines at the start;
    ``unified`` that data reaches the Point of Unification without maintenance (CLIDR.LoUU = 0).
    """

    def __init__(
        self, memory: PhysicalMemory, size: int = 64, unknown: bool = False, unified: bool = False
    ) -> None:
        super().__init__(memory)
        self.size = size
        self.shift = size.bit_length() - 1
        self.unified = unified
        self.history = History(unknown)
        self.initialised: Callable[[int], bool] = lambda address: True
        """Whether memory at an address had its content in order at the start."""
        self.lines: dict[int, Line] = {}
        self.touched: dict[int, bool] = {}
        """Pages that have such lines, by their numbers (address >> 12) in every window."""
        self.under_way: dict[int, list[UnderWay]] = {}
        self.fresh: dict[int, Fresh] = {}
        self.recent: dict[int, set[int]] = {}
        """By CPU, the lines that its next DSB may do something for."""
        self.unordered: dict[int, set[int]] = {}
        """By CPU, the lines that its next DMB may do something for."""
        self.fences: dict[int, int] = {}
        """By CPU, how many DMB and DSB it has executed."""
        self.finished: dict[int, set[int]] = {}
        """By CPU, the lines of stores that a DSB has completed and no ISB followed."""
        self.asked: dict[int, bool] = {}
        """CPUs that were asked for a DSB after their cache maintenance, until they execute one, or a DMB."""
        self.passing = Passing()
        self.uncertain = self.passing.uncertain
        self.shared: Any = None
        """What the CPUs know of each other (:mod:`hypgen.emulator.strict.order`)."""
        self.locks: Any = None
        """What they know of their locks (:mod:`hypgen.emulator.strict.locks`)."""

    def content(self, address: int) -> bytes:
        """The current content of the line at an address in the first window."""
        page = self.memory.page(address >> PAGE_SHIFT)
        if page is None:
            return bytes(self.size)
        offset = address & 0xFFF
        return bytes(page.data[offset : offset + self.size])

    # -- lines -----------------------------------------------------------------------------------------
    def line(self, key: int) -> Line:
        """The line with a number (its address in the first window >> ``shift``), brought up to date."""
        line = self.lines.get(key)
        address = key << self.shift
        if line is None:
            line = self.lines[key] = Line(key, self.size, self._untouched(address), self.history.epoch)
            if address >> PAGE_SHIFT not in self.touched:
                self.touched.update(dict.fromkeys(self.pages(address), True))
        elif line.epoch != self.history.epoch:
            if not line.closed:
                line.settle(self._allocatable(address, line.epoch))
                line.hot = None
            line.epoch = self.history.epoch
        return line

    def put_through_caches(self, start: int, size: int) -> None:
        """Whoever put these bytes there did so through the caches, and may have left them in no other place:
        memory may hold anything until the lines are cleaned."""
        for address in range(start & -self.size, start + size, self.size):
            place = self.place(address)
            line = self.line(place.address >> self.shift)
            entries: list[Entry | None] = [None] * len(self.aliases(place.address))
            entries[place.view] = Entry(CURRENT, True)
            old = self.content(place.address).translate(_INVERTED)
            line.conditions = frozenset({Condition(tuple(entries), old)})
            self.settle(line)

    def _untouched(self, address: int) -> set[Condition]:
        """The conditions of a line that nothing was done to: not cached, or cached as it is in memory."""
        aliases = self.aliases(address)
        in_order = any(self.initialised(alias) for alias in aliases)
        found = {Condition((None,) * len(aliases), CURRENT)}
        for view, alias in enumerate(aliases):
            if not self.history.since(alias, 0):
                continue
            contents = [CURRENT]
            if not in_order and self.history.anything:
                contents.append(self.content(address).translate(_INVERTED))
            for condition in tuple(found):
                for content in contents:
                    entries = list(condition.entries)
                    entries[view] = Entry(content, False)
                    found.add(Condition(tuple(entries), CURRENT))
        return found

    def _allocatable(self, address: int, epoch: int) -> list[int]:
        history = self.history
        return [view for view, alias in enumerate(self.aliases(address)) if history.since(alias, epoch)]

    def _allocatable_now(self, address: int) -> list[int]:
        return [view for view, alias in enumerate(self.aliases(address)) if self.history.now(alias)]

    def wait_for_order(self, line: Line, cpu: int) -> None:
        """Something about a line is not in order yet: what caches do may come before, until a barrier."""
        self.unordered.setdefault(cpu, set()).add(line.key)

    def settle(self, line: Line) -> None:
        """Add what the caches may do now, and note what accesses may see."""
        address = line.key << self.shift
        aliases = self.aliases(address)
        views = self._allocatable_now(address)
        line.settle(views)
        line.closed = len(views) == len(aliases)
        page = address >> PAGE_SHIFT
        for view in range(len(aliases)):
            for cached in (False, True):
                self.passing.note(line, (page, view, cached))

    def told_of_barrier(self, cpu: int, completed: bool, severity: Severity) -> None:
        """It was said that a barrier is missing: all the stores of the CPU that wait for it need no more."""
        for stores in self.under_way.values():
            for one in stores:
                if one.cpu == cpu and one.completed == completed and one.told is not Severity.ERROR:
                    one.told = severity

    def cool(self, cpu: int) -> None:
        """Have the next store of a CPU to each line that it stored to be told."""
        for key in self.recent.get(cpu, ()):
            line = self.lines.get(key)
            if line is not None:
                line.hot = None

    def tell_of_next_store(self, address: int, cpu: int) -> None:
        """Have the next store of another CPU to a line told, although the line may be that one's already."""
        line = self.lines.get(address >> self.shift)
        if line is not None and line.hot is not None and line.hot[2] != cpu:
            line.hot = None

    # -- stores ----------------------------------------------------------------------------------------
    def store(self, place: Place, data: bytes, writer: Writer, through: bool) -> None:
        """Bytes of one line are about to be stored."""
        key = place.address >> self.shift
        offset = place.address & (self.size - 1)
        line = self.line(key)
        same = (writer.cached, place.view, writer.cpu)
        if line.hot == same:
            self.store_more(line, writer)
            return
        before = self.content(key << self.shift)
        line.settle(self._allocatable(key << self.shift, self.history.epoch))
        changes = before[offset : offset + len(data)] != data
        late = changes and not writer.cached and bool(self._allocatable_now(key << self.shift))
        line.store(
            before,
            offset,
            data,
            place.view,
            writer.cached,
            through,
            late,
            writer.cpu,
            writer.cpu in self.asked,
        )
        if late:
            self.wait_for_order(line, writer.cpu)
        line.wrote(writer)
        line.fence = self.fences.get(writer.cpu, 0)
        self._start(key, before, writer)
        self.settle(line)
        watched = self.shared is not None and key in self.shared.watched
        if not watched and all(
            not (one.seen(place.view) if writer.cached else one.memory) and not one.waits_for
            for one in line.conditions
        ):
            # Only where it changes something is the line of before kept.
            line.hot, line.hot_mask = same if changes else (*same, True), writer.mask
        else:
            line.hot = None

    def holds(self, address: int, data: bytes) -> bool:
        """Whether memory has these bytes of one page already: what is stored there changes nothing."""
        page, offset = self.memory.page(address >> PAGE_SHIFT), address & 0xFFF
        return page is not None and page.data[offset : offset + len(data)] == data

    def store_more(self, line: Line, writer: Writer) -> None:
        """Bytes of a line are about to be stored in the way that is :attr:`Line.hot`.

        What caches and memory may hold instead of these bytes, which nobody stored to since then, is in
        a condition already: that of the first such store, which kept the whole line.
        """
        line.told = False
        line.wrote(writer)
        line.hot_mask |= writer.mask
        known = self.fresh.get(line.key)
        if known is not None:
            self._renew(known, writer)

    def between(self, key: int, part: slice, before: bytes, pc: int, cpu: int) -> None:
        """A descriptor is about to be stored once more, although no DSB followed the last store of it: a walk
        may see what the line holds now, between the two."""
        stores = self.under_way.get(key)
        if not stores or stores[-1].completed or stores[-1].cpu != cpu:
            return
        if stores[-1].old[part] != before[part] and all(one.old != before for one in stores):
            stores.append(UnderWay(before, pc, cpu, told=stores[-1].told))

    def _start(self, key: int, before: bytes, writer: Writer) -> None:
        """The store is under way to walkers, and new to the instruction side."""
        stores = self.under_way.setdefault(key, [])
        if not stores or stores[-1].completed or stores[-1].cpu != writer.cpu:
            stores[:] = [one for one in stores if not (one.settled and one.cpu == writer.cpu)]
            stores.append(UnderWay(before, writer.pc, writer.cpu))
        known = self.fresh.get(key)
        if known is None:
            self.fresh[key] = Fresh(before, writer.pc, writer.cpu, self._stage(writer))
        else:
            if known.caches.get(writer.cpu) == SYNCHRONISED:
                known.old = before
            self._renew(known, writer)
        self.recent.setdefault(writer.cpu, set()).add(key)

    def _stage(self, writer: Writer) -> int:
        return CLEANING if not writer.cached or self.unified else WRITTEN

    def _renew(self, known: Fresh, writer: Writer) -> None:
        """What was done about older bytes of a line does nothing for those of this store."""
        known.pc, known.cpu, known.stage = writer.pc, writer.cpu, self._stage(writer)
        known.told = False
        if known.caches or known.predictor or known.asked:
            known.caches.clear()
            known.predictor.clear()
            known.asked.clear()

    # -- barriers --------------------------------------------------------------------------------------
    def order(self, cpu: int, operations: int) -> None:
        """A DMB or DSB: stores past the caches reach memory, and the effect of ``operations`` is in order
        with nobody's loads and stores (0), with those of the CPU (1), or with those of all (2, B2.2.9)."""
        self.fences[cpu] = self.fences.get(cpu, 0) + 1
        if operations:
            self.asked.pop(cpu, None)
        waiting = self.unordered.get(cpu)
        if not waiting:
            return
        for key in waiting:
            line = self.lines[key]
            line.order(cpu, operations)
            self.settle(line)
        if operations > 1:  # one for the CPU alone leaves them to a later one for all
            waiting.clear()

    def begin_sweep(self, cpu: int) -> tuple[int, dict[int, bytes]]:
        """Maintenance of a whole cache begins: have the next store to each line told, and say how many DMB
        and DSB the CPU has executed, and what lines that were stored to before the last of them hold."""
        fences, contents = self.fences.get(cpu, 0), {}
        for key, line in self.lines.items():
            line.hot = None
            if line.fence < fences and line.writers:
                contents[key] = self.content(key << self.shift)
        return fences, contents

    def barrier(self, cpu: int, everything: bool, everywhere: bool) -> None:
        """A DSB; ``everything`` unless it waits for stores alone, ``everywhere`` unless it is complete for
        this CPU only and there are others."""
        self.order(cpu, everything and 1 + everywhere)
        recent = self.recent.get(cpu)
        if not recent:
            return
        finished = self.finished.setdefault(cpu, set())
        for key in recent:
            line = self.lines.get(key)
            if line is not None:
                line.hot = None
                if everything and any(one.waits_for for one in line.conditions):
                    line.complete(cpu, everywhere)
                    self.settle(line)
            for one in self.under_way.get(key, ()):
                if one.cpu == cpu:
                    one.completed = True
                    one.everywhere = one.everywhere or everywhere
                    finished.add(key)
            fresh = self.fresh.get(key)
            if fresh is not None and everything:
                if fresh.stage == CLEANING:
                    fresh.stage = UNIFIED
                for stages in (fresh.caches, fresh.predictor):
                    for each in [each for each, stage in stages.items() if stage == ISSUED]:
                        stages[each] = COMPLETED
                        self.finished.setdefault(each, set()).add(key)
        if everything and everywhere:
            recent.clear()

    def synchronised(self, cpu: int, cpus: int) -> None:
        """A context synchronisation event."""
        finished = self.finished.get(cpu)
        if not finished:
            return
        for key in finished:
            stores = self.under_way.get(key)
            if stores is not None:
                for one in stores:
                    one.settled = one.settled or (one.completed and one.cpu == cpu)
                stores[:] = [one for one in stores if not (one.settled and one.everywhere)]
                if not stores:
                    del self.under_way[key]
            fresh = self.fresh.get(key)
            if fresh is None:
                continue
            for stages in (fresh.caches, fresh.predictor):
                if stages.get(cpu) == COMPLETED:
                    stages[cpu] = SYNCHRONISED
            if cpus == 1 and fresh.caches.get(cpu) == fresh.predictor.get(cpu) == SYNCHRONISED:
                del self.fresh[key]
        finished.clear()

    # -- snapshots -------------------------------------------------------------------------------------
    @staticmethod
    def _copies(known: Books) -> Books:
        """What is in the books, copied as deep as it changes."""
        return {
            name: {key: _COPIES[name](value) for key, value in books.items()} for name, books in known.items()
        }

    def _known(self) -> Books:
        return {name: getattr(self, name) for name in _COPIES}

    def capture(self) -> Captured:
        """A copy of all that is known."""
        return self._copies(self._known()), self.history.state()

    def reinstate(self, captured: Captured) -> None:
        """Know what :meth:`capture` copied, and nothing else."""
        known, history = captured
        for name, books in self._copies(known).items():
            container = getattr(self, name)
            container.clear()
            container.update(books)
        self.history.reinstate(history)
        self.passing.forget_all()

    def in_page(self, address: int) -> Iterator[Line]:
        """The known lines of the page at an address in the first window."""
        first = address >> PAGE_SHIFT << PAGE_SHIFT - self.shift
        for key in range(first, first + (1 << PAGE_SHIFT - self.shift)):
            line = self.lines.get(key)
            if line is not None:
                yield line
