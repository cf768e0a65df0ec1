"""SMP: two CPUs that store a flag each, and load the other's (DDI 0406C A3.8.2, D7.2).

Each load may be made before the store in front of it is visible, unless DMB (for loads, too) stands between
the two. Then neither sees what the other has stored, and both go on: Dekker's, Peterson's and Lamport's locks
let two in. The barrier is needed on both CPUs.

Told is what shows in a run where one came first. A CPU has stored its flag, loaded the other's from before
that was stored, gone on, and given its flag the old value again. The other one has stored its flag and polled
the first one's, and goes on as it sees the old value: it might as well have seen what was there before the
first one came. Where a flag lets a CPU go on once it is stored, as when each waits until the other has come,
nothing is lost: the old value makes it look again. Nor is it where the word that is polled is taken with
exclusives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.strict import flags, late
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.races import RACE, Missing, one_stretch, tell_of_race
from hypgen.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Loaded, Shared
    from hypgen.emulator.strict.places import Place

BUFFERED = Rule(
    flags.BUFFERED,
    "two CPUs store a flag each and load the other's, and both may miss what the other stored",
    Severity.ERROR,
    "DDI 0406C A3.8.2, Ordering requirements for memory accesses, and D7.2, Simple ordering and barrier "
    "cases (a simple weakly consistent ordering example)",
    "A load may be made before an earlier store of the same CPU is visible to the others. Where each CPU "
    "says that it wants something and then looks whether the other does, both may find that it does not. Put "
    "DMB (ISH or SY; ISHST orders no loads) between the store of the own flag and the load of the other's, "
    "on both CPUs.",
    "both CPUs: str r1, [mine]; 1: ldr r2, [other]; cmp r2, #0; bne 1b",
    "both CPUs: str r1, [mine]; dmb; 1: ldr r2, [other]; cmp r2, #0; bne 1b",
)
RULES = (BUFFERED,)

_FENCES = 256
"""Barriers of a CPU that are remembered."""
_CHANGES = 4
"""Changes of a word that are remembered."""
_STACK = 512
"""Bytes around SP that functions have their variables in, most of them above it."""
_SP = 13


class Glance(NamedTuple):
    """The last load of a flag by a CPU: its time and the newest store of its CPU in front of it (as
    :class:`hypgen.emulator.strict.order.Loaded` has them), by which instruction, how often its CPU had
    stored elsewhere than to its stack, and whose store it saw."""

    time: int
    behind: int
    pc: int
    moves: int
    saw: tuple[int, int] | None


class Change(NamedTuple):
    """A store that changed a word: by which CPU and instruction, when, and what was there before."""

    cpu: int
    time: int
    pc: int
    before: bytes


class Missed(NamedTuple):
    """A store to a word that another CPU had loaded before: when and by which instruction, and that load."""

    word: int
    time: int
    pc: int
    load: Glance | Loaded


class Both(NamedTuple):
    """What two CPUs may both have missed: a change of a word that one polls, by the instruction at ``pc``
    first, and its own store, which the CPU that made the change had not seen when it looked behind that."""

    word: int
    change: Change
    missed: Missed
    pc: int


class Poll(NamedTuple):
    """A CPU polls a word: what may have been missed, and what it saw the last time."""

    both: tuple[Both, ...]
    value: bytes


def note_barrier(shared: Shared, me: int) -> None:
    """A CPU executes a barrier for its stores and loads."""
    clock, fences = shared.clocks[me], shared.fences[me]
    now = clock[shared.load_clock(me)]
    fences[now] = clock[me]
    fences.pop(now - _FENCES, None)


def note_store(rules: StrictRules, shared: Shared, va: int, place: Place, data: bytes) -> None:
    """A CPU is about to store: it goes on, and what others loaded there before has missed it."""
    cpu, word = rules.system.cpu, place.address
    me = cpu.index
    if _of_stack(va, cpu.r[_SP]):
        return
    shared.moves[me] += 1
    polls = shared.polls[me]
    if polls:
        for poll in polls.values():
            _tell(rules, shared, poll)
        polls.clear()
    if shared.waits[me]:
        flags.go_on(rules, shared)
    shared.overtaken[me].pop(word, None)
    before = rules.side.memory.read(word, len(data))
    if before == data:
        return
    now, pc = shared.clocks[me][me], rules.system.current_pc()
    both = _replaced(shared, me, word, pc)
    if both is not None:
        shared.overtaken[me][word] = both
    shared.changes[word] = (*shared.changes.get(word, ())[1 - _CHANGES :], Change(me, now, pc, before))
    glances = shared.glances.get(word)
    if glances is not None:
        glances.pop(me, None)
    if word not in shared.locks:
        loads: dict[int, Glance | Loaded] = {**shared.loads.get(word, {}), **(glances or {})}
        for other, load in loads.items():
            if other != me:
                shared.missed[me][other, word] = Missed(word, now, pc, load)


def note_look(rules: StrictRules, shared: Shared, va: int, place: Place, size: int, polls: bool) -> None:
    """A CPU looks at a flag."""
    cpu, word = rules.system.cpu, place.address
    if _of_stack(va, cpu.r[_SP]):
        return
    shared.watched[word >> rules.side.shift] = True
    me = cpu.index
    clock, glances = shared.clocks[me], shared.glances.setdefault(word, {})
    last, before = shared.stores.get(word), glances.get(me)
    saw = None if last is None else (last.cpu, last.time)
    time, pc, moves = clock[shared.load_clock(me)] + 1, rules.system.current_pc(), shared.moves[me]
    glances[me] = Glance(time, clock[me], pc, moves, saw)
    if before is not None and before.moves == moves:
        _stayed(shared, me, word, before)
        own = shared.overtaken[me].get(word)
        if own is not None and polls and _went_on(rules, shared, own):
            del shared.overtaken[me][word]
            _report_replaced(rules, shared, own)
    if not polls or last is None or word in shared.locks:
        return
    value = rules.side.memory.read(word, size)
    if before is not None and before.moves == moves:
        if word in shared.polls[me]:
            shared.polls[me][word] = shared.polls[me][word]._replace(value=value)
        return
    both = tuple(_both_missed(shared, me, word, before, pc))
    if both:
        shared.polls[me][word] = Poll(both, value)
        if rules.playing and both[0].change.time == last.time:
            once = _once(both[0])
            late.offer_older(rules, shared, BUFFERED, once, place, size, last, if_reported=True)


def _both_missed(shared: Shared, me: int, word: int, before: Glance | None, pc: int) -> Iterator[Both]:
    """Changes of a word that this CPU polls and might not see yet, by CPUs that had not seen its own store in
    a load behind the change; a barrier is missing there, or between that store and the load now."""
    clock = shared.clocks[me]
    fenced = shared.fences[me].get(clock[shared.load_clock(me)], 0)
    for (cpu, _), missed in shared.missed[me].items():
        behind = missed.load.behind
        made = [one for one in shared.changes.get(word, ()) if one.cpu == cpu and one.time <= behind]
        if not made or clock[cpu] >= made[-1].time:
            continue
        change = made[-1]
        if before is not None and before.saw is not None and before.saw >= (cpu, change.time):
            continue
        if _fenced(shared, cpu, missed) < change.time or fenced < missed.time:
            yield Both(word, change, missed, pc)


def _replaced(shared: Shared, me: int, word: int, pc: int) -> Both | None:
    """What this CPU's store to a word replaces, if that might as well come after it: another CPU has stored
    there, and loaded behind that what this one had not stored yet; a barrier is missing there, or here."""
    change = shared.changes.get(word, (None,))[-1]
    if change is None or change.cpu == me:
        return None
    fenced = shared.fences[me].get(shared.clocks[me][shared.load_clock(me)], 0)
    for (cpu, other), missed in shared.missed[me].items():
        if cpu != change.cpu or other == word or change.time > missed.load.behind:
            continue
        if _fenced(shared, cpu, missed) < change.time or fenced < missed.time:
            return Both(word, change, missed, pc)
    return None


def _fenced(shared: Shared, cpu: int, missed: Missed) -> int:
    """The newest store of a CPU in front of its last barrier before the load that missed something; if that
    is long ago, the load's own."""
    barrier = missed.load.time - 1
    return shared.fences[cpu].get(barrier, missed.load.behind) if barrier else 0


def _stayed(shared: Shared, me: int, word: int, load: Glance) -> None:
    """This CPU looks again, and has stored nothing since: whoever that look had missed has lost nothing."""
    for others in shared.missed.values():
        missed = others.get((me, word))
        if missed is not None and missed.load == load:
            del others[me, word]


def _tell(rules: StrictRules, shared: Shared, poll: Poll) -> None:
    """A CPU has gone on by what it polled: as it would have by what was there before another CPU's change?"""
    for one in poll.both:
        if one.change.before == poll.value and _went_on(rules, shared, one):
            _report(rules, shared, one)


def _went_on(rules: StrictRules, shared: Shared, one: Both) -> bool:
    """Whether the other CPU has gone on by what it loaded, and not looked again."""
    cpu, missed = one.change.cpu, one.missed
    if shared.missed[rules.system.cpu.index].get((cpu, missed.word)) != missed:
        return False
    return not isinstance(missed.load, Glance) or shared.moves[cpu] > missed.load.moves


def _once(one: Both) -> tuple[str, frozenset[int]]:
    return BUFFERED.id, frozenset({one.word, one.missed.word})


def _report(rules: StrictRules, shared: Shared, one: Both) -> None:
    """At the load that lacks its barrier."""
    me, cpu, missed = rules.system.cpu.index, one.change.cpu, one.missed
    if _fenced(shared, cpu, missed) < one.change.time:
        pc, who, store, other = missed.load.pc, cpu, one.change.pc, me
    else:
        pc, who, store, other = one.pc, me, missed.pc, cpu
    for found in [found for found in rules.findings if found.rule == RACE.id]:
        if found.earlier[0].pc == store:  # the same barrier
            rules.withdraw(RACE, found.pc, once=(RACE.id, store, found.pc))
    known = (found.pc for found in rules.findings if found.rule == BUFFERED.id)
    if any(one_stretch(rules.system, pc, at) for at in known):
        return
    rules.report(
        Finding(
            BUFFERED.id,
            BUFFERED.severity,
            f"the load may be made before the store in front of it is visible to CPU {other}, which stores "
            "what is loaded here and loads what is stored: each may miss the other's store",
            pc,
            who,
            (Event(store, f"store by CPU {who}"),),
            (),
            "insert DMB (ISH or SY) between the store and the load, on both CPUs",
        ),
        once=_once(one),
    )


def _report_replaced(rules: StrictRules, shared: Shared, one: Both) -> None:
    """This CPU waits as its own store to a word was the last one, and that might have come first."""
    if _fenced(shared, one.change.cpu, one.missed) < one.change.time:
        _report(rules, shared, one)
        return
    me, cpu = rules.system.cpu.index, one.change.cpu
    later = Event(one.pc, f"later store by CPU {me}, which replaces one of CPU {cpu}")
    tell_of_race(
        rules,
        shared,
        f"the store may be made before the one in front of it, which CPU {cpu} has missed, and before that "
        f"of CPU {cpu} to the same place",
        Event(one.missed.pc, f"store by CPU {me}"),
        pc=one.pc,
        cpu=me,
        barrier=Missing(later, True, f"insert DMB (ISHST, ISH or SY) between the two stores of CPU {me}"),
    )


def _of_stack(va: int, sp: int) -> bool:
    return 0 <= va - sp + _STACK // 8 & 0xFFFF_FFFF < _STACK
