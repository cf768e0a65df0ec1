"""Source lines in an image: what debuggers make of them."""

import io
import re
from dataclasses import replace

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.elf.dwarf import debug_sections
from hypgen.elf.lief import write_image
from hypgen.elf.model import Binding, Image, Mapping, Piece, SymbolType
from hypgen.errors import Location
from tests.elf.build import sample_image, words
from tests.oracle import run

TEXT = 0xC000_8000


def with_lines(rows: list[tuple[int, int]], image: Image | None = None) -> Image:
    """The sample image with two units: boot.S in .text (40 words of code), vectors.S in .vectors."""
    image = image or sample_image()
    text = replace(image.sections[0], data=words(*[0xE320_F000] * 40), size=160)
    places = [(TEXT + offset, Location("boot.S", line)) for offset, line in rows]
    return replace(
        image,
        sections=(text, *image.sections[1:]),
        symbols=tuple(one for one in image.symbols if one.name != "loop"),
        mapping=((TEXT, Mapping.ARM), (TEXT + 0x1000, Mapping.ARM)),
        source_lines=(*places, (TEXT + 0x1000, Location("vectors.S", 7))),
        pieces=(
            Piece("boot.S", ".text", ".text", TEXT, 160),
            Piece("vectors.S", ".vectors", ".vectors", TEXT + 0x1000, 4),
        ),
    )


ROWS = [(0, 5), (4, 6), (8, 3), (12, 3), (16, 300), (20, 299), (24, 1), (156, 9)]
"""Offset and line: small and large steps, forwards and backwards, more than special opcodes can do."""


def test_an_image_without_source_lines_has_no_debug_sections():
    assert debug_sections(sample_image()) == {}


def test_data_has_no_lines():
    image = with_lines(ROWS)
    marked = replace(image, mapping=((TEXT, Mapping.DATA), (TEXT + 0x1000, Mapping.ARM)))

    assert b"boot.S" not in debug_sections(marked)[".debug_line"]
    assert b"vectors.S" in debug_sections(marked)[".debug_line"]


def test_source_lines_change_no_loaded_byte():
    image = with_lines(ROWS)

    def loaded(data: bytes) -> list[bytes]:
        return [one.data() for one in ELFFile(io.BytesIO(data)).iter_segments("PT_LOAD")]

    assert loaded(write_image(image)) == loaded(write_image(replace(image, source_lines=())))


@pytest.mark.oracle
def test_pyelftools_reads_the_rows_that_were_written(oracle_counter):
    dwarf = ELFFile(io.BytesIO(write_image(with_lines(ROWS), "src"))).get_dwarf_info()
    found = {}
    for unit in dwarf.iter_CUs():
        name = unit.get_top_DIE().attributes["DW_AT_name"].value.decode()
        states = [
            entry.state for entry in dwarf.line_program_for_CU(unit).get_entries() if entry.state is not None
        ]
        found[name] = [(one.address, one.line, one.end_sequence) for one in states]

    assert found == {
        "src/boot.S": [
            *((TEXT + offset, line, False) for offset, line in ROWS),
            (TEXT + 160, 9, True),
        ],
        "src/vectors.S": [(TEXT + 0x1000, 7, False), (TEXT + 0x1004, 7, True)],
    }
    oracle_counter("dwarf-readers")(len(ROWS) + 3)


@pytest.mark.oracle
def test_pyelftools_finds_functions_and_address_ranges(oracle_counter):
    dwarf = ELFFile(io.BytesIO(write_image(with_lines(ROWS)))).get_dwarf_info()
    functions = {
        die.attributes["DW_AT_name"].value.decode(): (
            die.attributes["DW_AT_low_pc"].value,
            die.attributes["DW_AT_high_pc"].value,
            bool(die.attributes["DW_AT_external"].value),
        )
        for unit in dwarf.iter_CUs()
        for die in unit.get_top_DIE().iter_children()
    }

    assert functions == {"_start": (TEXT, 8, True), "vectors": (TEXT + 0x1000, 4, True)}
    first, second = (unit.cu_offset for unit in dwarf.iter_CUs())
    ranges = dwarf.get_aranges()
    assert [ranges.cu_offset_at_addr(at) for at in (TEXT, TEXT + 156, TEXT + 0x1000)] == [
        first,
        first,
        second,
    ]
    oracle_counter("dwarf-readers")(5)


@pytest.mark.oracle
@pytest.mark.parametrize(("offset", "line"), ROWS)
def test_gdb_and_elfutils_find_the_line_of_an_address(tmp_path, offset, line, oracle_counter):
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(with_lines(ROWS), "src"))
    address = f"{TEXT + offset:#x}"

    by_gdb = run(["gdb-multiarch", "-nx", "-batch", "-ex", f"info line *{address}", path])
    by_binutils = run(["arm-none-eabi-objdump", "-dl", f"--start-address={address}", path])

    assert by_gdb.stderr == ""
    assert re.match(rf'Line {line} of "src/boot.S" starts at address {address}', by_gdb.stdout)
    places = re.findall(r"boot\.S:(\d+)", by_binutils.stdout)
    assert int(places[0]) == line
    oracle_counter("dwarf-readers")(2)


@pytest.mark.oracle
def test_nobody_complains_about_our_debug_sections(tmp_path, oracle_counter):
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(with_lines(ROWS), "src"))

    assert run(["eu-elflint", "--strict", "--gnu-ld", path]).stdout == "No errors\n"
    for command in (
        ["arm-none-eabi-readelf", "-aW", "--debug-dump"],
        ["arm-none-eabi-objdump", "-dS", "--dwarf"],
    ):
        done = run([*command, path])
        assert (done.returncode, done.stderr) == (0, "")
        assert "arning" not in done.stdout
    oracle_counter("dwarf-readers")(3)


@pytest.mark.oracle
def test_gdb_breaks_at_a_line(tmp_path, oracle_counter):
    image = with_lines(ROWS)
    function = next(one for one in image.symbols if one.name == "_start")
    assert (function.type, function.binding) == (SymbolType.FUNC, Binding.GLOBAL)
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(image, "src"))

    done = run(["gdb-multiarch", "-nx", "-batch", "-ex", "break boot.S:300", path])

    assert done.stdout == f"Breakpoint 1 at {TEXT + 16:#x}: file src/boot.S, line 300.\n"
    oracle_counter("dwarf-readers")(1)
