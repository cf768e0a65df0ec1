"""Source lines of an object, and what debuggers make of them once it is linked."""

import io
import re
from dataclasses import replace

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.elf.dwarf import with_debug
from hypgen.elf.lief import write_image, write_object
from hypgen.elf.model import Image, Mapping, ObjectFile, Symbol, SymbolType
from hypgen.errors import Location
from hypgen.link.linker import link
from tests.elf.build import section, words
from tests.link.layouts import function, layout, unit
from tests.oracle import run

TEXT = 0xC000_8000

ROWS = [(0, 5), (4, 6), (8, 3), (12, 3), (16, 300), (20, 299), (24, 1), (156, 9)]
"""Offset and line: small and large steps, forwards and backwards, more than special opcodes can do."""
TEMPLATE = Location("/somewhere/t.S", 40)


def boot(rows=ROWS, mapping=Mapping.ARM) -> ObjectFile:
    """boot.S: a function of 8 bytes at the start of 40 words of code, a label at 24."""
    code = section(
        ".text",
        words(*[0xE320_F000] * 40),
        mapping=[(0, mapping)],
        source_lines=list(rows),
        lines=[(offset, replace(TEMPLATE, line=40 + offset // 8)) for offset, _ in rows],
        included=[(24, Location("more.inc", 2))],
    )
    return unit("boot.S", code, symbols=(replace(function("_start"), size=8), Symbol("label", ".text", 24)))


def vectors() -> ObjectFile:
    code = section(
        ".vectors",
        words(0xEAFF_FFFE),
        mapping=[(0, Mapping.ARM)],
        source_lines=[(0, 7)],
        lines=[(0, Location("vectors.S", 7))],
    )
    return unit("vectors.S", code, symbols=(function("vectors", ".vectors"),))


def linked(directory: str = "src", **options) -> Image:
    units = [with_debug(one, directory, **options) for one in (boot(), vectors())]
    return link(units, layout())


def in_template(place: Location) -> Location:
    return replace(place, file="src/templates/t.S")


def test_an_object_without_source_lines_has_no_debug_sections():
    plain = unit("x.S", section(".text", words(0), mapping=[(0, Mapping.ARM)]))
    assert with_debug(plain) is plain


def test_data_has_no_lines():
    assert ".debug_line" not in with_debug(boot(mapping=Mapping.DATA)).sections


def test_source_lines_change_no_loaded_byte():
    def loaded(image: Image) -> list[bytes]:
        return [one.data() for one in ELFFile(io.BytesIO(write_image(image))).iter_segments("PT_LOAD")]

    assert loaded(linked()) == loaded(link([boot(), vectors()], layout()))


@pytest.mark.oracle
def test_pyelftools_reads_the_rows_that_were_written(oracle_counter):
    dwarf = ELFFile(io.BytesIO(write_image(linked()))).get_dwarf_info()
    found = {}
    for one in dwarf.iter_CUs():
        name = one.get_top_DIE().attributes["DW_AT_name"].value.decode()
        program = dwarf.line_program_for_CU(one)
        files = [entry.name.decode() for entry in program["file_entry"]]
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        found[name] = [(row.address, files[row.file - 1], row.line, row.end_sequence) for row in states]

    places = [(TEXT + offset, "src/boot.S", line, False) for offset, line in ROWS]
    places[6] = (TEXT + 24, "more.inc", 2, False)
    assert found == {
        "src/boot.S": [*places, (TEXT + 160, "src/boot.S", 9, True)],
        "src/vectors.S": [
            (TEXT + 0x1000, "src/vectors.S", 7, False),
            (TEXT + 0x1004, "src/vectors.S", 7, True),
        ],
    }
    oracle_counter("dwarf-readers")(len(ROWS) + 3)


@pytest.mark.oracle
def test_pyelftools_finds_functions_labels_and_address_ranges(oracle_counter):
    dwarf = ELFFile(io.BytesIO(write_image(linked()))).get_dwarf_info()
    functions = {
        die.attributes["DW_AT_name"].value.decode(): (
            die.attributes["DW_AT_low_pc"].value,
            die.attributes["DW_AT_high_pc"].value,
            bool(die.attributes["DW_AT_external"].value),
        )
        for one in dwarf.iter_CUs()
        for die in one.get_top_DIE().iter_children()
    }

    assert functions == {
        "_start": (TEXT, 8, True),
        "label": (TEXT + 24, 136, False),
        "vectors": (TEXT + 0x1000, 4, True),
    }
    first, second = (one.cu_offset for one in dwarf.iter_CUs())
    ranges = dwarf.get_aranges()
    assert [ranges.cu_offset_at_addr(at) for at in (TEXT, TEXT + 156, TEXT + 0x1000)] == [
        first,
        first,
        second,
    ]
    oracle_counter("dwarf-readers")(6)


@pytest.mark.oracle
@pytest.mark.parametrize(("offset", "line"), [one for one in ROWS if one[0] != 24])
def test_gdb_and_elfutils_find_the_line_of_an_address(tmp_path, offset, line, oracle_counter):
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(linked()))
    address = f"{TEXT + offset:#x}"

    by_gdb = run(["gdb-multiarch", "-nx", "-batch", "-ex", f"info line *{address}", path])
    by_binutils = run(["arm-none-eabi-objdump", "-dl", f"--start-address={address}", path])

    assert by_gdb.stderr == ""
    assert re.match(rf'Line {line} of "src/boot.S" starts at address {address}', by_gdb.stdout)
    places = re.findall(r"boot\.S:(\d+)", by_binutils.stdout)
    assert int(places[0]) == line
    oracle_counter("dwarf-readers")(2)


@pytest.mark.oracle
@pytest.mark.parametrize("tool", ["arm-none-eabi-addr2line", "llvm-addr2line", "eu-addr2line"])
def test_the_line_of_the_template_calls_the_rendered_one(tmp_path, tool, oracle_counter):
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(linked(template=in_template)))
    for offset, row, template in ((4, 6, 40), (156, 9, 59)):
        done = run([tool, "-i", "-e", path, f"{TEXT + offset:#x}"])
        assert done.stderr == ""
        places = [one.removeprefix("././").removeprefix("./") for one in done.stdout.split()]
        assert places == [f"src/boot.S:{row}", f"src/templates/t.S:{template}"]
        oracle_counter("dwarf-readers")(2)
    plain = run([tool, "-e", path, f"{TEXT + 4:#x}"]).stdout
    assert plain.strip().endswith("src/boot.S:6")


@pytest.mark.oracle
@pytest.mark.parametrize("options", [{}, {"template": in_template}], ids=["source", "template"])
def test_nobody_complains_about_our_debug_sections(tmp_path, options, oracle_counter):
    image, made = tmp_path / "image.elf", tmp_path / "boot.o"
    image.write_bytes(write_image(linked(**options)))
    made.write_bytes(write_object(with_debug(boot(), "src", **options)))
    for path in (image, made):
        assert run(["eu-elflint", "--strict", "--gnu-ld", path]).stdout == "No errors\n"
        assert run(["llvm-dwarfdump", "--verify", path]).stdout.endswith("No errors.\n")
        for command in (
            ["arm-none-eabi-readelf", "-aW", "--debug-dump"],
            ["arm-none-eabi-objdump", "-dS", "--dwarf"],
        ):
            done = run([*command, path])
            assert (done.returncode, done.stderr) == (0, "")
            assert "arning" not in done.stdout
    oracle_counter("dwarf-readers")(8)


@pytest.mark.oracle
@pytest.mark.parametrize("options", [{}, {"template": in_template}], ids=["source", "template"])
def test_gdb_breaks_at_a_line_and_at_a_function(tmp_path, options, oracle_counter):
    image = linked(**options)
    assert next(one for one in image.symbols if one.name == "_start").type is SymbolType.FUNC
    path = tmp_path / "image.elf"
    path.write_bytes(write_image(image))

    done = run(["gdb-multiarch", "-nx", "-batch", "-ex", "break boot.S:300", "-ex", "break *_start", path])

    assert done.stdout == (
        f"Breakpoint 1 at {TEXT + 16:#x}: file src/boot.S, line 300.\n"
        f"Breakpoint 2 at {TEXT:#x}: file src/boot.S, line 5.\n"
    )
    oracle_counter("dwarf-readers")(2)


@pytest.mark.oracle
def test_gnu_ld_and_lld_relocate_our_debug_sections_as_we_do(tmp_path, oracle_counter):
    """The object of a template source through three linkers: the same bytes in every debug section."""
    made = tmp_path / "boot.o"
    made.write_bytes(write_object(with_debug(boot(), "src", in_template)))
    ours = {one.name: one.data for one in linked(template=in_template).debug}
    (tmp_path / "x.ld").write_text(f"ENTRY(_start) SECTIONS {{ .text {TEXT:#x} : {{ *(.text) }} }}")
    alone = {one.name: one.data for one in link([with_debug(boot(), "src", in_template)], layout()).debug}
    for linker in ("arm-none-eabi-ld", "ld.lld"):
        done = run([linker, "-T", tmp_path / "x.ld", "-o", tmp_path / "x.elf", made])
        assert done.returncode == 0
        elf = ELFFile(io.BytesIO((tmp_path / "x.elf").read_bytes()))
        theirs = {one.name: one.data() for one in elf.iter_sections() if one.name.startswith(".debug_")}
        assert theirs == alone
        oracle_counter("dwarf-readers")(len(theirs))
    assert set(ours) == set(alone)
