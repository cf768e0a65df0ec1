"""``hypgen mutate``: take barriers and maintenance away from an image, one at a time, and see who notices."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hypgen.cli.options import Board, Quiet


class TableFormat(StrEnum):
    """How the table is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def mutate(
    board: Board,
    image: Annotated[
        Path | None, typer.Argument(help="An image that hypgen built; without one, the board's is made.")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="Scenario of the image that is made.", metavar="NAME")
    ] = "lifecycle",
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Mutants judged at the same time.", min=1)] = 1,
    out: Annotated[Path, typer.Option(help="Directory that gets a directory for each board.")] = Path("out"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was judged before.")] = False,
    output_format: Annotated[
        TableFormat, typer.Option("--format", help="How to write the table.")
    ] = TableFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    """Remove, weaken and swap barriers and maintenance operations, one at a time, and judge each image.

    What was judged is kept in OUT/BOARD/mutation/, and a run that was stopped goes on from there. The exit
    status is 0 if every mutant was killed, else 1.

    Example: hypgen mutate --board keystone -j 2
    """
    from hypgen.board.load import load_board
    from hypgen.mutation.table import as_html, as_json, as_text, build_table, summary
    from hypgen.pipeline.building import compile_image
    from hypgen.pipeline.verifying import read_file
    from hypgen.plan.options import PlanOptions

    described = load_board(board)
    if image is None:
        made = compile_image(described, options=PlanOptions(scenario=scenario), embed=False)
        elf, name, lines = made.elf, f"{described.name}.elf", made.image.lines
    else:
        elf, name, lines = read_file(image), str(image), ()

    def progress(done: int, total: int) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\rhypgen: {done} of {total} mutants judged", end="", file=sys.stderr, flush=True)

    state = out / described.name / "mutation" / f"{Path(name).stem}-{scenario}.json"
    table = build_table(board, elf, name, jobs, state, fresh=fresh, progress=progress, lines=lines)
    if not quiet and sys.stderr.isatty():
        print(file=sys.stderr)
    if output_format is TableFormat.JSON:
        print(json.dumps(as_json(table), indent=2))
    elif output_format is TableFormat.HTML:
        print(as_html(table), end="")
    else:
        print(summary(table) if quiet else as_text(table))
    raise typer.Exit(1 if table.survived else 0)
