"""Judging an image that already exists."""

from __future__ import annotations

from pathlib import Path

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.errors import InputError, Location
from hypgen.verdict.verdict import Verdict, judge_image


def verify(image: bytes | str | Path, board: Board | str, *, unknown_seed: int = 1) -> Verdict:
    """Run the scenario that an image declares on a board's strict machine, and judge it.

    ``image`` is an ELF file's path or its bytes, ``board`` a Board, a board's name or a YAML file's path.
    Raises InputError when either is wrong; an image that fails gives a verdict that says so.
    """
    if not isinstance(board, Board):
        board = load_board(board)
    if isinstance(image, bytes):
        return judge_image(board, image, "image", unknown_seed=unknown_seed)
    return judge_image(board, read_file(Path(image)), str(image), unknown_seed=unknown_seed)


def read_file(path: Path) -> bytes:
    """The bytes of a file that the user named; raises InputError IN-001 if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.at(
            "IN-001", f"cannot read: {error.strerror or error}", Location(str(path)), "check the path"
        ) from error
