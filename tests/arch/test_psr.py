from __future__ import annotations

import pytest

from hypgen.arch import psr
from hypgen.arch.psr import MODES, Mode


def test_the_format_covers_every_bit_once():
    covered = psr.RESERVED
    for field in psr.FIELDS:
        assert not covered & field.mask
        covered |= field.mask
    assert covered == 0xFFFF_FFFF


def test_modes_have_the_numbers_of_the_manual():
    assert {mode.suffix: int(mode) for mode in Mode} == {
        "usr": 0x10,
        "fiq": 0x11,
        "irq": 0x12,
        "svc": 0x13,
        "mon": 0x16,
        "abt": 0x17,
        "hyp": 0x1A,
        "und": 0x1B,
        "sys": 0x1F,
    }
    assert MODES[0x1A] is Mode.HYP
    assert 0x14 not in MODES


def test_user_and_system_mode_have_no_spsr():
    assert [mode.suffix for mode in Mode if not mode.has_spsr] == ["usr", "sys"]


def test_it_is_gathered_from_and_scattered_to_its_two_pieces():
    assert psr.put_it(0, 0b1010_0110) == 0b10 << 25 | 0b10_1001 << 10
    for it in range(256):
        assert psr.get_it(psr.put_it(0xFFFF_FFFF, it)) == it


@pytest.mark.parametrize(
    ("fields", "mask"), [(0b1111, 0xFFFF_FFFF), (0b0001, 0xFF), (0b1000, 0xFF00_0000), (0b1001, 0xFF00_00FF)]
)
def test_msr_mask_selects_bytes(fields: int, mask: int):
    assert psr.byte_mask(fields) == mask


def test_a_psr_is_described_in_words():
    assert psr.describe(0x4000_01DA) == "nZcv AIF ARM hyp"
    assert psr.describe(0x2000_0130) == "nzCv Aif Thumb usr"
    assert psr.describe(0x14) == "nzcv aif ARM reserved mode 0x14"
