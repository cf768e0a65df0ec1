"""Init styles: which one the plan takes, and what is wrong in one of a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.pipeline.building import compile_image
from hypgen.plan.image import TRAMPOLINE, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.styles import load_style, style_names
from hypgen.plan.text import plan_text
from hypgen.verdict.verdict import judge_image


def colliding() -> Board:
    """Keystone, linked one page below where it is loaded."""
    board = load_board("keystone")
    image = board.image.model_copy(update={"virtual_base": 0x7FFF_F000})
    return board.model_copy(update={"image": image})


def test_the_shipped_styles() -> None:
    assert style_names() == ["idmap", "fault", "trampoline"]
    assert [load_style(one).identity for one in style_names()] == ["runtime", "boot", "boot"]


def test_nobody_asks_and_nothing_collides() -> None:
    plan = plan_image(load_board("keystone"))
    assert (plan.style.name, plan.style.chosen, plan.boot_tables) == ("idmap", "", None)


def test_the_plan_chooses_the_trampoline_where_the_identity_page_has_a_runtime_address() -> None:
    plan = plan_image(colliding())
    assert plan.style.name == "trampoline"
    sentence = (
        ".idmap.text must be mapped at VA = PA, but [0x80202000..0x80203000) overlaps the runtime address "
        "[0x80202000..0x80204000) of .hyp.text"
    )
    assert plan.style.chosen == sentence
    assert f"  chosen because {sentence}\n" in plan_text(plan)
    assert plan.boot_tables is not None
    shared = [
        {(one.virtual.start, one.physical) for one in tables.mappings if one.virtual.start == TRAMPOLINE}
        for tables in (plan.boot_tables, plan.tables)
    ]
    assert shared == [{(TRAMPOLINE, 0x8020_2000)}] * 2


def test_who_asks_for_idmap_is_told_what_collides() -> None:
    with pytest.raises(InputError) as caught:
        plan_image(colliding(), PlanOptions(init_style="idmap"))
    assert "error[PLAN-005]: .idmap.text must be mapped at VA = PA, but" in str(caught.value)


def test_a_fault_needs_an_address_that_is_not_mapped() -> None:
    with pytest.raises(InputError) as caught:
        plan_image(colliding(), PlanOptions(init_style="fault"))
    assert "error[PLAN-005]: .idmap.text must not be mapped at its load address 0x80202000" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("identity: runtime\n", ":1:1: error[STY-002]: title must say in a few words how the style works"),
        (
            "title: mine\nidentity: none\n",
            ":2:11: error[STY-002]: identity must be runtime or boot: the tables that hold that page",
        ),
        (
            "title: mine\nidentity: boot\nsteps: 2\n",
            ":3:8: error[STY-002]: unknown key 'steps'",
        ),
    ],
)
def test_what_is_wrong_in_a_style_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "style.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_style(str(tmp_path))
    assert str(caught.value).endswith(message)


def test_a_name_that_no_style_has() -> None:
    with pytest.raises(InputError) as caught:
        load_style("trampolin")
    assert str(caught.value) == (
        "error[STY-001]: there is no init style 'trampolin' (did you mean trampoline?)"
    )


def test_a_directory_without_a_style_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_style(str(tmp_path))
    assert "is no init style: it holds no style.yaml" in str(caught.value)
    assert "title and identity" in str(caught.value)


def board_with_style(directory: Path, style: str) -> Board:
    """Keystone's file, with an init style."""
    text = Path(load_board("keystone").file).read_text()
    path = directory / "mine.yaml"
    path.write_text(text.replace("\nimage:\n", f"\nimage:\n  init_style: {style}\n"))
    return load_board(str(path))


def test_a_board_file_names_a_style() -> None:
    board = load_board("keystone")
    image = board.image.model_copy(update={"init_style": "fault"})
    board = board.model_copy(update={"image": image})
    assert plan_image(board).style.name == "fault"
    assert plan_image(board, PlanOptions(init_style="trampoline")).style.name == "trampoline"


def test_a_board_file_names_a_directory_from_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "style.yaml").write_text("title: mine\nidentity: boot\n")
    plan = plan_image(board_with_style(tmp_path, "./styles"))
    assert (plan.style.name, plan.style.identity) == ("styles", "boot")


def test_a_style_that_a_board_file_names_and_that_is_not_there(tmp_path: Path) -> None:
    board = board_with_style(tmp_path, "trampolin")
    line = Path(board.file).read_text().split("init_style")[0].count("\n") + 1
    with pytest.raises(InputError) as caught:
        plan_image(board)
    assert str(caught.value) == (
        f"{board.file}:{line}:15: error[STY-001]: there is no init style 'trampolin' "
        "(did you mean trampoline?)"
    )


def test_a_style_of_ones_own_is_a_directory(tmp_path: Path) -> None:
    """It takes another register for HSCTLR, which shows in the source and in nothing else."""
    (tmp_path / "style.yaml").write_text("title: mine\nidentity: runtime\n")
    (tmp_path / "init.S").write_text(
        '{% extends "hypgen/init.S" %}\n{% block mmu_on %}\n        ldr     r0, =HSCTLR_ON\n'
        '        mov     r12, sp\n        {{ write("HSCTLR", "r0") }}\n        isb\n'
        "        mov     r0, r12\n{% endblock %}\n"
        "{% block translation_registers %}{{ super() }}        mov     sp, r0\n{% endblock %}\n"
    )
    board = load_board("qemu-virt")
    made = compile_image(board, options=PlanOptions(init_style=str(tmp_path)), embed=False)
    assert made.plan.style.name == tmp_path.name
    source = next(one for one in made.sources if one.name == "init.S")
    assert "mov     r12, sp" in source.text
    assert judge_image(board, made.elf, "mine.elf").passed
