"""HEX, S-records, segment binaries, uImage and FIT: read back by the tools that they are for."""

import re
import zlib
from dataclasses import replace

import pytest

from hypgen.elf.lief import write_image
from hypgen.link.linker import link
from hypgen.link.outputs.binary import binary_base, flat_binary, segment_binaries
from hypgen.link.outputs.records import intel_hex, s_records
from hypgen.link.outputs.uboot import fit_image, uimage
from tests.elf.build import CONSTANT, DATA, section, words
from tests.link.layouts import function, layout, unit
from tests.oracle import run

ENTRY = 0x8000_8000


def linked():
    text = section(".text", words(*range(40)))
    boot = unit(
        "boot.S",
        text,
        section(".rodata", b"constant", CONSTANT),
        section(".data", b"\x01\x02\x03\x04hi", DATA),
        section(".bss", 32, DATA),
        symbols=(function("_start"),),
    )
    return link([boot], layout())


def test_each_segment_has_a_binary_by_its_load_address():
    made = segment_binaries(linked())

    assert {f"{start:08x}": data[:8] for start, data in made.items()} == {
        "80008000": words(0, 1),
        "8000a000": b"constant",
        "8000b000": b"\x01\x02\x03\x04hi",
    }


def test_intel_hex_has_load_addresses_and_the_entry():
    lines = intel_hex(linked(), ENTRY).splitlines()

    assert lines[0] == ":0200000480007A"
    assert lines[1].startswith(":20800000" + words(0, 1).hex().upper())
    assert lines[-2:] == [":0400000580008000F7", ":00000001FF"]


def test_s_records_have_load_addresses_and_the_entry():
    lines = s_records(linked(), ENTRY).splitlines()

    assert {line[:2] for line in lines} == {"S3", "S5", "S7"}
    assert lines[0].startswith("S32580008000" + words(0, 1).hex().upper())
    assert lines[-1] == "S70580008000FA"


def test_a_uimage_has_two_checksums():
    made = uimage(linked(), ENTRY, "x" * 40)
    header = bytearray(made[:64])
    header[4:8] = bytes(4)

    assert made[:4] == b"\x27\x05\x19\x56"
    assert int.from_bytes(made[4:8], "big") == zlib.crc32(bytes(header))
    assert int.from_bytes(made[24:28], "big") == zlib.crc32(made[64:])
    assert made[32:64] == b"x" * 32
    assert made[64:] == flat_binary(linked())


def test_formats_are_the_same_bytes_every_time():
    for write in (uimage, fit_image):
        assert write(linked(), ENTRY, "x") == write(linked(), ENTRY, "x")


# -- with the tools of others ------------------------------------------------------------------------
@pytest.mark.oracle
@pytest.mark.parametrize(("write", "kind"), [(intel_hex, "ihex"), (s_records, "srec")])
def test_objcopy_reads_our_records_as_it_reads_the_image(write, kind, tmp_path, oracle_counter):
    image = linked()
    (tmp_path / "x.rec").write_text(write(image, ENTRY))
    (tmp_path / "x.elf").write_bytes(write_image(image))

    for source, arguments in (("rec", ["-I", kind]), ("elf", [])):
        command = ["arm-none-eabi-objcopy", *arguments, "-O", "binary"]
        done = run([*command, tmp_path / f"x.{source}", tmp_path / f"{source}.bin"])
        assert (done.returncode, done.stderr) == (0, "")

    assert (tmp_path / "rec.bin").read_bytes() == (tmp_path / "elf.bin").read_bytes() == flat_binary(image)
    oracle_counter("uboot-records")(len(flat_binary(image)) // 16)


@pytest.mark.oracle
def test_mkimage_makes_the_same_uimage(tmp_path, oracle_counter, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    image = linked()
    (tmp_path / "x.bin").write_bytes(flat_binary(image))
    kind = ["-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none", "-n", "hypgen x"]
    places = ["-a", f"{binary_base(image):x}", "-e", f"{ENTRY:x}"]
    done = run(["mkimage", *kind, *places, "-d", tmp_path / "x.bin", tmp_path / "x.uimage"])
    assert done.returncode == 0, done.stderr

    assert uimage(image, ENTRY, "hypgen x") == (tmp_path / "x.uimage").read_bytes()
    oracle_counter("uboot-records")(1)


@pytest.mark.oracle
def test_mkimage_makes_the_same_tree(tmp_path, oracle_counter, monkeypatch):
    """A FIT that mkimage makes from the source that dtc reads out of ours has the same nodes and values."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    image = linked()
    (tmp_path / "x.itb").write_bytes(fit_image(image, ENTRY, "x"))

    source = run(["dtc", "-q", "-I", "dtb", "-O", "dts", tmp_path / "x.itb"])
    assert (source.returncode, source.stderr) == (0, "")
    # mkimage computes the hash and the time itself
    bare = re.sub(r"\t*(value|timestamp) = .*;\n", "", source.stdout)
    assert bare.count("\n") == source.stdout.count("\n") - 2
    (tmp_path / "x.its").write_text(bare)
    made = run(["mkimage", "-f", tmp_path / "x.its", tmp_path / "theirs.itb"])
    assert made.returncode == 0, made.stderr
    theirs = run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-s", tmp_path / "theirs.itb"]).stdout
    ours = run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-s", tmp_path / "x.itb"]).stdout

    assert ours == theirs
    oracle_counter("uboot-records")(ours.count("\n"))


@pytest.mark.oracle
def test_mkimage_lists_what_we_wrote(tmp_path, oracle_counter):
    (tmp_path / "x.itb").write_bytes(fit_image(linked(), ENTRY, "x"))

    told = run(["mkimage", "-l", tmp_path / "x.itb"]).stdout

    for line in ("Load Address: 0x80008000", "Entry Point:  0x80008000", "Default Configuration: 'conf-1'"):
        assert line in told
        oracle_counter("uboot-records")(1)


def test_an_image_without_contents_has_empty_records():
    empty = replace(linked(), sections=(), segments=())
    assert segment_binaries(empty) == {}
    assert "S3" not in s_records(empty, 0)
