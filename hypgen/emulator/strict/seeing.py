"""SMP: what a CPU has seen of others' stores, and what comes before what it does now (DDI 0406C A3.8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.strict.order import Sight
from hypgen.emulator.strict.polling import POLLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Shared, Stored
    from hypgen.emulator.strict.places import Place


def is_ordered(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether another CPU's store comes before what this one does now."""
    if shared.clocks[me][last.cpu] >= last.time:
        return True
    sight = shared.seen.get((me, address))
    if sight is not None and (sight.cpu, sight.time) == (last.cpu, last.time):
        return True
    return _behind_a_load(shared, shared.clocks[me], last, address)


def is_promised(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether another CPU's store comes before what this one does behind its next barrier, or behind the
    branch on the flag that it has read."""
    promised = shared.acquiring[me]
    return promised[last.cpu] >= last.time or _behind_a_load(shared, promised, last, address)


def promised_by(shared: Shared, me: int, last: Stored, address: int) -> int | None:
    """The load of a flag by which another CPU's store is promised, if it was one."""
    if shared.acquiring[me][last.cpu] >= last.time:
        return shared.acquired.get((me, last.cpu))
    behind = (shared.load_clock(cpu) for cpu in shared.clocks if (cpu, address) in shared.seen)
    return next((shared.acquired[me, one] for one in behind if (me, one) in shared.acquired), None)


def was_awaited(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether the CPU by whose store one knows that another's should be visible had waited for that one: so
    what it did then rests on it, which is not so of who just looked."""
    teller, _ = shared.latest.get((me, last.cpu), (me, 0))
    sight = shared.seen.get((teller, address))
    return sight is not None and sight[:2] == (last.cpu, last.time) and sight.awaited


def is_before_store(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether another CPU's store comes before this CPU's: the branch on a flag suffices."""
    return is_promised(shared, me, last, address) or is_ordered(shared, me, last, address)


def _behind_a_load(shared: Shared, clock: Sequence[int], last: Stored, address: int) -> bool:
    """Whether a CPU has read a store, and a barrier of its has ordered that before what ``clock`` is of
    (A3.8.3: group A of DMB has what its CPU has observed)."""
    for cpu in shared.clocks:
        sight = shared.seen.get((cpu, address))
        if sight is None or (sight.cpu, sight.time) != (last.cpu, last.time):
            continue
        if clock[shared.load_clock(cpu)] >= sight.at:
            return True
    return False


def see(shared: Shared, me: int, place: Place, size: int, awaited: bool = False) -> None:
    """Other CPUs' stores were read; ``awaited`` if the load polls for them."""
    newest, past = shared.newest[me], shared.past[me]
    at = shared.clocks[me][shared.load_clock(me)] + 1
    for address in range(place.address, place.address + size):
        store = shared.stores.get(address)
        if store is None or store.cpu == me:
            continue
        sight = shared.seen.get((me, address))
        if sight is None or (sight.cpu, sight.time) != (store.cpu, store.time):
            shared.seen[me, address] = Sight(store.cpu, store.time, at, awaited)
        if newest[store.cpu] < store.time:
            newest[store.cpu] = store.time
            shared.latest[me, store.cpu] = store.cpu, store.pc
        for cpu, time in enumerate(shared.causes[address]):
            if past[cpu] < time:
                past[cpu] = time
                if cpu != store.cpu:
                    shared.latest[me, cpu] = store.cpu, store.pc


def causes(shared: Shared, me: int) -> tuple[int, ...]:
    """The past of whoever sees what a CPU is about to store: all before that store, and what the CPU saw."""
    found = list(map(max, shared.past[me], shared.newest[me]))
    found[me] = shared.clocks[me][me] - 1
    return tuple(found)


def acquire(rules: StrictRules, shared: Shared, place: Place, size: int) -> None:
    """A flag was read: the order of what is there is this CPU's from its next barrier on."""
    me = rules.system.cpu.index
    see(shared, me, place, size, rules.uses.of_load() in POLLS)
    mine = shared.acquiring[me]
    for address in range(place.address, place.address + size):
        for cpu, time in enumerate(shared.flags.get(address, ())):
            if mine[cpu] < time:
                mine[cpu] = time
                shared.acquired[me, cpu] = rules.system.current_pc()
    point(rules, shared, place, size)


def point(rules: StrictRules, shared: Shared, place: Place, size: int) -> None:
    """What is read now may be an address, or a part of one."""
    value = int.from_bytes(rules.side.memory.read(place.address, size), "little")
    shared.pointers[rules.system.cpu.index].add((rules.system.current_pc(), value))


def depends(rules: StrictRules, shared: Shared) -> bool:
    """Whether the address of a load is what was loaded from a flag, or is made of it (A3.8.2)."""
    cpu, pc = rules.system.cpu, rules.system.current_pc()
    load = rules.system.instruction(pc)
    if load is None or "Rn" not in load.fields:
        return False
    base = cpu.r[load.fields["Rn"]]
    for flag, value in shared.pointers[cpu.index]:
        fed = rules.uses.feeds(flag, pc)
        if fed or (fed is None and base == value):
            return True
    return False


def as_if_ordered(shared: Shared, me: int, last: Stored) -> None:
    """A race was told: one missing barrier is one finding, so go on as if it were there."""
    clock, acquired = shared.clocks[me], shared.acquiring[me]
    if acquired[last.cpu] < last.time:  # the other CPU's is missing
        acquired = shared.clocks[last.cpu]
    clock[:] = map(max, clock, acquired)
