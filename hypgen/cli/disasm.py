"""``hypgen disasm``: words, an ELF file or a flat binary as text."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.errors import InputError, Location

if TYPE_CHECKING:
    from hypgen.link.disassembler import Program

_WORD = re.compile(r"(?i)(?:0x)?([0-9a-f]{4}|[0-9a-f]{8})")


class Isa(StrEnum):
    """The instruction set."""

    A32 = "a32"
    T32 = "t32"


class Form(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"
    GAS = "gas"


def disasm(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|WORD...",
            help="An ELF file, a flat binary, or words in hexadecimal; - reads words from standard input.",
        ),
    ],
    isa: Annotated[Isa, typer.Option(help="The instruction set, where no ELF file says it.")] = Isa.A32,
    load: Annotated[
        str, typer.Option("--load", "--address", metavar="ADDR", help="Where a flat binary or the words are.")
    ] = "0",
    start: Annotated[
        str | None, typer.Option(metavar="SYMBOL|ADDR", help="Begin at this virtual address.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="SYMBOL|ADDR", help="End before this virtual address.")
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="text; json, an object per line; gas, a source for GNU as.")
    ] = Form.TEXT,
) -> None:
    """Print what words are, with the row of the manual that says so where they are no instruction.

    A T32 instruction of 32 bits has its first halfword in the upper half of its word. The source of
    --format gas assembles with GNU as to the same bytes.

    Example: hypgen disasm e12fff1e f57ff04f
    """
    from hypgen.link.disassembler import assembly, listing_line, read_program, record, units
    from hypgen.machine.running import parse_number

    address = parse_number(f"--load {load}", load)
    path = Path(inputs[0])
    if len(inputs) > 1 or inputs[0] == "-" or not path.exists():
        program = _words(_given(inputs), isa, address)
    else:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError.at("RUN-008", f"cannot read: {error.strerror}", Location(str(path))) from error
        program = read_program(data, str(path), isa.value, address)
    first = 0 if start is None else _address("--start", start, program)
    end = 1 << 32 if stop is None else _address("--stop", stop, program)
    write = sys.stdout.write
    if form is Form.GAS:
        for line in assembly(program, first, end):
            write(line + "\n")
        return
    for stretch in program.stretches:
        if form is Form.TEXT and stretch.title:
            write(f"\n{stretch.title}:\n")
        for unit in units(stretch, first, end):
            if form is Form.JSON:
                datum = {"address": unit.address, "kind": "data", "bytes": unit.data.hex()}
                write(json.dumps(record(unit.code) if unit.code else datum) + "\n")
                continue
            if unit.address in program.names:
                write(f"{program.names[unit.address]}:\n")
            write(listing_line(unit, program.names) + "\n")


def _given(inputs: list[str]) -> Iterator[str]:
    for one in inputs:
        if one == "-":
            for line in sys.stdin:
                yield from line.split()
        else:
            yield one


def _words(texts: Iterator[str], isa: Isa, address: int) -> Program:
    """The words as code; a T32 word of eight digits is two halfwords."""
    from hypgen.link.disassembler import Program, Stretch

    code = bytearray()
    for text in texts:
        found = _WORD.fullmatch(text)
        if not found or (isa is Isa.A32 and len(found[1]) != 8):
            raise InputError.at(
                "RUN-006",
                f"{text}: this is neither a file nor a word of "
                + ("eight hexadecimal digits" if isa is Isa.A32 else "four or eight hexadecimal digits"),
                hint="as in: hypgen disasm e12fff1e",
            )
        number = bytes.fromhex(found[1])
        step = 4 if isa is Isa.A32 else 2
        for at in range(0, len(number), step):
            code += number[at : at + step][::-1]
    return Program((Stretch(address, bytes(code), isa.value),), {})


def _address(option: str, text: str, program: Program) -> int:
    from hypgen.machine.running import parse_number

    by_name = {name: address for address, name in program.names.items()}
    return by_name[text] if text in by_name else parse_number(f"{option} {text}", text)
