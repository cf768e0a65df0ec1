"""Register values: whole, with every bit that must be one."""

from __future__ import annotations

from hypgen.plan import registers


def value(name: str) -> int:
    return registers.values()[name][0]


def test_hsctlr_has_res1_and_m_c_i_in_one_value():
    # DDI 0406C B4.1, HSCTLR: RAO/SBOP bits 29:28, 23:22, 18, 16, 11, 6, 4:3; CP15BEN is bit 5.
    assert value("HSCTLR_ON") == 0x30C5_0858 | 1 << 5 | 1 << 12 | 1 << 2 | 1 << 0
    assert value("HSCTLR_OFF") == 0x30C5_0858 | 1 << 5


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
