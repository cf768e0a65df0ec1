import re

import pytest

from hypgen.elf.attributes import ATTRIBUTES, attributes_section
from hypgen.elf.lief import write_object
from tests.elf.build import sample_object
from tests.oracle import run


def test_tags_ascend_and_the_lengths_are_right():
    data = attributes_section()

    assert [tag for tag, _, _ in ATTRIBUTES] == sorted(tag for tag, _, _ in ATTRIBUTES)
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
