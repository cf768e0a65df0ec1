"""SMP: what a CPU has seen of others' stores, and what comes before what it does now (DDI 0406C A3.8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Shared, Stored
    from hypgen.emulator.strict.places import Place


def is_ordered(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether another CPU's store comes before what this one does now."""
    return shared.clocks[me][last.cpu] >= last.time or shared.seen.get((me, address)) == last.time


def is_before_store(shared: Shared, me: int, last: Stored, address: int) -> bool:
    """Whether another CPU's store comes before this CPU's: the branch on a flag suffices."""
    return shared.acquiring[me][last.cpu] >= last.time or is_ordered(shared, me, last, address)


def see(shared: Shared, me: int, place: Place, size: int) -> None:
    """Other CPUs' stores were read."""
    newest = shared.newest[me]
    for address in range(place.address, place.address + size):
        store = shared.stores.get(address)
        if store is not None and store.cpu != me:
            shared.seen[me, address] = store.time
            if newest[store.cpu] < store.time:
                newest[store.cpu] = store.time
                shared.latest[me, store.cpu] = store.pc


def acquire(rules: StrictRules, shared: Shared, place: Place, size: int) -> None:
    """A flag was read: the order of what is there is this CPU's from its next barrier on."""
    me = rules.system.cpu.index
    see(shared, me, place, size)
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
