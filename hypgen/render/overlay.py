"""Overlays that would have no effect: a template or a block whose name replaces nothing.

jinja2 ignores a block that the extended template does not have, and nobody reads a file whose name
no part has. Both are slips of the pen that would leave hypgen's own code in the image unnoticed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from hypgen.documents import display_path
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.plan.scenarios import own_parts
from hypgen.plan.styles import STYLE_FILE
from hypgen.render.environment import outline
from hypgen.resources import did_you_mean

PART = ".S"
"""Suffix of a template that makes a source by itself; others are there to be included."""
STYLES = "styles"
"""Directory of init styles: a directory for each."""


def check_overlay(overlay: Path, own: Path) -> None:
    """Check the user's directory ``overlay``, its scenarios and styles too, against hypgen's ``own``.

    Raises InputError TPL-010 for a part that hypgen does not have and no scenario there names, TPL-011
    for a block that the template it extends does not have, TPL-012 for a style that has no ``style.yaml``,
    all of them at once. Files that are no valid template are left to rendering, which says what is wrong.
    """
    found: list[Diagnostic] = []
    named = own_parts(overlay)
    for path in _parts(overlay):
        name = path.relative_to(overlay)
        if name.parts[0] != STYLES or len(name.parts) == 1:
            found += _without_effect(path, name.as_posix(), own, named)
    directories = sorted(one for one in (overlay / STYLES).glob("*") if one.is_dir())
    for directory in directories:
        if (directory / STYLE_FILE).is_file():
            found += style_without_effect(directory, own)
        else:
            sentence = (
                f"this directory holds no {STYLE_FILE}, so that it is no init style and would have no effect"
            )
            hint = (
                "a style says there what the plan must know: title and identity, as "
                f"{own.name}/{STYLES}/idmap/{STYLE_FILE} does"
            )
            found.append(Diagnostic("TPL-012", sentence, Location(display_path(directory)), hint))
    if found:
        raise InputError(found)


def check_style(directory: Path, own: Path) -> None:
    """Check the templates of an init style; raises InputError TPL-010 or TPL-011 as :func:`check_overlay`."""
    found = list(style_without_effect(directory, own))
    if found:
        raise InputError(found)


def style_without_effect(directory: Path, own: Path) -> Iterator[Diagnostic]:
    """What in the directory of an init style replaces nothing."""
    for path in _parts(directory):
        yield from _without_effect(path, path.relative_to(directory).as_posix(), own, ())


def _parts(directory: Path) -> list[Path]:
    return sorted(one for one in directory.rglob(f"*{PART}") if one.is_file())


def _without_effect(path: Path, name: str, own: Path, named: Collection[str]) -> Iterator[Diagnostic]:
    """``name`` is what images call the template at ``path``; ``named`` are the parts of the user's rows."""
    parts = {one.relative_to(own).as_posix() for one in _parts(own)}
    if name not in parts and name not in named:
        sentence = f"hypgen has no template {name!r}, so this file would have no effect"
        known = sorted(one for one in parts if "/" not in one)
        hint = did_you_mean(name, sorted(parts)) or f"templates: {', '.join(known)}"
        yield Diagnostic("TPL-010", sentence, Location(display_path(path)), hint)
        return
    theirs = outline(path)
    if theirs is None or theirs.extends is None:
        return
    extended = own / theirs.extends.removeprefix("hypgen/")
    ours = outline(extended) if extended.is_file() else None
    if ours is None:
        return
    for block, line in theirs.outer.items():
        if block not in ours.blocks:
            sentence = f"{extended.name} has no block {block!r}, so this one would have no effect"
            hint = did_you_mean(block, ours.blocks) or f"blocks: {', '.join(ours.blocks) or 'none'}"
            yield Diagnostic("TPL-011", sentence, Location(display_path(path), line), hint)
