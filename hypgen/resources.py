"""Where boards and templates are: a directory given, the checkout, or the installed package.

A checkout (and so an editable install) has ``boards/`` and ``templates/`` beside the package and
its ``pyproject.toml``; a wheel carries copies as ``hypgen/data/boards`` and
``hypgen/data/templates``. The checkout's are used when it is one, so that an edit takes effect.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from hypgen.errors import InputError

CODES = {
    "RSRC-001": "No board of this name is in any of the directories searched. `hypgen boards` lists them; a "
    "board file of your own is given by its path, which holds a / or ends in .yaml.",
    "RSRC-002": "The directory that was given to search first (--boards or --templates) does not exist.",
    "RSRC-003": "The installation has neither the checkout's directory nor packaged data: install it again.",
}
"""What each diagnostic code of this module means."""

Kind = Literal["boards", "templates"]

_PACKAGE = Path(__file__).resolve().parent


def directories(kind: Kind, explicit: Path | None = None) -> tuple[Path, ...]:
    """The directories to search for ``kind``, in order: ``explicit`` if given, then hypgen's own.

    Raises InputError when ``explicit`` is not a directory, or when hypgen has none of its own.
    """
    if explicit is not None and not explicit.is_dir():
        raise InputError.at(
            "RSRC-002", f"no such directory: {explicit}", None, f"expected one that holds {kind}"
        )
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        own = checkout / kind
    elif (_PACKAGE / "data" / kind).is_dir():
        own = _PACKAGE / "data" / kind
    else:
        raise InputError.at(
            "RSRC-003", f"this installation of hypgen has no {kind}", None, "install it again"
        )
    return (own,) if explicit is None else (explicit, own)


def board_files(explicit: Path | None = None) -> dict[str, Path]:
    """The board files by name, sorted; one in ``explicit`` hides hypgen's own of the same name."""
    found: dict[str, Path] = {}
    for directory in directories("boards", explicit):
        for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def is_path(name_or_path: str) -> bool:
    """Whether what the user gave for a board is a path and not a name."""
    separators = {"/", os.sep}
    return any(one in name_or_path for one in separators) or name_or_path.endswith((".yaml", ".yml"))


def find_board(name_or_path: str, explicit: Path | None = None) -> Path:
    """The file of the board that the user named, or the path that the user gave.

    A path is returned as it is (reading it says what is wrong with it); a name that no directory
    has raises InputError with the nearest names.
    """
    if is_path(name_or_path):
        return Path(name_or_path)
    files = board_files(explicit)
    if name_or_path in files:
        return files[name_or_path]
    listed = ", ".join(files) or "none"
    hint = did_you_mean(name_or_path, files) or f"boards: {listed}"
    raise InputError.at("RSRC-001", f"no board is named {name_or_path!r}", None, hint)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """``did you mean a or b?`` for the names nearest to ``given``, or nothing; capitals do not count."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(given.lower(), list(names), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(names[one] for one in near)}?" if near else ""
