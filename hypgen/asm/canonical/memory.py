"""Canonical text of loads, stores, and what addresses memory (DDI 0406C A5.3, A5.4, A8.5)."""

from __future__ import annotations

from hypgen.asm.canonical.spelling import (
    LR,
    PC,
    SP,
    Form,
    constant,
    list_text,
    memory_operand,
    register,
    register_list,
    shift_text,
    spell,
    wrong,
)
from hypgen.asm.canonical.system import coprocessor, coprocessor_register
from hypgen.asm.mnemonics import Family, Word
from hypgen.asm.operands import (
    REGISTER_NAMES,
    Immediate,
    Memory,
    Operand,
    Option,
    Plain,
    Register,
    Shift,
    number,
)
from hypgen.asm.source import StatementError

_ADDRESS = "[rN], [rN, #offset], [rN, rM] or [rN], #offset"


def address(word: Word, operands: list[Operand], limit: int, *, shifts: bool, step: int = 1) -> str:
    """An address with all its parts: one Memory operand, and what follows it when post-indexed.

    ``limit`` is the largest offset by number, ``step`` what it must be a multiple of, ``shifts``
    tells whether an index register may be shifted.
    """
    if not operands:
        raise wrong(word, _ADDRESS)
    memory = memory_operand(word, operands[0], _ADDRESS)
    base = REGISTER_NAMES[memory.base]
    after = operands[1:]
    if memory.base == PC and (after or memory.writeback):
        raise StatementError("ASM-006", f"`{word.mnemonic.name}` cannot write an address back to pc")
    if not after:
        inner = _offset(word, memory.offset, memory.shift, limit, shifts=shifts, step=step)
        if memory.writeback:
            return f"[{base}, {inner or '#0'}]!"
        return f"[{base}, {inner}]" if inner else f"[{base}]"
    if memory.offset is not None or memory.writeback or len(after) > 2:
        raise wrong(word, _ADDRESS)
    offset = after[0]
    if isinstance(offset, Plain):
        offset = Immediate(offset.value)
    shift = after[1] if len(after) == 2 else None
    if not isinstance(offset, Immediate | Register) or (shift is not None and not isinstance(shift, Shift)):
        raise wrong(word, _ADDRESS)
    return f"[{base}], {_offset(word, offset, shift, limit, shifts=shifts, step=step) or '#0'}"


def _offset(
    word: Word,
    offset: Immediate | Register | None,
    shift: Shift | None,
    limit: int,
    *,
    shifts: bool,
    step: int = 1,
) -> str:
    if offset is None:
        return ""
    if isinstance(offset, Register):
        sign = "-" if offset.minus else ""
        text = ""
        if shift is not None:
            if not shifts:
                raise StatementError("ASM-003", f"`{word.mnemonic.name}` does not shift its index register")
            text = shift_text(word, shift, by_register=False)
        return f"{sign}{REGISTER_NAMES[offset.number]}{text}"
    if shift is not None:
        raise wrong(word, _ADDRESS)
    value = number(offset.value, "the offset")
    if not -limit <= value <= limit or value % step:
        multiple = f", a multiple of {step}" if step > 1 else ""
        raise StatementError("ASM-005", f"the offset is {value}: must be {-limit} to {limit}{multiple}")
    if value == 0:
        return "#-0" if offset.negative_zero else ""
    return f"#{value}"


def _load(word: Word, operands: list[Operand]) -> str:
    if not operands:
        raise wrong(word, f"rT, {_ADDRESS}")
    name = word.mnemonic.name
    target = register(word, operands[0], "rT, address", pc=not name.endswith("b"))
    return f"{spell(word)} {target}, {address(word, operands[1:], 4095, shifts=True)}"


def _load_extra(word: Word, operands: list[Operand]) -> str:
    if not operands:
        raise wrong(word, f"rT, {_ADDRESS}")
    target = register(word, operands[0], "rT, address", pc=False)
    return f"{spell(word)} {target}, {address(word, operands[1:], 255, shifts=False)}"


def pair(word: Word, operands: list[Operand], expected: str) -> tuple[int, list[Operand]]:
    """An even register and the one after it, which need not be written; and what follows."""
    if len(operands) < 2 or not isinstance(operands[0], Register):
        raise wrong(word, expected)
    first = operands[0].number
    rest = operands[1:]
    if isinstance(rest[0], Register):
        if rest[0].number != first + 1:
            raise StatementError("ASM-006", f"`{word.mnemonic.name}` needs two successive registers")
        rest = rest[1:]
    if first & 1 or first == LR:
        raise StatementError(
            "ASM-006", f"the first register of `{word.mnemonic.name}` must be even and not lr"
        )
    return first, rest


def _load_dual(word: Word, operands: list[Operand]) -> str:
    first, rest = pair(word, operands, "rT, rT2, address")
    names = f"{REGISTER_NAMES[first]}, {REGISTER_NAMES[first + 1]}"
    return f"{spell(word)} {names}, {address(word, rest, 255, shifts=False)}"


def _load_user(word: Word, operands: list[Operand]) -> str:
    expected = "rT, [rN] {, offset}"
    if len(operands) < 2:
        raise wrong(word, expected)
    target = register(word, operands[0], expected, pc=word.mnemonic.name == "strt")
    memory = memory_operand(word, operands[1], expected)
    extra = word.mnemonic.shape == "extra"
    if memory.offset is not None or memory.writeback:
        offset = memory.offset
        if memory.writeback or not isinstance(offset, Immediate) or number(offset.value, "the offset"):
            raise wrong(word, expected)
        operands = [operands[0], Memory(memory.base), *operands[2:]]
    if len(operands) == 2:
        operands = [*operands, Immediate(ZERO.value)]
    return f"{spell(word)} {target}, {address(word, operands[1:], 255 if extra else 4095, shifts=not extra)}"


def _plain_base(word: Word, operands: list[Operand], expected: str, *, zero_offset: bool) -> int:
    if len(operands) != 1:
        raise wrong(word, expected)
    memory = memory_operand(word, operands[0], expected)
    offset = memory.offset
    if offset is not None and zero_offset and isinstance(offset, Immediate):
        if number(offset.value, "the offset"):
            raise StatementError("ASM-005", f"`{word.mnemonic.name}` takes no offset but 0")
        offset = None
    if offset is not None or memory.writeback or memory.base == PC:
        raise wrong(word, expected)
    return memory.base


def _exclusive(word: Word, operands: list[Operand]) -> str:
    name = word.mnemonic.name
    store = name.startswith("strex")
    status: list[int] = []
    expected = f"{'rD, ' if store else ''}rT, {'{rT2,} ' if name.endswith('d') else ''}[rN]"
    if store:
        if len(operands) < 3 or not isinstance(operands[0], Register):
            raise wrong(word, expected)
        status = [operands[0].number]
        operands = operands[1:]
    if name.endswith("d"):
        first, rest = pair(word, operands, expected)
        data = [first, first + 1]
    else:
        if len(operands) < 2 or not isinstance(operands[0], Register):
            raise wrong(word, expected)
        data, rest = [operands[0].number], operands[1:]
    base = _plain_base(word, rest, expected, zero_offset=name in ("ldrex", "strex"))
    if PC in (*status, *data):
        raise StatementError("ASM-006", f"pc cannot be used here by `{name}`")
    if status and status[0] in (*data, base):
        raise StatementError(
            "ASM-006", f"the status register of `{name}` must differ from its other registers"
        )
    names = ", ".join(REGISTER_NAMES[one] for one in (*status, *data))
    return f"{spell(word)} {names}, [{REGISTER_NAMES[base]}]"


def _preload(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1:
        raise wrong(word, "[rN], [rN, #offset] or [rN, rM]")
    memory = memory_operand(word, operands[0], "[rN], [rN, #offset] or [rN, rM]")
    if memory.writeback:
        raise wrong(word, "without writeback")
    return f"{spell(word)} {address(word, operands, 4095, shifts=True)}"


def _swap(word: Word, operands: list[Operand]) -> str:
    expected = "rT, rT2, [rN]"
    if len(operands) != 3:
        raise wrong(word, expected)
    first, second = (register(word, one, expected, pc=False) for one in operands[:2])
    base = _plain_base(word, operands[2:], expected, zero_offset=False)
    return f"{spell(word)} {first}, {second}, [{REGISTER_NAMES[base]}]"


def _block(word: Word, operands: list[Operand]) -> str:
    expected = "rN{!}, {registers}{^}"
    if len(operands) != 2 or not isinstance(operands[0], Register) or operands[0].minus:
        raise wrong(word, expected)
    base = operands[0]
    if base.number == PC:
        raise StatementError("ASM-006", f"pc cannot be the base of `{word.mnemonic.name}`")
    registers = register_list(word, operands[1], expected)
    mark = "!" if base.writeback else ""
    user = "^" if registers.user else ""
    return f"{spell(word)} {REGISTER_NAMES[base.number]}{mark}, {list_text(registers.mask)}{user}"


def _stack(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1:
        raise wrong(word, "{registers}")
    registers = register_list(word, operands[0], "{registers}")
    if registers.user:
        raise wrong(word, "{registers}")
    push = word.mnemonic.name == "push"
    if registers.mask.bit_count() == 1 and not (push and registers.mask == 1 << SP):
        only = REGISTER_NAMES[registers.mask.bit_length() - 1]
        return (
            f"{spell(word, 'str')} {only}, [sp, #-4]!" if push else f"{spell(word, 'ldr')} {only}, [sp], #4"
        )
    return f"{spell(word, 'stmdb' if push else 'ldm')} sp!, {list_text(registers.mask)}"


def _return_state(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1 or not isinstance(operands[0], Register) or operands[0].number == PC:
        raise wrong(word, "rN{!}")
    base = operands[0]
    return f"{word.mnemonic.same_as} {REGISTER_NAMES[base.number]}{'!' if base.writeback else ''}"


def _store_return_state(word: Word, operands: list[Operand]) -> str:
    expected = "sp{!}, #mode"
    mark = ""
    if operands and isinstance(operands[0], Register):
        if operands[0].number != SP:
            raise StatementError("ASM-006", f"`{word.mnemonic.name}` stores through sp only")
        mark = "!" if operands[0].writeback else ""
        operands = operands[1:]
    elif operands and isinstance(operands[0], Plain) and operands[0].writeback:
        mark = "!"
    if len(operands) != 1:
        raise wrong(word, expected)
    mode = operands[0]
    if isinstance(mode, Plain) and mode.text.startswith("#"):
        mode = Plain(mode.text[1:])
    return f"{word.mnemonic.same_as} sp{mark}, #{constant(word, mode, 0, 31, 'the mode', expected)}"


def _coprocessor_load(word: Word, operands: list[Operand]) -> str:
    expected = "pN, cN, [rN] {, #offset or {option}}"
    if len(operands) < 3:
        raise wrong(word, expected)
    head = f"{spell(word)} {coprocessor(word, operands[0])}, {coprocessor_register(word, operands[1])}, "
    if len(operands) == 4 and isinstance(option := operands[3], Option):
        memory = memory_operand(word, operands[2], expected)
        if memory.offset is not None or memory.writeback:
            raise wrong(word, expected)
        value = number(option.value, "the option")
        if not 0 <= value <= 255:
            raise StatementError("ASM-005", f"the option is {value}: must be 0 to 255")
        return f"{head}[{REGISTER_NAMES[memory.base]}], {{{value}}}"
    text = address(word, operands[2:], 1020, shifts=False, step=4)
    if any(isinstance(one, Register) for one in operands[3:]):
        raise wrong(word, expected)
    return head + text


ZERO = Immediate(Plain("0").value)

FORMS: dict[Family, Form] = {
    Family.LOAD: _load,
    Family.LOAD_EXTRA: _load_extra,
    Family.LOAD_DUAL: _load_dual,
    Family.LOAD_USER: _load_user,
    Family.EXCLUSIVE: _exclusive,
    Family.PRELOAD: _preload,
    Family.SWAP: _swap,
    Family.BLOCK: _block,
    Family.STACK: _stack,
    Family.RETURN_STATE: _return_state,
    Family.STORE_RETURN_STATE: _store_return_state,
    Family.COPROCESSOR_LOAD: _coprocessor_load,
}
"""Family -> its function."""
