"""What orders the accesses of several CPUs (DDI 0406C A3.8): vector clocks, and the last store to each byte.

Nothing is kept while one CPU executes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hypgen.emulator.strict.memory_side import MemorySide
    from hypgen.emulator.system import System

Clock = tuple[int, ...]
"""Times by CPU: of stores first, then of loads. The clock of a CPU's stores goes on by each of them, that of
its loads by each barrier behind them."""


class Stored(NamedTuple):
    """The last store to a byte: whose, at which time of its clock, by which instruction, through SP, and to
    Strongly-ordered memory?"""

    cpu: int
    time: int
    pc: int
    stack: bool
    in_order: bool


class Loaded(NamedTuple):
    """The last load of a byte by a CPU: its time, the newest store of its CPU in front of it, by which
    instruction, and where its function and that one's callers return to."""

    time: int
    behind: int
    pc: int
    returns: tuple[int, ...]


class Sight(NamedTuple):
    """Another CPU's store that a CPU has read: whose, when, when that was by this one's loads, and whether
    it had waited for it."""

    cpu: int
    time: int
    at: int
    awaited: bool


class Shared:
    """What all CPUs know of each other: times, releases, and the last store to each byte."""

    def __init__(self, cpus: int) -> None:
        self.clocks: dict[int, list[int]] = {cpu: [0] * 2 * cpus for cpu in range(cpus)}
        self.released: dict[int, Clock] = dict.fromkeys(range(cpus), (0,) * 2 * cpus)
        """By CPU, what its last barrier orders before its stores that follow."""
        self.acquiring: dict[int, list[int]] = {cpu: [0] * 2 * cpus for cpu in range(cpus)}
        """By CPU, what its next barrier orders before its accesses that follow."""
        self.stores: dict[int, Stored] = {}
        self.loads: dict[int, dict[int, Loaded]] = {}
        """By byte, the last load of each CPU."""
        self.recent: dict[int, dict[int, int]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, its last stores by their time: the instructions."""
        self.flags: dict[int, Clock] = {}
        """By address of a stored byte, what its store releases."""
        self.unfinished: dict[int, dict[int, int]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, bytes stored since its last DSB, and by which instruction."""
        self.announced: dict[int, tuple[int, int, int]] = {}
        """By byte whose store was unfinished when its CPU sent an event: CPU, SEV, and store."""
        self.posts: dict[int, tuple[int, int, int]] = {}
        """By CPU whose mailbox had a store under way when an event was sent: CPU, SEV, and store."""
        self.seen: dict[tuple[int, int], Sight] = {}
        """By CPU and byte, another CPU's store that it read there."""
        self.newest: dict[int, list[int]] = {cpu: [0] * cpus for cpu in range(cpus)}
        """By CPU, the time of the newest store of each other one that it read."""
        self.past: dict[int, list[int]] = {cpu: [0] * cpus for cpu in range(cpus)}
        """By CPU, the newest store of each other one that was made, or seen by whoever made it, before
        something that this CPU has seen: it would be strange not to see that."""
        self.causes: dict[int, tuple[int, ...]] = {}
        """By address of a stored byte, the past of whoever sees that store."""
        self.arrived: dict[tuple[int, int], Clock] = {}
        """By CPU and block of Strongly-ordered memory, the stores that arrived there before what it accesses
        there now (:mod:`hypgen.emulator.strict.arriving`)."""
        self.arrivals: dict[int, Clock] = {}
        """By address of a byte stored to such memory, the stores that arrived before, and that one."""
        self.exclusives: dict[int, int] = {}
        """Bytes that were accessed with exclusives, or are polled (:mod:`hypgen.emulator.strict.flags`)."""
        self.unsure: dict[int, dict[int, Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, flags that it read while nothing ordered their stores; this and the next is of the same."""
        self.waits: dict[int, dict[int, Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, flags that it waits on, having seen a store that it might not have seen."""
        self.clashes: dict[int, Stored] = {}
        """Bytes that two CPUs stored to in no order, and the first store: of a flag, perhaps."""
        self.raced: dict[int, bool] = {}
        """Instructions that a race was told of."""
        self.missing: dict[int, int] = {}
        """By instruction that a missing barrier stands before or behind, the one that a race was told at."""
        self.latest: dict[tuple[int, int], tuple[int, int]] = {}
        """By CPU and another one, the store that told it the newest of that one: by whom, and by which
        instruction."""
        self.acquired: dict[tuple[int, int], int] = {}
        """By CPU and another one, the load of a flag that last told something new of that one."""
        self.suspected: dict[int, tuple[int, int]] = {}
        """Bytes whose load was told to race: the instructions of the store and the load."""
        self.locks: dict[int, tuple[int, int]] = {}
        """By address, the CPU that used exclusives there last, and by which instruction."""
        self.pages: dict[int, set[int]] = {}
        """By page, the CPUs that stored to it."""
        self.older: dict[int, int] = {}
        """By address of a stored byte, what was there before; where outcomes are played."""
        self.pending: dict[int, Clock] = dict.fromkeys(range(cpus), (0,) * cpus)
        """By CPU, stores that must come before its next barrier; this and what follows, where outcomes are
        played (:mod:`hypgen.emulator.strict.late`)."""
        self.before_loads: dict[int, Clock] = dict.fromkeys(range(cpus), (0,) * cpus)
        """By CPU, stores that must come before its loads now."""
        self.before_stores: dict[int, Clock] = dict.fromkeys(range(cpus), (0,) * cpus)
        """By CPU, stores that must come before its stores now."""
        self.behind: dict[int, Clock] = {}
        """By address of a stored byte, stores that must come before that store."""
        self.readers: dict[tuple[int, int], Clock] = {}
        """By address and CPU, stores that must come before its last load there."""
        self.stuck: dict[tuple[int, int], int] = {}
        """By CPU out of coherency and address, the byte that it goes on seeing; where outcomes are played."""
        self.completed: dict[int, Clock] = dict.fromkeys(range(cpus), (0,) * 2 * cpus)
        """By CPU, what comes before its last DSB, and so before table walks that follow."""
        self.looks: dict[int, dict[int, Any]] = {}
        """By word and CPU that looked at it, who has changed it since; this and what follows is of
        :mod:`hypgen.emulator.strict.sequences`."""
        self.doubts: dict[int, dict[tuple[int, int], Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, instructions of loads that another look at such a word may make good."""
        self.fences: dict[int, dict[int, int]] = {cpu: {} for cpu in range(cpus)}
        """By CPU and time of its loads, the newest store in front of the barrier that began it; this and what
        follows is of :mod:`hypgen.emulator.strict.buffering`."""
        self.moves: dict[int, int] = dict.fromkeys(range(cpus), 0)
        """By CPU, how often it stored elsewhere than to its stack."""
        self.glances: dict[int, dict[int, Any]] = {}
        """By word, the last look at it of each CPU, unless it has stored there since."""
        self.missed: dict[int, dict[tuple[int, int], Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU, its stores to words that another had loaded, by that one and word."""
        self.polls: dict[int, dict[int, Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU and word that it polls, what it and another may both have missed."""
        self.changes: dict[int, tuple[Any, ...]] = {}
        """By word, the last stores that changed it."""
        self.overtaken: dict[int, dict[int, Any]] = {cpu: {} for cpu in range(cpus)}
        """By CPU and word, its store there if another's, which it replaced, might as well come after it."""
        self.watched: dict[int, bool] = {}
        """Lines in which a CPU looked at a flag: each store there counts."""
        self.pointers: dict[int, set[tuple[int, int]]] = {cpu: set() for cpu in range(cpus)}
        """By CPU, loads of flags since its last barrier, and what they read: pointers, perhaps."""

    def load_clock(self, cpu: int) -> int:
        """Where in a clock the loads of a CPU are."""
        return len(self.clocks) + cpu

    def newest_known(self, me: int, other: int) -> int:
        """The time of the newest store of another CPU that one has seen, or a store that came after it."""
        return max(self.newest[me][other], self.past[me][other])

    def later_was_seen(self, me: int, last: Stored) -> bool:
        """Whether a CPU has seen something that came after a store of another one."""
        return self.past[me][last.cpu] >= last.time

    def walked(self, cpu: int, first: int, size: int) -> bool:
        """Whether the table walks of a CPU see what was last stored to some bytes, and so nothing older: its
        DSB came after those stores, by whatever ordered the two."""
        stores = [one for one in map(self.stores.get, range(first, first + size)) if one is not None]
        return bool(stores) and all(self.completed[cpu][one.cpu] >= one.time for one in stores)


def shared_by(system: System, side: MemorySide) -> Shared:
    """What the CPUs of the machine know of each other."""
    if side.shared is None:
        side.shared = Shared(max(1, len(system.peers)))
    found: Shared = side.shared
    return found


def is_alone(system: System) -> bool:
    """Whether no other CPU executes, nor has."""
    return len(system.peers) < 2 or (system.power is not None and system.power.alone)
