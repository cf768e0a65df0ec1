"""The images of the shipped boards and their verdicts, made once for all tests of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import get_args

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.pipeline.building import Compiled, compile_image
from hypgen.plan.options import AddressTranslation, PlanOptions
from hypgen.verdict.check import Check
from hypgen.verdict.verdict import Verdict, judge_image

BOARDS = ("keystone", "qemu-virt")
TRANSLATIONS = get_args(AddressTranslation)


@cache
def board(name: str) -> Board:
    return load_board(name)


@cache
def compiled(name: str, translation: AddressTranslation = "virt_to_idmap") -> Compiled:
    return compile_image(board(name), options=PlanOptions(translation))


@cache
def verdict(name: str, translation: AddressTranslation = "virt_to_idmap") -> Verdict:
    made = compiled(name, translation)
    return judge_image(board(name), made.elf, f"{name}.elf", lines=made.image.lines)


def check(verdict: Verdict, name: str) -> Check:
    """The check of that name."""
    return next(one for one in verdict.checks if one.name == name)


def overlay(directory: Path, template: str, block: str, text: str) -> Path:
    """A directory of templates with one that replaces a block of hypgen's own."""
    directory.mkdir(exist_ok=True)
    (directory / template).write_text(
        f'{{% extends "hypgen/{template}" %}}\n{{% block {block} %}}\n{text}\n{{% endblock %}}\n'
    )
    return directory
