"""Lock-up: an exception whose vector takes the same exception again, for ever (as a wrong HVBAR makes it).

That is known when an exception is raised at its own vector, or, where vectors raise exceptions to each
other, when one of them happens again without an instruction completed in between. It is taken for sure
when a fault is taken to its own mode, with all registers the same, again and again: its handler
runs into it, as one does whose stack is not mapped; or when the handler in another mode returns to the
very instruction that it was taken from, and nothing else comes of it. Calls and interrupts are no such
sign: a task may yield, or a CPU idle, at one place for as long as it likes.
"""

from __future__ import annotations

from hypgen.emulator.exceptions import ExceptionTaken

SAME = 1000
"""Times that a fault is taken with all registers the same until it is a lock-up."""
FAULTS = frozenset({"Undefined", "PrefetchAbort", "DataAbort", "Breakpoint"})
"""Kinds of exceptions that instructions are returned to, if at all, to be done again."""
Step = tuple[str, int, int, int, int]
"""An exception as it repeats: its kind, mode and address, from and to."""


class LockUp(Exception):  # noqa: N818  # a state of the machine, reported as a stop
    """An exception whose vector takes the same exception again, for ever."""


class LockUps:
    """What one CPU has taken since it last completed an instruction."""

    STATE = ("chain", "last", "entered", "repeated", "times")
    """What a snapshot holds."""

    __slots__ = ("chain", "entered", "last", "repeated", "times")

    def __init__(self) -> None:
        self.chain: set[Step] = set()
        """The exceptions taken since an instruction was completed; empty where that is the last one only."""
        self.last: ExceptionTaken | None = None
        """The last one that was taken."""
        self.entered = 0
        """The CPU's count after the last exception was entered."""
        self.repeated: tuple[object, ...] = ()
        """The last such fault, with the registers as they were then."""
        self.times = 0
        """How often it has been."""

    def taken(self, taken: ExceptionTaken, last: ExceptionTaken | None) -> None:
        """An exception was taken, ``last`` the one before it; raises LockUp when nothing else will follow."""
        before = self.last
        self.last = taken
        if before is None or last is not before or taken.count != self.entered:
            if self.chain:
                self.chain.clear()
            return
        if not self.chain:
            self.chain.add(_step(before))
        if taken.pc == taken.vector_pc and taken.from_mode == taken.to_mode:
            raise LockUp(f"{taken.kind} at its own vector {taken.pc:#010x}, for ever: {taken.why}")
        step = _step(taken)
        if step in self.chain:
            why = "and so for ever: the vectors only raise exceptions"
            raise LockUp(f"{taken.kind} at {taken.pc:#010x}, {why}")
        self.chain.add(step)

    def again(self, taken: ExceptionTaken, registers: tuple[int, ...]) -> None:
        """An exception was taken to its own mode, or where the last handler returned to; raises LockUp when
        it is a fault and nothing changes from time to time."""
        if taken.kind not in FAULTS:
            return
        state = (*_step(taken), registers)
        self.times = self.times + 1 if state == self.repeated else 0
        self.repeated = state
        if self.times == SAME:
            raise LockUp(
                f"{taken.kind} at {taken.pc:#010x}, and so for ever: its handler comes back to it unchanged"
            )


def _step(taken: ExceptionTaken) -> Step:
    return taken.kind, taken.from_mode, taken.pc, taken.to_mode, taken.vector_pc
