"""Another CPU's store seen late: what playing makes of a load that nothing orders behind it.

As a machine may do that has the store still in a buffer of the CPU that made it, or that made the load early
(DDI 0406C A3.8.2, and D7.2, message passing). The order in which CPUs happened to execute means nothing. But
a load sees nothing from before a store that must come before the load's last barrier: one that its CPU's
barrier put before what was then read here, or before a load there that saw what a store here replaced. So two
CPUs that store to one word each and, behind a barrier, load the other's never both miss the store.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from hypgen.emulator.strict.choices import Overtaken, Seen

if TYPE_CHECKING:
    from hypgen.emulator.memory import PhysicalMemory
    from hypgen.emulator.strict.findings import Rule
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Clock, Shared, Stored
    from hypgen.emulator.strict.places import Place


def note_load(shared: Shared, me: int, place: Place, size: int) -> None:
    """A CPU loads: that comes after the stores which it sees, and before others to the same bytes."""
    for address in range(place.address, place.address + size):
        _follow(shared, me, shared.behind.get(address))
        shared.readers[address, me] = shared.before_loads[me]


def note_store(shared: Shared, me: int, memory: PhysicalMemory, place: Place, size: int) -> None:
    """A CPU is about to store: that comes after what was stored there, and after the loads which saw that."""
    shared.older.update(enumerate(memory.read(place.address, size), place.address))
    for address in range(place.address, place.address + size):
        _follow(shared, me, shared.behind.get(address))
        for cpu in shared.clocks:
            _follow(shared, me, shared.readers.get((address, cpu)))
        shared.behind[address] = shared.before_stores[me]


def barrier(shared: Shared, me: int, *, loads: bool) -> None:
    """A CPU executes a barrier, which orders ``loads`` as well unless it is for stores alone."""
    own = [0] * len(shared.clocks)
    own[me] = shared.clocks[me][me]
    if loads:
        past = _later(tuple(own), shared.pending[me])
        shared.before_loads[me] = _later(past, shared.before_loads[me])
        shared.before_stores[me] = _later(past, shared.before_stores[me])
    else:
        shared.before_stores[me] = _later(tuple(own), shared.before_stores[me])


def offer_older(
    rules: StrictRules,
    shared: Shared,
    rule: Rule,
    once: Hashable,
    place: Place,
    size: int,
    last: Stored,
    *,
    if_reported: bool = False,
) -> None:
    """Have a load of ``size`` bytes played that is made before the store ``last`` of another CPU."""
    seen_by = shared.before_loads[rules.system.cpu.index][last.cpu]
    stored = rules.side.memory.read(place.address, size)
    content = bytearray(stored)
    for at, address in enumerate(range(place.address, place.address + size)):
        store = shared.stores.get(address)
        if store is not None and store.cpu == last.cpu and store.time > seen_by:
            content[at] = shared.older.get(address, content[at])
    if content == stored:
        return
    rules.loose()
    seen = Seen(place.address, bytes(content))
    what = f"the load is made before CPU {last.cpu} stored"
    rules.offer(rule, once, what, seen, seen, if_reported=if_reported)


def offer_ever_older(
    rules: StrictRules, shared: Shared, rule: Rule, once: Hashable, place: Place, size: int
) -> None:
    """Have a CPU played that never sees what others stored to ``size`` bytes, as it is out of coherency; once
    it did not, it never does."""
    me = rules.system.cpu.index
    stored, span = rules.side.memory.read(place.address, size), range(place.address, place.address + size)
    content = bytes(
        shared.stuck.get(
            (me, address), shared.older.get(address, byte) if _others(shared, me, address) else byte
        )
        for address, byte in zip(span, stored, strict=True)
    )
    if content != stored:
        rules.loose()
        seen = Seen(place.address, content, ever=True)
        rules.offer(rule, once, "the load sees what was there before other CPUs stored, for ever", seen, seen)


def offer_earlier(
    rules: StrictRules, shared: Shared, rule: Rule, place: Place, data: bytes, kept: Mapping[int, Stored]
) -> None:
    """Have a store played that comes before those of other CPUs to the same bytes, and is overwritten."""
    before = rules.side.memory.read(place.address, len(data))
    content = bytes(before[at] if place.address + at in kept else byte for at, byte in enumerate(data))
    if content == data:
        return
    rules.loose()
    last, pc = next(iter(kept.values())), rules.system.current_pc()
    rules.offer(
        rule,
        (rule.id, last.pc, pc),
        f"the store comes before that of CPU {last.cpu}",
        Overtaken(place.address, content, dict(kept)),
        (place.address, content),
        if_reported=True,
    )


def _others(shared: Shared, me: int, address: int) -> bool:
    """Whether another CPU was the last to store to a byte."""
    store = shared.stores.get(address)
    return store is not None and store.cpu != me


def _follow(shared: Shared, me: int, past: Clock | None) -> None:
    """What a CPU does behind its next barrier comes after all of ``past``."""
    if past is not None:
        shared.pending[me] = _later(shared.pending[me], past)


def _later(one: Clock, other: Clock) -> Clock:
    return tuple(map(max, one, other))
