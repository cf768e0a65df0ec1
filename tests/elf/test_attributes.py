import re

import pytest

from hypgen.elf.attributes import ATTRIBUTES, attributes_section, read_attributes
from hypgen.elf.lief import write_object
from tests.elf.build import sample_object
from tests.oracle import run


def test_tags_ascend_and_the_lengths_are_right():
    data = attributes_section()

    assert [tag for tag, _ in ATTRIBUTES] == sorted(tag for tag, _ in ATTRIBUTES)
    assert data[:1] == b"A"
    assert int.from_bytes(data[1:5], "little") == len(data) - 1
    assert data[5:11] == b"aeabi\0"
    assert data[11] == 1
    assert int.from_bytes(data[12:16], "little") == len(data) - 11


@pytest.mark.oracle
def test_readelf_finds_the_attributes_that_gnu_as_gives_to_the_same_architecture(tmp_path, oracle_counter):
    ours, theirs, source = tmp_path / "ours.o", tmp_path / "theirs.o", tmp_path / "one.s"
    ours.write_bytes(write_object(sample_object()))
    source.write_text("bx lr\n")
    assert run(["arm-none-eabi-as", "-march=armv7ve", "-o", theirs, source]).stderr == ""

    told = [
        re.findall(r"  (Tag_\w+: .*)", run(["arm-none-eabi-readelf", "-A", path]).stdout)
        for path in (ours, theirs)
    ]

    assert len(told[0]) == len(ATTRIBUTES)
    assert told[0] == told[1]
    oracle_counter("elf-readers")(len(ATTRIBUTES))


def test_attributes_read_back_as_they_were_written():
    given = ((5, "CORTEX-A15"), (6, 10), (32, 1), (65, "x"), (68, 3), (200, 300))
    assert read_attributes(attributes_section(given)) == given


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it does not begin with format version A"),
        (b"A\x10", "a length is cut off"),
        (b"A\x10\0\0\0", "a subsection of 16 bytes does not fit"),
        (b"A\x09\0\0\0aeabi", "a string has no end"),
        (b"A\x11\0\0\0aeabi\0\x01\x07\0\0\0\x06\xff", "a number has no end"),
    ],
)
def test_damaged_attributes_are_refused(data, reason):
    with pytest.raises(ValueError, match=reason):
        read_attributes(data)
