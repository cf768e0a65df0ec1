"""Running T32 code: IT blocks, instructions that cross pages, exceptions and what they keep."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.system import Stop
from tests.emulator.rig import CODE, ERET, LOOP, RAM, Rig

ADDS_R0_1 = 0x3001  # adds r0, #1; add r0, #1 in an IT block
ADDS_R1_1 = 0x3101
MOVW_R2_0X1234 = (0xF241, 0x2234)
B_SELF = 0xE7FE
BEQ_W_SELF = (0xF43F, 0xAFFE)
MOVS_R0_R0 = 0x0000
BX_LR = 0x4770
CMP_R0_R0 = 0x4280
CMP_R0_R1_T2 = 0x4508  # as clang -O0 writes it, although T2 is for high registers
IT_EQ = 0xBF08
BEQ = 0xD001
ITE_EQ = 0xBF0C
ITTT_NE = 0xBF1E
ITTTT_EQ = 0xBF01
LDR_R0_R3 = 0x6818
NOP_W = (0xF3AF, 0x8000)
SVC_3 = 0xDF03
UDF_W = (0xF7F0, 0xA000)
T = 1 << 5


def run(rig: Rig, halfwords: Sequence[int], at: int = CODE, limit: int = 1000, **registers: int) -> Stop:
    """Execute halfwords in Thumb state from ``at``, until they loop."""
    content = b"".join(halfword.to_bytes(2, "little") for halfword in [*halfwords, B_SELF])
    rig.memory.write(at, content)
    for name, value in registers.items():
        rig.cpu.write(name, value)
    rig.cpu.r[15], rig.cpu.t = at, 1
    return rig.runner.run(rig.cpu.count + limit)


def _itstate(psr: int) -> int:
    return (psr >> 25 & 3) | (psr >> 10 & 0x3F) << 2


def test_instructions_of_both_lengths_are_executed_and_counted():
    rig = Rig()
    stop = run(rig, [ADDS_R0_1, *MOVW_R2_0X1234, ADDS_R1_1], r0=4, r1=5)
    assert (stop.kind, stop.sentence) == ("loop", f"branch to itself at {CODE + 8:#010x}")
    assert (rig.cpu.r[:3], rig.cpu.count) == ([5, 6, 0x1234], 4)


@pytest.mark.parametrize(
    "halves",
    [
        pytest.param((0xF7FF, 0xBFFE), id="b.w"),
        pytest.param((0xD0FE,), id="beq"),
        pytest.param(BEQ_W_SELF, id="beq.w"),
    ],
)
def test_a_branch_to_itself_is_known_in_every_encoding(halves):
    rig = Rig()
    rig.cpu.z = 1
    stop = run(rig, [MOVS_R0_R0, *halves, ADDS_R1_1], r1=10)
    assert (stop.kind, rig.cpu.r[1]) == ("loop", 10)


def test_a_branch_to_itself_whose_condition_fails_is_passed():
    rig = Rig()
    rig.cpu.z = 0
    stop = run(rig, [0xD0FE, *BEQ_W_SELF, ADDS_R1_1], r1=10)
    assert (stop.kind, rig.cpu.r[1]) == ("loop", 11)


@pytest.mark.parametrize(("z", "sums"), [(1, [1, 10]), (0, [0, 11])])
def test_an_it_block_executes_what_its_conditions_select(z, sums):
    rig = Rig()
    rig.cpu.z = z
    run(rig, [ITE_EQ, ADDS_R0_1, ADDS_R1_1], r0=0, r1=10)
    assert (rig.cpu.r[:2], rig.cpu.it, rig.cpu.z) == (sums, 0, z)


def test_conditions_are_those_of_the_moment_not_of_the_it_instruction():
    rig = Rig()
    rig.cpu.z = 0
    run(rig, [ITTT_NE, CMP_R0_R0, ADDS_R0_1, ADDS_R1_1], r0=0, r1=0)
    assert rig.cpu.r[:2] == [0, 0]


def test_an_it_block_may_be_executed_one_instruction_at_a_time():
    rig = Rig()
    rig.cpu.z = 1
    run(rig, [ITTTT_EQ, *[ADDS_R0_1] * 4, ADDS_R1_1], limit=1, r0=0, r1=0)
    states = []
    while rig.cpu.count < 6:
        states.append(rig.cpu.it)
        rig.runner.run(rig.cpu.count + 1)
    assert states == [0x01, 0x02, 0x04, 0x08, 0x00]
    assert (rig.cpu.it, rig.cpu.r[:2]) == (0, [4, 1])


def test_an_exception_saves_the_it_state_and_its_return_goes_on_with_it():
    rig = Rig()
    rig.words(rig.values["HVBAR"] + 8, [ERET])
    rig.cpu.z = 1
    run(rig, [ITTTT_EQ, ADDS_R0_1, SVC_3, ADDS_R0_1, ADDS_R1_1, ADDS_R1_1], r0=0, r1=0)
    (taken,) = rig.exceptions
    assert (taken.pc, taken.preferred_return) == (CODE + 4, CODE + 6)
    assert rig.cpu.r[:2] == [2, 2]
    assert _itstate(rig.cpu.read_banked("SPSR_hyp")) == 0x04  # for what follows the SVC


@pytest.mark.parametrize("taken_back", [True, False])
def test_an_abort_in_an_it_block_is_repeated_in_it(taken_back):
    rig = Rig()
    rig.words(rig.values["HVBAR"] + 0x10, [0xE3A03481, ERET] if taken_back else [LOOP])  # mov r3, #0x81000000
    rig.memory.write(RAM, b"x")
    rig.cpu.z = 1
    run(rig, [ITTTT_EQ, ADDS_R1_1, LDR_R0_R3, ADDS_R1_1, ADDS_R1_1], r1=0, r3=0x8000_0000, limit=7)
    spsr = rig.cpu.read_banked("SPSR_hyp")
    assert _itstate(spsr) == 0x02
    assert (rig.exceptions[0].pc, spsr & T) == (CODE + 4, T)


def test_an_undefined_instruction_of_32_bits_leaves_the_address_of_its_second_half_in_lr():
    rig = Rig(Mode.SVC)
    rig.words(rig.values["VBAR_NS"] + 4, [LOOP])
    run(rig, UDF_W)
    assert (rig.cpu.mode, rig.cpu.r[14]) == (Mode.UND, CODE + 2)


def test_hsr_tells_the_length_of_the_instruction():
    for halfwords, length in (([SVC_3], 0), ([0xF7E0, 0x8123], 1)):  # svc #3, hvc #0x123
        rig = Rig()
        rig.words(rig.values["HVBAR"] + 8, [LOOP])
        run(rig, halfwords)
        assert rig.values["HSR"] >> 25 & 1 == length


def test_exceptions_are_entered_in_thumb_state_when_hsctlr_te_says_so():
    rig = Rig()
    rig.values["HSCTLR"] |= 1 << 30
    rig.memory.write(rig.values["HVBAR"] + 8, ADDS_R1_1.to_bytes(2, "little") + b"\xfe\xe7")
    rig.run([0xEF000000], r1=0)
    assert (rig.cpu.t, rig.cpu.r[1]) == (1, 1)


def test_an_instruction_that_crosses_a_page_is_executed_and_changed_in_both():
    rig = Rig()
    edge = CODE + 0xFFE
    for expected in (0x1234, 0x1256):
        rig.cpu.waiting = ""
        if expected == 0x1234:
            run(rig, [*MOVW_R2_0X1234, BX_LR], at=edge, r14=CODE + 0x101)
        rig.cpu.r[15], rig.cpu.r[14] = edge, CODE + 0x101
        run(rig, [], at=CODE + 0x100)
        rig.cpu.r[15], rig.cpu.r[14], rig.cpu.waiting = edge, CODE + 0x101, ""
        rig.runner.run(rig.cpu.count + 3)
        assert rig.cpu.r[2] == expected
        rig.memory.write(edge + 2, (0x2256).to_bytes(2, "little"))


def test_a_fetch_that_aborts_in_the_second_page_names_its_address():
    rig = Rig(Mode.SVC)
    rig.words(rig.values["VBAR_NS"] + 0xC, [LOOP])
    edge = RAM + 0x100_0000 - 2
    rig.memory.write(edge, MOVW_R2_0X1234[0].to_bytes(2, "little"))
    rig.cpu.r[15], rig.cpu.t = edge, 1
    rig.runner.run(10)
    (taken,) = rig.exceptions
    assert (taken.pc, rig.values["IFAR_NS"], rig.cpu.r[14]) == (edge, edge + 2, edge + 4)


def test_an_it_block_may_span_two_pages():
    rig = Rig()
    rig.cpu.z = 1
    run(rig, [ITTTT_EQ, *[ADDS_R0_1] * 3, ADDS_R1_1], at=CODE + 0x1000 - 4, r0=0, r1=0)
    assert (rig.cpu.r[:2], rig.cpu.count) == ([3, 1], 6)


def test_a_refused_instruction_in_an_it_block_stops_with_its_it_state():
    rig = Rig()
    rig.cpu.z = 1
    stop = run(rig, [ITE_EQ, IT_EQ])
    assert stop.kind == "unpredictable"
    assert (rig.cpu.r[15], rig.cpu.it) == (CODE + 2, 0x0C)


@pytest.mark.parametrize("strict", [False, True])
def test_a_comparison_of_low_registers_in_the_encoding_of_high_ones_is_performed_and_told(strict):
    rig = Rig(strict=strict)
    run(rig, [CMP_R0_R1_T2, IT_EQ, ADDS_R0_1], r0=7, r1=7)
    assert rig.cpu.r[0] == 8
    told = [
        finding
        for finding in rig.findings
        if "CMP (register) T2 is UNPREDICTABLE here: Rn < 8 and Rm < 8" in str(finding)
    ]
    assert len(told) == strict


@pytest.mark.parametrize("z", [0, 1])
def test_a_branch_with_its_own_condition_is_refused_in_an_it_block_whatever_the_condition(z):
    rig = Rig()
    rig.cpu.z = z
    stop = run(rig, [ITE_EQ, BEQ, ADDS_R1_1])
    assert (stop.kind, rig.cpu.r[15]) == ("unpredictable", CODE + 2)
