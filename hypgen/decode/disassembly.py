"""Disassembly: what a word is, as text for a reader and as a statement that GNU as takes back.

    >>> disassemble(0xE12FFF1E).text
    'bx lr'
    >>> disassemble(0xEAFFFFFE, address=0x8000).text
    'b 0x8000'
    >>> disassemble(0xF7FFFFFF).reason
    'UNDEFINED (permanently, unconditional); A5.7.1'

:func:`disassemble` is total: a word that is no instruction has the row that says so in ``reason``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from hypgen.arch import itstate as it
from hypgen.arch.encoding import Kind
from hypgen.bits import ror32
from hypgen.decode.extension_fields import core_lane
from hypgen.decode.table import (
    Insn,
    decode_a32,
    decode_t32,
    is_32bit,
    no_instruction_a32,
    no_instruction_t32,
)
from hypgen.decode.text import branch_target, expand_immediate, text

Isa = Literal["a32", "t32"]
BRANCHES = frozenset({"B", "BL (immediate)", "BLX (immediate)", "CBNZ, CBZ"})
"""Headings of the branches whose target is written as an address."""


@dataclass(frozen=True, slots=True)
class Disassembly:
    """A word at an address, and what the manual has it be.

    ``kind`` is ``instruction``, ``UNPREDICTABLE``, ``UNDEFINED`` or ``not modelled``. ``text`` is for
    readers: an instruction (also an UNPREDICTABLE one that can be read as one), or ``.inst``.
    ``statement`` is what GNU as assembles to the same word at any address; ``.inst`` for what is no
    instruction, is UNPREDICTABLE, or is one of those that GNU as does not make from their text
    (``EQUAL_ENCODINGS``, ``REFUSED_BY_AS``).
    ``row`` names the encoding, or the space of the manual that the word lies in, ``manual`` its section
    in DDI 0406C; ``reason`` says why it is no ordinary instruction. ``insn`` is the decoded row, if any.
    """

    address: int
    word: int
    length: int
    kind: str
    text: str
    statement: str
    row: str
    manual: str
    reason: str | None = None
    insn: Insn | None = None


def disassemble(word: int, isa: Isa = "a32", address: int = 0, itstate: int = it.OUTSIDE) -> Disassembly:
    """What ``word`` is at ``address``.

    A T32 instruction of 32 bits has its first halfword in the upper half; ``itstate`` is the ITSTATE at
    its place. Raises ValueError for a number that is no word, or no T32 instruction's length.
    """
    if not 0 <= word < 1 << 32:
        raise ValueError(f"{word:#x} is no word of 32 bits")
    if isa == "a32":
        insn, refusal, length = decode_a32(word), no_instruction_a32(word), 4
    else:
        first, second = _halves(word)
        insn, refusal = decode_t32(first, second, itstate), no_instruction_t32(first, second)
        length = 2 if second is None else 4
    inst = _as_data(word, isa, length)
    if insn is None:
        assert refusal is not None, f"{word:#010x} has neither an instruction nor a row that says why"
        kind, row, reason = refusal
        return Disassembly(address, word, length, kind.value, inst, inst, row.name, row.manual, reason)
    encoding = insn.encoding
    printed, why = text(insn, address), insn.unpredictable
    kind_of = "instruction" if why is None else Kind.UNPREDICTABLE.value
    exact = why is None and not any(holds(insn) for holds in _NOT_EXACT)
    statement = _relative(insn, printed, address) if exact else inst
    return Disassembly(
        address, word, length, kind_of, printed, statement, encoding.name, encoding.manual, why, insn
    )


def disassemble_code(
    data: bytes, isa: Isa = "a32", address: int = 0, *, big_endian: bool = False
) -> Iterator[Disassembly]:
    """Every instruction of code from ``address`` on, in order; T32 goes through its IT blocks.

    What is left at the end and is no whole instruction is left out. ``big_endian`` is for code as it
    stands in a BE32 image or in a relocatable object of a BE8 one; code of a linked BE8 image is
    little-endian.
    """
    order: Literal["big", "little"] = "big" if big_endian else "little"
    unit = 4 if isa == "a32" else 2
    units = [int.from_bytes(data[at : at + unit], order) for at in range(0, len(data) - unit + 1, unit)]
    state, index = it.OUTSIDE, 0
    while index < len(units):
        word = units[index]
        place = address + unit * index
        index += 1
        if isa == "t32" and is_32bit(word):
            if index == len(units):
                return
            word = word << 16 | units[index]
            index += 1
        one = disassemble(word, isa, place & 0xFFFF_FFFF, state)
        is_it = one.insn is not None and one.insn.heading == "IT"
        state = one.insn["itstate"] if one.insn is not None and is_it else it.advance(state)
        yield one


def _halves(word: int) -> tuple[int, int | None]:
    """The halfwords of a T32 instruction; raises ValueError when the word has more or fewer than it needs."""
    if word >> 16:
        if not is_32bit(word >> 16):
            raise ValueError(f"{word:#010x} has a second halfword, and {word >> 16:#06x} takes none")
        return word >> 16, word & 0xFFFF
    if is_32bit(word):
        raise ValueError(f"{word:#06x} is the first half of a 32-bit instruction")
    return word, None


def _as_data(word: int, isa: Isa, length: int) -> str:
    if isa == "a32":
        return f".inst {word:#010x}"
    return f".inst.w {word:#010x}" if length == 4 else f".inst.n {word:#06x}"


def _relative(insn: Insn, printed: str, address: int) -> str:
    """A branch with its target relative to itself, as as takes it in an object of any address."""
    if insn.heading not in BRANCHES:
        return printed
    offset = ((branch_target(insn, address) - address) & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
    place = ".-(.&2)" if insn.thumb and insn.heading == "BLX (immediate)" and address & 2 else "."
    return f"{printed.rpartition(' ')[0]} {place}{offset + (address & 2 if place != '.' else 0):+d}"


def _fits_smaller_rotation(insn: Insn) -> bool:
    if insn.name != "MSR (immediate)":
        return False
    value, rotation = expand_immediate(insn["imm12"]), insn["imm12"] >> 8
    return any(ror32(value, 32 - 2 * smaller) < 0x100 for smaller in range(rotation))


def _zero_immediate(insn: Insn) -> bool:
    return "cmode" in insn and insn["cmode"] in _SHIFTING and not insn["i"] | insn["imm3"] | insn["imm4"]


_SHIFTING = frozenset({2, 3, 4, 5, 6, 7, 10, 11, 12, 13})
"""Values of cmode that shift the eight bits of a modified immediate."""


def _unaligned_store_of_pc(insn: Insn) -> bool:
    known = insn.name == "STR (immediate)" and insn["Rt"] == insn["Rn"] == 15
    return known and insn["imm12"] & 3 != 0


def _minus_zero(insn: Insn) -> bool:
    return insn.thumb and insn.fields.get("U") == 0 and insn.fields.get("imm12", insn.fields.get("imm8")) == 0


def _narrow_with_larger_form(insn: Insn) -> bool:
    return insn.name in ("ADD (immediate) T1", "SUB (immediate) T1") and insn["Rd"] == insn["Rn"]


def _low_registers_in_block(insn: Insn) -> bool:
    return (
        insn.name == "ADD (register) T2"
        and it.in_it_block(insn.itstate)
        and max(insn["Rd"], insn["Rn"], insn["Rm"]) < 8
    )


def _scaled_by_two(insn: Insn) -> bool:
    return insn.fields.get("coproc") == 9 and "imm8" in insn


def _conditional_scalar(insn: Insn) -> bool:
    return (
        insn.heading == "VMOV (scalar to ARM core register)"
        and insn.condition != it.ALWAYS
        and core_lane(insn)[0] < 32
    )


EQUAL_ENCODINGS: dict[str, Callable[[Insn], bool]] = {
    "MSR of a constant that a smaller rotation also gives: as takes the smallest": _fits_smaller_rotation,
    "Advanced SIMD constant zero, shifted: as does not shift it": _zero_immediate,
    "T32 load, store or preload with an offset of minus zero: as makes it plus zero": _minus_zero,
    "T32 ADD, SUB of three bits with Rd = Rn: as makes the form with eight bits": _narrow_with_larger_form,
    "T32 ADD of R0 to R7 in an IT block: as makes the encoding T1": _low_registers_in_block,
}
"""Instructions whose text GNU as assembles to an equal encoding, and not to the same word."""
REFUSED_BY_AS: dict[str, Callable[[Insn], bool]] = {
    "GNU as 2.40 takes the offset of LDC and STC of coprocessor 9 for one of a half-precision VLDR": (
        _scaled_by_two
    ),
    "GNU as 2.40 refuses a condition on a VMOV of a byte or halfword to a core register": (
        _conditional_scalar
    ),
    "GNU as 2.40 wants the offset of STR of the PC from the PC to be a multiple of 4, as that of LDR": (
        _unaligned_store_of_pc
    ),
}
"""Instructions whose text GNU as refuses or takes for another one."""
_NOT_EXACT = (*EQUAL_ENCODINGS.values(), *REFUSED_BY_AS.values())
