"""Loops that wait for a word: which loads are repeated until what they read is something else.

Two things make a load a poll: the loop reads the same place each time, and what was read decides whether it
goes on. A load of data in a loop has one of them at most. Compilers test a flag once before they enter the
loop, so a load that stands before a loop which polls the same place counts, too.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from hypgen.decode.table import Insn

REACH = 24
"""Instructions that are looked at, before and behind a load."""
_ALWAYS = 14
_COMPARING = ("CMP", "CMN", "TST", "TEQ")
_RESULTS = ("Rd", "Rdn", "Rdm", "RdLo", "RdHi")
_PLACE = ("Rn", "Rm", "U", "P", "W", "imm12", "imm8", "imm5", "imm4H", "imm4L", "type")
"""Fields that say where a load reads."""

Read = Callable[[int], Insn | None]


class Loop(Enum):
    """What kind of loop a load is in."""

    NONE = "none"
    POLLING = "polling"
    WAITING = "waiting for events between its loads"


def loop_of(read: Read, pc: int) -> Loop:
    """The loop that polls the place which the load at ``pc`` reads; ``read`` gives instructions."""
    load = read(pc)
    if load is None or not _is_load(load) or _moves_on(load):
        return Loop.NONE
    value = _Value(load)
    at = pc + load.length
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return Loop.NONE
        value.passes(insn)
        if insn.heading == "B":
            target = _target(at, insn)
            if pc - 4 * REACH <= target <= pc:
                kind = _kind(read, target, at, pc, load) if value.decides else Loop.NONE
                if kind is Loop.POLLING and _waits_behind(read, at + insn.length, range(target, pc + 1)):
                    return Loop.WAITING
                return kind
            if pc < target <= at:
                return _behind(read, target, at, load)
            if insn.condition == _ALWAYS and not value.decides:
                at = target
                continue
        at += insn.length
    return Loop.NONE


class _Value:
    """What was loaded, followed through registers, condition flags, and words that it is stored in."""

    def __init__(self, load: Insn) -> None:
        self._registers = {load.fields[name] for name in ("Rt", "Rt2") if name in load.fields}
        self._words: set[tuple[object, ...]] = set()
        self._flags = False
        self.decides = False
        """Whether a branch has depended on it."""

    def passes(self, insn: Insn) -> None:
        """Go on behind an instruction."""
        fields = insn.fields
        if insn.heading == "B":
            self.decides |= self._flags and insn.condition != _ALWAYS
        elif insn.heading == "IT":  # a branch that it makes conditional is not read as such
            self.decides |= self._flags
        elif insn.heading.startswith("CB"):
            self.decides |= fields["Rn"] in self._registers
        elif insn.heading.startswith("STR"):
            kept = fields.get("Rt") in self._registers
            (self._words.add if kept else self._words.discard)(_place(insn))
        elif _is_load(insn):
            self._gives(fields.get("Rt"), _place(insn) in self._words)
        else:
            reads = {fields[name] for name in fields if name[0] == "R" and name not in ("Rd", "RdLo", "RdHi")}
            used = bool(reads & self._registers)
            if insn.heading.startswith(_COMPARING) or fields.get("S", insn.length == 2):
                self._flags = used
            for name in _RESULTS:
                self._gives(fields.get(name), used)

    def _gives(self, register: int | None, known: bool) -> None:
        if register is not None:
            (self._registers.add if known else self._registers.discard)(register)


def _kind(read: Read, first: int, last: int, pc: int, load: Insn) -> Loop:
    """What the loop from ``first`` to ``last`` does with the load at ``pc``, whose value decides."""
    waits, at = False, first
    made: set[int] = set()
    changed: set[int] = set()
    while at <= last:
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return Loop.NONE
        counted = {insn.fields[name] for name in _changed(insn) if name in insn.fields}
        changed |= counted
        if at < pc and not insn.heading.startswith("ST"):
            made |= {insn.fields[name] for name in ("Rd", "Rt") if name in insn.fields} - counted
        waits = waits or insn.heading == "WFE"
        at += insn.length
    if {load.fields[name] for name in ("Rn", "Rm") if name in load.fields} & (changed - made):
        return Loop.NONE
    return Loop.WAITING if waits else Loop.POLLING


def _waits_behind(read: Read, at: int, loop: range) -> bool:
    """Whether a loop is also gone on with from a WFE behind it, as a lock that is not free is waited for."""
    waits = False
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return False
        waits = waits or insn.heading == "WFE"
        if waits and insn.heading == "B" and _target(at, insn) in loop:
            return True
        at += insn.length
    return False


def _changed(insn: Insn) -> tuple[str, ...]:
    """The register that an instruction changes by what was in it, as a counter: none for MOVT, which
    completes a constant."""
    fields = insn.fields
    if "Rdn" in fields or (_is_load(insn) and _moves_on(insn)):
        return ("Rdn", "Rn")
    if insn.heading == "MOVT" or "Rd" not in fields:
        return ()
    return ("Rd",) if fields["Rd"] in (fields.get("Rn"), fields.get("Rm")) else ()


def _behind(read: Read, first: int, last: int, load: Insn) -> Loop:
    """What a loop behind a load does, if it polls the same place."""
    at = first
    while at < last:
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            return Loop.NONE
        if insn.heading == load.heading and _place(insn) == _place(load):
            return loop_of(read, at)
        at += insn.length
    return Loop.NONE


def _is_load(insn: Insn) -> bool:
    return insn.heading.startswith(("LDR", "LDA"))


def _moves_on(load: Insn) -> bool:
    """Whether a load changes its base register."""
    return bool(load.fields.get("W", 0)) or load.fields.get("P", 1) == 0


def _place(insn: Insn) -> tuple[object, ...]:
    return tuple(insn.fields.get(name) for name in _PLACE)


def _target(at: int, branch: Insn) -> int:
    offset = branch.fields.get("imm32", 0)
    offset -= (offset & 1 << 31) << 1
    return at + (4 if branch.thumb else 8) + offset
