"""``hypgen schema``: the JSON Schema of a file format, for editors and CI."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer


class FileFormat(StrEnum):
    """A file format that has a schema."""

    BOARD = "board"


def schema(what: Annotated[FileFormat, typer.Argument(help="The file format.")]) -> None:
    """Print the JSON Schema (draft 2020-12) of a file format.

    Example: hypgen schema board > board.schema.json
    """
    from hypgen.board.schema import board_schema

    schemas = {FileFormat.BOARD: board_schema}
    typer.echo(json.dumps(schemas[what](), indent=2))
