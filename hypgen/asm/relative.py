"""Filling in what is addressed relative to the PC, and the halves of addresses (MOVW, MOVT)."""

from __future__ import annotations

from hypgen.asm.fixups import PC_AHEAD
from hypgen.asm.output import Fixup
from hypgen.asm.resolve import Target, place_of, relocate, settle, target_of, write
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit, shown
from hypgen.asm.values import Value
from hypgen.bits import bits, ror32
from hypgen.elf.model import Binding

_HALVES = {False: (43, 45), True: (44, 46)}
"""R_ARM_MOVW_ABS_NC and _PREL_NC, R_ARM_MOVT_ABS and _PREL, by whether it is the upper half."""
_UP = 1 << 23
"""The U bit of loads and stores: the offset is added."""

# PC-relative addresses.


def _distance(unit: Unit, fixup: Fixup, what: str) -> int:
    """From the PC that the instruction reads to its target."""
    return place_in_section(unit, fixup, what) - place_of(fixup) - PC_AHEAD


def place_in_section(unit: Unit, fixup: Fixup, what: str) -> int:
    """The offset of the target, which must lie in the fixup's section; raises StatementError."""
    target = target_in_section(unit, fixup, what)
    assert target.name is not None  # else it was refused
    return target.name.place + target.addend


def target_in_section(unit: Unit, fixup: Fixup, what: str) -> Target:
    """The target, which must be a place in the fixup's section; raises StatementError."""
    target = target_of(unit, fixup.value, what)
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
    return target


def in_reach(distance: int, least: int, most: int, step: int = 1) -> None:
    """Raise StatementError unless a distance from the PC is in ``[least, most]``, a multiple of ``step``."""
    if not least <= distance <= most or distance % step:
        multiple = f" in steps of {step}" if step > 1 else ""
        raise StatementError(
            "ASM-019",
            f"the address is {distance:+#x} bytes from the PC, reach is {least} to +{most}{multiple}",
            "put the data nearer, or a .ltorg in between",
        )


def fill_load12(unit: Unit, fixup: Fixup) -> None:
    """LDR, STR, LDRB, STRB, PLD, PLI of a label: imm12 and U. The base word has U = 1 and offset 0."""
    distance = _distance(unit, fixup, "the address")
    in_reach(distance, -4095, 4095)
    _finish_load(fixup, abs(distance), distance)


def fill_literal(unit: Unit, fixup: Fixup) -> None:
    """LDR of a pool's entry. An entry right where the PC points is ``[pc, #-0]``, as GNU as has it."""
    distance = _distance(unit, fixup, "the literal")
    in_reach(distance, -4095, 4095)
    if distance:
        _finish_load(fixup, abs(distance), distance)
    else:
        write(fixup, fixup.base & ~_UP)


def fill_load8(unit: Unit, fixup: Fixup) -> None:
    """LDRH, LDRSB, LDRSH, LDRD, STRH, STRD of a label: imm4H:imm4L and U."""
    distance = _distance(unit, fixup, "the address")
    in_reach(distance, -255, 255)
    magnitude = abs(distance)
    _finish_load(fixup, bits(magnitude, 7, 4) << 8 | bits(magnitude, 3, 0), distance)


def fill_load_words(unit: Unit, fixup: Fixup) -> None:
    """VLDR, VSTR, LDC, STC of a label: imm8 words and U."""
    distance = _distance(unit, fixup, "the address")
    in_reach(distance, -1020, 1020, 4)
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
    from hypgen.asm.canonical.spelling import encodable

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
    _write_half(fixup, half_of(unit, fixup, upper=upper, kinds=_HALVES))


def half_of(unit: Unit, fixup: Fixup, *, upper: bool, kinds: dict[bool, tuple[int, int]]) -> int:
    """What goes into the immediate, and a relocation if a symbol is left; raises StatementError.

    ``kinds`` has the absolute and the PC-relative relocation of either half.
    """
    absolute, relative = kinds[upper]
    value = settle(fixup.value)
    if isinstance(value, Value) and len(value.terms) == 2:
        (first, one), (second, other) = value.terms
        if (one, other) == (-1, 1):
            first, second, one, other = second, first, other, one
        if (one, other) == (1, -1) and second.fragment and second.fragment.section is fixup.fragment.section:
            target = Target(value.number + place_of(fixup) - second.place, first)
            return _half_addend(relocate(unit, fixup, relative, target, keep_name=True))
    target = target_of(unit, value, "the immediate")
    if target.name is None:
        return target.addend >> 16 if upper else target.addend
    return _half_addend(relocate(unit, fixup, absolute, target, keep_name=True))


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
