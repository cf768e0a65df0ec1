"""SMP: what one CPU stores and another reads, and the order between the two (DDI 0406C A3.8, B1.8.13, D7).

A store is ordered before another CPU's access by: DMB or DSB, then the store of a flag; the load of the
flag, then DMB or DSB (of loads too, not ST or ISHST), or an address that the flag's value gives. A store
needs nothing after the load of the flag but the branch that depends on it: none is made before it is known
to be made. An interrupt that another CPU sends comes after what a barrier there has ordered before, as a
flag's store does; being started by another CPU orders as well. A word that is accessed with exclusives, or
loaded in a loop that ends by its value (:mod:`hypgen.emulator.strict.polling`), is a flag: it may be read
while it is stored, also before that loop. So may a word, stored whole, whose value only decides a branch,
while nothing was seen that its CPU stored later: both values will do. Everything else that one CPU stored and
another reads or stores without such an order is a race, and so is a store that should come after another
CPU's, as something later of that CPU was seen. Order is kept by vector clocks; nothing is kept while one CPU
executes alone.

Order is passed on. A barrier for loads orders what its CPU has read, too, also for a third one; without it
a third CPU may see what was stored behind that load, and not what the load saw. What is stored behind the
branch on a flag needs none to come after what was ordered before that flag (A3.8.3, groups A and B of DMB).
In one block of Strongly-ordered memory nothing needs a barrier (:mod:`hypgen.emulator.strict.arriving`). A
load that nothing comes of races with nobody.

A load that another CPU's later store may overtake is a race, too, once that CPU has seen a store which
came after the load (:mod:`hypgen.emulator.strict.loads`). The load needs a barrier for loads there: DMB ST
orders stores alone. It needs none in front of a store that is made of its value, goes where that says, is
behind a branch which it decides, or goes to the same bytes. Of two stores in no order is told when somebody
reads there. Bytes, not words, are compared, so neighbours do not race. What is loaded under a sequence number
is no race if that tells of the store afterwards (:mod:`hypgen.emulator.strict.sequences`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict import arriving, buffering, flags, late
from hypgen.emulator.strict.coherency import OUT_OF_COHERENCY, is_incoherent, tell_of_incoherent
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event
from hypgen.emulator.strict.order import Clock, Shared, Stored, is_alone, shared_by
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.polling import POLLS, Loop
from hypgen.emulator.strict.races import RACE, missing, tell_of_race
from hypgen.emulator.strict.seeing import (
    acquire,
    as_if_ordered,
    causes,
    depends,
    is_before_store,
    is_ordered,
    is_promised,
    point,
    see,
)
from hypgen.emulator.strict.sequences import doubted
from hypgen.emulator.strict.stacks import STACK, tell_of_stack, through_stack
from hypgen.emulator.translation import Translation

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

RULES = (RACE, STACK, OUT_OF_COHERENCY)

_IN_ORDER = MemoryType.STRONGLY_ORDERED
"""Each CPU's accesses to such memory are made in the order of its program (A3.8.2)."""


class SharedRules(Family):
    """The SMP rules of one CPU."""

    between_cpus = True

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._strex: dict[str, int | None] = {}
        """The last exclusive access, if it was a STREX (``pc``)."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The last STREX; what CPUs know of each other, with the first of them."""
        found: dict[str, dict[Any, Any]] = {"strex": self._strex}
        if self.system.cpu.index == 0:
            found |= {f"shared {name}": value for name, value in vars(self.shared).items()}
        return found

    @property
    def shared(self) -> Shared:
        """What the CPUs of the machine share."""
        return shared_by(self.system, self.rules.side)

    @property
    def _alone(self) -> bool:
        return is_alone(self.system)

    # -- accesses ----------------------------------------------------------------------------------------
    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """Bytes are stored."""
        shared, me = self.shared, self.system.cpu.index
        pc, clock = self.system.current_pc(), shared.clocks[me]
        stack, in_order = through_stack(self.system.cpu, va), outcome.attributes.type is _IN_ORDER
        if shared.unsure[me]:
            flags.note_store(self.rules, shared, place, data)
        clock[me] += 1
        writers = shared.pages.setdefault(place.address >> 12, set())
        if me not in writers:
            writers.add(me)
            self.rules.side.passing.forget_page(place.address >> 12)
        if in_order:
            arriving.note_store(shared, me, place, len(data))
        if self.rules.playing:
            late.note_store(shared, me, self.rules.side.memory, place, len(data))
        unordered: dict[int, Stored] = {}
        released, caused, exclusive = self._released(), causes(shared, me), self._strex.get("pc") == pc
        for address in range(place.address, place.address + len(data)):
            last = shared.stores.get(address)
            if last is not None and last.cpu != me and not is_before_store(shared, me, last, address):
                if not self._flag(address):
                    unordered[address] = last
                if stack and last.stack:
                    tell_of_stack(self.rules, va, last, "the store to")
                elif (
                    not in_order
                    and shared.newest_known(me, last.cpu) >= last.time
                    and self._changes(address, data[address - place.address])
                ):
                    sentence = f"the store to {va:#010x} may be made before that of CPU {last.cpu}"
                    self._race(sentence, last, address, pc)
                    as_if_ordered(shared, me, last)
                elif not self._flag(address):
                    shared.clashes[address] = last
            if not exclusive or self._changes(address, data[address - place.address]):
                shared.stores[address] = Stored(me, clock[me], pc, stack, in_order)
            before = shared.flags.get(address) if exclusive else None
            shared.flags[address] = released if before is None else tuple(map(max, released, before))
            shared.causes[address] = caused
            shared.unfinished[me][address] = pc
        if unordered and self.rules.playing:
            on_stacks = stack and all(last.stack for last in unordered.values())
            rule = STACK if on_stacks else RACE
            late.offer_earlier(self.rules, shared, rule, place, data, unordered)

    def _tell_of_clash(self, address: int, pc: int, va: int) -> None:
        """A byte is read that two CPUs stored to in no order: only a flag may be."""
        first, second = self.shared.clashes.pop(address), self.shared.stores[address]
        if not self._flag(address) and self.rules.uses.of_load() is not Loop.TESTED:
            sentence = f"the store to {va:#010x} may be made before or after that of CPU {first.cpu}"
            self._race(sentence, first, address, second.pc, second.cpu)

    def _released(self) -> Clock:
        """What a store releases: what the CPU's last barrier has ordered before it, and what is ordered
        before a flag that it has read since, as the store is made behind the branch on that (A3.8.3: group B
        of DMB has what others do only once they have seen a store of that group)."""
        shared, me = self.shared, self.system.cpu.index
        mine, promised = shared.released[me], shared.acquiring[me]
        return tuple(map(max, mine, promised))

    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Bytes are read."""
        if self._alone:
            return
        shared, me = self.shared, self.system.cpu.index
        if self.rules.playing:
            late.note_load(shared, me, place, size)
        if not shared.stores:
            return
        in_order = outcome.attributes.type is _IN_ORDER
        arrived = arriving.note_load(shared, me, place, size) if in_order else None
        for address in range(place.address, place.address + size):
            last = shared.stores.get(address)
            pc = self.system.current_pc()
            if address in shared.clashes:
                self._tell_of_clash(address, pc, va)
            if last is None or last.cpu == me:
                continue
            if cached and is_incoherent(self.rules):
                tell_of_incoherent(self.rules, shared, va, place, size, last)
            if place.address in shared.waits[me]:
                flags.look_again(self.rules, shared, place, size)
            kept = last.in_order and in_order
            flag = self._flag(address)
            if (
                is_ordered(shared, me, last, address)
                or (kept and arrived is not None and arrived[last.cpu] >= last.time)
                or (flag and (kept or not flags.is_missed(self.rules, shared, va, place, size, last)))
            ):
                if self.rules.uses.of_load() in POLLS:
                    flags.note_poll(self.rules, shared, place, size)
                acquire(self.rules, shared, place, size)
                return
            if is_promised(shared, me, last, address) and depends(self.rules, shared):
                point(self.rules, shared, place, size)
                return
            if shared.newest_known(me, last.cpu) < last.time:  # nothing was seen that should come after it
                if kept:
                    see(shared, me, place, size)
                    return
                if self._tests(place, size):
                    acquire(self.rules, shared, place, size)
                    return
            if last.stack and through_stack(self.system.cpu, va):
                tell_of_stack(self.rules, va, last, "the load of")
                return
            if self.rules.uses.is_unused():
                return
            if doubted(shared, me, last, address, pc):
                self._race(self._too_early(va, last, address), last, address, pc, doubtful=True)
                return
            late.offer_older(self.rules, shared, RACE, (RACE.id, last.pc, pc), place, size, last)
            self._race(self._too_early(va, last, address), last, address, pc)
            if not flags.is_data(self.rules, shared, va, place, last):
                shared.suspected[address] = last.pc, pc
            see(shared, me, place, size)  # what this CPU makes of it is no race of its own
            as_if_ordered(shared, me, last)
            return

    def _too_early(self, va: int, last: Stored, address: int) -> str:
        barrier = missing(self.shared, self.system.cpu.index, last, address)
        if barrier is None:
            return f"the load of {va:#010x} may be made before or after the store of CPU {last.cpu}"
        if barrier.of_writer:
            return (
                f"the load of {va:#010x} may be made before the store of CPU {last.cpu} is visible, though a "
                "later store of it was seen"
            )
        return f"the load of {va:#010x} may be made before the load of the flag that announces it"

    def _flag(self, address: int) -> bool:
        """Whether the access is of a synchronisation word: exclusive, or a load in a loop around it."""
        if address in self.shared.exclusives or self.rules.uses.of_load() in POLLS:
            return True
        insn = self.system.instruction(self.system.current_pc())
        return insn is not None and insn.heading.startswith("LDREX")

    def _changes(self, address: int, byte: int) -> bool:
        """Whether a byte that is stored is another one than what is there."""
        return self.rules.side.memory.read(address, 1)[0] != byte

    def _tests(self, place: Place, size: int) -> bool:
        """Whether a load whose value only decides a branch reads what one store made: both values will do."""
        stores = {self.shared.stores.get(place.address + at) for at in range(size)} - {None}
        same = len({(one.cpu, one.time) for one in stores if one is not None}) == 1
        return same and not place.address % size and self.rules.uses.of_load() is Loop.TESTED

    # -- order --------------------------------------------------------------------------------------------
    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB: what came before is ordered before what follows, for the other CPUs too unless the
        barrier's domain is Non-shareable."""
        if option in NON_SHAREABLE:
            return
        if self._alone:
            if kind == "dsb" and self.rules.side.shared is not None:  # stores from before the others went
                self.rules.side.shared.unfinished[self.system.cpu.index].clear()
            return
        shared, me = self.shared, self.system.cpu.index
        clock = shared.clocks[me]
        if option not in STORE_ONLY:
            for cpu, time in enumerate(shared.acquiring[me]):
                clock[cpu] = max(clock[cpu], time)
            clock[shared.load_clock(me)] += 1
            buffering.note_barrier(shared, me)
            shared.pointers[me].clear()
        shared.released[me] = tuple(clock)
        if self.rules.playing:
            late.barrier(shared, me, loads=option not in STORE_ONLY)
        if kind == "dsb":
            shared.unfinished[me].clear()
            shared.completed[me] = tuple(clock)
        self.rules.side.cool(me)

    def interrupt_sent(self, target: int) -> None:
        """What this CPU's last barrier orders comes before the other's exception entry, or next barrier."""
        shared, me = self.shared, self.system.cpu.index
        theirs = shared.acquiring[target]
        theirs[:] = map(max, theirs, shared.released[me])

    def started(self, by: int) -> None:
        """Another CPU started this one."""
        clock = self.shared.clocks[self.system.cpu.index]
        clock[:] = map(max, clock, self.shared.clocks[by])

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """A location that is accessed with exclusives is a synchronisation word."""
        first = self.rules.side.place(outcome.pa).address
        self._strex["pc"] = None if load else self.system.current_pc()
        self.shared.exclusives.update(dict.fromkeys(range(first, first + size), flags.BY_EXCLUSIVES))

    def synchronised(self) -> None:
        """After an ISB loads see what a flag promised."""
        shared = self.rules.side.shared
        if shared is not None:
            me = self.system.cpu.index
            promised = shared.acquiring[me]
            if any(promised):
                clock = shared.clocks[me]
                clock[:] = map(max, clock, promised)

    # -- findings -----------------------------------------------------------------------------------------
    def _race(
        self,
        sentence: str,
        last: Stored,
        address: int,
        pc: int,
        cpu: int | None = None,
        doubtful: bool = False,
    ) -> None:
        me = self.system.cpu.index if cpu is None else cpu
        barrier = missing(self.shared, me, last, address) if cpu is None else None
        tell_of_race(
            self.rules,
            self.shared,
            sentence if barrier is not None else f"{sentence}: nothing orders the two",
            Event(last.pc, f"store by CPU {last.cpu}"),
            pc=pc,
            cpu=me,
            barrier=barrier,
            doubtful=doubtful,
        )
