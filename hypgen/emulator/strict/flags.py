"""SMP: flags whose order counts: what a store to one is missed by (DDI 0406C A3.8.2, D7.2, message passing).

A flag may be read while it is stored: both values will do. Not so where the old one leads astray:

- Its value is added to, or otherwise made a new one of, and stored back without exclusives: the other CPU's
  store is lost. With exclusives nothing is lost, unless the other CPU's store comes behind the pair although
  a later store of it was seen: then it is that store which overwrites what STREX has stored.
- It is used as data, although a later store of that CPU was seen.
- It is waited on until it is again what it was before the store, although a later store of that CPU was seen:
  what was there before would not have been waited on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.strict.findings import Event
from hypgen.emulator.strict.polling import Loop
from hypgen.emulator.strict.races import Missing, missing, take_back, tell_of_race
from hypgen.emulator.strict.seeing import is_promised, was_awaited

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Shared, Stored
    from hypgen.emulator.strict.places import Place

BUFFERED = "SMP-007"
"""The rule of :mod:`hypgen.emulator.strict.buffering`."""
POLLED, BY_EXCLUSIVES = 1, 2
"""What makes a byte a flag (:attr:`hypgen.emulator.strict.order.Shared.exclusives`)."""


class Read(NamedTuple):
    """A flag was read whose last store is in no order with that: by which instruction, its store, where the
    function returns to, and the barrier that is missing; ``lost`` is what becomes of it."""

    pc: int
    last: Stored
    returns: tuple[int, ...]
    barrier: Missing | None
    lost: str


class Wait(NamedTuple):
    """A flag is waited on since the load at ``pc``, which saw a store that it might not have seen."""

    pc: int
    last: Stored
    before: bytes
    barrier: Missing
    value: bytes


def note_poll(rules: StrictRules, shared: Shared, place: Place, size: int) -> None:
    """A word is polled: to have looked at it before was no race."""
    for address in range(place.address, place.address + size):
        shared.exclusives.setdefault(address, POLLED)
        suspected = shared.suspected.pop(address, None)
        if suspected is not None:
            for pc in suspected:
                shared.raced.pop(pc, None)
            for behind in [behind for behind, pc in shared.missing.items() if pc in suspected]:
                del shared.missing[behind]
            take_back(rules, shared, *suspected)


def is_missed(rules: StrictRules, shared: Shared, va: int, place: Place, size: int, last: Stored) -> bool:
    """A CPU reads a flag, and nothing orders the last store of another one before that; whether that store
    must not be missed, as the flag is data here."""
    me, pc, word = rules.system.cpu.index, rules.system.current_pc(), place.address
    later = shared.later_was_seen(me, last)
    barrier = missing(shared, me, last, word)
    insn = rules.system.instruction(pc)
    if insn is not None and insn.heading.startswith("LDREX"):
        if later and not is_promised(shared, me, last, word):
            what = f"the store to {va:#010x} may be made before that of CPU {last.cpu}, and is lost then"
            shared.unsure[me][word] = Read(pc, last, rules.uses.returns, barrier, what)
        return False
    if rules.uses.of_load() is Loop.NONE:
        return is_data(rules, shared, va, place, last) and shared.exclusives.get(word) == POLLED
    if later and barrier is not None and word not in shared.waits[me]:
        for change in shared.changes.get(word, ()):
            if (change.cpu, change.time) == (last.cpu, last.time):
                value = rules.side.memory.read(word, size)
                shared.waits[me][word] = Wait(pc, last, change.before, barrier, value)
    return False


def is_data(rules: StrictRules, shared: Shared, va: int, place: Place, last: Stored) -> bool:
    """Whether a load that races takes a word for data, although it has seen a later store of that CPU. What
    becomes of what was read is noted if it is more than a branch."""
    me = rules.system.cpu.index
    if rules.uses.of_load() is not Loop.NONE:
        return False
    what = f"the load of {va:#010x} may miss the store of CPU {last.cpu}, which is lost by the store back"
    read = Read(
        rules.system.current_pc(), last, rules.uses.returns, missing(shared, me, last, place.address), what
    )
    shared.unsure[me][place.address] = read
    if shared.newest[me][last.cpu] > last.time:
        return True
    return shared.later_was_seen(me, last) and was_awaited(shared, me, last, place.address)


def look_again(rules: StrictRules, shared: Shared, place: Place, size: int) -> None:
    """A flag that is waited on is read once more."""
    waits, value = shared.waits[rules.system.cpu.index], rules.side.memory.read(place.address, size)
    waits[place.address] = waits[place.address]._replace(value=value)


def note_store(rules: StrictRules, shared: Shared, place: Place, data: bytes) -> None:
    """A CPU is about to store: perhaps what it has made of a flag that it read."""
    me, pc = rules.system.cpu.index, rules.system.current_pc()
    read = shared.unsure[me].pop(place.address, None)
    if read is None or rules.side.memory.read(place.address, len(data)) == data:
        return
    if pc in rules.uses.stores_behind(read.pc, read.returns).made:
        for address in range(place.address, place.address + len(data)):
            shared.suspected.pop(address, None)
        _tell(rules, shared, read.lost, read.last, read.barrier, read.pc)


def go_on(rules: StrictRules, shared: Shared) -> None:
    """A CPU stores, and so has gone on by the flags that it waited on."""
    waits = shared.waits[rules.system.cpu.index]
    for one in waits.values():
        if one.value == one.before and not _is_known(rules, one.last.pc):
            sentence = (
                f"the load may see the flag as it was before CPU {one.last.cpu} stored, though a later store "
                "of it was seen, and goes on then"
            )
            _tell(rules, shared, sentence, one.last, one.barrier, one.pc)
    waits.clear()


def _is_known(rules: StrictRules, store: int) -> bool:
    """Whether it was told already that a barrier is missing behind a store."""
    return any(one.rule == BUFFERED and one.earlier[0].pc == store for one in rules.findings)


def _tell(
    rules: StrictRules, shared: Shared, sentence: str, last: Stored, barrier: Missing | None, pc: int
) -> None:
    tell_of_race(
        rules,
        shared,
        sentence,
        Event(last.pc, f"store by CPU {last.cpu}"),
        pc=pc,
        cpu=rules.system.cpu.index,
        barrier=barrier,
    )
