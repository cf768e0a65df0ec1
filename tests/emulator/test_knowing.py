"""What lines of hot code become by what is known before them."""

from __future__ import annotations

import pytest

from hypgen.emulator.knowing import CARRIED, STALE, Known, device_of
from hypgen.emulator.rewriting import Text


def compared(known: Known, *lines: str) -> list[str]:
    """Have a comparison executed."""
    text = Text(lines, compares=True)
    made = [*known.before(text), *known.executed(text.lines)]
    known.after(text)
    return made


def test_what_is_computed_from_constants_is_one():
    known = Known()
    assert known.executed(["r1 = 150994944"]) == ["r1 = 150994944"]
    assert known.executed(["address = r1 + 24 & 0xFFFFFFFF", "r2 = load32(address)"]) == [
        "r2 = load32(150994968)"
    ]
    assert known.executed(["r1 = r1 + r2"]) == ["r1 = 150994944 + r2"]
    assert known.executed(["r3 = r1"]) == ["r3 = r1"], "it is none any more"


def test_what_may_be_assigned_is_no_constant_behind_it():
    known = Known({"r1": 5, "r2": 6, "r3": 7, "r4": 8})
    assert known.executed(["if device: r1 = r4", "(r2, r3, ) = values[:2]"]) == [
        "if device: r1 = 8",
        "(r2, r3, ) = values[:2]",
    ]
    assert known.constants == {"r4": 8}
    assert known.executed(["RW[r4][r4 >> 2] = r1", "r5 = r4.bit_length()"]) == [
        "RW[8][8 >> 2] = r1",
        "r5 = (8).bit_length()",
    ]


def test_ways_that_meet_know_what_both_know():
    one, other = Known({"r1": 5, "r2": 6}, {"RS_0", "WT_4"}), Known({"r1": 5, "r2": 7}, {"RS_0"})
    one.meet(other)
    assert (one.constants, one.devices) == ({"r1": 5}, {"RS_0"})


def test_an_address_that_is_a_register_needs_no_name_before_the_register_changes():
    load = ["address = r0", "r2 = RB[address][address & 0xFFF]", "r0 = r0 + 1"]
    assert Known().executed(load) == ["r2 = RB[r0][r0 & 0xFFF]", "r0 = r0 + 1"]
    late = ["address = r0", "r0 = r0 + 4", "r2 = RB[address][address & 0xFFF]"]
    assert Known().executed(late) == late


def test_a_device_is_looked_up_once_until_something_is_called():
    known = Known({"address": 24})
    load = ["direct = RS.get(address)", "if direct: r3 = direct[0]"]
    assert known.executed(load) == ["RS_24 = RS.get(24)", "if RS_24: r3 = RS_24[0]"]
    assert known.executed(load) == ["if RS_24: r3 = RS_24[0]"]
    assert [device_of(name) for name in known.devices] == ["RS_24 = RS.get(24)"]
    known.forget(())
    assert known.executed(load) == load


def test_a_byte_that_was_loaded_is_given_to_a_device_as_it_is():
    known = Known()
    known.executed(["r2 = RB[r0 & 0xFFFFF000][r0 & 0xFFF]"])
    take = "if direct: direct[0]((r2) & 0xFF)"
    assert known.executed([take]) == ["if direct: direct[0](r2)"]
    known.executed(["r2 = r2 + 1"])
    assert known.executed([take]) == [take]


@pytest.mark.parametrize(
    ("condition", "test"),
    [(0, "vp == r5"), (2, "vp >= r5"), (4, "vp - r5 & 2147483648"), (8, "vp > r5")],
)
def test_a_condition_behind_a_subtraction_compares(condition, test):
    known = Known()
    assert compared(known, "vp = r4", "vq = r5") == ["vp = r4", "vq = r5"]
    assert known.stale == STALE
    assert known.needs(condition) == []
    assert known.test(condition).replace("vq", "r5") == test


def test_a_condition_about_nothing_or_a_result_asks_for_that():
    known = Known()
    compared(known, "vp = r4", "vq = 0")
    assert (known.test(0), known.test(1)) == ("not vp", "vp")
    compared(known, "vp = r4", "vq = 1", "r4 = vp - vq & 0xFFFFFFFF")
    assert (known.test(0), known.test(1)) == ("not r4", "r4")
    assert known.copy().settled(STALE) == ["fx = r4", "c = vp >= 1", "vs = r4"]
    known.executed(["r4 = r5"])
    assert known.test(1) == "vp != 1"
    assert known.settled({"fx"}) == ["fx = vp - 1 & 0xFFFFFFFF"]
    assert known.needs(8) == ["c = vp >= 1"]
    assert known.test(8) == "c and fx"


def test_flags_that_an_instruction_asks_for_are_there_before_it():
    known = Known()
    compared(known, "vp = r4", "vq = r5")
    assert known.before(Text(("r1 = r2 + c",))) == ["c = vp >= vq"]
    total = (
        "vp = r1",
        "vq = r2",
        "total = vp + vq + c",
        "vs = total & 0xFFFFFFFF",
        "c = total >> 32",
        "fx = vs",
    )
    compared(known, "vp = r4", "vq = r5")
    assert known.before(Text(total, compares=False)) == ["c = vp >= vq"]
    known.after(Text(total, compares=False))
    assert known.stale == set()
    compared(known, "vp = r4", "vq = r5")
    assert known.before(Text(("fx = r1",), condition=0, compares=False)) == [
        "fx = vp - vq & 0xFFFFFFFF",
        "c = vp >= vq",
        "vs = vp - vq & 0xFFFFFFFF",
    ]


def test_what_is_carried_gives_c_and_v():
    for c in (0, 1):
        for v in (0, 1):
            vp, vq = CARRIED[c][v]
            assert (vp >= vq, ((vp ^ vq) & (vp ^ vp - vq)) >> 31) == (c, v)
