"""What confines a guest is what the field uses."""

from __future__ import annotations

from hypgen.arch import registers
from hypgen.board.load import load_board
from hypgen.plan.stage2 import Stage2Format
from hypgen.plan.world_constants import constants


def test_the_controls_of_a_guest_are_those_of_the_field() -> None:
    values = {name: row[0] for name, row in constants(load_board("keystone"), Stage2Format(40)).items()}
    # arm32 Linux: HCR_GUEST_MASK is 0x0478663b with TVM, HSTR_T(15); TTEE besides.
    assert values["HCR_GUEST"] == 0x0478_663B & ~registers.HCR.bit("TVM")
    assert values["HSTR_GUEST"] == 1 << 15 | 1 << 16
    assert values["HCPTR_GUEST"] == 1 << 20 | 1 << 11 | 1 << 10 | 0x33FF
    assert values["HDCR_GUEST"] == 1 << 6 | 1 << 5 | 1 << 11 | 1 << 10 | 1 << 9
    assert values["CNTHCTL_GUEST"] == 0b01
    assert values["VTCR_VALUE"] == 0x8000_3558
    assert (values["PHYSICAL_HIGH"], values["TIMER_HYP_ID"], values["TIMER_VIRTUAL_ID"]) == (8, 26, 27)
