"""Source lines of executables that others made."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from hypgen.elf.lief import write_image
from hypgen.elf.lines import source_lines
from tests.elf.test_dwarf import TEXT, linked
from tests.oracle import tool


def test_a_row_is_an_address_and_the_place_in_its_file():
    rows = source_lines(write_image(linked()))
    assert (TEXT, "src/boot.S:5") in [(address, str(place)) for address, place in rows]
    assert (TEXT + 160, None) in rows  # where the section's code ends
    assert [address for address, _ in rows] == sorted({address for address, _ in rows})


def test_damaged_tables_give_no_lines_and_no_error():
    data = write_image(linked())
    table = struct.unpack_from("<I", data, 32)[0]
    for place in range(table - 700, len(data), 3):  # debug sections, and section headers, lie at the end
        broken = bytearray(data)
        broken[place] ^= 0xFF
        for _, where in source_lines(bytes(broken)):
            assert where is None or where.line > 0
    assert source_lines(data[: table - 4]) == ()
    assert source_lines(b"") == ()


@pytest.mark.oracle
@pytest.mark.parametrize("version", ["-gdwarf-3", "-gdwarf-4", "-gdwarf-5"])
@pytest.mark.parametrize("source", ["boot.S", "src/boot.S", "../other/boot.S"])
def test_a_file_is_named_as_its_compiler_was_given_it(tmp_path: Path, source: str, version: str):
    here = tmp_path / "here"
    path = here / source
    here.mkdir()
    path.parent.mkdir(exist_ok=True)
    path.write_text(".text\n.global _start\n_start: nop\n")
    for given in (source, str(path)):
        compile_ = [tool("arm-none-eabi-gcc"), version, "-c", "-o", "boot.o", given]
        subprocess.run(compile_, cwd=here, check=True)
        subprocess.run([tool("arm-none-eabi-ld"), "-o", "boot.elf", "boot.o"], cwd=here, check=True)
        (_, place), *_ = source_lines((here / "boot.elf").read_bytes())
        assert str(place) == f"{given}:3"
