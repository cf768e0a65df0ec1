"""What a finding says is to be inserted, inserted where it says: then nothing is found any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest

from hypgen.emulator.strict.findings import Finding
from hypgen.selftest.bench import CODE, SECOND, assembled, board, symbols
from hypgen.selftest.defects import Defect, defects

_MENTIONED = re.compile(r"(?:read|write|fetch|load|store|instruction) (?:of|at) (0x[0-9a-f]+)")
_DESCRIPTOR = re.compile(r"the descriptor at 0x00([0-9a-f]{8})")


class Place(NamedTuple):
    """Before or after the instruction at an address; after the first DSB there, if that is meant."""

    pc: int
    after: bool = False
    behind_dsb: bool = False


def after(event: int, *, dsb: bool = False) -> Callable[[Finding], Place]:
    return lambda found: Place(found.earlier[event].pc, True, dsb)


def before_use(found: Finding) -> Place:
    return Place(found.pc)


def on_line(operation: str, *others: str) -> Callable[[Finding], list[str]]:
    """The operation by the address that the finding names, with other instructions behind it."""

    def written(found: Finding) -> list[str]:
        place = _DESCRIPTOR.search(found.sentence) or _MENTIONED.search(found.sentence)
        assert place is not None
        return [f"ldr r12, ={int(place[1], 16):#x}", f"{operation} r12", *others]

    return written


def lines(*text: str) -> Callable[[Finding], list[str]]:
    return lambda found: list(text)


INSERTED = {
    r"insert an ISB after the write to \w+": (after(0), lines("isb")),
    r"insert an ISB between the write to \w+ and the write to \w+": (after(0), lines("isb")),
    r"insert a DSB that completes the operation, and an ISB after it": (after(0), lines("dsb", "isb")),
    r"insert an ISB after the DSB that completed the operation": (after(0, dsb=True), lines("isb")),
    r"insert a DSB \(and an ISB\) after the store to the table": (after(0), lines("dsb", "isb")),
    r"insert an ISB after the DSB that follows the store to the table": (after(0, dsb=True), lines("isb")),
    r"insert DCCMVAC of the line before the DSB .*": (after(0), on_line("DCCMVAC")),
    r"insert DCIMVAC of the line and a DSB after the store to the table": (
        after(0, dsb=True),
        on_line("DCIMVAC", "dsb"),
    ),
    r"insert DCCMVAC of the line and a DSB after the store.*": (after(0), on_line("DCCMVAC", "dsb")),
    r"insert a DSB, DCIMVAC of the line and a DSB after the store .*": (
        after(0),
        lambda found: ["dsb", *on_line("DCIMVAC", "dsb")(found)],
    ),
    r"insert DCCIMVAC of the line and a DSB before the store .*": (
        lambda found: Place(found.earlier[0].pc),
        on_line("DCCIMVAC", "dsb"),
    ),
    r"insert a DSB after the cache maintenance operation": (after(1), lines("dsb")),
    r"insert DCCMVAU of the line and a DSB after the store": (after(0), on_line("DCCMVAU", "dsb")),
    r"insert a DSB and an ISB after the invalidation of the instruction cache": (
        after(1),
        lines("dsb", "isb"),
    ),
    r"insert an ISB after the DSB that follows the invalidation of the instruction cache": (
        after(1, dsb=True),
        lines("isb"),
    ),
    r"insert ICIALLU \(or .*\), DSB and ISB before the branch": (
        lambda found: Place(found.earlier[0].pc, behind_dsb=True),
        lines("ICIALLU", "dsb", "isb"),
    ),
    r"insert BPIALL before the DSB that follows ICIMVAU": (after(1), lines("BPIALL")),
    r"insert a DSB between the store and SEV": (after(0), lines("dsb")),
    r"insert DMB \(ISH\) before the store that gives the lock back": (
        lambda found: Place(found.earlier[1].pc),
        lines("dmb ish"),
    ),
    r"insert CLREX before the exception return": (before_use, lines("clrex")),
    r"after the change: DSB, invalidate the TLB entry, DSB, ISB": (
        after(0),
        lambda found: ["dsb", *on_line("TLBIMVAH", "dsb", "isb")(found)],
    ),
}
"""What is inserted where for each text of a fix that says so."""


def advice(found: Finding):
    return next((how for text, how in INSERTED.items() if re.fullmatch(text, found.fix)), None)


CASES = [(defect, found) for defect in defects() for found in defect.findings() if advice(found) is not None]


def inserted(code: str, base: int, place: Place, new: Sequence[str], defect: Defect) -> str:
    """The code with lines inserted."""
    given = code.splitlines()
    number = assembled(code, board(defect.setting.board))[1][place.pc - base]
    if place.behind_dsb:
        number = next(index for index in range(number, len(given)) if given[index].split()[:1] == ["dsb"])
    if place.after or place.behind_dsb:
        number += 1
    given[number:number] = [f"  {one}" for one in new]
    return "\n".join(given)


@pytest.mark.parametrize(("defect", "found"), CASES, ids=[f"{found.rule} {one.name}" for one, found in CASES])
def test_what_a_finding_says_is_to_be_inserted_mends_it(defect: Defect, found: Finding):
    how = advice(found)
    assert how is not None
    place, new = how[0](found), how[1](found)
    base = symbols(board(defect.setting.board))["BASE"]
    code, second = defect.source(clean=False), defect.second(clean=False)
    if base + SECOND <= place.pc < base + SECOND + 0x1000:
        second = inserted(second, base + SECOND, place, new, defect)
    else:
        code = inserted(code, base + CODE, place, new, defect)
    mended = replace(defect, code=code, setting=replace(defect.setting, second=second))
    assert [str(one) for one in mended.findings()] == []


def test_most_fixes_are_tried():
    assert len(CASES) >= 25
    assert len({advice(found)[0] for _, found in CASES}) >= 10
