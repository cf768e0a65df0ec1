"""Data processing of the extensions against results that QEMU gave (``vectors.tsv``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.arch.encoding import Kind
from hypgen.decode.table import a32_extension, decode_a32
from tests.emulator.execute.extension.bench import FpBench

UNTOUCHED = 0xA5A5_A5A5_5A5A_5A5A


def registers(text: str) -> dict[int, int]:
    if text == "-":
        return {}
    return {int(name[1:]): int(value, 16) for name, value in (one.split("=") for one in text.split(","))}


def stored() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in Path(__file__).with_name("vectors.tsv").read_text().splitlines():
        if not line.startswith("#"):
            insn = decode_a32(int(line[:8], 16))
            assert insn is not None, line
            found.setdefault(insn.name, []).append(line.split("\t"))
    return found


VECTORS = stored()


@pytest.mark.parametrize("name", VECTORS)
def test_results_and_flags_are_those_that_qemu_gave(name):
    for word, fpscr, before, fpscr_after, after in VECTORS[name]:
        bench = FpBench(fpscr=int(fpscr, 16))
        given = registers(before)
        for number in range(32):
            bench.d[number] = given.get(number, UNTOUCHED)
        expected = list(bench.d)
        bench.run(int(word, 16))
        for number, value in registers(after).items():
            expected[number] = value
        assert [hex(value) for value in bench.d] == [hex(value) for value in expected], word
        assert hex(bench.fpscr) == hex(int(fpscr_after, 16)), word


def test_every_row_of_data_processing_has_vectors():
    moves = ("VLD", "VST", "VMRS", "VMSR", "VDUP (ARM", "VMOV (ARM", "VMOV (between", "VMOV (scalar")
    rows = {row.name for row in a32_extension().encodings if row.kind is Kind.INSTRUCTION}
    assert {name for name in rows if not name.startswith(moves)} == VECTORS.keys()
