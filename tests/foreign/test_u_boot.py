"""Debian's U-Boot for QEMU's virt machine prints what it prints in QEMU, and takes the same commands.

It is entered in flash, as with ``-bios``. Not compared is the time of day.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from pathlib import Path

import pytest

from hypgen.board.cpus import with_cpus
from hypgen.board.load import load_board
from hypgen.machine.boot import flat_image, hand_over_device_tree
from hypgen.machine.machine import Machine
from tests.oracle import tool

pytestmark = pytest.mark.oracle

U_BOOT = Path("/usr/lib/u-boot/qemu_arm/u-boot.bin")
PROMPT = b"\n=> "
"""At the beginning of a line: crc32 writes an arrow within one."""
TIMEOUT = 30
ELF = (
    *(0x464C_457F, 0x0001_0101, 0, 0, 0x0028_0002, 1, 0x4200_0000, 0x34, 0, 0x0500_0000, 0x0020_0034, 1, 0),
    *(1, 0x54, 0x4200_0000, 0x4200_0000, 8, 8, 5, 4),
    *(0xE3A0_0007, 0xE12F_FF1E),
)
"""Words of an ELF file with one segment: mov r0, #7; bx lr."""
COMMANDS = (
    "bdinfo",
    "md 0x40000000 8",
    "mw.l 41000000 deadbeef 4; cp.l 41000000 41000100 4; cmp.l 41000000 41000100 4; crc32 41000000 100",
    "fdt addr 40000000; fdt print /psci",
    "pci",
    "qfw cpus",
    "erase 0x04040000 +40000; md 04040000 4",
    "setexpr x 5 * 7; setexpr y fmt %d $x; printenv x y",
    "; ".join(f"mw.l {0x4100_0000 + 4 * index:x} {word:x}" for index, word in enumerate(ELF[:12])),
    "; ".join(f"mw.l {0x4100_0000 + 4 * index:x} {word:x}" for index, word in enumerate(ELF[12:], 12)),
    "bootelf -p 41000000",
    "nothing",
    "poweroff",
)


def in_qemu(*options: str) -> bytes:
    command = [tool("qemu-system-arm"), "-M", "virt,virtualization=on", "-cpu", "cortex-a15", "-m", "128"]
    command += ["-nic", "none", "-bios", str(U_BOOT), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        output, seen, left = b"", 0, list(COMMANDS)
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end and select.select([process.stdout], [], [], TIMEOUT)[0]:
            part = os.read(process.stdout.fileno(), 4096)
            if not part:
                break
            output += part
            if left and output.find(PROMPT, seen) >= 0:
                seen = len(output)
                process.stdin.write(left.pop(0).encode() + b"\r")
                process.stdin.flush()
        process.kill()
    return output


def in_ours(dtb: Path) -> bytes:
    machine = Machine(with_cpus(load_board("qemu-virt"), 1), mode="functional")
    machine.start(flat_image(U_BOOT.read_bytes(), "u-boot.bin", 0))
    hand_over_device_tree(machine, dtb.read_bytes(), "virt.dtb")
    console, seen, left = machine.bus.console, 0, list(COMMANDS)
    for _ in range(400):
        stop = machine.run(limit=100_000).stop
        if stop.kind != "limit":
            break
        if left and console.output.find(PROMPT, seen) >= 0:
            seen = len(console.output)
            console.receive(left.pop(0).encode() + b"\r")
    assert stop.kind == "power-off", f"{stop.sentence}\n{console.output.decode()}"
    return bytes(console.output)


def test_u_boot_prints_what_it_prints_in_qemu(tmp_path, oracle_counter):
    assert U_BOOT.exists(), "install the Debian package u-boot-qemu"
    dtb = tmp_path / "virt.dtb"
    in_qemu("-display", "none", "-machine", f"dumpdtb={dtb}")

    theirs = in_qemu("-nographic").decode().splitlines()

    assert in_ours(dtb).decode().splitlines() == theirs
    assert theirs[-1] == "poweroff ..."
    oracle_counter("u-boot-lines")(len(theirs))
