"""Semihosting: what a guest asks of the host by an instruction set aside for it (ARM DUI 0471, 8).

The operation is in r0, its parameter (or the address of a block of them) in r1, the result goes to
r0. What uses the console, tells the time, ends the run, and what a C library asks before it prints is
performed; the rest, all that would touch the host's files among it, is not modelled. User mode's are no
calls but exceptions, as in QEMU: a guest's own system calls may look the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import Breakpoint, GuestException, SupervisorCall, Undefined
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.timers import INSTRUCTIONS_PER_SECOND
from hypgen.machine.devices.pl031 import EPOCH
from hypgen.machine.virtual import read_virtual, write_virtual

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.machine.machine import Machine

SYS_OPEN = 0x01
SYS_CLOSE = 0x02
SYS_WRITEC = 0x03
SYS_WRITE0 = 0x04
SYS_WRITE = 0x05
SYS_READ = 0x06
SYS_ISERROR = 0x08
SYS_ISTTY = 0x09
SYS_SEEK = 0x0A
SYS_FLEN = 0x0C
SYS_CLOCK = 0x10
SYS_TIME = 0x11
SYS_ERRNO = 0x13
SYS_GET_CMDLINE = 0x15
SYS_HEAPINFO = 0x16
SYS_EXIT = 0x18
SYS_EXIT_EXTENDED = 0x20
SYS_ELAPSED = 0x30
SYS_TICKFREQ = 0x31
APPLICATION_EXIT = 0x20026
"""ADP_Stopped_ApplicationExit: the reason of an exit that is no failure."""

CONSOLE, FEATURES = b":tt", b":semihosting-features"
"""The names of the only files that there are."""
STDIN, STDOUT, STDERR, FEATURES_FILE = 1, 2, 3, 4
FEATURE_BITS = b"SHFB\x03"
"""What the second contains: SYS_EXIT_EXTENDED is there, and standard output and error are two files."""
_FAILED = 0xFFFF_FFFF

_CALLS = ({0xEF12_3456, 0xE10F_0070}, {0xDFAB, 0xBEAB, 0xBABC})
"""The words that are calls: SVC and HLT in A32; SVC, BKPT (on other profiles) and HLT in T32."""
_RAISED = (SupervisorCall, Breakpoint, Undefined)


class Semihosting:
    """Answers the calls of all CPUs of a machine. ``status`` is what the guest gave as it exited.

    ``write`` takes what the guest prints. Its standard input is at its end from the start: what is typed
    goes to the console's UART.
    """

    def __init__(self, machine: Machine, write: Callable[[bytes], None]) -> None:
        self._machine = machine
        self._print = write
        self._at = 0
        """Where the next read of the features begins."""
        self.status: int | None = None
        for cpu in machine.cpus:
            cpu.system.semihosting = self

    def __call__(self, cpu: Cpu, exception: GuestException, pc: int) -> bool:
        """Perform the call that the instruction at ``pc`` makes; False when it is none.

        Raises NotModelledError for an operation that is not performed.
        """
        if not isinstance(exception, _RAISED) or cpu.mode == Mode.USR:
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

    def _block(self, cpu: Cpu, count: int) -> tuple[int, ...]:
        """The words that r1 points to."""
        return tuple(word for (word,) in struct.iter_unpack("<I", self._bytes(cpu, cpu.r[1], 4 * count)))

    def _open(self, cpu: Cpu) -> None:
        name, mode, length = self._block(cpu, 3)
        named = self._bytes(cpu, name, length) if length <= len(FEATURES) else b""
        if named == CONSOLE and mode < 12:
            # Modes 0 to 3 are r, 4 to 7 w, 8 to 11 a, which is how a library opens its standard error.
            cpu.r[0] = (STDIN, STDOUT, STDERR)[mode >> 2]
        elif named == FEATURES and mode < 2:
            self._at = 0
            cpu.r[0] = FEATURES_FILE
        else:
            cpu.r[0] = _FAILED

    def _write(self, cpu: Cpu) -> None:
        handle, address, length = self._block(cpu, 3)
        if handle in (STDOUT, STDERR):
            self._print(self._bytes(cpu, address, length))
            length = 0
        cpu.r[0] = length  # the bytes that were not written

    def _read(self, cpu: Cpu) -> None:
        handle, address, length = self._block(cpu, 3)
        content = FEATURE_BITS[self._at :][:length] if handle == FEATURES_FILE else b""
        if content:
            self._at += len(content)
            self._store(cpu, address, content)
        cpu.r[0] = length - len(content)  # the bytes that were not read

    def _seek(self, cpu: Cpu) -> None:
        handle, position = self._block(cpu, 2)
        seekable = handle == FEATURES_FILE and position <= len(FEATURE_BITS)
        if seekable:
            self._at = position
        cpu.r[0] = 0 if seekable else _FAILED

    def _length(self, cpu: Cpu) -> None:
        cpu.r[0] = len(FEATURE_BITS) if self._block(cpu, 1)[0] == FEATURES_FILE else 0

    def _is_terminal(self, cpu: Cpu) -> None:
        cpu.r[0] = int(self._block(cpu, 1)[0] != FEATURES_FILE)

    @property
    def _elapsed(self) -> int:
        """Virtual time since the start in instructions, which are its unit."""
        clock = self._machine.clock
        return clock.executed() + clock.skipped

    def _clock(self, cpu: Cpu) -> None:
        cpu.r[0] = self._elapsed * 100 // INSTRUCTIONS_PER_SECOND

    def _time(self, cpu: Cpu) -> None:
        cpu.r[0] = EPOCH + self._elapsed // INSTRUCTIONS_PER_SECOND

    def _ticks(self, cpu: Cpu) -> None:
        self._store(cpu, cpu.r[1], self._elapsed.to_bytes(8, "little"))
        cpu.r[0] = 0

    def _is_error(self, cpu: Cpu) -> None:
        cpu.r[0] = self._block(cpu, 1)[0] >> 31

    def _command_line(self, cpu: Cpu) -> None:
        address, _ = self._block(cpu, 2)
        self._store(cpu, address, b"\0")
        self._store(cpu, cpu.r[1] + 4, bytes(4))
        cpu.r[0] = 0

    def _heap(self, cpu: Cpu) -> None:
        """The heap is from the image's end to the memory's, the stack goes down from there."""
        (address,) = self._block(cpu, 1)
        image = self._machine.image
        end = max((int(segment.load_span.end) for segment in image.segments), default=0) if image else 0
        window = self._machine.memory.window(end - 1)
        top = min(int(window.span.end), 1 << 31) if window else 0
        self._store(cpu, address, struct.pack("<4I", end + 7 & ~7, top, top, 0))

    def _store(self, cpu: Cpu, va: int, content: bytes) -> None:
        try:
            write_virtual(self._machine, cpu, va, content)
        except ValueError as error:
            what = f"semihosting operation {cpu.r[0]:#x} with a block that cannot be written: {error}"
            raise not_modelled(what) from None

    def _writec(self, cpu: Cpu) -> None:
        self._print(self._bytes(cpu, cpu.r[1], 1))

    def _write0(self, cpu: Cpu) -> None:
        text = bytearray()
        address = cpu.r[1]
        while byte := self._bytes(cpu, address, 1):
            if byte == b"\0":
                break
            text += byte
            address = address + 1 & 0xFFFF_FFFF
        self._print(bytes(text))

    def _exit(self, cpu: Cpu) -> None:
        self._leave(cpu, cpu.r[1], 0 if cpu.r[1] == APPLICATION_EXIT else 1)

    def _exit_extended(self, cpu: Cpu) -> None:
        reason, code = self._block(cpu, 2)
        self._leave(cpu, reason, code & 0xFF if reason == APPLICATION_EXIT else 1)

    def _leave(self, cpu: Cpu, reason: int, status: int) -> None:
        self.status = status
        cpu.system.request_stop(
            "exit", f"the guest exited by semihosting (reason {reason:#x}, status {status})"
        )


def _gives(value: int) -> Callable[[Semihosting, Cpu], None]:
    """An operation whose result is always the same."""

    def operation(self: Semihosting, cpu: Cpu) -> None:
        cpu.r[0] = value

    return operation


_OPERATIONS: dict[int, Callable[[Semihosting, Cpu], None]] = {
    SYS_OPEN: Semihosting._open,
    SYS_CLOSE: _gives(0),
    SYS_WRITE: Semihosting._write,
    SYS_READ: Semihosting._read,
    SYS_ISERROR: Semihosting._is_error,
    SYS_ISTTY: Semihosting._is_terminal,
    SYS_SEEK: Semihosting._seek,
    SYS_FLEN: Semihosting._length,
    SYS_CLOCK: Semihosting._clock,
    SYS_TIME: Semihosting._time,
    SYS_ELAPSED: Semihosting._ticks,
    SYS_TICKFREQ: _gives(INSTRUCTIONS_PER_SECOND),
    SYS_ERRNO: _gives(0),
    SYS_GET_CMDLINE: Semihosting._command_line,
    SYS_HEAPINFO: Semihosting._heap,
    SYS_WRITEC: Semihosting._writec,
    SYS_WRITE0: Semihosting._write0,
    SYS_EXIT: Semihosting._exit,
    SYS_EXIT_EXTENDED: Semihosting._exit_extended,
}
