"""The registers of the Advanced SIMD and Floating-point Extensions, and who may use them.

DDI 0406C A2.6.2 (the registers and their views), B1.11 (enabling), B1.14.12 (traps to Hyp mode). FPSCR
and FPEXC are system registers and live with the others, in the register file of CP14 and CP15.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.registers import CPACR, FPEXC, HCPTR, NSACR
from hypgen.emulator.exceptions import HypTrap, Undefined
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

FLOATING_POINT = "a floating-point instruction"
"""What the rules are told is read when a floating-point instruction asks whether it may execute."""
SIZE = 256
"""Bytes of the register file: 32 doublewords."""
_UNSIGNED, _SIGNED = {8: "B", 16: "H", 32: "I", 64: "Q"}, {8: "b", 16: "h", 32: "i", 64: "q"}

_ASEDIS, _NSASEDIS = CPACR.bit("ASEDIS"), NSACR.bit("NSASEDIS")
_D32DIS, _NSD32DIS = CPACR.bit("D32DIS"), NSACR.bit("NSD32DIS")
_CPACR10, _CPACR11 = CPACR.field("cp10"), CPACR.field("cp11")
_NSACR10 = NSACR.bit("cp10")
_TASE, _TCP10, _TCP11 = HCPTR.bit("TASE"), HCPTR.bit("TCP10"), HCPTR.bit("TCP11")
_EN = FPEXC.bit("EN")
_ISS_SIMD, _ISS_FLOATING_POINT = 1 << 5, 10
"""ISS of a trapped access: TA for Advanced SIMD, else coproc, which is 10 (B3.13.6)."""


class ExtensionRegisters:
    """The same 256 bytes seen as ``s``, 32-bit words of which S0 to S31 are the first half, and as ``d``."""

    STATE = ("content",)
    """What a snapshot holds."""

    __slots__ = ("content", "d", "s")

    def __init__(self) -> None:
        self.content = bytearray(SIZE)
        self.s = memoryview(self.content).cast("I")
        self.d = memoryview(self.content).cast("Q")

    def lanes(self, first: int, registers: int, width: int, signed: bool = False) -> tuple[int, ...]:
        """The elements of doublewords from ``first`` on, each of ``width`` bits."""
        count = 64 * registers // width
        letter = (_SIGNED if signed else _UNSIGNED)[width]
        return struct.unpack_from(f"<{count}{letter}", self.content, 8 * first)

    def set_lanes(self, first: int, width: int, values: Sequence[int]) -> None:
        """Set elements from the doubleword ``first`` on; each value is taken modulo its width."""
        ones = (1 << width) - 1
        struct.pack_into(
            f"<{len(values)}{_UNSIGNED[width]}", self.content, 8 * first, *[value & ones for value in values]
        )

    def read(self, name: str) -> int:
        """A register by name: ``s0``, ``d31``, ``q15``; raises KeyError."""
        start, size = _NAMES[name]
        return int.from_bytes(self.content[start : start + size], "little")

    def write(self, name: str, value: int) -> None:
        """Set a register by name; raises KeyError, or OverflowError if the value is too large."""
        start, size = _NAMES[name]
        self.content[start : start + size] = value.to_bytes(size, "little")


_NAMES = {
    f"{letter}{number}": (size * number, size)
    for letter, size, count in (("s", 4, 32), ("d", 8, 32), ("q", 16, 16))
    for number in range(count)
}
NAMES = frozenset(_NAMES)
"""The names of all the views."""


def gate(cpu: Cpu, simd: bool, enable: bool = True) -> Callable[[], None]:
    """CheckAdvSIMDEnabled() (``simd``) or CheckVFPEnabled() as a function of no arguments.

    It raises Undefined or HypTrap when the instruction may not be executed now. ``enable`` says
    whether FPEXC.EN must be 1. The order is the manual's: NSACR and CPACR, FPEXC, HCPTR.
    """
    syndrome = _ISS_SIMD if simd else _ISS_FLOATING_POINT
    disable, trap = (_ASEDIS, _TCP10 | _TASE) if simd else (0, _TCP10)

    def check() -> None:
        observer = cpu.system.observer
        if observer is not None and observer.pending:
            observer.register_read(FLOATING_POINT)
        values, mode = cpu.coproc.values, cpu.mode
        secure = cpu.secure
        granted = secure or values["NSACR"] & _NSACR10
        if mode != Mode.HYP:
            cpacr = values["CPACR"]
            access = _CPACR10.get(cpacr)
            if not granted:
                raise Undefined("NSACR.cp10 is 0: the Non-secure state has no floating-point")
            if access == 0 or (access == 1 and mode == Mode.USR):
                raise Undefined(f"CPACR.cp10 is {access:#04b}: no access to floating-point in this mode")
            if cpacr & disable or (simd and not secure and values["NSACR"] & _NSASEDIS):
                raise Undefined("CPACR.ASEDIS or NSACR.NSASEDIS disables Advanced SIMD")
            if cpacr & _D32DIS:
                raise not_modelled("CPACR.D32DIS, which disables D16 to D31,")
            if access == 2 or access != _CPACR11.get(cpacr):
                raise not_modelled(f"an UNPREDICTABLE CPACR, {cpacr:#010x}: cp10 and cp11 must agree,")
        if not secure and values["NSACR"] & _NSD32DIS:
            raise not_modelled("NSACR.NSD32DIS, which disables D16 to D31,")
        if enable and not values["FPEXC"] & _EN:
            raise Undefined("FPEXC.EN is 0")
        if not secure:
            hcptr = values["HCPTR"]
            if hcptr & trap or not granted or (simd and values["NSACR"] & _NSASEDIS):
                raise HypTrap(ExceptionClass.COPROCESSOR, syndrome)
            if hcptr & _TCP11:
                raise not_modelled(f"an UNPREDICTABLE HCPTR, {hcptr:#010x}: TCP10 and TCP11 must agree,")

    return check
