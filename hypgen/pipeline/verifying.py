"""Judging an image that already exists, and scenarios whose images are made for the purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.errors import InputError, Location
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario, scenario_names
from hypgen.verdict.verdict import Verdict, judge_image, not_run

ALL = "all"
"""Stands for every scenario."""


def verify(
    image: bytes | str | Path,
    board: Board | str,
    *,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    templates: Path | None = None,
) -> Verdict:
    """Run the scenario that an image declares on a board's strict machine, and judge it.

    ``image`` is an ELF file's path or its bytes, ``board`` a Board, a board's name or a YAML file's path.
    Raises InputError when either is wrong; an image that fails gives a verdict that says so.
    """
    if not isinstance(board, Board):
        board = load_board(board)
    name = "image" if isinstance(image, bytes) else str(image)
    data = image if isinstance(image, bytes) else read_file(Path(image))
    return judge_image(
        board, data, name, unknown_seed=unknown_seed, schedule_seed=schedule_seed, templates=templates
    )


def verify_scenarios(
    board: Board | str,
    scenario: str,
    *,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    templates: Path | None = None,
    options: PlanOptions | None = None,
) -> Iterator[Verdict]:
    """Make the image of a scenario, or of :data:`ALL` of them, for ``board``, and judge each.

    Nothing is written. A scenario that the board has no means for gives a verdict of NOT RUN. Raises
    InputError for a name that no scenario has, and for wrong input.
    """
    from hypgen.pipeline.building import compile_image

    if not isinstance(board, Board):
        board = load_board(board)
    for name in scenario_names(templates) if scenario == ALL else [scenario]:
        row = load_scenario(name, templates)
        refused = row.missing(board)
        if refused:
            yield not_run(board, row, refused)
            continue
        wanted = replace(options or PlanOptions(), scenario=name)
        made = compile_image(board, templates=templates, options=wanted, embed=False)
        yield judge_image(
            board,
            made.elf,
            f"{board.name}-{name}.elf",
            unknown_seed=unknown_seed,
            schedule_seed=schedule_seed,
            templates=templates,
            lines=made.image.lines,
        )


def read_file(path: Path) -> bytes:
    """The bytes of a file that the user named; raises InputError IN-001 if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.at(
            "IN-001", f"cannot read: {error.strerror or error}", Location(str(path)), "check the path"
        ) from error
