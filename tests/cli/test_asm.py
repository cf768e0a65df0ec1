"""`hypgen asm` as a user runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import run

CHECKOUT = Path(__file__).parents[2]

SOURCE = """
.syntax unified
.include "names.inc"
.text
.global _start
_start: mov r0, #COUNT
bl helper
ldr r1, =0x12345678
hvc #NUMBER
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "names.inc").write_text(".equ NUMBER, 0xff\n")
    (tmp_path / "x.S").write_text(SOURCE)
    return tmp_path


def hypgen(place, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hypgen", "asm", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_writes_an_object(place):
    done = hypgen(place, "x.S", "-o", "out.o", "-I", "inc", "-D", "COUNT=3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (place / "out.o").read_bytes()[:4] == b"\x7fELF"


def test_the_object_s_name_follows_the_source_s(place):
    assert hypgen(place, "x.S", "-I", "inc", "-D", "COUNT").returncode == 0
    assert (place / "x.o").exists()


def test_an_error_is_located_and_leaves_the_last_object(place):
    (place / "x.o").write_text("the last good one")
    done = hypgen(place, "x.S", "-I", "inc")
    assert done.returncode == 2
    assert done.stderr == (
        "x.S:6:9: error[ASM-004]: `mov r0, #COUNT`: the operand must be a number: `COUNT` is not one "
        "(`COUNT` is not defined here)\n"
    )
    assert (place / "x.o").read_text() == "the last good one"
    assert sorted(one.name for one in place.iterdir()) == ["inc", "x.S", "x.o"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.S"], "missing.S: error[ASM-045]: cannot read: No such file or directory\n"),
        (["x.S", "-o", "x.S"], "x.S: error[ASM-045]: the object would overwrite its source\n"),
        (["x.S", "-D", "1x=2"], "error[ASM-044]: -D 1x=2: `1x` is not a symbol\n"),
        (["x.S", "-D", "x=y"], "error[ASM-044]: -D x=y: `y` is not a number\n"),
        (
            ["x.S"],
            "x.S:3:1: error[ASM-026]: file `names.inc` is not there (looked in .)\n",
        ),
    ],
)
def test_wrong_input_is_one_line_and_status_2(place, arguments, message):
    done = hypgen(place, *arguments)
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.oracle
def test_gnu_ld_links_the_object_as_it_links_gnu_as_s(place, oracle_counter):
    (place / "h.s").write_text(".global helper\nhelper: bx lr\n")
    run(["arm-none-eabi-as", "-march=armv7ve", place / "h.s", "-o", place / "h.o"])
    assert hypgen(place, "x.S", "-I", "inc", "-D", "COUNT=3", "-o", "ours.o").returncode == 0
    options = ["-march=armv7ve", "-I", place / "inc", "--defsym", "COUNT=3"]
    run(["arm-none-eabi-as", *options, place / "x.S", "-o", place / "theirs.o"])
    images = []
    for name in ("ours", "theirs"):
        linked = run(["arm-none-eabi-ld", place / f"{name}.o", place / "h.o", "-o", place / f"{name}.elf"])
        assert (linked.returncode, linked.stderr) == (0, "")
        run(["arm-none-eabi-objcopy", "-O", "binary", place / f"{name}.elf", place / f"{name}.bin"])
        images.append((place / f"{name}.bin").read_bytes())
    assert images[0] == images[1]
    oracle_counter("asm-linked")(1)


@pytest.fixture
def two(tmp_path):
    (tmp_path / "a.s").write_text(
        '.global _start\n_start: ldr r0, =text\nbl two\n.data\ntext: .asciz "hello"\n.bss\n.space 8\n'
    )
    (tmp_path / "b.s").write_text(".global two\n.type two, %function\ntwo: bx lr\n.word _start\n")
    return tmp_path


def test_several_sources_become_an_object_each(two):
    assert hypgen(two, "a.s", "b.s").returncode == 0
    assert sorted(one.name for one in two.glob("*.o")) == ["a.o", "b.o"]


def test_flat_bytes_have_every_symbol_resolved_at_the_base(two):
    assert hypgen(two, "a.s", "b.s", "--flat", "--base", "0x8000").returncode == 0
    assert (two / "a.bin").read_bytes() == bytes.fromhex(
        "00001fe5000000eb148000001eff2fe100800000"
    ) + b"hello\0"


@pytest.mark.oracle
def test_flat_bytes_are_those_of_gnu_as_ld_and_objcopy(two, oracle_counter):
    assert hypgen(two, "a.s", "b.s", "--flat", "--base", "0x8000", "-o", "ours.bin").returncode == 0
    for name in ("a", "b"):
        run(["arm-none-eabi-as", "-march=armv7ve", two / f"{name}.s", "-o", two / f"{name}.o"])
    (two / "flat.ld").write_text("SECTIONS { . = 0x8000; .text : { *(.text) } .data : { *(.data) } }\n")
    run(["arm-none-eabi-ld", "-T", two / "flat.ld", two / "a.o", two / "b.o", "-o", two / "x.elf"])
    run(["arm-none-eabi-objcopy", "-O", "binary", two / "x.elf", two / "theirs.bin"])
    assert (two / "ours.bin").read_bytes() == (two / "theirs.bin").read_bytes()
    oracle_counter("asm-linked")(1)


def test_flat_bytes_need_every_symbol(two):
    done = hypgen(two, "a.s", "--flat")
    assert done.returncode == 2
    assert done.stderr == (
        "a.s:3: error[LINK-001]: symbol two is used here but no unit defines it "
        "(define it, or declare it .weak to get address 0)\n"
    )
    assert not (two / "a.bin").exists()


def test_the_listing_has_each_line_with_its_place_and_bytes(two):
    assert hypgen(two, "a.s", "--listing", "a.lst").returncode == 0
    assert (two / "a.lst").read_text() == (
        "a.s\n"
        "    1                                          .global _start\n"
        "    2 .text          000000 00001fe5           _start: ldr r0, =text\n"
        "      .text          000008 00000000\n"
        "    3 .text          000004 feffffeb           bl two\n"
        "    4                                          .data\n"
        '    5 .data          000000 68656c6c6f00       text: .asciz "hello"\n'
        "    6                                          .bss\n"
        "    7                                          .space 8\n"
    )


def test_a_warning_is_printed_and_does_not_fail(two):
    (two / "w.s").write_text('.warning "look"\nmsr spsr, r0\n')
    done = hypgen(two, "w.s", "--allow", "ASM-203")
    assert (done.returncode, done.stderr) == (0, "w.s:1: warning[ASM-042]: look\n")
    done = hypgen(two, "w.s", "--werror", "-o", "not.o")
    assert (done.returncode, done.stderr.count("warning[")) == (2, 2)
    assert not (two / "not.o").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["a.s", "b.s", "-o", "x.o"],
            "error[ASM-048]: -o x.o is one object, and there are 2 sources (leave out -o, or give --flat)\n",
        ),
        (["a.s", "sub/a.s"], "error[ASM-048]: two sources would become a.o (assemble them apart)\n"),
        (
            ["a.s", "--base", "0"],
            "error[ASM-048]: --base is of use with --flat only (objects have no address)\n",
        ),
        (
            ["a.s", "--flat", "--base", "0x100000000"],
            "error[ASM-048]: --base 0x100000000: must be an address of 32 bits (like 0x8000)\n",
        ),
        (["a.s", "--listing", "a.s"], "a.s: error[ASM-045]: the object would overwrite its source\n"),
    ],
)
def test_options_that_contradict_each_other_are_one_line(two, arguments, message):
    done = hypgen(two, *arguments)
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.oracle
def test_lines_of_macros_and_included_files_are_those_of_gnu_as(hypgen, tmp_path, oracle_counter):
    (tmp_path / "part.inc").write_text(".macro twice\n nop\n nop\n.endm\n nop\n")
    (tmp_path / "x.S").write_text(
        '.include "part.inc"\n.syntax unified\n mov r0, #1\n twice\n.thumb\n nop.w\n twice\n'
    )
    assert hypgen("asm", "-g", "x.S", "-o", "ours.o").status == 0
    run(
        [
            "arm-none-eabi-as",
            "-march=armv7ve",
            "-g",
            "-I",
            tmp_path,
            tmp_path / "x.S",
            "-o",
            tmp_path / "theirs.o",
        ]
    )
    lines = []
    for name in ("ours.o", "theirs.o"):
        printed = run(["arm-none-eabi-objdump", "-dl", tmp_path / name]).stdout
        lines.append(re.findall(r"([\w.]+):(\d+)$|^ +([0-9a-f]+):", printed, re.MULTILINE))
    assert lines[0] == lines[1]
    assert ("part.inc", "5", "") in lines[0]
    oracle_counter("dwarf-readers")(len(lines[0]))


WARNINGS = ", ".join(f"ASM-{number}" for number in range(201, 207))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["wide.s"],
            "wide.s: error[ASM-052]: line 1 holds a zero byte, which no text does "
            "(is it UTF-16? convert it to UTF-8)\n",
        ),
        (["latin.s"], "latin.s:2:2: error[ASM-001]: `foo\\xe9` is not an instruction, directive or macro\n"),
        (["mark.s", "--listing", "inc"], "inc: error[ASM-045]: cannot write: is a directory\n"),
        (["mark.s", "-o", "no/x.o"], "no/x.o: error[ASM-045]: cannot write: its directory is not there\n"),
        (
            ["mark.s", "-o", "one", "--listing", "one"],
            "error[ASM-048]: two outputs would be one (name them apart)\n",
        ),
        (
            ["mark.s", "--allow", "ASM-999"],
            f"error[ASM-048]: --allow ASM-999: no such warning (warnings are {WARNINGS})\n",
        ),
        (["-"], "error[ASM-048]: the object of standard input has no name (give it by -o)\n"),
    ],
)
def test_what_is_no_text_or_has_no_place_is_one_line_and_writes_nothing(place, arguments, message):
    (place / "wide.s").write_bytes("\ufeff nop\n".encode("utf-16-le"))
    (place / "latin.s").write_bytes(b" nop\n foo\xe9 r1\n")
    (place / "mark.s").write_bytes(b"\xef\xbb\xbf nop\n")
    before = sorted(place.rglob("*"))
    done = hypgen(place, *arguments)
    assert (done.returncode, done.stderr) == (2, message)
    assert sorted(place.rglob("*")) == before


def test_lines_may_end_as_on_windows_and_begin_with_a_byte_order_mark(place):
    (place / "dos.s").write_bytes(b'\xef\xbb\xbf nop\r\n.ascii "a"\r\n')
    assert hypgen(place, "dos.s", "--flat", "-o", "dos.bin").returncode == 0
    assert (place / "dos.bin").read_bytes() == bytes.fromhex("00f020e361000000")


def test_standard_input_is_a_source(place):
    command = [sys.executable, "-m", "hypgen", "asm", "-", "--flat", "-o", "x.bin"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run(command, cwd=place, env=environment, input=b" nop\n", check=True)
    assert (place / "x.bin").read_bytes() == bytes.fromhex("00f020e3")
