"""``hypgen explain CODE``: what a rule or an error code means, why it is wrong, and what to do."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

import hypgen
from hypgen import documents, resources
from hypgen.errors import InputError


def tables() -> Iterator[Mapping[str, str]]:
    """The tables that explain stable codes, of errors and of strict rules: each part has its own."""
    from hypgen.emulator.strict.catalogue import RULES
    from hypgen.emulator.strict.documentation import explanation

    yield documents.CODES
    yield resources.CODES
    yield {rule.id: explanation(rule) for rule in RULES.values()}
    for part in pkgutil.iter_modules(hypgen.__path__, "hypgen."):
        if part.ispkg:
            names = {
                module.name for module in pkgutil.iter_modules(importlib.import_module(part.name).__path__)
            }
            if "codes" in names:
                yield importlib.import_module(f"{part.name}.codes").CODES


def explanations() -> dict[str, str]:
    """Every stable code and its explanation."""
    return {code: text for table in tables() for code, text in table.items()}


def explain(
    code: Annotated[
        str | None, typer.Argument(help="A code as printed, such as BOARD-001 or CTX-001, or a family: CTX.")
    ] = None,
) -> None:
    """Explain a rule or an error code; list those of a family, or without one all.

    Example: hypgen explain CTX-001
    """
    known = explanations()
    listed = sorted(name for name in known if code is None or name.partition("-")[0] == code.upper())
    if listed:
        for name in listed:
            typer.echo(f"{name:<12} {known[name].split('. ')[0].rstrip('.')}.")
        return
    assert code is not None
    text = known.get(code.upper())
    if text is None:
        near = difflib.get_close_matches(code.upper(), known, 2, cutoff=0.75)
        hint = f"did you mean {' or '.join(near)}?" if near else "hypgen explain lists them all"
        raise InputError.at("CLI-001", f"there is no code {code!r}", hint=hint)
    typer.echo(f"{code.upper()}\n")
    for paragraph in text.split("\n\n"):
        typer.echo(textwrap.fill(" ".join(paragraph.split()), 100) + "\n")
