"""Warnings about rendered sources: none for the templates that are shipped, and told for one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.board.load import list_boards
from hypgen.pipeline.building import compile_image
from tests import images


@pytest.mark.parametrize("board", [one.name for one in list_boards()])
def test_the_templates_give_no_warning(board: str) -> None:
    assert images.compiled(board).warnings == ()


def test_a_doubtful_template_of_ones_own_is_told_at_its_line(tmp_path: Path) -> None:
    templates = images.overlay(tmp_path / "mine", "init.S", "mmu_on", "        msr     spsr, r0")
    (told,) = compile_image(images.board("keystone"), templates=templates).warnings
    assert (told.code, str(told.location)) == ("ASM-203", f"{templates}/init.S:3:9")
