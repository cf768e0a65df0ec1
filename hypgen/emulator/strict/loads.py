"""SMP: a load that another CPU's store may overtake (DDI 0406C A3.8.2, D7).

A CPU loads, and stores something then that lets another go on: a lock given back, an index moved on. The
other one stores to what was loaded. Unless a barrier for loads (not ST or ISHST) stands between the load and
the first CPU's store, that load may be made late, and see what was stored for another time.

Nothing is told before the other CPU has seen a store that came after the load: until then either order will
do. Or it tells of its store by a number that the load's CPU looks at again
(:mod:`hypgen.emulator.strict.sequences`), and no barrier stands between the number and the store. A load that
only decides a branch comes before what is stored behind that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict import buffering
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event
from hypgen.emulator.strict.order import Loaded, Shared, is_alone, shared_by
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.polling import POLLS, Loop
from hypgen.emulator.strict.races import tell_of_race
from hypgen.emulator.strict.sequences import tells_late
from hypgen.emulator.translation import Translation

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 256
"""Stores of a CPU that are remembered, to see which of them depend on a load."""
_FIX_NUMBER = "put DMB between the store of the number that tells of it and this store"
_FIX = "put DMB (ISH or SY; ISHST orders no loads) between that load and the store that lets this CPU go on"


class LoadRules(Family):
    """Loads of one CPU, and its stores to what others have loaded."""

    between_cpus = True

    def started(self, by: int) -> None:
        """This CPU is switched on: what others load may matter to it."""
        self.rules.side.passing.forget_all()

    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Bytes are read; not those of Strongly-ordered memory, whose accesses keep their order."""
        if is_alone(self.system) or outcome.attributes.type is MemoryType.STRONGLY_ORDERED:
            return
        shared, me = shared_by(self.system, self.rules.side), self.system.cpu.index
        self.rules.side.tell_of_next_store(place.address, me)
        use = self.rules.uses.of_load()
        if use is not Loop.NONE:
            buffering.note_look(self.rules, shared, va, place, size, use in POLLS)
            return
        clock = shared.clocks[me]
        time, pc = clock[shared.load_clock(me)] + 1, self.system.current_pc()
        load = Loaded(time, clock[me], pc, self.rules.uses.returns)
        for address in range(place.address, place.address + size):
            shared.loads.setdefault(address, {})[me] = load

    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """Bytes are stored: they come behind this CPU's own loads of them, and perhaps before another's."""
        shared, me = shared_by(self.system, self.rules.side), self.system.cpu.index
        now, pc = shared.clocks[me][me], self.system.current_pc()
        if outcome.attributes.type is not MemoryType.STRONGLY_ORDERED:
            buffering.note_store(self.rules, shared, va, place, data)
        shared.recent[me][now] = pc
        shared.recent[me].pop(now - KEPT, None)
        for address, byte in enumerate(data, place.address):
            loads = shared.loads.get(address)
            if not loads:
                continue
            loads.pop(me, None)
            for cpu, load in self._unordered(shared, loads):
                fix = self._overtakes(shared, cpu, load)
                if fix is None:
                    continue
                if address in shared.exclusives or self.rules.side.memory.read(address, 1)[0] == byte:
                    continue
                tell_of_race(
                    self.rules,
                    shared,
                    f"the store to {va:#010x} may overtake a load that CPU {cpu} made before it let this CPU "
                    "go on",
                    Event(load.pc, f"load by CPU {cpu}"),
                    pc=pc,
                    cpu=me,
                    fix=fix,
                )
                clock = shared.clocks[me]
                clock[shared.load_clock(cpu)] = max(clock[shared.load_clock(cpu)], load.time)

    def _unordered(self, shared: Shared, loads: dict[int, Loaded]) -> Iterator[tuple[int, Loaded]]:
        """Other CPUs' loads that nothing this CPU has seen keeps in front of what it stores now."""
        clocks = shared.clocks[self.system.cpu.index], shared.acquiring[self.system.cpu.index]
        for cpu, load in loads.items():
            if all(clock[shared.load_clock(cpu)] < load.time for clock in clocks):
                yield cpu, load

    def _overtakes(self, shared: Shared, cpu: int, load: Loaded) -> str | None:
        """What keeps this CPU's store from overtaking a load that is in no order with it, if it must not: it
        has seen a store from behind the load, or tells of its own by a number that is looked at behind it."""
        me = self.system.cpu.index
        if shared.newest_known(me, cpu) > load.behind:
            return None if self._bound(shared, cpu, load) else _FIX
        return _FIX_NUMBER if tells_late(shared, me, cpu, load) else None

    def _bound(self, shared: Shared, cpu: int, load: Loaded) -> bool:
        """Whether this CPU has seen a store that depends on another's load, or one ordered behind such a
        store; taken to be so if there were too many since to know."""
        stores, me = shared.recent[cpu], self.system.cpu.index
        if load.behind + 1 not in stores:
            return True
        known = self.rules.uses.stores_behind(load.pc, load.returns)
        ordered = max(shared.clocks[me][cpu], shared.acquiring[me][cpu])
        return any(
            known.orders(stores[time])
            for time in range(load.behind + 1, shared.clocks[cpu][cpu] + 1)
            if time <= ordered or time == shared.newest[me][cpu]
        )
