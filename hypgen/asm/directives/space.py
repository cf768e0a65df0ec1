"""Directives that move the place: alignment, space, filling."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.output import MAX_DIRECTIVE
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_MAX_ALIGNMENT = 15
"""The largest power of two that may be asked for, as GNU as warns beyond it."""


def _align(unit: Unit, operands: str, *, power: bool, fill_size: int = 1) -> None:
    """``.align n, fill, most``: ``n`` is a power of two (.align, .p2align) or a number of bytes."""
    parts = split_operands(operands)
    default = 2 if power else 1
    wanted = unit.constant(parts[0], "the alignment") if parts and parts[0] else default
    if power:
        if not 0 <= wanted <= _MAX_ALIGNMENT:
            raise StatementError(
                "ASM-035",
                f"alignment to 2^{wanted} bytes: must be 2^0 to 2^{_MAX_ALIGNMENT}",
                f"for {wanted} bytes write .balign {wanted}" if wanted & (wanted - 1) == 0 else "",
            )
        wanted = 1 << wanted
    elif wanted < 0 or wanted & (wanted - 1) or wanted > 1 << _MAX_ALIGNMENT:
        raise StatementError("ASM-035", f"alignment to {wanted} bytes: must be a power of two, at most 32768")
    fill = None
    if len(parts) > 1 and parts[1]:
        value = unit.constant(parts[1], "the filling")
        fill = (value & (1 << 8 * fill_size) - 1).to_bytes(fill_size, unit.options.order)
    most = unit.constant(parts[2], "the most bytes to skip") if len(parts) > 2 else None
    if len(parts) > 3:
        raise StatementError("ASM-035", "an alignment takes at most three operands")
    unit.align(wanted, fill, most or None)


def _even(unit: Unit, operands: str) -> None:
    unit.align(2)


def _space(unit: Unit, operands: str) -> None:
    """``.space size, fill``."""
    parts = split_operands(operands)
    if not parts or len(parts) > 2:
        raise StatementError("ASM-035", ".space needs a size, and optionally a filling byte")
    size = unit.constant(parts[0], "the size")
    if size < 0:
        raise StatementError("ASM-005", f"the size is {size}: must not be negative")
    fill = unit.constant(parts[1], "the filling") if len(parts) > 1 else 0
    unit.reserve(size, bytes([fill & 0xFF]))


def _units(unit: Unit, operands: str, size: int) -> None:
    """``.ds.w count``: zeros for ``count`` data."""
    count = unit.constant(operands, "the count") if operands else 0
    if count < 0:
        raise StatementError("ASM-005", f"the count is {count}: must not be negative")
    unit.reserve(count * size)


def _fill(unit: Unit, operands: str) -> None:
    """``.fill repeat, size, value``: only the lower 4 bytes of a unit hold the value."""
    parts = split_operands(operands)
    if not parts or len(parts) > 3:
        raise StatementError("ASM-035", ".fill needs a count, and optionally a size and a value")
    repeat = unit.constant(parts[0], "the count")
    size = unit.constant(parts[1], "the size") if len(parts) > 1 and parts[1] else 1
    value = unit.constant(parts[2], "the value") if len(parts) > 2 else 0
    if repeat < 0 or size < 0:
        raise StatementError("ASM-005", ".fill: count and size must not be negative")
    size = min(size, 8)
    if repeat * size > MAX_DIRECTIVE:
        raise StatementError("ASM-005", f".fill: {repeat * size:#x} bytes by one directive")
    if repeat and size:
        number = value & 0xFFFF_FFFF & (1 << 8 * size) - 1
        one = number.to_bytes(size, unit.options.order)
        unit.reserve(repeat * size, one)


def _structure(unit: Unit, operands: str) -> None:
    """``.struct offset``: what follows names the members of a structure that begins at ``offset``."""
    unit.begin_structure(unit.constant(operands, "the offset") if operands else 0)


def _dcb(unit: Unit, operands: str, size: int) -> None:
    """``.dcb.b count, value``."""
    parts = split_operands(operands)
    _fill(unit, f"{parts[0] if parts else ''}, {size}, {parts[1] if len(parts) > 1 else '0'}")


def _org(unit: Unit, operands: str) -> None:
    """``.org offset, fill``: an offset in the section, or a place in it."""
    parts = split_operands(operands)
    if not parts:
        raise StatementError("ASM-031", ".org needs an offset")
    fill = unit.constant(parts[1], "the filling") if len(parts) > 1 else 0
    move_to(unit, parts[0], fill)


def move_to(unit: Unit, text: str, fill: int) -> None:
    """Move to a number, or to a place of this section whose distance from here is known."""
    from hypgen.asm.values import Value

    value = unit.evaluate(text)
    filling = bytes([fill & 0xFF])
    if isinstance(value, Value) and value.constant:
        if value.number < 0 or value.number > MAX_DIRECTIVE:
            raise StatementError("ASM-031", f".org {value.number:#x}: out of range")
        unit.move_to(value.number, filling)
        return
    distance = value.plus(Value(0, ((unit.here(), 1),)), -1) if isinstance(value, Value) else None
    from hypgen.asm.values import fold_places

    distance = fold_places(distance) if distance else None
    if distance is None or not distance.constant:
        raise StatementError("ASM-031", f".org {text}: neither a number nor at a known distance from here")
    if distance.number < 0:
        raise StatementError(
            "ASM-031", f".org {text}: {-distance.number} bytes back", "it only moves forward"
        )
    unit.reserve(distance.number, filling)


TABLE: dict[str, Directive] = {
    ".align": partial(_align, power=True),
    ".p2align": partial(_align, power=True),
    ".p2alignw": partial(_align, power=True, fill_size=2),
    ".p2alignl": partial(_align, power=True, fill_size=4),
    ".balign": partial(_align, power=False),
    ".balignw": partial(_align, power=False, fill_size=2),
    ".balignl": partial(_align, power=False, fill_size=4),
    ".even": _even,
    ".struct": _structure,
    ".offset": _structure,
    ".space": _space,
    ".skip": _space,
    ".ds": partial(_units, size=2),
    ".ds.b": partial(_units, size=1),
    ".ds.w": partial(_units, size=2),
    ".ds.l": partial(_units, size=4),
    ".ds.s": partial(_units, size=4),
    ".ds.d": partial(_units, size=8),
    ".ds.p": partial(_units, size=12),
    ".ds.x": partial(_units, size=12),
    ".zero": _space,
    ".fill": _fill,
    ".dcb": partial(_dcb, size=2),
    ".dcb.b": partial(_dcb, size=1),
    ".dcb.w": partial(_dcb, size=2),
    ".dcb.l": partial(_dcb, size=4),
    ".org": _org,
}
