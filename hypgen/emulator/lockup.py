"""Lock-up: an exception whose vector takes the same exception again, for ever (as a wrong HVBAR makes it).

That is known when an exception is raised at its own vector, or, where vectors raise exceptions to each
other, when one of them happens again without an instruction completed in between.
"""

from __future__ import annotations

from hypgen.emulator.exceptions import ExceptionTaken

Step = tuple[str, int, int, int, int]
"""An exception as it repeats: its kind, mode and address, from and to."""


class LockUp(Exception):  # noqa: N818  # a state of the machine, reported as a stop
    """An exception whose vector takes the same exception again, for ever."""


class LockUps:
    """What one CPU has taken since it last completed an instruction."""

    STATE = ("chain", "last", "entered")
    """What a snapshot holds."""

    __slots__ = ("chain", "entered", "last")

    def __init__(self) -> None:
        self.chain: set[Step] = set()
        """The exceptions taken since an instruction was completed; empty where that is the last one only."""
        self.last: ExceptionTaken | None = None
        """The last one that was taken."""
        self.entered = 0
        """The CPU's count after the last exception was entered."""

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


def _step(taken: ExceptionTaken) -> Step:
    return taken.kind, taken.from_mode, taken.pc, taken.to_mode, taken.vector_pc
