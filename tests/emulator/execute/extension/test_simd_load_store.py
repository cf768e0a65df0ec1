"""Element and structure loads and stores: which byte goes where, alignment, writeback."""

from __future__ import annotations

import pytest

from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.faults import FaultKind
from tests.emulator.execute.extension.bench import FpBench

BASE = 0x8000
NO_WRITEBACK, SIZE = 15, 13


def filled(**registers: int) -> FpBench:
    """Memory from ``BASE`` on has the bytes 0, 1, 2 and so on; D0 to D7 have 0x80, 0x81 and so on."""
    bench = FpBench(r1=BASE, **registers)
    for place in range(64):
        bench.memory.bytes[BASE + place] = place
        bench.cpu.extension.content[place] = 0x80 + place
    return bench


def content(bench: FpBench, register: int) -> list[int]:
    return list(bench.cpu.extension.content[8 * register : 8 * register + 8])


@pytest.mark.parametrize(
    ("interleave", "fields", "registers"),
    [
        (1, {"type": 7}, [range(8)]),
        (1, {"type": 2}, [range(8), range(8, 16), range(16, 24), range(24, 32)]),
        (2, {"type": 0}, [range(0, 16, 2), range(1, 16, 2)]),
        (3, {"type": 0}, [range(0, 24, 3), range(1, 24, 3), range(2, 24, 3)]),
        (4, {"type": 0}, [range(0, 32, 4), range(1, 32, 4), range(2, 32, 4), range(3, 32, 4)]),
    ],
)
def test_structures_of_bytes_are_taken_apart_and_put_together(interleave, fields, registers):
    kind = "single elements" if interleave == 1 else f"{interleave}-element structures"
    bench = filled().run(f"VLD{interleave} (multiple {kind})", Rn=1, Rm=SIZE, Vd=0, **fields)
    assert [content(bench, number) for number in range(len(registers))] == [list(one) for one in registers]
    assert bench.r[1] == BASE + 8 * len(registers)
    bench.cpu.r[1] = BASE + 0x100
    bench.run(f"VST{interleave} (multiple {kind})", Rn=1, Rm=NO_WRITEBACK, Vd=0, **fields)
    stored = [bench.memory.bytes[BASE + 0x100 + place] for place in range(8 * len(registers))]
    assert stored == list(range(8 * len(registers)))
    assert bench.r[1] == BASE + 0x100


def test_two_pairs_of_registers():
    name = "VLD2 (multiple 2-element structures, two pairs of registers)"
    bench = filled().run(name, Rn=1, Rm=NO_WRITEBACK, size=2)
    assert content(bench, 0) == [0, 1, 2, 3, 8, 9, 10, 11]
    assert content(bench, 1) == [16, 17, 18, 19, 24, 25, 26, 27]
    assert content(bench, 2) == [4, 5, 6, 7, 12, 13, 14, 15]


def test_one_lane_leaves_the_others():
    bench = filled().run(
        "VLD2 (single 2-element structure to one lane)", Rn=1, Rm=SIZE, size=1, index_align=0b1010
    )
    assert content(bench, 0) == [0x80, 0x81, 0x82, 0x83, 0, 1, 0x86, 0x87]
    assert content(bench, 2) == [0x90, 0x91, 0x92, 0x93, 2, 3, 0x96, 0x97]
    assert bench.r[1] == BASE + 4
    bench = filled().run("VST1 (single element from one lane)", Rn=1, Rm=NO_WRITEBACK, index_align=0b0110)
    assert [bench.memory.bytes[BASE + place] for place in range(2)] == [0x83, 1]


def test_all_lanes_repeat_an_element():
    bench = filled().run("VLD1 (single element to all lanes)", Rn=1, Rm=SIZE, size=1, T=1)
    assert content(bench, 0) == content(bench, 1) == [0, 1] * 4
    assert bench.r[1] == BASE + 2
    bench = filled().run("VLD3 (single 3-element structure to all lanes)", Rn=1, Rm=SIZE, T=1)
    assert [content(bench, number)[0] for number in (0, 2, 4)] == [0, 1, 2]
    assert bench.r[1] == BASE + 3


def test_a_register_may_be_added_to_the_base():
    bench = filled(r2=100).run("VLD1 (multiple single elements)", Rn=1, Rm=2, type=7)
    assert bench.r[1] == BASE + 100


@pytest.mark.parametrize(
    ("align", "offset", "aborts"), [(1, 8, False), (1, 4, True), (2, 8, True), (3, 16, True)]
)
def test_a_stated_alignment_is_checked(align, offset, aborts):
    bench = filled()
    bench.cpu.r[1] += offset
    if not aborts:
        bench.run("VLD1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=2, align=align)
        return
    with pytest.raises(DataAbort) as caught:
        bench.run("VST1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=2, align=align)
    assert (caught.value.fault.kind, caught.value.fault.write) == (FaultKind.ALIGNMENT, True)
    assert bench.memory.accesses == []


def test_without_a_stated_alignment_elements_may_lie_anywhere():
    bench = filled()
    bench.cpu.r[1] += 1
    bench.run("VLD1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=7, size=2)
    assert content(bench, 0) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_big_endian_elements():
    bench = filled(e=1).run("VLD1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=7, size=1)
    assert content(bench, 0) == [1, 0, 3, 2, 5, 4, 7, 6]
    bench.run("VLD1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=7, size=3)
    assert content(bench, 0) == [7, 6, 5, 4, 3, 2, 1, 0]
    bench.run("VST1 (multiple single elements)", Rn=1, Rm=NO_WRITEBACK, type=7, size=3)
    assert [bench.memory.bytes[BASE + place] for place in range(8)] == list(range(8))


def test_a_load_that_aborts_changes_nothing():
    bench = filled()
    bench.cpu.r[1] = BASE + 0xFFC
    bench.memory.aborting.add(BASE + 0x1000 >> 12)
    with pytest.raises(DataAbort):
        bench.run("VLD1 (multiple single elements)", Rn=1, Rm=SIZE, type=7, size=2)
    assert content(bench, 0) == list(range(0x80, 0x88))
    assert bench.r[1] == BASE + 0xFFC
