"""Slots of the manual's syntax, and what they take: an operand to values of fields and operands of a row.

A filler gets the operands that are left and gives how many it takes, and the values; None if the first
is of another kind. Expressions are numbers by now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.asm.canonical.system import BARRIER_OPTIONS, STATUS_FIELDS, WHOLE_MASKS
from hypgen.asm.operands import (
    REGISTERS,
    Immediate,
    Memory,
    Operand,
    Option,
    Plain,
    Register,
    RegisterList,
    Shift,
    number,
)
from hypgen.asm.thumb.forms import Form

Filled = tuple[int, dict[str, int]]
Filler = Callable[[Form, str, Sequence[Operand]], Filled | None]

_PC = 15
_SHIFTS = {"lsl": 0, "lsr": 1, "asr": 2, "ror": 3}
_BANKED = {name.lower(): place for place, name in BANKED_REGISTERS.items()}
_MASK_BITS = {"c": 1, "x": 2, "s": 4, "f": 8}


def fill(form: Form, operands: Sequence[Operand]) -> dict[str, int] | None:
    """The values that a form's operands ask for; None if they are not of its kinds."""
    values = dict(form.values)
    left = list(operands)
    for slot in form.slots:
        filled = _filler(slot)(form, slot, left)
        if filled is None:
            default = _DEFAULTS.get(slot)
            if default is None:
                return None
            filled = 0, default
        taken, found = filled
        if any(values.setdefault(name, value) != value for name, value in found.items()):
            return None
        left = left[taken:]
    return None if left else values


def _filler(slot: str) -> Filler:
    known = _FILLERS.get(slot)
    if known is not None:
        return known
    if slot.startswith("<R"):
        return _register
    if slot.startswith("<CR"):
        return _coprocessor_register
    if slot.startswith(("#<", "<opc")):
        return _immediate
    return _literal


def value_of(operand: Operand) -> int | None:
    """The number that an operand is, with or without ``#``."""
    if isinstance(operand, Immediate):
        return None if operand.relocation else number(operand.value, "the operand")
    if isinstance(operand, Plain) and not operand.writeback and not operand.text[:1].isalpha():
        return number(operand.value, "the operand")
    return None


def _register(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    name = slot[1 : slot.index(">")]
    first = left[0] if left else None
    if not isinstance(first, Register) or first.minus:
        return None
    marks = slot[slot.index(">") + 1 :]
    values = {name: first.number}
    if marks == "{!}":
        values["W"] = int(first.writeback)
    elif (marks == "!") != first.writeback:
        return None
    return 1, values


def _literal(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    """A register or number that the syntax spells out: ``SP``, ``PC``, ``#0``, ``SP{!}``."""
    first = left[0] if left else None
    if slot[0] == "#":
        return (1, {}) if first is not None and value_of(first) == int(slot[1:]) else None
    name = slot.removesuffix("{!}").lower()
    if not isinstance(first, Register) or first.number != REGISTERS.get(name):
        return None
    if slot.endswith("{!}"):
        return 1, {"W": int(first.writeback)}
    return None if first.writeback else (1, {})


def _immediate(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    value = value_of(left[0]) if left else None
    if value is None or value < 0:
        return None
    return 1, {slot.strip("#<>"): value}


def thumb_immediate(value: int) -> int | None:
    """The imm12 that ThumbExpandImm expands to a 32-bit value, None if there is none (A6.3.2)."""
    low = value & 0xFF
    if value == low:
        return value
    for form, pattern in ((1, 0x0001_0001), (2, 0x0100_0100), (3, 0x0101_0101)):
        byte = value >> 8 & 0xFF if form == 2 else low
        if byte and value == byte * pattern:
            return form << 8 | byte
    top = value.bit_length()  # the byte has its highest bit there
    shift = top - 8
    if shift <= 0 or value & (1 << shift) - 1:
        return None
    return (32 - shift) << 7 | value >> shift & 0x7F


def _constant(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    value = value_of(left[0]) if left else None
    if value is None:
        return None
    if form.row.layout.width == 32 and any(one.startswith("imm12 = i:imm3") for one in form.row.operands):
        if not -(1 << 31) <= value < 1 << 32:
            return None
        encoded = thumb_immediate(value & 0xFFFF_FFFF)
        return None if encoded is None else (1, {"imm12": encoded})
    return 1, {"imm32": value}


def _shift(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Shift) or isinstance(left[0].amount, Register):
        return None
    return 1, _shift_values(left[0])


def _shift_values(shift: Shift) -> dict[str, int]:
    if shift.amount is None:
        return {"type": 3, "imm5": 0}
    assert isinstance(shift.amount, Immediate)
    amount = number(shift.amount.value, "the shift amount")
    if amount == 0:
        return {"type": 0, "imm5": 0}
    if not 1 <= amount <= (32 if shift.kind in ("lsr", "asr") else 31):
        return {"type": _SHIFTS[shift.kind], "imm5": -1}
    return {"type": _SHIFTS[shift.kind], "imm5": amount & 31}


def _shift_amount(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    """The number of an LSL, LSR, ASR or ROR instruction."""
    amount = value_of(left[0]) if left else None
    kind = form.row.mnemonic
    if amount is None or not 0 <= amount <= (32 if kind in ("lsr", "asr") else 31):
        return None
    if amount == 0 and kind != "lsl":
        return None  # it is a move, which has a row of its own
    return 1, {"imm5": amount & 31}


def _saturation_shift(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Shift) or not isinstance(left[0].amount, Immediate):
        return None
    shift = left[0]
    assert isinstance(shift.amount, Immediate)
    amount = number(shift.amount.value, "the shift amount")
    arithmetic = shift.kind == "asr"
    if shift.kind not in ("lsl", "asr") or not 0 <= amount <= (32 if arithmetic else 31):
        return None
    if amount == 0:
        arithmetic = False
    return 1, {"tb" if "tb" in form.row.field_names else "sh": int(arithmetic), "imm5": amount & 31}


def _rotation(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Shift) or not isinstance(left[0].amount, Immediate):
        return None
    turn = number(left[0].amount.value, "the rotation")
    if left[0].kind != "ror" or turn not in (0, 8, 16, 24):
        return None
    return 1, {"rotate": turn // 8}


# Addresses.


def _address(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Memory):
        return None
    memory = left[0]
    literal = "(literal)" in form.row.heading or form.row.name == "PLI (immediate, literal) T3"
    if literal != (memory.base == _PC):
        return None
    values: dict[str, int] = {} if literal else {"Rn": memory.base}
    offset: Immediate | Register | Operand | None = memory.offset
    taken, indexed = 1, 1
    if len(left) > 1:
        if memory.offset is not None or memory.writeback:
            return None
        offset, taken, indexed = left[1], 2, 0
    if not literal or "P" in form.row.field_names:
        values |= {"P": indexed, "W": int(memory.writeback or not indexed)}
    if isinstance(offset, Register):
        if taken == 2 or "Rm" not in form.row.field_names:
            return None
        shift = _shift_values(memory.shift) if memory.shift else {"type": 0, "imm5": 0}
        return taken, values | shift | {"U": int(not offset.minus), "Rm": offset.number}
    value = 0 if offset is None else value_of(offset)
    if value is None or "Rm" in form.row.field_names:
        return None
    if form.narrow and isinstance(offset, Immediate) and offset.negative_zero:
        return None  # GNU as takes -0 for 0 here, but gives it 32 bits
    return taken, values | {"U": int(value >= 0), "imm12": abs(value)}


def _coprocessor_address(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Memory):
        return None
    memory = left[0]
    literal = "(literal)" in form.row.heading
    if literal and memory.base != _PC:
        return None
    values = {} if literal else {"Rn": memory.base}
    if len(left) > 1 and isinstance(left[1], Option):
        option = number(left[1].value, "the option")
        return 2, values | {"P": 0, "U": 1, "W": 0, "imm8": option}
    offset: Operand | None = memory.offset
    taken, indexed = 1, 1
    if len(left) > 1:
        offset, taken, indexed = left[1], 2, 0
    value = 0 if offset is None else value_of(offset)
    if value is None or value % 4:
        return None
    negative = value < 0 or (isinstance(offset, Immediate) and offset.negative_zero)
    writeback = int(memory.writeback or not indexed)
    return taken, values | {"P": indexed, "W": writeback, "U": int(not negative), "imm8": abs(value) >> 2}


def _plain_address(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    """``[<Rn>]``, ``[<Rn>{, #<imm32>}]`` and the two of TBB and TBH."""
    if not left or not isinstance(left[0], Memory) or left[0].writeback:
        return None
    memory = left[0]
    values = {"Rn": memory.base}
    if "<Rm>" in slot:
        if not isinstance(memory.offset, Register) or memory.offset.minus:
            return None
        shifted = memory.shift is not None and _shift_values(memory.shift) == {"type": 0, "imm5": 1}
        if (memory.shift is not None) != shifted:
            return None
        return 1, values | {"Rm": memory.offset.number, "H": int(shifted)}
    value = 0 if memory.offset is None else value_of(memory.offset)
    if value is None:
        return None
    if "imm32" in slot:
        return 1, values | {"imm32": value}
    return (1, values) if value == 0 and memory.offset is None else None


def _registers(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], RegisterList) or left[0].user:
        return None
    return 1, {"register_list": left[0].mask}


# System.


def _status(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Plain):
        return None
    word = left[0].word
    if "mask" not in form.row.field_names:
        return (1, {"R": int(word == "spsr")}) if word in ("cpsr", "apsr", "spsr") else None
    match = STATUS_FIELDS.fullmatch(WHOLE_MASKS.get(word, word))
    if match is None or len(set(match[2])) != len(match[2]):
        return None
    return 1, {"R": int(match[1] == "spsr"), "mask": sum(_MASK_BITS[letter] for letter in match[2])}


def _banked(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    place = _BANKED.get(left[0].word) if left and isinstance(left[0], Plain) else None
    return None if place is None else (1, dict(zip(("R", "M", "M1"), place, strict=True)))


def _flags(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if form.values["imod"] == 0:
        return 0, {"A": 0, "I": 0, "F": 0}
    letters = left[0].word if left and isinstance(left[0], Plain) else ""
    if not letters or set(letters) - set("aif") or len(set(letters)) != len(letters):
        return None
    return 1, {letter: int(letter.lower() in letters) for letter in "AIF"}


def _mode(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    value = value_of(left[0]) if left else None
    return None if value is None else (1, {"M": 1, "mode": value})


def _endianness(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    word = left[0].word if left and isinstance(left[0], Plain) else ""
    return (1, {"E": int(word == "be")}) if word in ("be", "le") else None


def _option(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left:
        return 0, {"option": 15}
    if isinstance(left[0], Plain) and left[0].word in BARRIER_OPTIONS:
        return 1, {"option": BARRIER_OPTIONS[left[0].word]}
    value = value_of(left[0])
    return None if value is None else (1, {"option": value})


def _hint(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if not left or not isinstance(left[0], Option):
        return None
    return 1, {"hint": number(left[0].value, "the hint")}


def _coprocessor(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    word = left[0].word if left and isinstance(left[0], Plain) else ""
    digits = word.removeprefix("c").removeprefix("p")
    return (1, {"coproc": int(digits)}) if digits.isdecimal() and len(digits) < 3 else None


def _coprocessor_register(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    word = left[0].word if left and isinstance(left[0], Plain) else ""
    digits = word.removeprefix("c").removeprefix("r")
    if word[:1] != "c" or not digits.isdecimal() or len(digits) > 2:
        return None
    return 1, {slot[1:-1]: int(digits)}


def _opcode2(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    return _immediate(form, slot, left) if left else (0, {"opc2": 0})


def _flags_or_register(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    if left and isinstance(left[0], Plain) and left[0].word == "apsr_nzcv":
        return 1, {"Rt": _PC}
    return _register(form, "<Rt>", left)


def _width(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    """The width of a bit field; BFI and BFC hold its highest bit instead: see `complete`."""
    value = value_of(left[0]) if left else None
    return None if value is None or value < 1 else (1, {"width": value})


def _width_of_saturation(form: Form, slot: str, left: Sequence[Operand]) -> Filled | None:
    value = value_of(left[0]) if left else None
    return None if value is None or value < 1 else (1, {"sat_imm": value - 1})


def complete(form: Form, values: dict[str, int]) -> dict[str, int]:
    """Values that two slots make together: the end of a bit field."""
    width = values.pop("width", None)
    if width is not None:
        if "widthm1" in form.row.field_names:
            values["widthm1"] = width - 1 if values["lsb"] + width <= 32 else 32
        else:
            values["msb"] = values["lsb"] + width - 1
    return values


_DEFAULTS: dict[str, dict[str, int]] = {
    "{, <shift>}": {"type": 0, "imm5": 0},
    "{, <rotation>}": {"rotate": 0},
    "{, <sat_shift>}": {"sh": 0, "imm5": 0},
    "{, <pkh_shift>}": {"tb": 0, "imm5": 0},  # PKHTB without a shift is PKHBT
    "{, #<shift_amount>}": {"imm5": -1},
    "{, #<mode>}": {"M": 0, "mode": 0},
}
_FILLERS: dict[str, Filler] = {
    "#<const>": _constant,
    "{, <shift>}": _shift,
    "{, #<shift_amount>}": _shift_amount,
    "{, <sat_shift>}": _saturation_shift,
    "{, <pkh_shift>}": _saturation_shift,
    "{, <rotation>}": _rotation,
    "<address>": _address,
    "<coproc_address>": _coprocessor_address,
    "[<Rn>]": _plain_address,
    "[<Rn>{, #<imm32>}]": _plain_address,
    "[<Rn>, <Rm>{, LSL #1}]": _plain_address,
    "<registers>": _registers,
    "<spec_reg>": _status,
    "<banked_reg>": _banked,
    "<iflags>": _flags,
    "{, #<mode>}": _mode,
    "<endian_specifier>": _endianness,
    "<option>": _option,
    "{<hint>}": _hint,
    "<coproc>": _coprocessor,
    "<opc2>": _opcode2,
    "<Rt or APSR_nzcv>": _flags_or_register,
    "#<width>": _width,
    "#<sat_imm_plus_1>": _width_of_saturation,
}
