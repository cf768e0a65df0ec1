"""What is not in order about memory: lines that caches may hold otherwise, stores that are under way.

One :class:`MemorySide` serves all CPUs of a machine. Three rule families ask it: CACHE what an access
may see of a line, WALK what a table walk may see of a store, IFETCH what an instruction fetch may
see of one. A line that nothing was done to since the start is not in its books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypgen.emulator.dataside import Views
from hypgen.emulator.memory import PhysicalMemory, Window
from hypgen.emulator.strict.exposure import History, Past
from hypgen.emulator.strict.lines import CURRENT, Condition, Entry, Line, Writer
from hypgen.errors import Severity

PAGE_SHIFT = 12
_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""
_INVERTED = bytes(255 - byte for byte in range(256))


class Place(NamedTuple):
    """A physical address as the caches know it: the address in the first window, and the view."""

    address: int
    view: int


@dataclass(slots=True)
class UnderWay:
    """A store that other observers than its own CPU's accesses may not see yet: the line as it was before.

    ``completed`` says that a DSB followed; a context synchronisation event after it ends it. ``told`` is the
    gravest that was said of the barrier which it waits for. ``everywhere`` says that the DSB reached the
    walkers of other CPUs; without that, ``settled`` says that it is over for its own CPU.
    """

    old: bytes
    pc: int
    cpu: int
    completed: bool = False
    told: Severity | None = None
    everywhere: bool = False
    settled: bool = False

    def copied(self) -> UnderWay:
        """Another of the same."""
        return UnderWay(self.old, self.pc, self.cpu, self.completed, self.told, self.everywhere, self.settled)


@dataclass(slots=True)
class Fresh:
    """Bytes of a line that the instruction side may not have: ``old`` is the line before the first store.

    ``stage`` is how far it has come to the Point of Unification, ``caches`` how far each CPU's
    instruction side has been invalidated since then.
    """

    old: bytes
    pc: int
    cpu: int
    stage: int
    caches: dict[int, int] = field(default_factory=dict)
    predictor: dict[int, int] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)
    """By CPU, the last instruction that invalidated its instruction cache, maybe too early."""
    told: bool = False
    """Whether something was said of these bytes: what else is missing follows from that."""

    def copied(self) -> Fresh:
        """Another of the same."""
        caches, predictor, asked = dict(self.caches), dict(self.predictor), dict(self.asked)
        return Fresh(self.old, self.pc, self.cpu, self.stage, caches, predictor, asked, self.told)

    def invalidated(self, cpus: Iterable[int], cache: bool, predictor: bool) -> None:
        """An operation reaches the instruction caches or predictors of CPUs; those that have come further
        since the store stay there: they hold none of the old bytes any more."""
        for stages, reached in ((self.caches, cache), (self.predictor, predictor)):
            for cpu in cpus if reached else ():
                stages.setdefault(cpu, ISSUED)


WRITTEN, CLEANING, UNIFIED = 0, 1, 2
"""Stages of :class:`Fresh`: only stored; on its way, which a DSB completes; at the Point of Unification."""
ISSUED, COMPLETED, SYNCHRONISED = 1, 2, 3
"""Stages of an instruction cache's invalidation."""

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


class MemorySide:
    """The lines of a machine's memory that something is to be said of.

    ``size`` is that of a cache line; ``unknown`` tells that the caches may hold lines at the start;
    ``unified`` that data reaches the Point of Unification without maintenance (CLIDR.LoUU = 0).
    """

    def __init__(
        self, memory: PhysicalMemory, size: int = 64, unknown: bool = False, unified: bool = False
    ) -> None:
        self.memory = memory
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
        self.uncertain: dict[tuple[int, int, bool], set[int]] = {}
        """Lines that an access may see otherwise, by page, view, and whether it is cached."""
        self.shared: Any = None
        """What the CPUs know of each other (:mod:`hypgen.emulator.strict.order`)."""
        self.locks: Any = None
        """What they know of their locks (:mod:`hypgen.emulator.strict.locks`)."""
        self._passing: dict[tuple[int, int, bool], list[tuple[Views, int]]] = {}
        self._places: dict[int, Place] = {}
        self._views: dict[int, tuple[int, ...]] = {}

    # -- places ----------------------------------------------------------------------------------------
    def place(self, pa: int) -> Place:
        """The address and view by which a byte of memory is known."""
        page = pa & ~0xFFF
        found = self._places.get(page)
        if found is None:
            found = self._places[page] = self._find_place(page)
        return _record(Place, (found[0] | (pa & 0xFFF), found[1]))

    def _find_place(self, page: int) -> Place:
        window = self.memory.window(page)
        if window is None:
            return Place(page, 0)
        same = self._windows(window)
        first = same[0]
        address = page - window.span.start + window.offset + first.span.start - first.offset
        incoherent = [one for one in same[1:] if not one.coherent]
        return Place(address, 1 + incoherent.index(window) if window in incoherent else 0)

    def _touch(self, address: int) -> None:
        """The page at an address in the first window has a line from now on."""
        self.touched[address >> PAGE_SHIFT] = True
        window = self.memory.window(address)
        if window is not None:
            offset = address - window.span.start + window.offset
            for one in self._windows(window):
                self.touched[one.span.start + offset - one.offset >> PAGE_SHIFT] = True

    def _windows(self, window: Window) -> list[Window]:
        return [one for one in self.memory.windows if one.dram is window.dram]

    def aliases(self, address: int) -> tuple[int, ...]:
        """The physical address of a byte in each view, the first one first."""
        page = address & ~0xFFF
        offsets = self._views.get(page)
        if offsets is None:
            window = self.memory.window(page)
            found = [page]
            if window is not None:
                offset = page - window.span.start + window.offset
                others = [one for one in self._windows(window)[1:] if not one.coherent]
                found += [offset + one.span.start - one.offset for one in others]
            offsets = self._views[page] = tuple(found)
        if len(offsets) == 1:
            return (address,)
        return tuple([one | (address & 0xFFF) for one in offsets])

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
                self._touch(address)
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
                self._note(line, (page, view, cached))

    def _note(self, line: Line, place: tuple[int, int, bool]) -> None:
        lines = self.uncertain.get(place)
        if line.certain(place[1], place[2]):
            if lines is not None:
                lines.discard(line.key)
            return
        if lines is None:
            lines = self.uncertain[place] = set()
        lines.add(line.key)
        for views, number in self._passing.pop(place, ()):
            views.forget_read(number)

    def may_pass(self, place: Place, cached: bool, views: Views, number: int) -> bool:
        """Whether loads from a page may be made without asking, until they are forgotten in ``views``."""
        key = (place.address >> PAGE_SHIFT, place.view, cached)
        if self.uncertain.get(key):
            return False
        self._passing.setdefault(key, []).append((views, number))
        return True

    def told_of_barrier(self, cpu: int, completed: bool, severity: Severity) -> None:
        """It was said that a barrier is missing: all the stores of the CPU that wait for it need no more."""
        for stores in self.under_way.values():
            for one in stores:
                if one.cpu == cpu and one.completed == completed and one.told is not Severity.ERROR:
                    one.told = severity

    def forget_page(self, page: int) -> None:
        """Have all loads from a page asked for again."""
        for key in [key for key in self._passing if key[0] == page]:
            for views, number in self._passing.pop(key):
                views.forget_read(number)

    def forget_loads(self) -> None:
        """Have all loads asked for again: they may matter to another CPU from now on."""
        for page in {key[0] for key in self._passing}:
            self.forget_page(page)

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
            if fresh is not None and fresh.caches.get(cpu) == COMPLETED:
                fresh.caches[cpu] = SYNCHRONISED
                if len(fresh.caches) == cpus == 1 and fresh.predictor.get(cpu, 0) >= COMPLETED:
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
        for registered in self._passing.values():
            for views, number in registered:
                views.forget_read(number)
        self._passing.clear()

    def in_page(self, address: int) -> Iterator[Line]:
        """The known lines of the page at an address in the first window."""
        first = address >> PAGE_SHIFT << PAGE_SHIFT - self.shift
        for key in range(first, first + (1 << PAGE_SHIFT - self.shift)):
            line = self.lines.get(key)
            if line is not None:
                yield line
