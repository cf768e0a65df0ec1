"""Register values: whole, with every bit that must be one."""

from __future__ import annotations

from hypgen.board.load import load_board
from hypgen.plan import registers


def value(name: str, **form: object) -> int:
    image = load_board("keystone").image.model_copy(update=form)
    return registers.values(image)[name][0]


def test_hsctlr_has_res1_and_m_c_i_in_one_value():
    # DDI 0406C B4.1, HSCTLR: RAO/SBOP bits 29:28, 23:22, 18, 16, 11, 6, 4:3; CP15BEN is bit 5.
    assert value("HSCTLR_ON") == 0x30C5_0858 | 1 << 5 | 1 << 12 | 1 << 2 | 1 << 0
    assert value("HSCTLR_OFF") == 0x30C5_0858 | 1 << 5


def test_the_form_of_the_image_shows_in_hsctlr_and_in_the_psr():
    assert value("HSCTLR_ON", isa="thumb") == value("HSCTLR_ON") | 1 << 30
    assert value("HSCTLR_OFF", isa="thumb") == value("HSCTLR_OFF") | 1 << 30
    assert value("SCTLR_OFF", isa="thumb", endian="big") == value("SCTLR_OFF") | 1 << 30 | 1 << 25
    assert value("HSCTLR_ON", endian="big") == value("HSCTLR_ON") | 1 << 25
    assert value("PSR_SVC", isa="thumb", endian="big") == value("PSR_SVC") | 1 << 5 | 1 << 9
    assert value("HSCTLR_ON", wxn=True) == value("HSCTLR_ON") | 1 << 19
    assert value("HSCTLR_OFF", wxn=True) == value("HSCTLR_OFF")
    assert value("HSCTLR_ON", caches="off") == value("HSCTLR_ON") & ~(1 << 12 | 1 << 2)
    assert value("HSCTLR_ON", caches="inherit") == value("HSCTLR_ON", caches="off")
    assert value("SCTLR_CACHES") == 1 << 12 | 1 << 2


def test_htcr_covers_4_gib_and_walks_write_back_inner_shareable():
    assert value("HTCR_VALUE") == 0x8080_3500


def test_hmair_gives_each_index_that_descriptors_use_its_attributes():
    assert value("HMAIR0_VALUE") == 0x0000_04FF
    assert value("HMAIR1_VALUE") == 0


def test_the_syndrome_of_an_hvc():
    assert value("HSR_HVC") == 0x4A00_0000


def test_pl1_starts_in_svc_with_everything_masked_and_its_mmu_off():
    assert value("PSR_SVC") == 0x1D3
    assert value("SCTLR_OFF") & 0b101 == 0
