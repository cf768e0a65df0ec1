"""Init styles: the ways in which Hyp mode turns its MMU on and off.

A style is a directory: ``style.yaml`` says what of it the plan must know, and the templates beside it
(``init.S``, ``init_call.inc``, ``teardown_address.inc``) take the place of hypgen's own of the same name.
hypgen's are below ``templates/styles``; a user's own may be anywhere. docs/styles.md describes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hypgen import resources
from hypgen.documents import read_document
from hypgen.errors import Diagnostic, InputError, Location

Identity = Literal["runtime", "boot"]
"""Which tables hold the identity page: those of the runtime, or tables of their own."""

STYLE_FILE = "style.yaml"
"""What makes a directory an init style."""
DEFAULT_STYLE = "idmap"
FALLBACK_STYLE = "trampoline"
"""Chosen where the identity page cannot be in the runtime's tables."""


@dataclass(frozen=True)
class InitStyle:
    """One style. ``directory`` is searched for templates before hypgen's own; ``chosen`` says why the plan
    took it when nobody asked for it."""

    name: str
    title: str
    directory: Path
    identity: Identity
    chosen: str = ""


def style_names(templates: Path | None = None) -> list[str]:
    """The styles that are found by name, the default first."""
    found = {
        path.parent.name
        for one in resources.directories("templates", templates)
        for path in one.glob(f"styles/*/{STYLE_FILE}")
    }
    return sorted(found, key=lambda name: (name != DEFAULT_STYLE, name))


def load_style(
    name: str, templates: Path | None = None, *, below: Path = Path(), place: Location | None = None
) -> InitStyle:
    """The style of this name, or in this directory (a path that holds a ``/``, from ``below`` on).

    ``place`` is where somebody asks for it. Raises InputError STY-001 when there is none, STY-002 for a
    wrong ``style.yaml``.
    """
    if "/" in name:
        directories = [below / name]
    else:
        directories = [one / "styles" / name for one in resources.directories("templates", templates)]
    directory = next((one for one in directories if (one / STYLE_FILE).is_file()), None)
    if directory is None:
        names = style_names(templates)
        hint = resources.did_you_mean(name, names) or f"styles: {', '.join(names)}; or a directory's path"
        sentence = f"there is no init style {name!r}"
        if directories[0].is_dir():
            sentence = f"the directory {name!r} is no init style: it holds no {STYLE_FILE}"
            hint = f"expected a {STYLE_FILE} with title and identity beside the style's templates"
        raise InputError.at("STY-001", sentence, place, hint)
    document = read_document(directory / STYLE_FILE)
    data = document.data
    problems = [(key, f"unknown key {key!r}") for key in sorted(set(data) - {"title", "identity"})]
    if not isinstance(data.get("title"), str):
        problems.append(("title", "title must say in a few words how the style works"))
    if data.get("identity") not in ("runtime", "boot"):
        problems.append(("identity", "identity must be runtime or boot: the tables that hold that page"))
    if problems:
        raise InputError(
            Diagnostic("STY-002", sentence, document.place((key,)).value) for key, sentence in problems
        )
    return InitStyle(directory.resolve().name, data["title"], directory, data["identity"])
