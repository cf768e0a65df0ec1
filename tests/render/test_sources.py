"""The rendered sources of the shipped boards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.errors import InputError
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions
from hypgen.render.limits import MAX_WORK, Budget
from hypgen.render.sources import RenderedSource, render_sources

BOARDS = ("keystone", "qemu-virt")


def rendered(board: str, **options: str) -> dict[str, RenderedSource]:
    plan = plan_image(load_board(board), PlanOptions(**options))  # type: ignore[arg-type]  # names in tests
    return {one.name: one for one in render_sources(plan)}


@pytest.mark.parametrize("board", BOARDS)
def test_every_line_has_a_place_in_a_template(board: str):
    for source in rendered(board).values():
        assert source.text.count("\n") == len(source.line_map)
        for line, place in zip(source.text.splitlines(), source.line_map, strict=True):
            assert place.line > 0, line
            assert len(line) <= 130


@pytest.mark.parametrize("board", BOARDS)
def test_rendering_twice_gives_the_same(board: str):
    assert rendered(board) == rendered(board)


def test_no_mark_and_no_tag_is_left_in_the_text():
    for source in rendered("keystone").values():
        assert not re.search(r"[\ue000-\uf8ff]|\{%|\{\{|[ \t]$", source.text, re.MULTILINE)


def test_the_switch_changes_the_host_part_only_and_there_the_two_code_addresses():
    right, wrong = rendered("keystone"), rendered("keystone", address_translation="virt_to_phys")
    assert [name for name in right if right[name].text != wrong[name].text] == ["host.S"]
    removed = set(right["host.S"].text.splitlines()) - set(wrong["host.S"].text.splitlines())
    assert sorted(line.strip() for line in removed) == [
        "virt_to_idmap r0                        @ Hyp mode fetches from there with its MMU off",
        "virt_to_idmap r0                        @ the MMU goes off under it",
    ]


def test_the_system_register_writes_of_hyp_init_are_in_their_order():
    init = rendered("qemu-virt")["init.S"].text
    body = init[init.index("\nhyp_init:") : init.index(".size   hyp_init,")]
    order = re.findall(r"^ +(?:m[cr]+r?c? .*@ (\w+)|(dsb|isb|eret))", body, re.MULTILINE)
    assert [register or barrier for register, barrier in order] == [
        "HSR", "HMAIR0", "HMAIR1", "HTCR", "HTTBR", "TLBIALLH", "dsb", "isb", "HSCTLR", "isb", "HVBAR",
        "eret", "eret",
    ]  # fmt: skip


def test_a_board_entered_in_svc_mode_has_no_image_but_the_one_that_says_so():
    board = load_board("qemu-virt")
    board = board.model_copy(update={"entry": board.entry.model_copy(update={"mode": "svc"})})
    with pytest.raises(InputError) as caught:
        plan_image(board)
    assert str(caught.value) == (
        f"{board.locate('entry.mode')}: error[SCN-003]: there is no image of the scenario 'lifecycle' for "
        "this board: the board is entered in Non-secure SVC mode, from where nobody comes to Hyp mode; the "
        "scenario way-svc says so and stops"
    )
    assert render_sources(plan_image(board, PlanOptions(scenario="way-svc")))


def test_a_directory_of_ones_own_replaces_one_block(tmp_path: Path):
    (tmp_path / "boot.S").write_text(
        '{% extends "hypgen/boot.S" %}\n{% block check_mode %}\n        nop  @ mine\n{% endblock %}\n'
    )
    sources = {one.name: one for one in render_sources(plan_image(load_board("qemu-virt")), tmp_path)}
    lines = sources["boot.S"].text.splitlines()
    number = lines.index("        nop  @ mine")
    assert sources["boot.S"].line_map[number].file.endswith("boot.S")
    assert sources["boot.S"].line_map[number].line == 3
    assert "boot_not_hyp" in sources["boot.S"].text
    assert sources["stub.S"] == rendered("qemu-virt")["stub.S"]


def test_the_shipped_templates_need_a_small_part_of_the_work_granted(monkeypatch: pytest.MonkeyPatch):
    budget = Budget()
    monkeypatch.setattr("hypgen.render.sources.Budget", lambda: budget)
    rendered("keystone")
    assert 0 < MAX_WORK - budget.left < MAX_WORK / 12
