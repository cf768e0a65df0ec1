"""Mutants of classes 2 and 3: bits of control registers, inverted as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from hypgen.arch.register import Register
from hypgen.bits import Field
from hypgen.mutation.code import Code
from hypgen.mutation.mutant import Flip, Mutant
from hypgen.mutation.policy import CONTROLS, KEPT, WIDEST, is_scaffold, without_function


def control_mutants(
    code: Sequence[Code], constants: Mapping[str, int], written: Mapping[int, int] | None = None
) -> Iterator[Mutant]:
    """Every mutant of a write to a control register among the instructions ``code``; ``constants`` are the
    plan's, by the names that templates use, ``written`` the values that were written last, by address."""
    for one in code:
        row = one.register()
        place = one.location
        if row is None or row.operation or row.name not in CONTROLS:
            continue
        if place is not None and is_scaffold(place.file, row.name):
            continue
        value = (written or {}).get(one.address)
        policy = CONTROLS[row.name]
        if value is not None:
            policy |= without_function(row.name, value)
        asking = [name for name in constants if name.startswith(f"{row.name}_")]
        for field in row.fields:
            if f"{row.name}.{field.name}" in KEPT:
                continue
            for bit in _bits(field):
                yield _flipped(one, row, field, bit, asking, policy)


def _bits(field: Field) -> tuple[int, ...]:
    if field.width <= WIDEST:
        return tuple(range(field.lo, field.lo + field.width))
    return field.lo, field.lo + field.width - 1


def _flipped(
    one: Code, row: Register, field: Field, bit: int, asking: Sequence[str], policy: Set[str]
) -> Mutant:
    fields = one.insn.fields
    register = fields["Rt"] if bit < 32 else fields["Rt2"]
    flip = Flip(register, 1 << bit % 32)
    name = f"{row.name}.{field.name}"
    change = f"{name} inverted" if field.width == 1 else f"{name}<{bit - field.lo}> inverted"
    if field.name not in policy:
        return one.flipped(2, change, flip, register=row.name)
    asked = f"policy: {', '.join(asking) or 'zero'}; compared by intent.{row.name}"
    return one.flipped(3, change, flip, register=row.name, asked=asked)
