"""SMP: data under a sequence number, which is looked at before and after (a seqlock's reader).

Its reader loads data while another CPU may store it, and drops what it has when the number is another one
afterwards. So a load of data is no race if the other CPU has changed a word that this one looked at before,
stored the data behind a barrier after that, and this CPU looks at the word again, behind a barrier of its
own: it is bound to see the change. The race is told at once, and taken back at that second look.

Where the reader came first its load must not see the writer's store, either: the writer's barrier between the
number and the data is missed at the store to the data.
"""

from __future__ import annotations

from typing import NamedTuple

from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.order import Loaded, Shared, Stored, is_alone, shared_by
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.polling import Loop
from hypgen.emulator.strict.races import take_back
from hypgen.emulator.translation import Translation


class Look(NamedTuple):
    """A CPU's last look at a word: when, as its loads count; then the first store of another CPU there since:
    whose, and when."""

    at: int
    cpu: int | None = None
    time: int = 0


class Doubt(NamedTuple):
    """A load that came in the middle of another CPU's stores, by the instruction of one of those."""

    store: int
    behind: bool = False
    """Whether a barrier has followed."""


def doubted(shared: Shared, me: int, last: Stored, address: int, pc: int) -> bool:
    """Whether a load of what another CPU has stored may be made good by a look at a word that this CPU has
    looked at before; noted then."""
    if max(shared.newest_known(me, last.cpu), shared.acquiring[me][last.cpu]) >= last.time:
        return False
    behind = shared.flags[address][last.cpu]
    for word, looks in shared.looks.items():
        look = looks.get(me)
        if look is not None and look.cpu == last.cpu and look.time <= behind:
            shared.doubts[me][pc, word] = Doubt(last.pc)
            return True
    return False


def tells_late(shared: Shared, me: int, cpu: int, load: Loaded) -> bool:
    """Whether what this CPU stores now may come before its store to a word that another one looks at behind
    ``load`` and a barrier, to see whether the load is still good: no barrier stands between the two."""
    looks = (found.get(cpu) for found in shared.looks.values())
    released = shared.released[me][me]
    return any(
        one is not None and one.cpu == me and one.at > load.time and one.time > released for one in looks
    )


class SequenceRules(Family):
    """The words that one CPU looks at, to see whether another has changed them."""

    between_cpus = True

    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """A load whose value decides a branch is a look."""
        if is_alone(self.system) or self.rules.uses.of_load() is Loop.NONE:
            return
        shared, me, word = shared_by(self.system, self.rules.side), self.system.cpu.index, place.address
        shared.looks.setdefault(word, {})[me] = Look(shared.clocks[me][shared.load_clock(me)] + 1)
        doubts = shared.doubts[me]
        for key in [key for key in doubts if key[1] == word]:
            doubt = doubts.pop(key)
            if doubt.behind:
                take_back(self.rules, shared, doubt.store, key[0])

    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """A word is stored to that others have looked at."""
        shared, me = shared_by(self.system, self.rules.side), self.system.cpu.index
        looks = shared.looks.get(place.address, {})
        for cpu, look in looks.items():
            if cpu != me and look.cpu is None:
                looks[cpu] = look._replace(cpu=me, time=shared.clocks[me][me])

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB: loads that follow come behind those that were made."""
        if not is_alone(self.system) and option not in NON_SHAREABLE | STORE_ONLY:
            doubts = shared_by(self.system, self.rules.side).doubts[self.system.cpu.index]
            doubts |= {key: doubt._replace(behind=True) for key, doubt in doubts.items()}
