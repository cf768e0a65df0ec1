"""The reviewed list of what differs from QEMU, differences.yaml, and whether a case is of it.

Each row names one heading of the manual (of whichever instruction set), and a condition under which
QEMU does something else. A case whose last instruction meets a row is not run in QEMU: from there on
nothing could be compared. Where only the syndrome differs, all is compared, and the syndrome with what
QEMU is known to have instead.

Some departures show with other encodings as well: the row tells how far they reach. No case of those
ends so either.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hypgen.arch import registers
from hypgen.arch.psr import Mode
from hypgen.arch.register import SingleKey
from hypgen.decode.table import Insn
from hypgen.emulator import syndrome
from tests.emulator.differential.case import Case, Outcome, Raised

PATH = Path(__file__).with_name("differences.yaml")
MOST = 40
"""Rows that the list may have."""
TO_HYP = "to Hyp mode from Monitor mode"
ALIGNMENT_FAULT, EXTERNAL_ABORT = 0x21, 0x10
_BOTH_STAGES = 4
"""opc2 of the first ATS12NSO operation."""
KEPT_AS_WRITTEN = frozenset({"SCTLR", "HSCTLR", "HCPTR", "VMPIDR", "NSACR"})
"""Registers of which QEMU keeps bits that are RAO or RAZ as they were written."""
NSACR_CP10 = registers.NSACR.bit("cp10")
HCPTR_TCP10 = registers.HCPTR.bit("TCP10")
HDCR_TDE, HDCR_TPM = registers.HDCR.bit("TDE"), registers.HDCR.bit("TPM")
SUB, MOV = 0b0010, 0b1101
_HALF_PRECISION = 9
"""The coprocessor whose number VLDR and VSTR of half-precision numbers have."""
_256_BITS = 3
"""``align`` of a load or store of structures."""
_EC_FLOAT, _TA, _CP10 = 7, 1 << 5, 10


@dataclass(frozen=True)
class Condition:
    """How a case must end in the core for QEMU to do something else; never, if it is not drawn at all.

    ``hsr`` gives QEMU's HSR from ours, if nothing else differs. A condition that ``reaches`` is one that
    other encodings than that of the row meet as well.
    """

    met: Callable[[Case, Raised], bool] = lambda case, raised: False
    hsr: Callable[[Raised], int] | None = None
    reaches: bool = False


def _ta(raised: Raised) -> bool:
    """Whether the syndrome is that of a trapped Advanced SIMD instruction."""
    hsr = raised.hsr if raised.kind == "HypTrap" else None
    return hsr is not None and hsr >> 26 == _EC_FLOAT and bool(hsr & _TA)


def _accesses(insn: Insn) -> bool:
    """Whether it accesses a system register."""
    return insn.heading in ("MCR", "MRC", "MCRR", "MRRC")


def _no_access(insn: Insn) -> bool:
    """Whether an access to CP15 would be UNDEFINED at Non-secure PL1, were it not trapped."""
    if insn.fields.get("coproc") != 15 or not _accesses(insn):
        return False
    pair = "CRn" not in insn.fields
    row = registers.CP15_64.get((insn["opc1"], insn["CRm"])) if pair else registers.CP15.get(_key(insn))
    return row is None or ("r" if insn.heading.startswith("MR") else "w") not in row.access.ns_pl1


def _as_of_stage_2(raised: Raised) -> int:
    """HSR of a Data Abort in Hyp mode, with the syndrome that only stage 2 faults have, and IL."""
    assert raised.hsr is not None
    assert raised.insn is not None
    return raised.hsr | syndrome.load_store_syndrome(raised.insn) | (raised.insn.length == 4) << 25


def _as_floating_point(raised: Raised) -> int:
    """HSR of a trapped Advanced SIMD instruction, as of a floating-point one."""
    assert raised.hsr is not None
    return raised.hsr & ~(_TA | 0xF) | _CP10


CONDITIONS: dict[str, Condition] = {
    "in Hyp mode": Condition(lambda case, raised: raised.kind == "Undefined" and raised.mode == Mode.HYP),
    "in Secure state": Condition(lambda case, raised: raised.kind == "Undefined" and raised.secure),
    "User mode is refused, and HCR.TGE is 1": Condition(
        lambda case, raised: raised.hsr is not None and "does not let User mode" in raised.why, reaches=True
    ),
    "SCTLR.SW is 0": Condition(lambda case, raised: raised.kind == "Undefined" and raised.mode != Mode.HYP),
    "HCR.TID1, TID3, TIDCP, TSW, TPC or TPU is 1": Condition(
        lambda case, raised: (
            raised.kind == "HypTrap"
            and raised.insn is not None
            and raised.insn.heading in ("MCR", "MRC")
            and raised.insn["CRn"] in (0, 7, 9, 10, 11, 15)
        ),
        reaches=True,
    ),
    "the syndrome of a Data Abort in Hyp mode": Condition(
        lambda case, raised: (
            raised.kind == "DataAbort"
            and raised.mode == Mode.HYP
            and raised.insn is not None
            and syndrome.load_store_syndrome(raised.insn) != 0
        ),
        hsr=_as_of_stage_2,
        reaches=True,
    ),
    "the syndrome of a trapped Advanced SIMD instruction": Condition(
        lambda case, raised: _ta(raised), hsr=_as_floating_point, reaches=True
    ),
    "a stage 2 fault on a walk of stage 1": Condition(
        lambda case, raised: (
            raised.kind in ("DataAbort", "PrefetchAbort")
            and raised.hsr is not None
            and bool(raised.hsr & 1 << 7)
        ),
        reaches=True,
    ),
    "an external abort, and SCR.EA is 1": Condition(
        lambda case, raised: raised.kind in ("DataAbort", "PrefetchAbort") and raised.to == Mode.MON,
        reaches=True,
    ),
    "an external abort, at an address that is no multiple of 8": Condition(
        lambda case, raised: raised.fault == EXTERNAL_ABORT and bool(raised.far & 7), reaches=True
    ),
    "aligned to 16 bytes, not to 32": Condition(
        lambda case, raised: (
            raised.kind == "DataAbort"
            and raised.fault == ALIGNMENT_FAULT
            and raised.insn is not None
            and raised.insn.heading.startswith(("VLD", "VST"))
            and raised.insn.fields.get("align") == _256_BITS
        ),
        reaches=True,
    ),
    "UNDEFINED otherwise, and HSTR.Tx is 1": Condition(
        lambda case, raised: (
            raised.insn is not None
            and (
                (raised.kind == "HypTrap" and _no_access(raised.insn))
                or (raised.kind == "Undefined" and raised.mode == Mode.USR and _accesses(raised.insn))
            )
            and bool(case.registers["HSTR"])
        ),
        reaches=True,
    ),
    "of CPACR, and HCPTR.TCPAC is 1": Condition(
        lambda case, raised: (
            raised.kind == "HypTrap"
            and raised.insn is not None
            and raised.insn.heading in ("MCR", "MRC")
            and _is(raised.insn, [registers.CPACR.single])
        ),
        reaches=True,
    ),
    "of PMCR, and HDCR.TPMCR is 1": Condition(
        lambda case, raised: (
            raised.kind == "HypTrap"
            and raised.insn is not None
            and raised.insn.heading in ("MCR", "MRC")
            and _is(raised.insn, [registers.PMCR.single])
            and not case.registers["HDCR"] & HDCR_TPM
        ),
        reaches=True,
    ),
    "CPACR.ASEDIS is 1": Condition(
        lambda case, raised: raised.kind == "Undefined" and "ASEDIS" in raised.why, reaches=True
    ),
    "HCPTR.TASE is 1": Condition(
        lambda case, raised: _ta(raised) and not case.registers["HCPTR"] & HCPTR_TCP10, reaches=True
    ),
    "FPEXC.EN is 0, and HCPTR or NSACR refuse, too": Condition(
        lambda case, raised: (
            raised.kind == "Undefined"
            and "FPEXC.EN" in raised.why
            and not raised.secure
            and (bool(case.registers["HCPTR"] & HCPTR_TCP10) or not case.registers["NSACR"] & NSACR_CP10)
        ),
        reaches=True,
    ),
    "unaligned, to Device or Strongly-ordered memory": Condition(
        lambda case, raised: (
            raised.fault == ALIGNMENT_FAULT
            and any(one in raised.why for one in ("Device", "Strongly-ordered"))
        ),
        reaches=True,
    ),
    "in Monitor mode, and HDCR.TDE is 1": Condition(
        lambda case, raised: (
            raised.kind == "Breakpoint"
            and raised.mode == Mode.MON
            and bool(case.registers["HDCR"] & HDCR_TDE)
        )
    ),
    "maintenance by MVA of what is not mapped": Condition(lambda case, raised: raised.kind == "DataAbort"),
    TO_HYP: Condition(),  # seen as the case goes on: see ours.py
    # Not drawn: the controls are not set so, and the tables have none.
    **dict.fromkeys(
        (
            "TTBCR.EAE is 0, and HCR.TGE is 1",
            "of counters, and HDCR.HPMN keeps some of them",
            "of a bit that is RAO or RAZ",
            "a fault of the walk, where the domain gives no access or has a manager",
            "unaligned, in Secure User mode, and SCTLR.A is not the same in both security states",
            "to A32 state, where the SPSR has IT bits",
            "the target may be written, SCTLR.WXN or UWXN is 1, and TTBCR.EAE is 0",
        ),
        Condition(),
    ),
    # Not compared: see case.py.
    "the attributes in PAR": Condition(),
}
"""What a row may name as its condition."""

_ATS = [row.single for row in registers.BY_NAME.values() if row.name.startswith("ATS")]
_ATS12NSOU = [registers.BY_NAME[f"ATS12NSO{access}"].single for access in ("UR", "UW")]
_ATS1CU = [registers.BY_NAME[f"ATS1CU{access}"].single for access in "RW"]
_PMCEID = [registers.BY_NAME[f"PMCEID{number}"].single for number in (0, 1)]


def _is(insn: Insn, keys: Collection[SingleKey | None]) -> bool:
    """Whether an MCR or MRC accesses one of these registers."""
    return insn["coproc"] == 15 and _key(insn) in keys


def _key(insn: Insn) -> SingleKey:
    """What an MCR or MRC names of CP15."""
    return insn["opc1"], insn["CRn"], insn["CRm"], insn["opc2"]


def _offset(insn: Insn) -> bool:
    """Whether a transfer has an offset, and does not write the address back."""
    return bool(insn["P"]) and not insn["W"]


STATIC: dict[str, Callable[[Insn], bool]] = {
    "in an IT block": lambda insn: insn.itstate != 0,
    "of PMCEID0 or PMCEID1": lambda insn: _is(insn, _PMCEID),
    "of coprocessor 9, with an offset": lambda insn: insn["coproc"] == _HALF_PRECISION and _offset(insn),
    "an operation other than SUB and MOV": lambda insn: insn["opcode"] not in (SUB, MOV),
}
"""Conditions that an instruction meets by itself; such are not drawn."""
Registers = Mapping[str, int]


def translates(insn: Insn) -> bool:
    """Whether it is an address translation operation, after which the attributes in PAR differ."""
    return insn.heading == "MCR" and _is(insn, _ATS)


def stops_qemu(insn: Insn, values: Registers) -> bool:
    """Whether it may find no access to a domain, and is to report that in the 64-bit format of PAR: then QEMU
    ends by an assertion."""
    if not translates(insn) or values["TTBCR_NS"] & registers.TTBCR.bit("EAE"):
        return False
    wide = values["CPSR"] & 0x1F == Mode.HYP or insn["opc2"] >= _BOTH_STAGES
    return wide and any(not values["DACR_NS"] >> 2 * domain & 3 for domain in range(16))


def reads_par(insn: Insn) -> bool:
    """Whether it reads PAR."""
    if insn.heading == "MRRC":
        return insn["coproc"] == 15 and (insn["opc1"], insn["CRm"]) == registers.PAR.pair
    return insn.heading == "MRC" and _is(insn, [registers.PAR.single])


def _secure(registers: Registers) -> bool:
    return not registers["SCR"] & 1


def _monitor(registers: Registers) -> bool:
    return registers["CPSR"] & 0x1F == Mode.MON


BY_STATE: dict[str, Callable[[Insn, Registers], bool]] = {
    "ATS1CUx or ATS12NSOUx in Secure state": lambda insn, values: (
        (_secure(values) and _is(insn, _ATS12NSOU))
        or ((_secure(values) or _monitor(values)) and _is(insn, _ATS1CU))
    ),
    "in Monitor mode, and SCR.NS is 1": lambda insn, values: _monitor(values) and not _secure(values),
    "ATSxx in Monitor mode, and SCR.NS is 1": lambda insn, values: (
        _monitor(values) and not _secure(values) and _is(insn, _ATS)
    ),
    "of CPACR, and NSACR.cp10 is 0": lambda insn, values: (
        not values["NSACR"] & NSACR_CP10 and _is(insn, [registers.CPACR.single])
    ),
}
"""Conditions that an instruction meets in a state; not drawn for cases that begin in such a one."""
ALSO_IN_IT_BLOCKS = frozenset({"MRC", "MRRC", "MCRR", "VMRS", "VMSR", "SRS"}) | {
    f"{name} (Banked register)" for name in ("MRS", "MSR")
}
"""Headings of which the same is true in an IT block as of MCR, which the list has; not drawn there."""
_AS_LISTED = {
    "SUBS PC, LR and related (register)": "SUBS PC, LR and related (immediate)",
    "STM (User registers)": "LDM (User registers)",
    **dict.fromkeys(("LDC (literal)", "STC"), "LDC (immediate)"),
    **{
        f"{name} ({operand})": "LDRT (immediate)"
        for name in ("LDRT", "LDRBT", "LDRHT", "LDRSBT", "LDRSHT", "STRT", "STRBT", "STRHT")
        for operand in ("immediate", "register")
    },
}
"""Headings of which the same is true as of others, which the list has."""
TO_HYP_HEADINGS = frozenset({"CPS", "MSR (register)", "MSR (immediate)"})
"""CPS, which the list has, and headings of which the same is true."""


@cache
def rows() -> list[dict[str, Any]]:
    """The rows of the list."""
    listed: list[dict[str, Any]] = YAML(typ="safe").load(PATH.read_text())
    return listed


@cache
def _by_heading() -> dict[str, tuple[str, ...]]:
    headings = {row["encoding"] for row in rows()}
    return {name: tuple(row["condition"] for row in rows() if row["encoding"] == name) for name in headings}


def avoided(insn: Insn, values: Registers) -> bool:
    """Whether the list has the instruction, as it stands, for a case that begins with these registers."""
    if insn.heading in ALSO_IN_IT_BLOCKS and insn.itstate:
        return True
    return any(
        (name in STATIC and STATIC[name](insn)) or (name in BY_STATE and BY_STATE[name](insn, values))
        for name in _named(insn.heading)
    )


def _named(heading: str) -> tuple[str, ...]:
    """The conditions that the list has for instructions with this heading."""
    return _by_heading().get(_AS_LISTED.get(heading, heading), ())


def _met(case: Case, raised: Raised) -> list[Condition]:
    """The conditions of the list that a case meets by how it ended."""
    named = _named(raised.insn.heading if raised.insn is not None else "")
    return [
        one for name, one in CONDITIONS.items() if (one.reaches or name in named) and one.met(case, raised)
    ]


def departs(case: Case, raised: Raised) -> bool:
    """Whether QEMU does something else than raise this exception with this or a listed syndrome here."""
    return any(one.hsr is None for one in _met(case, raised))


def as_listed(case: Case, ours: Outcome) -> Outcome:
    """What QEMU is to leave: our outcome with the syndrome that the list says QEMU has instead."""
    assert ours.raised is not None
    for one in _met(case, ours.raised):
        if one.hsr is not None:
            ours = replace(ours, registers=ours.registers | {"HSR": one.hsr(ours.raised)})
    return ours
