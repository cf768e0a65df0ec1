"""Random programs beside a model of their own: table bases and ASIDs that are switched, and one TLB.

The model follows DDI 0406C B3.10 and B3.15.5 with sets, without knowing how the rules do. A register may be
seen to have any value that it had since the last context synchronisation event, whatever others are seen to
have. The TLB may hold what a walk gives under any values that may be seen, of the ASID of then unless it is
global, until an invalidation that covers it is complete. A load that may go anywhere but to where the tables
of program order say is a hazard.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import pytest

from tests.emulator.rig import RAM
from tests.litmus.litmus import Case, Rig, prepared
from tests.litmus.models import Model, play_hazards, report_hazards

BASES = {"A": RAM + 0xC0_0000, "B": RAM + 0xC0_4000}
"""Two tables of the Short-descriptor format: sections of RAM at their own addresses, and those of PAGES."""
ASIDS = (1, 2)
TARGETS = {"one": 0x40A0_0000, "other": 0x40B0_0000}
FIRST_PAGE = 0x5000_0000
SECTION, NOT_GLOBAL = 0x1_5C0E, 1 << 17
"""A section that is readable and writable, Write-Back and Shareable; nG."""


class Mapping(NamedTuple):
    """Where a table maps an address (None: nowhere), and whether its entry is global."""

    target: str | None
    is_global: bool = False


PAGES = (
    {"A": Mapping("one"), "B": Mapping("other")},
    {"A": Mapping("one", True), "B": Mapping("other", True)},
    {"A": Mapping("one", True), "B": Mapping("other")},
    {"A": Mapping("one"), "B": Mapping("one")},
    {"A": Mapping("one"), "B": Mapping(None)},
)
"""What the tables make of some addresses."""
DRAWN = (
    *("base A", "base B", "base A", "base B", "ASID 1", "ASID 2", "ASID 1", "ASID 2"),
    *("load", "load", "load", "isb", "isb", "isb", "dsb", "dsb", "dsb", "dsb ishst", "dmb"),
    *("TLBIALL", "TLBIALLIS", "TLBIASID 1", "TLBIASID 2", "TLBIMVA 1", "TLBIMVA 2", "TLBIMVAA"),
)
Entry = tuple[str, int | None]
"""What the TLB may hold: a target, and the ASID if it is not global."""


class Invalidation:
    """A TLB operation: what the TLB may hold that it removes, unless that is read again."""

    def __init__(self, covered: set[Entry]) -> None:
        self.covered = covered


class Tlb:
    """What may come of the registers and of the TLB for one address."""

    def __init__(self, page: int) -> None:
        self.tables = PAGES[page]
        self.base, self.asid = "A", 1
        self.bases, self.asids = {"A"}, {1}
        """What may be seen of the registers."""
        self.held: set[Entry] = set()
        self.invalidations: list[Invalidation] = []
        self.settle()

    def settle(self) -> None:
        """The TLB reads by itself whatever a walk may."""
        for base, asid in product(self.bases, self.asids):
            target, is_global = self.tables[base]
            if target is not None:
                entry = (target, None if is_global else asid)
                self.held.add(entry)
                for one in self.invalidations:
                    one.covered.discard(entry)

    def perform(self, what: str) -> tuple[bool, bool]:
        """An instruction: whether it meets a hazard, and whether the program goes on after it."""
        hazard, goes_on = False, True
        kind, _, operand = what.partition(" ")
        if kind == "base":
            self.base = operand
            self.bases.add(operand)
        elif kind == "ASID":
            self.asid = int(operand)
            self.asids.add(self.asid)
        elif kind == "isb":
            self.bases, self.asids = {self.base}, {self.asid}
        elif kind == "load":
            expected = self.tables[self.base].target
            hazard, goes_on = self.reached() != {expected}, expected is not None
        elif kind.startswith("TLBI"):
            self.invalidations.append(Invalidation({one for one in self.held if covers(kind, operand, one)}))
        elif what == "dsb":
            for one in self.invalidations:
                self.held -= one.covered
            self.invalidations.clear()
        self.settle()
        return hazard, goes_on

    def reached(self) -> set[str | None]:
        """Where a load may go; None where it faults."""
        walked = {self.tables[base].target for base in self.bases}
        return walked | {target for target, asid in self.held if asid is None or asid in self.asids}


def covers(operation: str, operand: str, entry: Entry) -> bool:
    """Whether a TLB operation removes an entry: one by ASID alone leaves those that are global (B3.10.5)."""
    asid = entry[1]
    if operation == "TLBIASID":
        return asid == int(operand)
    return operation != "TLBIMVA" or asid is None or asid == int(operand)


def drawn(seed: int) -> tuple[tuple[int, list[str]], list[int]]:
    """A program, with the page that it loads from, and the places of the loads that meet a hazard."""
    choose = random.Random(seed)
    page = choose.randrange(len(PAGES))
    tlb, steps, hazards = Tlb(page), list[str](), list[int]()
    for number in range(choose.randint(4, 14)):
        steps.append(choose.choice(DRAWN))
        hazard, goes_on = tlb.perform(steps[-1])
        if hazard:
            hazards.append(number)
        if not goes_on:
            break
    return (page, steps), hazards


def case(program: tuple[int, Sequence[str]]) -> Case:
    """The litmus test of a program."""
    page, steps = program
    va = FIRST_PAGE + (page << 20)
    lines = [f"ldr r3, ={va:#x}"]
    for what in steps:
        kind, _, operand = what.partition(" ")
        if kind == "base":
            lines += [f"ldr r1, ={BASES[operand] | 0x4A:#x}", "set TTBR0, r1"]
        elif kind == "ASID":
            lines += [f"mov r1, #{operand}", "set CONTEXTIDR, r1"]
        elif kind == "load":
            lines.append("ldr r4, [r3]")
        elif kind.startswith("TLBI"):
            value = va if kind.startswith("TLBIMVA") else 0
            lines += [f"ldr r1, ={value + int(operand or 0):#x}", f"{kind} r1"]
        else:
            lines.append(what)
    return Case("model", "drawn", "\n".join(lines), [], "", mmu=True, mode="svc")


def with_words(one: Case) -> Rig:
    """The machine of a case, with the two tables, and words that tell where a load went."""
    rig = prepared(one)
    for number, target in enumerate(TARGETS.values(), 1):
        rig.words(target, [number])
    for name, base in BASES.items():
        rig.memory.write(base, bytes(0x4000))
        for section in range(RAM >> 20, (RAM >> 20) + 16):
            rig.words(base + 4 * section, [section << 20 | SECTION])
        for number, tables in enumerate(PAGES):
            target, is_global = tables[name]
            if target is not None:
                descriptor = TARGETS[target] | SECTION | (0 if is_global else NOT_GLOBAL)
                rig.words(base + 4 * ((FIRST_PAGE >> 20) + number), [descriptor])
    rig.values["TTBCR_NS"], rig.values["TTBR0_NS"] = 0, BASES["A"] | 0x4A
    rig.values["DACR_NS"], rig.values["CONTEXTIDR_NS"] = 1, 1
    rig.values["SCTLR_NS"] = 0x00C5_187D
    rig.cpu.system.registers_set()
    return rig


MODEL = Model(drawn, case, with_words)


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 600])
def test_the_rules_report_the_programs_in_which_a_load_has_a_hazard(start: int):
    assert 10 < report_hazards(MODEL, range(start, start + 150)) < 140


@pytest.mark.slow
def test_an_outcome_ends_otherwise_where_a_load_has_a_hazard():
    play_hazards(MODEL, range(1000, 1060))
