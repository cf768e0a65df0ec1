"""The finding that nothing orders two accesses of different CPUs to one byte, one of them a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.polling import REACH
from hypgen.emulator.strict.seeing import is_promised, promised_by
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Shared, Stored
    from hypgen.emulator.system import System

RACE = Rule(
    "SMP-001",
    "two CPUs access one byte, one of them stores to it, and nothing orders the two",
    Severity.ERROR,
    "DDI 0406C A3.8, Memory access order, and D7, Barrier Litmus Tests (message passing)",
    "The other CPU's store may become visible after the flag that announces it, or this CPU's load may be "
    "made before the one that saw the flag. On the side that publishes, put DMB (ISH or SY: a barrier of the "
    "Non-shareable domain orders nothing for another CPU) between the stores of the "
    "data and the store of the flag; on the side that reads, put DMB between the load that sees the flag and "
    "the loads of the data. A lock that is given back, and a place in a ring, let another CPU store to what "
    "this one has loaded: the DMB in front of that must be one for loads, too, not ST or ISHST.",
    "CPU 0: str data; str flag. CPU 1: spin on flag; ldr data",
    "CPU 0: str data; dmb; str flag. CPU 1: spin on flag; dmb; ldr data",
)

_FIX = "order the two with DMB on both sides of a flag"
_FIX_WRITER = "insert DMB (ISHST, ISH or SY) between the two stores of CPU {cpu}"
_FIX_BETWEEN = "insert DMB (ISH or SY; ISHST orders no loads) in front of that store of CPU {cpu}"
_FIX_READER = "insert DMB (ISH or SY) between the load of the flag and this access"


class Missing(NamedTuple):
    """The barrier that a race comes from: what stands behind it, and the instruction there; on which side."""

    event: Event
    of_writer: bool
    fix: str


def missing(shared: Shared, me: int, last: Stored, address: int) -> Missing | None:
    """The barrier that keeps another CPU's store ``last`` from being in order with what this CPU does now, if
    this CPU has seen something that came after that store: the other CPU's, in front of a later store of it
    that was seen, or this one's, behind the load which saw that."""
    other = last.cpu
    if is_promised(shared, me, last, address):
        flag = promised_by(shared, me, last, address)
        if flag is not None:
            return Missing(Event(flag, f"load of the flag by CPU {me}"), False, _FIX_READER)
    if shared.later_was_seen(me, last):
        by, where = shared.latest[me, other]
        if by == other:
            later = Event(where, f"later store by CPU {other}, seen by CPU {me}")
            return Missing(later, True, _FIX_WRITER.format(cpu=other))
        later = Event(where, f"store by CPU {by}, which had seen that one, seen by CPU {me}")
        return Missing(later, True, _FIX_BETWEEN.format(cpu=by))
    return None


def tell_of_race(
    rules: StrictRules,
    shared: Shared,
    sentence: str,
    earlier: Event,
    *,
    pc: int,
    cpu: int,
    fix: str = _FIX,
    barrier: Missing | None = None,
    doubtful: bool = False,
) -> None:
    """Report a race of the instruction at ``pc`` of a CPU with an earlier one of another, if it is the first
    that either has a part in: one missing ``barrier``, if it is known which, is one finding. One that is
    ``doubtful`` may be taken back.
    """
    raced = shared.raced
    known = {one.pc for one in rules.findings if one.rule == RACE.id} - {pc} if doubtful else set()
    if any(one_stretch(rules.system, one, other) for one in (*raced, *known) for other in (pc, earlier.pc)):
        return
    if barrier is not None and barrier.event.pc in shared.missing:
        return
    if not doubtful:
        raced |= {pc: True, earlier.pc: True}
        if barrier is not None:
            shared.missing[barrier.event.pc] = pc
    events = (earlier,) if barrier is None else (earlier, barrier.event)
    fix = fix if barrier is None else barrier.fix
    finding = Finding(RACE.id, RACE.severity, sentence, pc, cpu, events, (), fix)
    rules.report(finding, once=(RACE.id, earlier.pc, pc))


def take_back(rules: StrictRules, shared: Shared, earlier: int, pc: int) -> None:
    """A doubtful race is none; unless the load at ``pc`` raced otherwise."""
    if pc not in shared.raced:
        rules.withdraw(RACE, pc, once=(RACE.id, earlier, pc))


def one_stretch(system: System, one: int, other: int) -> bool:
    """Whether no barrier stands between two instructions, one of them a few behind the other."""
    at, last = min(one, other), max(one, other)
    for _ in range(REACH if last - at <= 4 * REACH else 0):
        if at >= last:
            break
        insn = system.instruction(at)
        if insn is None or insn.heading in ("DMB", "DSB"):
            return False
        at += insn.length
    return at == last
