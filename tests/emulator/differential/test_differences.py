"""The list of what differs from QEMU: short, reviewed, and no longer than the differences live."""

from __future__ import annotations

import re

import pytest

from hypgen.arch.psr import Mode, T, Z
from tests.emulator.differential import known, ours, witness
from tests.emulator.differential.case import (
    BANKED,
    CODE_OFFSET,
    GENERAL,
    INPUT,
    Case,
    Outcome,
    differences,
)
from tests.emulator.differential.generate import ROWS
from tests.emulator.differential.tables import shared
from tests.emulator.differential.values import PLAIN

REPRODUCERS = [
    pytest.param(row["encoding"], row, id=f"{row['encoding']}: {row['condition']}") for row in known.rows()
]
HEADINGS = {row.heading for row in ROWS}
VERDICTS = {"both allowed", "QEMU departs from the manual"}


def test_the_list_is_short(capsys):
    with capsys.disabled():
        print(f"[differences from QEMU: {len(known.rows())} rows of at most {known.MOST}]", end=" ")
    assert len(known.rows()) <= known.MOST


def test_each_row_names_one_encoding_and_one_condition():
    rows = [(row["encoding"], row["condition"]) for row in known.rows()]
    assert len(set(rows)) == len(rows)
    assert {encoding for encoding, _ in rows} <= HEADINGS


def test_each_condition_that_reaches_further_says_how_far():
    reaching = {name for name, one in known.CONDITIONS.items() if one.reaches}
    assert reaching <= {row["condition"] for row in known.rows() if "reach" in row}


@pytest.mark.parametrize(("encoding", "difference"), REPRODUCERS)
def test_each_difference_has_a_condition_a_verdict_and_the_words_of_the_manual(encoding, difference):
    assert difference["condition"] in known.CONDITIONS.keys() | known.STATIC.keys() | known.BY_STATE.keys()
    assert difference["verdict"] in VERDICTS
    assert re.search(r"[AB]\d+\.\d+", difference["manual"])
    assert difference["qemu"] == "7.2"


@pytest.mark.oracle
def test_every_reproducer_still_differs(tmp_path, oracle_counter):
    cases = [_case(index, one.values[1]["reproducer"]) for index, one in enumerate(REPRODUCERS)]
    seen = witness.execute(cases, tmp_path)
    gone = []
    for parameters, case, theirs in zip(REPRODUCERS, cases, seen, strict=True):
        outcome = ours.Execution(case).run()
        assert isinstance(outcome, Outcome), parameters.id
        if not differences(outcome, theirs, all_of_par=True):
            gone.append(parameters.id)
    assert not gone, "QEMU does what the core does: take these from differences.yaml"
    oracle_counter("qemu-differences")(len(cases))


def _case(index: int, reproducer: dict) -> Case:
    """The case that a reproducer describes: registers that it does not name are 0, the MMU is off."""
    code = tuple(_instruction(word, reproducer["state"]) for word in reproducer["code"].split())
    case = Case(index, dict.fromkeys(INPUT, 0), code, bytes(range(256)) * 4, names=("",) * len(code))
    registers = case.registers
    thumb = T.mask if reproducer["state"] == "T32" else 0
    registers |= {name: case.base + 0x200 for name in (*GENERAL, *BANKED) if name.startswith("SP_")}
    registers |= {"CPSR": 0x1C0 | Mode[reproducer["mode"]] | thumb}
    registers |= PLAIN | {"PC": case.base + CODE_OFFSET, "SCR": 0x100 | (not reproducer.get("secure", False))}
    for name, value in reproducer["registers"].items():
        if name == "CPSR.Z":
            registers["CPSR"] |= Z.mask
        else:
            registers[name if name != "r8" else "r8_usr"] = _value(case, value)
    return case


def _value(case: Case, value: int | str) -> int:
    """A number, or a place: ``scratch+16``, ``fill``, ``long table``, ``stage 2 table``."""
    if isinstance(value, int):
        return value
    place, _, more = value.partition("+")
    if place.endswith(" table"):
        return shared().tables[place.removesuffix(" table")][0].base
    return {"scratch": case.base + 0x100, "fill": case.base + CODE_OFFSET + 0x100}[place] + int(more or 0)


def _instruction(text: str, state: str) -> bytes:
    """An instruction of a reproducer: a word of A32, one or two halfwords of T32."""
    step = 8 if state == "A32" else 4
    return b"".join(bytes.fromhex(text[at : at + step])[::-1] for at in range(0, len(text), step))
