"""Writing outputs so that nothing is ever half-written, and nothing of the user's is lost.

Every file is first written in full beside its place, under a name of its own, and then renamed
over it: a reader sees the old file or the new one. Files that an earlier build of hypgen made and
this one does not are removed; files that hypgen did not make are left alone, which is why the
directory itself is not swapped (docs/decisions/0005-outputs.md).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from hypgen.errors import Diagnostic, InputError, Location

MANIFEST = "manifest.json"
TEMPORARY = ".part"


def publish(directory: Path, files: Mapping[str, bytes]) -> None:
    """Make ``directory`` hold ``files`` (relative name to contents) in place of what an earlier call put.

    The manifest, if there is one, is replaced last, so that its hashes fit only a finished set.
    Raises InputError OUT-001 if something cannot be written; then no file has been replaced, and no
    directory is left that holds nothing.
    """
    staged: dict[Path, Path] = {}
    made: set[Path] = set()
    try:
        earlier = _published_before(directory)
        for name, content in sorted(files.items(), key=lambda item: (item[0] == MANIFEST, item[0])):
            target = directory / name
            made.update(one for one in target.parents if not one.exists())
            target.parent.mkdir(parents=True, exist_ok=True)
            staged[target] = _beside(target)  # before it is made: an interrupt may come at any time
            _write(staged[target], target, content)
        for target, temporary in staged.items():
            os.replace(temporary, target)
        for name in earlier - set(files):
            if (directory / name).is_file():
                (directory / name).unlink()
    except OSError as error:
        raise _unwritable(error, directory) from error
    finally:
        _remove(*staged.values())
        for one in sorted(made, key=lambda path: -len(path.parts)):
            with contextlib.suppress(OSError):  # what holds a file stays
                one.rmdir()


def replace_file(target: Path, content: bytes) -> None:
    """Put one file in place of ``target``, in full or not at all; raises InputError OUT-001.

    A link stays, and what it leads to is replaced; a device or a pipe (``-o /dev/null``) is written to.
    """
    try:
        if target.exists() and not (target.is_file() or target.is_dir()):
            target.write_bytes(content)
            return
        target = target.resolve() if target.is_symlink() else target
        temporary = _beside(target)
        try:
            _write(temporary, target, content)
            os.replace(temporary, target)
        finally:
            _remove(temporary)
    except OSError as error:
        raise _unwritable(error, target) from error


def _unwritable(error: OSError, wanted: Path) -> InputError:
    place = Path(error.filename2 or error.filename or wanted)
    if place.suffix == TEMPORARY:
        place = place.parent  # a temporary file's name means nothing to anyone
    return InputError(
        Diagnostic(
            "OUT-001",
            f"cannot write: {error.strerror or error}",
            Location(str(place)),
            "choose another place with --out",
        )
    )


def _beside(target: Path) -> Path:
    """The name of a new file in the directory of ``target``, where a rename can follow."""
    return target.with_name(f".hypgen-{secrets.token_hex(8)}{TEMPORARY}")


def _write(temporary: Path, target: Path, content: bytes) -> None:
    """Write ``content`` to a new file that is to become ``target``."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    with temporary.open("xb") as stream:
        stream.write(content)


def _remove(*temporaries: Path) -> None:
    """Remove what is left of temporary files; where none could be made, that has been said."""
    for temporary in temporaries:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _published_before(directory: Path) -> set[str]:
    """The relative names that the manifest in ``directory`` says hypgen made; none if it cannot be read."""
    try:
        listed = json.loads((directory / MANIFEST).read_text())["outputs"]
        names = {name for name in listed if isinstance(name, str)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    # A manifest is only a file: it must not name anything outside its directory.
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts} | {
        MANIFEST
    }
