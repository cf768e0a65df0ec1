"""Filling in what depends on places: data, branches, PC-relative loads, ADR, MOVW and MOVT.

Each checks its own range and alignment. What another section or another unit must supply becomes an
AAELF32 relocation of the REL kind, with the addend in place; which symbols keep their names in
relocations follows GNU as.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypgen.asm.expressions import Binary, Node, Unary, bind, describe
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Fixup, Unit, shown
from hypgen.asm.values import Name, Value, fold_places
from hypgen.bits import bits, ror32
from hypgen.elf.model import Binding, Relocation, SymbolType

PC_AHEAD = 8
"""An A32 instruction reads the PC as its own address plus this."""
R_ABS32, R_REL32, R_ABS16, R_ABS8 = 2, 3, 5, 8
R_CALL, R_JUMP24 = 28, 29
R_MOVW_ABS_NC, R_MOVT_ABS, R_MOVW_PREL_NC, R_MOVT_PREL = 43, 44, 45, 46

_ABSOLUTE = {4: R_ABS32, 2: R_ABS16, 1: R_ABS8}
_UP = 1 << 23
"""The U bit of loads and stores: the offset is added."""
_DEPTH = 40
"""Assigned symbols that refer to each other deeper than this are taken for a circle."""


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved value: ``addend`` on top of ``name``, or a plain number if ``name`` is None."""

    addend: int
    name: Name | None = None


class SilentError(Exception):
    """The value depends on something that was reported already."""


def settle(node: Node, depth: int = 0) -> Node:
    """Replace assigned symbols by their values and cancel places, after the layout."""

    def expand(value: Value) -> Node:
        total = Value(value.number)
        for name, count in value.terms:
            if name.broken:
                raise SilentError
            if name.value is None:
                total = total.plus(Value(0, ((name, count),)))
                continue
            if depth > _DEPTH:
                raise StatementError("ASM-012", f"`{shown(name)}` is defined in terms of itself")
            meant = settle(name.value, depth + 1)
            if not isinstance(meant, Value):
                return value
            total = total.plus(meant.times(count))
        return fold_places(total)

    if isinstance(node, Value):
        return expand(node)
    return bind(_map_values(node, expand), _no_lookup)


def _no_lookup(name: str) -> Value:
    raise AssertionError(f"symbol {name} was not bound")


def _map_values(node: Node, change: Callable[[Value], Node]) -> Node:
    if isinstance(node, Value):
        return change(node)
    if isinstance(node, Unary):
        return Unary(node.operator, _map_values(node.operand, change))
    if isinstance(node, Binary):
        return Binary(node.operator, _map_values(node.left, change), _map_values(node.right, change))
    return node


def number_of(unit: Unit, node: Node, what: str) -> int:
    """A value that must be a number; raises StatementError."""
    value = settle(node)
    if isinstance(value, Value) and value.constant:
        return value.number
    raise StatementError(
        "ASM-004", f"{what} must be a number: `{describe(value)}` is not one", unit.advice(value)
    )


def _place(fixup: Fixup) -> int:
    assert fixup.fragment.address is not None
    return fixup.fragment.address + fixup.offset


def write(fixup: Fixup, word: int, size: int = 4) -> None:
    """Put the final bytes in place."""
    fixup.fragment.data[fixup.offset : fixup.offset + size] = (word & ((1 << 8 * size) - 1)).to_bytes(
        size, "little"
    )


def preemptible(name: Name) -> bool:
    """Whether a reference must keep the symbol, because another unit may define it, or sees it."""
    return name.binding in (Binding.GLOBAL, Binding.WEAK) or name.fragment is None


def _relocate(unit: Unit, fixup: Fixup, kind: int, target: Target, *, keep_name: bool = False) -> int:
    """Record a relocation; gives what the addend becomes, for a symbol replaced by its section."""
    name = target.name
    assert name is not None
    addend = target.addend
    if preemptible(name) or keep_name or name.type is SymbolType.FUNC:
        symbol = name.name
        name.used = True
        unit.relocated.add(name.name)
        if not symbol:
            symbol, addend = _section_symbol(name, addend)
    else:
        symbol, addend = _section_symbol(name, addend)
    section = fixup.fragment.section.name
    unit.relocations.append(Relocation(section, _place(fixup), kind, symbol, fixup.origin.location))
    return addend


def _section_symbol(name: Name, addend: int) -> tuple[str, int]:
    assert name.fragment is not None
    return name.fragment.section.name, addend + name.place


def _target(unit: Unit, node: Node, what: str) -> Target:
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


# Data.


def fill_data(unit: Unit, fixup: Fixup) -> None:
    """A datum of ``fixup.base`` bytes."""
    size = fixup.base
    value = settle(fixup.value)
    if isinstance(value, Value) and len(value.terms) == 2:
        relative = _relative(unit, fixup, value)
        if relative is not None:
            write(fixup, relative)
            return
    target = _target(unit, value, "the datum")
    if target.name is None:
        write(fixup, check_datum(target.addend, size), size)
        return
    if size not in _ABSOLUTE:
        raise StatementError(
            "ASM-014", f"a datum of {size} bytes cannot hold the address of `{shown(target.name)}`"
        )
    addend = _relocate(unit, fixup, _ABSOLUTE[size], target)
    write(fixup, check_datum(addend, size), size)


def check_datum(value: int, size: int) -> int:
    """The value if it fits ``size`` bytes as a signed or an unsigned number; raises StatementError."""
    width = 8 * size
    if not -(1 << (width - 1)) <= value < 1 << width:
        raise StatementError(
            "ASM-005",
            f"{value:#x} does not fit into {size} byte{'s' if size > 1 else ''}",
            "GNU as cuts it off",
        )
    return value


def _relative(unit: Unit, fixup: Fixup, value: Value) -> int | None:
    """``symbol - place in this section``: R_ARM_REL32, with the addend that makes it so."""
    if fixup.base != 4:
        return None
    (first, one), (second, other) = value.terms
    if (one, other) == (-1, 1):
        first, second = second, first
    elif (one, other) != (1, -1):
        return None
    if second.fragment is None or second.fragment.section is not fixup.fragment.section:
        return None
    addend = value.number + _place(fixup) - second.place
    return _relocate(unit, fixup, R_REL32, Target(addend, first))


# Branches.


def fill_branch(unit: Unit, fixup: Fixup) -> None:
    """B, BL or BLX to a label: ``fixup.base`` is the word that branches to its own address plus 8."""
    target = _target(unit, fixup.value, "the branch target")
    place = _place(fixup)
    name = target.name
    exchange = fixup.base >> 28 == 0xF
    if name is None:
        raise StatementError(
            "ASM-015",
            f"the branch target {target.addend:#x} is a number, not a place",
            "write a label, or .+n",
        )
    link = fixup.base >> 24 & 1 or exchange
    fragment = name.fragment
    if exchange and fragment is not None and name.type is SymbolType.FUNC and not preemptible(name):
        fixup.base, exchange = (
            0xEB00_0000,
            False,
        )  # as GNU as: the function is A32 code, so BLX would be wrong
    if fragment is None or fragment.section is not fixup.fragment.section or preemptible(name):
        always = fixup.base >> 28 in (0xE, 0xF)
        kind = R_CALL if link and always else R_JUMP24
        displacement = _relocate(unit, fixup, kind, target) - PC_AHEAD
    else:
        displacement = name.place + target.addend - place - PC_AHEAD
    step = 2 if exchange else 4
    if displacement % step:
        raise StatementError(
            "ASM-016", f"branch to `{_shown_target(target)}`: the target is not at a multiple of {step} bytes"
        )
    if not -0x200_0000 <= displacement < 0x200_0000:
        raise StatementError(
            "ASM-017",
            f"branch to `{_shown_target(target)}`: {displacement + PC_AHEAD:+#x} bytes away, "
            "reach is -0x1fffff8 to +0x2000004",
            "load the address into a register and use bx or blx",
        )
    word = fixup.base | (displacement >> 2 & 0xFF_FFFF)
    if exchange:
        word |= (displacement >> 1 & 1) << 24
    _check_branch(word, displacement)
    write(fixup, word)


def _shown_target(target: Target) -> str:
    if target.name is None:
        return f"{target.addend:#x}"
    return shown(target.name) + (f"{target.addend:+d}" if target.addend else "")


def _check_branch(word: int, displacement: int) -> None:
    """Recompute the displacement from the word by the decoder."""
    from hypgen.decode.table import decode_a32
    from hypgen.decode.text import branch_target

    insn = decode_a32(word)
    if insn is None or branch_target(insn, 0) != (displacement + PC_AHEAD) & 0xFFFF_FFFF:
        raise StatementError("ASM-008", f"{word:#010x} does not branch as far as asked")


# PC-relative addresses.


def _distance(unit: Unit, fixup: Fixup, what: str) -> int:
    """From the PC that the instruction reads to its target, which must lie in the same section."""
    target = _target(unit, fixup.value, what)
    name = target.name
    if name is None or name.fragment is None:
        undefined = (
            f"`{shown(name)}` is not defined in this source" if name else "it is a number, not a place"
        )
        hint = (unit.nearest(name.name) if name else "") or "load the address with ldr rX, =symbol"
        raise StatementError("ASM-018", f"{what} must be in reach of the PC: {undefined}", hint)
    if name.fragment.section is not fixup.fragment.section:
        raise StatementError(
            "ASM-018",
            f"{what} `{shown(name)}` is in another section, {name.fragment.section.name}",
            "load the address with ldr rX, =symbol",
        )
    if name.binding is Binding.WEAK:
        raise StatementError(
            "ASM-018", f"{what} `{shown(name)}` is weak: another unit may define it elsewhere"
        )
    return name.place + target.addend - _place(fixup) - PC_AHEAD


def _in_reach(distance: int, limit: int, step: int = 1) -> None:
    if not -limit <= distance <= limit or distance % step:
        multiple = f" in steps of {step}" if step > 1 else ""
        raise StatementError(
            "ASM-019",
            f"the address is {distance:+#x} bytes from the PC, reach is {-limit} to +{limit}{multiple}",
            "put the data nearer, or a .ltorg in between",
        )


def fill_load12(unit: Unit, fixup: Fixup) -> None:
    """LDR, STR, LDRB, STRB, PLD, PLI of a label: imm12 and U. The base word has U = 1 and offset 0."""
    distance = _distance(unit, fixup, "the address")
    _in_reach(distance, 4095)
    _finish_load(fixup, abs(distance), distance)


def fill_literal(unit: Unit, fixup: Fixup) -> None:
    """LDR of a pool's entry. An entry right where the PC points is ``[pc, #-0]``, as GNU as has it."""
    distance = _distance(unit, fixup, "the literal")
    _in_reach(distance, 4095)
    if distance:
        _finish_load(fixup, abs(distance), distance)
    else:
        write(fixup, fixup.base & ~_UP)


def fill_load8(unit: Unit, fixup: Fixup) -> None:
    """LDRH, LDRSB, LDRSH, LDRD, STRH, STRD of a label: imm4H:imm4L and U."""
    distance = _distance(unit, fixup, "the address")
    _in_reach(distance, 255)
    magnitude = abs(distance)
    _finish_load(fixup, bits(magnitude, 7, 4) << 8 | bits(magnitude, 3, 0), distance)


def fill_load_words(unit: Unit, fixup: Fixup) -> None:
    """VLDR, VSTR, LDC, STC of a label: imm8 words and U."""
    distance = _distance(unit, fixup, "the address")
    _in_reach(distance, 1020, 4)
    _finish_load(fixup, abs(distance) >> 2, distance)


def _finish_load(fixup: Fixup, offset_bits: int, distance: int) -> None:
    word = fixup.base | offset_bits
    if distance < 0:
        word &= ~_UP
    _check_load(word, distance)
    write(fixup, word)


def _check_load(word: int, distance: int) -> None:
    """Recompute the distance from the word by the decoder's fields."""
    from hypgen.decode.table import decode_a32

    insn = decode_a32(word)
    if insn is None:
        return  # a VFP load, which the rows do not know; the base word was proven
    if "imm12" in insn:
        magnitude = insn["imm12"]
    elif "imm4H" in insn:
        magnitude = insn["imm4H"] << 4 | insn["imm4L"]
    else:
        magnitude = insn["imm8"] * 4
    if (magnitude if insn["U"] else -magnitude) != distance:
        raise StatementError("ASM-008", f"{word:#010x} does not load from where it was asked to")


def fill_address(unit: Unit, fixup: Fixup, condition: str, register: str, *, long: bool) -> None:
    """ADR as ADD or SUB of the PC; ``long`` (ADRL) takes two of them."""
    from hypgen.asm.encoder import encode

    distance = _distance(unit, fixup, "the address")
    operation = "add" if distance >= 0 else "sub"
    if not long:
        write(fixup, encode(f"{operation}{condition} {register}, pc, #{_one_immediate(distance)}"))
        return
    low, high = _two_immediates(abs(distance))
    first = encode(f"{operation}{condition} {register}, pc, #0") | low
    second = encode(f"mov{condition} r0, r0")
    if high is not None:
        second = encode(f"{operation}{condition} {register}, {register}, #0") | high
    if _immediate_of(first) + (_immediate_of(second) if high is not None else 0) != abs(distance):
        raise StatementError("ASM-008", f"{first:#010x} {second:#010x} do not add up to {distance:+#x}")
    write(fixup, first | second << 32, 8)


def _immediate_of(word: int) -> int:
    """The modified immediate of a word, by the decoder."""
    from hypgen.decode.table import decode_a32
    from hypgen.decode.text import expand_immediate

    insn = decode_a32(word)
    return expand_immediate(insn["imm12"]) if insn is not None else -1


def _one_immediate(distance: int) -> int:
    from hypgen.asm.canonical import encodable

    if not encodable(abs(distance)):
        raise StatementError(
            "ASM-019",
            f"the address is {distance:+#x} bytes from the PC, which is not 8 bits rotated by an even number",
            "use adrl, or ldr rX, =symbol",
        )
    return abs(distance)


def _two_immediates(magnitude: int) -> tuple[int, int | None]:
    """The imm12 fields of the one or two immediates that add up to a distance.

    Of the several ways to split a distance this is the one of GNU as: the lowest byte in its first
    possible rotation, and the byte above it at a multiple of 8 from there.
    """
    for turn in range(0, 32, 2):
        if ror32(magnitude, 32 - turn) < 0x100:
            return turn << 7 | ror32(magnitude, 32 - turn), None
    for turn in range(0, 32, 2):
        turned = ror32(magnitude, 32 - turn)
        rest = turned & ~0xFF
        if not turned & 0xFF:
            continue
        for byte in (8, 16, 24):
            if rest >> byte < 0x100 and rest & ((1 << byte) - 1) == 0:
                return turn << 7 | turned & 0xFF, ((turn + 32 - byte) % 32) << 7 | rest >> byte
    raise StatementError("ASM-019", f"the address is {magnitude:#x} bytes from the PC, out of reach of adrl")


# MOVW, MOVT.


def fill_half(unit: Unit, fixup: Fixup, *, upper: bool) -> None:
    """MOVT with ``:upper16:``, or MOVW with ``:lower16:``, of a symbol's address."""
    value = settle(fixup.value)
    if isinstance(value, Value) and len(value.terms) == 2:
        (first, one), (second, other) = value.terms
        if (one, other) == (-1, 1):
            first, second, one, other = second, first, other, one
        if (one, other) == (1, -1) and second.fragment and second.fragment.section is fixup.fragment.section:
            target = Target(value.number + _place(fixup) - second.place, first)
            kind = R_MOVT_PREL if upper else R_MOVW_PREL_NC
            _write_half(fixup, _half_addend(_relocate(unit, fixup, kind, target, keep_name=True)))
            return
    target = _target(unit, value, "the immediate")
    if target.name is None:
        _write_half(fixup, target.addend >> 16 if upper else target.addend)
        return
    kind = R_MOVT_ABS if upper else R_MOVW_ABS_NC
    _write_half(fixup, _half_addend(_relocate(unit, fixup, kind, target, keep_name=True)))


def _half_addend(addend: int) -> int:
    """The in-place addend of a REL relocation is a signed 16-bit number, for MOVT too (AAELF32)."""
    if not -0x8000 <= addend < 0x8000:
        raise StatementError(
            "ASM-014",
            f"the number {addend:+#x} added to the symbol does not fit into 16 bits",
            "use ldr rX, =",
        )
    return addend


def _write_half(fixup: Fixup, value: int) -> None:
    value &= 0xFFFF
    word = fixup.base | bits(value, 15, 12) << 16 | bits(value, 11, 0)
    from hypgen.decode.table import decode_a32

    insn = decode_a32(word)
    if insn is None or insn["imm4"] << 12 | insn["imm12"] != value:
        raise StatementError("ASM-008", f"{word:#010x} does not hold {value:#x}")
    write(fixup, word)
