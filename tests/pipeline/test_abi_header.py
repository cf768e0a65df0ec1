"""``hyp_abi.h`` says how to call what an image has, and nothing of what it has not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board, Console
from hypgen.pipeline.abi_header import abi_header
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions
from tests.oracle import run


def test_an_image_that_changes_its_tables_says_how_to_ask_for_it() -> None:
    header = abi_header(plan_image(load_board("keystone"), PlanOptions(scenario="map-runtime")))
    assert "#define HYP_MAP_RW 0x2" in header
    assert "#define HYP_MAP_IN_USE 0xfffffff0" in header
    functions = ("create_hyp_mappings", "create_hyp_io_mappings", "create_hyp_page_mappings")
    for name in (*functions, "remove_hyp_mappings", "free_hyp_pmds"):
        assert f" {name} " in header


def test_another_image_says_nothing_of_it() -> None:
    assert "HYP_MAP" not in abi_header(plan_image(load_board("keystone")))


def board_with(compatible: str) -> Board:
    board = load_board("keystone")
    console = board.console.model_copy(update={"compatible": compatible})
    return board.model_copy(update={"console": console})


@pytest.mark.parametrize("compatible", get_args(Console.model_fields["compatible"].annotation))
def test_what_is_defined_are_names_whatever_the_console_is(compatible: str) -> None:
    header = abi_header(plan_image(board_with(compatible)))
    defined = re.findall(r"^#define +(\S+)", header, re.MULTILINE)
    assert [one for one in defined if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", one.partition("(")[0])] == []
    assert len(set(defined)) == len(defined)


@pytest.mark.oracle
@pytest.mark.parametrize("compiler", [["arm-none-eabi-gcc"], ["clang", "--target=armv7a-none-eabi"]])
@pytest.mark.parametrize("scenario", ["lifecycle", "map-runtime"])
def test_compilers_have_nothing_to_say_of_it(scenario: str, compiler: list[str], tmp_path: Path) -> None:
    board = board_with("samsung,exynos4210-uart")
    (tmp_path / "hyp_abi.h").write_text(abi_header(plan_image(board, PlanOptions(scenario=scenario))))
    (tmp_path / "x.c").write_text('#include "hyp_abi.h"\nint number = HVC_STUB;\n')
    (tmp_path / "x.S").write_text('#include "hyp_abi.h"\n        mov     r0, #HVC_STUB\n')
    warnings = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wundef", "-Werror"]
    for source in ("x.c", "x.S"):
        done = run([*compiler, *(warnings if source == "x.c" else warnings[4:]), "-c", tmp_path / source,
                    "-o", tmp_path / "x.o"])  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
