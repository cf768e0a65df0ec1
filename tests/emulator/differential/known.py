"""The reviewed list of what differs from QEMU, differences.yaml, and whether a case is of it.

Each row names one heading of the manual (of whichever instruction set), and a condition under which
QEMU does something else. A case whose last instruction meets a row is not run in QEMU: from there on
nothing could be compared. Where only the syndrome differs, the rest is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hypgen.arch.psr import Mode
from hypgen.decode.table import Insn
from tests.emulator.differential.case import Case, Outcome, Raised

PATH = Path(__file__).with_name("differences.yaml")
MOST = 40
"""Rows that the list may have."""
SYNDROME = "the syndrome of a Data Abort in Hyp mode"
ALIGNMENT_FAULT = 0x21
ISS_SYNDROME = 0x03FF_C000
"""IL, ISV, SAS, SSE and SRT of HSR, and the reserved bits after them."""
LENGTH = "HSR.IL of a debug event"
MASKED = {SYNDROME: ISS_SYNDROME, LENGTH: 1 << 25}
"""Conditions under which only bits of HSR differ, and those bits."""
TO_HYP = "to Hyp mode from Monitor mode"
SUB, MOV = 0b0010, 0b1101

CONDITIONS: dict[str, Callable[[Raised], bool]] = {
    "in Hyp mode": lambda raised: raised.kind == "Undefined" and raised.mode == Mode.HYP,
    "in Secure state": lambda raised: raised.kind == "Undefined" and raised.secure,
    "SCTLR.SW is 0": lambda raised: raised.kind == "Undefined" and raised.mode != Mode.HYP,
    "unaligned, and the monitor is not open": lambda raised: (
        raised.kind == "DataAbort" and raised.fault == ALIGNMENT_FAULT
    ),
    "HCR.TID3 is 1": lambda raised: raised.kind == "HypTrap",
    "HCR.TSW, TPC or TPU is 1": lambda raised: (
        raised.kind == "HypTrap" and raised.hsr is not None and raised.hsr >> 10 & 0xF == 7
    ),
    SYNDROME: lambda raised: raised.kind == "DataAbort" and raised.mode == Mode.HYP,
    LENGTH: lambda raised: raised.kind == "Breakpoint",
    TO_HYP: lambda raised: False,  # seen by how the case went: see steps_to_hyp()
    "unaligned, with the MMU off": lambda raised: False,  # not drawn: SCTLR.A is 1 then
}
"""What a row may name as its condition, and whether a case that ended so in the core meets it."""

STATIC: dict[str, Callable[[Insn], bool]] = {
    "in an IT block": lambda insn: insn.itstate != 0,
    "reserved bits of the SPSR": lambda insn: bool(insn["R"] and insn["mask"] & 0b0100),
    "an operation other than SUB and MOV": lambda insn: insn["opcode"] not in (SUB, MOV),
}
"""Conditions that an instruction meets by itself; such are not drawn."""


@cache
def rows() -> list[dict[str, Any]]:
    """The rows of the list."""
    listed: list[dict[str, Any]] = YAML(typ="safe").load(PATH.read_text())
    return listed


@cache
def _by_heading() -> dict[str, tuple[str, ...]]:
    return {row["encoding"]: tuple(one["condition"] for one in row["differences"]) for row in rows()}


def avoided(insn: Insn) -> bool:
    """Whether the list has the instruction, as it stands."""
    return any(name in STATIC and STATIC[name](insn) for name in _by_heading().get(insn.heading, ()))


def steps_to_hyp(case: Case, raised: Raised) -> int | None:
    """Which instruction may have entered Hyp mode from Monitor mode, if one did."""
    if case.registers["CPSR"] & 0x1F != Mode.MON or raised.mode != Mode.HYP:
        return None
    headings = [re.sub(r" T\d+$", "", name) for name in case.names]
    steps = [place for place, heading in enumerate(headings) if TO_HYP in _by_heading().get(heading, ())]
    return steps[-1] if steps else None


def met(raised: Raised) -> set[str]:
    """The conditions of the list that a case meets by how it ended."""
    heading = re.sub(r" T\d+$", "", raised.encoding)
    return {
        name for name in _by_heading().get(heading, ()) if name in CONDITIONS and CONDITIONS[name](raised)
    }


def departs(raised: Raised) -> bool:
    """Whether QEMU does something else than raise this exception here."""
    return bool(met(raised) - MASKED.keys())


def without_masked(ours: Outcome, theirs: Outcome) -> Outcome:
    """QEMU's outcome, but for the bits of HSR of which the list says that they differ."""
    assert ours.raised is not None
    mask = sum(MASKED.get(name, 0) for name in met(ours.raised))
    hsr = theirs.registers["HSR"] & ~mask | ours.registers["HSR"] & mask
    return Outcome(theirs.registers | {"HSR": hsr}, theirs.memory)
