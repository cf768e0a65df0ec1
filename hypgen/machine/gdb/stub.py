"""The stub: answers gdb's packets about a machine (the gdb manual, appendix E, "Packets").

Threads are CPUs: thread 1 is CPU 0. Addresses are virtual, in the current regime of the thread that
gdb selected. All threads stop and go together; a step is one of its thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypgen.arch.psr import MODES
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.watch import WatchKind, Watchpoint
from hypgen.machine.debugger import Debugger, Interrupted
from hypgen.machine.gdb import monitor, target
from hypgen.machine.results import StopReason
from hypgen.machine.virtual import read_virtual, write_virtual

PACKET_SIZE = 0x4000
FEATURES = (
    f"PacketSize={PACKET_SIZE:x};QStartNoAckMode+;qXfer:features:read+;vContSupported+;"
    "swbreak+;hwbreak+;ReverseStep+;ReverseContinue+"
)
OK, NOT_SUPPORTED = b"OK", b""
BAD, NO_MEMORY = b"E16", b"E0e"
"""EINVAL and EFAULT."""
SIGINT, SIGILL, SIGTRAP, SIGBUS = 2, 4, 5, 10

_SIGNALS = {"interrupt": SIGINT, "lock-up": SIGBUS, "not-modelled": SIGILL, "unpredictable": SIGILL}
"""The signal that tells of a stop, by its kind; SIGTRAP for the others."""
_SILENT = frozenset({"until", "step", "watch", "interrupt", "begin"})
"""Stops that gdb explains by itself; for the others their sentence is printed."""
ENDS = frozenset({"power-off", "exit"})
"""Stops after which there is nothing more to run."""
_WATCHES: dict[str, WatchKind] = {"2": "write", "3": "read", "4": "access"}
_WATCH_REPLY = {"write": "watch", "read": "rwatch", "access": "awatch"}

Say = Callable[[str], None]
"""Prints text in gdb, while the machine runs or a monitor command is performed."""


@dataclass
class Session:
    """What the connection has come to: whether packets are acknowledged, and why it ended."""

    acknowledge: bool = True
    extended: bool = False
    """gdb may start the machine again that it killed, or that exited (``target extended-remote``)."""
    over: str = ""
    """How the machine ended that an extended session has not started again: ``kill`` or ``exit``."""
    ended: str = ""
    """``detach``, ``kill`` or ``exit``."""

    def finish(self, how: str) -> None:
        """The machine has ended, and with it the session unless it is an extended one."""
        self.over = how
        if not self.extended:
            self.ended = how

    def break_off(self) -> None:
        """The connection has gone; while the machine goes on that is a detach."""
        self.ended = self.ended or self.over or "detach"


class Stub:
    """Answers the packets of one connection."""

    def __init__(
        self,
        debugger: Debugger,
        say: Say,
        interrupted: Interrupted = lambda: False,
        status: Callable[[], int] = lambda: 0,
    ) -> None:
        self._debugger = debugger
        self._say = say
        self._interrupted = interrupted
        self._status = status
        self.session = Session()
        self.stop = StopReason("step", "", 0)
        self._cpu = 0
        """The CPU that registers and memory are asked of."""
        self._running_cpu = 0
        """The CPU that ``s`` and ``c`` are about."""

    def answer(self, packet: bytes) -> bytes | None:
        """The answer to a packet; None for one that has none. An empty answer says: not supported."""
        text = packet.decode("latin-1")
        handler = _HANDLERS.get(text[:1])
        if handler is None:
            return NOT_SUPPORTED
        try:
            return handler(self, text[1:], packet[1:])
        except (ValueError, IndexError, KeyError):
            return BAD

    @property
    def _selected(self) -> Cpu:
        return self._debugger.machine.cpus[self._cpu]

    # -- registers -----------------------------------------------------------------------------------
    def _read_registers(self, _text: str, _raw: bytes) -> bytes:
        cpu = self._selected
        return b"".join(one.encode(cpu) for one in target.registers()[: target.IN_G]).hex().encode()

    def _write_registers(self, text: str, _raw: bytes) -> bytes:
        content = bytes.fromhex(text)
        at = 0
        for register in target.registers()[: target.IN_G]:
            if at + register.size > len(content):
                break
            self._set(register, int.from_bytes(content[at : at + register.size], "little"))
            at += register.size
        return OK

    def _read_register(self, text: str, _raw: bytes) -> bytes:
        return target.registers()[int(text, 16)].encode(self._selected).hex().encode()

    def _write_register(self, text: str, _raw: bytes) -> bytes:
        number, _, value = text.partition("=")
        register = target.registers()[int(number, 16)]
        self._set(register, int.from_bytes(bytes.fromhex(value), "little"))
        return OK

    def _set(self, register: target.TargetRegister, value: int) -> None:
        index = self._cpu
        if register.read(self._selected) != value:
            self._debugger.do(lambda machine: register.write(machine.cpus[index], value))

    # -- memory --------------------------------------------------------------------------------------
    def _read_memory(self, text: str, _raw: bytes) -> bytes:
        address, size = (int(part, 16) for part in text.split(","))
        try:
            return read_virtual(self._debugger.machine, self._selected, address, size).hex().encode()
        except ValueError:
            return NO_MEMORY

    def _write_memory(self, text: str, _raw: bytes) -> bytes:
        where, _, content = text.partition(":")
        return self._store(where, bytes.fromhex(content))

    def _write_binary(self, text: str, raw: bytes) -> bytes:
        return self._store(text.partition(":")[0], raw.partition(b":")[2])

    def _store(self, where: str, content: bytes) -> bytes:
        address, size = (int(part, 16) for part in where.split(","))
        if size != len(content):
            return BAD
        index = self._cpu
        try:
            self._debugger.do(lambda machine: write_virtual(machine, machine.cpus[index], address, content))
        except ValueError:
            return NO_MEMORY
        return OK

    # -- breakpoints ---------------------------------------------------------------------------------
    def _insert(self, text: str, _raw: bytes) -> bytes:
        kind, address, size = self._point(text)
        if kind in "01":
            self._debugger.breakpoints.add(address)
        elif kind in _WATCHES:
            self._debugger.watchpoints.append(Watchpoint(address, size, _WATCHES[kind]))
        else:
            return NOT_SUPPORTED
        return OK

    def _remove(self, text: str, _raw: bytes) -> bytes:
        kind, address, size = self._point(text)
        if kind in "01":
            self._debugger.breakpoints.discard(address)
        elif kind in _WATCHES:
            point = Watchpoint(address, size, _WATCHES[kind])
            if point in self._debugger.watchpoints:
                self._debugger.watchpoints.remove(point)
        else:
            return NOT_SUPPORTED
        return OK

    def _point(self, text: str) -> tuple[str, int, int]:
        kind, address, size = text.split(";")[0].split(",")
        return kind, int(address, 16), int(size, 16)

    # -- running -------------------------------------------------------------------------------------
    def _continue(self, text: str, _raw: bytes) -> bytes:
        self._jump(text)
        return self._stopped(self._debugger.resume(interrupted=self._interrupted))

    def _step(self, text: str, _raw: bytes) -> bytes:
        self._jump(text)
        return self._stopped(self._debugger.step(self._running_cpu))

    def _jump(self, text: str) -> None:
        if text:
            address, index = int(text, 16), self._running_cpu
            self._debugger.do(lambda machine: machine.cpus[index].write("pc", address))

    def _back(self, text: str, _raw: bytes) -> bytes:
        if text == "s":
            done = self._debugger.step_back(self._running_cpu)
            cpu = self._debugger.machine.cpus[self._running_cpu]
            kind = "step" if done else "begin"
            return self._stopped(StopReason(kind, "", cpu.r[15], cpu.index))
        if text == "c":
            return self._stopped(self._debugger.resume_back())
        return NOT_SUPPORTED

    def _stopped(self, stop: StopReason) -> bytes:
        """Remember a stop, explain it where gdb cannot, and report it."""
        self.stop = stop
        self._cpu = self._running_cpu = stop.cpu
        if stop.kind not in _SILENT:
            self._say(f"hypgen: {stop.sentence}\n")
        if stop.kind in ENDS:
            self.session.finish("exit")
            return b"W%02x" % (self._status() & 0xFF)
        return self._report()

    def _report(self, _text: str = "", _raw: bytes = b"") -> bytes:
        stop = self.stop
        parts = [f"T{_SIGNALS.get(stop.kind, SIGTRAP):02x}thread:{stop.cpu + 1:x};"]
        point = self._debugger.watch_hit
        if stop.kind == "watch" and point is not None:
            parts.append(f"{_WATCH_REPLY[point.kind]}:{point.start:x};")
        elif stop.kind == "until":
            parts.append("swbreak:;")
        elif stop.kind == "begin":
            parts.append("replaylog:begin;")
        return "".join(parts).encode()

    def _v(self, text: str, _raw: bytes) -> bytes:
        if text == "Cont?":
            return b"vCont;c;C;s;S"
        if text.startswith("Cont;"):
            return self._resume_threads(text.removeprefix("Cont;").split(";"))
        if text.startswith("Kill"):
            self.session.finish("kill")
            return OK
        if text.startswith("Run") and self.session.extended:
            return self._begin_again()
        return NOT_SUPPORTED

    def _begin_again(self) -> bytes:
        self.session.over = ""
        self._debugger.reset()
        self._cpu = self._running_cpu = 0
        self.stop = StopReason("step", "", self._debugger.machine.cpus[0].r[15])
        return self._report()

    def _resume_threads(self, actions: list[str]) -> bytes:
        """The first step that is asked for decides; what the other threads do is the machine's business."""
        for action in actions:
            verb, _, thread = action.partition(":")
            if verb[:1] in "sS":
                if thread and int(thread, 16) > 0:
                    self._running_cpu = self._index(thread)
                return self._step("", b"")
        return self._continue("", b"")

    # -- threads -------------------------------------------------------------------------------------
    def _index(self, thread: str) -> int:
        index = int(thread, 16) - 1
        if not 0 <= index < len(self._debugger.machine.cpus):
            raise ValueError(thread)
        return index

    def _select(self, text: str, _raw: bytes) -> bytes:
        thread = text[1:]
        if thread not in ("-1", "0"):
            if text[0] == "g":
                self._cpu = self._index(thread)
            elif text[0] == "c":
                self._running_cpu = self._index(thread)
        return OK

    def _alive(self, text: str, _raw: bytes) -> bytes:
        self._index(text)
        return OK

    def _thread_text(self, index: int) -> str:
        machine = self._debugger.machine
        cpu = machine.cpus[index]
        power = machine.scheduler.power(index).value
        if power != "on":
            return f"CPU {index}: {power}"
        mode = MODES.get(cpu.mode)
        state = "Secure" if cpu.secure else "Non-secure"
        waits = f", waits ({cpu.waiting})" if cpu.waiting else ""
        return f"CPU {index}: {state} {mode.suffix if mode else hex(cpu.mode)}{waits}"

    # -- questions -----------------------------------------------------------------------------------
    def _query(self, text: str, _raw: bytes) -> bytes:
        name = re.split("[:,]", text, maxsplit=1)[0]
        rest = text[len(name) + 1 :]
        if name == "Supported":
            return FEATURES.encode()
        if name == "Xfer":
            return self._transfer(rest)
        if name == "fThreadInfo":
            return b"m" + b",".join(b"%x" % (cpu.index + 1) for cpu in self._debugger.machine.cpus)
        if name == "sThreadInfo":
            return b"l"
        if name == "ThreadExtraInfo":
            return self._thread_text(self._index(rest)).encode().hex().encode()
        if name == "C":
            return b"QC%x" % (self._cpu + 1)
        if name == "Attached":
            return b"1"
        if name == "Rcmd":
            command = bytes.fromhex(rest).decode("utf-8", "replace")
            self._say(monitor.perform(self._debugger, self._cpu, command))
            return OK
        return NOT_SUPPORTED

    def _transfer(self, text: str) -> bytes:
        """A piece of the target description."""
        kind, verb, annex, where = text.split(":")
        if (kind, verb, annex) != ("features", "read", "target.xml"):
            return NOT_SUPPORTED if kind != "features" else b"E00"
        offset, length = (int(part, 16) for part in where.split(","))
        content = target.description().encode()
        piece = content[offset : offset + length]
        return (b"m" if offset + length < len(content) else b"l") + piece

    def _set_option(self, text: str, _raw: bytes) -> bytes:
        if text == "StartNoAckMode":
            self.session.acknowledge = False
            return OK
        return NOT_SUPPORTED

    def _extend(self, _text: str, _raw: bytes) -> bytes:
        self.session.extended = True
        return OK

    def _detach(self, _text: str, _raw: bytes) -> bytes:
        self.session.ended = "detach"
        return OK

    def _kill(self, _text: str, _raw: bytes) -> None:
        self.session.finish("kill")


_HANDLERS: dict[str, Callable[[Stub, str, bytes], bytes | None]] = {
    "!": Stub._extend,
    "?": Stub._report,
    "g": Stub._read_registers,
    "G": Stub._write_registers,
    "p": Stub._read_register,
    "P": Stub._write_register,
    "m": Stub._read_memory,
    "M": Stub._write_memory,
    "X": Stub._write_binary,
    "Z": Stub._insert,
    "z": Stub._remove,
    "c": Stub._continue,
    "s": Stub._step,
    "b": Stub._back,
    "v": Stub._v,
    "H": Stub._select,
    "T": Stub._alive,
    "q": Stub._query,
    "Q": Stub._set_option,
    "D": Stub._detach,
    "k": Stub._kill,
}
"""By the first letter of a packet."""
