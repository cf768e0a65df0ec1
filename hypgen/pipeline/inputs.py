"""The files that a build reads: for the manifest by name and hash, for make by path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from hypgen.board.model import Board
from hypgen.errors import InputError, Location
from hypgen.plan.styles import STYLE_FILE


def read_file(path: Path) -> bytes:
    """The bytes of a file that the user named; raises InputError IN-001 if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.at(
            "IN-001", f"cannot read: {error.strerror or error}", Location(str(path)), "check the path"
        ) from error


def input_files(
    board: Board, template_directories: Sequence[Path], linked: Sequence[Path] = ()
) -> dict[str, Path]:
    """Every file that can change the image, by a name that is the same on every machine.

    These are the board file, all files in the directories of templates (the user's own first, then an init
    style's, then hypgen's), and the objects and libraries that are linked too; a board that was not read from
    a file has none.
    """
    found: dict[str, Path] = {f"linked/{number}/{path.name}": path for number, path in enumerate(linked)}
    file = Path(board.file)
    if file.is_file():
        found[f"board/{file.name}"] = file
    for directory in reversed(template_directories):
        label = "style" if (directory / STYLE_FILE).is_file() else "templates"
        if directory == template_directories[-1]:
            label = "hypgen/templates"
        for path in sorted(directory.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                found[f"{label}/{path.relative_to(directory).as_posix()}"] = path
    return found


def hashes(files: dict[str, Path]) -> dict[str, str]:
    """SHA-256 of each file, by name."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def make_rule(target: str, files: dict[str, Path]) -> str:
    """A rule for make: ``target`` depends on ``files``; and each of them on nothing, so that one may go."""
    paths = sorted({str(path) for path in files.values()})
    rule = " \\\n".join([f"{_escaped(target)}:", *(f"  {_escaped(path)}" for path in paths)])
    return f"{rule}\n" + "".join(f"\n{_escaped(path)}:\n" for path in paths)


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("$", "$$").replace(" ", "\\ ").replace("#", "\\#")
