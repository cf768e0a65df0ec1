"""Overlays that would have no effect: a template or a block whose name replaces nothing.

jinja2 ignores a block that the extended template does not have, and nobody reads a file whose name
no part has. Both are slips of the pen that would leave hypgen's own code in the image unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypgen.documents import display_path
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.render.environment import outline
from hypgen.resources import did_you_mean

PART = ".S"
"""Suffix of a template that makes a source by itself; others are there to be included."""


def check_overlay(overlay: Path, own: Path) -> None:
    """Check the user's directory ``overlay`` against hypgen's ``own`` templates.

    Raises InputError TPL-010 for a part that hypgen does not have, TPL-011 for a block that the
    template it extends does not have, all of them at once. Files that are no valid template are left
    to rendering, which says what is wrong.
    """
    found = [one for path in sorted(overlay.glob(f"*{PART}")) for one in _without_effect(path, own)]
    if found:
        raise InputError(found)


def _without_effect(path: Path, own: Path) -> Iterator[Diagnostic]:
    parts = sorted(one.name for one in own.glob(f"*{PART}"))
    if path.name not in parts:
        sentence = f"hypgen has no template {path.name!r}, so this file would have no effect"
        hint = did_you_mean(path.name, parts) or f"templates: {', '.join(parts)}"
        yield Diagnostic("TPL-010", sentence, Location(display_path(path)), hint)
        return
    theirs = outline(path)
    if theirs is None or theirs.extends is None:
        return
    extended = own / theirs.extends.removeprefix("hypgen/")
    ours = outline(extended) if extended.is_file() else None
    if ours is None:
        return
    for name, line in theirs.outer.items():
        if name not in ours.blocks:
            sentence = f"{extended.name} has no block {name!r}, so this one would have no effect"
            hint = did_you_mean(name, ours.blocks) or f"blocks: {', '.join(ours.blocks) or 'none'}"
            yield Diagnostic("TPL-011", sentence, Location(display_path(path), line), hint)
