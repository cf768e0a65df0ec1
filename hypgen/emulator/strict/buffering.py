"""SMP: two CPUs that store a flag each, and load the other's (DDI 0406C A3.8.2, D7.2).

Each load may be made before the store in front of it is visible, unless DMB (for loads, too) stands between
the two. Then neither sees what the other has stored, and both go on: Dekker's, Peterson's and Lamport's locks
let two in. The barrier is needed on both CPUs.

Told is what shows in a run where one came first. A CPU has stored its flag, loaded the other's from before
that was stored, and gone on. The other one stores its flag, polls the first one's, and waits by what it
sees; it would not wait if its load were earlier. Where a flag lets a CPU go on once it is stored, as when
each waits until the other has come, nothing is lost: the old value makes it look again. Nor is it where the
word that is polled is taken with exclusives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.strict import late
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.races import one_stretch
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.memory_side import Place
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Loaded, Shared, Stored

BUFFERED = Rule(
    "SMP-007",
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
_STACK = 512
"""Bytes above SP that a function has its variables in."""


class Glance(NamedTuple):
    """The last load of a flag by a CPU: its time and the newest store of its CPU in front of it (as
    :class:`hypgen.emulator.strict.order.Loaded` has them), by which instruction, how often its CPU had
    stored elsewhere than to its stack, and whose store it saw."""

    time: int
    behind: int
    pc: int
    moves: int
    saw: tuple[int, int] | None


class Missed(NamedTuple):
    """A store to a word that another CPU had loaded before: when and by which instruction, and that load."""

    word: int
    time: int
    pc: int
    load: Glance | Loaded


class Waiting(NamedTuple):
    """A CPU polls what another one has stored: the word, that store, and what both may have missed."""

    word: int
    last: Stored
    missed: Missed


def note_barrier(shared: Shared, me: int) -> None:
    """A CPU executes a barrier for its stores and loads."""
    clock, fences = shared.clocks[me], shared.fences[me]
    now = clock[shared.load_clock(me)]
    fences[now] = clock[me]
    fences.pop(now - _FENCES, None)


def note_store(rules: StrictRules, shared: Shared, va: int, place: Place, data: bytes) -> None:
    """A CPU is about to store: what others loaded there before has missed it."""
    cpu, word = rules.system.cpu, place.address
    me = cpu.index
    if not 0 <= va - cpu.r[13] + 64 & 0xFFFF_FFFF < _STACK:
        shared.moves[me] += 1
    glances = shared.glances.get(word)
    if glances is not None:
        glances.pop(me, None)
    loads: dict[int, Glance | Loaded] = {**shared.loads.get(word, {}), **(glances or {})}
    loads.pop(me, None)
    if not loads or word in shared.locks or rules.side.memory.read(word, len(data)) == data:
        return
    now, pc = shared.clocks[me][me], rules.system.current_pc()
    for other, load in loads.items():
        shared.missed[me][other, word] = Missed(word, now, pc, load)


def note_look(rules: StrictRules, shared: Shared, va: int, place: Place, size: int, polls: bool) -> None:
    """A CPU looks at a flag."""
    me, word = rules.system.cpu.index, place.address
    clock, glances = shared.clocks[me], shared.glances.setdefault(word, {})
    last, before = shared.stores.get(word), glances.get(me)
    saw = None if last is None or last.cpu == me else (last.cpu, last.time)
    time, pc = clock[shared.load_clock(me)] + 1, rules.system.current_pc()
    glances[me] = Glance(time, clock[me], pc, shared.moves[me], saw)
    if not polls:
        return
    if before is not None and before.moves == shared.moves[me]:
        waiting = shared.waiting.get((me, word), ())
        for one in waiting:
            if _went_on(shared, one):
                _report(rules, shared, va, one)
        if before.saw == saw:
            return
    shared.waiting.pop((me, word), None)
    if last is None or saw is None or word in shared.locks or clock[last.cpu] >= last.time:
        return
    found = [Waiting(word, last, one) for one in _both_missed(shared, me, last)]
    if found:
        shared.waiting[me, word] = found
        if rules.playing:
            once = _once(found[0])
            late.offer_older(rules, shared, BUFFERED, once, place, size, last, if_reported=True)


def _both_missed(shared: Shared, me: int, last: Stored) -> list[Missed]:
    """Stores of a CPU that the one who made ``last`` had not seen in a load behind that; a barrier is missing
    between ``last`` and that load, or between this CPU's store and its load now."""
    clock = shared.clocks[me]
    fenced = shared.fences[me].get(clock[shared.load_clock(me)], 0)
    found = []
    for (cpu, _), one in shared.missed[me].items():
        if cpu != last.cpu or one.load.behind < last.time:
            continue
        theirs = shared.fences[cpu].get(one.load.time - 1, 0 if one.load.time == 1 else one.load.behind)
        if theirs < last.time or fenced < one.time:
            found.append(one)
    return found


def _went_on(shared: Shared, one: Waiting) -> bool:
    """Whether the other CPU has gone on by what it loaded."""
    cpu, load = one.last.cpu, one.missed.load
    if not isinstance(load, Glance):
        return True
    now = shared.glances.get(one.missed.word, {}).get(cpu, load)
    return (shared.moves[cpu] if now == load else now.moves) > load.moves


def _once(one: Waiting) -> tuple[str, frozenset[int]]:
    return BUFFERED.id, frozenset({one.word, one.missed.word})


def _report(rules: StrictRules, shared: Shared, va: int, one: Waiting) -> None:
    """At the load that lacks its barrier."""
    me, cpu, missed = rules.system.cpu.index, one.last.cpu, one.missed
    theirs = shared.fences[cpu].get(missed.load.time - 1, 0)
    if theirs < one.last.time:
        pc, who, store, other = missed.load.pc, cpu, one.last.pc, me
    else:
        pc, who, store, other = shared.glances[one.word][me].pc, me, missed.pc, cpu
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
