"""SMP: an event and the store that it announces (DDI 0406C B1.8.13).

The store has to be complete when SEV is executed: whoever is woken looks at the word once, and waits again.
So has one to a mailbox that firmware waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hypgen.arch.barrier import NON_SHAREABLE
from hypgen.emulator.strict import late
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.order import shared_by
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.polling import Loop
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

EVENT = Rule(
    "SMP-002",
    "SEV is sent before the store that it announces is complete",
    Severity.ERROR,
    "DDI 0406C B1.8.13, Wait For Event and Send Event",
    "The event may wake the other CPU before the store is visible to it: it reads the old value and waits "
    "again, and no further event comes. Put a DSB between the store and SEV.",
    "str flag; sev",
    "str flag; dsb; sev",
)
RULES = (EVENT,)


class EventRules(Family):
    """The rule about events, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._posting: dict[int, int] = {}
        """CPUs that this one has stored to the mailbox of since its last DSB, and by which instruction."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """Stores to mailboxes that may be under way."""
        return {"posting": self._posting}

    def interrupt_sent(self, target: int) -> None:
        """A store to a device is for another CPU: to its mailbox, which firmware may look at when woken."""
        self._posting[target] = self.system.current_pc()

    def barrier(self, kind: str, option: int) -> None:
        """DSB: the mailboxes have what was stored to them."""
        if kind == "dsb" and option not in NON_SHAREABLE:
            self._posting.clear()

    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """A flag is read that was announced: in a loop that waits for events?"""
        shared = self.rules.side.shared
        if shared is None or not shared.announced:
            return
        me = self.system.cpu.index
        for address in range(place.address, place.address + size):
            announced = shared.announced.get(address)
            if announced is None or announced[0] == me:
                continue
            if self.rules.uses.of_load() is Loop.WAITING:
                last = shared.stores.get(address)
                if last is not None and last.cpu == announced[0]:
                    late.offer_older(self.rules, shared, EVENT, (EVENT.id, announced[1]), place, size, last)
                self._too_early(announced, va)
            return

    def event_sent(self) -> None:
        """SEV: whoever waits for what this CPU has stored may be woken too early, in this run or another."""
        if len(self.system.peers) < 2:
            return
        shared = shared_by(self.system, self.rules.side)
        me, pc = self.system.cpu.index, self.system.current_pc()
        for target in [target for target, one in shared.posts.items() if one[0] == me]:
            del shared.posts[target]
        shared.posts.update((target, (me, pc, store)) for target, store in self._posting.items())
        for address in [
            at for at, one in shared.announced.items() if one[0] == me and at not in shared.unfinished[me]
        ]:
            del shared.announced[address]  # complete by now: this event is not too early for it
        for address, store in (*shared.unfinished[me].items(), *self._under_way()):
            shared.announced[address] = me, pc, store

    def _under_way(self) -> Iterator[tuple[int, int]]:
        """Bytes that this CPU has changed since its last DSB, and by which instruction; also while it was
        alone, as firmware may look at them for a CPU that it holds."""
        side, me = self.rules.side, self.system.cpu.index
        for key in side.recent.get(me, ()):
            start = key << side.shift
            for one in side.under_way.get(key, ()):
                if one.cpu == me and not one.completed:
                    now = side.content(start)
                    yield from ((start + at, one.pc) for at, byte in enumerate(one.old) if byte != now[at])

    def woken(self, address: int) -> None:
        """Firmware waits for events, and looks at a flag."""
        shared, place = shared_by(self.system, self.rules.side), self.rules.side.place(address).address
        if self.system.memory.window(address) is None:
            early = shared.posts.get(self.system.cpu.index)
        else:
            found = (shared.announced.get(byte) for byte in range(place, place + 4))
            early = next(filter(None, found), None)
        if early is not None:
            self.rules.loose()
            what = "firmware is woken, sees the word as it was before the store, and waits again"
            self.rules.offer(EVENT, (EVENT.id, early[1]), what, True, True)
            self._too_early(early, address)

    def _too_early(self, early: tuple[int, int, int], va: int) -> None:
        """What waits for events reads a flag whose store was not complete when one was sent: ``early`` is the
        CPU that sent it, by which instruction, and the store."""
        cpu, pc, store = early
        self.rules.report(
            Finding(
                EVENT.id,
                EVENT.severity,
                f"SEV is sent before the store to {va:#010x} is complete, which CPU {self.system.cpu.index} "
                "waits for with WFE",
                pc,
                cpu,
                (Event(store, "store of the flag"),),
                (),
                "insert a DSB between the store and SEV",
            ),
            once=(EVENT.id, pc),
        )
