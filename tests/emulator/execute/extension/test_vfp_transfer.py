"""Loads, stores and moves of the extension registers."""

from __future__ import annotations

import pytest

from hypgen.arch.psr import Mode
from hypgen.arch.registers import FPEXC, FPSCR
from hypgen.decode.table import decode_a32, decode_t32
from hypgen.emulator.exceptions import DataAbort, Undefined
from hypgen.emulator.execute.registry import Unpredictable, bind, ends_block
from hypgen.emulator.faults import FaultKind
from tests.emulator.execute.extension.bench import FpBench
from tests.emulator.execute.harness import PC, encode

BASE = 0x8000
WORDS = tuple(0x1111_1111 * number for number in range(1, 9))


def test_vldm_of_doublewords_loads_two_words_each():
    bench = FpBench(r1=BASE).words(BASE, *WORDS)
    bench.run("VLDM", Rn=1, U=1, W=1, Vd=14, sz=1, imm8=8)
    assert list(bench.d[14:18]) == [WORDS[2 * one + 1] << 32 | WORDS[2 * one] for one in range(4)]
    assert bench.r[1] == BASE + 32


def test_a_list_of_singles_moves_a_word_each():
    bench = FpBench(r1=BASE + 16).words(BASE, *WORDS)
    bench.run("VLDM", Rn=1, P=1, W=1, Vd=1, D=1, imm8=4)
    assert list(bench.s[3:7]) == list(WORDS[:4])
    assert bench.r[1] == BASE
    bench.run("VSTM", Rn=1, U=1, Vd=1, D=1, imm8=2)
    assert (bench.word(BASE), bench.word(BASE + 4), bench.r[1]) == (*WORDS[:2], BASE)


def test_an_odd_count_of_doublewords_is_fldmx_and_moves_the_base_by_a_word_more():
    bench = FpBench(r1=BASE).words(BASE, *WORDS).run("VLDM", Rn=1, U=1, W=1, sz=1, imm8=5)
    assert (bench.d[1], bench.d[2], bench.r[1]) == (WORDS[3] << 32 | WORDS[2], 0, BASE + 20)


def test_vpush_stores_below_and_vpop_restores():
    bench = FpBench(SP=BASE + 64)
    bench.d[8], bench.d[9] = 0x0123_4567_89AB_CDEF, 1
    bench.run(0xED2D8B04)
    assert (bench.r[13], bench.word(BASE + 48), bench.word(BASE + 52)) == (
        BASE + 48,
        0x89AB_CDEF,
        0x0123_4567,
    )
    bench.d[8] = 0
    bench.run(0xECBD8B04)
    assert (bench.r[13], bench.d[8], bench.d[9]) == (BASE + 64, 0x0123_4567_89AB_CDEF, 1)


def test_big_endian_data_has_the_upper_word_of_a_doubleword_first():
    bench = FpBench(r1=BASE, e=1)
    bench.d[0] = 0x0102_0304_0506_0708
    bench.run("VSTR", Rn=1, U=1, sz=1)
    assert [bench.memory.bytes[BASE + place] for place in range(8)] == [1, 2, 3, 4, 5, 6, 7, 8]
    bench.run("VLDR", Rn=1, U=1, Vd=1, sz=1).run("VLDM", Rn=1, U=1, Vd=2, sz=1, imm8=2)
    assert bench.d[0] == bench.d[1] == bench.d[2]
    bench.run("VSTM", Rn=1, U=1, Vd=2, sz=1, imm8=2)
    assert bench.memory.bytes[BASE] == 1


@pytest.mark.parametrize("name", ["VLDR", "VSTR", "VLDM", "VSTM"])
def test_whole_registers_need_word_alignment(name):
    with pytest.raises(DataAbort) as caught:
        FpBench(r1=BASE + 2).run(name, Rn=1, U=1, sz=1, imm8=2)
    assert caught.value.fault.kind is FaultKind.ALIGNMENT


def test_a_load_that_aborts_leaves_the_base_and_what_it_has_not_loaded():
    bench = FpBench(r1=BASE + 0xFF4).words(BASE + 0xFF4, 1, 2, 3)
    bench.memory.aborting.add(BASE + 0x1000 >> 12)
    bench.d[0], bench.d[1] = 7, 8
    with pytest.raises(DataAbort):
        bench.run("VLDM", Rn=1, U=1, W=1, sz=1, imm8=8)
    assert (*bench.d[0:2], bench.r[1]) == (2 << 32 | 1, 8, BASE + 0xFF4)


def test_a_literal_is_relative_to_the_aligned_pc():
    bench = FpBench().words(PC + 16, 5, 6).run("VLDR", Rn=15, U=1, sz=1, imm8=2)
    assert bench.d[0] == 6 << 32 | 5
    bench.words(PC + 12, 9)
    insn = decode_t32(0xED9F, 0x0A02)  # vldr s0, [pc, #8], at an address that is 2 modulo 4
    assert insn is not None
    bench.cpu.t = 1
    bind(bench.cpu, insn, PC + 2)()
    assert bench.s[0] == 9


@pytest.mark.parametrize(
    "fields", [{"imm8": 0}, {"imm8": 34}, {"D": 1, "imm8": 34}, {"D": 1, "Vd": 1, "imm8": 32}]
)
def test_lists_that_are_empty_or_too_long_are_unpredictable(fields):
    with pytest.raises(Unpredictable):
        FpBench().run("VLDM", U=1, sz=1, **fields)


def test_moves_between_core_and_extension_registers():
    bench = FpBench(r1=0x1234_5678, r2=0x9ABC_DEF0)
    bench.run("VMOV (between ARM core register and single-precision register)", Rt=1, Vn=2, N=1)
    assert bench.s[5] == 0x1234_5678
    bench.run("VMOV (between two ARM core registers and a doubleword extension register)", Rt=1, Rt2=2, Vm=4)
    assert bench.d[4] == 0x9ABC_DEF0_1234_5678
    bench.run(
        "VMOV (between two ARM core registers and two single-precision registers)", Rt=4, Rt2=5, Vm=4, op=1
    )
    assert bench.r[4:6] == [0x1234_5678, 0x9ABC_DEF0]
    bench.run("VMOV (between ARM core register and single-precision register)", Rt=6, Vn=4, N=1, op=1)
    assert bench.r[6] == 0x9ABC_DEF0


@pytest.mark.parametrize(
    ("u", "opc1", "opc2", "expected"),
    [
        (0, 2, 3, 0xFFFF_FF89),
        (1, 2, 3, 0x89),
        (0, 0, 3, 0xFFFF_89AB),
        (1, 1, 1, 0x4567),
        (0, 1, 0, 0x0123_4567),
    ],
)
def test_a_scalar_is_extended_into_a_core_register(u, opc1, opc2, expected):
    bench = FpBench()
    bench.d[0] = 0x0123_4567_89AB_CDEF
    assert bench.run("VMOV (scalar to ARM core register)", Rt=1, U=u, opc1=opc1, opc2=opc2).r[1] == expected


def test_a_core_register_fills_one_lane_or_all():
    bench = FpBench(r1=0xAABB_CCDD).run("VMOV (ARM core register to scalar)", Rt=1, opc1=3, opc2=1)
    assert bench.d[0] == 0xDD << 40
    assert bench.run("VDUP (ARM core register)", Rt=1, Q=1, E=1).d[1] == 0xCCDD_CCDD_CCDD_CCDD


def test_fpscr_keeps_what_it_has_and_its_flags_reach_the_cpsr():
    bench = FpBench(r1=0xFFFF_FFFF).run("VMSR", reg=1, Rt=1).run("VMRS", reg=1, Rt=2)
    assert bench.r[2] == FPSCR.writable == 0xFFF7_009F
    assert bench.run("VMRS", reg=1, Rt=15).nzcv == "NZCV"


def test_the_registers_that_control_access_do_not_need_it_enabled():
    bench = FpBench(r1=FPEXC.bit("EN"))
    bench.coproc.values["FPEXC"] = 0
    bench.run("VMSR", reg=8, Rt=1)
    assert bench.coproc.written == [("FPEXC", FPEXC.bit("EN"))]
    bench.coproc.values["MVFR0"] = 0x1011_0222
    assert bench.run("VMRS", reg=7, Rt=2).r[2] == 0x1011_0222
    with pytest.raises(Undefined, match=r"FPEXC\.EN is 0"):
        bench.run("VMRS", reg=1, Rt=2)


def test_writes_of_read_only_registers_are_ignored_but_not_in_user_mode():
    assert FpBench().run("VMSR", reg=0, Rt=1).coproc.written == []
    with pytest.raises(Undefined, match="UNDEFINED in User mode"):
        FpBench(Mode.USR).run("VMSR", reg=0, Rt=1)


def test_vmsr_ends_a_block_and_vmrs_does_not():
    for name, ends in (("VMSR", True), ("VMRS", False)):
        insn = decode_a32(encode(name, reg=1))
        assert insn is not None
        assert ends_block(insn) is ends


def test_a_list_may_cross_a_page():
    bench = FpBench(r1=BASE + 0xFF0).words(BASE + 0xFF0, *WORDS).run("VLDM", Rn=1, U=1, imm8=8)
    assert list(bench.s[:8]) == list(WORDS)
    bench.cpu.r[1] = BASE + 0x1FF8
    bench.run("VSTM", Rn=1, U=1, imm8=8)
    assert [bench.word(BASE + 0x1FF8 + 4 * place) for place in range(8)] == list(WORDS)
