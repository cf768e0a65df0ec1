"""What a virtual CPU's context holds, and where."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hypgen.arch import registers
from hypgen.plan import vcpu


def test_the_fields_of_a_context_follow_each_other_and_fit() -> None:
    fields = sorted(vcpu.VCPU.values())
    assert fields[0][0] == 0
    assert all(one[0] + one[1] * vcpu.WORD == other[0] for one, other in pairwise(fields))
    assert fields[-1][0] + fields[-1][1] * vcpu.WORD <= 1 << vcpu.VCPU_SHIFT


@pytest.mark.parametrize("bank", ["USR", "SVC", "ABT", "UND", "IRQ", "FIQ"])
def test_sp_and_lr_of_a_mode_are_neighbours_as_world_register_wants_them(bank: str) -> None:
    assert vcpu.VCPU[f"LR_{bank}"][0] == vcpu.VCPU[f"SP_{bank}"][0] + vcpu.WORD


def test_r8_to_lr_of_fiq_mode_are_in_the_order_of_their_numbers() -> None:
    names = (*(f"R{number}_FIQ" for number in range(8, 13)), "SP_FIQ", "LR_FIQ")
    first = vcpu.VCPU["R8_FIQ"][0]
    assert [vcpu.VCPU[name][0] - first for name in names] == [4 * n for n in range(7)]


def test_a_context_has_every_cp15_register_that_pl1_can_change_and_nothing_traps() -> None:
    """By the rows of the registers: what is left out is named here, with its reason."""
    elsewhere = {
        "ACTLR": "HCR.TAC",
        "FCSEIDR": "RAZ/WI",
        "CNTP_CTL": "CNTHCTL.PL1PCEN", "CNTP_CVAL": "CNTHCTL.PL1PCEN", "CNTP_TVAL": "CNTHCTL.PL1PCEN",
        "CNTV_CTL": "the timer's block", "CNTV_CVAL": "the timer's block", "CNTV_TVAL": "CNTV_CVAL",
        "CPUMERRSR": "HSTR.T15", "L2MERRSR": "HSTR.T15",
        "L2CTLR": "HCR.TIDCP", "L2ECTLR": "HCR.TIDCP", "L2ACTLR": "HSTR.T15", "L2PFR": "HSTR.T15",
    }  # fmt: skip
    trapped = ("HDCR.TPM", "HDCR.TPMCR", "HCR.TIDCP")
    writable = {
        name
        for name, row in registers.BY_NAME.items()
        if row.coprocessor == 15
        and not row.operation
        and "w" in row.access.ns_pl1
        and not any(one in trapped for one in row.hyp_traps)
    }
    assert writable - set(vcpu.CP15) - set(elsewhere) == set()
    assert set(vcpu.CP15) <= writable
