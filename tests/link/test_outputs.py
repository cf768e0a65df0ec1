import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.elf.model import ABSOLUTE, Image, Mapping, Relocation, Symbol
from hypgen.errors import InputError, Location
from hypgen.link.linker import link
from hypgen.link.outputs.binary import binary_base, flat_binary
from hypgen.link.outputs.listing import listing
from hypgen.link.outputs.map import map_text
from hypgen.link.outputs.names import NameTable
from tests.elf.build import CONSTANT, DATA, section, words
from tests.link.layouts import PLACES, function, layout, place, unit

LAYOUT = layout(*PLACES[:4], place(".bss", 0x4000, "rw"), absolute={"uart": 0x0253_0C00})


def linked() -> Image:
    text = section(
        ".text",
        words(0xEB00_0000, 0xE59F_0004, 0xE12F_FF1E, 0, 0, 0, 0x0000_0001),
        mapping=[(0, Mapping.ARM), (12, Mapping.DATA)],
        lines=[(0, Location("boot.S.j2", 3)), (4, Location("boot.S.j2", 4, 5))],
    )
    boot = unit(
        "boot.S",
        text,
        section(".data", b"\x01\x02\x03\x04hi", DATA),
        section(".bss", 32, DATA),
        symbols=(
            function("_start"),
            replace(function("done", value=8), size=0),
            Symbol("buffer", ".bss", 16),
            Symbol("constant", ABSOLUTE, 3),
        ),
        relocations=(Relocation(".text", 20, 2, ".bss"),),
    )
    return link([boot, unit("print.S", section(".rodata", b"text", CONSTANT))], LAYOUT)


def test_the_map_tells_addresses_budgets_pieces_and_symbols():
    assert map_text(linked(), LAYOUT) == (
        "Entry 0x80008000: load address of _start\n"
        "\n"
        "Sections\n"
        "virtual     load        physical      size  budget  used      section\n"
        "0xc0008000  0x80008000  0x0800008000  0x1c  0x1000   1 %  rx  .text\n"
        "0xc000a000  0x8000a000  0x080000a000   0x4  0x1000   1 %  r   .rodata\n"
        "0xc000b000  0x8000b000  0x080000b000   0x6  0x1000   1 %  rw  .data\n"
        "0xc000c000  0x8000c000  0x080000c000  0x20  0x1000   1 %  rw  .bss\n"
        "\n"
        "Pieces\n"
        "virtual     size  section  from     of\n"
        "0xc0008000  0x1c  .text    .text    boot.S\n"
        "0xc000a000   0x4  .rodata  .rodata  print.S\n"
        "0xc000b000   0x6  .data    .data    boot.S\n"
        "0xc000c000  0x20  .bss     .bss     boot.S\n"
        "\n"
        "Symbols\n"
        "value       size  kind      scope   section   symbol\n"
        "0xc0008000   0x4  function  global  .text     _start\n"
        "0xc0008008        function  global  .text     done\n"
        "0xc000c010                  local   .bss      buffer\n"
        "0x02530c00                  global  absolute  uart\n"
    )


def test_the_listing_tells_address_bytes_instruction_and_line():
    assert listing(linked()) == (
        ".text: virtual [0xc0008000..0xc000801c), load [0x80008000..0x8000801c), 0x1c bytes\n"
        "_start:\n"
        "  c0008000  80008000  eb000000  bl 0xc0008008  @ done                             boot.S.j2:3\n"
        "  c0008004  80008004  e59f0004  ldr r0, [pc, #4]  @ =0x00000000                   boot.S.j2:4:5\n"
        "\n"
        "done:\n"
        "  c0008008  80008008  e12fff1e  bx lr\n"
        "  c000800c  8000800c  00000000  .word 0x00000000\n"
        "  ... 1 more of the same\n"
        "  c0008014  80008014  c000c000  .word 0xc000c000\n"
        "  c0008018  80008018  00000001  .word 0x00000001\n"
        "\n"
        ".rodata: virtual [0xc000a000..0xc000a004), load [0x8000a000..0x8000a004), 0x4 bytes\n"
        "  c000a000  8000a000  74786574  .word 0x74786574\n"
        "\n"
        ".data: virtual [0xc000b000..0xc000b006), load [0x8000b000..0x8000b006), 0x6 bytes\n"
        "  c000b000  8000b000  04030201  .word 0x04030201\n"
        "  c000b004  8000b004  6968      .byte 0x68, 0x69\n"
        "\n"
        ".bss: virtual [0xc000c000..0xc000c020), load [0x8000c000..0x8000c020), 0x20 bytes\n"
        "  c000c010  8000c010  buffer\n"
    )


def test_a_word_that_is_no_instruction_is_listed_as_its_number():
    code = section(".text", words(0xE7F0_00F0, 0x4770), mapping=[(0, Mapping.ARM), (4, Mapping.THUMB)])
    code.data[0:4] = words(0xFFFF_FFFF)
    text = listing(link([unit("a.S", code, symbols=(function("_start"),))], LAYOUT))

    assert "  c0008000  80008000  ffffffff  .inst 0xffffffff\n" in text
    assert "  c0008004  80008004  4770      bx lr\n" in text


def test_the_flat_binary_runs_from_the_lowest_load_address_to_the_last_filled_byte():
    image = linked()
    flat = flat_binary(image)

    assert binary_base(image) == 0x8000_8000
    assert len(flat) == 0x3006
    assert flat[0x2000:0x2008] == b"text\0\0\0\0"


def test_a_flat_binary_that_is_mostly_a_hole_is_refused():
    far = layout(PLACES[0], place(".data", 0x200_0000, "rw"))
    one = unit(
        "a.S", section(".text", words(1)), section(".data", b"abcd", DATA), symbols=(function("_start"),)
    )

    with pytest.raises(InputError) as caught:
        flat_binary(link([one], far))

    assert str(caught.value) == (
        "error[LINK-015]: the flat binary would have 0x1fffffc bytes of nothing between .text "
        "[0x80008000..0x80008004) and .data [0x82008000..0x82008004) "
        "(place them closer together, or use the ELF file)"
    )


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0xC000_7FFC, None),
        (0xC000_8000, "_start"),
        (0xC000_8004, "_start+0x4"),
        (0xC000_801B, "done+0x13"),
        (0xC000_801C, None),
        (0xC000_C000, None),
        (0xC000_C018, "buffer+0x8"),
    ],
)
def test_an_address_is_named_by_the_last_symbol_of_its_section(address, name):
    assert NameTable(linked()).near(address) == name


def test_outputs_are_the_same_under_any_hash_seed():
    program = (
        "from tests.link.test_outputs import *;"
        "print(map_text(linked(), LAYOUT), listing(linked()), flat_binary(linked()).hex())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "77")
    }

    assert len(told) == 1


def test_the_listing_shows_t32_instructions_with_the_conditions_of_their_it_block():
    code = b"".join(half.to_bytes(2, "little") for half in (0xBF08, 0x3001, 0xF240, 0x0C00, 0x4770))
    boot = unit(
        "boot.S",
        section(".text", code, mapping=[(0, Mapping.THUMB)]),
        symbols=(function("_start", thumb=True),),
    )

    rows = [line.split(maxsplit=3) for line in listing(link([boot], LAYOUT)).splitlines() if "  c000" in line]

    assert [(row[2], row[3]) for row in rows] == [
        ("bf08", "it eq"),
        ("3001", "addeq r0, #1"),
        ("f2400c00", "movw r12, #0"),
        ("4770", "bx lr"),
    ]
