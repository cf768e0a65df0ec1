"""When a run executes an instruction: stretches of executions, and the state before each of them.

Executions that follow each other soon, as in a loop, are one stretch. Between stretches, a run in which the
instruction is another may come back to the state of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hypgen.verdict.observation import Captured

POSTS = 250, 2500
"""Instructions after a stretch at which states are compared, where it is that long to the next."""
MOST_STRETCHES = 8
"""Stretches before which the state is kept; what comes after the last of them is counted to it."""
MOST_EXECUTIONS = 5000
"""Executions that are counted."""


@dataclass
class Stretch:
    """Executions in a row. ``state`` is the one before the first, ``last`` how many instructions all CPUs had
    executed before the last; ``later`` are states after it, so far as they were asked for."""

    state: Captured
    last: int
    later: list[Captured] = field(default_factory=list)


class Visits:
    """The executions of one instruction in a run. ``known`` tells that there are no others."""

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.known = True
        self._executions = 0

    def note(self, executed: int, capture: Callable[[], Captured]) -> bool:
        """Note an execution before which CPUs have ``executed`` so many instructions; whether those that
        follow are to be noted, too."""
        self._executions += 1
        self.known = self._executions <= MOST_EXECUTIONS
        apart = not self.stretches or executed - self.stretches[-1].last >= POSTS[0]
        if apart and len(self.stretches) < MOST_STRETCHES:
            self.stretches.append(Stretch(capture(), executed))
        else:
            self.stretches[-1].last = executed
        return self.known

    def posts(self, end: int) -> Iterator[tuple[Stretch, Sequence[int]]]:
        """Each stretch of a run that has ``end`` instructions, with the numbers of them after which states
        are compared between it and the next."""
        ends = [*(one.state.machine.instructions for one in self.stretches[1:]), end]
        for stretch, there in zip(self.stretches, ends, strict=True):
            yield stretch, [at for distance in POSTS if (at := stretch.last + distance) < there]
