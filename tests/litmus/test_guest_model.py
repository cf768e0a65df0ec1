"""Random programs beside a model of their own: guests that are switched by VTTBR, and one TLB.

The model follows DDI 0406C B3.10 and B3.15.5 with sets, without knowing how the rules do. The TLB reads what
a guest's tables give while that guest runs, and for as long after that as VTTBR may be seen to name it. That
is held under the guest's VMID, until an invalidation that covers it is complete: TLBIALL is for the VMID that
VTTBR has, TLBIALLNSNH for all, and TLBIALLH is not for guests; those by address or by ASID remove what stage
1 gives, and leave what stage 2 gives where it is. Exception entry and return synchronise. A guest's load that
may go anywhere but to where VTTBR's tables say is a hazard, and so is an operation that may go by the VMID of
before.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from tests.emulator.rig import CODE, RAM
from tests.litmus.litmus import SYMBOLS, Case, Rig, prepared
from tests.litmus.models import Model, play_hazards, report_hazards

ROOTS = {"A": RAM + 0x20_0000, "B": RAM + 0x20_4000, "C": RAM + 0x20_8000}
"""Tables of stage 2, of three levels each: code at its own address, and FREE where TARGETS says, if there."""
TARGETS = {"A": RAM + 0x1_0000, "B": RAM + 0x5_0000}
VTCR = 0x8000_3540
LOAD = ("mov r4, #0", "ldr r4, [r3]", "add r5, r4, r5, lsl #2")
"""A load, and the sum of all that was loaded, from which each can be told."""
BRANCH_R10 = 0xE12F_FF1A
HVC_VECTOR = 0x14


class Guest(NamedTuple):
    """What VTTBR names."""

    root: str
    vmid: int

    @property
    def value(self) -> int:
        """The value of VTTBR."""
        return self.vmid << 48 | ROOTS[self.root]


GUESTS = tuple(Guest(root, vmid) for root in ROOTS for vmid in (1, 2))
HYP = (
    *GUESTS,
    *("enter load", "enter load", "enter load", "enter", "isb", "isb", "dsb", "dsb", "dsb", "dsb nsh"),
    *("dsb ishst", "dmb", "TLBIALL", "TLBIALL", "TLBIALLIS", "TLBIALLNSNH", "TLBIALLNSNHIS", "TLBIALLH"),
    *("unmap A", "unmap A", "unmap B", "map A", "map B", "TLBIMVAA", "TLBIMVA", "TLBIASID"),
    *("enter TLBIALL dsb load", "enter TLBIALLIS dsb isb load", "enter load TLBIALL load", "enter TLBIALL"),
)
"""What is drawn in Hyp mode: a write to VTTBR, or an instruction, or what a guest does when it is entered."""
OF_CURRENT = ("TLBIALL", "TLBIALLIS", "TLBIMVAA", "TLBIMVA", "TLBIASID")
"""Operations on what is held under VTTBR's VMID."""
Step = Guest | str
Entry = tuple[str | None, int]
"""What the TLB may hold: where a guest's address goes, and the VMID."""


class Invalidation:
    """A TLB operation: what it removes, unless that is read again."""

    def __init__(self, shared: bool, covered: set[Entry]) -> None:
        self.shared = shared
        self.covered = covered


class Tlb:
    """What may come of VTTBR and of the TLB for one address of the guests."""

    def __init__(self) -> None:
        self.mapped = {"A", "B"}
        """The tables that map the address."""
        self.now = GUESTS[0]
        self.seen = {self.now}
        """The values that VTTBR may be seen to have."""
        self.ran: Guest | None = None
        """The guest that ran last, while VTTBR may be seen to name it."""
        self.held: set[Entry] = set()
        self.invalidations: list[Invalidation] = []

    def settle(self) -> None:
        """The TLB reads by itself whatever a walk may."""
        if self.ran not in self.seen:
            self.ran = None
        if self.ran is not None and self.ran.root in self.mapped:
            entry = (self.ran.root, self.ran.vmid)
            self.held.add(entry)
            for one in self.invalidations:
                one.covered.discard(entry)

    def perform(self, what: Step) -> set[str]:
        """A step in Hyp mode; the hazards that it meets."""
        hazards = set()
        if isinstance(what, Guest):
            self.now = what
            self.seen.add(what)
        elif what.startswith("unmap"):
            self.mapped.discard(what[-1])
            self.complete()
        elif what.startswith("map"):
            self.mapped.add(what[-1])
            self.complete()
        elif what.startswith("enter"):
            self.synchronise()
            self.ran = self.now
            self.settle()
            for one in what.split()[1:]:
                if one != "load":
                    hazards |= self.operation(one)
                elif self.reached() != {self.expected()}:
                    hazards.add("access")
                self.settle()
                if one == "load" and self.expected() is None:
                    break
        else:
            hazards = self.operation(what)
        self.settle()
        return hazards

    def operation(self, what: str) -> set[str]:
        """A barrier or a TLB operation."""
        if what == "isb":
            self.synchronise()
        elif what.startswith("dsb") and what != "dsb ishst":
            done = [one for one in self.invalidations if not (one.shared and what == "dsb nsh")]
            for one in done:
                self.held -= one.covered
            self.invalidations = [one for one in self.invalidations if one not in done]
        elif what.startswith("TLBIALLNSNH"):
            self.invalidations.append(Invalidation(what.endswith("IS"), set(self.held)))
        elif what in OF_CURRENT:
            vmids = {one.vmid for one in self.seen}
            whole = what.startswith("TLBIALL")
            covered = {one for one in self.held if whole and vmids == {one[1]}}
            self.invalidations.append(Invalidation(what.endswith("IS"), covered))
            if len(vmids) > 1:
                return {"operand"}
        return set()

    def complete(self) -> None:
        """The store of a descriptor is over, with the DSB and the ISB that follow it."""
        self.operation("dsb")
        self.synchronise()

    def synchronise(self) -> None:
        """A context synchronisation event."""
        self.seen = {self.now}
        self.settle()

    def expected(self) -> str | None:
        """Where a load goes in program order; None where it faults."""
        return self.now.root if self.now.root in self.mapped else None

    def reached(self) -> set[str | None]:
        """Where it may go."""
        return {self.expected(), *(root for root, vmid in self.held if vmid == self.now.vmid)}


def drawn(seed: int) -> tuple[list[Step], set[str]]:
    """A program, and its hazards: an access, or the operand of an operation."""
    choose = random.Random(seed)
    tlb, steps, hazards = Tlb(), list[Step](), set[str]()
    for _ in range(choose.randint(4, 14)):
        steps.append(choose.choice(HYP))
        hazards |= tlb.perform(steps[-1])
    return steps, hazards


def case(steps: Sequence[Step]) -> Case:
    """The litmus test of a program."""
    lines = ["ldr r3, =FREE"]
    for number, what in enumerate(steps):
        if isinstance(what, Guest):
            lines += [f"ldr r1, ={what.value & 0xFFFF_FFFF:#x}", f"ldr r2, ={what.value >> 32:#x}"]
            lines.append("set VTTBR, r1, r2")
        elif "map" in what:
            entry = ROOTS[what[-1]] + 0x2000 + 8 * (SYMBOLS["FREE"][0] >> 12 & 0x1FF)
            descriptor = TARGETS[what[-1]] | 0x7FF if what.startswith("map") else 0
            lines += [f"ldr r1, ={entry:#x}", f"ldr r2, ={descriptor:#x}", "str r2, [r1]", "dsb", "isb"]
        elif what.startswith("enter"):
            lines += [f"adr r10, back{number}", f"adr r12, in{number}", "msr elr_hyp, r12", "mov r12, #0x1d3"]
            lines += ["msr spsr_cxsf, r12", "eret", f"in{number}:"]
            for one in what.split()[1:]:
                lines += LOAD if one == "load" else [written(one)]
            lines += ["hvc #0", f"back{number}:"]
        else:
            lines.append(written(what))
    return Case("model", "drawn", "\n".join(lines), [], "", mmu=True)


def written(what: str) -> str:
    """A barrier or TLB operation as a line."""
    return f"{what} r3" if what.startswith("TLBI") else what


def with_guests(one: Case) -> Rig:
    """The machine of a case, with the tables of stage 2, and a vector that goes on after the guest."""
    rig = prepared(one)
    rig.words(rig.values["HVBAR"] + HVC_VECTOR, [BRANCH_R10])
    code = [CODE, *(pa for va, pa, _, _ in SYMBOLS.values() if pa == va)]
    for number, (name, root) in enumerate(ROOTS.items(), 1):
        rig.memory.write(root, bytes(0x3000))
        rig.store64(root + 8 * (RAM >> 30), root + 0x1000 | 3)
        rig.store64(root + 0x1000, root + 0x2000 | 3)
        for page in code:
            rig.store64(root + 0x2000 + 8 * (page >> 12 & 0x1FF), page | 0x7FF)
        rig.map(root + 0x2000, root + 0x2000)
        if name in TARGETS:
            rig.store64(root + 0x2000 + 8 * (SYMBOLS["FREE"][0] >> 12 & 0x1FF), TARGETS[name] | 0x7FF)
            rig.words(TARGETS[name], [number])
    rig.values["VTCR"], rig.values["HCR"], rig.values["VTTBR"] = VTCR, 1, GUESTS[0].value
    rig.values["SCTLR_NS"] = SYMBOLS["HSCTLR_OFF"][0]
    rig.cpu.system.registers_set()
    return rig


MODEL = Model(drawn, case, with_guests)


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 150])
def test_the_rules_report_the_programs_in_which_a_guest_has_a_hazard(start: int):
    assert 10 < report_hazards(MODEL, range(start, start + 150)) < 140


@pytest.mark.slow
def test_an_outcome_ends_otherwise_where_a_load_has_a_hazard():
    play_hazards(MODEL, range(1000, 1060), {"access"})
