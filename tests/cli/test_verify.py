"""`hypgen verify`: it judges images, and says in one line what is wrong with a file that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hypgen.elf import abi
from tests import images
from tests.cli.conftest import Hypgen


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    path = tmp_path / "k.elf"
    path.write_bytes(images.compiled("keystone").elf)
    return path


def test_an_image_that_build_wrote_is_verified(hypgen: Hypgen, elf: Path) -> None:
    result = hypgen("verify", elf, "--board", "keystone")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[-1].startswith("keystone: verified: 23 PASS; ")


def test_an_image_with_the_cast_fails_with_the_reason(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "k.elf").write_bytes(images.compiled("keystone", "virt_to_phys").elf)
    result = hypgen("verify", "k.elf", "--board", "keystone", "-q")
    assert (result.status, result.err) == (1, "")
    assert result.out.startswith("keystone: REJECTED: ")
    assert "virt_to_idmap()" in hypgen("verify", "k.elf", "--board", "keystone").out


def test_json_on_standard_output_is_the_report(hypgen: Hypgen, elf: Path) -> None:
    report = json.loads(hypgen("verify", elf, "--board", "keystone", "--format", "json").out)
    assert report["format"] == "hypgen-report-1"
    assert report["verdict"] == "PASS"
    assert {one["name"]: one["status"] for one in report["checks"]}["slot.0c"] == "PASS"


def test_quiet_prints_nothing_when_all_is_well(hypgen: Hypgen, elf: Path) -> None:
    result = hypgen("verify", elf, "--board", "keystone", "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_the_console_of_the_first_run_is_printed_if_it_is_wanted(hypgen: Hypgen) -> None:
    wanted = ("verify", "--board", "keystone", "--scenario", "way-svc")
    shown = hypgen(*wanted, "--console")
    assert shown.status == 0
    assert shown.out.startswith("cpu0 boot: not entered in Hyp mode (0x0000001a), ")
    assert shown.out.endswith(hypgen(*wanted).out)


def test_another_seed_gives_the_same_verdict(hypgen: Hypgen, elf: Path) -> None:
    assert hypgen("verify", elf, "--board", "keystone", "--unknown-seed", "4711").status == 0


def test_an_image_for_another_board_is_refused_before_it_runs(hypgen: Hypgen, elf: Path) -> None:
    result = hypgen("verify", elf.name, "--board", "qemu-virt")
    assert (result.status, result.out) == (2, "")
    lines = result.err.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("k.elf: error[RUN-004]: the segment at load address [0x80")
        assert line.endswith(
            " there is nothing (link the image for this board, or choose the board it is for)"
        )


def machine(elf: bytes, number: int) -> bytes:
    return elf[:18] + number.to_bytes(2, "little") + elf[20:]


ORIGINAL = images.compiled("keystone").elf
BAD = {
    "no ELF file": (b"\x9a\x11" * 150, "ELF-001", "not an ELF file: it begins with 9a 11 9a 11"),
    "empty": (b"", "ELF-001", "not an ELF file: it is empty"),
    "another machine": (machine(ORIGINAL, 62), "ELF-001", "this ELF file is for machine 62"),
    "64 bits": (
        ORIGINAL[:4] + b"\x02" + ORIGINAL[5:],
        "ELF-001",
        "this ELF file is 64-bit and little-endian",
    ),
    "truncated in the header": (ORIGINAL[:40], "ELF-", ""),
    "truncated in the contents": (ORIGINAL[:5000], "ELF-002", ""),
    "truncated at the end": (ORIGINAL[:-1], "ELF-002", ""),
    "no segments": (
        ORIGINAL[:44] + bytes(2) + ORIGINAL[46:],
        "RUN-003",
        "this ELF file has nothing to load: no PT_LOAD segment with a size",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_no_image_is_one_located_line(hypgen: Hypgen, tmp_path: Path, case: str) -> None:
    content, code, said = BAD[case]
    (tmp_path / "bad.elf").write_bytes(content)
    result = hypgen("verify", "bad.elf", "--board", "keystone")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"bad.elf: error[{code}")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_a_directory_and_a_file_that_is_not_there(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name, reason in (("d", "Is a directory"), ("nosuch.elf", "No such file or directory")):
        result = hypgen("verify", name, "--board", "keystone")
        assert (result.status, result.out) == (2, "")
        assert result.err == f"{name}: error[IN-001]: cannot read: {reason} (check the path)\n"


def renamed(elf: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old + b"\0" in elf
    return elf.replace(b"\0" + old + b"\0", b"\0" + new + b"\0")


def test_an_image_that_declares_no_scenario(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "k.elf").write_bytes(renamed(ORIGINAL, b"host_journal", b"host_jourmal"))
    result = hypgen("verify", "k.elf", "--board", "keystone")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "k.elf: error[VERDICT-001]: this image declares no scenario: it has no symbol host_journal "
        "(verify an image that hypgen built and that is not stripped)\n"
    )


def test_an_image_whose_journal_lies_nowhere(hypgen: Hypgen, tmp_path: Path) -> None:
    run = images.verdict("keystone").runs[0]
    symbol = run.image.symbols["host_journal"]
    entry = abi.SYMBOL.pack(0, symbol.address, symbol.size, 0, 0, 0)[4:12]
    assert ORIGINAL.count(entry) == 1
    moved = ORIGINAL.replace(entry, (0x1000).to_bytes(4, "little") + entry[4:])
    (tmp_path / "k.elf").write_bytes(moved)
    result = hypgen("verify", "k.elf", "--board", "keystone")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "k.elf: error[VERDICT-002]: host_journal lies at load address 0x00001000, and not all of its 1024 "
        "bytes are memory (verify an image for this board that hypgen built)\n"
    )


def test_a_missing_symbol_fails_checks_and_is_no_internal_error(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "k.elf").write_bytes(renamed(ORIGINAL, b"hyp_where", b"hyp_there"))
    result = hypgen("verify", "k.elf", "--board", "keystone")
    assert (result.status, result.err) == (1, "")
    assert "FAIL     runtime.va        the image has no symbol hyp_where\n" in result.out
