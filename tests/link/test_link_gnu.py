"""The same objects through our linker and through GNU ld, with an equivalent script: the same bytes."""

from pathlib import Path

import pytest

from hypgen.elf.lief import read_image, read_object, write_image, write_object
from hypgen.elf.model import Image
from hypgen.link.linker import link
from hypgen.link.outputs.binary import flat_binary
from tests.link.layouts import PLACES, gnu_script, layout, place
from tests.oracle import run

pytestmark = pytest.mark.oracle

BRANCHES = """
    .syntax unified
    .text
    .global _start
    .type _start, %function
_start:
    bl      callee
    bleq    callee
    blx     callee
    b       callee
    bne     callee + 4
    bl      callee - 8
    b       vectors_begin
    bl      thumb_callee
    blx     thumb_callee
    bl      nobody
    blne    nobody
    b       nobody
    beq     nobody
1:  b       1b
    bx      lr
    .size _start, . - _start
    .weak nobody
    .section .vectors, "ax"
vectors_begin:
    b       _start
    b       callee
    ldr     pc, =callee
    .ltorg
"""
CALLEES = """
    .syntax unified
    .text
    .global callee
    .type callee, %function
callee:
    bx      lr
    .size callee, . - callee
    .thumb
    .global thumb_callee
    .thumb_func
    .type thumb_callee, %function
thumb_callee:
    bx      lr
"""
ADDRESSES = """
    .syntax unified
    .text
    .global _start
_start:
    movw    r0, #:lower16:table
    movt    r0, #:upper16:table
    movw    r1, #:lower16:table + 0x7fff
    movt    r1, #:upper16:table + 0x7fff
    movw    r2, #:lower16:table - 4
    movt    r2, #:upper16:table - 4
    movw    r3, #:lower16:(table - . - 8)
    movt    r3, #:upper16:(table - . - 8)
    movw    r4, #:lower16:thumb_callee
    movt    r4, #:upper16:thumb_callee
    movw    r5, #:lower16:nobody
    movt    r5, #:upper16:nobody
    ldr     r6, =table
    ldr     r7, =thumb_callee + 2
    .ltorg
    .weak   nobody
    .section .rodata, "a"
    .byte   1
    .balign 4
table:
    .word   table, table + 4, table - 0x1000, callee, thumb_callee, nobody, absolute + 1
    .word   table - ., callee - ., thumb_callee - ., nobody - .
    .word   callee(target1), thumb_callee(target1)
    .byte   small, small + 1
    .hword  small, small + 0x100
    .data
    .balign 8
    .word   bytes, bytes + 63
    .bss
    .balign 16
bytes:
    .space  64
"""
ABSOLUTES = """
    .global absolute, small
    .set    absolute, 0xfffffff0
    .set    small, 0x7e
    .data
    .ascii  "abc"
    .bss
    .space  3
"""
UNWIND = """
    .syntax unified
    .text
    .global _start
_start:
    .fnstart
    bx      lr
    .cantunwind
    .fnend
"""

SOURCES = {
    "branches": (BRANCHES, CALLEES),
    "addresses": (ADDRESSES, CALLEES, ABSOLUTES),
    "order": (ABSOLUTES, CALLEES, ADDRESSES),
    "unwind": (UNWIND, CALLEES),
}
LAYOUT = layout(*PLACES, place(".ARM.exidx", 0x5000, "r"))


def assembled(directory: Path, sources: tuple[str, ...]) -> list[Path]:
    objects = []
    for number, source in enumerate(sources):
        text, made = directory / f"{number}.s", directory / f"{number}.o"
        text.write_text(source)
        done = run(["arm-none-eabi-as", "-march=armv7ve", "-o", made, text])
        assert (done.returncode, done.stderr) == (0, "")
        objects.append(made)
    return objects


def by_gnu(directory: Path, objects: list[Path]) -> Path:
    (directory / "image.ld").write_text(gnu_script(LAYOUT))
    done = run(["arm-none-eabi-ld", "-T", directory / "image.ld", "-o", directory / "gnu.elf", *objects])
    assert (done.returncode, done.stderr) == (0, "")
    return directory / "gnu.elf"


def by_us(objects: list[Path]) -> Image:
    return link([read_object(one.read_bytes(), one.name) for one in objects], LAYOUT)


@pytest.mark.parametrize("name", SOURCES)
def test_linked_sections_are_those_of_gnu_ld(name, tmp_path, oracle_counter):
    objects = assembled(tmp_path, SOURCES[name])

    ours = by_us(objects)

    theirs = read_image(by_gnu(tmp_path, objects).read_bytes(), "gnu.elf")
    contents = {one.name: (one.virtual, one.load, one.size, one.data) for one in theirs.sections if one.size}
    assert {one.name: (one.virtual, one.load, one.size, one.data) for one in ours.sections} == contents
    oracle_counter("gnu-ld")(sum(len(one.data) // 4 for one in ours.sections))


@pytest.mark.parametrize("name", SOURCES)
def test_linked_symbols_are_those_of_gnu_ld(name, tmp_path, oracle_counter):
    objects = assembled(tmp_path, SOURCES[name])

    ours = by_us(objects)

    theirs = read_image(by_gnu(tmp_path, objects).read_bytes(), "gnu.elf")
    for image in (ours, theirs):
        assert image.symbols
    told = [
        sorted(
            (one.name, one.value, one.size, one.type, one.binding, one.thumb)
            for one in image.symbols
            if one.type not in (3, 4)
        )
        for image in (ours, theirs)
    ]
    assert told[0] == told[1]
    oracle_counter("gnu-ld")(len(told[0]))


@pytest.mark.parametrize("name", SOURCES)
def test_objects_that_we_read_and_wrote_again_link_to_the_same_bytes(name, tmp_path, oracle_counter):
    objects = assembled(tmp_path, SOURCES[name])
    before = by_gnu(tmp_path, objects).read_bytes()
    for one in objects:
        one.write_bytes(write_object(read_object(one.read_bytes(), one.name)))

    after = by_gnu(tmp_path, objects).read_bytes()

    assert read_image(after, "after.elf").sections == read_image(before, "before.elf").sections
    oracle_counter("gnu-ld")(len(objects))


def test_the_flat_binary_is_what_objcopy_makes(tmp_path, oracle_counter):
    image = by_us(assembled(tmp_path, SOURCES["addresses"]))
    (tmp_path / "image.elf").write_bytes(write_image(image))

    run(["arm-none-eabi-objcopy", "-O", "binary", tmp_path / "image.elf", tmp_path / "image.bin"])

    assert flat_binary(image) == (tmp_path / "image.bin").read_bytes()
    oracle_counter("gnu-ld")(1)
