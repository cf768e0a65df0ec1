"""Big-endian objects: ours are what GNU as -EB makes, and linked they are what GNU ld --be8 makes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.elf.byte_order import object_from_big_endian, object_to_big_endian
from hypgen.elf.dwarf import with_debug
from hypgen.elf.lief import read_object, write_image, write_object
from hypgen.elf.model import ObjectFile
from hypgen.errors import InputError
from hypgen.link.layout import Layout, SectionPlacement
from hypgen.link.linker import link
from hypgen.units import LoadAddr, VirtAddr

TEXT, DATA = 0x8000_8000, 0x8001_0000
SCRIPT = f"""SECTIONS {{
  . = {TEXT:#x}; .text : {{ *(.text) *(.text.*) }}
  . = {DATA:#x}; .data : {{ *(.data) *(.rodata*) }}
  /DISCARD/ : {{ *(.ARM.ex*) *(.comment) }}
}}
"""
FIRST = """
        .syntax unified
        .cpu cortex-a15
        .text
        .arm
        .global _start
_start: ldr     r0, =value
        ldr     r1, =0x12345678
        bl      other
        movw    r2, #:lower16:value
        movt    r2, #:upper16:value
        beq     _start
        .ltorg
        .word   value + 4
        .thumb
        .thumb_func
        .global thing
thing:  ldr     r0, =value
        bl      other
        beq.w   thing
        movs    r0, #1
        bx      lr
        .ltorg
        .data
value:  .word   0x11223344, thing, _start - .
        .short  0x5566
        .byte   1
        .asciz  "text"
        .balign 8
        .quad   0x123456789abcdef0
"""
SECOND = """
        .syntax unified
        .cpu cortex-a15
        .text
        .arm
        .global other
        .type   other, %function
other:  bx      lr
        .word   other
"""
C = """
typedef unsigned long long u64;
int pick(int), other(int);
u64 wide = 0x123456789abcdef0; int (*table[2])(int) = {pick, other};
static const short shorts[] = {1, 2, 0x1234};
int pick(int n) { switch (n) { case 0: return 7; case 1: return 9; case 2: return 40; case 3: return -2;
  case 4: return 11; case 5: return 1000000; } return shorts[n & 1] + (int)(wide >> 33); }
int other(int n) { return table[n & 1](n) + pick(n); }
"""


def ours(text: str, name: str, *, debug: bool = False) -> bytes:
    made = assemble(AsmSource(f"{name}.s", text), AsmOptions(big_endian=True))
    return write_object(with_debug(made) if debug else made)


def run(*command: str | Path) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def by_gnu(text: str, name: str, directory: Path) -> bytes:
    source = directory / f"{name}.s"
    source.write_text(text)
    run("arm-none-eabi-as", "-EB", source, "-o", directory / f"{name}.o")
    return (directory / f"{name}.o").read_bytes()


def by_gcc(directory: Path, *options: str) -> bytes:
    (directory / "c.c").write_text(C)
    run(
        *("arm-none-eabi-gcc", "-mbig-endian", "-mcpu=cortex-a15", "-ffreestanding", "-O2", "-g", "-c"),
        *(*options, directory / "c.c", "-o", directory / "c.o"),
    )
    return (directory / "c.o").read_bytes()


def linked(objects: list[bytes]) -> dict[str, bytes]:
    read = [read_object(data, f"{number}.o") for number, data in enumerate(objects)]
    places = (
        SectionPlacement(".text", VirtAddr(TEXT), LoadAddr(TEXT), 0x8000, "rx", inputs=(".text", ".text.*")),
        SectionPlacement(".data", VirtAddr(DATA), LoadAddr(DATA), 0x8000, "rw", inputs=(".data", ".rodata*")),
    )
    layout = Layout(places, entry_symbol="_start", entry_address="virtual", discard=(".ARM.ex*", ".comment"))
    image = link(read, layout)
    assert image.big_endian
    assert write_image(image)[5] == 2
    return {one.name: bytes(one.data) for one in image.sections}


def linked_by_gnu(objects: list[bytes], directory: Path) -> dict[str, bytes]:
    (directory / "l.ld").write_text(SCRIPT)
    paths = [directory / f"in{number}.o" for number in range(len(objects))]
    for path, data in zip(paths, objects, strict=True):
        path.write_bytes(data)
    out = directory / "gnu.elf"
    run("arm-none-eabi-ld", "-EB", "--be8", "-T", directory / "l.ld", "-e", "_start", *paths, "-o", out)
    return {name: contents(out, name, directory) for name in (".text", ".data")}


def contents(path: Path, section: str, directory: Path) -> bytes:
    run("arm-none-eabi-objcopy", "-O", "binary", "-j", section, path, directory / "bytes")
    return (directory / "bytes").read_bytes()


@pytest.mark.parametrize("source", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.oracle
def test_an_object_holds_what_gnu_as_writes(
    source: str, tmp_path: Path, oracle_counter: Callable[[str], Callable[[int], None]]
) -> None:
    by_gnu(source, "gnu", tmp_path)
    (tmp_path / "ours.o").write_bytes(ours(source, "ours", debug=True))
    for section in (".text", ".data"):
        mine, theirs = (contents(tmp_path / f"{one}.o", section, tmp_path) for one in ("ours", "gnu"))
        assert mine == theirs
    oracle_counter("big-endian-objects")(1)


@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
@pytest.mark.parametrize("first", ["ours", "gnu"])
@pytest.mark.oracle
def test_objects_of_any_origin_are_linked_as_by_gnu_ld(
    first: str, state: str, tmp_path: Path, oracle_counter: Callable[[str], Callable[[int], None]]
) -> None:
    begin = ours(FIRST, "first") if first == "ours" else by_gnu(FIRST, "first", tmp_path)
    for second in (ours(SECOND, "second"), by_gnu(SECOND, "second", tmp_path), by_gcc(tmp_path, state)):
        mine, theirs = linked([begin, second]), linked_by_gnu([begin, second], tmp_path)
        for section in (".text", ".data"):
            size = min(len(mine[section]), len(theirs[section]))
            assert mine[section][:size].hex() == theirs[section][:size].hex()
            assert not any(mine[section][size:] + theirs[section][size:])
        oracle_counter("big-endian-links")(1)


def test_an_object_is_read_as_it_was_written() -> None:
    made = assemble(AsmSource("first.s", FIRST), AsmOptions(big_endian=True))
    again = read_object(write_object(made), "first.s")

    def shown(one: ObjectFile) -> object:
        return (
            one.big_endian,
            one.attributes,
            {key: (bytes(of.data), of.mapping) for key, of in one.sections.items()},
            sorted((of.section, of.offset, of.type, of.symbol) for of in one.relocations),
        )

    assert shown(again) == shown(made)


def test_turning_an_object_twice_changes_nothing() -> None:
    data = write_object(assemble(AsmSource("first.s", FIRST), AsmOptions()))
    assert object_from_big_endian(object_to_big_endian(data)) == data


def test_objects_of_both_orders_are_not_linked() -> None:
    little = write_object(assemble(AsmSource("second.s", SECOND), AsmOptions()))
    with pytest.raises(InputError) as caught:
        linked([ours(FIRST, "first"), little])
    assert caught.value.diagnostics[0].code == "LINK-019"


@pytest.mark.parametrize("cut", range(0, 600, 37))
def test_a_damaged_object_is_refused_and_no_more(cut: int) -> None:
    data = ours(FIRST, "first")
    for damaged in (data[:cut], data[:cut] + b"\xff" * 8 + data[cut + 8 :]):
        assert code_of(damaged).startswith(("ELF-", "fine"))


def code_of(data: bytes) -> str:
    try:
        read_object(data, "damaged.o")
    except InputError as error:
        return error.diagnostics[0].code
    return "fine"
