"""`hypgen disasm` as a user runs it."""

from __future__ import annotations

import json

import pytest

from tests.oracle import run

SOURCE = """
    .syntax unified
    .arch armv7ve
    .text
    .global _start
    .type _start, %function
_start:
    mov r0, #1
    bl other
    ldr r1, =0x12345678
    b .
    .ltorg
    .thumb
    .thumb_func
    .type other, %function
other:
    itt eq
    moveq r0, #2
    addeq r0, r0, #1
    .inst.w 0xfb91f0f2
    ldrb.w r0, [r1, #-0]
    bx lr
"""


def test_words_are_printed_with_the_reason_of_those_that_are_none(hypgen):
    done = hypgen("disasm", "e12fff1e", "0xe1400070", "FC000000")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "00000000  e12fff1e  bx lr",
        "00000004  e1400070  hvc #0",
        "00000008  fc000000  .inst 0xfc000000"
        "                      @ UNDEFINED (LDC2, STC2 with P = U = D = W = 0); A5.6",
    ]


def test_json_has_the_row_and_what_as_takes(hypgen):
    (line,) = hypgen("disasm", "--isa", "t32", "--load", "0x100", "--format", "json", "e7fe").out.splitlines()
    assert json.loads(line) == {
        "address": 0x100, "word": 0xE7FE, "length": 2, "kind": "instruction", "text": "b 0x100",
        "statement": "b .+0", "row": "B T2", "manual": "A8.8.18", "reason": None,
    }  # fmt: skip


@pytest.mark.parametrize("words", [["zz"], ["e12f"], ["e12fff1e", "missing.elf"]])
def test_what_is_neither_a_file_nor_a_word_is_refused(hypgen, words):
    done = hypgen("disasm", *words)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"error[RUN-006]: {words[-1]}: this is neither a file nor a word of eight hexadecimal digits "
        "(as in: hypgen disasm e12fff1e)\n"
    )


def test_a_damaged_elf_file_is_refused(hypgen, tmp_path):
    (tmp_path / "x.elf").write_bytes(b"\x7fELF\x01\x02")
    done = hypgen("disasm", "x.elf")
    assert (done.status, done.out) == (2, "")
    assert "x.elf: error[ELF-002]: damaged ELF file" in done.err


@pytest.mark.oracle
@pytest.mark.parametrize("flags", [[], ["-EB"]])
def test_the_source_of_an_object_assembles_to_the_same_bytes(hypgen, tmp_path, flags):
    (tmp_path / "x.s").write_text(SOURCE)
    made = run(["arm-none-eabi-as", *flags, "-o", tmp_path / "x.o", tmp_path / "x.s"])
    assert made.returncode == 0, made.stderr
    linked = run(["arm-none-eabi-ld", *flags, "-Ttext=0x8000", "-o", tmp_path / "x.elf", tmp_path / "x.o"])
    assert linked.returncode == 0, linked.stderr
    printed = hypgen("disasm", "x.elf")
    assert printed.status == 0
    text = printed.out.split("_start:\n")[1]
    for part in ("blx 0x", "@ other", "other:\n", ".word 0x12345678"):
        assert part in text
    (tmp_path / "again.s").write_text(hypgen("disasm", "x.elf", "--format", "gas").out)
    again = run(["arm-none-eabi-as", *flags, "-o", tmp_path / "again.o", tmp_path / "again.s"])
    assert again.returncode == 0, again.stderr
    for name in ("x.elf", "again.o"):
        binary = tmp_path / f"{name}.bin"
        run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", tmp_path / name, binary])
    assert (tmp_path / "x.elf.bin").read_bytes() == (tmp_path / "again.o.bin").read_bytes()


def test_a_part_is_named_by_symbols(hypgen, keystone_outputs):
    image = keystone_outputs / "keystone" / "keystone.elf"
    done = hypgen("disasm", image, "--start", "hyp_vectors", "--stop", "0xC0203010")
    assert done.status == 0
    lines = [line for line in done.out.splitlines() if "  " in line]
    assert lines
    assert all(line.split()[0] < "c0203010" for line in lines)
