"""Sharing time between the CPUs of a machine: which one executes, for how long, and what wakes one.

One CPU executes at a time, in turns whose length and order come from a seed, so a run is the same
every time however it is cut into pieces. Without a seed turns are long, go round, and end where a CPU
waits, yields or has another go on, as those of emulators do that execute one CPU at a time. A CPU that
waits (WFI, WFE, a branch to itself) gets no turns until something happens to it; when all wait, time
jumps to the next alarm of the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from hypgen.emulator.blocks import Runner
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.system import Stop
from hypgen.emulator.timers import Clock

TURNS = range(32, 512)
"""Instructions that a CPU executes in one turn while others want to, too."""
LONG_TURN = 20_000
"""Instructions of a turn without a seed."""
SPURIOUS_EVENTS, FRUITLESS = 256, 64
"""Spurious events after which a WFE is a place to rest, each fewer instructions after the one before."""
TIDY_UP = 1 << 20
"""Instructions that are executed without a look at what has grown meanwhile."""
POLL_TURN = 4096
"""Instructions between two looks at the release words of CPUs that are held."""

Release = Callable[[], int | None]
"""Gives the entry address once a held CPU is released."""
Begin = Callable[[Cpu, int, int], None]
"""Puts a CPU into the state in which it begins, at an entry address with a context."""


class Power(Enum):
    """Whether a CPU executes."""

    OFF = "off"
    HELD = "held"
    ON = "on"


class Scheduler:
    """The turns of a machine's CPUs, and their power.

    ``begin`` resets a CPU that is started; ``switched`` is told which CPU executes next.
    """

    STATE = ("_power", "_random", "_spurious", "_turn_end", "_current")
    """What a snapshot holds."""

    def __init__(
        self,
        runners: Sequence[Runner],
        clock: Clock,
        seed: int | None,
        begin: Begin,
        switched: Callable[[Cpu], None],
    ) -> None:
        self._runners = runners
        self._clock = clock
        self._begin = begin
        self._switched = switched
        self._seeded = seed is not None
        self.turns = TURNS
        """Lengths of turns that are drawn."""
        self._random = self._seed = (seed or 0) & _MASK64
        self._power = [Power.ON, *[Power.OFF] * (len(runners) - 1)]
        self._releases: dict[int, Release] = {}
        self._current = 0
        self._spurious = 0, 0
        """How many spurious events have come one soon after the other, and when the last did."""
        self._turn_end: int | None = None
        """Instructions of all CPUs at which the current turn ends; None for no end."""
        self._running: Runner | None = None
        self.between_turns: Callable[[], None] = lambda: None
        """Called after each stretch of at most :data:`TIDY_UP` instructions that a CPU executed."""
        clock.executed = self.executed
        clock.sooner = self._interrupt_turn
        for runner in runners:
            runner.system.woken = self._wanted
            runner.system.yielded = self._yielded

    @property
    def current(self) -> Cpu:
        """The CPU whose turn it is."""
        return self._runners[self._current].cpu

    @property
    def decided(self) -> bool:
        """Whether the seed has decided anything: a number was drawn from it. Until then every seed gives the
        same run, as nothing else depends on it."""
        return self._random != self._seed

    def reseed(self, seed: int) -> None:
        """Decide by another seed from now on, which is the beginning of a run."""
        self._random = self._seed = seed & _MASK64

    # -- power ---------------------------------------------------------------------------------------
    def power(self, index: int) -> Power:
        """Whether a CPU is on, held or off."""
        return self._power[index]

    def is_on(self, index: int) -> bool:
        """Whether a CPU executes."""
        return self._power[index] is Power.ON

    @property
    def alone(self) -> bool:
        """Whether at most one CPU executes."""
        return self._power.count(Power.ON) < 2

    def start(self, index: int, entry: int, context: int = 0) -> None:
        """Switch a CPU on, at ``entry`` (bit 0 selects Thumb) with ``context`` in r0."""
        cpu = self._runners[index].cpu
        self._begin(cpu, entry, context)
        cpu.waiting = ""
        self._power[index] = Power.ON
        self._wanted()

    def admit(self, index: int) -> None:
        """Have a CPU execute from the start, in the state that it has."""
        if self._power[index] is not Power.ON:
            self._power[index] = Power.ON
            self._turn_end = self.executed() + (0 if self._seeded else LONG_TURN)

    def stop(self, index: int) -> None:
        """Switch a CPU off; the current one executes no further instruction."""
        self._power[index] = Power.OFF
        self._runners[index].system.clear_exclusive()
        if self._running is self._runners[index]:
            self._interrupt_turn()

    def hold(self, index: int, release: Release) -> None:
        """Have a CPU wait as in a holding pen, until ``release`` gives an entry address."""
        self._power[index] = Power.HELD
        self._releases[index] = release

    def _poll(self) -> bool:
        """Start the held CPUs that were released; whether any are still held."""
        held = False
        for index, release in self._releases.items():
            if self._power[index] is Power.HELD:
                entry = release()
                if entry is None:
                    held = True
                else:
                    self.start(index, entry)
        return held

    # -- time ----------------------------------------------------------------------------------------
    def executed(self) -> int:
        """Instructions that all CPUs have executed, exact also while one is being executed."""
        running = self._running
        total = sum(runner.cpu.count for runner in self._runners)
        return total if running is None else total - running.cpu.count + running.executed()

    def _interrupt_turn(self) -> None:
        """Look again at what comes next, after the current instruction."""
        if self._running is not None:
            self._running.system.request_stop("yield", "")

    def _wanted(self) -> None:
        """Another CPU wants a turn from now on: this one's ends, as in QEMU, which has a CPU that was started
        or interrupted go on before the one that did it."""
        self._turn_end = self.executed()
        self._interrupt_turn()

    def _yielded(self) -> None:
        """The CPU has nothing better to do than to let others go on (YIELD)."""
        if not self._seeded and self._turn_end is not None:
            self._turn_end = self.executed()
            self._interrupt_turn()

    # -- running -------------------------------------------------------------------------------------
    def run(self, limit: int) -> tuple[Stop, Runner]:
        """Execute until something ends the run, ``limit`` instructions of all CPUs at most."""
        runners, clock = self._runners, self._clock
        end = self.executed() + limit
        idle = 0
        if not self._ready():
            for runner in runners:  # whoever goes on although all wait, ends the waits
                runner.cpu.waiting = ""
        while True:
            total = self.executed()
            due = clock.due()
            if due is not None and due <= total:
                clock.ring()
                due = clock.due()
            if total + idle >= end:
                return Stop("limit", f"executed {limit} instructions"), runners[self._current]
            held = bool(self._releases) and self._poll()
            ready = self._ready()
            if not ready:
                idle += 1
                if clock.skip() or self._spurious_events(total):
                    continue
                return self._all_wait(), runners[self._current]
            self._choose(ready, total, held)
            clock.alone = len(ready) == 1 and not held
            bounds = [bound for bound in (end, due, self._turn_end) if bound is not None]
            runner = runners[self._current]
            self._running = runner
            try:
                stop = runner.run(runner.cpu.count + max(1, min(*bounds, total + TIDY_UP) - total))
            finally:
                self._running = None
            self.between_turns()
            if stop.kind not in _GOES_ON:
                return stop, runner

    def _ready(self) -> list[int]:
        """The CPUs that can execute: they do not wait, or something happened to them."""
        return [
            index
            for index, (power, runner) in enumerate(zip(self._power, self._runners, strict=True))
            if power is Power.ON and (not runner.cpu.waiting or runner.system.attention)
        ]

    def _choose(self, ready: Sequence[int], total: int, held: bool) -> None:
        """Keep the current turn, or begin another."""
        endless = self._turn_end is None and not held  # somebody must look at what releases the held
        if self._current in ready and (endless or total < (self._turn_end or 0)):
            return
        previous = self._current
        if len(ready) == 1:
            self._current = ready[0]
            self._turn_end = total + POLL_TURN if held else None
        elif self._seeded:
            self._current = ready[self._draw(len(ready))]
            self._turn_end = total + self.turns.start + self._draw(len(self.turns))
        else:
            self._current = next((index for index in ready if index > previous), ready[0])
            self._turn_end = total + LONG_TURN
        if self._current != previous:
            self._runners[previous].system.leave()
            self._runners[self._current].system.executing = True
            self._switched(self._runners[self._current].cpu)

    def _draw(self, below: int) -> int:
        """The next number of the seeded sequence, in 0..below-1 (a 64-bit linear congruential generator)."""
        self._random = (self._random * 6364136223846793005 + 1442695040888963407) & _MASK64
        return (self._random >> 33) % below

    def _spurious_events(self, total: int) -> bool:
        """Have CPUs go on that wait in WFE; False when there is none, or when that has led to nothing.

        WFE may complete at any time (B1.8.13), and in QEMU it waits for nothing; so without strict rules, of
        which one is that events come from somewhere, it is no place to rest until it was reached many times.
        """
        waiting = [
            runner.system
            for runner, power in zip(self._runners, self._power, strict=True)
            if power is Power.ON and runner.cpu.waiting == "wfe" and runner.system.observer is None
        ]
        done = self._spurious[0] if total - self._spurious[1] < FRUITLESS * len(waiting) else 0
        if not waiting or done == SPURIOUS_EVENTS:
            return False
        self._spurious = done + 1, total
        for system in waiting:
            system.send_event()
        return True

    def _all_wait(self) -> Stop:
        """Nothing will happen any more: why, as the CPU that is first has it."""
        on = [index for index, power in enumerate(self._power) if power is Power.ON]
        if not on:
            return Stop("power-off", "every CPU was switched off")
        waits = {index: self._runners[index].waits() for index in on}
        self._current = on[0]
        if len(on) == 1:
            return waits[on[0]]
        each = "; ".join(f"CPU {index}: {stop.sentence}" for index, stop in waits.items())
        kinds = {stop.kind for stop in waits.values()}
        return Stop("loop" if kinds == {"loop"} else "wfi", f"every CPU waits: {each}")


_MASK64 = (1 << 64) - 1
_GOES_ON = frozenset({"limit", "yield", "wfi", "loop"})
"""Stops of one CPU that do not end the run."""
