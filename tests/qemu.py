"""QEMU as a witness: an image's console, its trace, and its registers through the gdb stub.

All of it is `qemu-system-arm -M virt,virtualization=on -cpu cortex-a15`, the machine that
boards/qemu-virt.yaml describes.
"""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from tests.oracle import tool

MACHINE = ("-M", "virt,virtualization=on", "-cpu", "cortex-a15")
TIMEOUT = 60
"""Seconds that a run of QEMU may take; ours take less than one."""


def console(image: Path) -> bytes:
    """What the image prints until it switches the machine off."""
    return _run("-kernel", image).stdout


# -- trace -------------------------------------------------------------------------------------------
class State(NamedTuple):
    """What QEMU's log has before each instruction: r0 to r15 of the current mode, and CPSR."""

    registers: tuple[int, ...]
    cpsr: int


def trace(image: Path, log: Path) -> list[State]:
    """The state before every instruction that the image executes; ``log`` is a file to use.

    An instruction whose fetch aborts has no entry, as QEMU translates nothing for it.
    """
    _run(*_one_instruction_per_block(), "-d", "nochain,exec,cpu", "-D", log, "-kernel", image)
    # A block that QEMU begins and is called away from is logged again when it begins anew.
    entries = re.split(r"^Trace \d+: .*\n", log.read_text(), flags=re.MULTILINE)[1:]
    return [_state(one) for one in entries if "Stopped execution" not in one]


def _state(entry: str) -> State:
    registers = re.findall(r"R\d\d=([0-9a-f]{8})", entry)
    (cpsr,) = re.findall(r"^PSR=([0-9a-f]{8})", entry, re.MULTILINE)
    assert len(registers) == 16
    return State(tuple(int(one, 16) for one in registers), int(cpsr, 16))


def _one_instruction_per_block() -> tuple[str, ...]:
    """The option was renamed in QEMU 8.1."""
    text = subprocess.run([tool("qemu-system-arm"), "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)\.(\d+)", text)
    assert version, text
    renamed = (int(version[1]), int(version[2])) >= (8, 1)
    return ("-accel", "tcg,one-insn-per-tb=on") if renamed else ("-singlestep",)


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [tool("qemu-system-arm"), *MACHINE, "-nographic", *arguments]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, b"")
    return done


# -- gdb stub ----------------------------------------------------------------------------------------
class Stub:
    """A machine stopped before its first instruction, driven through QEMU's gdb stub.

    A context manager: the machine is gone at the end of the block. ``directory`` is for its socket.
    """

    def __init__(self, image: Path, directory: Path) -> None:
        path = directory / "gdb"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            listener.settimeout(TIMEOUT)
            quiet = ("-display", "none", "-serial", "null", "-monitor", "none")
            stopped = ("-S", "-chardev", f"socket,id=gdb,path={path}", "-gdb", "chardev:gdb")
            command: list[str | Path] = [
                tool("qemu-system-arm"),
                *MACHINE,
                *quiet,
                *stopped,
                "-kernel",
                image,
            ]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            self._socket, _ = listener.accept()
        self._socket.settimeout(TIMEOUT)
        self._received = b""
        self._ask("qSupported:xmlRegisters=arm")
        self._numbers = self._read_description()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def registers(self, names: Iterable[str]) -> dict[str, int]:
        """Values by the names that QEMU gives the registers."""
        return {
            name: int.from_bytes(bytes.fromhex(self._ask(f"p{self._numbers[name]:x}")), "little")
            for name in names
        }

    def break_at(self, address: int) -> None:
        """Stop before the instruction at a virtual address, in whatever regime the CPU then is."""
        assert self._ask(f"Z0,{address:x},4") == "OK"

    def resume(self) -> bool:
        """Run to the next breakpoint; False if the machine switched itself off instead."""
        # One step first: QEMU would stop at a breakpoint that it stands on.
        return all(self._ask(packet).startswith("T") for packet in ("s", "c"))

    def _read_description(self) -> dict[str, int]:
        """Registers' numbers by name. The last of equal names counts, which is the 64-bit one."""
        numbers: dict[str, int] = {}
        number = 0
        for document in re.findall(r'<xi:include href="(.*?)"', self._read_document("target.xml")):
            for register in re.findall(r"<reg (.*?)/>", self._read_document(document)):
                attributes = dict(re.findall(r'(\w+)="(.*?)"', register))
                number = int(attributes.get("regnum", number))
                numbers[attributes["name"]] = number
                number += 1
        return numbers

    def _read_document(self, name: str) -> str:
        text, more = "", True
        while more:
            part = self._ask(f"qXfer:features:read:{name}:{len(text):x},ffb")
            more = part.startswith("m")
            text += part[1:]
        return text

    def _ask(self, packet: str) -> str:
        """Send a packet and return the answer; empty when QEMU ends instead of answering.

        Answers are not acknowledged: QEMU takes the next packet as acknowledgement.
        """
        self._socket.sendall(f"${packet}#{sum(packet.encode()) & 0xFF:02x}".encode())
        while not (answer := re.search(rb"\$(.*?)#..", self._received, re.DOTALL)):
            part = self._socket.recv(65536)
            if not part:
                return ""
            self._received += part
        self._received = self._received[answer.end() :]
        return answer[1].decode()
