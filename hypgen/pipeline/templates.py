"""Templates by the names that outputs have for them, which hold on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypgen.asm.unwinding import derived_frames
from hypgen.elf.dwarf import with_debug
from hypgen.elf.frames import NAME, with_frames
from hypgen.elf.model import ObjectFile
from hypgen.errors import Location
from hypgen.render.sources import RenderedSource

SOURCE_DIRECTORY = "src"
"""Where the rendered sources are, seen from the ELF file; a debugger finds their lines there."""
EMBEDDED_DIRECTORY = f"{SOURCE_DIRECTORY}/embedded"
TEMPLATE_DIRECTORY = f"{SOURCE_DIRECTORY}/templates"
"""The same for the sources of the object, and for the templates that all were rendered from."""


def portable(directories: Sequence[Path]) -> Callable[[Location], Location]:
    """A function that names a template as ``{% include %}`` would: ``boot.S``, hypgen's ``hypgen/boot.S``.

    ``directories`` are those that were searched, hypgen's own last.
    """
    roots = [directory.resolve() for directory in directories]

    @cache
    def name(file: str) -> str:
        path = Path(file).resolve()
        for root in roots:
            if path.is_relative_to(root):
                below = path.relative_to(root).as_posix()
                return f"hypgen/{below}" if root == roots[-1] else below
        return file

    return lambda place: replace(place, file=name(place.file))


def debuggable(made: ObjectFile, directory: str, directories: Sequence[Path]) -> ObjectFile:
    """The object of a rendered source with the lines of source and templates, as debuggers find them.

    So are the callers of its functions, unless the source has call frame information itself.
    """
    known = portable(directories)

    @cache
    def name(file: str) -> str:
        return f"{TEMPLATE_DIRECTORY}/{known(Location(file)).file}"

    def place(one: Location) -> Location:
        return Location(name(one.file), one.line)

    described = with_debug(made, directory, place)
    return described if NAME in made.sections else with_frames(described, derived_frames(made))


def template_texts(sources: Iterable[RenderedSource], directories: Sequence[Path]) -> dict[str, bytes]:
    """The templates that sources were rendered from, by the names that :func:`debuggable` gives them."""
    known = portable(directories)
    files = {place.file for one in sources for place in one.line_map if place.line}
    return {
        f"{TEMPLATE_DIRECTORY}/{known(Location(file)).file}": Path(file).read_bytes()
        for file in sorted(files)
        if Path(file).is_file()
    }
