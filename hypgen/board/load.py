"""Reading boards: from a name or a path to a checked :class:`Board`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError

from hypgen.board.checks import check
from hypgen.board.confidence import take_notes
from hypgen.board.draft import Draft
from hypgen.board.messages import shape_errors
from hypgen.board.model import Board, Origin
from hypgen.documents import Document, read_document
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.resources import board_files, find_board

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a board can be named: it becomes part of file names and symbols."""


def load_board(name_or_path: str, directory: Path | None = None) -> Board:
    """The board of a name (``keystone``) or file (``./mine.yaml``).

    ``directory`` is searched for the name before hypgen's own boards. Raises InputError with
    everything that is wrong with the file, each at its place.
    """
    path = find_board(name_or_path, directory)
    return board_of(read_document(path), path.stem)


def list_boards(directory: Path | None = None) -> tuple[Board, ...]:
    """Every board of ``directory`` and of hypgen, by name; raises InputError for all bad ones at once."""
    boards: list[Board] = []
    wrong: list[Diagnostic] = []
    for name, path in board_files(directory).items():
        try:
            boards.append(board_of(read_document(path), name))
        except InputError as error:
            wrong.extend(error.diagnostics)
    if wrong:
        raise InputError(wrong)
    return tuple(boards)


def board_of(document: Document, name: str) -> Board:
    """The board that ``document`` describes, called ``name``; raises InputError as load_board does."""
    values, notes, wrong = take_notes(document)
    if not NAME.fullmatch(name):
        sentence = f"a board file named {name!r}, expected letters, digits, '.', '_' and '-'"
        wrong.append(Diagnostic("BOARD-016", sentence, Location(document.file)))
    board = None
    try:
        board = Board.model_validate(values.data)
    except ValidationError as error:
        wrong += shape_errors(error, values)
    wrong += check(Draft.of(values))
    if board is None or wrong:
        raise InputError(sorted(wrong, key=lambda one: one.location or Location(document.file)))
    board._origin = Origin(document.file, name, values.places, notes)
    return board
