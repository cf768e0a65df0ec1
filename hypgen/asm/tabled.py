"""Encoding from the tables what Keystone's ARMv8 mode refuses and ARMv7-A has.

The field values come from the operands of the canonical text; `hypgen.arch.a32` has the patterns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hypgen.arch.encoding import Encoding
from hypgen.asm.mnemonics import CONDITIONS, Word, take_apart
from hypgen.asm.operands import (
    Immediate,
    Memory,
    Operand,
    Option,
    Plain,
    Register,
    RegisterList,
    number,
    parse_operands,
)

Fields = dict[str, int]

_BLOCK_ROWS = {
    "ldm": "LDM/LDMIA/LDMFD", "ldmda": "LDMDA/LDMFA", "ldmdb": "LDMDB/LDMEA", "ldmib": "LDMIB/LDMED",
    "stm": "STM (STMIA, STMEA)", "stmda": "STMDA (STMED)", "stmdb": "STMDB (STMFD)", "stmib": "STMIB (STMFA)",
}  # fmt: skip
_CODES = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "")


@cache
def _row(name: str) -> Encoding:
    from hypgen.decode.table import a32

    return next(row for row in a32().encodings if row.name == name)


def encode(text: str) -> int | None:
    """The word of a canonical statement, or None if no table entry is used for it here."""
    name, _, rest = text.partition(" ")
    word = take_apart(name)
    if word is None:
        return None
    function = _FORMS.get(word.mnemonic.name)
    if function is None:
        return None
    found = function(word, parse_operands(rest))
    if found is None:
        return None
    row, fields = found
    encoding = _row(row)
    if "cond" in encoding.field_names:
        fields["cond"] = _CODES.index(word.condition)
    return encoding.encode(fields)


def _number(operand: Operand) -> int:
    assert isinstance(operand, Immediate | Plain | Option)
    return number(operand.value, "the operand")


def _core(operand: Operand) -> int:
    assert isinstance(operand, Register)
    return operand.number


def _named(operand: Operand) -> int:
    assert isinstance(operand, Plain)
    return int(operand.text[1:])


def _block(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields] | None:
    base, registers = operands
    assert isinstance(base, Register)
    assert isinstance(registers, RegisterList)
    name = word.mnemonic.name
    mask = registers.mask
    if not registers.user:
        return _BLOCK_ROWS[name], {"W": int(base.writeback), "Rn": base.number, "register_list": mask}
    mode = {"": 0b01, "ia": 0b01, "da": 0b00, "db": 0b10, "ib": 0b11}[name[3:]]
    fields = {"P": mode >> 1, "U": mode & 1, "W": int(base.writeback), "Rn": base.number}
    if name.startswith("stm"):
        row, fields["register_list"] = "STM (User registers)", mask
    elif mask >> 15:
        row, fields["register_list"] = "LDM (exception return)", mask & 0x7FFF
    else:
        row, fields["register_list"] = "LDM (User registers)", mask
    if "W" not in _row(row).field_names:
        return None
    return row, fields


def _single(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields] | None:
    target, memory, *after = operands
    assert isinstance(memory, Memory)
    name = word.mnemonic.name
    offset = after[0] if after else memory.offset
    if not isinstance(offset, Immediate) or len(after) > 1:
        return None
    value = number(offset.value, "the offset")
    up = int(value >= 0 and not offset.negative_zero)
    return f"{name.upper()} (immediate)", {
        "P": int(not after), "U": up, "W": int(memory.writeback), "Rn": memory.base,
        "Rt": _core(target), "imm12": abs(value),
    }  # fmt: skip


def _move(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields]:
    place, opc1, target, first, second, opc2 = operands
    return word.mnemonic.name.upper(), {
        "coproc": _named(place), "opc1": _number(opc1), "Rt": _core(target),
        "CRn": _named(first), "CRm": _named(second), "opc2": _number(opc2),
    }  # fmt: skip


def _pair(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields]:
    place, opc1, low, high, register = operands
    return word.mnemonic.name.upper(), {
        "coproc": _named(place), "opc1": _number(opc1), "Rt": _core(low), "Rt2": _core(high),
        "CRm": _named(register),
    }  # fmt: skip


def _data(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields]:
    place, opc1, result, first, second, opc2 = operands
    return word.mnemonic.name.upper(), {
        "coproc": _named(place), "opc1": _number(opc1), "CRd": _named(result),
        "CRn": _named(first), "CRm": _named(second), "opc2": _number(opc2),
    }  # fmt: skip


def _transfer(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields] | None:
    place, register, memory, *after = operands
    assert isinstance(memory, Memory)
    name = word.mnemonic.name
    long = name.endswith("l")
    fields = {"coproc": _named(place), "CRd": _named(register), "D": int(long), "U": 1, "P": 1, "W": 0}
    if after and isinstance(after[0], Option):
        fields |= {"P": 0, "imm8": _number(after[0])}
    else:
        offset = after[0] if after else memory.offset
        if offset is not None and not isinstance(offset, Immediate):
            return None
        value = 0 if offset is None else number(offset.value, "the offset")
        negative = value < 0 or (offset is not None and offset.negative_zero)
        fields |= {
            "P": int(not after), "W": int(bool(after) or memory.writeback),
            "U": int(not negative), "imm8": abs(value) >> 2,
        }  # fmt: skip
    stem = name.removesuffix("l").upper()
    if stem.startswith("STC"):
        return stem, fields | {"Rn": memory.base}
    if memory.base == 15:
        return f"{stem} (literal)", fields
    return f"{stem} (immediate)", fields | {"Rn": memory.base}


def _swap(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields]:
    first, second, memory = operands
    assert isinstance(memory, Memory)
    return "SWP, SWPB", {
        "B": int(word.mnemonic.name == "swpb"), "Rt": _core(first), "Rt2": _core(second), "Rn": memory.base,
    }  # fmt: skip


def _hint(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields] | None:
    return ("Unallocated hint", {"hint": _number(operands[0])}) if operands else None


def _hypervisor_call(word: Word, operands: tuple[Operand, ...]) -> tuple[str, Fields]:
    value = _number(operands[0])
    return "HVC", {"imm12": value >> 4, "imm4": value & 15}


_FORMS: dict[str, Callable[[Word, tuple[Operand, ...]], tuple[str, Fields] | None]] = {
    **dict.fromkeys(_BLOCK_ROWS, _block),
    **dict.fromkeys(("ldr", "str", "ldrb", "strb"), _single),
    **dict.fromkeys(("mrc", "mcr2", "mrc2"), _move),
    **dict.fromkeys(("mcrr2", "mrrc2"), _pair),
    **dict.fromkeys(("cdp", "cdp2"), _data),
    **dict.fromkeys(("ldc2", "stc2", "ldc2l", "stc2l"), _transfer),
    **dict.fromkeys(("swp", "swpb"), _swap),
    "hvc": _hypervisor_call,
    "nop": _hint,
}
assert set(CONDITIONS.values()) == set(_CODES)
