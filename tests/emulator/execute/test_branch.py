"""Branches: targets, links and interworking."""

from __future__ import annotations

import pytest

from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSTR
from hypgen.emulator.exceptions import HypTrap
from hypgen.emulator.execute.registry import Unpredictable
from tests.emulator.execute.harness import PC, Bench


@pytest.mark.parametrize(
    ("imm24", "target"), [(0, PC + 8), (0xFFFFFE, PC), (1, PC + 12), (0x800000, 0xFE01_0008)]
)
def test_b_and_bl_are_relative_to_the_pc_plus_8_and_wrap(imm24, target):
    assert Bench(lr=5).run("B", imm24=imm24).r[14:] == [5, target]
    assert Bench().run("BL (immediate)", imm24=imm24).r[14:] == [PC + 4, target]


@pytest.mark.parametrize("h", [0, 1])
def test_blx_immediate_enters_thumb_state_at_a_halfword(h):
    bench = Bench().run("BLX (immediate)", imm24=0, H=h)
    assert (bench.r[14], bench.r[15], bench.cpu.t) == (PC + 4, PC + 8 + 2 * h, 1)


@pytest.mark.parametrize("name", ["BX", "BXJ", "BLX (register)"])
def test_branches_to_a_register_select_the_instruction_set_by_its_bit_0(name):
    bench = Bench(r1=0x3_0001).run(name, Rm=1)
    assert (bench.r[15], bench.cpu.t, bench.r[14]) == (0x3_0000, 1, PC + 4 if "L" in name else 0)
    bench = Bench(r1=0x3_0004).run(name, Rm=1)
    assert (bench.r[15], bench.cpu.t) == (0x3_0004, 0)
    with pytest.raises(Unpredictable):
        Bench(r1=0x3_0002).run(name, Rm=1)


def test_bx_pc_continues_two_instructions_on():
    assert Bench().run("BX", Rm=15).r[15] == PC + 8


def test_blx_through_the_link_register_reads_it_before_linking():
    assert Bench(lr=0x3_0000).run("BLX (register)", Rm=14).r[14:] == [PC + 4, 0x3_0000]


def test_bxj_traps_to_hyp_mode_with_hstr_tjdbx():
    for mode, ns, traps in ((Mode.SVC, 1, True), (Mode.HYP, 1, False), (Mode.SVC, 0, False)):
        bench = Bench(mode, r3=0x3_0000)
        bench.coproc.values |= {"SCR": ns, "HSTR": HSTR.bit("TJDBX")}
        if traps:
            with pytest.raises(HypTrap) as trap:
                bench.run("BXJ", Rm=3)
            assert (trap.value.ec, trap.value.iss) == (0x0A, 3)
        else:
            assert bench.run("BXJ", Rm=3).r[15] == 0x3_0000
