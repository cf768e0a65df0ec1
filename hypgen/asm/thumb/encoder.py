"""From a T32 statement with numbers to its word, of the width that GNU as gives it, proven."""

from __future__ import annotations

from collections.abc import Iterator

from hypgen.asm.operands import Operand
from hypgen.asm.source import StatementError
from hypgen.asm.thumb.fields import solve
from hypgen.asm.thumb.forms import Form, table
from hypgen.asm.thumb.proof import prove
from hypgen.asm.thumb.slots import complete, fill
from hypgen.asm.thumb.statements import Spelled, commuted, numbers, spellings

_MOST_SHOWN = 3
_LATER = {"ADD (immediate) T1": "ADD (immediate) T2", "SUB (immediate) T1": "SUB (immediate) T2"}
"""Rows that GNU as takes only if another one does not fit."""


def encode(name: str, operands: tuple[Operand, ...], width: int, itstate: int) -> tuple[int, int]:
    """The word and its length in bytes; ``width`` 2 or 4 asks for one. Raises StatementError."""
    wanted = numbers(operands)
    shown: list[str] = []
    for length in (2, 4):
        if width not in (0, length):
            continue
        for mnemonic, parts in _candidates(name, wanted, wide=length == 4):
            forms = [form for form in table().get(mnemonic, ()) if form.row.length == length]
            word = _first(forms, parts, itstate)
            if word is not None:
                prove(word, length, itstate, (mnemonic, parts))
                return word, length
            shown += [form.row.syntax for form in forms]
    raise _refusal(name, shown, width)


def _candidates(name: str, operands: tuple[Operand, ...], *, wide: bool) -> Iterator[Spelled]:
    for spelled in spellings(name, operands, wide=wide):
        exchanged = None if wide else commuted(*spelled)
        both = [spelled] if exchanged is None else [exchanged, spelled]
        yield from reversed(both) if name[:3] == "add" else both  # ADD has 16 bits for either order


def _first(forms: list[Form], operands: tuple[Operand, ...], itstate: int) -> int | None:
    """The word of the first form that takes the operands."""
    found: dict[str, int] = {}
    for form in forms:
        values = fill(form, operands)
        if values is None:
            continue
        word = solve(form.row, complete(form, values), itstate)
        if word is not None:
            found[form.row.name] = word
            if form.row.name not in _LATER:
                break
    for first, second in _LATER.items():
        if first in found and second in found:
            return found[second]
    return next(iter(found.values()), None)


def _refusal(name: str, shown: list[str], width: int) -> StatementError:
    forms = list(dict.fromkeys(shown))[:_MOST_SHOWN]
    hint = "the manual has " + " and ".join(f"`{one}`" for one in forms) if forms else ""
    bits = f" of {8 * width} bits" if width else ""
    return StatementError("ASM-046", f"`{name}` has no T32 encoding{bits} for these operands", hint)
