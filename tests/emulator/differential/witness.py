"""Executing many cases in one run of QEMU."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

from tests.emulator.differential import harness
from tests.emulator.differential.case import (
    EXTENSION,
    GROUPS,
    OUTPUT,
    RECORD,
    SCRATCH_SIZE,
    TABLES,
    Case,
    Outcome,
    layout,
)
from tests.emulator.differential.tables import shared
from tests.oracle import tool

TIMEOUT = 240
"""Seconds for cases that QEMU executes in less than two, on a machine that is not busy; then one of them does
not end."""


class Stopped(Exception):  # noqa: N818  # what the cases do to QEMU, not an error of theirs
    """QEMU has stopped by itself, by an assertion of its own, and said ``why``."""

    def __init__(self, why: str) -> None:
        super().__init__(f"QEMU stops: {why}")
        self.why = why


class Endless(Exception):  # noqa: N818  # what a case is in QEMU, not an error of it
    """A case does not end in QEMU; ``index`` says which."""

    def __init__(self, index: int) -> None:
        super().__init__(f"case {index} does not end in QEMU")
        self.index = index


def execute(cases: Sequence[Case], directory: Path) -> list[Outcome]:
    """What each case leaves in QEMU. The cases are numbered from 0. Raises Endless and Stopped."""
    assert [case.index for case in cases] == list(range(len(cases)))
    image = _assemble(len(cases), directory)
    loads = {
        harness.START: image.read_bytes(),
        TABLES: shared().content,
        harness.INPUTS: b"".join(case.record for case in cases),
        GROUPS: b"".join(case.memory for case in cases),
    }
    command = [tool("qemu-system-arm"), "-M", "virt,secure=on,virtualization=on", "-cpu", "cortex-a15"]
    command += ["-m", "256", "-display", "none", "-serial", "null", "-monitor", "stdio"]
    command += ["-semihosting-config", "enable=on,target=native", "-accel", "tcg,thread=single"]
    for address, content in loads.items():
        path = directory / f"{address:x}.bin"
        path.write_bytes(content)
        command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    command += ["-device", f"loader,addr={harness.START:#x},cpu-num=0"]
    output = directory / "out.bin"
    output.unlink(missing_ok=True)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=directory, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as qemu:
        try:
            qemu.wait(TIMEOUT)
            if not output.exists():
                raise Stopped(repr(qemu.communicate()[0]))
        except subprocess.TimeoutExpired:
            said = _asked(qemu, f"xp /1wx {harness.CURSOR:#x}")
            (cursor,) = re.findall(rb": 0x([0-9a-f]{8})", said)
            raise Endless((int(cursor, 16) - harness.INPUTS) // RECORD) from None
    return list(_outcomes(output.read_bytes(), len(cases)))


def _asked(qemu: subprocess.Popen[bytes], command: str) -> bytes:
    """What QEMU's monitor answers, after which QEMU ends; raises AssertionError if it does not."""
    try:
        said, _ = qemu.communicate(f"{command}\nquit\n".encode(), TIMEOUT)
    except subprocess.TimeoutExpired:
        qemu.kill()
        raise AssertionError("QEMU answers nothing any more") from None
    return said


def _assemble(cases: int, directory: Path) -> Path:
    text = harness.program(cases)
    image = directory / f"harness-{zlib.crc32(text.encode()):08x}.bin"
    if not image.exists():
        source, objects, linked = (directory / f"harness.{kind}" for kind in ("S", "o", "elf"))
        source.write_text(text)
        subprocess.run([tool("arm-none-eabi-as"), "-o", objects, source], check=True)
        place = f"{harness.START:#x}"
        subprocess.run(
            [tool("arm-none-eabi-ld"), "-Ttext", place, "-e", place, "-o", linked, objects], check=True
        )
        subprocess.run([tool("arm-none-eabi-objcopy"), "-O", "binary", linked, image], check=True)
    return image


def _outcomes(content: bytes, cases: int):
    assert len(content) == cases * (RECORD + SCRATCH_SIZE), f"QEMU wrote {len(content)} bytes"
    for index in range(cases):
        values = struct.unpack_from(layout(OUTPUT), content, RECORD * index)
        extension = content[RECORD * index + EXTENSION : RECORD * (index + 1)]
        start = RECORD * cases + SCRATCH_SIZE * index
        yield Outcome(
            dict(zip(OUTPUT, values, strict=True)), content[start : start + SCRATCH_SIZE], extension
        )
