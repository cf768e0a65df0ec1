"""The Generic Timer: a machine's system counter, and the timers of each CPU (DDI 0406C B8.1).

Time is virtual. It passes with executed instructions, :data:`INSTRUCTIONS_PER_SECOND` of them all
CPUs together, so that a run is the same every time; while every CPU waits it jumps to the next
alarm. No timer is polled: one that is enabled and not yet due is one alarm of the clock. Where a guest
polls the counter to let time pass, it passes faster (:meth:`Clock.polled`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from typing import NamedTuple

from hypgen.arch import registers as cp15
from hypgen.bits import sign_extend

INSTRUCTIONS_PER_SECOND = 100_000_000
"""How fast instructions pass, in virtual time: 10 ns each."""
DEFAULT_FREQUENCY = 24_000_000
"""Frequency of the counter, in Hz, on a board whose CNTFRQ is not known."""

ENABLE = cp15.CNTP_CTL.bit("ENABLE")
IMASK = cp15.CNTP_CTL.bit("IMASK")
ISTATUS = cp15.CNTP_CTL.bit("ISTATUS")
MASK32 = 0xFFFF_FFFF
MASK64 = (1 << 64) - 1

POLLING = 128
"""Instructions between two reads of the counter, at most, in a loop that waits."""
HASTE = 16
"""Which part of the time that such a loop has waited passes at once at each read."""

Line = Callable[[bool], None]
"""Takes the new level of a timer's interrupt."""


class Clock:
    """The system counter of a machine, and the alarms that wait for a value of it.

    ``executed`` gives the instructions that all CPUs together have executed; the run loop provides
    it. ``sooner`` is called when an alarm becomes the earliest, so that the run loop can shorten
    what it is about to execute.
    """

    STATE = ("_alarms", "_polled", "_since", "skipped")
    """What a snapshot holds."""

    __slots__ = ("_alarms", "_polled", "_since", "alone", "executed", "frequency", "skipped", "sooner")

    def __init__(self, frequency: int | None = None) -> None:
        self.frequency = frequency or DEFAULT_FREQUENCY
        self.executed: Callable[[], int] = lambda: 0
        self.sooner: Callable[[], None] = lambda: None
        self.skipped = 0
        """Time that passed while every CPU waited, in instructions; with ``executed`` all of time."""
        self.alone = False
        """Whether no other CPU than the one that executes has anything to do."""
        self._polled = self._since = 0
        """Time of the last read of the counter, and of the first of a loop of them."""
        self._alarms: dict[object, tuple[int, Callable[[], None]]] = {}

    def executed_by_all(self) -> int:
        """Instructions that all CPUs together have executed."""
        return self.executed()

    def count(self) -> int:
        """The system counter now."""
        return (self.executed() + self.skipped) * self.frequency // INSTRUCTIONS_PER_SECOND

    def polled(self) -> int:
        """The system counter, as a guest reads it that perhaps waits for it.

        A loop that waits by reading the counter would take as many instructions as time is to pass. As
        nothing else happens meanwhile, each read lets a part of the time that the loop has waited pass at
        once: it waits longer than it meant to by that part at most. An alarm is never passed.
        """
        now = self.executed() + self.skipped
        if now - self._polled > POLLING:
            self._since = now
        elif self.alone:
            step = (now - self._since) // HASTE
            due = self._earliest()
            if due is not None:
                step = min(step, self._time_of(due) - now)
                if step > 0:
                    self.sooner()
            if step > 0:
                self.skipped += step
                now += step
        self._polled = now
        return now * self.frequency // INSTRUCTIONS_PER_SECOND

    def set_alarm(self, key: object, at: int, ring: Callable[[], None]) -> None:
        """Call ``ring`` when the counter reaches ``at``; replaces the alarm that ``key`` had."""
        before = self._earliest()
        self._alarms[key] = (at, ring)
        if before is None or at < before:
            self.sooner()

    def clear_alarm(self, key: object) -> None:
        """Forget the alarm of ``key``, if it has one."""
        self._alarms.pop(key, None)

    def due(self) -> int | None:
        """Number of executed instructions at which the next alarm is due; None without alarms."""
        earliest = self._earliest()
        return None if earliest is None else self._time_of(earliest) - self.skipped

    def ring(self) -> None:
        """Ring every alarm whose time has come, the earliest first."""
        now = self.count()
        due = sorted(
            ((at, index, key) for index, (key, (at, _)) in enumerate(self._alarms.items()) if at <= now),
        )
        for _, _, key in due:
            alarm = self._alarms.pop(key, None)
            if alarm is not None:  # an earlier one may have cleared it
                alarm[1]()

    def skip(self) -> bool:
        """Let time pass until the next alarm and ring it; False when there is none."""
        earliest = self._earliest()
        if earliest is None:
            return False
        self.skipped = max(self.skipped, self._time_of(earliest) - self.executed())
        self.ring()
        return True

    def _earliest(self) -> int | None:
        return min((at for at, _ in self._alarms.values()), default=None)

    def _time_of(self, count: int) -> int:
        """The first time, in instructions, at which the counter has reached ``count``."""
        return -(-count * INSTRUCTIONS_PER_SECOND // self.frequency)


class _Timer(NamedTuple):
    """One timer: the stored names of its registers, and its interrupt's name in board files."""

    control: str
    compare: str
    line: str
    is_virtual: bool = False


_TIMERS = (
    _Timer("CNTP_CTL_S", "CNTP_CVAL_S", "secure_physical"),
    _Timer("CNTP_CTL_NS", "CNTP_CVAL_NS", "physical"),
    _Timer("CNTV_CTL", "CNTV_CVAL", "virtual", is_virtual=True),
    _Timer("CNTHP_CTL", "CNTHP_CVAL", "hyp"),
)
LINES = tuple(timer.line for timer in _TIMERS)
"""Names of the four interrupts of a CPU's timers, as board files have them."""

_BY_REGISTER = {
    **{timer.control: timer for timer in _TIMERS},
    **{timer.compare: timer for timer in _TIMERS},
    **{timer.compare.replace("CVAL", "TVAL"): timer for timer in _TIMERS},
}
COUNTERS = ("CNTPCT", "CNTVCT")
REGISTERS = frozenset((*_BY_REGISTER, *COUNTERS, "CNTVOFF"))
"""Stored names of the registers that :meth:`Timers.read` and :meth:`Timers.write` serve."""


class Timers:
    """The timers of one CPU over its register ``values``, whose CTL and CVAL are the state.

    ``lines`` takes the level of each interrupt, by the names of :data:`LINES`; ``key`` tells this
    CPU's alarms from those of others.
    """

    STATE = ("_falling", "_levels")
    """What a snapshot holds, besides the registers."""

    __slots__ = ("_clock", "_falling", "_key", "_levels", "_lines", "_rings", "_values", "late")

    def __init__(
        self, values: MutableMapping[str, int], clock: Clock, lines: Mapping[str, Line], key: object = 0
    ) -> None:
        self._values = values
        self._clock = clock
        self._lines = lines
        self._key = key
        self._levels = dict.fromkeys(LINES, False)
        self._rings = {timer: partial(self._arm, timer) for timer in _TIMERS}
        """What each timer's alarm calls, made once: states with the same alarms are equal."""
        self._falling: set[str] = set()
        self.late: Callable[[], bool] = lambda: False
        """Whether a line that a register write lowers stays high until :meth:`synchronised`, as it may."""

    def synchronised(self) -> None:
        """A context synchronisation event: lines are as the registers say."""
        for line in sorted(self._falling):
            self._levels[line] = False
            self._lines[line](False)
        self._falling.clear()

    def read(self, stored: str) -> int:
        """The value that an MRC or MRRC of a register of :data:`REGISTERS` reads."""
        if stored == "CNTPCT":
            return self._clock.polled()
        if stored == "CNTVCT":
            return self._clock.polled() - self._values["CNTVOFF"] & MASK64
        timer = _BY_REGISTER.get(stored)
        if timer is None or stored == timer.compare:
            return self._values[stored]
        if stored == timer.control:
            held = self._values[stored] & (ENABLE | IMASK)
            return held | (ISTATUS if self._condition(timer) else 0)
        return self._values[timer.compare] - self._count(timer) & MASK32  # TimerValue (B8.1.6)

    def write(self, stored: str, value: int) -> None:
        """An MCR or MCRR of ``value`` to a register of :data:`REGISTERS` that can be written."""
        timer = _BY_REGISTER.get(stored)
        if timer is None or stored == timer.compare:
            self._values[stored] = value
        elif stored == timer.control:
            self._values[stored] = value & (ENABLE | IMASK)
        else:
            self._values[timer.compare] = self._count(timer) + sign_extend(value, 32) & MASK64
        if timer is not None:
            self._arm(timer)
        elif stored == "CNTVOFF":
            self.refresh()

    def refresh(self) -> None:
        """Registers were set from outside, or CNTVOFF was written: nothing armed before holds."""
        for timer in _TIMERS:
            self._arm(timer)

    def _count(self, timer: _Timer) -> int:
        """The counter that the timer compares with."""
        count = self._clock.count()
        return count - self._values["CNTVOFF"] & MASK64 if timer.is_virtual else count

    def _condition(self, timer: _Timer) -> bool:
        """Whether the timer is enabled and its condition met (B8.1.5); ISTATUS is 0 while disabled."""
        if not self._values[timer.control] & ENABLE:
            return False
        return self._count(timer) >= self._values[timer.compare]

    def _arm(self, timer: _Timer) -> None:
        """Drive the timer's line as it is now, and set an alarm for when that may change."""
        control = self._values[timer.control]
        met = self._condition(timer)
        key = (self._key, timer.line)
        if control & ENABLE and not met:
            left = self._values[timer.compare] - self._count(timer)
            self._clock.set_alarm(key, self._clock.count() + left, self._rings[timer])
        else:
            self._clock.clear_alarm(key)
        level = met and not control & IMASK
        if level:
            self._falling.discard(timer.line)
        elif self._levels[timer.line] and self.late():
            self._falling.add(timer.line)
            return
        if level != self._levels[timer.line]:
            self._levels[timer.line] = level
            self._lines[timer.line](level)
