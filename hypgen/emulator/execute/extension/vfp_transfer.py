"""Loads, stores and moves of the extension registers (DDI 0406C A7.6, A7.8, A7.9).

Each under its name in A8.8. Loads and stores of whole registers access words that must be aligned (MemA[]).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypgen.arch.psr import Mode
from hypgen.arch.registers import FP, FPSCR
from hypgen.decode import extension_fields as fields
from hypgen.emulator.exceptions import DataAbort, Undefined
from hypgen.emulator.execute.branching import PC, literal_base
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension.gated import behind, binds_vfp
from hypgen.emulator.execute.registry import binds
from hypgen.emulator.extension import gate
from hypgen.emulator.memory import OFFSET_MASK
from hypgen.units import PAGE_SIZE

if TYPE_CHECKING:
    from hypgen.arch.register import Register
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF
_N, _Z, _C, _V = (FPSCR.field(name) for name in "NZCV")


# Loads and stores (A7.6)


def _base(insn: Insn, pc: int) -> Callable[[list[int]], int]:
    """Gives the base address from the core registers; a PC base is word-aligned."""
    n, literal = insn["Rn"], literal_base(pc, insn.thumb)
    return (lambda _r: literal) if n == PC else (lambda r: r[n])


def _words(insn: Insn) -> tuple[int, int]:
    """The first register and the number of registers of VLDM, in words of the register file."""
    first, count = fields.extension_registers(insn)
    return (2 * first, 2 * count) if insn["sz"] else (first, count)


def _swap_halves(values: list[int]) -> None:
    """Big-endian data has the upper word of a doubleword first."""
    values[0::2], values[1::2] = values[1::2], values[0::2]


@binds_vfp("VLDR")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, s, load, base = cpu.r, cpu.extension.s, cpu.mem.load32_aligned, _base(insn, pc)
    offset = 4 * insn["imm8"] if insn["U"] else -4 * insn["imm8"]
    d = 2 * fields.doubleword(insn, "d")
    single = fields.singleword(insn, "d")

    def vldr_double() -> None:
        address = base(r) + offset
        low, high = load(address & MASK), load(address + 4 & MASK)
        s[d], s[d + 1] = (high, low) if cpu.e else (low, high)

    def vldr_single() -> None:
        s[single] = load(base(r) + offset & MASK)

    return vldr_double if insn["sz"] else vldr_single


@binds_vfp("VSTR")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, s, store, base = cpu.r, cpu.extension.s, cpu.mem.store32_aligned, _base(insn, pc)
    offset = 4 * insn["imm8"] if insn["U"] else -4 * insn["imm8"]
    d = 2 * fields.doubleword(insn, "d")
    single, probe = fields.singleword(insn, "d"), cpu.system.accesses.probe_doubleword

    def vstr_double() -> None:
        address = base(r) + offset
        first = d + cpu.e
        if not address & 3:  # else an Alignment fault comes first
            probe(address & MASK)
        store(address & MASK, s[first])
        store(address + 4 & MASK, s[first ^ 1])

    def vstr_single() -> None:
        store(base(r) + offset & MASK, s[single])

    return vstr_double if insn["sz"] else vstr_single


@binds_vfp("VLDM")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, s, load, n, writeback, double = cpu.r, cpu.extension.s, cpu.mem.load_words, *_list_fields(insn)
    base, (start, count), change = _base(insn, pc), _words(insn), 4 * insn["imm8"]
    lowest, change = (0, change) if insn["U"] else (-change, -change)

    def keep(loaded: Sequence[int]) -> None:
        values = list(loaded)
        if double and cpu.e:
            _swap_halves(values)
        s[start : start + len(values)] = memoryview(array("I", values))

    def vldm() -> None:
        address = base(r)
        try:
            keep(load(address + lowest & MASK, count))
        except DataAbort as abort:  # the registers are UNKNOWN then (B1.9.8); as QEMU leaves them
            keep(abort.loaded[: len(abort.loaded) & ~1] if double else abort.loaded)
            raise
        if writeback:
            r[n] = address + change & MASK

    return vldm


@binds_vfp("VSTM")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, s, store, n, writeback, double = cpu.r, cpu.extension.s, cpu.mem.store_words, *_list_fields(insn)
    base, (start, count), change = _base(insn, pc), _words(insn), 4 * insn["imm8"]
    stop = start + count
    lowest, change = (0, change) if insn["U"] else (-change, -change)
    probe = cpu.system.accesses.probe_doubleword

    def vstm() -> None:
        address = base(r)
        values = s[start:stop].tolist()
        if double and cpu.e:
            _swap_halves(values)
        place = address + lowest & MASK
        before = (PAGE_SIZE - 4 - place & OFFSET_MASK) // 4 if double and place & 7 == 4 else count
        if before < count:  # a doubleword is on two pages, after so many words
            if before:
                store(place, values[:before])
            place, values = place + 4 * before & MASK, values[before:]
            probe(place)
        store(place, values)
        if writeback:
            r[n] = address + change & MASK

    return vstm


def _list_fields(insn: Insn) -> tuple[int, int, int]:
    return insn["Rn"], insn["W"], insn["sz"]


# Transfers (A7.8, A7.9)


@binds_vfp("VMOV (between two ARM core registers and two single-precision registers)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, s, t, t2, m = cpu.r, cpu.extension.s, insn["Rt"], insn["Rt2"], fields.singleword(insn, "m")
    return _move_pair(r, s, t, t2, m, to_core=bool(insn["op"]))


@binds_vfp("VMOV (between two ARM core registers and a doubleword extension register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, s, t, t2, m = cpu.r, cpu.extension.s, insn["Rt"], insn["Rt2"], 2 * fields.doubleword(insn, "m")
    return _move_pair(r, s, t, t2, m, to_core=bool(insn["op"]))


def _move_pair(r: list[int], s: memoryview[int], t: int, t2: int, m: int, to_core: bool) -> Op:
    def read() -> None:
        r[t], r[t2] = s[m], s[m + 1]

    def write() -> None:
        s[m], s[m + 1] = r[t], r[t2]

    return read if to_core else write


@binds_vfp("VMOV (between ARM core register and single-precision register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, s, t, n = cpu.r, cpu.extension.s, insn["Rt"], fields.singleword(insn, "n")

    def read() -> None:
        r[t] = s[n]

    def write() -> None:
        s[n] = r[t]

    return read if insn["op"] else write


@binds("VMOV (ARM core register to scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, content, t = cpu.r, cpu.extension.content, insn["Rt"]
    width, index = fields.core_lane(insn)
    size, ones = width // 8, (1 << width) - 1
    start = 8 * fields.doubleword(insn, "d") + size * index

    def vmov_to_scalar() -> None:
        content[start : start + size] = (r[t] & ones).to_bytes(size, "little")

    return behind(gate(cpu, simd=width < 32), vmov_to_scalar)


@binds("VMOV (scalar to ARM core register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, content, t, signed = cpu.r, cpu.extension.content, insn["Rt"], not insn["U"]
    width, index = fields.core_lane(insn)
    size = width // 8
    start = 8 * fields.doubleword(insn, "n") + size * index

    def vmov_from_scalar() -> None:
        r[t] = int.from_bytes(content[start : start + size], "little", signed=signed) & MASK

    return behind(gate(cpu, simd=width < 32), vmov_from_scalar)


@binds("VDUP (ARM core register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, extension, t, d = cpu.r, cpu.extension, insn["Rt"], fields.doubleword(insn, "d")
    width = 8 if insn["B"] else 16 if insn["E"] else 32
    count = (128 if insn["Q"] else 64) // width

    def vdup() -> None:
        extension.set_lanes(d, width, [r[t]] * count)

    return behind(gate(cpu, simd=True), vdup)


_FPSCR_NUMBER = next(number for number, row in FP.items() if row is FPSCR)


@binds("VMRS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, number = cpu.r, insn["Rt"], insn["reg"]
    check = gate(cpu, simd=False, enable=number == _FPSCR_NUMBER)
    row, mrc = FP.get(number), cpu.coproc.mrc

    def vmrs_flags() -> None:
        check()
        value = cpu.coproc.values["FPSCR"]
        cpu.n, cpu.z, cpu.c, cpu.v = _N.get(value), _Z.get(value), _C.get(value), _V.get(value)

    def vmrs_fpscr() -> None:
        check()
        r[t] = cpu.coproc.values["FPSCR"]

    def vmrs() -> None:
        _not_in_user_mode(cpu)
        check()
        r[t] = mrc(_existing(row, number), insn)

    if number != _FPSCR_NUMBER:
        return vmrs
    return vmrs_flags if t == PC else vmrs_fpscr


@binds("VMSR", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, number = cpu.r, insn["Rt"], insn["reg"]
    check = gate(cpu, simd=False, enable=number == _FPSCR_NUMBER)
    row, mcr, writable = FP.get(number), cpu.coproc.mcr, FPSCR.writable

    def vmsr_fpscr() -> None:
        check()
        cpu.coproc.values["FPSCR"] = r[t] & writable

    def vmsr() -> None:
        _not_in_user_mode(cpu)
        check()
        found = _existing(row, number)
        if "w" in found.access.s_pl1:
            mcr(found, r[t], insn)
        # What is read-only ignores writes.

    return vmsr_fpscr if number == _FPSCR_NUMBER else vmsr


def _not_in_user_mode(cpu: Cpu) -> None:
    """Of the registers User mode has FPSCR only, whatever may be enabled (VMRS, B9.3.22; VMSR, B9.3.23)."""
    if cpu.mode == Mode.USR:
        raise Undefined("VMRS and VMSR of registers other than FPSCR are UNDEFINED in User mode")


def _existing(row: Register | None, number: int) -> Register:
    if row is None:
        raise Undefined(f"the floating-point subarchitecture of the CPU has no register {number}")
    return row
