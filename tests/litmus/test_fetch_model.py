"""Random programs beside a model of their own: one line of code that is written and called, and one CPU.

The model follows DDI 0406C A3.8.3, B2.2.4 and B2.2.9 with sets, without knowing how the rules do. The Point
of Unification has a store for certain when a DSB follows a clean that follows it. The instruction cache reads
by itself whatever may be there, and the branch predictor learns it. What they have read is gone when a DSB
has completed an invalidation, and from what was fetched already with the context synchronisation event after
that. A call that may execute anything but what was stored last is a hazard.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.litmus.litmus import DATA, Case, Rig, prepared
from tests.litmus.models import Model, play_hazards, report_hazards

CLEANS = ("DCCMVAU", "DCCMVAC", "DCCIMVAC")
CACHE = ("ICIMVAU", "ICIALLU", "ICIALLUIS")
PREDICTOR = ("BPIALL", "BPIMVA", "BPIALLIS", "ICIALLU", "ICIALLUIS")
"""What cleans the line to the Point of Unification, and what invalidates either side of it."""
DRAWN = (
    *(
        "store",
        "call",
        *CLEANS,
        "DCCMVAU",
        "DCCMVAU",
        *CACHE,
        "ICIMVAU",
        "ICIMVAU",
        "BPIALL",
        "BPIMVA",
        "BPIALLIS",
    ),
    *("BPIALL", "dsb", "dsb", "dsb", "dsb", "dsb", "dsb ishst", "dsb nsh", "dmb", "isb", "isb", "isb"),
)
MOV_R9 = 0xE3A0_9000
BX_LR = 0xE12F_FF1E


class Reader:
    """What fetches the line by itself: what it may have of it, and which invalidations are not complete."""

    def __init__(self, operations: Sequence[str]) -> None:
        self.operations = operations
        self.held = {0}
        self.fetched = {0}
        """What it may hold, and what may have come from it without a synchronisation since."""
        self.issued: list[set[int]] = []
        """What each operation removes, unless that is read again."""

    def perform(self, what: str, possible: set[int]) -> None:
        """An instruction, after which the Point of Unification may have what is possible."""
        if what in self.operations:
            self.issued.append(set(self.held))
        elif what in ("dsb", "dsb nsh"):
            self.held.difference_update(*self.issued)
            self.issued.clear()
        elif what == "isb":
            self.fetched = set(self.held)
        self.held |= possible
        self.fetched |= possible
        for gone in self.issued:
            gone -= possible


class Code:
    """What may come of the line."""

    def __init__(self) -> None:
        self.now = 0
        self.unified = {0}
        """The stores that the Point of Unification may have."""
        self.cleaning = 0
        """The last store that a clean is under way for."""
        self.readers = (Reader(CACHE), Reader(PREDICTOR))

    def perform(self, what: str) -> bool:
        """An instruction; whether it meets a hazard."""
        if what == "store":
            self.now += 1
            self.unified.add(self.now)
        elif what in CLEANS:
            self.cleaning = self.now
        elif what in ("dsb", "dsb nsh"):
            self.unified = {one for one in self.unified if one >= self.cleaning}
        elif what == "call":
            return any(one.fetched != {self.now} for one in self.readers)
        for one in self.readers:
            one.perform(what, self.unified)
        return False


def drawn(seed: int) -> tuple[list[str], list[int]]:
    """A program, and the places of the calls that meet a hazard."""
    choose = random.Random(seed)
    code, steps, hazards = Code(), list[str](), list[int]()
    if seed % 4:  # near the sequence that is right
        steps = ["store", "DCCMVAU", "dsb", "ICIMVAU", "BPIALL", "dsb", "isb", "call"]
        for _ in range(choose.randint(0, 3)):
            steps.insert(choose.randrange(len(steps)), choose.choice(DRAWN))
        if choose.random() < 0.3:
            del steps[choose.randrange(len(steps) - 1)]
        if choose.random() < 0.5:
            one, other = (choose.randrange(len(steps) - 1) for _ in range(2))
            steps[one], steps[other] = steps[other], steps[one]
    else:
        steps = ["store", *(choose.choice(DRAWN) for _ in range(choose.randint(4, 12))), "call"]
    for number, what in enumerate(steps):
        if code.perform(what):
            hazards.append(number)
    return steps, hazards


def case(steps: Sequence[str]) -> Case:
    """The litmus test of a program: the values that the calls gave are summed up."""
    lines, stores = ["ldr r3, =DATA"], 0
    for what in steps:
        if what == "store":
            stores += 1
            lines += [f"ldr r1, ={MOV_R9 | stores:#x}", "str r1, [r3]"]
        elif what == "call":
            lines += ["blx r3", "add r5, r9, r5, lsl #2"]
        else:
            lines.append(f"{what} r3" if what[0].isupper() else what)
    return Case("model", "drawn", "\n".join(lines), [], "", mmu=True)


def with_code(one: Case) -> Rig:
    """The machine of a case, with a function in the line."""
    rig = prepared(one)
    rig.words(DATA, [MOV_R9, BX_LR])
    return rig


MODEL = Model(drawn, case, with_code)


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 150])
def test_the_rules_report_the_programs_in_which_a_call_has_a_hazard(start: int):
    assert 10 < report_hazards(MODEL, range(start, start + 150)) < 140


@pytest.mark.slow
def test_an_outcome_ends_otherwise_where_a_call_has_a_hazard():
    play_hazards(MODEL, range(1000, 1060))
