"""Where an image may lie on Keystone: below 4 GiB, above it with an alias, across its end, without one."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.pipeline.building import compile_image
from hypgen.plan.image import plan_image
from hypgen.units import GIB, MIB, LoadAddr, PhysAddr
from hypgen.verdict.verdict import judge_image

KEYSTONE = load_board("keystone")
REGION = KEYSTONE.region("ddr3a")
START = 2 * MIB
"""Offset of the image from the start of its memory."""


def image_size() -> int:
    sections = plan_image(KEYSTONE).sections
    return int(sections[-1].span.end) - int(sections[0].virtual)


def with_memory(**changes: object) -> Board:
    return KEYSTONE.model_copy(update={"memory": (REGION.model_copy(update=changes),)})


def with_alias(size: int) -> Board:
    assert REGION.alias is not None
    return with_memory(alias=REGION.alias.model_copy(update={"size": size}))


def low_only() -> Board:
    """DDR declared where the alias is, and nowhere else: the three addresses are two."""
    return with_memory(physical=PhysAddr(0x8000_0000), size=GIB, alias=None)


def test_low_only_load_and_physical_address_are_the_same() -> None:
    plan = plan_image(low_only())
    assert all(int(one.load) == int(one.physical) for one in plan.sections)
    assert plan.linear.virt_to_idmap(0xC020_0000) == LoadAddr(0x8020_0000)
    assert plan.registers["HTTBR"] < 4 * GIB


def test_high_only_load_and_physical_address_differ_by_the_same_everywhere() -> None:
    plan = plan_image(KEYSTONE)
    assert {one.physical - one.load for one in plan.sections} == {0x7_8000_0000}
    assert plan.registers["HVBAR.init"] == 0x8020_2000


def test_tables_above_4_gib_are_named_in_full() -> None:
    """HTTBR and every next-level address have bits <35:32>; the low 32 bits alone are another place."""
    plan = plan_image(KEYSTONE)
    assert plan.registers["HTTBR"] >> 32 == 8
    tables = {int(one.physical) for one in plan.tables.tables}
    named = {
        entry.value & 0xFF_FFFF_F000
        for one in plan.tables.tables
        if one.level < 3
        for entry in one.entries
        if entry.value & 3 == 3
    }
    assert named == tables - {plan.registers["HTTBR"]}
    assert all(one >> 32 == 8 for one in named)


@pytest.mark.parametrize("board", [low_only, lambda: with_alias(START + image_size())])
def test_both_are_verified_also_where_the_image_ends_with_the_alias(board) -> None:
    target = board()
    made = compile_image(target, embed=False)
    verdict = judge_image(target, made.elf, "keystone.elf")
    assert verdict.passed
    assert list(verdict.findings) == []


def test_an_image_across_the_end_of_the_alias_is_refused_with_the_section_that_crosses_it() -> None:
    short = START + image_size() - 0x1000
    with pytest.raises(InputError) as caught:
        plan_image(with_alias(short))
    last = plan_image(KEYSTONE).sections[-1]
    end = PhysAddr(last.physical + last.budget)
    assert str(caught.value) == (
        f"{KEYSTONE.locate('image.offset')}: error[PLAN-002]: section {last.name} ({last.purpose}) at PA "
        f"[{last.physical}..{end}) is needed with the MMU off, but the alias "
        f"at 0x80000000 of memory 'ddr3a' shows only [0x0800000000..{PhysAddr(0x8_0000_0000 + short)}) "
        "(use a smaller image.offset)"
    )


def test_an_init_page_without_an_alias_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        plan_image(with_memory(alias=None))
    boot = plan_image(KEYSTONE).section(".boot.text")
    where = f"[{boot.physical}..{PhysAddr(boot.physical + boot.budget)})"
    assert str(caught.value) == (
        f"{KEYSTONE.locate('image.memory')}: error[PLAN-001]: section .boot.text (boot entry, Hyp mode, MMU "
        f"off) at PA {where} is needed with the MMU off, when a CPU has 32-bit addresses, but memory 'ddr3a' "
        "has no alias below 4 GiB (place the image in memory below 4 GiB, or describe the alias)"
    )
