"""A machine under a debugger: breakpoints, watchpoints, single steps, and steps back.

A run is the same every time, so the past is a place that can be gone to: take the machine as it was
at an earlier time and execute up to the wanted one. A time is a :class:`Position`. What comes from outside
(console input, a register that somebody changed) is kept with its position and comes again there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.watch import Watchpoint
from hypgen.machine.results import StopReason

if TYPE_CHECKING:
    from hypgen.emulator.exceptions import ExceptionTaken
    from hypgen.machine.machine import Machine

SLICE = 100_000
"""Instructions between two looks at what is outside the machine."""
STALL = 1_000_000
"""Instructions of other CPUs after which a step of a CPU that does nothing is given up."""

NEAR = 64
"""Instructions that a step back looks over first."""

Outside = Callable[["Machine"], None]
"""Something that was done to the machine from outside."""
Interrupted = Callable[[], bool]
"""Asked between slices: whether somebody wants the run to stop."""

Idle = Callable[[], bool | None]
"""Asked while every CPU waits: whether something came from outside that may end it; None if it still may."""


class Position(NamedTuple):
    """A time in a run: instructions executed by all CPUs, and exceptions taken."""

    instructions: int
    exceptions: int


class Debugger:
    """Controls the machine that ``make`` makes. All CPUs stop together and go on together.

    A step of a CPU is one of its instructions or one exception entry; the other CPUs get the turns that
    they get anyway, so that stepping changes nothing.
    """

    def __init__(self, make: Callable[[], Machine]) -> None:
        self._make = make
        self.machine = make()
        self.breakpoints: set[int] = set()
        self.watchpoints: list[Watchpoint] = []
        self.idle: Idle = lambda: False
        self._outside: list[tuple[Position, Outside]] = []
        """What came from outside, in order."""
        self._applied = 0
        """How many of them have come by now; more are there after going back."""

    # -- time ----------------------------------------------------------------------------------------
    @property
    def position(self) -> Position:
        """The present."""
        return Position(self.machine.scheduler.executed(), len(self.machine.exceptions))

    def do(self, action: Outside) -> None:
        """Do something to the machine, now and whenever this moment comes again; a future that was
        known becomes another."""
        action(self.machine)
        del self._outside[self._applied :]
        self._outside.append((self.position, action))
        self._applied += 1

    def reset(self) -> None:
        """Begin again, with nothing of what was done from outside."""
        self._outside.clear()
        self._begin()

    def _begin(self) -> None:
        self.machine = self._make()
        self._applied = 0

    # -- forward -------------------------------------------------------------------------------------
    def resume(self, limit: int | None = None, interrupted: Interrupted = lambda: False) -> StopReason:
        """Run to a breakpoint, a watchpoint, or whatever ends the run; ``interrupt`` when asked to stop."""
        self._arm()
        end = None if limit is None else self.position.instructions + limit
        while True:
            left = SLICE if end is None else min(SLICE, end - self.position.instructions)
            stop = self._run(left, self.breakpoints)
            if stop.kind == "wfi":
                while (news := self.idle()) is None:
                    if interrupted():
                        return StopReason("interrupt", "interrupted", stop.pc, stop.cpu)
                if news:
                    continue
            if stop.kind != "limit" or (end is not None and self.position.instructions >= end):
                return stop
            if interrupted():
                return StopReason("interrupt", "interrupted", stop.pc, stop.cpu)

    def step(self, cpu: int) -> StopReason:
        """Have a CPU execute one instruction, or enter one exception; kind ``step`` unless something ended
        the run. While it waits, is off or has no turn, the others execute."""
        self._arm()
        for _ in range(STALL):
            stop, actor = self._advance()
            if stop is not None:
                return stop
            if actor == cpu:
                break
        return StopReason("step", "stepped", self.machine.cpus[cpu].r[15], cpu)

    def _arm(self) -> None:
        self.machine.watchpoints = tuple(self.watchpoints)

    def _disarm(self) -> None:
        self.machine.watchpoints = ()

    def _run(self, most: int, until: Iterable[int] = ()) -> StopReason:
        """Execute at most ``most`` instructions, with what comes from outside at its time."""
        upcoming = self._apply()
        if upcoming is not None:
            gap = upcoming.instructions - self.position.instructions
            if not gap:  # an exception away
                stop, _ = self._advance()
                return stop or StopReason("limit", "", 0)
            most = min(most, gap)
        return self.machine.run(most, until).stop

    def _advance(self) -> tuple[StopReason | None, int | None]:
        """One instruction or exception entry of whichever CPU is next: the stop that ended the run, if any,
        and which CPU it was."""
        self._apply()
        machine = self.machine

        def stop(taken: ExceptionTaken) -> None:
            machine.cpus[taken.cpu].system.request_stop("exception", "")

        counts = [cpu.count for cpu in machine.cpus]
        taken = len(machine.exceptions)
        machine.on_exception.append(stop)
        try:
            reason = machine.run(limit=1).stop
        finally:
            machine.on_exception.remove(stop)
            for cpu in machine.cpus:
                wish = cpu.system.stop
                if wish is not None and wish.kind == "exception":  # the limit was first
                    cpu.system.stop = None
        actor = None
        if len(machine.exceptions) != taken:
            actor = machine.exceptions[-1].cpu
        else:
            actor = next((cpu.index for cpu in machine.cpus if cpu.count != counts[cpu.index]), None)
        return (None if reason.kind in ("limit", "exception") else reason), actor

    def _apply(self) -> Position | None:
        """Do what comes from outside now; when the next such thing comes."""
        while self._applied < len(self._outside):
            position, action = self._outside[self._applied]
            if position > self.position:
                return position
            action(self.machine)
            self._applied += 1
        return None

    # -- back ----------------------------------------------------------------------------------------
    def go(self, target: Position) -> None:
        """Go to an earlier time, or to a later one that was reached before."""
        if target < self.position:
            self._begin()
        self._disarm()
        while (here := self.position) < target:
            gap = target.instructions - here.instructions
            if gap:
                self._run(gap)
            else:
                self._advance()
            if self.position == here and self._run(1).kind not in ("limit", "wfi", "loop"):
                break

    def step_back(self, cpu: int) -> bool:
        """Undo the last step of a CPU; False, at the beginning, if it has done nothing before."""
        now = self.position
        reach = NEAR
        while True:
            start = Position(max(0, now.instructions - reach), 0)
            found = self._last(start, now, lambda _stop, actor: actor == cpu)
            if found is not None or not start.instructions:
                break
            reach *= 16
        self.go(found or Position(0, 0))
        return found is not None

    def _last(
        self, start: Position, end: Position, wanted: Callable[[StopReason | None, int | None], bool]
    ) -> Position | None:
        """The last time before ``end`` at which the next step is ``wanted``."""
        self.go(start)
        found = None
        while (here := self.position) < end:
            stop, actor = self._advance()
            if wanted(stop, actor):
                found = here
            if stop is not None and self.position == here and stop.kind not in ("wfi", "loop"):
                break
        return found

    def resume_back(self) -> StopReason:
        """Go back to where a breakpoint or watchpoint was met last, or to the beginning (kind ``begin``)."""
        now = self.position
        found: tuple[Position, StopReason] | None = None
        self.go(Position(0, 0))
        self._arm()
        while True:
            stop = self._run(max(1, now.instructions - self.position.instructions), self.breakpoints)
            if self.position >= now:
                break
            if stop.kind in ("until", "watch"):
                found = self.position, stop
            elif stop.kind not in ("limit", "wfi", "loop"):
                break
        if found is None:
            self.go(Position(0, 0))
            return StopReason("begin", "the beginning of the run", self.machine.cpus[0].r[15])
        self.go(found[0])
        return found[1]
