"""The object for other people's firmware: linked by others, at any address, it runs to its end."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.arch.relocations import relocation_name
from hypgen.elf.lief import read_object
from hypgen.link.inputs import read_inputs
from hypgen.machine.machine import Machine
from hypgen.pipeline.abi_header import abi_header, in_comment
from hypgen.pipeline.embedding import linker_fragment
from hypgen.plan.embedding import load_window
from tests import images
from tests.oracle import run
from tests.qemu import console

FIRMWARE = Path(__file__).parents[2] / "examples" / "firmware"
FLAGS = (
    "-march=armv7ve",
    "-marm",
    "-mgeneral-regs-only",
    "-ffreestanding",
    "-Os",
    "-Wall",
    "-Wextra",
    "-Werror",
)
PLACES = {
    "qemu-virt": [(0x4030_0000, 0), (0x4123_5000, 0x8000_0000)],
    "keystone": [(0x8030_0000, 0), (0x8123_5000, 0x4000_0000)],
}
"""Load address, and how far above it the runtime is linked: one flat, one neither usual nor 2 MiB aligned."""
ROWS = [(board, *place) for board, places in PLACES.items() for place in places]
LAST_LINE = b"firmware: done\r\n"


def test_the_object_leaves_to_its_linker_what_only_that_knows():
    made = read_object(images.compiled("keystone").embedded.object, "keystone.o")
    defined = {one.name for one in made.symbols if one.section is not None}
    wanted = {one.name for one in made.symbols if one.section is None and one.binding}

    fragment = linker_fragment(images.compiled("keystone").plan)
    assert wanted == {
        "hyp_va_offset",
        *(f"hyp_{part}_{edge}" for part in ("text", "rodata", "data") for edge in ("start", "end")),
    }
    assert all(f"{name} = ." in fragment or name == "hyp_va_offset" for name in wanted)
    assert {
        "hyp_boot",
        "hyp_build_tables",
        "hyp_load",
        "hyp_call",
        "hyp_unload",
        "hyp_vectors_get",
    } <= defined
    assert not [one for one in defined if one.startswith("host_")]


def test_the_tables_of_the_object_are_not_in_it():
    made = read_object(images.compiled("keystone").embedded.object, "keystone.o")
    assert (made.sections[".hyp.tables"].size, len(made.sections[".hyp.tables"].data)) == (9 * 0x1000, 0)


def test_the_window_is_where_memory_has_32_bit_addresses():
    assert str(load_window(images.compiled("keystone").plan)) == "[0x80000000..0xf0000000)"
    assert str(load_window(images.compiled("qemu-virt").plan)) == "[0x40000000..0x48000000)"


def test_a_title_cannot_end_a_comment():
    assert in_comment("x */ int\ny") == "x * / int y"


def test_the_header_says_what_the_plan_has():
    plan = images.compiled("keystone").plan
    lines = [line.split() for line in abi_header(plan).splitlines() if line.startswith("#define ")]
    values = {words[1]: words[2] for words in lines if len(words) > 2}

    assert int(values["HVC_CALL"], 0) == plan.constants["HVC_CALL"]
    assert int(values["HYP_IMAGE_ENTRY_LOAD"], 0) == plan.entry_address
    assert int(values["HYP_TABLES_PHYSICAL_HIGH"], 0) << 32 | int(values["HYP_TABLES_PHYSICAL_LOW"], 0) == (
        plan.tables.root
    )
    assert (values["HYP_PHYS_LOAD_LOW"], values["HYP_PHYS_LOAD_HIGH"]) == ("0x80000000", "0x00000007")


# -- with the tools of others ------------------------------------------------------------------------
def prepared(directory: Path, board: str) -> None:
    """What a firmware needs of the outputs, and its own objects."""
    made = images.compiled(board)
    (directory / "hyp_abi.h").write_text(abi_header(made.plan))
    (directory / "hyp_image.ld").write_text(linker_fragment(made.plan))
    (directory / "hyp.o").write_bytes(made.embedded.object)
    off = ["-DPSCI_SYSTEM_OFF=0x84000008"] if board == "qemu-virt" else []
    for name in ("start.S", "main.c"):
        command = ["arm-none-eabi-gcc", *FLAGS, *off, "-I", directory, "-c", "-o", directory / f"{name}.o"]
        done = run([*command, FIRMWARE / name])
        assert (done.returncode, done.stderr) == (0, "")


def linked(directory: Path, load: int, offset: int, linker: str = "arm-none-eabi-ld", *more: str) -> str:
    """Link the firmware; what the linker complained of."""
    command = [linker, "-L", directory, "-T", FIRMWARE / "firmware.ld", "-o", directory / "firmware.elf"]
    defined = [f"--defsym=load_address={load:#x}", f"--defsym=hyp_va_offset={offset:#x}"]
    objects = [directory / name for name in ("start.S.o", "main.c.o", "hyp.o")]
    quiet = ["--no-warn-rwx-segments"] if linker != "ld.lld" else []
    done = run([*command, *quiet, *defined, *more, *objects])
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


@pytest.mark.oracle
@pytest.mark.parametrize("linker", ["arm-none-eabi-ld", "ld.lld"])
@pytest.mark.parametrize(("board", "load", "offset"), ROWS)
def test_a_firmware_with_the_object_runs_to_its_end(board, load, offset, linker, tmp_path, oracle_counter):
    prepared(tmp_path, board)
    assert linked(tmp_path, load, offset, linker) == ""
    elf = tmp_path / "firmware.elf"

    machine = Machine(images.board(board))
    machine.load(elf.read_bytes())
    result = machine.run(limit=200_000)

    printed = machine.console if isinstance(machine.console, bytes) else machine.console.encode()
    assert result.stop.kind == ("power-off" if board == "qemu-virt" else "loop")
    assert printed.endswith(LAST_LINE)
    assert machine.findings == []
    if board == "qemu-virt":
        assert console(elf) == printed
    oracle_counter("embedding")(printed.count(b"\n"))


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("load", "offset", "edit", "sentence"),
    [
        (0x5000_0000, 0, "", "the Hyp image must be loaded inside [0x40000000..0x48000000)"),
        (0x47FF_8000, 0, "", "the Hyp image must be loaded inside [0x40000000..0x48000000)"),
        (0x4030_0000, 0x800, "", "hyp_va_offset must be a multiple of 4096"),
        (0x4030_0000, 0xB000_0000, "", "the Hyp runtime must end below 0xf0000000, where its devices are"),
        (0x4030_0000, 0x4000, "", "the identity-mapped page must not have a virtual address of the runtime"),
        (
            0x4030_0000,
            0,
            "  .hyp.grown : { hyp_text_start_ = .; . += 0x200000; }",
            "the Hyp runtime must not be larger than 2048 KiB",
        ),
        (
            0x4030_0000,
            0,
            "  .idmap.text : { . += 16; *(.idmap.text) }",
            ".idmap.text must be at the start of a page, and fit into it",
        ),
    ],
)
def test_a_link_outside_the_constraints_fails(load, offset, edit, sentence, tmp_path, oracle_counter):
    prepared(tmp_path, "qemu-virt")
    fragment = (tmp_path / "hyp_image.ld").read_text()
    if "grown" in edit:
        fragment = fragment.replace("    KEEP(*(.hyp.data))", "    . += 0x200000;\n    KEEP(*(.hyp.data))")
    elif edit:
        fragment = fragment.replace("  . = ALIGN(4096);\n", f"  . = ALIGN(4096);\n{edit}\n", 1)
    (tmp_path / "hyp_image.ld").write_text(fragment)

    complaint = linked(tmp_path, load, offset)

    assert f"qemu-virt.o: {sentence}" in complaint
    oracle_counter("embedding")(1)


@pytest.mark.oracle
@pytest.mark.parametrize("board", images.BOARDS)
def test_the_header_compiles_as_c_and_as_assembly(board, tmp_path, oracle_counter):
    (tmp_path / "hyp_abi.h").write_text(abi_header(images.compiled(board).plan))
    (tmp_path / "a.c").write_text('#include "hyp_abi.h"\n#include "hyp_abi.h"\nint x = HVC_CALL;\n')
    (tmp_path / "a.S").write_text(
        '#include "hyp_abi.h"\n.arch_extension virt\nhvc #HVC_CALL\n.word HYP_STACK_SIZE\n'
    )
    (tmp_path / "a.cpp").write_text((tmp_path / "a.c").read_text())
    strict = ("-Wpedantic", "-Werror")
    clang = ("--target=arm-none-eabi", "-march=armv7ve", "-ffreestanding", "-Wall", "-Wextra", *strict)
    for compiler, source, more in (
        ("arm-none-eabi-gcc", "a.c", (*FLAGS, *strict, "-std=c99")),
        ("arm-none-eabi-gcc", "a.c", (*FLAGS, "-std=c17")),
        ("arm-none-eabi-gcc", "a.S", FLAGS),
        ("arm-none-eabi-g++", "a.cpp", (*FLAGS, *strict, "-std=c++17")),
        ("clang", "a.c", (*clang, "-std=c99")),
        ("clang", "a.S", ("--target=arm-none-eabi", "-march=armv7ve")),
        ("clang++", "a.cpp", (*clang, "-std=c++17")),
    ):
        done = run([compiler, *more, "-c", "-o", tmp_path / "a.o", tmp_path / source])
        assert (done.returncode, done.stderr) == (0, ""), compiler
        oracle_counter("embedding")(1)


@pytest.mark.oracle
@pytest.mark.parametrize("board", images.BOARDS)
def test_tools_take_the_object_without_a_word(board, tmp_path, oracle_counter):
    made = tmp_path / "hyp.o"
    made.write_bytes(images.compiled(board).embedded.object)
    for command in (
        ("arm-none-eabi-readelf", "-aW", made),
        ("arm-none-eabi-objdump", "-dr", made),
        ("arm-none-eabi-nm", made),
        ("eu-elflint", "--gnu-ld", made),
        ("arm-none-eabi-ld", "-r", "-o", tmp_path / "again.o", made),
        ("arm-none-eabi-objcopy", made, tmp_path / "copy.o"),
        ("arm-none-eabi-strip", "-g", "-o", tmp_path / "stripped.o", made),
        ("ld.lld", "-r", "-o", tmp_path / "lld.o", made),
    ):
        done = run(command)
        assert (done.returncode, done.stderr) == (0, ""), command[0]
        oracle_counter("embedding")(1)
    ours = read_inputs([("hyp.o", made.read_bytes())])[0]
    theirs = read_inputs([("again.o", (tmp_path / "again.o").read_bytes())])[0]
    assert {n: one.data for n, one in ours.sections.items()} == {
        n: one.data for n, one in theirs.sections.items()
    }


@pytest.mark.oracle
@pytest.mark.parametrize("board", images.BOARDS)
def test_readelf_pyelftools_and_our_reader_see_the_same_relocations(board, tmp_path, oracle_counter):
    made = tmp_path / "hyp.o"
    made.write_bytes(images.compiled(board).embedded.object)

    ours = read_object(made.read_bytes(), "hyp.o")
    mine = {
        (f".rel{one.section}", one.offset, relocation_name(one.type), one.symbol) for one in ours.relocations
    }
    elf = ELFFile(io.BytesIO(made.read_bytes()))
    symbols = elf.get_section_by_name(".symtab")
    names = [
        elf.get_section(one["st_shndx"]).name if one["st_info"]["type"] == "STT_SECTION" else one.name
        for one in symbols.iter_symbols()
    ]
    theirs = {
        (table.name, row["r_offset"], relocation_name(row["r_info_type"]), names[row["r_info_sym"]])
        for table in elf.iter_sections("SHT_REL")
        for row in table.iter_relocations()
    }
    printed = set()
    table = ""
    for line in run(["arm-none-eabi-readelf", "-rW", made]).stdout.splitlines():
        head = re.match(r"Relocation section '(\S+)'", line)
        row = re.match(r"([0-9a-f]{8})  [0-9a-f]{8} (R_ARM_\w+)\s+[0-9a-f]{8}\s+(\S+)", line)
        if head:
            table = head[1]
        elif row:
            printed.add((table, int(row[1], 16), row[2], row[3]))

    assert mine == theirs == printed
    assert len(mine) > 80
    oracle_counter("embedding")(len(mine))
