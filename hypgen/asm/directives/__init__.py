"""Directives: a name, and the function that does it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypgen.asm.unit import Unit

Directive = Callable[["Unit", str], None]
"""Does a directive, given its operands as text; raises StatementError."""

READ_ELSEWHERE = (
    ".macro", ".endm", ".rept", ".irp", ".irpc", ".endr", ".include", ".purgem", ".exitm", ".end",
    ".if", ".ifdef", ".ifndef", ".ifb", ".ifnb", ".ifc", ".ifnc", ".ifeqs", ".ifnes",
    ".ifeq", ".ifne", ".ifge", ".ifgt", ".ifle", ".iflt", ".else", ".elseif", ".endif", ".req",
)  # fmt: skip
"""Directives that `hypgen.asm.reader` and the assembler's loop deal with themselves."""


@cache
def table() -> dict[str, Directive]:
    """Every other directive."""
    from hypgen.asm.directives import data, machine, messages, sections, space, symbols

    tables = (data.TABLE, space.TABLE, sections.TABLE, symbols.TABLE, machine.TABLE, messages.TABLE)
    return {name: function for one in tables for name, function in one.items()}


def suggest(name: str) -> list[str]:
    """The directives nearest to a misspelt one."""
    return difflib.get_close_matches(name, [*table(), *READ_ELSEWHERE], n=2, cutoff=0.6)
