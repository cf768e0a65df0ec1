"""Disassembly of files: what in an ELF file or a flat binary is code, and its text in three forms.

An ELF file says with its mapping symbols (AAELF32 4.5.5) what is A32, T32 and data. Without them a
section of code is A32, unless a function in it says T32; without sections, so are executable segments.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypgen.decode.disassembly import BRANCHES, Disassembly, disassemble_code
from hypgen.decode.text import branch_target
from hypgen.elf import abi
from hypgen.elf.byte_order import EF_ARM_BE8, little_endian
from hypgen.elf.file import ElfFile, FileSymbol
from hypgen.elf.structure import read_structure

ByteOrder = Literal["big", "little"]
Kind = Literal["a32", "t32", "data"]

ELF_MAGIC = b"\x7fELF"
_MARKS: dict[str, Kind] = {"$a": "a32", "$t": "t32", "$d": "data"}
_STT_FUNC = 2
PROLOGUE = (
    ".syntax unified",
    ".arch armv7ve",
    ".arch_extension sec",
    ".arch_extension virt",
    ".arch_extension idiv",
    ".arch_extension mp",
    ".fpu neon-vfpv4",
)
"""What GNU as needs before the statements."""


@dataclass(frozen=True)
class Stretch:
    """Bytes of one kind from a virtual address on; ``title`` is the section's name where it begins one."""

    address: int
    data: bytes
    kind: Kind
    title: str = ""
    order: ByteOrder = "little"


class Program(NamedTuple):
    """What a file holds: its stretches in order, and the names of addresses."""

    stretches: tuple[Stretch, ...]
    names: Mapping[int, str]


def read_program(data: bytes, name: str, isa: Kind = "a32", address: int = 0) -> Program:
    """The code of an ELF file, or of a flat binary that is ``isa`` code at ``address``.

    Raises InputError ELF-001 or ELF-002 for an ELF file that is damaged or not for Arm.
    """
    if not data.startswith(ELF_MAGIC):
        return Program((Stretch(address, data, isa),), {})
    big = data[5:6] == b"\2"
    file = read_structure(little_endian(data), name)
    order: ByteOrder = "big" if big and not file.flags & EF_ARM_BE8 else "little"
    names = {
        _place(one): one.name
        for one in reversed(file.symbols)
        if one.name and not one.name.startswith("$") and 0 < one.section < abi.SHN_LORESERVE
    }
    if file.sections:
        return Program(tuple(_of_sections(file, order, "big" if big else "little")), names)
    return Program(
        tuple(
            Stretch(one.virtual, data[one.offset : one.offset + one.file_size], isa, order=order)
            for one in file.segments
            if one.type == abi.PT_LOAD and one.flags & 1
        ),
        names,
    )


def _of_sections(file: ElfFile, of_code: ByteOrder, of_data: ByteOrder) -> Iterator[Stretch]:
    for index, section in enumerate(file.sections):
        if not section.flags & abi.SHF_EXECINSTR or not section.data:
            continue
        marks = [(0, _first_kind(file.symbols, index))]
        base = section.address if file.type != abi.ET_REL else 0
        marks += sorted(
            (one.value - base, _MARKS[one.name[:2]])
            for one in file.symbols
            if one.section == index and one.name[:2] in _MARKS and one.name[2:3] in ("", ".")
        )
        ends = [at for at, _ in marks[1:]] + [len(section.data)]
        title = section.name
        for (start, kind), end in zip(marks, ends, strict=True):
            if start < end:
                order = of_data if kind == "data" else of_code
                yield Stretch(section.address + start, section.data[start:end], kind, title, order)
                title = ""


def _first_kind(symbols: Sequence[FileSymbol], section: int) -> Kind:
    functions = [one for one in symbols if one.section == section and one.info & 15 == _STT_FUNC]
    return "t32" if functions and all(one.value & 1 for one in functions) else "a32"


def _place(symbol: FileSymbol) -> int:
    return symbol.value & ~1 if symbol.info & 15 == _STT_FUNC else symbol.value


class Unit(NamedTuple):
    """An instruction, or a datum of up to four bytes."""

    address: int
    code: Disassembly | None
    data: bytes = b""
    order: ByteOrder = "little"


def units(stretch: Stretch, start: int = 0, stop: int = 1 << 32) -> Iterator[Unit]:
    """The instructions and data of a stretch that begin in [``start``..``stop``)."""
    at = stretch.address
    end = stretch.address + len(stretch.data)
    if stretch.kind != "data":
        for one in disassemble_code(
            stretch.data, stretch.kind, stretch.address, big_endian=stretch.order == "big"
        ):
            at = one.address + one.length
            if start <= one.address < stop:
                yield Unit(one.address, one)
    while at < end:
        size = min(4 - at % 4, end - at)
        if start <= at < stop:
            first = at - stretch.address
            yield Unit(at, None, stretch.data[first : first + size], stretch.order)
        at += size


def listing_line(unit: Unit, names: Mapping[int, str]) -> str:
    """Address, word, text, and as a comment where a branch goes or why it is no instruction."""
    one = unit.code
    if one is None:
        digits = int.from_bytes(unit.data, unit.order)
        return f"{unit.address:08x}  {digits:0{2 * len(unit.data)}x}  {_datum(unit)}"
    note = one.reason or _target(one, names)
    line = f"{one.address:08x}  {one.word:0{2 * one.length}x}{' ' * (8 - 2 * one.length)}  {one.text}"
    return f"{line:<56}  @ {note}" if note else line


def assembly(program: Program, start: int = 0, stop: int = 1 << 32) -> Iterator[str]:
    """A source that GNU as assembles to the same bytes, stretch after stretch."""
    yield from PROLOGUE
    for stretch in program.stretches:
        if stretch.title:
            yield f'.section {stretch.title}, "ax", %progbits'
        yield {"a32": ".arm", "t32": ".thumb", "data": "@ data"}[stretch.kind]
        for unit in units(stretch, start, stop):
            note = f"  @ {unit.code.reason}" if unit.code and unit.code.reason else ""
            yield "    " + (unit.code.statement if unit.code else _datum(unit)) + note


def record(one: Disassembly) -> dict[str, object]:
    """What JSON has of an instruction."""
    return {
        "address": one.address,
        "word": one.word,
        "length": one.length,
        "kind": one.kind,
        "text": one.text,
        "statement": one.statement,
        "row": one.row,
        "manual": one.manual,
        "reason": one.reason,
    }


def _datum(unit: Unit) -> str:
    if len(unit.data) == 4:
        return f".word {int.from_bytes(unit.data, unit.order):#010x}"
    return ".byte " + ", ".join(f"{byte:#04x}" for byte in unit.data)


def _target(one: Disassembly, names: Mapping[int, str]) -> str:
    if one.insn is None or one.insn.heading not in BRANCHES:
        return ""
    target = branch_target(one.insn, one.address)
    known = sorted(names)
    index = bisect_right(known, target) - 1
    if index < 0:
        return ""
    distance = target - known[index]
    return names[known[index]] + (f"+{distance:#x}" if distance else "")
