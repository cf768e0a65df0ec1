"""From the operands that a statement wants to the fields of a row that make them.

A row says which operands its fields make (``imm12 = imm8:00``); here those lines are read the other
way round. Fields that are left over are few and small, so they are tried; whatever was found must make
every wanted operand again, and must not be UNPREDICTABLE.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cache

from hypgen.arch.encoding import Encoding
from hypgen.bits import bits

Part = tuple[str, int]
"""A part of a concatenation: a field's or operand's name, or digits; and its width."""

_MOST_TRIED = 4
"""Bits of fields whose values are found by trying."""


@cache
def _concatenations(row: Encoding) -> tuple[tuple[str, bool, tuple[Part, ...]], ...]:
    """The operands of a row that concatenate fields, the last first: name, whether signed, parts."""
    widths = {known.name: known.width for known in row.layout.fields}
    found = []
    for line in row.operands:
        name, _, right = line.partition(" = ")
        signed = right.startswith("SignExtend(")
        names = right.removeprefix("SignExtend(").rstrip(")").split(":")
        if any(not one.isdigit() and one not in widths for one in names):
            widths[name] = 1  # a condition
            continue
        parts = tuple((one, len(one) if one.isdigit() else widths[one]) for one in names)
        widths[name] = sum(width for _, width in parts)
        found.append((name, signed, parts))
    return tuple(reversed(found))


def _spread(parts: tuple[Part, ...], value: int, *, signed: bool) -> dict[str, int] | None:
    """The values of the parts that make up ``value``; None if it does not fit."""
    width = sum(size for _, size in parts)
    least, most = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if not least <= value <= most:
        return None
    found: dict[str, int] = {}
    high = width
    for name, size in parts:
        piece = bits(value & (1 << width) - 1, high - 1, high - size)
        high -= size
        if name.isdigit():
            if piece != int(name, 2):
                return None
        elif found.setdefault(name, piece) != piece:
            return None
    return found


def _fields(row: Encoding, wanted: Mapping[str, int]) -> dict[str, int] | None:
    """The fields that are determined by the wanted operands; None if two contradict each other."""
    values = dict(wanted)
    fields = row.field_names
    for name, signed, parts in _concatenations(row):
        if name not in values:
            continue
        spread = _spread(parts, values[name], signed=signed)
        if spread is None:
            return None
        if name in fields:  # the operand of that name is another thing, as in Rn = N:Rn
            del values[name]
        for part, value in spread.items():
            if values.setdefault(part, value) != value:
                return None
    return {known.name: values[known.name] for known in row.layout.fields if known.name in values}


def solve(row: Encoding, wanted: Mapping[str, int], itstate: int) -> int | None:
    """The word of ``row`` with the wanted operands in an IT block's state; None if it has none."""
    determined = _fields(row, wanted)
    if determined is None:
        return None
    widths = {known.name: known.width for known in row.layout.fields}
    if any(value < 0 or value >> widths[name] for name, value in determined.items()):
        return None
    left = [name for name in widths if name not in determined]
    if sum(widths[name] for name in left) > _MOST_TRIED:
        return None
    for values in itertools.product(*(range(1 << widths[name]) for name in left)):
        word = row.encode({**determined, **dict(zip(left, values, strict=True))})
        if _makes(row, word, wanted, itstate):
            return word
    return None


def _makes(row: Encoding, word: int, wanted: Mapping[str, int], itstate: int) -> bool:
    """Whether the word decodes to this row with these operands, and is not UNPREDICTABLE."""
    from hypgen.decode.table import decode_t32

    first, second = (word >> 16, word & 0xFFFF) if row.length == 4 else (word, None)
    insn = decode_t32(first, second, itstate)
    return (
        insn is not None
        and insn.encoding is row
        and insn.unpredictable is None
        and all(name in insn and insn[name] == value & 0xFFFF_FFFF for name, value in wanted.items())
    )
