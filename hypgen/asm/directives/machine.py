"""Arm directives: instruction words, instruction set, notes, and what has no effect here."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.directives.data import strings
from hypgen.asm.fixups import check_datum
from hypgen.asm.output import INSTRUCTION_SIZE
from hypgen.asm.sections import Attributes
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.thumb import blocks
from hypgen.asm.unit import Unit
from hypgen.bits import MASK32
from hypgen.elf.model import SectionFlag

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_WIDE = 0b11101
"""The first five bits of a T32 instruction of 32 bits are this or more."""


def _inst(unit: Unit, operands: str, length: int = 0) -> None:
    """``.inst word, ...``: instruction words as numbers; ``length`` 2 or 4 is that of ``.n`` and ``.w``."""
    parts = split_operands(operands)
    if not parts:
        raise StatementError("ASM-003", ".inst needs at least one number")
    if length and not unit.thumb:
        raise StatementError("ASM-040", ".inst.n and .inst.w are T32 only", "write .inst in A32 code")
    for text in parts:
        word = check_datum(unit.constant(text, "the instruction word"), INSTRUCTION_SIZE) & MASK32
        if unit.thumb:
            blocks.skip(unit)
            unit.emit_thumb(word, _length(word, length))
        else:
            unit.emit_word(word)


def _length(word: int, wanted: int) -> int:
    """The length of a T32 instruction, which its highest bits tell (DDI 0406C A6.1)."""
    length = 2 if word < _WIDE << 11 else 4 if word >> 27 >= _WIDE else 0
    if not length or length != (wanted or length):
        raise StatementError(
            "ASM-040",
            f"{word:#x} is not a T32 instruction" + (f" of {8 * wanted} bits" if wanted else ""),
            "the first halfword of one of 32 bits is 0xe800 or more, and stands in the upper half",
        )
    return length


def _arm(unit: Unit, operands: str) -> None:
    """``.arm``: GNU as aligns to a word when it comes from T32 code."""
    blocks.check_closed(unit)
    if unit.thumb:
        unit.align(INSTRUCTION_SIZE, b"\0")
    unit.thumb = False


def _thumb(unit: Unit, operands: str) -> None:
    blocks.check_closed(unit)
    unit.section.align = max(unit.section.align, 2)
    unit.thumb = True


def _code(unit: Unit, operands: str) -> None:
    width = unit.constant(operands, "the width")
    if width not in (16, 32):
        raise StatementError("ASM-040", f".code {width}: must be 16 or 32")
    (_thumb if width == 16 else _arm)(unit, operands)


def _thumb_function(unit: Unit, operands: str) -> None:
    unit.next_is_thumb_function = True
    _thumb(unit, operands)


def _without_effect(unit: Unit, operands: str) -> None:
    """Says something to a listing, a debugger or an unwinder, which changes no byte that is loaded."""


_NO_EFFECT = (
    ".line", ".ln", ".list", ".nolist", ".eject", ".psize", ".sbttl", ".title", ".func", ".endfunc",
)  # fmt: skip


def _file(unit: Unit, operands: str) -> None:
    """``.file "name"``: a symbol of type FILE; the numbered form is for debuggers."""
    if operands.startswith('"'):
        unit.file_names = [one.decode("utf-8", "replace") for one in strings(operands)]


def _ident(unit: Unit, operands: str) -> None:
    """``.ident "text"`` goes into .comment, which begins with an empty string."""
    text = b"".join(strings(operands))
    section = unit.make_section(Attributes(".comment", SectionFlag.MERGE | SectionFlag.STRINGS, None, 1))
    with unit.elsewhere(section):
        unit.emit(text + b"\0" if unit.fragment.size else b"\0" + text + b"\0")


def _version(unit: Unit, operands: str) -> None:
    """``.version "text"``: a note without a descriptor (gABI, "Note Section")."""
    name = b"".join(strings(operands)) + b"\0"
    with unit.elsewhere(unit.section_named(".note")):
        unit.emit(struct.pack(f"{'>' if unit.options.big_endian else '<'}III", len(name), 0, 1) + name)
        unit.align(INSTRUCTION_SIZE, b"\0")


TABLE: dict[str, Directive] = {
    ".file": _file,
    ".ident": _ident,
    **dict.fromkeys(_NO_EFFECT, _without_effect),
    ".inst": _inst,
    ".inst.n": partial(_inst, length=2),
    ".inst.w": partial(_inst, length=4),
    ".arm": _arm,
    ".thumb": _thumb,
    ".force_thumb": _thumb,
    ".version": _version,
    ".code": _code,
    ".thumb_func": _thumb_function,
}
