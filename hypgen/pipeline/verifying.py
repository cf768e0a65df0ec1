"""Judging an image that already exists, and scenarios whose images are made for the purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.elf.lines import source_lines
from hypgen.machine.loader import LoadedImage, read_image
from hypgen.pipeline.inputs import read_file
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario, scenario_names
from hypgen.verdict.verdict import Verdict, judge_image, not_run, with_exploration

if TYPE_CHECKING:
    from hypgen.verdict.exploring import Bound, Progress

ALL = "all"
"""Stands for every scenario."""


def verify(
    image: bytes | str | Path,
    board: Board | str,
    *,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    templates: Path | None = None,
    pedantic: bool = False,
    explore: Bound | None = None,
    progress: Progress = lambda done, left: None,
) -> Verdict:
    """Run the scenario that an image declares on a board's strict machine, and judge it.

    ``image`` is an ELF file's path or its bytes, ``board`` a Board, a board's name or a YAML file's path.
    With ``explore`` every legal outcome of the first run is played, too, within that bound, and of the
    complement's where the first leaves findings unconfirmed; ``progress`` is told how many were played, and
    how many are left. Raises InputError when either is wrong; an image that fails
    gives a verdict that says so.
    """
    if not isinstance(board, Board):
        board = load_board(board)
    name = "image" if isinstance(image, bytes) else str(image)
    data = image if isinstance(image, bytes) else read_file(Path(image))
    verdict = judge_image(
        board,
        data,
        name,
        unknown_seed=unknown_seed,
        schedule_seed=schedule_seed,
        templates=templates,
        pedantic=pedantic,
    )
    if explore is None or not verdict.runs:
        return verdict
    loaded = read_image(data, name, source_lines(data))
    return _explored(verdict, board, loaded, explore, unknown_seed, schedule_seed, templates, progress)


def _explored(
    verdict: Verdict,
    board: Board,
    image: LoadedImage,
    bound: Bound,
    unknown_seed: int,
    schedule_seed: int,
    templates: Path | None,
    progress: Progress,
) -> Verdict:
    from hypgen.verdict.exploring import Exploration, explore, under_fillings

    scenario = load_scenario(verdict.scenario, templates)

    def explored(complement: bool) -> Exploration:
        return explore(
            image,
            scenario,
            board=board,
            bound=bound,
            unknown_seed=unknown_seed,
            complement=complement,
            schedule_seed=schedule_seed,
            progress=progress,
        )

    return with_exploration(verdict, under_fillings(explored, verdict.findings))


def verify_scenarios(
    board: Board | str,
    scenario: str,
    *,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    templates: Path | None = None,
    options: PlanOptions | None = None,
    pedantic: bool = False,
    explore: Bound | None = None,
    progress: Progress = lambda done, left: None,
) -> Iterator[Verdict]:
    """Make the image of a scenario, or of :data:`ALL` of them, for ``board``, and judge each.

    Nothing is written. ``explore`` and ``progress`` are as in :func:`verify`. A scenario that the board has
    no means for gives a verdict of NOT RUN. Raises InputError for a name that no scenario has, and for
    wrong input.
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
        verdict = judge_image(
            board,
            made.elf,
            f"{board.name}-{name}.elf",
            unknown_seed=unknown_seed,
            schedule_seed=schedule_seed,
            templates=templates,
            lines=made.image.lines,
            pedantic=pedantic,
        )
        if explore is not None:
            loaded = read_image(made.elf, f"{board.name}-{name}.elf", made.image.lines)
            verdict = _explored(
                verdict, board, loaded, explore, unknown_seed, schedule_seed, templates, progress
            )
        yield verdict
