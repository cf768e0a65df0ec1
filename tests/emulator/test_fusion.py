"""Hot blocks: the functions that instructions are written into do what the closures do."""

from __future__ import annotations

import pytest

from hypgen.emulator import blocks, decoding
from hypgen.emulator.exceptions import GuestException
from hypgen.emulator.fusion import fuse
from hypgen.errors import NotModelledError
from tests.emulator.differential import ours
from tests.emulator.differential.case import BANKED, GENERAL, Case
from tests.emulator.differential.generate import Generator
from tests.emulator.rig import CODE, LDR_R2_R3, LOOP, SVC_0X12, Rig

ADD_R0_R0_1 = 0xE280_0001
SUBS_R1_R1_1 = 0xE251_1001
BNE_BACK_2 = 0x1AFF_FFFC


def _executed(case: Case, fused: bool) -> tuple[object, ...]:
    """What the first block of a case leaves, and which of its instructions raised what."""
    execution = ours.Execution(case)
    cpu, memory = execution.cpu, execution.memory
    page, pa = cpu.system.accesses.fetch(case.pc)
    decode = (cpu, pa, page)
    if cpu.t:
        decoded = decoding.decode_t32_code(*decode, None, 64, ())
    else:
        decoded = decoding.decode_a32_code(*decode, 64, ())
    following = case.pc + decoded.size
    made = fuse(decoded.ops, case.pc, following)
    ops, last = (made.ops, made.last) if fused else (decoded.ops, range(len(decoded.ops)))
    cpu.it, cpu.r[15] = 0, following
    raised: tuple[object, ...] = ()
    for index, op in zip(last, ops, strict=True):
        try:
            op()
        except (GuestException, NotModelledError) as exception:
            raised = (index, type(exception), exception.args)
            break
    registers = [cpu.read_banked(name) for name in (*GENERAL[8:], *BANKED)]
    return raised, cpu.r, cpu.cpsr(), registers, memory.read(case.base, 0x2000)


def test_fused_functions_do_what_the_closures_do():
    for case, outcome in zip(*Generator(42).cases(600), strict=True):
        if outcome.raised.kind == "PrefetchAbort" and outcome.raised.pc == case.pc:
            continue
        assert _executed(case, fused=True) == _executed(case, fused=False), case.names


def test_a_hot_block_is_executed_in_fewer_functions_and_counts_the_same():
    rig = Rig()
    rig.run([ADD_R0_R0_1, LDR_R2_R3, SUBS_R1_R1_1, BNE_BACK_2 - 1], limit=10_000, r0=0, r1=1000, r3=CODE)
    assert (rig.cpu.r[0], rig.cpu.count) == (1000, 4001)
    block = rig.system.blocks[CODE]
    assert (block.length, len(block.ops), list(block.last)) == (4, 2, [1, 3])


@pytest.mark.parametrize("limit", [1000, 1001, 1002, 5000])
def test_a_block_that_is_a_loop_stops_exactly_at_the_limit(limit):
    rig = Rig()
    stop = rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_2 + 0], limit=limit, r0=0, r1=100_000)
    assert (stop.kind, rig.cpu.count) == ("limit", limit)
    assert rig.cpu.r[0] == (limit + 2) // 3
    assert rig.cpu.r[15] == CODE + 4 * (limit % 3)


def test_a_loop_that_ends_goes_on_behind_its_branch():
    rig = Rig()
    stop = rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_2], limit=100_000, r0=0, r1=5000)
    assert (stop.kind, rig.cpu.r[0], rig.cpu.count) == ("loop", 5000, 15_001)
    assert rig.system.blocks[CODE].loop is not None


def test_an_exception_in_a_hot_block_has_its_own_address_and_count():
    rig = Rig()
    rig.words(rig.values["HVBAR"] + 8, [0xE160_006E])  # eret
    program = [ADD_R0_R0_1, ADD_R0_R0_1, SVC_0X12, SUBS_R1_R1_1, 0x1AFF_FFFA, LOOP]
    rig.run(program, limit=10_000, r0=0, r1=2 * blocks.HOT)
    assert {taken.pc for taken in rig.exceptions} == {CODE + 8}
    assert [taken.count for taken in rig.exceptions] == [6 * turn + 2 for turn in range(2 * blocks.HOT)]
    assert rig.cpu.r[0] == 4 * blocks.HOT
