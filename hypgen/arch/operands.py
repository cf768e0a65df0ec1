"""The operands that an encoding makes of its fields, written in the rows as the manual's pseudocode has them.

An operand is one line, ``name = ...``, whose right side is

* a concatenation of fields, earlier operands and bits, the highest first: ``imm12 = i:imm3:imm8``,
  ``Rn = 1101``, ``imm32 = imm8:00``;
* ``SignExtend(...)`` of one, to 32 bits: ``imm32 = SignExtend(imm11:0)``;
* or a condition (see ``hypgen.arch.condition``), which is 0 or 1: ``S = not InITBlock``.

With them an instruction of T32 has operands of the same names as its twin of A32, whatever its
fields are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hypgen.arch.condition import predicate
from hypgen.bits import MASK32, sign_extend

_PART = r"(?:[A-Za-z]\w*|[01]+)"
_LINE = re.compile(r"(\w+) = (.+)")
_CONCATENATION = re.compile(rf"(SignExtend\()?({_PART}(?::{_PART})*)\)?")

Value = Callable[[Mapping[str, int]], int]


class OperandError(ValueError):
    """An operand names something unknown, or is not of the language."""


class Operand(NamedTuple):
    """A named operand, the function of the fields that gives it, and its width in bits."""

    name: str
    value: Value
    width: int


def parse_operands(lines: Sequence[str], widths: Mapping[str, int]) -> tuple[Operand, ...]:
    """The operands of a row whose fields have these widths; raises OperandError or ConditionError."""
    known = dict(widths)
    operands = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise OperandError(f"{line!r} is not of the form 'name = value'")
        operand = _operand(match[1], match[2], known)
        known[operand.name] = operand.width
        operands.append(operand)
    return tuple(operands)


def _operand(name: str, text: str, widths: Mapping[str, int]) -> Operand:
    match = _CONCATENATION.fullmatch(text)
    if match is None:
        holds = predicate(text, frozenset(widths))
        return Operand(name, lambda fields: int(holds(fields)), 1)
    parts = match[2].split(":")
    if unknown := [part for part in parts if not part.isdigit() and part not in widths]:
        raise OperandError(f"{text!r}: no field {unknown[0]!r}")
    sizes = [len(part) if part.isdigit() else widths[part] for part in parts]
    width = sum(sizes)
    join = _joined(list(zip(parts, sizes, strict=True)))
    if match[1]:
        return Operand(name, lambda fields: sign_extend(join(fields), width) & MASK32, 32)
    return Operand(name, join, width)


def _joined(parts: Sequence[tuple[str, int]]) -> Value:
    """A function that joins fields and bits, of the widths given."""
    pieces: list[tuple[str | None, int, int]] = [
        (None, int(part, 2), size) if part.isdigit() else (part, 0, size) for part, size in parts
    ]

    def join(fields: Mapping[str, int]) -> int:
        value = 0
        for name, bits, size in pieces:
            value = value << size | (bits if name is None else fields[name])
        return value

    return join
