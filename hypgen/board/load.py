"""Reading boards: from a name or a path to a checked :class:`Board`."""

from __future__ import annotations

from pathlib import Path

from hypgen.board.confidence import take_notes
from hypgen.board.messages import shape_errors
from hypgen.board.model import Board, Origin
from hypgen.documents import Document, read_document
from hypgen.errors import Diagnostic, InputError
from hypgen.resources import board_files, find_board


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
    from pydantic import ValidationError

    values, notes, wrong = take_notes(document)
    try:
        board = Board.model_validate(values.data)
    except ValidationError as error:
        raise InputError([*wrong, *shape_errors(error, values)]) from None
    if wrong:
        raise InputError(wrong)
    board._origin = Origin(document.file, name, values.places, notes)
    return board
