"""Semihosting: what a guest asks of the host by an instruction set aside for it (ARM DUI 0471, 8).

The operation is in r0, its parameter (or the address of a block of them) in r1, the result goes to
r0. Only what writes to the console and what ends the run is performed; the rest is not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.emulator.exceptions import Breakpoint, GuestException, SupervisorCall, Undefined
from hypgen.emulator.not_modelled import not_modelled
from hypgen.machine.virtual import read_virtual

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.machine.machine import Machine

SYS_WRITEC = 0x03
SYS_WRITE0 = 0x04
SYS_EXIT = 0x18
SYS_EXIT_EXTENDED = 0x20
APPLICATION_EXIT = 0x20026
"""ADP_Stopped_ApplicationExit: the reason of an exit that is no failure."""

_CALLS = ({0xEF12_3456, 0xE10F_0070}, {0xDFAB, 0xBEAB, 0xBABC})
"""The words that are calls: SVC and HLT in A32; SVC, BKPT (on other profiles) and HLT in T32."""
_RAISED = (SupervisorCall, Breakpoint, Undefined)


class Semihosting:
    """Answers the calls of all CPUs of a machine. ``status`` is what the guest gave as it exited."""

    def __init__(self, machine: Machine, write: Callable[[bytes], None]) -> None:
        self._machine = machine
        self._write = write
        self.status: int | None = None
        for cpu in machine.cpus:
            cpu.system.semihosting = self

    def __call__(self, cpu: Cpu, exception: GuestException, pc: int) -> bool:
        """Perform the call that the instruction at ``pc`` makes; False when it is none.

        Raises NotModelledError for an operation that is not performed.
        """
        if not isinstance(exception, _RAISED):
            return False
        size = 2 if cpu.t else 4
        try:
            word = int.from_bytes(read_virtual(self._machine, cpu, pc, size), "little")
        except ValueError:
            return False
        if word not in _CALLS[cpu.t]:
            return False
        operation = _OPERATIONS.get(cpu.r[0])
        if operation is None:
            raise not_modelled(f"semihosting operation {cpu.r[0]:#x}")
        operation(self, cpu)
        return True

    def _bytes(self, cpu: Cpu, va: int, size: int) -> bytes:
        try:
            return read_virtual(self._machine, cpu, va, size)
        except ValueError as error:
            what = f"semihosting operation {cpu.r[0]:#x} with a parameter that cannot be read: {error}"
            raise not_modelled(what) from None

    def _writec(self, cpu: Cpu) -> None:
        self._write(self._bytes(cpu, cpu.r[1], 1))

    def _write0(self, cpu: Cpu) -> None:
        text = bytearray()
        address = cpu.r[1]
        while byte := self._bytes(cpu, address, 1):
            if byte == b"\0":
                break
            text += byte
            address = address + 1 & 0xFFFF_FFFF
        self._write(bytes(text))

    def _exit(self, cpu: Cpu) -> None:
        self._leave(cpu, cpu.r[1], 0 if cpu.r[1] == APPLICATION_EXIT else 1)

    def _exit_extended(self, cpu: Cpu) -> None:
        block = self._bytes(cpu, cpu.r[1], 8)
        reason, code = (int.from_bytes(block[at : at + 4], "little") for at in (0, 4))
        self._leave(cpu, reason, code & 0xFF if reason == APPLICATION_EXIT else 1)

    def _leave(self, cpu: Cpu, reason: int, status: int) -> None:
        self.status = status
        cpu.system.request_stop(
            "exit", f"the guest exited by semihosting (reason {reason:#x}, status {status})"
        )


_OPERATIONS: dict[int, Callable[[Semihosting, Cpu], None]] = {
    SYS_WRITEC: Semihosting._writec,
    SYS_WRITE0: Semihosting._write0,
    SYS_EXIT: Semihosting._exit,
    SYS_EXIT_EXTENDED: Semihosting._exit_extended,
}
