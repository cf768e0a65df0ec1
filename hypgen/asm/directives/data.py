"""Directives that emit data: numbers, strings, files."""

from __future__ import annotations

import math
import re
import struct
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.expressions import Node, character
from hypgen.asm.fixups import check_datum, fill_data
from hypgen.asm.output import MAX_DIRECTIVE, Fixup
from hypgen.asm.reader import file_operand, find_file
from hypgen.asm.resolve import SilentError, number_of, relocate, target_of, write_datum
from hypgen.asm.sections import Growing, Place
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.asm.values import Value
from hypgen.elf.leb import sleb, uleb

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|[xX][0-9a-fA-F]+|.)", re.DOTALL)


def _numbers(unit: Unit, operands: str, size: int) -> None:
    """``.word expression, ...``: each of ``size`` bytes."""
    if not operands:
        return
    for text in split_operands(operands):
        emit_number(unit, text, size)


_SUFFIX = re.compile(r"([^()]*[\w.$])\((\w+)\)\s*([-+].*)?", re.DOTALL)
_SUFFIXES = {"none": 0, "target1": 38, "target2": 41, "prel31": 42, "sbrel": 9}
"""How a datum names its relocation: R_ARM_NONE, _TARGET1, _TARGET2, _PREL31 and _SBREL32."""


def emit_number(unit: Unit, text: str, size: int) -> None:
    """One datum, now if its value is known, else by a fixup."""
    suffix = _SUFFIX.fullmatch(text) if text[-1:] == ")" or "(" in text else None
    if suffix is not None and size == 4:
        _related(unit, suffix[1] + (suffix[3] or ""), suffix[2].lower())
        return
    value = unit.evaluate(text)
    if isinstance(value, Value) and value.constant:
        number = check_datum(value.number, size)
        unit.emit((number & (1 << 8 * size) - 1).to_bytes(size, unit.options.order))
    else:
        unit.fix(unit.emit(bytes(size)), value, fill_data, size)


def _related(unit: Unit, text: str, suffix: str) -> None:
    """``.word symbol(target1)``: a datum that the linker fills in by the relocation that it names."""
    if suffix not in _SUFFIXES:
        raise StatementError(
            "ASM-014", f"`({suffix})` is no relocation of static code", "known are " + ", ".join(_SUFFIXES)
        )
    value = unit.evaluate(text)

    def fill(unit: Unit, fixup: Fixup) -> None:
        target = target_of(unit, value, "the datum")
        if target.name is None:
            raise StatementError("ASM-014", f"`({suffix})` needs a symbol")
        addend = relocate(unit, fixup, _SUFFIXES[suffix], target)
        write_datum(unit, fixup, addend & (0x7FFF_FFFF if suffix == "prel31" else 0xFFFF_FFFF))

    unit.fix(unit.emit(bytes(4)), value, fill)


_LONG_NUMBER = re.compile(r"([-+]?)\s*(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,39})")


def _octets(unit: Unit, operands: str) -> None:
    """``.octa``: numbers of 16 bytes; an expression has the 8 bytes of any other, extended by its sign."""
    for text in split_operands(operands):
        match = _LONG_NUMBER.fullmatch(text)
        digits = match[2] if match else ""
        octal = digits[:1] == "0" and digits.isdigit()
        if match and not octal:
            number = int(digits, 0) * (-1 if match[1] == "-" else 1)
        else:
            number = unit.constant(text, "the number")
        unit.emit((check_datum(number, 16) & (1 << 128) - 1).to_bytes(16, unit.options.order))


def _wide_strings(unit: Unit, operands: str, size: int) -> None:
    """``.string16``: each byte of the strings, and of the zero at their end, has ``size`` bytes."""
    for one in strings(operands):
        unit.emit(b"".join(byte.to_bytes(size, unit.options.order) for byte in one + b"\0"))


def string_bytes(text: str) -> bytes:
    """The bytes of a string's inside, escapes resolved; characters beyond ASCII in UTF-8."""
    out = bytearray()
    position = 0
    for match in _ESCAPE.finditer(text):
        out += text[position : match.start()].encode("utf-8", "surrogateescape")
        escape = match[0]
        if escape[1] in "xX" and len(escape) > 2:
            out.append(int(escape[2:], 16) & 0xFF)
        else:
            out += bytes([character(escape) & 0xFF]) if ord(escape[-1]) < 128 else escape[1:].encode()
        position = match.end()
    return bytes(out + text[position:].encode("utf-8", "surrogateescape"))


def strings(operands: str) -> list[bytes]:
    """The strings in ``"a", "b" "c"``, of which neighbours without a comma are joined."""
    found: list[bytes] = []
    for part in split_operands(operands):
        position = 0
        joined = b""
        while position < len(part):
            match = _STRING.match(part, position)
            if match is None:
                raise StatementError("ASM-027", f"`{part[position:]}` is not a string in quotes")
            joined += string_bytes(match[1])
            position = match.end() + len(part[match.end() :]) - len(part[match.end() :].lstrip())
        if not part:
            raise StatementError("ASM-027", "a string is missing between commas")
        found.append(joined)
    return found


def _ascii(unit: Unit, operands: str, end: bytes) -> None:
    for one in strings(operands):
        unit.emit(one + end)


def _floats(unit: Unit, operands: str, form: str) -> None:
    for text in split_operands(operands):
        body = re.sub(r"^0[a-zA-Z]", "", text)
        try:
            number = float(body)
        except ValueError:
            raise StatementError("ASM-027", f"`{text}` is not a floating-point number") from None
        try:
            datum = struct.pack(form, number)
            unit.emit(datum[::-1] if unit.options.big_endian else datum)
        except OverflowError:
            raise StatementError("ASM-005", f"`{text}` is too large for the format") from None
        if math.isnan(number):
            raise StatementError("ASM-027", f"`{text}`: NaN has many encodings", "write its bits with .word")


def _leb(unit: Unit, operands: str, *, signed: bool) -> None:
    """``.uleb128`` and ``.sleb128``; a distance that the layout gives has as many bytes as it then needs."""
    for text in split_operands(operands):
        value = unit.evaluate(text)
        if isinstance(value, Value) and value.constant:
            unit.emit(leb128(value.number, signed=signed))
        else:
            emit_leb(unit, value, signed=signed)


def emit_leb(unit: Unit, value: Node, *, signed: bool) -> None:
    """A number in LEB128 that only the layout gives."""

    def encoded() -> bytes:
        return leb128(number_of(unit, value, "the number"), signed=signed)

    def wanted(place: Place) -> int:
        try:
            return max(len(encoded()), growing.size)
        except (StatementError, SilentError):
            return growing.size  # the fixup reports it

    def fill(unit: Unit, fixup: Fixup) -> None:
        data = encoded()
        padding = growing.size - len(data)  # it was longer when something else was longer
        if padding:
            last = 0x7F if signed and data[-1] & 0x40 else 0
            data = data[:-1] + bytes([data[-1] | 0x80, *[last | 0x80] * (padding - 1), last])
        fixup.fragment.data[fixup.offset : fixup.offset + len(data)] = data

    growing = Growing(wanted, least=1)
    fragment = unit.fragment
    fixup = unit.fix(unit.grow_datum(growing), value, fill)
    fixup.fragment = fragment


def leb128(value: int, *, signed: bool) -> bytes:
    """A number in LEB128 (DWARF 4, 7.6); raises StatementError for a negative one that has no sign."""
    if value < 0 and not signed:
        raise StatementError("ASM-005", f".uleb128 of {value}: it must not be negative")
    return sleb(value) if signed else uleb(value)


def _file(unit: Unit, operands: str) -> None:
    """``.incbin "file", skip, count``."""
    name, rest = file_operand(operands, ".incbin")
    path = find_file(unit, name, unit.origin.location.file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StatementError("ASM-026", f"file `{name}` cannot be read: {error.strerror}") from None
    skip = unit.constant(rest[0], "the skip of .incbin") if rest and rest[0] else 0
    count = unit.constant(rest[1], "the count of .incbin") if len(rest) > 1 else len(content) - skip
    if not 0 <= skip <= len(content) or not 0 <= count <= len(content) - skip:
        raise StatementError("ASM-005", f".incbin: `{name}` has {len(content)} bytes, not {skip}+{count}")
    if count > MAX_DIRECTIVE:
        raise StatementError(
            "ASM-005", f".incbin: {count} bytes by one directive", f"at most {MAX_DIRECTIVE}"
        )
    unit.emit(content[skip : skip + count])


TABLE: dict[str, Directive] = {
    **dict.fromkeys((".byte", ".dc.b", ".1byte"), partial(_numbers, size=1)),
    **dict.fromkeys((".hword", ".short", ".2byte", ".dc.w", ".dc"), partial(_numbers, size=2)),
    **dict.fromkeys((".word", ".long", ".int", ".4byte", ".dc.l", ".dc.a"), partial(_numbers, size=4)),
    **dict.fromkeys((".quad", ".8byte"), partial(_numbers, size=8)),
    ".octa": _octets,
    ".ascii": partial(_ascii, end=b""),
    **dict.fromkeys((".asciz", ".string", ".string8"), partial(_ascii, end=b"\0")),
    ".string16": partial(_wide_strings, size=2),
    ".string32": partial(_wide_strings, size=4),
    ".string64": partial(_wide_strings, size=8),
    **dict.fromkeys((".float", ".single", ".dc.s"), partial(_floats, form="<f")),
    **dict.fromkeys((".double", ".dc.d"), partial(_floats, form="<d")),
    ".float16": partial(_floats, form="<e"),
    ".uleb128": partial(_leb, signed=False),
    ".sleb128": partial(_leb, signed=True),
    ".incbin": _file,
}
