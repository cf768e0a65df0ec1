"""SMP: a device that a lock guards (DDI 0406C A3.8.2, D7.3).

A lock is a word of Normal memory that a CPU takes with LDREX and STREX and gives back with a plain store.
Accesses to a device and to Normal memory are not ordered by themselves, so that what was stored to the device
under the lock may reach it after what another CPU stores there once it has seen the lock free. Accesses to
devices without a lock are nobody's business here: who shares a device in turns of another kind knows why.

The other side needs nothing for the device's sake. The lock is seen free before a branch, and no access to a
device is made before it is known that it is to be made (A3.5.5). What the lock guards in Normal memory needs
its barrier there: SMP-001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypgen.arch.barrier import NON_SHAREABLE
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict.choices import Arrived
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.places import PAGE_SHIFT, Place
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

DEVICE_LEFT = Rule(
    "SMP-006",
    "a lock is given back before the device that it guards has seen what was stored under it",
    Severity.ERROR,
    "DDI 0406C A3.8.2, Ordering requirements for memory accesses, and D7.3, Load exclusive, store exclusive "
    "and barriers (releasing a lock)",
    "Nothing orders a store to a device before a store to Normal memory. The next CPU may find the lock free "
    "and store to the device before this CPU's last stores arrive there. Put DMB (ISH or SY; ISHST will do "
    "for stores) between the last access to the device and the store that gives the lock back. With the MMU "
    "off all data is Strongly-ordered, and no barrier is needed.",
    "both CPUs: take lock (ldrex, strex); dmb; str r1, [uart]; str zero, [lock]",
    "both CPUs: take lock (ldrex, strex); dmb; str r1, [uart]; dmb; str zero, [lock]",
)
RULES = (DEVICE_LEFT,)


class AtDevice(NamedTuple):
    """A store to a device, by its instruction and the page of the device's address."""

    pc: int
    page: int


class Left(NamedTuple):
    """A lock that was given back early: by which CPU and instruction, and the store that it left behind."""

    cpu: int
    pc: int
    store: AtDevice


class Tried(NamedTuple):
    """A lock that a CPU looked at by LDREX: how it was left then, and the STREX that followed, if one has."""

    lock: int
    left: Left | None
    pc: int | None = None


class Locks:
    """What all CPUs' rules know of locks; a lock is known by the address of its first byte."""

    def __init__(self) -> None:
        self.left: dict[int, Left] = {}
        """Locks that are free, and were given back early."""
        self.tried: dict[int, Tried] = {}
        """By CPU, the lock that it looked at last."""
        self.held: dict[tuple[int, int], Left | None] = {}
        """By CPU and lock that it has, how the lock was left before."""
        self.stores: dict[int, AtDevice] = {}
        """By CPU, its last store to a device under a lock, until a barrier follows."""
        self.seen: dict[int, Arrived] = {}
        """By CPU, that store, if the device has seen no other since; where outcomes are played."""


class LockRules(Family):
    """The rule about locks, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        if rules.side.locks is None:
            rules.side.locks = Locks()
        self._locks: Locks = rules.side.locks
        self._me = rules.system.cpu.index

    def state(self) -> dict[str, dict[Any, Any]]:
        """What CPUs know of each other's locks, with the first of them."""
        if self._me != 0:
            return {}
        return {f"locks {name}": value for name, value in vars(self._locks).items()}

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX looks at a lock; STREX may take it, which its store tells."""
        if len(self.system.peers) < 2 or outcome.attributes.type is not MemoryType.NORMAL:
            return
        lock, tried = self.rules.side.place(outcome.pa).address, self._locks.tried
        self._tell_of(lock)
        if load:
            tried[self._me] = Tried(lock, self._locks.left.get(lock))
        elif self._me in tried and tried[self._me].lock == lock:
            tried[self._me] = tried[self._me]._replace(pc=self.system.current_pc())

    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """STREX takes a lock; any other store to it by the CPU that has it gives it back."""
        locks, lock, me = self._locks, place.address, self._me
        if not locks.tried:
            return
        tried, pc = locks.tried.get(me), self.system.current_pc()
        if tried is not None and (tried.lock, tried.pc) == (lock, pc):
            locks.held[me, lock] = tried.left
            self.system.forget_device_writes()
            locks.left.pop(lock, None)
        elif (me, lock) in locks.held:
            del locks.held[me, lock]
            self.system.forget_device_writes()
            behind = locks.stores.get(me)
            if behind is not None:
                locks.left[lock] = Left(me, pc, behind)

    def device_stored(self, va: int) -> None:
        """A store to a device: under a lock that came early, it may come before those of another CPU."""
        if not self._locks.held:
            return
        held = [lock for cpu, lock in self._locks.held if cpu == self._me]
        outcome = self.system.translate(va) if held else None
        if not isinstance(outcome, Translation):
            return
        pc, page = self.system.current_pc(), int(outcome.pa) >> PAGE_SHIFT
        self._locks.stores[self._me] = AtDevice(pc, page)
        for lock in held:
            self._tell_of(lock)
            left = self._locks.held[self._me, lock]
            if left is not None and left.cpu != self._me and left.store.page == page:
                self._report(va, pc, left)

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB: the device has seen what was stored to it, as far as other CPUs can tell."""
        if option not in NON_SHAREABLE:
            self._locks.stores.pop(self._me, None)

    def _tell_of(self, lock: int) -> None:
        """Have the next store to a lock told, although the line may be this CPU's already."""
        line = self.rules.side.lines.get(lock >> self.rules.side.shift)
        if line is not None:
            line.hot = None

    def _report(self, va: int, pc: int, left: Left) -> None:
        if left.cpu in self._locks.seen:
            self.rules.loose()
            what = f"the store to the device arrives before those of CPU {left.cpu}"
            self.rules.offer(DEVICE_LEFT, (DEVICE_LEFT.id, left.pc), what, left.cpu, left.cpu)
        self.rules.report(
            Finding(
                DEVICE_LEFT.id,
                DEVICE_LEFT.severity,
                f"the store to the device at {va:#010x} may arrive before those that CPU {left.cpu} made "
                "while it had the lock",
                pc,
                self._me,
                (
                    Event(left.store.pc, f"store to the device by CPU {left.cpu}"),
                    Event(left.pc, f"the lock given back by CPU {left.cpu}"),
                ),
                (),
                "insert DMB (ISH) before the store that gives the lock back",
            ),
            once=(DEVICE_LEFT.id, left.pc),
        )
