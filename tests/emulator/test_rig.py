"""The instruction words that the core's tests are made of are what GNU as makes of their text."""

import subprocess

import pytest

from tests.emulator.rig import NAMES
from tests.oracle import tool


@pytest.mark.oracle
def test_named_words_are_what_gnu_as_assembles(tmp_path, oracle_counter):
    source = tmp_path / "words.s"
    source.write_text(".arch armv7ve\n.arm\n" + "\n".join(NAMES) + "\n")
    subprocess.run([tool("arm-none-eabi-as"), "-o", tmp_path / "words.o", source], check=True)
    subprocess.run(
        [tool("arm-none-eabi-objcopy"), "-O", "binary", tmp_path / "words.o", tmp_path / "words.bin"],
        check=True,
    )
    content = (tmp_path / "words.bin").read_bytes()
    words = [int.from_bytes(content[at : at + 4], "little") for at in range(0, len(content), 4)]
    assert words == list(NAMES.values())
    oracle_counter("rig-words")(len(words))
