"""The rendered sources of every board through GNU as and ld: the same objects, and the same image."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.board.load import load_board
from hypgen.elf.lief import read_image, read_object, write_object
from hypgen.elf.model import ObjectFile, SymbolType
from hypgen.link.outputs.binary import flat_binary
from hypgen.pipeline.building import Compiled, compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.render.sources import RenderedSource
from tests import images
from tests.link.layouts import gnu_script
from tests.oracle import run

pytestmark = pytest.mark.oracle

every_board = pytest.mark.parametrize("board", images.BOARDS)
every_translation = pytest.mark.parametrize("translation", images.TRANSLATIONS)

ALWAYS_THERE = (".text", ".data", ".bss")
"""Sections that GNU as makes even when nothing is in them."""


def by_gnu(source: RenderedSource, directory: Path, *options: str) -> Path:
    """The object that GNU as makes, with no option but the architecture and without a word."""
    text, made = directory / source.name, directory / f"{source.name}.o"
    text.parent.mkdir(exist_ok=True)
    text.write_text(source.text)
    silently("arm-none-eabi-as", "-march=armv7ve", *options, "-o", made, text)
    return made


def silently(*command: str | Path) -> None:
    done = run(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def contents(unit: ObjectFile) -> dict[str, tuple[object, ...]]:
    return {
        one.name: (one.type, one.flags, one.align, one.entry_size, one.size, bytes(one.data))
        for one in unit.sections.values()
        if one.size or one.name not in ALWAYS_THERE
    }


def symbols(unit: ObjectFile) -> list[tuple[object, ...]]:
    return sorted(
        (one.name, str(one.section), one.value, one.size, one.type, one.binding, one.visibility, one.thumb)
        for one in unit.symbols
        if not (one.type is SymbolType.SECTION and one.name in ALWAYS_THERE)
    )


def relocations(unit: ObjectFile) -> list[tuple[str, int, int, str]]:
    return sorted((one.section, one.offset, one.type, one.symbol) for one in unit.relocations)


@every_translation
@every_board
@pytest.mark.parametrize("part", load_scenario("lifecycle").parts)
def test_gnu_as_makes_the_same_object_of_each_source(board, translation, part, tmp_path, oracle_counter):
    source = next(one for one in images.compiled(board, translation).sources if one.name == part)

    theirs = read_object(by_gnu(source, tmp_path).read_bytes(), part)

    assembled = assemble(AsmSource(source.name, source.text, source.line_map))
    ours = read_object(write_object(assembled), part)
    assert contents(ours) == contents(theirs)
    assert symbols(ours) == symbols(theirs)
    assert relocations(ours) == relocations(theirs)
    oracle_counter("gas-templates")(sum(len(one.data) // 4 for one in theirs.sections.values()))


def linked_by_gnu(compiled: Compiled, directory: Path) -> Path:
    objects = [by_gnu(one, directory) for one in compiled.sources]
    script, made = directory / "image.ld", directory / "gnu.elf"
    script.write_text(gnu_script(compiled.layout))
    silently("arm-none-eabi-ld", "-T", script, "-o", made, *objects)
    return made


@every_translation
@every_board
def test_gnu_as_and_ld_make_the_same_image(board, translation, tmp_path, oracle_counter):
    compiled = images.compiled(board, translation)

    theirs = read_image(linked_by_gnu(compiled, tmp_path).read_bytes(), "gnu.elf")

    loaded = {one.name: one for one in theirs.sections if one.size}
    assert {(one.name, one.virtual, one.load, one.size, one.data) for one in compiled.image.sections} == {
        (one.name, one.virtual, one.load, one.size, one.data) for one in loaded.values()
    }
    addresses = {
        one.name: one.value for one in theirs.symbols if one.type in (SymbolType.FUNC, SymbolType.OBJECT)
    }
    assert {one.name: one.value for one in compiled.image.symbols if one.name in addresses} == addresses
    oracle_counter("gas-templates")(sum(len(one.data) // 4 for one in loaded.values()))


@every_board
def test_objcopy_loads_the_same_bytes_from_either_image(board, tmp_path, oracle_counter):
    compiled = images.compiled(board)
    (tmp_path / "ours.elf").write_bytes(compiled.elf)
    linked_by_gnu(compiled, tmp_path)

    for name in ("ours", "gnu"):
        elf, binary = tmp_path / f"{name}.elf", tmp_path / f"{name}.bin"
        silently("arm-none-eabi-objcopy", "-O", "binary", elf, binary)

    ours = (tmp_path / "ours.bin").read_bytes()
    assert ours == (tmp_path / "gnu.bin").read_bytes()
    assert ours == flat_binary(compiled.image)
    oracle_counter("gas-templates")(len(ours) // 4)


BE8 = ("lifecycle", "cpus", "hvc-numbered")
"""Scenarios whose BE8 images are compared."""


@pytest.mark.parametrize("scenario", BE8)
@pytest.mark.parametrize("board", ["keystone", "rpi2"])
def test_gnu_as_and_ld_make_the_same_be8_image(board, scenario, tmp_path, oracle_counter):
    """GNU as -EB makes BE32 objects, whose instructions GNU ld --be8 turns round by their mapping symbols."""
    options = PlanOptions(scenario=scenario, endian="big")
    compiled = compile_image(load_board(board), options=options, embed=False)
    objects = [by_gnu(one, tmp_path, "-EB") for one in compiled.sources]
    script, theirs, ours = tmp_path / "image.ld", tmp_path / "gnu.elf", tmp_path / "ours.elf"
    script.write_text(gnu_script(compiled.layout))
    silently("arm-none-eabi-ld", "-EB", "--be8", "-T", script, "-o", theirs, *objects)
    ours.write_bytes(compiled.elf)

    for elf in (theirs, ours):
        silently("arm-none-eabi-objcopy", "-O", "binary", elf, elf.with_suffix(".bin"))
    binary = ours.with_suffix(".bin").read_bytes()
    assert binary == theirs.with_suffix(".bin").read_bytes()
    assert binary == flat_binary(compiled.image)
    with theirs.open("rb") as one, ours.open("rb") as other:
        gnu, mine = ELFFile(one), ELFFile(other)
        assert (mine.little_endian, mine["e_flags"]) == (False, gnu["e_flags"])
        assert mine["e_entry"] == gnu["e_entry"]
        tables = [elf.get_section_by_name(".symtab") for elf in (mine, gnu)]
        values = [
            {one.name: (one["st_value"], one["st_size"]) for one in table.iter_symbols() if one["st_size"]}
            for table in tables
        ]
        assert values[0] == values[1]
    oracle_counter("be8-images")(len(binary) // 4)


def test_others_read_a_be8_image(tmp_path):
    compiled = compile_image(load_board("keystone"), options=PlanOptions(endian="big"))
    elf = tmp_path / "keystone.elf"
    elf.write_bytes(compiled.elf)
    assert run(["eu-elflint", "--gnu-ld", "--strict", elf]).stdout.strip() == "No errors"
    read = run(["arm-none-eabi-readelf", "-aW", elf])
    assert (read.returncode, read.stderr) == (0, "")
    assert "BE8" in read.stdout
    init = compiled.image.symbol("hyp_init").value
    line = run(["arm-none-eabi-addr2line", "-e", elf, f"0x{init + 4:x}"]).stdout
    assert line.startswith("./src/init.S:")
    listed = run(["arm-none-eabi-objdump", "-d", f"--start-address=0x{init:x}", elf]).stdout
    assert "e22cc44a" in listed  # eor r12, r12, #HSR_HVC
    with elf.open("rb") as stream:
        units = list(ELFFile(stream).get_dwarf_info().iter_CUs())
    assert len(units) == len([one for one in compiled.sources if one.name != "tables.S"])
