"""Playing every legal outcome: drives one machine down all the paths that its loose points open.

The first path is the usual one, what program order gives at each choice. Each alternative of each choice
starts another path, from the snapshot before it. A path ends where the machine stops, where it has come to a
state that another path has been in (they are merged: what follows is the same), or at a bound.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from hypgen.emulator.state import State, capture, reinstate
from hypgen.emulator.strict.choices import Alternative, Choice
from hypgen.emulator.strict.essence import canonical, essence
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.strict.playing import install
from hypgen.machine.machine import DEFAULT_LIMIT, Until
from hypgen.machine.results import RunResult, StopReason
from hypgen.machine.snapshot import Snapshot, Snapshots, device_parts

if TYPE_CHECKING:
    from hypgen.emulator.memory import Device, Dram
    from hypgen.machine.machine import Machine

SLICE = 4096
"""Instructions between two snapshots while nothing was loose yet."""
SLACK = 20_000
"""Instructions that a path may take beyond twice those of the first; then it is said not to end."""
MEETING = 32
"""Context synchronisation events after a choice at which paths are looked at that may have met again."""
_PAUSES = frozenset({"choice", "synchronised"})
"""Kinds of stop that are the explorer's own."""
_NO_STATE = frozenset(
    {
        *(("Machine", "exceptions"), ("Cpu", "count"), ("Scheduler", "_turn_end"), ("Scheduler", "_random")),
        *(("Clock", "skipped"), ("Clock", "_alarms"), ("Runner", "_stopped_at")),
        *(("System", name) for name in ("attention", "last_exception", "returned_to", "stop")),
        *(("LockUps", name) for name in ("chain", "last", "entered", "repeated", "times")),
    }
)
"""Attributes that hold time, or what is kept for whoever looks: no state that decides what happens."""

Log = tuple[object, Sequence[str]]
"""Something outside the machine that notes what happens, and the attributes in which it does."""


@dataclass(frozen=True)
class Bound:
    """How much is explored at most: ``outcomes`` are paths, ``instructions`` those of all but the first,
    and ``repeats`` the choices with one ground at which other outcomes are played: a stale TLB entry may be
    hit for ever after."""

    outcomes: int = 256
    instructions: int = 4_000_000
    repeats: int = 8


@dataclass(frozen=True)
class Played:
    """A choice on a path where another than the usual outcome was played."""

    choice: Choice
    alternative: Alternative


@dataclass
class Path:
    """One sequence of outcomes. ``played`` are those that are not usual, in order; ``parent`` is the path
    that has all of them but the last. ``end`` is what the path came to, ``merged`` the path whose state it
    reached."""

    played: tuple[Played, ...]
    parent: Path | None
    end: Any = None
    stop: StopReason | None = None
    merged: Path | None = None
    instructions: int = 0

    @property
    def grounds(self) -> set[Hashable]:
        """What the findings that name its last choice are reported once for."""
        return {ground.once for ground in self.played[-1].alternative.grounds} if self.played else set()


@dataclass
class Explored:
    """All that was explored: ``paths`` with the usual one first. ``points`` are the loose points that were
    met, as kind and instruction, ``choices`` those of them whose outcomes differ at once; ``reached`` names
    the bounds that were reached; ``findings`` are those of the usual path by their ground, ``others`` those
    of other paths alone, ``left`` the grounds of outcomes that were not played and may come to something
    new."""

    paths: list[Path]
    points: set[tuple[int, int]]
    choices: set[tuple[int, int]]
    reached: list[str]
    instructions: int
    findings: dict[Hashable, Finding]
    others: dict[Hashable, Finding]
    left: set[Hashable]


@dataclass
class _Start:
    """Where a path begins: a snapshot, what was noted by then, and the choices from there on."""

    snapshot: Snapshot
    logs: tuple[State, ...]
    choices: list[int]
    path: Path


class _Circle:
    """Tells a path that has come back to a state of its own, by Brent's algorithm: what it does from then on
    it has done before, for ever."""

    def __init__(self) -> None:
        self._looks = 0
        self._next = 8
        """The look, of those that :meth:`closed` takes, whose state is the one to come back to."""
        self._key: Hashable = None
        self._essence: Callable[[], Hashable] = lambda: None

    def closed(self, key: Callable[[], Hashable], essence: Callable[[], Hashable]) -> bool:
        """Whether a state is one that the path was in, which ``key`` and, what takes longer to tell,
        ``essence`` give; now and then asked, and not on short paths."""
        self._looks += 1
        if self._looks < self._next and self._key is None:
            return False
        now = key()
        if self._key == now and self._essence() == essence():
            return True
        if self._looks >= self._next:
            self._key, self._essence, self._next = now, cache(essence), 2 * self._next
        return False


@dataclass
class _Known:
    """A state that a path was in."""

    path: Path
    observers: tuple[Any, ...]
    logs: Hashable
    essence: Hashable = None


class Explorer:
    """Explores a strict machine that has its image and has not run. ``logs`` are noted back with the machine;
    ``history`` tells what was seen on a path so far, where paths that differ in it must not be merged;
    ``passing`` is asked at a stop whether the run goes on, and does there what somebody outside does."""

    def __init__(
        self,
        machine: Machine,
        bound: Bound,
        *,
        limit: int = DEFAULT_LIMIT,
        until: Until | None = None,
        passing: Callable[[StopReason], bool] = lambda stop: False,
        logs: Iterable[Log] = (),
        history: Callable[[], Hashable] = lambda: None,
        progress: Callable[[int, int], None] = lambda done, queued: None,
    ) -> None:
        self._machine = machine
        self._bound = bound
        self._limit = limit
        self._until = until
        self._passing = passing
        self._logs = tuple(logs)
        self._history = history
        self._progress = progress
        self._rules = install(machine.cpus, self)
        self._snapshots = Snapshots(machine)
        self._points: set[tuple[int, int]] = set()
        self._choices: set[tuple[int, int]] = set()
        self._queue: deque[_Start] = deque()
        self._tried: set[tuple[int, str]] = set()
        self._played: Counter[Hashable] = Counter()
        self._passed_over: set[Hashable] = set()
        self._if_reported: list[_Start] = []
        """Paths that count only if a finding names them."""
        self._passed_over_if: set[Hashable] = set()
        self._decided: set[Hashable] = set()
        self._since_choice = MEETING
        self._later: deque[_Start] = deque()
        self._states: dict[Hashable, list[_Known]] = {}
        self._resets: dict[tuple[int, str], int] = {}
        self._first: dict[tuple[Dram, int], bytes] = {}
        self._forced: deque[int] = deque()
        self._base: _Start

    # -- the chooser -----------------------------------------------------------------------------------
    def choose(self, choice: Choice) -> int:
        """The outcome that the path prescribes, or the usual one; the others are kept for later."""
        made = self._base.choices
        self._choices.add((choice.cpu, choice.pc))
        if self._forced:
            index = self._forced.popleft()
            made.append(index)
            self._pause("choice")
            return index
        path = self._base.path
        counted: set[Hashable] = set()
        for index in range(1, choice.outcomes):
            other = choice.outcome(index)
            assert other is not None
            grounds = {ground.once for ground in other.grounds}
            if grounds <= self._decided:
                continue
            if all(self._played[once] >= self._bound.repeats for once in grounds):
                (self._passed_over_if if other.if_reported else self._passed_over).update(grounds)
                continue
            counted |= grounds
            self._since_choice = 0
            self._pause("choice")
            start = _Start(
                self._base.snapshot,
                self._base.logs,
                [*made, index],
                Path((*path.played, Played(choice, other)), path),
            )
            if other.if_reported:
                self._if_reported.append(start)
                continue
            site = (choice.pc, other.grounds[0].rule)
            (self._later if site in self._tried else self._queue).append(start)
            self._tried.add(site)
        self._played.update(counted)
        made.append(0)
        return 0

    def looked(self, cpu: int, pc: int) -> None:
        """A loose point was looked at."""
        self._points.add((cpu, pc))

    def synchronised(self) -> None:
        """A context synchronisation event: paths that part may meet here."""
        if self._since_choice < MEETING and not self._forced:
            self._since_choice += 1
            self._pause("synchronised")

    def keep(self, device: Device) -> Callable[[], None]:
        """What puts a device back into the state that it is in now."""
        kept = [(part, names, capture(part, names)) for part, names in device_parts(device, set())]

        def put_back() -> None:
            for part, names, state in kept:
                reinstate(part, names, state)

        return put_back

    def _pause(self, kind: str) -> None:
        self._rules[self._machine.scheduler.current.index].ask_to_stop(kind)

    # -- exploring -------------------------------------------------------------------------------------
    def explore(
        self, end: Callable[[RunResult], Any], differs: Callable[[Path], bool], first_only: bool = False
    ) -> Explored:
        """Play all paths, until a bound; with ``first_only`` until one differs.

        ``end`` gives what a path came to, from the machine as it is then; ``differs`` tells whether that is
        other than what its parent came to. What has led to a difference once, needs no playing again.
        """
        first = Path((), None)
        self._run(_Start(self._snapshots.take(), self._captured(), [], first), end)
        paths, spent = [first], 0
        findings = self._reported()
        reached = []
        self._admit()
        self._ends_by = 2 * first.instructions + SLACK
        while self._queue or self._later:
            if len(paths) > self._bound.outcomes:
                reached.append(f"outcomes: {self._bound.outcomes}")
            if spent > self._bound.instructions:
                reached.append(f"instructions: {self._bound.instructions}")
            if reached:
                break
            self._progress(len(paths), len(self._queue) + len(self._later))
            start = (self._queue or self._later).popleft()
            grounds = start.path.grounds
            if grounds <= self._decided:
                continue
            self._run(start, end)
            self._admit()
            spent += start.path.instructions
            paths.append(start.path)
            if differs(start.path):
                self._decided |= grounds
                if first_only:
                    break
        reported = self._reported()
        self._passed_over |= self._passed_over_if & reported.keys()
        waiting = {once for start in (*self._queue, *self._later) for once in start.path.grounds}
        left = (self._passed_over | waiting) - self._decided
        if self._passed_over - self._decided:
            reached.append(f"choices on one ground: {self._bound.repeats}")
        others = {once: reported[once] for once in reported.keys() - findings.keys()}
        return Explored(paths, self._points, self._choices, reached, spent, findings, others, left)

    _ends_by: int | None = None

    def _reported(self) -> dict[Hashable, Finding]:
        """The findings of all paths by their ground."""
        return {once: one for rules in self._rules for once, one in rules.reported.items()}

    def _admit(self) -> None:
        """Have paths played that a finding names by now."""
        if self._if_reported:
            reported = self._reported()
            ready = [start for start in self._if_reported if start.path.grounds & reported.keys()]
            self._later.extend(ready)
            self._if_reported = [start for start in self._if_reported if start not in ready]

    def _run(self, start: _Start, end: Callable[[RunResult], Any]) -> None:
        """Run a path to its end."""
        machine, path, circle = self._machine, start.path, _Circle()
        self._restore(start)
        self._forced = deque(start.choices)
        self._base = _Start(start.snapshot, start.logs, [], path)
        room = self._limit - start.snapshot.instructions if self._ends_by is None else self._ends_by
        while True:
            result = machine.run(limit=min(SLICE, room - path.instructions), until=self._until)
            path.instructions += result.instructions
            for rules in self._rules:
                rules.settle_registers()
            kind = result.stop.kind
            if self._passing(result.stop):
                continue
            if kind not in _PAUSES and not (kind == "limit" and path.instructions < room):
                self._ended(path, result, end)
                return
            if self._forced:
                continue
            snapshot, logs = self._snapshots.take(), self._captured()
            self._base = _Start(snapshot, logs, [], path)
            known = partial(_essence, snapshot.observers)
            if kind == "limit" and circle.closed(partial(self._key, snapshot), known):
                self._ended(path, result, end)
                return
            if kind in _PAUSES:
                path.merged = self._met(path, snapshot)
                if path.merged is not None:
                    path.stop, path.end = path.merged.stop, path.merged.end
                    return

    def _ended(self, path: Path, result: RunResult, end: Callable[[RunResult], Any]) -> None:
        """A path is at its end: the machine has stopped, or it would never."""
        stop = result.stop
        if stop.kind == "limit":
            stop = stop._replace(sentence=f"no end within {path.instructions} instructions")
        path.stop, path.end = stop, end(result._replace(stop=stop))

    def _captured(self) -> tuple[State, ...]:
        return tuple(capture(owner, names) for owner, names in self._logs)

    def _restore(self, start: _Start) -> None:
        self._snapshots.restore(start.snapshot)
        for (owner, names), state in zip(self._logs, start.logs, strict=True):
            reinstate(owner, names, state)
        for rules in self._rules:
            rules.single["restored"] = True
            rules.system.context_changed()

    # -- comparing states ------------------------------------------------------------------------------
    def _met(self, path: Path, snapshot: Snapshot) -> Path | None:
        """The path that has been in the state now, if any has; else remember it."""
        known = self._states.setdefault(self._key(snapshot), [])
        now = _Known(path, snapshot.observers, self._history())
        for one in known:
            if one.logs != now.logs or one.path is path:
                continue
            for each in (one, now):
                if each.essence is None:
                    each.essence = _essence(each.observers)
            if one.essence == now.essence:
                return one.path if one.path.merged is None else one.path.merged
        known.append(now)
        return None

    def _key(self, snapshot: Snapshot) -> Hashable:
        """All that decides what happens next, but for what the strict rules know."""
        machine = self._machine
        parts = []
        for (part, names), state in zip(self._snapshots.parts, snapshot.states, strict=True):
            kind = type(part).__name__
            for name, value in zip(names, state, strict=True):
                if (kind, name) not in _NO_STATE:
                    parts.append(self._registers(part, value) if kind == "Coprocessors" else canonical(value))
        due = machine.clock.due()
        alarm = None if due is None else due - snapshot.instructions
        return self._pages(snapshot), tuple(parts), alarm

    def _registers(self, part: Any, values: Any) -> Hashable:  # noqa: ANN401 - a part's state
        """System registers that do not hold what they held at reset: they come into being when asked for."""
        cpu, resets = part.cpu.index, self._resets
        found = []
        for name, value in values.items():
            reset = resets.get((cpu, name))
            if reset is None:
                reset = resets[cpu, name] = part.values.reset_value(name)
            if value != reset:
                found.append((name, value))
        return frozenset(found)

    def _pages(self, snapshot: Snapshot) -> Hashable:
        """Pages that do not hold what they held when they were first seen."""
        found = []
        for dram, pages in snapshot.pages.items():
            for index, page in pages.items():
                content = snapshot.content[page]
                first = self._first.get((dram, index))
                if first is None:
                    first = self._first[dram, index] = dram.unknown.fill(
                        f"{dram.name}+{index << 12:#x}", 4096
                    )
                if content is not first and content != first:
                    found.append((dram.name, index, content))
        return frozenset(found)


def _essence(observers: Iterable[object]) -> Hashable:
    """What the strict rules know that decides what happens next."""
    return tuple(essence(captured) for captured in observers)
