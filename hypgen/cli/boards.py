"""``hypgen boards``: the boards that can be built for; ``hypgen boards show``: one of them."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="List the boards, or show one.",
    invoke_without_command=True,
    rich_markup_mode=None,
    add_completion=False,
)


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
DirectoryOption = Annotated[
    Path | None, typer.Option("--boards", help="Also look for boards in this directory, before hypgen's own.")
]


@app.callback(epilog="Example: hypgen boards show keystone")
def boards(
    context: typer.Context, form: FormatOption = Format.TEXT, directory: DirectoryOption = None
) -> None:
    """List every board: CPU, RAM, low alias, GIC, entry mode, how secondaries start."""
    if context.invoked_subcommand is not None:
        return
    from hypgen.board.load import list_boards
    from hypgen.board.memory_map import board_data, boards_table

    found = list_boards(directory)
    if form is Format.JSON:
        typer.echo(json.dumps([board_data(board) for board in found], indent=2))
    else:
        typer.echo(boards_table(found))


@app.command(epilog="Example: hypgen boards show keystone")
def show(
    name: Annotated[str, typer.Argument(help="A board's name, or the path of a board file.")],
    path: Annotated[bool, typer.Option("--path", help="Print the path of the board file only.")] = False,
    form: FormatOption = Format.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Show a board's memory map: physical, idmap and virtual addresses side by side."""
    if path:
        from hypgen.resources import find_board

        typer.echo(str(find_board(name, directory)))
        return
    from hypgen.board.load import load_board
    from hypgen.board.memory_map import board_data, memory_map

    board = load_board(name, directory)
    typer.echo(json.dumps(board_data(board), indent=2) if form is Format.JSON else memory_map(board))
