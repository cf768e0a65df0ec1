"""Loads that look at another CPU's word: what they make of it, from one test to a loop that waits for it.

Two things make a load a poll: the loop reads the same place each time, and what was read decides whether it
goes on. A load of data in a loop has one of them at most. Compilers test a flag once before they enter the
loop, so a load that stands before a loop which polls the same place counts, too. The load may be in a
function and the loop in its caller: whoever asks says where the function returns to.

A load whose value only decides a branch, in no loop, is a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from hypgen.decode.table import Insn
from hypgen.emulator.strict.values import (
    ALWAYS,
    PC,
    RESULTS,
    STACK,
    Value,
    is_load,
    is_store,
    leaves,
    moves_on,
    place,
)

REACH = 64
"""Instructions that are looked at, before and behind a load."""
_PIECE = 8
"""Instructions of a piece of a loop that stands behind the loop."""
_WAYS = 8
"""Ways that are gone from a load to what may use it."""
_BRANCHES = ("B", "CBNZ, CBZ")
_GIVEN = frozenset({"Rd"})
"""Fields of registers that an instruction gives a value and does not read."""
_PARTLY = ("MOVT", "BFI", "BFC")
"""Instructions that leave a part of their result as it was."""
_STRAIGHT = ("NOP", "DMB", "DSB", "ISB", "CMP (immediate)", "CMP (register)", "TST (immediate)")
"""Other instructions behind which the next one is executed."""
_ELSEWHERE = "memory that is not the stack"

Read = Callable[[int], Insn | None]


class Loop(Enum):
    """What a load's value is for: the kind of loop that it is in, if it is in one."""

    NONE = "none"
    TESTED = "a branch, and nothing else"
    POLLING = "polling"
    WAITING = "waiting for events between its loads"


POLLS = frozenset({Loop.POLLING, Loop.WAITING})


class Way(NamedTuple):
    """A function is left: by the last of the instructions that were passed since the load, or since the last
    return."""

    passed: tuple[Insn, ...]
    otherwise: Loop
    """What the load is for, as far as it is known without the caller."""


def loop_of(read: Read, pc: int, returns: Sequence[int] = ()) -> Loop | Way:
    """What the load at ``pc`` is for; ``read`` gives instructions. A function that it is in returns to the
    first of ``returns``, its caller to the second; where one more is needed, the way to it is the answer."""
    load = read(pc)
    if load is None or not is_load(load) or moves_on(load):
        return Loop.NONE
    value, back = Value(load), iter(returns)
    passed: list[Insn] = []
    at, here = pc + load.length, pc
    known: Loop | None = None
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            break
        value.passes(insn)
        passed.append(insn)
        if insn.heading in _BRANCHES:
            target, only = target_of(at, insn), _is_only_way(insn)
            around = _loop_by(read, at, insn, here, load if here == pc else None, value)
            if around in POLLS or (around and only):
                return around if around in POLLS or known is None else known
            known = known or around  # on the way that goes on there may be a loop inside of this one
            if known is None and here < target <= at and here == pc:
                behind = _behind(read, range(target, at), pc)
                return _tested(value) if behind is Loop.NONE else behind
            if only and not value.decides:
                at = target
                continue
        elif leaves(insn) and insn.condition == ALWAYS:
            if known or not value.returned():
                break
            following = next(back, None)
            if following is None:
                return Way(tuple(passed), _tested(value))
            at, here = following, following - 4
            passed.clear()
            continue
        at += insn.length
    return known or _tested(value)


def _loop_by(read: Read, at: int, branch: Insn, here: int, load: Insn | None, value: Value) -> Loop | None:
    """What the loop around ``here`` does with a value that the branch at ``at`` belongs to: it goes back, or
    to a piece of the loop that stands elsewhere and does; None if there is none."""
    target = target_of(at, branch)
    if here - 4 * REACH <= target <= here <= at:
        return _around(read, range(target, at), here, load, value)
    if target > at and not _is_only_way(branch):
        piece: list[tuple[int, Insn]] = []
        for _ in range(_PIECE):
            insn = read(target & 0xFFFF_FFFF)
            if insn is None or leaves(insn):
                break
            piece.append((target, insn))
            if _is_only_way(insn):
                start = target_of(target, insn)
                if here - 4 * REACH <= start <= here:
                    around = _around(read, range(start, at), here, load, value, piece)
                    return around if around in POLLS else None
                break
            target += insn.length
    return None


def feeds(read: Read, pc: int, user: int) -> bool | None:
    """Whether what the load at ``pc`` read is a part of the address that another instruction accesses; None
    if that one is not behind it."""
    load = read(pc)
    if load is None or not is_load(load):
        return None
    found: set[bool] = set()
    ways = [(Value(load, bound=True), pc + load.length)]
    for _ in range(_WAYS):
        if not ways:
            break
        value, at = ways.pop()
        for _ in range(REACH):
            insn = read(at & 0xFFFF_FFFF)
            if at == user and insn is not None:
                found.add(value.addresses(insn))
            if at == user or insn is None:
                break
            target = target_of(at, insn) if insn.heading in _BRANCHES else at
            only = _is_only_way(insn)
            if only and target < at:
                break
            if at < target <= user and not only:
                ways.append((value.copy(), target))
            value.passes(insn)
            at = target if only else at + insn.length
    return any(found) if found else None


def is_unused(read: Read, pc: int) -> bool:
    """Whether the registers that the load at ``pc`` gives a value get another one before anything reads them,
    with no way to elsewhere in between."""
    load = read(pc)
    if load is None or not is_load(load) or moves_on(load):
        return False
    left = {load.fields[name] for name in ("Rt", "Rt2") if name in load.fields}
    at = pc + load.length
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None or not _goes_straight_on(insn):
            return False
        fields = insn.fields
        gives = _GIVEN & fields.keys() if not is_store(insn) else set()
        gives |= {"Rt", "Rt2"} & fields.keys() if is_load(insn) else set()
        keeps = insn.heading in _PARTLY
        reads = {fields[name] for name in fields if name[0] == "R" and (keeps or name not in gives)}
        if reads & left:
            return False
        left -= {fields[name] for name in gives}
        if not left:
            return True
        at += insn.length
    return False


def _goes_straight_on(insn: Insn) -> bool:
    """Whether an instruction is always executed, is no branch and no exception, and names its registers."""
    fields = insn.fields
    given = {fields.get(name) for name in ("Rd", "Rt", "Rt2")}
    if insn.condition != ALWAYS or PC in given or "register_list" in fields:
        return False
    return is_load(insn) or is_store(insn) or bool(_GIVEN & fields.keys()) or insn.heading in _STRAIGHT


def _tested(value: Value) -> Loop:
    return Loop.TESTED if value.decides and not value.kept else Loop.NONE


def _around(
    read: Read,
    loop: range,
    here: int,
    load: Insn | None,
    value: Value,
    piece: Sequence[tuple[int, Insn]] = (),
) -> Loop:
    """What the loop whose last branch ends the range does with the value of ``load``, which stands at
    ``here``; None for a load in a function that is called there. A ``piece`` of the loop may stand elsewhere.
    """
    body = _body(read, loop) if value.decides and not value.kept else None
    if body is None:
        return Loop.NONE
    if not _comes_to(body, here):
        return Loop.TESTED
    body += piece
    sources = _address(body, here, load)
    if load is not None and sources & _changed(body):
        return Loop.NONE
    if _ELSEWHERE in sources or (load is None and _counts(body)):
        return Loop.TESTED
    last = body[len(body) - len(piece) - 1]
    if any(insn.heading == "WFE" for _, insn in body) or _waits_behind(read, last[0] + last[1].length, loop):
        return Loop.WAITING
    return Loop.POLLING


def _comes_to(body: Sequence[tuple[int, Insn]], here: int) -> bool:
    """Whether a loop comes round to ``here``: what a branch goes back to may also be another way's end."""
    before = ((at, insn) for at, insn in body if at < here and _is_only_way(insn))
    return all(at < target_of(at, insn) <= here for at, insn in before)


def _body(read: Read, loop: range) -> list[tuple[int, Insn]] | None:
    """The instructions of a loop, with their addresses."""
    found: list[tuple[int, Insn]] = []
    at = loop.start
    while at <= loop.stop:
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return None
        found.append((at, insn))
        at += insn.length
    return found


def _address(body: Sequence[tuple[int, Insn]], here: int, load: Insn | None) -> set[object]:
    """What the address of the load at ``here`` is made of: registers and words of the stack as they are when
    the loop begins; nothing for a load in a function that is called."""
    made: dict[object, set[object]] = {}
    for at, insn in body:
        if at == here:
            return set() if load is None else _sources(load, made, of_address=True)
        made |= dict.fromkeys(_written(insn), _sources(insn, made))
    return set()


def _changed(body: Sequence[tuple[int, Insn]]) -> set[object]:
    """The registers and words of the stack that a loop changes."""
    return {what for _, insn in body for what in _written(insn)}


def _counts(body: Sequence[tuple[int, Insn]]) -> bool:
    """Whether something in a loop is made of what it was before."""
    made: dict[object, set[object]] = {}
    for _, insn in body:
        sources = _sources(insn, made)
        if any(what in sources for what in _written(insn)):
            return True
        made |= dict.fromkeys(_written(insn), sources)
    return False


def _written(insn: Insn) -> Iterator[object]:
    """The registers and words of the stack that an instruction gives a value."""
    fields = insn.fields
    if is_store(insn):
        if fields.get("Rn") in STACK:
            yield place(insn)
    else:
        yield from {fields[name] for name in (*RESULTS, "Rt", "Rt2") if name in fields}
    if (is_load(insn) or is_store(insn)) and moves_on(insn):
        yield fields["Rn"]


def _sources(insn: Insn, made: Mapping[object, set[object]], of_address: bool = False) -> set[object]:
    """The registers and words of the stack, as they are when the loop begins, that a result is made of, or a
    load's address; other memory is one thing, which others may change."""
    fields = insn.fields
    if is_load(insn) and not of_address:
        if fields.get("Rn") in STACK:
            return made.get(place(insn), {place(insn)})
        return {_ELSEWHERE} if fields.get("Rn", PC) != PC else set()
    reads: set[object] = {fields[name] for name in ("Rn", "Rm", "Rs", "Ra", "Rdn", "Rdm") if name in fields}
    if is_store(insn):
        reads = {fields["Rt"]}
    elif insn.heading == "MOVT":
        reads.add(fields["Rd"])
    return set().union(*(made.get(one, {one}) for one in reads))


def _waits_behind(read: Read, at: int, loop: range) -> bool:
    """Whether a loop is also gone on with from a WFE behind it, as a lock that is not free is waited for."""
    waits = False
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return False
        waits = waits or insn.heading == "WFE"
        if waits and insn.heading == "B" and target_of(at, insn) in loop:
            return True
        at += insn.length
    return False


def _behind(read: Read, loop: range, pc: int) -> Loop:
    """What a loop behind the load at ``pc`` does, if it polls the same place: the address is in the same
    registers still."""
    load, at = read(pc), pc
    if load is None:
        return Loop.NONE
    bases = {load.fields.get("Rn"), load.fields.get("Rm")}
    while at < loop.stop:
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            break
        if at in loop and insn.heading == load.heading and place(insn) == place(load):
            found = loop_of(read, at)
            return found if isinstance(found, Loop) and found in POLLS else Loop.NONE
        if not bases.isdisjoint(_written(insn)):
            break
        at += insn.length
    return Loop.NONE


def _is_only_way(insn: Insn) -> bool:
    """Whether what follows is where this branch goes, and never what stands behind it."""
    return insn.heading == "B" and insn.condition == ALWAYS


def target_of(at: int, branch: Insn) -> int:
    """Where the branch at an address goes."""
    offset = branch.fields.get("imm32", 0)
    offset -= (offset & 1 << 31) << 1
    return at + (4 if branch.thumb else 8) + offset
