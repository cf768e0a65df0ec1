"""What other people's tools say about the files that we write."""

import io

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

from hypgen.elf.lief import write_image, write_object
from hypgen.elf.structure import read_structure
from tests.elf.build import sample_image, sample_object
from tests.oracle import run

pytestmark = pytest.mark.oracle

BOTH = ["image.elf", "object.o"]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "image.elf").write_bytes(write_image(sample_image()))
    (tmp_path / "object.o").write_bytes(write_object(sample_object()))
    return tmp_path


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    "command",
    [
        ["arm-none-eabi-readelf", "-aW"],
        ["arm-none-eabi-objdump", "-xd"],
        ["arm-none-eabi-nm", "-n"],
        ["arm-none-eabi-objcopy", "-O", "elf32-littlearm"],
        ["gdb-multiarch", "-nx", "-batch", "-ex", "info files", "-ex", "disassemble _start"],
    ],
    ids=lambda command: command[0],
)
def test_tools_read_our_files_without_a_word_of_complaint(files, name, command, oracle_counter):
    output = [files / "copy"] if "objcopy" in command[0] else []

    done = run([*command, files / name, *output])

    assert (done.returncode, done.stderr) == (0, "")
    assert "arning" not in done.stdout
    oracle_counter("elf-readers")(1)


@pytest.mark.parametrize("name", BOTH)
def test_elflint_finds_no_errors(files, name, oracle_counter):
    done = run(["eu-elflint", "--strict", "--gnu-ld", files / name])

    assert done.stdout == "No errors\n"
    oracle_counter("elf-readers")(1)


def test_strip_leaves_a_sound_image(files, oracle_counter):
    stripped = files / "stripped.elf"

    done = run(["arm-none-eabi-strip", "-o", stripped, files / "image.elf"])

    assert (done.returncode, done.stderr) == (0, "")
    before, after = (read_structure(path.read_bytes(), path.name) for path in (files / "image.elf", stripped))
    loads = [(one.virtual, one.physical, one.file_size, one.memory_size) for one in before.segments]
    assert [(one.virtual, one.physical, one.file_size, one.memory_size) for one in after.segments] == loads
    oracle_counter("elf-readers")(1)


def test_gnu_ld_takes_our_object(files, oracle_counter):
    command = ["arm-none-eabi-ld", "--defsym=elsewhere=0x10000", "-Ttext=0x8000", "-e", "_start"]

    done = run([*command, "-o", files / "linked.elf", files / "object.o"])

    assert (done.returncode, done.stderr) == (0, "")
    with (files / "linked.elf").open("rb") as stream:
        text = ELFFile(stream).get_section_by_name(".text")
        target = text["sh_addr"] + 8 + 4 * int.from_bytes(text.data()[:3], "little")
    assert target == 0x10000
    oracle_counter("elf-readers")(1)


@pytest.mark.parametrize("name", BOTH)
def test_pyelftools_finds_the_same_segments_sections_symbols_and_relocations(files, name, oracle_counter):
    data = (files / name).read_bytes()
    ours = read_structure(data, name)
    theirs = ELFFile(io.BytesIO(data))

    assert [
        (one["p_offset"], one["p_vaddr"], one["p_paddr"], one["p_filesz"], one["p_memsz"], one["p_flags"])
        for one in theirs.iter_segments()
    ] == [
        (one.offset, one.virtual, one.physical, one.file_size, one.memory_size, one.flags)
        for one in ours.segments
    ]
    assert [
        (one.name, one["sh_addr"], one["sh_offset"], one["sh_size"]) for one in theirs.iter_sections()
    ] == [(one.name, one.address, one.offset, one.size) for one in ours.sections]
    for mine, other in zip(ours.sections, theirs.iter_sections(), strict=True):
        assert mine.data == (b"" if mine.name == ".bss" else other.data())
    table = theirs.get_section_by_name(".symtab")
    # pyelftools gives section symbols, which have no name, the name of their section.
    assert [
        (one.entry["st_name"] and one.name, one["st_value"], one["st_size"]) for one in table.iter_symbols()
    ] == [(one.name or 0, one.value, one.size) for one in ours.symbols]
    relocations = [
        (row["r_offset"], row["r_info_type"], row["r_info_sym"])
        for one in theirs.iter_sections()
        if isinstance(one, RelocationSection)
        for row in one.iter_relocations()
    ]
    assert [(offset, kind) for offset, kind, _ in relocations] == (
        [(0, 28), (4, 40), (8, 2), (8, 0)] if name == "object.o" else []
    )
    oracle_counter("elf-readers")(len(ours.sections) + len(ours.symbols) + len(ours.segments))
