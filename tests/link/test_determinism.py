"""Objects and images of any user's files have the same bytes wherever and however they are made."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SOURCE = """
    .global _start
    .type _start, %function
_start:
    .cfi_startproc
    bl  far
    .cfi_endproc
    .section .rodata.str, "aMS", %progbits, 1
    .asciz "name"
    .asciz "a name"
    .text
    .weak far
"""
LAYOUT = """\
entry: _start
sections:
  - {name: .text, address: 0x8000, size: 4KiB, permission: rx}
  - {name: .rodata, address: 0x9000, size: 4KiB, permission: r}
"""


def made(directory: Path, umask: int, **more: str) -> dict[str, bytes]:
    directory.mkdir()
    (directory / "x.S").write_text(SOURCE)
    (directory / "layout.yaml").write_text(LAYOUT)
    for command in (
        ("asm", "-g", "x.S", "-o", "x.o"),
        ("link", "x.o", "--layout", "layout.yaml", "-o", "x.elf", "--map", "x.map"),
    ):
        subprocess.run(
            [sys.executable, "-m", "hypgen", *command],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **more},
            umask=umask,
            check=True,
            timeout=120,
        )
    return {name: (directory / name).read_bytes() for name in ("x.o", "x.elf", "x.map")}


def test_directory_hash_seed_locale_and_umask_change_nothing(tmp_path):
    first = made(tmp_path / "one", 0o022, PYTHONHASHSEED="1", LC_ALL="C.UTF-8")
    second = made(tmp_path / "another directory", 0o077, PYTHONHASHSEED="77", LC_ALL="C")
    assert first == second
    assert str(tmp_path).encode() not in first["x.elf"]
