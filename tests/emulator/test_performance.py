"""The performance monitors: what their registers hold, and what is counted."""

from __future__ import annotations

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.board.cpus import with_cpus
from hypgen.board.load import load_board
from hypgen.emulator import lenient
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.performance import REGISTERS, Performance
from hypgen.errors import NotModelledError
from hypgen.machine.machine import Machine
from tests.emulator.rig import Rig

SIX = 6 << 11
"""PMCR.N of the Cortex-A15."""
ENABLED = 1


class Time:
    """Executed instructions, as the test says."""

    def __init__(self) -> None:
        self.now = 1000

    def __call__(self) -> int:
        return self.now


def counters(mode: Mode = Mode.SVC, **registers: int) -> tuple[Rig, Time]:
    """A CPU in ``mode`` with six event counters, all of whose registers are zero."""
    rig = Rig(mode)
    rig.values |= dict.fromkeys(REGISTERS | {"PMUSERENR"}, 0) | {"PMCR": SIX, "HDCR": 6} | registers
    time = Time()
    rig.cpu.coproc.attach(Performance(rig.cpu, time), REGISTERS)
    return rig, time


def read(rig: Rig, name: str) -> int:
    return rig.cpu.coproc.mrc(cp15.BY_NAME[name])


def write(rig: Rig, name: str, value: int) -> None:
    rig.cpu.coproc.mcr(cp15.BY_NAME[name], value)


@pytest.mark.parametrize(
    ("set_by", "cleared_by"),
    [("PMCNTENSET", "PMCNTENCLR"), ("PMINTENSET", "PMINTENCLR"), ("PMOVSSET", "PMOVSR")],
)
def test_pairs_of_registers_set_and_clear_the_bits_of_the_counters_that_there_are(set_by, cleared_by):
    rig, _ = counters()
    write(rig, set_by, 0xFFFF_FFFF)
    assert read(rig, set_by) == read(rig, cleared_by) == 0x8000_003F
    write(rig, cleared_by, 0x8000_0005)
    assert read(rig, set_by) == read(rig, cleared_by) == 0x3A


def test_the_cycle_counter_counts_while_it_is_enabled_and_overflows():
    rig, time = counters()
    write(rig, "PMCCNTR", 0xFFFF_FFF0)
    write(rig, "PMCNTENSET", 1 << 31)
    time.now += 8
    assert read(rig, "PMCCNTR") == 0xFFFF_FFF0
    write(rig, "PMCR", ENABLED)
    time.now += 0x18
    assert (read(rig, "PMCCNTR"), read(rig, "PMOVSR")) == (8, 1 << 31)
    write(rig, "PMCR", 0)
    time.now += 5
    assert read(rig, "PMCCNTR") == 8
    write(rig, "PMCR", cp15.PMCR.bit("C"))
    assert (read(rig, "PMCCNTR"), read(rig, "PMCR")) == (0, SIX)


def test_the_divider_counts_one_in_64():
    rig, time = counters()
    write(rig, "PMCNTENSET", 1 << 31)
    write(rig, "PMCR", ENABLED | cp15.PMCR.bit("D"))
    time.now += 640
    assert read(rig, "PMCCNTR") == 10


def test_software_increments_and_cycles_are_counted_by_event_counters():
    rig, time = counters()
    for number, event in ((0, 0x00), (3, 0x11)):
        write(rig, "PMSELR", number)
        write(rig, "PMXEVTYPER", event)
    write(rig, "PMCNTENSET", 0b1001)
    write(rig, "PMCR", ENABLED)
    write(rig, "PMSWINC", 0b1001)
    time.now += 50
    assert read(rig, "PMXEVCNTR") == 50
    write(rig, "PMSELR", 0)
    assert read(rig, "PMXEVCNTR") == 1
    write(rig, "PMCR", ENABLED | cp15.PMCR.bit("P"))
    assert read(rig, "PMXEVCNTR") == 0


@pytest.mark.parametrize(
    ("kind", "what"), [(0x08, "counting event 0x08"), (1 << 31 | 0x11, "in some modes only")]
)
def test_what_cannot_be_counted_is_named_when_it_would_be(kind, what):
    rig, _ = counters()
    write(rig, "PMXEVTYPER", kind)
    write(rig, "PMCNTENSET", 1)
    with pytest.raises(NotModelledError, match=what):
        write(rig, "PMCR", ENABLED)


def test_an_overflow_that_would_interrupt_is_named():
    rig, time = counters()
    write(rig, "PMCNTENSET", 1 << 31)
    write(rig, "PMINTENSET", 1 << 31)
    write(rig, "PMCR", ENABLED)
    time.now += 1 << 32
    with pytest.raises(NotModelledError, match="interrupt of a performance counter"):
        read(rig, "PMCCNTR")


def test_counters_from_hpmn_on_are_hyp_modes_alone():
    guest, _ = counters(HDCR=2, PMCNTENSET=0x3F, SCR=1)
    assert read(guest, "PMCR") >> 11 & 0x1F == 2
    assert read(guest, "PMCNTENSET") == 3
    hyp, _ = counters(Mode.HYP, HDCR=2, PMCNTENSET=0x3F, SCR=1)
    assert read(hyp, "PMCR") >> 11 & 0x1F == 6
    assert read(hyp, "PMCNTENSET") == 0x3F


def test_hpme_enables_the_counters_of_hyp_mode():
    rig, time = counters(Mode.HYP, SCR=1, HDCR=2 | cp15.HDCR.bit("HPME"))
    write(rig, "PMSELR", 4)
    write(rig, "PMXEVTYPER", 0x11)
    write(rig, "PMCNTENSET", 1 << 4)
    time.now += 7
    assert read(rig, "PMXEVCNTR") == 7


def test_counters_by_number_are_those_that_are_selected_where_no_strict_rules_apply():
    counter, kind, cycles = (lenient.single((0, 14, crm, opc2)) for crm, opc2 in ((8, 2), (12, 2), (15, 7)))
    assert [row.name for row in (counter, kind, cycles)] == ["PMEVCNTR2", "PMEVTYPER2", "PMEVTYPER31"]
    assert lenient.single((0, 14, 8, 6)) is None
    machine = Machine(with_cpus(load_board("qemu-virt"), 1), mode="functional")
    coproc = machine.cpus[0].coproc
    for row, value in ((counter, 7), (kind, 0x11), (cycles, 0xC000_0001)):
        coproc.mcr(row, value)
    for selected, read in ((2, (7, 0x11)), (31, (0, 0xC000_0000))):
        coproc.write("PMSELR", selected)
        assert (coproc.read("PMXEVCNTR"), coproc.read("PMXEVTYPER")) == read
    assert [coproc.mrc(row) for row in (counter, kind, cycles)] == [7, 0x11, 0xC000_0000]


def test_a_counter_that_the_cpu_has_not_is_undefined_by_number():
    machine = Machine(with_cpus(load_board("rpi2"), 1), mode="functional")
    with pytest.raises(Undefined):
        machine.cpus[0].coproc.mrc(lenient.single((0, 14, 8, 5)))
