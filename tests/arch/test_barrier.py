"""The options of DMB and DSB, as GNU as encodes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.arch.barrier import NON_SHAREABLE, OPTIONS, STORE_ONLY
from tests.arch.test_registers import assemble


def test_the_sets_are_those_of_the_manual():
    assert {0b1110, 0b1010, 0b0110, 0b0010} == STORE_ONLY
    assert {0b0111, 0b0110} == NON_SHAREABLE


@pytest.mark.oracle
def test_every_option_is_the_one_that_gnu_as_encodes(tmp_path: Path):
    lines = [f"dsb {name}" for name in OPTIONS.values()]
    assert [word & 0xF for word in assemble(tmp_path, lines)] == list(OPTIONS)
