"""What values come to once sections are laid out: numbers, or symbols for the linker.

What another section or another unit must supply becomes an AAELF32 relocation of the REL kind, with
the addend in place; which symbols keep their names in relocations follows GNU as.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.asm.expressions import Binary, Node, Unary, bind, describe
from hypgen.asm.output import Fixup
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit, shown
from hypgen.asm.values import Name, Value, fold_places
from hypgen.elf.model import Binding, Relocation, SymbolType


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved value: ``addend`` on top of ``name``, or a plain number if ``name`` is None."""

    addend: int
    name: Name | None = None


class SilentError(Exception):
    """The value depends on something that was reported already."""


def settle(node: Node) -> Node:
    """Replace assigned symbols by their values and cancel places, after the layout; StatementError."""
    if isinstance(node, Value):
        return _expand(node)
    if isinstance(node, Unary):
        return bind(Unary(node.operator, settle(node.operand)), _no_lookup)
    if isinstance(node, Binary):
        return bind(Binary(node.operator, settle(node.left), settle(node.right)), _no_lookup)
    return node


def _expand(value: Value) -> Node:
    terms = value.terms
    if not terms:
        return value
    if len(terms) == 1:
        name = terms[0][0]
        if name.value is None and name.owner is None and not name.broken:
            return value  # a label, as most are
    total = Value(value.number)
    for name, count in value.terms:
        if name.broken:
            raise SilentError
        if name.value is None:
            total = total.plus(Value(0, ((name, count),)))
            continue
        meant = _meaning(name)
        if not isinstance(meant, Value):
            return value
        total = total.plus(meant.times(count))
    for name, _ in total.terms:
        name.take_after()
    return fold_places(total)


def _meaning(name: Name) -> Node:
    """The settled value of an assigned symbol, computed once."""
    if name.settled is None:
        if name.settling:
            raise StatementError("ASM-012", f"`{shown(name)}` is defined in terms of itself")
        assert name.value is not None
        name.settling = True
        try:
            settled = settle(name.value)
        except StatementError:
            name.broken = True  # as are all of the circle: it is reported once
            raise
        if isinstance(settled, Value):
            if not settled.number:
                name.resemble(settled)
            place = settled.terms[0][0].fragment if len(settled.terms) == 1 else None
            settled = name.meant(settled) if place is not None else settled
        name.settled = settled
        name.settling = False
    return name.settled


def _no_lookup(name: str) -> Value:
    raise AssertionError(f"symbol {name} was not bound")


def number_of(unit: Unit, node: Node, what: str) -> int:
    """A value that must be a number; raises StatementError."""
    value = settle(node)
    if isinstance(value, Value) and value.constant:
        return value.number
    raise StatementError(
        "ASM-004", f"{what} must be a number: `{describe(value)}` is not one", unit.advice(value)
    )


def place_of(fixup: Fixup) -> int:
    """The fixup's offset in its section."""
    assert fixup.fragment.address is not None
    return fixup.fragment.address + fixup.offset


def write_datum(unit: Unit, fixup: Fixup, word: int, size: int = 4) -> None:
    """Put the final bytes of a datum in place."""
    data = (word & ((1 << 8 * size) - 1)).to_bytes(size, unit.options.order)
    fixup.fragment.data[fixup.offset : fixup.offset + size] = data


def write(fixup: Fixup, word: int, size: int = 4) -> None:
    """Put the final bytes of an instruction in place."""
    fixup.fragment.data[fixup.offset : fixup.offset + size] = (word & ((1 << 8 * size) - 1)).to_bytes(
        size, "little"
    )


def preemptible(name: Name) -> bool:
    """Whether a reference must keep the symbol, because another unit may define it, or sees it."""
    return name.binding in (Binding.GLOBAL, Binding.WEAK) or name.fragment is None


def relocate(unit: Unit, fixup: Fixup, kind: int, target: Target, *, keep_name: bool = False) -> int:
    """Record a relocation; gives what the addend becomes, for a symbol replaced by its section."""
    name = target.name
    assert name is not None
    addend = target.addend
    if preemptible(name) or keep_name or name.type is SymbolType.FUNC or name.thumb:
        symbol = name.name
        (name.owner or name).used = True
        if not symbol:
            symbol, addend = _section_symbol(name, addend)
    else:
        symbol, addend = _section_symbol(name, addend)
    section = fixup.fragment.section.key
    unit.relocations.append(Relocation(section, place_of(fixup), kind, symbol, fixup.origin.location))
    return addend


def _section_symbol(name: Name, addend: int) -> tuple[str, int]:
    assert name.fragment is not None
    return name.fragment.section.key, addend + name.place


def target_of(unit: Unit, node: Node, what: str) -> Target:
    """A value as one symbol plus a number, or a number; raises StatementError for anything else."""
    value = settle(node)
    if not isinstance(value, Value):
        raise StatementError(
            "ASM-004",
            f"{what}: `{describe(value)}` cannot be computed",
            "only sums of a symbol and numbers can",
        )
    if value.constant:
        return Target(value.number)
    if len(value.terms) == 1 and value.terms[0][1] == 1:
        return Target(value.number, value.terms[0][0])
    raise StatementError(
        "ASM-013",
        f"{what}: `{_written(value)}` is not a number and not one symbol plus a number",
        unit.advice(value) if any(not name.defined for name, _ in value.terms) else "",
    )


def _written(value: Value) -> str:
    parts = [("-" if count < 0 else "+") + shown(name) for name, count in value.terms]
    return "".join(parts).removeprefix("+") + (f"{value.number:+d}" if value.number else "")
