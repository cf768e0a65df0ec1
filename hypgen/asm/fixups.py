"""Filling in data and branches once their targets have places.

Each fixup checks its own range and alignment, and the result is read back by the decoder.
"""

from __future__ import annotations

from hypgen.asm.output import Fixup
from hypgen.asm.resolve import Target, place_of, preemptible, relocate, settle, target_of, write, write_datum
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit, shown
from hypgen.asm.values import Value
from hypgen.elf.model import SymbolType

PC_AHEAD = 8
"""An A32 instruction reads the PC as its own address plus this."""
_R_ABS32, _R_REL32, _R_ABS16, _R_ABS8 = 2, 3, 5, 8
_R_CALL, _R_JUMP24 = 28, 29
_BL, _BLX = 0xEB00_0000, 0xFA00_0000
_ABSOLUTE = {4: _R_ABS32, 2: _R_ABS16, 1: _R_ABS8}


# Data.


def fill_data(unit: Unit, fixup: Fixup) -> None:
    """A datum of ``fixup.base`` bytes."""
    size = fixup.base
    value = settle(fixup.value)
    if isinstance(value, Value) and len(value.terms) == 2:
        relative = _relative(unit, fixup, value)
        if relative is not None:
            write_datum(unit, fixup, relative)
            return
    target = target_of(unit, value, "the datum")
    if target.name is None:
        write_datum(unit, fixup, check_datum(target.addend, size), size)
        return
    if size not in _ABSOLUTE:
        raise StatementError(
            "ASM-014", f"a datum of {size} bytes cannot hold the address of `{shown(target.name)}`"
        )
    addend = relocate(unit, fixup, _ABSOLUTE[size], target)
    write_datum(unit, fixup, check_datum(addend, size), size)


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
    addend = value.number + place_of(fixup) - second.place
    return relocate(unit, fixup, _R_REL32, Target(addend, first))


# Branches.


def fill_branch(unit: Unit, fixup: Fixup) -> None:
    """B, BL or BLX to a label: ``fixup.base`` is the word that branches to its own address plus 8."""
    target = target_of(unit, fixup.value, "the branch target")
    place = place_of(fixup)
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
    always = fixup.base >> 28 in (0xE, 0xF)
    known = fragment is not None and fragment.section is fixup.fragment.section and not preemptible(name)
    function = known and (name.thumb or name.type is SymbolType.FUNC)
    if function and link and always:  # as GNU as: the state of a function that is known decides
        exchange = name.thumb_function
        fixup.base = _BLX if exchange else _BL
    if not known or (name.thumb_function and not exchange):
        kind = _R_CALL if link and always else _R_JUMP24
        displacement = relocate(unit, fixup, kind, target) - PC_AHEAD
    else:
        displacement = name.place + target.addend - place - PC_AHEAD
    step = 2 if exchange else 4
    if displacement % step:
        raise StatementError(
            "ASM-016", f"branch to `{shown_target(target)}`: the target is not at a multiple of {step} bytes"
        )
    if not -0x200_0000 <= displacement < 0x200_0000:
        raise StatementError(
            "ASM-017",
            f"branch to `{shown_target(target)}`: {displacement + PC_AHEAD:+#x} bytes away, "
            "reach is -0x1fffff8 to +0x2000004",
            "load the address into a register and use bx or blx",
        )
    word = fixup.base | (displacement >> 2 & 0xFF_FFFF)
    if exchange:
        word |= (displacement >> 1 & 1) << 24
    _check_branch(word, displacement)
    write(fixup, word)


def shown_target(target: Target) -> str:
    """A branch's target as messages name it."""
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
