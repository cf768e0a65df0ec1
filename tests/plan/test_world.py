"""What the plan says of guests: their memory map, the layout of a context, and what confines them."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest

from hypgen.arch import registers
from hypgen.board.load import load_board
from hypgen.emulator.execute.registry import CONDITIONS
from hypgen.plan import world
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.stage2 import Stage2Format
from hypgen.units import PAGE_SIZE

BOARDS = ("keystone", "qemu-virt", "vexpress-tc2", "rpi2")


def planned(board: str, scenario: str) -> ImagePlan:
    return plan_image(load_board(board), PlanOptions(scenario=scenario))


def test_the_fields_of_a_context_follow_each_other_and_fit() -> None:
    fields = sorted(world.VCPU.values())
    assert fields[0][0] == 0
    assert all(one[0] + one[1] * world.WORD == other[0] for one, other in pairwise(fields))
    assert fields[-1][0] + fields[-1][1] * world.WORD <= 1 << world.VCPU_SHIFT


@pytest.mark.parametrize("bank", ["USR", "SVC", "ABT", "UND", "IRQ", "FIQ"])
def test_sp_and_lr_of_a_mode_are_neighbours_as_world_register_wants_them(bank: str) -> None:
    assert world.VCPU[f"LR_{bank}"][0] == world.VCPU[f"SP_{bank}"][0] + world.WORD


def test_r8_to_lr_of_fiq_mode_are_in_the_order_of_their_numbers() -> None:
    names = (*(f"R{number}_FIQ" for number in range(8, 13)), "SP_FIQ", "LR_FIQ")
    first = world.VCPU["R8_FIQ"][0]
    assert [world.VCPU[name][0] - first for name in names] == [4 * n for n in range(7)]


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
    assert writable - set(world.CP15) - set(elsewhere) == set()
    assert set(world.CP15) <= writable


def test_the_table_of_conditions_is_that_of_the_core() -> None:
    for cond, holds in enumerate(CONDITIONS):
        for nzcv in range(16):
            cpu = SimpleNamespace(**{flag: nzcv >> 3 - n & 1 for n, flag in enumerate("nzcv")})
            expected = bool(eval(holds, {"cpu": cpu}))
            assert bool(world.CONDITION_FLAGS[cond] >> nzcv & 1) == expected, (cond, nzcv)
    assert world.CONDITION_FLAGS[14:] == (0xFFFF, 0xFFFF)


def test_the_controls_of_a_guest_are_those_of_the_field() -> None:
    values = {name: row[0] for name, row in world.constants(load_board("keystone"), Stage2Format(40)).items()}
    # arm32 Linux: HCR_GUEST_MASK is 0x0478663b with TVM, HSTR_T(15); TTEE and TJDBX besides.
    assert values["HCR_GUEST"] == 0x0478_663B & ~registers.HCR.bit("TVM")
    assert values["HSTR_GUEST"] == 1 << 15 | 1 << 16 | 1 << 17
    assert values["HCPTR_GUEST"] == 1 << 20 | 1 << 11 | 1 << 10 | 0x33FF
    assert values["HDCR_GUEST"] == 1 << 6 | 1 << 5 | 1 << 11 | 1 << 10 | 1 << 9
    assert values["CNTHCTL_GUEST"] == 0b01
    assert values["VTCR_VALUE"] == 0x8000_3558
    assert (values["PHYSICAL_HIGH"], values["TIMER_HYP_ID"], values["TIMER_VIRTUAL_ID"]) == (8, 26, 27)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("scenario", ["world-switch", "world-ipa40"])
def test_guests_have_memory_of_their_own_behind_the_same_ipas(board: str, scenario: str) -> None:
    plan = planned(board, scenario)
    assert plan.world is not None
    seen = set()
    for guest in plan.world.guests:
        assert guest.tables.root % guest.tables.format.root_alignment == 0
        section = plan.section(f".guest.{guest.name}")
        for one in guest.tables.mappings:
            if one.purpose == "GICV":
                assert plan.board.gic is not None
                assert one.physical == plan.board.gic.virtual_cpu
                continue
            assert section.physical <= one.physical < section.physical + section.budget
            seen.add((guest.number, one.physical))
        tables = plan.section(".world.tables")
        assert tables.physical <= guest.tables.root
        assert guest.tables.root + len(guest.tables.data) <= tables.physical + tables.budget
        assert guest.level3 in tables.span
    numbers = {number for number, _ in seen}
    assert numbers == {0, 1}
    assert len({physical for _, physical in seen}) == len(seen)


def test_only_the_image_with_guests_has_their_sections() -> None:
    with_guests = {one.name for one in planned("qemu-virt", "world-switch").sections}
    without = {one.name for one in planned("qemu-virt", "lifecycle").sections}
    assert with_guests - without == {
        ".world.text", ".world.rodata", ".world.data", ".world.tables", ".guest.arm", ".guest.thumb"
    }  # fmt: skip


def test_the_pages_of_a_guest_are_all_of_its_memory() -> None:
    ends = [one.offset + one.pages * PAGE_SIZE for one in world.GUEST_PAGES]
    assert [one.offset for one in world.GUEST_PAGES] == [0, *ends[:-1]]
    assert ends[-1] == world.GUEST_SIZE
