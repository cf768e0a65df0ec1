"""A machine under a debugger: breakpoints, watchpoints, single steps, and steps back.

A run is the same every time, so the past is a place that can be gone to: restore a snapshot of an
earlier time and execute up to the wanted one. A time is a :class:`Position`. What comes from outside
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
    from hypgen.machine.snapshot import Snapshot

SLICE = 100_000
"""Instructions between two looks at what is outside the machine."""
STALL = 1_000_000
"""Instructions of other CPUs after which a step of a CPU that does nothing is given up."""

SPACING, MOMENTS = 1_000_000, 64
"""Instructions between two snapshots at first, and how many are kept."""
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


class Moment(NamedTuple):
    """A snapshot, its time, and how much had come from outside by then."""

    position: Position
    snapshot: Snapshot
    applied: int


class Debugger:
    """Controls a machine, from the moment on at which it is given. All CPUs stop together and go on together.

    A step of a CPU is one of its instructions or one exception entry; the other CPUs get the turns that
    they get anyway, so that stepping changes nothing.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.breakpoints: set[int] = set()
        self.watchpoints: list[Watchpoint] = []
        self.idle: Idle = lambda: False
        self._outside: list[tuple[Position, Outside]] = []
        """What came from outside, in order."""
        self._applied = 0
        """How many of them have come by now; more are there after going back."""
        self.watch_hit: Watchpoint | None = None
        """The watchpoint of the last stop at one."""
        self._moments = [Moment(self.position, machine.snapshot(), 0)]
        """Snapshots in the order of their positions, the beginning first."""
        self._spacing = SPACING

    # -- time ----------------------------------------------------------------------------------------
    @property
    def position(self) -> Position:
        """The present."""
        machine = self.machine
        return Position(machine.scheduler.executed(), machine.exceptions_dropped + len(machine.exceptions))

    def do(self, action: Outside) -> None:
        """Do something to the machine, now and whenever this moment comes again; a future that was
        known becomes another."""
        action(self.machine)
        del self._outside[self._applied :]
        self._moments = [one for one in self._moments if one.position <= self.position]
        self._outside.append((self.position, action))
        self._applied += 1

    def forget_points(self) -> None:
        """Have no breakpoints and no watchpoints any more."""
        self.breakpoints.clear()
        self.watchpoints.clear()

    def reset(self) -> None:
        """Begin again, with nothing of what was done from outside."""
        self._outside.clear()
        del self._moments[1:]
        self._restore(self._moments[0])

    def _restore(self, moment: Moment) -> None:
        self.machine.restore(moment.snapshot)
        self._applied = moment.applied

    def _remember(self) -> None:
        """Keep a snapshot of the present if the last is far behind; of too many, keep every other."""
        here = self.position
        if here.instructions - self._moments[-1].position.instructions < self._spacing:
            return
        self._moments.append(Moment(here, self.machine.snapshot(), self._applied))
        if len(self._moments) > MOMENTS:
            del self._moments[1::2]
            self._spacing *= 2

    def _before(self, position: Position) -> Moment:
        """The last snapshot before a position, or the beginning."""
        return next((one for one in reversed(self._moments) if one.position < position), self._moments[0])

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
            if stop.kind != "limit":
                return stop
            if end is not None and self.position.instructions >= end:
                return stop._replace(sentence=f"executed {limit} instructions")
            self._remember()
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
        stop = self.machine.run(most, until).stop
        if stop.kind == "watch":
            self.watch_hit = self.machine.watch_hit
        return stop

    def _advance(self) -> tuple[StopReason | None, int | None]:
        """One instruction or exception entry of whichever CPU is next: the stop that ended the run, if any,
        and which CPU it was."""
        self._apply()
        machine = self.machine

        def stop(taken: ExceptionTaken) -> None:
            machine.cpus[taken.cpu].system.request_stop("exception", "")

        counts = [cpu.count for cpu in machine.cpus]
        before = self.position.exceptions
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
        if self.position.exceptions != before:
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
        here = self.position
        nearest = self._before(Position(target.instructions, target.exceptions + 1))
        if target < here or nearest.position > here:
            self._restore(nearest)
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
            start = max(self._moments[0].position, Position(now.instructions - reach, 0))
            found = self._last(start, now, cpu)
            if found is not None or start == self._moments[0].position:
                break
            reach *= 16
        self.go(found or self._moments[0].position)
        return found is not None

    def _last(self, start: Position, end: Position, cpu: int) -> Position | None:
        """The last time before ``end`` at which the next step is one of ``cpu``."""
        self.go(start)
        found = None
        while (here := self.position) < end:
            stop, actor = self._advance()
            if actor == cpu:
                found = here
            if stop is not None and self.position == here and stop.kind not in ("wfi", "loop"):
                break
        return found

    def resume_back(self) -> StopReason:
        """Go back to where a breakpoint or watchpoint was met last, or to the beginning (kind ``begin``)."""
        end = self.position
        while end > self._moments[0].position:
            start = self._before(end)
            met = self._last_met(start, end)
            if met is not None:
                position, stop, self.watch_hit = met
                self.go(position)
                return stop
            end = start.position
        self.go(self._moments[0].position)
        return StopReason("begin", "the beginning of the run", self.machine.cpus[0].r[15])

    def _last_met(
        self, start: Moment, end: Position
    ) -> tuple[Position, StopReason, Watchpoint | None] | None:
        """The last breakpoint or watchpoint that is met between two positions."""
        self._restore(start)
        self._arm()
        met = None
        while self.position < end:
            stop = self._run(max(1, end.instructions - self.position.instructions), self.breakpoints)
            if stop.kind in ("until", "watch") and self.position < end:
                met = self.position, stop, self.watch_hit
            elif stop.kind not in ("limit", "until", "watch", "wfi", "loop"):
                break
        return met
