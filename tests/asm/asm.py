"""Short ways to assemble a few statements in a test."""

from __future__ import annotations

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.elf.model import ObjectFile
from hypgen.errors import InputError


def made(source: str, **options: object) -> ObjectFile:
    """The object of a source called x.s."""
    return assemble(AsmSource("x.s", source + "\n"), AsmOptions(**options))


def text(source: str) -> str:
    """The bytes of .text, in hex."""
    return bytes(made(source).sections[".text"].data).hex()


def words(source: str) -> list[int]:
    """The words of .text."""
    data = bytes(made(source).sections[".text"].data)
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def errors(source: str, **options: object) -> list[str]:
    """The messages that a wrong source gives."""
    with pytest.raises(InputError) as caught:
        made(source, **options)
    return [str(one) for one in caught.value.diagnostics]
