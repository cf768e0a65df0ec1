"""Big-endian data: what GNU as -EB makes of data, while instructions stay little-endian."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asm.asm import made
from tests.asm.gnu import assembled_by_gnu

DATA = {
    "numbers": ".byte 1, 2\n.short 0x1234\n.word 0x12345678, -2\n.quad 0x123456789abcdef0\n"
    ".octa 0x1234567890abcdef",
    "text": '.asciz "text"\n.string16 "ab"',
    "floating point": ".float 1.5\n.double -2.25",
    "differences": "start: .word end - start\n.short end - start\nend:",
    "fillings": ".fill 2, 2, 0x1234\n.fill 1, 4, 0x12345678\n.fill 1, 4, 0x12345\n"
    ".short 1\n.balignw 8, 0x5678",
    "addresses": ".word outside + 0x1234, here - .\nhere: .word here + 4",
}


@pytest.mark.parametrize("source", DATA.values(), ids=DATA)
@pytest.mark.oracle
def test_data_are_what_gnu_as_makes_of_them(
    source: str, tmp_path: Path, oracle_counter: Callable[[str], Callable[[int], None]]
) -> None:
    text = f".data\n{source}\n"
    ours = made(text, big_endian=True)
    theirs = assembled_by_gnu(text, tmp_path, "-EB")
    assert not isinstance(theirs, str), theirs
    assert bytes(ours.sections[".data"].data).hex() == theirs.sections[".data"][1]
    oracle_counter("gas-big-endian")(1)


@pytest.mark.parametrize("state", ["arm", "thumb"])
def test_instructions_are_little_endian_and_their_literals_big(state: str) -> None:
    source = f".syntax unified\n.{state}\nldr r0, =0x12345678\nadd r0, r0, #0x1000\n.ltorg"
    little, big = (bytes(made(source, big_endian=one).sections[".text"].data) for one in (False, True))
    assert big[:-4] == little[:-4]
    assert (big[-4:], little[-4:]) == (bytes.fromhex("12345678"), bytes.fromhex("78563412"))


def test_a_doubleword_literal_has_its_upper_half_first() -> None:
    source = ".syntax unified\n.arm\nvldr d0, =0x123456789abcdef0\n.ltorg"
    assert bytes(made(source, big_endian=True).sections[".text"].data)[-8:].hex() == "123456789abcdef0"
