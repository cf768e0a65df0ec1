"""Directives: a name, and the function that does it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypgen.asm.source import StatementError
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
    from hypgen.asm.directives import (
        aliases,
        cfi,
        data,
        machine,
        messages,
        sections,
        space,
        symbols,
        target,
        unwind,
    )

    parts = (data, space, sections, symbols, machine, messages, aliases, cfi, unwind, target)
    tables = [part.TABLE for part in parts]
    return {name: function for one in tables for name, function in one.items()}


NOT_TAKEN = {
    ".altmacro": "write arguments as \\name; `%expression` has no equal",
    ".noaltmacro": "leave it out",
    ".mri": "write GNU syntax",
    ".symver": "symbol versions are of dynamic linking",
    ".weakref": "write .weak",
    ".reloc": "write an expression, of which the relocation follows",
    ".gnu_attribute": "write .eabi_attribute",
    ".desc": "ELF has no such thing",
    ".loc": "line tables of a compiler are made by its own assembler: compile with -c, or without -g",
    ".loc_mark_labels": "leave it out",
    ".addrsig": "it is of LLVM: compile with -fno-addrsig",
    ".addrsig_sym": "it is of LLVM: compile with -fno-addrsig",
    ".stabs": "debug information is DWARF",
    ".stabn": "debug information is DWARF",
    ".dn": "write the data type at the mnemonic",
    ".qn": "write the data type at the mnemonic",
    ".secrel32": "it is of PE files",
    ".tlsdescseq": "thread-local storage is of dynamic linking",
    ".bundle_align_mode": "there are no bundles",
    ".dcb.s": "write .fill with the number's bits",
    ".dcb.d": "write .rept and .double",
    ".dcb.x": "there is no such format on Arm",
    ".dc.x": "there is no such format on Arm",
}
"""Directives of GNU as that are refused on purpose, and what to do instead."""


def unknown(name: str) -> StatementError:
    """The error for a directive that is not in the table."""
    from hypgen.asm.source import StatementError

    reason = NOT_TAKEN.get(name.lower())
    if reason is not None:
        return StatementError("ASM-001", f"`{name}` is a directive of GNU as that is not taken", reason)
    close = suggest(name.lower())
    hint = "did you mean " + " or ".join(f"`{one}`" for one in close) + "?" if close else ""
    return StatementError("ASM-001", f"`{name}` is not a directive", hint)


def suggest(name: str) -> list[str]:
    """The directives nearest to a misspelt one."""
    return difflib.get_close_matches(name, [*table(), *READ_ELSEWHERE], n=2, cutoff=0.6)
