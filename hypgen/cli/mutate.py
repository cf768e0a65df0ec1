"""``hypgen mutate``: change one thing at a time in verified images, and see who notices."""

from __future__ import annotations

import json
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.cli.options import Board, Profile, Quiet

if TYPE_CHECKING:
    from hypgen.mutation.images import Image

ALL = "all"


class TableFormat(StrEnum):
    """How the table is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def mutate(
    board: Board = "",
    image: Annotated[
        Path | None, typer.Argument(help="An image that hypgen built; without one, the board's are made.")
    ] = None,
    all_boards: Annotated[
        bool, typer.Option("--all-boards", help="The images of every board, instead of one board's.")
    ] = False,
    scenario: Annotated[
        str, typer.Option(help="Scenario of the image that is made, or `all`.", metavar="NAME|all")
    ] = ALL,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Mutants judged at the same time.", min=1)] = 1,
    out: Annotated[Path, typer.Option(help="Directory that keeps what was judged.")] = Path("out"),
    explored: Annotated[
        bool | None,
        typer.Option(
            "--explore/--no-explore",
            help="Play every legal outcome of what survived: is it equivalent? Default: with all scenarios.",
        ),
    ] = None,
    qemu: Annotated[
        str,
        typer.Option(
            metavar="PROGRAM", help="Run mutants in this qemu-system-arm as well, if it has the board."
        ),
    ] = "",
    profile: Profile = "default",
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was judged before.")] = False,
    output_format: Annotated[
        TableFormat, typer.Option("--format", help="How to write the table.")
    ] = TableFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    """Change one thing at a time in the board's images, judge each, and print a table.

    Barriers and maintenance operations are removed, weakened and swapped, and bits of control registers and
    of descriptors inverted. A mutant is a change to a template's line: it is looked at in one scenario after
    another until something notices it. What survives on one board is looked at on the shipped others, too,
    as only what none of them needs is redundant. What was judged is kept in OUT/mutation/, and a run that
    was stopped goes on from there. The exit status is 0 if no mutant survived, else 1.

    Example: hypgen mutate --board keystone -j 2
    """
    from hypgen.errors import InputError
    from hypgen.mutation.campaign import run_campaign
    from hypgen.mutation.table import as_html, as_json, as_text, summary, survivors
    from hypgen.verdict.profile import load_profile

    if bool(board) == all_boards:
        raise typer.BadParameter("give either --board or --all-boards", param_hint="--board")
    load_profile(profile)
    if qemu and shutil.which(qemu) is None:
        raise InputError.at("IN-001", f"cannot run {qemu}: no such program", hint="--qemu PROGRAM")
    images = _images(board, all_boards, image, scenario, profile)
    name = ALL if all_boards else Path(board).stem
    campaign = run_campaign(
        images,
        out / "mutation" / f"{name}.jsonl",
        jobs=jobs,
        fresh=fresh,
        explored=image is None and scenario == ALL if explored is None else explored,
        qemu=qemu,
        others=_others(board, profile) if board and image is None and scenario == ALL else (),
        progress=_silent if quiet or not sys.stderr.isatty() else _bar,
    )
    if output_format is TableFormat.JSON:
        print(json.dumps(as_json(campaign), indent=2))
    elif output_format is TableFormat.HTML:
        print(as_html(campaign), end="")
    else:
        print(summary(campaign) if quiet else as_text(campaign))
    raise typer.Exit(1 if survivors(campaign) or campaign.problems else 0)


def _images(board: str, all_boards: bool, file: Path | None, scenario: str, profile: str) -> list[Image]:
    from hypgen.board.load import list_boards
    from hypgen.mutation.images import Image
    from hypgen.pipeline.inputs import read_file
    from hypgen.plan.scenarios import load_scenario, scenario_names
    from hypgen.verdict.observation import declared_scenario

    if file is not None:
        return [Image(board, declared_scenario(read_file(file), str(file)), file=file, profile=profile)]
    boards = [one.name for one in list_boards()] if all_boards else [board]
    names = scenario_names() if scenario == ALL else [load_scenario(scenario).name]
    return [Image(one, name, profile=profile) for one in boards for name in names]


def _others(board: str, profile: str) -> list[Image]:
    """The images of the shipped boards besides one."""
    from hypgen.board.load import list_boards

    names = [one.name for one in list_boards() if one.name != Path(board).stem]
    return [one for name in names for one in _images(name, False, None, ALL, profile)]


def _silent(done: int, total: int, what: str) -> None:
    """Show nothing."""


def _bar(done: int, total: int, what: str) -> None:
    """Show a bar: how many mutants are decided, and in which image others are looked at."""
    width = 30
    full = width * done // total if total else width
    line = f"[{'#' * full}{'.' * (width - full)}] {done} of {total} decided  {what}"
    print(f"\r\x1b[K{line}", end="" if what else "\n", file=sys.stderr, flush=True)
