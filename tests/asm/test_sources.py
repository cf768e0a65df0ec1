"""Whole sources: the same sections, relocations and symbols as GNU as makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from tests.asm.gnu import as_made, assembled_by_gnu

SOURCES = sorted(Path(__file__).with_name("sources").glob("*.s"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_assembles_twice_to_the_same_object(path):
    source = AsmSource(path.name, path.read_text())
    assert assemble(source) == assemble(source)


@pytest.mark.oracle
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_object_is_gnu_as_s(path, oracle_counter, tmp_path):
    theirs = assembled_by_gnu(path.read_text(), tmp_path)
    assert not isinstance(theirs, str), theirs
    mine = as_made(assemble(AsmSource(path.name, path.read_text())))
    assert mine.sections == theirs.sections
    assert mine.relocations == theirs.relocations
    assert mine.symbols == theirs.symbols
    oracle_counter("asm-sources")(sum(size for size, *_ in mine.sections.values()) // 4)
