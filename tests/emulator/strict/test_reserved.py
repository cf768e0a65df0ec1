"""What the RES rules say of descriptors: which store made them, and what they should be."""

from __future__ import annotations

import pytest

from hypgen.emulator.strict.findings import Finding
from tests.litmus import litmus


def found(name: str) -> Finding:
    """What a litmus test of RES is told."""
    case = next(one for one in litmus.cases() if one.name == name)
    return litmus.run(case)[0]


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        (
            "Hyp page with AP[1] = 0",
            "set bit 6, AP[1], so that the descriptor is 0x0000000040010743",
        ),
        ("Hyp page with nG = 1", "clear nG (bit 11), so that the descriptor is 0x0000000040010743"),
        (
            "descriptor with a stale high word",
            "clear bits 51 to 40, so that the descriptor is 0x0000000040010743",
        ),
    ],
)
def test_a_descriptor_is_told_with_its_store_and_with_what_it_should_be(name: str, fix: str):
    told = found(name)
    assert [one.what for one in told.earlier] == ["store to the descriptor"]
    assert told.fix == fix


def test_an_undefined_attribute_is_told_with_the_write_to_its_register():
    code = """
        ldr r0, =0xaa440408
        set HMAIR0, r0
        ldr r2, =HSCTLR_ON
        set HSCTLR, r2
        isb
    """
    told = litmus.run(litmus.Case("res", "attribute 0x08", code, ["RES-005"], "UNPREDICTABLE"))[0]
    assert told.sentence.endswith("memory attribute 0 is 0x08, UNPREDICTABLE")
    assert [one.what for one in told.earlier] == ["write to HMAIR0"]
    assert told.fix == "write HMAIR0 with a byte for it that is defined, such as 0x04, 0x44 or 0xff"
