"""Coprocessor instructions (DDI 0406C A5.6): the system registers of CP14 and CP15, and nothing else.

Coprocessors 10 and 11 (Advanced SIMD and Floating-point) have rows of their own. The other
coprocessors do not exist, and the generic instructions that CP14 and CP15 have no use for are
UNDEFINED (A2.9), as are the unconditional forms MCR2 and its kin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch import psr, registers
from hypgen.arch.register import Register
from hypgen.emulator import lenient
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.execute.branching import PC
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import binds
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

_SINGLE = {14: registers.CP14, 15: registers.CP15}
_PAIR = {14: registers.CP14_64, 15: registers.CP15_64}


def _key(insn: Insn) -> tuple[int, int, int, int]:
    """What tells the registers of MCR and MRC apart."""
    return insn["opc1"], insn["CRn"], insn["CRm"], insn["opc2"]


def _single(cpu: Cpu, insn: Insn) -> Register | None:
    """The register that MCR or MRC names, if there is one; raises Undefined for other coprocessors."""
    _require_system(insn)
    stand_in = None
    if insn["coproc"] == 15 and cpu.system.observer is None:
        stand_in = lenient.single(_key(insn))
    return stand_in or _SINGLE[insn["coproc"]].get(_key(insn))


def _unallocated(cpu: Cpu, insn: Insn) -> Op:
    """MCR or MRC to what is no register: UNDEFINED, but where Hyp mode traps the encoding all the same."""
    key, read = _key(insn), insn.heading == "MRC"

    def unallocated() -> None:
        cpu.coproc.refuse_unallocated(insn["coproc"], key, insn["Rt"], read)

    return unallocated


def _set_flags(cpu: Cpu, value: int) -> None:
    """MRC to APSR_nzcv."""
    cpu.n, cpu.z, cpu.c, cpu.v = (flag.get(value) for flag in (psr.N, psr.Z, psr.C, psr.V))


def _pair(insn: Insn) -> Register:
    """The 64-bit register that MCRR or MRRC names; raises Undefined if there is none."""
    _require_system(insn)
    row = _PAIR[insn["coproc"]].get((insn["opc1"], insn["CRm"]))
    if row is None:
        raise Undefined(f"p{insn['coproc']}, {insn['opc1']}, c{insn['CRm']} is no 64-bit register of the CPU")
    return row


def _require_system(insn: Insn) -> None:
    if insn["coproc"] not in _SINGLE:
        raise Undefined(f"{insn.heading} to p{insn['coproc']}: the CPU has no such coprocessor")


@binds("MRC")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    if insn["coproc"] == 15 and _key(insn) in registers.RESERVED_ID:
        return _reserved_identification(cpu, insn)
    r, t, found, mrc = cpu.r, insn["Rt"], _single(cpu, insn), cpu.coproc.mrc
    if found is None:
        return _unallocated(cpu, insn)
    row = found

    def mrc_nothing() -> None:
        mrc(row, insn)

    def mrc_register() -> None:
        r[t] = mrc(row, insn)

    def mrc_flags() -> None:
        _set_flags(cpu, mrc(row, insn))

    if row.operation:
        return mrc_nothing
    return mrc_flags if t == PC else mrc_register


def _reserved_identification(cpu: Cpu, insn: Insn) -> Op:
    """MRC of a place that the CPUID scheme keeps for later: it reads as zero (B7.1)."""
    r, t, key = cpu.r, insn["Rt"], _key(insn)

    def mrc_reserved() -> None:
        cpu.coproc.authorise_reserved_id(key, t)
        if t == PC:
            _set_flags(cpu, 0)
        else:
            r[t] = 0

    return mrc_reserved


@binds("MCR", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, found, write = cpu.r, insn["Rt"], _single(cpu, insn), cpu.coproc.mcr
    if found is None:
        return _unallocated(cpu, insn)
    row = found

    def mcr() -> None:
        write(row, r[t], insn)

    return mcr


@binds("MRRC")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, t2, row, read = cpu.r, insn["Rt"], insn["Rt2"], _pair(insn), cpu.coproc.mrrc

    def mrrc() -> None:
        r[t], r[t2] = read(row, insn)

    return mrrc


@binds("MCRR", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, t2, row, write = cpu.r, insn["Rt"], insn["Rt2"], _pair(insn), cpu.coproc.mcrr

    def mcrr() -> None:
        write(row, r[t], r[t2], insn)

    return mcrr


@binds("LDC (immediate)", "LDC (literal)", "STC", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    if insn["coproc"] == 14:
        raise not_modelled(f"{insn.heading} of a debug register of CP14")
    raise Undefined(f"{insn.heading} of p{insn['coproc']} is UNDEFINED: only CP14 has such transfers")


@binds(
    "CDP",
    "CDP2",
    "MCR2",
    "MRC2",
    "MCRR2",
    "MRRC2",
    "LDC2 (immediate)",
    "LDC2 (literal)",
    "STC2",
    ends_block=True,
)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    raise Undefined(f"{insn.heading} to p{insn['coproc']} is UNDEFINED: no coprocessor of the CPU has it")
