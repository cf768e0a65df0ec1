"""Canonical text of data processing, multiplies, packing, saturation, bit fields (DDI 0406C A5.2, A5.4)."""

from __future__ import annotations

from hypgen.asm.canonical.spelling import (
    Form,
    constant,
    encodable,
    register,
    shift_text,
    spell,
    wrong,
)
from hypgen.asm.mnemonics import Family, Word
from hypgen.asm.operands import (
    Immediate,
    Operand,
    Plain,
    Register,
    Shift,
    number,
)
from hypgen.asm.source import StatementError
from hypgen.bits import MASK32, ror32

_OPPOSITE = {
    "and": ("bic", True), "bic": ("and", True), "adc": ("sbc", True), "sbc": ("adc", True),
    "mov": ("mvn", True), "mvn": ("mov", True),
    "add": ("sub", False), "sub": ("add", False), "cmp": ("cmn", False), "cmn": ("cmp", False),
}  # fmt: skip
"""Opcode -> the opcode with the same effect on the value's complement (True) or negative."""


def fitted_immediate(name: str, value: int) -> tuple[str, int]:
    """The opcode and immediate that give what ``name`` with ``value`` asks for; raises StatementError."""
    wanted = value & MASK32
    if not -(1 << 31) <= value <= MASK32:
        raise StatementError("ASM-005", f"{value:#x} does not fit into 32 bits")
    if encodable(wanted):
        return name, wanted
    if name in _OPPOSITE:
        other, complement = _OPPOSITE[name]
        changed = (~wanted if complement else -wanted) & MASK32
        if encodable(changed):
            return other, changed
    raise StatementError(
        "ASM-005",
        f"{value:#x} is not an immediate of `{name}`: 8 bits rotated right by an even number of bits",
        f"put it into a register first, with ldr rX, ={value & MASK32:#x}",
    )


def shifted(operands: list[Operand], word: Word) -> str:
    """``r1, lsl #2``, ``r1, ror r2``, ``r1, rrx`` or ``r1``: the text of a flexible second operand."""
    first, *rest = operands
    text = register(word, first, "with a register there")
    if not rest:
        return text
    shift = rest[0]
    if len(rest) > 1 or not isinstance(shift, Shift):
        raise wrong(word, "rD, rN, rM {, shift}")
    return text + shift_text(word, shift)


def _flexible(word: Word, name: str, before: str, operands: list[Operand]) -> str:
    """The whole text of a data-processing instruction, given the registers before its last operand."""
    if not operands:
        raise wrong(word, "{rD,} rN, rM {, shift} or #number")
    first = operands[0]
    if isinstance(first, Register):
        return f"{spell(word, name)} {before}{shifted(operands, word)}"
    if not isinstance(first, Immediate | Plain) or len(operands) > 2:
        raise wrong(word, "{rD,} rN, rM {, shift} or #number")
    value = number(first.value, "the immediate")
    if len(operands) == 2:
        turn = constant(word, operands[1], 0, 30, "the rotation")
        value = constant(word, first, 0, 255, "the immediate before a rotation")
        rotated = ror32(value, turn)
        if turn & 1:
            raise StatementError("ASM-005", f"the rotation is {turn}: must be even")
        if _first_rotation(rotated) != turn:
            return f"{spell(word, name)} {before}#{value}, #{turn}"
        return f"{spell(word, name)} {before}#{rotated}"
    if name == "mov" and not word.sets_flags and 0 <= value <= 0xFFFF and not _fits(name, value):
        return f"{spell(word, 'movw')} {before}#{value}"
    opcode, fitted = fitted_immediate(name, value)
    return f"{spell(word, opcode)} {before}#{fitted}"


def _first_rotation(value: int) -> int:
    return next(turn for turn in range(0, 32, 2) if ror32(value, 32 - turn) < 256)


def _fits(name: str, value: int) -> bool:
    try:
        fitted_immediate(name, value)
    except StatementError:
        return False
    return True


# Data processing (DDI 0406C A5.2).


def _arithmetic(word: Word, operands: list[Operand]) -> str:
    expected = "rD, rN, rM {, shift} or rD, rN, #number"
    if len(operands) < 2:
        raise wrong(word, expected)
    destination = register(word, operands[0], expected)
    rest = operands[1:]
    source = destination
    if len(rest) > 1 and isinstance(rest[0], Register) and not isinstance(rest[1], Shift):
        source = register(word, rest[0], expected)
        rest = rest[1:]
    return _flexible(word, word.mnemonic.name, f"{destination}, {source}, ", rest)


def _move(word: Word, operands: list[Operand]) -> str:
    if len(operands) < 2:
        raise wrong(word, "rD, rM {, shift} or rD, #number")
    destination = register(word, operands[0], "rD, rM")
    return _flexible(word, word.mnemonic.name, f"{destination}, ", operands[1:])


def _compare(word: Word, operands: list[Operand]) -> str:
    if len(operands) < 2:
        raise wrong(word, "rN, rM {, shift} or rN, #number")
    return _flexible(word, word.mnemonic.name, register(word, operands[0], "rN, rM") + ", ", operands[1:])


def _shift_instruction(word: Word, operands: list[Operand]) -> str:
    expected = "rD, {rM,} #number or rS"
    if len(operands) == 2:
        operands = [operands[0], operands[0], operands[1]]
    if len(operands) != 3:
        raise wrong(word, expected)
    destination, source, amount = operands
    if isinstance(amount, Plain):
        amount = Immediate(amount.value)
    if not isinstance(amount, Register | Immediate):
        raise wrong(word, expected)
    text = register(word, destination, expected)
    return f"{spell(word, 'mov')} {text}, {shifted([source, Shift(word.mnemonic.name, amount)], word)}"


def _rrx(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 2:
        raise wrong(word, "rD, rM")
    destination, source = (register(word, one, "rD, rM") for one in operands)
    return f"{spell(word, 'mov')} {destination}, {source}, rrx"


def _negate(word: Word, operands: list[Operand]) -> str:
    if len(operands) not in (1, 2):
        raise wrong(word, "rD, rM")
    names = [register(word, one, "rD, rM") for one in operands]
    return f"{spell(word, 'rsb')} {names[0]}, {names[-1]}, #0"


def _move_wide(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 2:
        raise wrong(word, "rD, #number")
    destination = register(word, operands[0], "rD, #number", pc=False)
    value = constant(word, operands[1], 0, 0xFFFF, "the immediate", "rD, #number")
    return f"{spell(word)} {destination}, #{value}"


# Register-only forms, packing, saturation, extension, bit fields.


def _registers(word: Word, operands: list[Operand]) -> str:
    shape = word.mnemonic.shape
    wanted = len(shape.replace("?", ""))
    expected = ", ".join(f"r{letter.upper()}" for letter in shape.replace("?", ""))
    names = [register(word, one, expected, pc=False) for one in operands]
    if "?" in shape and len(names) == wanted - 1:
        # GNU as: MUL rD, rN is rD = rN * rD, but SDIV rD, rM is rD = rD / rM.
        names = [*names, names[0]] if word.mnemonic.name == "mul" else [names[0], *names]
    if len(names) != wanted:
        raise wrong(word, expected)
    return f"{spell(word)} {', '.join(names)}"


def _pack(word: Word, operands: list[Operand]) -> str:
    expected = "rD, rN, rM {, shift}"
    if len(operands) not in (3, 4):
        raise wrong(word, expected)
    first, second, third = (register(word, one, expected, pc=False) for one in operands[:3])
    shift = operands[3] if len(operands) == 4 else None
    text = ""
    if shift is not None:
        kind = "lsl" if word.mnemonic.name == "pkhbt" else "asr"
        if not isinstance(shift, Shift) or shift.kind != kind:
            raise wrong(word, f"rD, rN, rM, {kind} #number")
        text = shift_text(word, shift, by_register=False)
    if word.mnemonic.name == "pkhtb" and not text:
        return f"{spell(word, 'pkhbt')} {first}, {third}, {second}"
    return f"{spell(word)} {first}, {second}, {third}{text}"


def _saturate(word: Word, operands: list[Operand]) -> str:
    name = word.mnemonic.name
    expected = "rD, #bits, rN" + ("" if name.endswith("16") else " {, lsl or asr #number}")
    if len(operands) not in (3, 4):
        raise wrong(word, expected)
    destination = register(word, operands[0], expected, pc=False)
    source = register(word, operands[2], expected, pc=False)
    limit = 16 if name.endswith("16") else 32
    low = 1 if name.startswith("s") else 0
    width = constant(word, operands[1], low, limit - 1 + low, "the saturation width", expected)
    text = ""
    if len(operands) == 4:
        shift = operands[3]
        if name.endswith("16") or not isinstance(shift, Shift) or shift.kind not in ("lsl", "asr"):
            raise wrong(word, expected)
        text = shift_text(word, shift, by_register=False)
    return f"{spell(word)} {destination}, #{width}, {source}{text}"


def _extend(word: Word, operands: list[Operand]) -> str:
    shape = word.mnemonic.shape
    expected = ", ".join(f"r{letter.upper()}" for letter in shape) + " {, ror #8, #16 or #24}"
    shift = None
    if operands and isinstance(operands[-1], Shift):
        shift = operands[-1]
        operands = operands[:-1]
    if len(operands) != len(shape):
        raise wrong(word, expected)
    text = ", ".join(register(word, one, expected, pc=False) for one in operands)
    if shift is not None:
        if shift.kind != "ror" or not isinstance(shift.amount, Immediate):
            raise wrong(word, expected)
        turn = number(shift.amount.value, "the rotation")
        if turn not in (0, 8, 16, 24):
            raise StatementError("ASM-005", f"the rotation is {turn}: must be 0, 8, 16 or 24")
        text += f", ror #{turn}" if turn else ""
    return f"{spell(word)} {text}"


def _bit_field(word: Word, operands: list[Operand]) -> str:
    name = word.mnemonic.name
    expected = "rD, #lsb, #width" if name == "bfc" else "rD, rN, #lsb, #width"
    if len(operands) != (3 if name == "bfc" else 4):
        raise wrong(word, expected)
    names = [register(word, one, expected, pc=False) for one in operands[:-2]]
    lsb = constant(word, operands[-2], 0, 31, "the lowest bit", expected)
    width = constant(word, operands[-1], 1, 32, "the width", expected)
    if lsb + width > 32:
        raise StatementError("ASM-005", f"bits <{lsb + width - 1}:{lsb}> reach past bit 31")
    return f"{spell(word)} {', '.join(names)}, #{lsb}, #{width}"


FORMS: dict[Family, Form] = {
    Family.ARITHMETIC: _arithmetic,
    Family.MOVE: _move,
    Family.COMPARE: _compare,
    Family.SHIFT: _shift_instruction,
    Family.RRX: _rrx,
    Family.NEGATE: _negate,
    Family.MOVE_WIDE: _move_wide,
    Family.REGISTERS: _registers,
    Family.PACK: _pack,
    Family.SATURATE: _saturate,
    Family.EXTEND: _extend,
    Family.BIT_FIELD: _bit_field,
}
"""Family -> its function."""
