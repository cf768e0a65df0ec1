"""Random programs beside a model of their own: two pages whose descriptors share a line, and one TLB.

The model follows DDI 0406C B3.10.1 with sets, without knowing how the rules do: which descriptors a walk
may still read, which of them the TLB may hold, and how far its invalidations are. An access of which more
than one thing may come is a hazard. The rules report exactly the programs with a hazard, and an outcome that
is played ends otherwise in exactly those in which an access has one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.emulator.rig import RAM
from tests.litmus.explored import explored
from tests.litmus.litmus import Case, Rig, prepared
from tests.litmus.models import Model, report_hazards

INVALID, PAGES = "none", {"DATA": RAM + 0x1_0000, "OTHER": RAM + 0x5_0000}
STORES = {
    INVALID: "mov r1, #0; str r1, [r0{at}]",
    "DATA": "ldr r1, =DATA + 0x743; str r1, [r0{at}]",
    "OTHER": "ldr r1, =OTHER + 0x743; str r1, [r0{at}]",
}
"""What a descriptor is made to map, and how."""
BY_PAGE = {**STORES, "TLBIMVAH": "TLBIMVAH {va}", "load": "ldr r4, [{va}]", "call": "blx {va}"}
BARRIERS = ("dsb", "dsb ishst", "dsb nsh", "dmb", "isb")
WHOLE = ("TLBIALLH", "TLBIALLHIS")
DRAWN = (
    *(INVALID, INVALID, "DATA", "DATA", "OTHER", "OTHER", "TLBIMVAH", "TLBIMVAH"),
    *("load", "load", "load", "call", "call", "dsb", "dsb", *BARRIERS, *WHOLE, "isb"),
)
PLACES = ({"at": "", "va": "r3"}, {"at": ", #8", "va": "r6"})
Step = tuple[str, int]
"""An operation, and the page that it is for, where it is for one."""


@dataclass
class Invalidation:
    """A TLB operation: what the TLB held for loads and fetches, what it may have read since, whether it is
    complete."""

    shared: bool
    held: set[str]
    fetched: set[str]
    again: set[str] = field(default_factory=set)
    complete: bool = False


class Page:
    """What may come of one page's descriptor."""

    def __init__(self) -> None:
        self.now = INVALID
        self.before: list[list[object]] = []
        """Older descriptors that a walk may read, and whether a DSB has followed the store over each."""
        self.held: set[str] = set()
        self.fetched: set[str] = set()
        """What the TLB may hold, for loads and for fetches."""
        self.invalidations: list[Invalidation] = []

    def walked(self, fetch: bool = False) -> set[str]:
        """What a walk may read."""
        return {self.now, *(str(old) for old, complete in self.before if fetch or not complete)}

    def settle(self) -> None:
        """The TLB reads by itself whatever a walk may."""
        valid = self.walked() - {INVALID}
        self.held |= valid
        self.fetched |= valid
        for one in self.invalidations:
            one.again |= valid

    def perform(self, what: str) -> tuple[str, bool]:
        """An operation: the hazard that it meets, if any, and whether the program goes on after it."""
        hazard = ""
        if what in STORES and what != self.now:
            if what != INVALID and (self.walked() | self.held) - {INVALID, what}:
                hazard = "replaced"
            self.before.append([self.now, False])
            self.now = what
        elif what in (*WHOLE, "TLBIMVAH"):
            one = Invalidation(what.endswith("IS"), set(self.held), set(self.fetched))
            self.invalidations.append(one)
        elif what.startswith("dsb"):
            self._complete(what)
        elif what == "isb":
            self.before = [one for one in self.before if not one[1]]
            for one in self.invalidations:
                if one.complete:
                    self.fetched -= one.fetched - one.again
            self.invalidations = [one for one in self.invalidations if not one.complete]
        elif what in ("load", "call"):
            fetch = what == "call"
            possible = self.walked(fetch) | (self.fetched if fetch else self.held)
            return "access" * (len(possible) > 1), self.now != INVALID
        self.settle()
        return hazard, True

    def _complete(self, barrier: str) -> None:
        for store in self.before:
            store[1] = True
        for one in self.invalidations:
            covered = not (barrier == "dsb ishst" or (one.shared and barrier == "dsb nsh"))
            if covered and not one.complete:
                one.complete = True
                self.held -= one.held - one.again


def drawn(seed: int) -> tuple[list[Step], set[str]]:
    """A program up to what faults in program order, and its hazards."""
    choose = random.Random(seed)
    pages, steps, hazards = (Page(), Page()), list[Step](), set[str]()
    for _ in range(choose.randint(4, 14)):
        what, number = choose.choice(DRAWN), int(choose.random() < 0.4)
        steps.append((what, number))
        reached = (pages[number],) if what in BY_PAGE else pages
        results = [page.perform(what) for page in reached]
        hazards |= {hazard for hazard, _ in results if hazard}
        if not all(goes_on for _, goes_on in results):
            break
    return steps, hazards


def case(steps: Sequence[Step]) -> Case:
    """The litmus test of a program."""
    lines = ["ldr r0, =FREE_ENTRY", "ldr r3, =FREE", "ldr r6, =FREE + 0x1000"]
    for what, number in steps:
        lines += BY_PAGE.get(what, what).format(**PLACES[number]).split("; ")
    return Case("model", "drawn", "\n".join(lines), [], "", mmu=True)


def with_functions(one: Case) -> Rig:
    """The machine of a case, the two pages of which hold functions that can be told apart."""
    rig = prepared(one)
    for number, address in enumerate(PAGES.values(), 1):
        rig.words(address, [0xE3A0_9000 | number, 0xE12F_FF1E])  # mov r9, #number; bx lr
    return rig


MODEL = Model(drawn, case, with_functions)


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 40])
def test_the_rules_report_the_programs_in_which_the_model_has_a_hazard(start: int):
    assert 2 < report_hazards(MODEL, range(start, start + 40)) < 38


@pytest.mark.slow
@pytest.mark.parametrize("start", [1000, 1015])
def test_an_outcome_ends_otherwise_where_the_model_has_one(start: int):
    for seed in range(start, start + 15):
        steps, hazards = drawn(seed)
        found = explored(case(steps), with_functions)
        assert not found.bounded
        warned = "WALK-003" in {rule for rule, _, _ in found.played}  # of later manuals, which play it, too
        assert found.diverged == ("access" in hazards) or (found.diverged and warned), (seed, steps)
