"""``hypgen schema``: the JSON Schema of a file format, for editors and CI."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer


class FileFormat(StrEnum):
    """A file format that has a schema."""

    BOARD = "board"
    LAYOUT = "layout"


def schema(what: Annotated[FileFormat, typer.Argument(help="The file format.")]) -> None:
    """Print the JSON Schema (draft 2020-12) of a file format.

    Example: hypgen schema board > board.schema.json
    """
    if what is FileFormat.BOARD:
        from hypgen.board.schema import board_schema as schema_of
    else:
        from hypgen.link.layout_file import layout_schema as schema_of
    typer.echo(json.dumps(schema_of(), indent=2))
