"""The images of both boards under other people's tools: no complaint, and the same file in all eyes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.elf.structure import read_structure
from tests import images
from tests.oracle import run

pytestmark = pytest.mark.oracle

SYMBOL_TYPES = {"NOTYPE": 0, "OBJECT": 1, "FUNC": 2, "SECTION": 3, "FILE": 4}
BINDINGS = {"LOCAL": 0, "GLOBAL": 1, "WEAK": 2}
INDICES = {"UND": 0, "ABS": 0xFFF1, "COM": 0xFFF2}
SEGMENT_FLAGS = {"R": 4, "W": 2, "E": 1}
PT_LOAD = 1


@pytest.fixture(params=images.BOARDS)
def elf(request, tmp_path):
    path = tmp_path / f"{request.param}.elf"
    path.write_bytes(images.compiled(request.param).elf)
    return path


def gdb(elf: Path, *commands: str):
    return run(["gdb-multiarch", "-nx", "-batch", *(f"-ex={one}" for one in commands), elf])


@pytest.mark.parametrize(
    "command",
    [
        ["arm-none-eabi-readelf", "-aW"],
        ["arm-none-eabi-readelf", "-W", "--debug-dump"],
        ["arm-none-eabi-objdump", "-xd"],
        ["arm-none-eabi-objdump", "-dlS"],
        ["arm-none-eabi-nm", "-n"],
        ["arm-none-eabi-objcopy", "-O", "elf32-littlearm"],
        ["arm-none-eabi-objcopy", "-O", "binary"],
        ["arm-none-eabi-strip"],
    ],
    ids=" ".join,
)
def test_tools_take_the_image_without_a_word(elf, command, oracle_counter):
    made = elf.with_suffix(".copy")
    output = {"objcopy": [elf, made], "strip": ["-o", made, elf]}.get(command[0].split("-")[-1], [elf])

    done = run([*command, *output])

    assert (done.returncode, done.stderr) == (0, "")
    assert "arning" not in done.stdout
    oracle_counter("elf-readers")(1)


def test_elflint_finds_no_errors(elf, oracle_counter):
    done = run(["eu-elflint", "--strict", "--gnu-ld", elf])

    assert (done.stdout, done.stderr) == ("No errors\n", "")
    oracle_counter("elf-readers")(1)


def test_gdb_knows_functions_symbols_and_addresses(elf, oracle_counter):
    address = next(one.value for one in read(elf).symbols if one.name == "hyp_vectors")

    done = gdb(
        elf, "disassemble hyp_init", f"info symbol {address:#x}", "info line hyp_trap", "info functions"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"<\+\d+>:\s+eret\n", done.stdout)
    assert "hyp_vectors in section .hyp.text\n" in done.stdout
    assert "host_start" in done.stdout
    oracle_counter("elf-readers")(1)


def test_gdb_lists_the_sections(elf, oracle_counter):
    done = gdb(elf, "info files")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"Entry point: {read(elf).entry:#x}\n" in done.stdout
    assert {
        (name, int(start, 16), int(end, 16))
        for start, end, name in re.findall(r"(0x\S+) - (0x\S+) is (\S+)", done.stdout)
    } == {(one.name, one.address, one.address + one.size) for one in read(elf).sections if one.address}
    oracle_counter("elf-readers")(1)


def test_strip_and_objcopy_leave_what_is_loaded(elf, oracle_counter):
    before = read(elf)
    for name, command in {
        "stripped": ["arm-none-eabi-strip", "-o", elf.with_suffix(".stripped"), elf],
        "copied": ["arm-none-eabi-objcopy", elf, elf.with_suffix(".copied")],
    }.items():
        assert run(command).returncode == 0
        after = read(elf.with_suffix(f".{name}"))
        assert after.entry == before.entry
        assert loaded(after) == loaded(before)
        oracle_counter("elf-readers")(1)


def read(path: Path):
    return read_structure(path.read_bytes(), path.name)


def loaded(file):
    segments = [
        (one.virtual, one.physical, one.file_size, one.memory_size, one.flags) for one in file.segments
    ]
    sections = [(one.name, one.address, one.size, one.data) for one in file.sections if one.address]
    return segments, sections


def test_readelf_pyelftools_and_our_reader_see_the_same_segments(elf, oracle_counter):
    ours = [
        (
            one.type,
            one.offset,
            one.virtual,
            one.physical,
            one.file_size,
            one.memory_size,
            one.flags,
            one.align,
        )
        for one in read(elf).segments
    ]

    keys = ("p_offset", "p_vaddr", "p_paddr", "p_filesz", "p_memsz", "p_flags", "p_align")
    by_pyelftools = [
        (PT_LOAD if one["p_type"] == "PT_LOAD" else None, *(one[key] for key in keys))
        for one in ELFFile(io.BytesIO(elf.read_bytes())).iter_segments()
    ]
    by_readelf = [
        (PT_LOAD, *(int(one, 16) for one in numbers.split()), flags_of(flags), int(align, 16))
        for numbers, flags, align in re.findall(
            r"^  LOAD +((?:0x\w+ +){5})([RWE ]{3}) (0x\w+)$", dump(elf, "-l"), re.MULTILINE
        )
    ]
    assert ours == by_pyelftools == by_readelf
    oracle_counter("elf-readers")(2 * len(ours))


def flags_of(text: str) -> int:
    return sum(SEGMENT_FLAGS[one] for one in text.replace(" ", ""))


def test_readelf_pyelftools_and_our_reader_see_the_same_sections(elf, oracle_counter):
    ours = [(one.name, one.address, one.offset, one.size) for one in read(elf).sections]

    by_pyelftools = [
        (one.name, one["sh_addr"], one["sh_offset"], one["sh_size"])
        for one in ELFFile(io.BytesIO(elf.read_bytes())).iter_sections()
    ]
    by_readelf = [
        (name, *(int(one, 16) for one in numbers.split()))
        for name, numbers in re.findall(
            r"^  \[ *\d+\] (\S*) +[A-Z_]+ +((?:[0-9a-f]+ ){3})", dump(elf, "-S"), re.MULTILINE
        )
    ]
    assert ours == by_pyelftools == by_readelf
    oracle_counter("elf-readers")(2 * len(ours))


def test_readelf_pyelftools_and_our_reader_see_the_same_symbols(elf, oracle_counter):
    ours = [(one.name, one.value, one.size, one.info, one.section) for one in read(elf).symbols]

    table = ELFFile(io.BytesIO(elf.read_bytes())).get_section_by_name(".symtab")
    by_pyelftools = [
        (one.name, one["st_value"], one["st_size"], info_of(one["st_info"]), index_of(one["st_shndx"]))
        for one in table.iter_symbols()
    ]
    by_readelf = [
        (name, int(value, 16), int(size), BINDINGS[binding] << 4 | SYMBOL_TYPES[kind], index_of(index))
        for value, size, kind, binding, index, name in re.findall(
            r"^ +\d+: (\w{8}) +(\d+) (\w+) +(\w+) +DEFAULT +(\w+) (\S*)", dump(elf, "-s"), re.MULTILINE
        )
    ]
    assert ours == by_pyelftools == by_readelf
    oracle_counter("elf-readers")(2 * len(ours))


def info_of(info) -> int:
    return BINDINGS[info["bind"].removeprefix("STB_")] << 4 | SYMBOL_TYPES[info["type"].removeprefix("STT_")]


def index_of(index: str | int) -> int:
    """st_shndx of what readelf and pyelftools print for it."""
    text = str(index).removeprefix("SHN_")
    return int(text) if text.isdigit() else INDICES[text.replace("UNDEF", "UND")]


def dump(elf: Path, option: str) -> str:
    return run(["arm-none-eabi-readelf", "-W", option, elf]).stdout


def test_objdump_disassembles_the_words_that_our_reader_finds_there(elf, oracle_counter):
    shown = re.findall(
        r"^([0-9a-f]{8}):\t([0-9a-f]{8}) ", run(["arm-none-eabi-objdump", "-dz", elf]).stdout, re.M
    )

    code = [one for one in read(elf).sections if one.flags & 4]
    ours = [
        (f"{one.address + offset:08x}", f"{int.from_bytes(one.data[offset : offset + 4], 'little'):08x}")
        for one in code
        for offset in range(0, one.size, 4)
    ]
    assert ours == shown
    oracle_counter("elf-readers")(len(ours))
