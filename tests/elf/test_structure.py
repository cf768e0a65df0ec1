"""Files that lie about themselves: each lie is found, before any library sees the file."""

import pytest

from hypgen.elf import abi
from hypgen.elf.codes import CODES
from hypgen.elf.lief import read_image, read_object, write_image, write_object
from hypgen.elf.structure import read_structure
from hypgen.errors import InputError
from tests.elf.build import sample_image, sample_object

OBJECT = write_object(sample_object())
HEADERS = abi.FILE_HEADER.unpack_from(OBJECT)[6]
SECTIONS = {one.name: index for index, one in enumerate(read_structure(OBJECT, "sample.o").sections)}


def patched(at: int, value: int, size: int = 4) -> bytes:
    data = bytearray(OBJECT)
    data[at : at + size] = value.to_bytes(size, "little")
    return bytes(data)


def header(name: str, field: int) -> int:
    """Where a field of a section header is in the sample object."""
    return HEADERS + SECTIONS[name] * abi.SECTION_HEADER.size + 4 * field


def content(name: str) -> int:
    return read_structure(OBJECT, "sample.o").sections[SECTIONS[name]].offset


NEEDED = " (a 32-bit little-endian ELF file for Arm is needed)"
AGAIN = " (make the file again)"
DAMAGED = "x.o: error[ELF-002]: damaged ELF file: "

LIES = {
    "empty": (b"", "x.o: error[ELF-001]: not an ELF file: it is empty" + NEEDED),
    "text": (
        b"hello",
        "x.o: error[ELF-001]: not an ELF file: it is text, a linker script or a source" + NEEDED,
    ),
    "cut in the header": (OBJECT[:40], DAMAGED + "40 bytes are less than a file header" + AGAIN),
    "64-bit": (
        patched(4, 2, 1),
        "x.o: error[ELF-001]: this ELF file is 64-bit and little-endian, for Arm" + NEEDED,
    ),
    "big-endian": (patched(5, 2, 1), "x.o: error[ELF-001]: this ELF file is 32-bit and big-endian" + NEEDED),
    "another machine": (
        patched(18, 183, 2),
        "x.o: error[ELF-001]: this ELF file is for machine 183 (AArch64), not Arm (40)" + NEEDED,
    ),
    "version": (patched(20, 7), DAMAGED + "e_version is 7, not 1" + AGAIN),
    "header size": (patched(40, 64, 2), DAMAGED + "e_ehsize is 64, not 52" + AGAIN),
    "section header size": (patched(46, 64, 2), DAMAGED + "e_shentsize is 64, not 40" + AGAIN),
    "program header size": (patched(44, 1, 2), DAMAGED + "e_phentsize is 0, not 32" + AGAIN),
    "extended numbering": (
        patched(48, 0, 2),
        "x.o: error[ELF-004]: this ELF file has extended section numbering (e_shnum is 0), which hypgen does "
        "not link",
    ),
    "names are not strings": (patched(50, 1, 2), DAMAGED + "e_shstrndx names no string table" + AGAIN),
    "section table beyond the end": (
        patched(32, 0x10000),
        DAMAGED + f"the section header table ends at 0x10168, the file at {len(OBJECT):#x}" + AGAIN,
    ),
    "section beyond the end": (
        patched(header(".text", 5), 0x10000),
        DAMAGED + f"section 1 ends at 0x10034, the file at {len(OBJECT):#x}" + AGAIN,
    ),
    "alignment": (
        patched(header(".text", 8), 3),
        DAMAGED + "section 1 is aligned to 3, not to a power of two" + AGAIN,
    ),
    "link": (patched(header(".symtab", 6), 99), DAMAGED + "section 6 is linked to section 99 of 9" + AGAIN),
    "symbols without strings": (
        patched(header(".symtab", 6), 1),
        DAMAGED + ".symtab is linked to .text, no string table" + AGAIN,
    ),
    "symbol entry size": (
        patched(header(".symtab", 9), 12),
        DAMAGED + ".symtab has 208 bytes in entries of 12, not 16" + AGAIN,
    ),
    "two symbol tables": (
        patched(header(".rodata", 1), abi.SHT_SYMTAB),
        DAMAGED + "there are 2 symbol tables" + AGAIN,
    ),
    "section name": (
        patched(header(".text", 0), 0x1000),
        DAMAGED + "section 1 has no name in its table" + AGAIN,
    ),
    "name not UTF-8": (
        patched(content(".shstrtab") + 1, 0xFF, 1),
        DAMAGED + "the name of section 5 is not UTF-8" + AGAIN,
    ),
    "symbol name": (
        patched(content(".symtab") + 16, 0x1000),
        DAMAGED + "symbol 1 has no name in its table" + AGAIN,
    ),
    "symbol section": (
        patched(content(".symtab") + 16 + 14, 77, 2),
        DAMAGED + "symbol 1 is in section 77 of 9" + AGAIN,
    ),
    "symbol beyond its section": (
        patched(content(".symtab") + 4 * 16 + 4, 0x100),
        DAMAGED + "symbol local lies at 0x100 of .text, which has 0xc bytes" + AGAIN,
    ),
    "relocation entry size": (
        patched(header(".rel.text", 9), 12),
        DAMAGED + ".rel.text has 32 bytes in entries of 12, not 8" + AGAIN,
    ),
    "relocation of no symbol": (
        patched(content(".rel.text") + 4, 200 << 8 | 2),
        DAMAGED + ".rel.text refers to symbol 200 of 13" + AGAIN,
    ),
    "relocation beyond its section": (
        patched(content(".rel.text"), 0x100),
        DAMAGED + ".rel.text refers to offset 0x100 of .text, which has 0xc" + AGAIN,
    ),
    "rela": (
        patched(header(".rel.text", 1), abi.SHT_RELA),
        "x.o: error[ELF-004]: this ELF file has RELA relocations (.rel.text), which hypgen does not link",
    ),
    "thread-local": (
        patched(header(".text", 2), 0x406),
        "x.o: error[ELF-004]: this ELF file has thread-local storage (.text), which hypgen does not link",
    ),
    "group": (
        patched(header(".rodata", 1), abi.SHT_GROUP),
        DAMAGED + ".rodata is no section group" + AGAIN,
    ),
    "attributes": (
        patched(content(".ARM.attributes"), 0x42, 1),
        DAMAGED + ".ARM.attributes: it does not begin with format version A" + AGAIN,
    ),
    "section type": (
        patched(header(".text", 1), 0x6FFF_4700),
        "x.o: error[ELF-004]: this ELF file has a section of type 0x6fff4700 (.text), which hypgen does not "
        "link",
    ),
    "symbol type": (
        patched(content(".symtab") + 4 * 16 + 12, 7, 1),
        "x.o: error[ELF-004]: this ELF file has a symbol of binding 0 and type 7 (local), which hypgen does "
        "not link",
    ),
    "symbol in a reserved section": (
        patched(content(".symtab") + 4 * 16 + 14, 0xFF20, 2),
        "x.o: error[ELF-004]: this ELF file has a symbol in reserved section 0xff20 (local), which hypgen "
        "does not link",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_with_a_reason(lie):
    data, message = LIES[lie]

    with pytest.raises(InputError) as caught:
        read_object(data, "x.o")

    assert str(caught.value) == message
    assert caught.value.diagnostics[0].code in CODES


def test_an_object_is_no_image_and_an_image_no_object():
    with pytest.raises(InputError) as caught:
        read_image(OBJECT, "x.o")
    assert str(caught.value) == "x.o: error[ELF-001]: this ELF file is an object; an executable is needed"

    with pytest.raises(InputError) as caught:
        read_object(write_image(sample_image()), "x.elf")
    assert str(caught.value) == "x.elf: error[ELF-001]: this ELF file is an executable; an object is needed"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (1, 0x10_0000, "segment 0 ends at 0x101004, the file at {size}"),
        (4, 0x2000, "segment 0 has more bytes in the file than in memory"),
        (5, 0x8000_0000, "segment 0 ends at 0x140008000, beyond 32-bit addresses"),
    ],
)
def test_a_segment_that_lies_is_refused(field, value, message):
    data = bytearray(write_image(sample_image()))
    at = abi.FILE_HEADER.size + 4 * field
    data[at : at + 4] = value.to_bytes(4, "little")

    with pytest.raises(InputError) as caught:
        read_image(bytes(data), "x.elf")

    sentence = message.format(size=hex(len(data)))
    assert str(caught.value) == f"x.elf: error[ELF-002]: damaged ELF file: {sentence} (make the file again)"


def test_a_file_in_which_the_two_readers_disagree_is_refused():
    data = bytearray(write_image(sample_image()))
    at = abi.FILE_HEADER.size + 4 * 6
    data[at : at + 4] = (0x8000_0005).to_bytes(4, "little")  # LIEF drops the bits of p_flags it does not know

    with pytest.raises(InputError) as caught:
        read_image(bytes(data), "x.elf")

    assert str(caught.value) == (
        "x.elf: error[ELF-003]: two readers find different things in this file: segment 0 has flags 0x5, "
        "not 0x80000005 (make the file again with GNU or LLVM tools)"
    )
