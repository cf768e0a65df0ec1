"""T32 statements spelled out: mnemonics taken apart, and short forms made the long ones of the manual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hypgen.asm.mnemonics import CONDITIONS
from hypgen.asm.mnemonics import table as known_to_a32
from hypgen.asm.operands import Immediate, Memory, Operand, Plain, Register, RegisterList, Shift
from hypgen.asm.thumb.forms import table
from hypgen.asm.thumb.slots import value_of
from hypgen.asm.values import Value

Spelled = tuple[str, tuple[Operand, ...]]
"""A mnemonic and its operands, as a row of the tables has them."""

BRANCHES = frozenset(("b", "bl", "blx", "cbz", "cbnz"))
SP, LR, PC = 13, 14, 15
_UNCONDITIONAL = frozenset(("cbz", "cbnz", "cps", "cpsie", "cpsid", "setend", "bkpt", "hvc"))
_ALSO = ("neg", "negs", "adr", "push", "pop", "ldm", "stm", "swi", "mul", "muls", "cps", "csdb", "vldr")


@dataclass(frozen=True, slots=True)
class ThumbWord:
    """A written mnemonic taken apart; ``width`` is 2 after ``.n``, 4 after ``.w``, else 0."""

    name: str
    condition: str
    width: int
    conditional: bool = True


@lru_cache(maxsize=1 << 12)
def take_apart(word: str) -> ThumbWord | None:
    """What a written mnemonic (lower case) means in T32; None if it is none."""
    stem, dot, suffix = word.partition(".")
    if dot and suffix not in ("n", "w"):
        return None
    width = {"": 0, "n": 2, "w": 4}[suffix]
    name = _known(stem)
    if name:
        return ThumbWord(name, "", width, name not in _UNCONDITIONAL)
    condition = CONDITIONS.get(stem[-2:])
    name = _known(stem[:-2]) if condition is not None else ""
    if name and condition is not None and name not in _UNCONDITIONAL:
        return ThumbWord(name, condition, width)
    return None


def _known(stem: str) -> str:
    """The name in the tables of a mnemonic without condition, older names included; empty if none."""
    if stem in table() or stem in _ALSO:
        return stem
    row = known_to_a32().get(stem)
    same = row.same_as if row else ""
    return same if same in table() else ""


def numbers(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """Operands with every plain number marked as one, so that 4 and #4 are the same."""
    return tuple(
        Immediate(Value(value)) if isinstance(one, Plain) and (value := value_of(one)) is not None else one
        for one in operands
    )


_THREE = frozenset(("and", "eor", "sub", "rsb", "add", "adc", "sbc", "orr", "bic", "orn", "addw", "subw"))
_SHIFTS = frozenset(("lsl", "lsr", "asr", "ror"))
_COMMUTE = frozenset(("and", "eor", "adc", "orr", "add", "mul"))
_OPPOSITE = {
    "and": ("bic", True), "bic": ("and", True), "adc": ("sbc", True), "sbc": ("adc", True),
    "mov": ("mvn", True), "mvn": ("mov", True), "orr": ("orn", True), "orn": ("orr", True),
    "add": ("sub", False), "sub": ("add", False), "cmp": ("cmn", False), "cmn": ("cmp", False),
}  # fmt: skip
"""Opcode -> that with the same effect on the value's complement (True) or negative."""


def _stem(name: str) -> tuple[str, str]:
    """The operation without S, and the S."""
    for stems in (_THREE, _SHIFTS, ("mov", "mvn", "neg", "mul", "rrx")):
        if name.endswith("s") and name[:-1] in stems:
            return name[:-1], "s"
    return name, ""


def spellings(name: str, operands: tuple[Operand, ...], *, wide: bool) -> Iterator[Spelled]:
    """The ways to say a statement in the tables' syntax, those that GNU as prefers first.

    ``wide`` tells that encodings of 32 bits are looked for: only there an immediate that does not fit
    goes to the opposite operation.
    """
    stem, flags = _stem(name)
    operands = _spelled_out(stem, operands)
    if _returns(stem + flags, operands):
        yield "eret", ()
    elif stem == "neg":
        yield f"rsb{flags}", (*_doubled(operands), Immediate(Value(0)))
    elif stem == "mov" and len(operands) == 3 and isinstance(operands[2], Shift):
        yield _shifted_move(operands, flags)
    elif stem in _SHIFTS and len(operands) == 3 and value_of(operands[2]) == 0:
        yield f"mov{flags}", operands[:2]
    elif stem in ("push", "pop"):
        yield from _stack(stem, operands)
    elif stem in ("ldm", "stm", "ldmdb", "stmdb"):
        yield from _block(stem, operands)
    elif stem in _THREE and len(operands) == 3 and isinstance(operands[2], Immediate):
        yield from _with_immediate(stem, flags, operands, wide=wide)
    elif stem in ("mov", "mvn", "cmp", "cmn") and len(operands) == 2 and isinstance(operands[1], Immediate):
        yield from _with_immediate(stem, flags, operands, wide=wide)
        if stem == "mov" and not flags and wide:
            yield "movw", operands
    else:
        yield from _registers(stem, flags, operands)


def _returns(name: str, operands: tuple[Operand, ...]) -> bool:
    """``movs pc, lr`` and ``subs pc, lr, #0``, which are ERET with the Virtualization Extensions."""
    if operands[:2] != (Register(PC), Register(LR)):
        return False
    return (name, len(operands)) == ("movs", 2) or (name == "subs" and value_of(operands[-1]) == 0)


def _doubled(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    return (operands[0], *operands) if len(operands) == 1 else operands


def _spelled_out(stem: str, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """Operands with the ones that may be left out."""
    plain = [one for one in operands if not isinstance(one, Shift)]
    if len(plain) == 2 and (stem in _THREE or stem in _SHIFTS or stem in ("sdiv", "udiv")):
        return (operands[0], *operands)
    if stem == "mul" and len(operands) == 2:
        return (*operands, operands[0])
    if stem in ("ldrd", "strd", "ldrexd", "strexd"):
        return _with_second_register(stem, operands)
    if stem in ("bkpt", "udf") and not operands:
        return (Immediate(Value(0)),)
    if stem == "mrs" and len(operands) == 2 and operands[1] == Plain("apsr"):
        return operands[0], Plain("cpsr")
    if stem.startswith("srs"):
        return _with_stack_pointer(operands)
    if stem in ("strht", "ldrht", "strt", "ldrt", "strbt", "ldrbt", "ldrsbt", "ldrsht"):
        return _indexed_before(operands)
    return operands


def _indexed_before(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """``[rN], #0`` and ``[rN]`` are one address to an unprivileged load or store."""
    if len(operands) == 3 and isinstance(operands[1], Memory) and value_of(operands[2]) == 0:
        return operands[:2]
    return operands


def _with_second_register(stem: str, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    place = 1 if stem == "strexd" else 0
    if len(operands) < place + 2 or not isinstance(operands[place + 1], Memory):
        return operands
    first = operands[place]
    if not isinstance(first, Register) or first.number == PC:
        return operands
    return (*operands[: place + 1], Register(first.number + 1), *operands[place + 1 :])


def _with_stack_pointer(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """``srsdb #19!`` is ``srsdb sp!, #19``."""
    if len(operands) != 1:
        return operands
    mode = operands[0]
    if isinstance(mode, Plain):
        text = Plain(mode.text.removeprefix("#"))
        return (Register(SP, mode.writeback), Immediate(text.value))
    return (Register(SP), mode)


def _shifted_move(operands: tuple[Operand, ...], flags: str) -> Spelled:
    """``mov r0, r1, lsl #2`` is ``lsl r0, r1, #2``."""
    target, source, shift = operands
    assert isinstance(shift, Shift)
    if shift.amount is None:
        return f"rrx{flags}", (target, source)
    if isinstance(shift.amount, Immediate) and value_of(shift.amount) == 0:
        return f"mov{flags}", (target, source)
    return f"{shift.kind}{flags}", (target, source, shift.amount)


def _with_immediate(stem: str, flags: str, operands: tuple[Operand, ...], *, wide: bool) -> Iterator[Spelled]:
    *registers, last = operands
    value = value_of(last)
    assert value is not None
    yield stem + flags, operands
    if not wide:
        return
    other = _OPPOSITE.get(stem)
    if other is not None:
        name, complement = other
        changed = (~value if complement else -value) & 0xFFFF_FFFF
        yield name + flags, (*registers, Immediate(Value(changed)))
    if stem in ("add", "sub") and not flags:
        sign = value if value >= 0 else -value
        yield (
            (stem if value >= 0 else {"add": "sub", "sub": "add"}[stem]) + "w",
            (
                *registers,
                Immediate(Value(sign)),
            ),
        )


def _registers(stem: str, flags: str, operands: tuple[Operand, ...]) -> Iterator[Spelled]:
    yield stem + flags, operands
    if len(operands) == 4 and isinstance(operands[3], Shift) and _by_nothing(operands[3]):
        yield stem + flags, operands[:3]
    if len(operands) == 3 and isinstance(operands[2], Shift) and _by_nothing(operands[2]):
        yield stem + flags, operands[:2]
    if stem == "pkhtb" and len(operands) == 3:
        yield "pkhbt", (operands[0], operands[2], operands[1])


def _by_nothing(shift: Shift) -> bool:
    return isinstance(shift.amount, Immediate) and value_of(shift.amount) == 0


def commuted(name: str, operands: tuple[Operand, ...]) -> Spelled | None:
    """``and r0, r1, r0`` with its sources exchanged, which may have 16 bits."""
    stem, flags = _stem(name)
    if stem not in _COMMUTE or len(operands) != 3:
        return None
    target, first, second = operands
    exchanges = target == second and isinstance(first, Register)
    return (stem + flags, (target, second, first)) if exchanges else None


def _stack(stem: str, operands: tuple[Operand, ...]) -> Iterator[Spelled]:
    yield stem, operands
    yield from _block("stmdb" if stem == "push" else "ldm", (Register(SP, True), *operands))


def _block(stem: str, operands: tuple[Operand, ...]) -> Iterator[Spelled]:
    """LDM and STM; GNU as loads or stores a single register by LDR or STR."""
    yield stem, operands
    if len(operands) != 2:
        return
    base, registers = operands
    if not isinstance(base, Register) or not isinstance(registers, RegisterList) or registers.user:
        return
    if base.number == SP and base.writeback and stem == "ldm" and registers.mask < 0x100:
        yield "pop", (registers,)
    if registers.mask.bit_count() != 1:
        return
    only = Register(registers.mask.bit_length() - 1)
    name = "ldr" if stem.startswith("ldm") else "str"
    step = Immediate(Value(-4 if stem.endswith("db") else 4))
    if not base.writeback:
        yield name, (only, Memory(base.number, step if stem.endswith("db") else None))
    elif stem.endswith("db"):
        yield name, (only, Memory(base.number, step, None, True))
    else:
        yield name, (only, Memory(base.number), step)
