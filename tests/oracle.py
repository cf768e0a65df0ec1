"""Tools that we did not write: finding them, and counting what was compared with them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

DEBIAN_PACKAGE = {
    "arm-none-eabi-addr2line": "binutils-arm-none-eabi",
    "arm-none-eabi-ar": "binutils-arm-none-eabi",
    "arm-none-eabi-as": "binutils-arm-none-eabi",
    "arm-none-eabi-ld": "binutils-arm-none-eabi",
    "arm-none-eabi-nm": "binutils-arm-none-eabi",
    "arm-none-eabi-objcopy": "binutils-arm-none-eabi",
    "arm-none-eabi-objdump": "binutils-arm-none-eabi",
    "arm-none-eabi-readelf": "binutils-arm-none-eabi",
    "arm-none-eabi-strip": "binutils-arm-none-eabi",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "clang": "clang",
    "dtc": "device-tree-compiler",
    "cmake": "cmake",
    "eu-elflint": "elfutils",
    "gdb-multiarch": "gdb-multiarch",
    "ld.lld": "lld",
    "llvm-dwarfdump": "llvm",
    "make": "make",
    "meson": "meson",
    "mkimage": "u-boot-tools",
    "ninja": "ninja-build",
    "qemu-system-arm": "qemu-system-arm",
}
"""Every program that an oracle test may call, and the Debian package that has it."""


def tool(name: str) -> str:
    """The path of a tool; the test *fails* without it: an oracle that never ran proves nothing."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: apt-get install {DEBIAN_PACKAGE[name]}", pytrace=False)
    return path


def run(command: Sequence[str | Path], *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a tool and return what it printed; never raises for its exit status."""
    program = tool(str(command[0]))
    arguments = [program, *map(str, command[1:])]
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL
    )
