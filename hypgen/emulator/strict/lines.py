"""One line of memory, in every condition that the caches may legally leave it in.

What a program last wrote is the line's *current* content, which the machine's memory holds. A cache
may hold another, and so may the memory behind it: a :class:`Condition` is one possibility, a
:class:`Line` the set of those that are possible now. Nothing here knows a rule; a rule asks what an
access could see other than the current content (DDI 0406C B2.2 "Caches and branch predictors",
A3.5.7 "Mismatched memory attributes").

Content is ``bytes`` of the line's size, and ``CURRENT`` where it equals the current content. A *view*
is a window on the DRAM that the caches know as memory of its own: 0 for all, more where a board has
an alias that is not coherent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

CURRENT = b""
"""Stands for the content that the program last wrote."""
MOST_CONDITIONS = 64
"""Conditions of a line; the oldest intermediate ones go when there are more."""
_KEPT = 4096
"""Sets of conditions of which it is remembered what follows: most lines come to the same few."""


class Entry(NamedTuple):
    """What a cache holds of a line: ``dirty`` when memory may lack it."""

    content: bytes
    dirty: bool


class Incomplete(NamedTuple):
    """A maintenance operation that no DSB has completed: its name, its address and its CPU.

    ``elsewhere`` says that one has for this CPU, but not for others; ``ordered`` whose loads and stores a DMB
    has put behind it: nobody's (0), this CPU's (1), those of all that its domain has (2). ``effect`` is the
    view, and whether it cleans and invalidates. With ``stores`` (offset and data) it is no operation, but
    stores past the caches that have not reached memory. Operations not ``by_address``, but by set and way,
    are in order with no access by themselves.
    """

    name: str
    pc: int
    cpu: int
    elsewhere: bool = False
    ordered: int = 0
    effect: tuple[int, bool, bool] | None = None
    stores: tuple[tuple[int, bytes], ...] = ()
    by_address: bool = True


class Condition(NamedTuple):
    """One possibility: the entry in each view's cache (None: not there), what memory holds, and the
    operation that has not taken place yet if this is what is."""

    entries: tuple[Entry | None, ...]
    memory: bytes
    waits_for: Incomplete | None = None

    def seen(self, view: int) -> bytes:
        """What an access through the cache of a view gives."""
        entry = self.entries[view]
        return self.memory if entry is None else entry.content


class Writer(NamedTuple):
    """A store: which bytes of the line (a mask), from where, and whether it went through a cache."""

    mask: int
    pc: int
    cpu: int
    cached: bool
    view: int


class Alternative(NamedTuple):
    """What an access may see instead of the current content, and in which condition."""

    content: bytes
    condition: Condition


class Line:
    """A line that something was done to. ``epoch`` is when its conditions were last brought up to date;
    ``closed`` tells that caches could by then hold it in every view, so that later epochs add nothing.
    ``after`` is its content after the last store, while stores have not reached memory.

    ``told`` tells that something was said of what the line is now, of which more accesses say nothing new.
    ``hot`` is the kind of store (whether cached, the view, and the CPU) that changes nothing about the
    conditions any more; after stores that changed no byte, as where zeros are cleared, True follows, and it
    is only those. ``hot_mask`` has the bytes that they went to.
    """

    __slots__ = (
        "after",
        "closed",
        "conditions",
        "epoch",
        "fence",
        "hot",
        "hot_mask",
        "key",
        "size",
        "told",
        "writers",
        "written",
    )

    def __init__(self, key: int, size: int, conditions: Iterable[Condition], epoch: int) -> None:
        self.key = key
        self.size = size
        self.conditions = frozenset(conditions)
        self.epoch = epoch
        self.closed = False
        self.after = CURRENT
        self.fence = 0
        """How many DMB and DSB its CPU had executed at the last store that was told."""
        self.hot: tuple[bool, int, int] | tuple[bool, int, int, bool] | None = None
        self.hot_mask = 0
        self.writers: tuple[Writer, ...] = ()
        self.written = 0
        """The bytes that somebody stored to, as a mask."""
        self.told = False

    def copied(self) -> Line:
        """Another of the same; conditions and writers do not change, but are replaced."""
        made = Line(self.key, self.size, self.conditions, self.epoch)
        made.closed, made.after, made.hot, made.hot_mask = self.closed, self.after, self.hot, self.hot_mask
        made.writers, made.written, made.told = self.writers, self.written, self.told
        made.fence = self.fence
        return made

    # -- events ----------------------------------------------------------------------------------------
    def store(
        self,
        before: bytes,
        offset: int,
        data: bytes,
        view: int,
        cached: bool,
        through: bool = False,
        late: bool = False,
        cpu: int = 0,
        asked: bool = False,
    ) -> None:
        """A CPU stores bytes: into the cache of ``view`` (``through`` to memory as well), or past all caches.

        ``before`` is the current content until now. A cache that does not allocate on a write is
        the case in which the line is evicted at once. ``late`` tells that a store past the caches may reach
        memory behind what the caches do by themselves, or are asked to; ``asked`` that it has been said that
        maintenance before it needs a barrier, of whose coming behind the store nothing more is to be said.
        """
        self.told = False
        after = before[:offset] + data + before[offset + len(data) :]

        def kept(content: bytes) -> bytes:
            content = content or before
            return CURRENT if content == after else content

        def patched(content: bytes) -> bytes:
            content = content or before
            content = content[:offset] + data + content[offset + len(data) :]
            return CURRENT if content == after else content

        found = set()
        for one in self.conditions:
            waits_for = one.waits_for if one.waits_for is not None and one.waits_for.cpu == cpu else None
            entries = one.entries
            filled, memory = one.memory, kept(one.memory)
            if cached and waits_for is not None and waits_for.effect is not None and waits_for.by_address:
                # The operation has come before, but for what it sent to memory.
                entries, filled, _ = _maintained(one, *waits_for.effect)
                one = one._replace(waits_for=waits_for._replace(effect=None))
            made = [None if entry is None else Entry(kept(entry.content), entry.dirty) for entry in entries]
            if cached:
                entry = entries[view] or Entry(filled, False)
                made[view] = Entry(patched(entry.content), entry.dirty or not through)
                memory = patched(one.memory) if through else memory
                found.add(Condition(tuple(made), memory, one.waits_for))
                continue
            behind = waits_for.stores if waits_for is not None else ()
            if late and (behind or one.waits_for is None):
                waiting = Incomplete("store", 0, cpu, stores=(*behind, (offset, data)))
                found.add(Condition(tuple(made), memory, waiting))
            if behind:
                continue  # it is in order with the one before, without which there is another condition
            stored = Condition(tuple(made), patched(one.memory), one.waits_for)
            found.add(stored)
            if waits_for is not None and waits_for.effect is not None and not (waits_for.ordered or asked):
                maintained, clean, invalidate = waits_for.effect  # it may come behind the store
                for cleans in {clean, True}:  # an invalidation may clean, or not
                    other = _maintained(stored, maintained, cleans, invalidate)
                    found.add(other._replace(waits_for=None))
        self.conditions = frozenset(found)
        self.after = after if any(one.waits_for and one.waits_for.stores for one in found) else CURRENT

    def wrote(self, writer: Writer) -> None:
        """Remember who stored last to each byte."""
        new = writer.mask
        if not self.written & new:
            self.writers = (writer, *self.writers)
            self.written |= new
            return
        others = []
        for one in self.writers:
            mask = one.mask & ~new
            if mask == one.mask:
                others.append(one)
            elif mask:
                others.append(Writer(mask, one.pc, one.cpu, one.cached, one.view))
        self.writers = (writer, *others)
        self.written |= new

    def maintain(self, view: int, clean: bool, invalidate: bool, operation: Incomplete) -> None:
        """Maintenance to the Point of Coherency is asked for: until a DSB it may not have happened."""
        self.told = False
        waiting = operation._replace(effect=(view, clean, invalidate))
        found = set()
        for condition in self.conditions:
            if condition.waits_for is None:
                found.add(condition._replace(waits_for=waiting))
            elif not condition.waits_for.stores:
                found.add(condition)
            found.add(_maintained(condition, view, clean, invalidate))
        self.conditions = frozenset(found)

    def reached(self, then: bytes, now: bytes) -> None:
        """Memory has what the line held ``then``, where nothing else has been stored to it: ``now`` is its
        current content."""

        def known(content: bytes) -> bytes:
            if content == CURRENT:
                return CURRENT
            made = bytes(new if new == old else one for one, old, new in zip(content, then, now, strict=True))
            return CURRENT if made == now else made

        self.conditions = frozenset(one._replace(memory=known(one.memory)) for one in self.conditions)

    def complete(self, cpu: int, everywhere: bool) -> None:
        """A DSB of ``cpu``: its operations have taken place, for itself or ``everywhere``."""
        self._reach_memory(cpu)
        left = set()
        for one in self.conditions:
            if one.waits_for is None or one.waits_for.cpu != cpu:
                left.add(one)
            elif not everywhere:
                left.add(one._replace(waits_for=one.waits_for._replace(elsewhere=True)))
        self.conditions = frozenset(left)

    def order(self, cpu: int, operations: int) -> None:
        """A barrier of ``cpu``: its stores have reached memory, and the effect of its ``operations`` is in
        order with nobody's loads and stores (0), with its own (1), or with those of all CPUs (2)."""
        self._reach_memory(cpu)
        if operations:
            self.conditions = frozenset(
                one._replace(waits_for=one.waits_for._replace(ordered=max(operations, one.waits_for.ordered)))
                if one.waits_for is not None and one.waits_for.cpu == cpu
                else one
                for one in self.conditions
            )

    def _reach_memory(self, cpu: int) -> None:
        if self.after:
            self.conditions = frozenset(
                _reached(one, self.after)
                if one.waits_for is not None and one.waits_for.stores and one.waits_for.cpu == cpu
                else one
                for one in self.conditions
            )
            self.after = CURRENT

    def settle(self, allocatable: Iterable[int]) -> None:
        """Add what the caches may do by themselves: evict, and allocate in the views given."""
        self.conditions = _settled(self.conditions, tuple(allocatable), self.after)

    # -- questions -------------------------------------------------------------------------------------
    def alternatives(
        self, view: int, cached: bool, cpu: int, explicit: bool = False
    ) -> Iterator[Alternative]:
        """What an access of a CPU may see other than the current content, through a cache or past all: first
        what no operation is under way for. ``explicit`` tells a load from a walk and from a fetch."""
        found = []
        for condition in self.conditions:
            waits = condition.waits_for
            if waits is not None and _in_order(waits, cached, cpu, explicit):
                continue
            content = condition.seen(view) if cached else condition.memory
            if content:
                found.append(Alternative(content, condition))
        found.sort(key=lambda one: (one.condition.waits_for or (), one.content))
        return iter(found)

    def certain(self, view: int, cached: bool) -> bool:
        """Whether every access of a kind sees the current content."""
        return (view, cached) not in _uncertain(self.conditions)

    @property
    def plain(self) -> bool:
        """Whether nothing distinguishes the line from one that nothing was done to."""
        return all(
            not one.memory
            and not one.waits_for
            and all(e is None or not (e.content or e.dirty) for e in one[0])
            for one in self.conditions
        )

    def writer_of(self, offset: int, size: int) -> Writer | None:
        """Who stored last to some of the bytes, when it is known."""
        mask = ((1 << size) - 1) << offset
        return next((one for one in self.writers if one.mask & mask), None)


def _in_order(waits: Incomplete, cached: bool, cpu: int, explicit: bool) -> bool:
    """Whether an access comes behind what is not complete (B2.2.9): a load through a cache comes in program
    order with operations by address, others need a DMB. Of stores that have not reached memory only a
    load of their own CPU can tell, which goes through a cache; of others' accesses other rules tell."""
    if waits.stores:
        return not (cached and explicit and waits.cpu == cpu)
    if waits.cpu == cpu and (waits.elsewhere or (explicit and cached and waits.by_address)):
        return True
    return explicit and waits.ordered > (waits.cpu != cpu)


@lru_cache(_KEPT)
def _settled(conditions: frozenset[Condition], views: tuple[int, ...], after: bytes) -> frozenset[Condition]:
    """Conditions with those that follow from them by eviction, by allocation in ``views``, and by stores
    that reach memory; ``after`` is the current content, where there are such."""
    todo, found = list(conditions), set(conditions)
    while todo and len(found) < MOST_CONDITIONS:
        one = todo.pop()
        others = list(_by_itself(one, views))
        if one.waits_for is not None and one.waits_for.stores:
            others.append(_reached(one, after))
        for other in others:
            if other not in found:
                found.add(other)
                todo.append(other)
    return frozenset(found)


@lru_cache(_KEPT)
def _uncertain(conditions: frozenset[Condition]) -> frozenset[tuple[int, bool]]:
    """The views, and whether through the cache of each, in which an access may see other content."""
    return frozenset(
        (view, cached)
        for entries, memory, _ in conditions
        for view, entry in enumerate(entries)
        for cached in (False, True)
        if (entry.content if cached and entry is not None else memory)
    )


def _reached(condition: Condition, after: bytes) -> Condition:
    """A condition in which the stores have reached memory; ``after`` is the current content."""
    assert condition.waits_for is not None
    memory = condition.memory or after
    for offset, data in condition.waits_for.stores:
        memory = memory[:offset] + data + memory[offset + len(data) :]
    return Condition(condition.entries, CURRENT if memory == after else memory)


def _maintained(condition: Condition, view: int, clean: bool, invalidate: bool) -> Condition:
    entry = condition.entries[view]
    if entry is None:
        return condition
    memory = entry.content if clean and entry.dirty else condition.memory
    after = None if invalidate else Entry(entry.content, entry.dirty and not clean)
    return Condition(_replaced(condition.entries, view, after), memory, condition.waits_for)


def _by_itself(condition: Condition, allocatable: tuple[int, ...]) -> Iterator[Condition]:
    entries, memory, waits_for = condition
    for view, entry in enumerate(entries):
        if entry is None:
            if view in allocatable:
                yield Condition(_replaced(entries, view, Entry(memory, False)), memory, waits_for)
        elif entry.dirty:
            clean = _replaced(entries, view, Entry(entry.content, False))
            yield Condition(clean, entry.content, waits_for)
        else:
            yield Condition(_replaced(entries, view, None), memory, waits_for)


def _replaced(entries: tuple[Entry | None, ...], view: int, entry: Entry | None) -> tuple[Entry | None, ...]:
    return (*entries[:view], entry, *entries[view + 1 :])
