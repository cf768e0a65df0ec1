"""`hypgen asm` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import run

CHECKOUT = Path(__file__).parents[2]

SOURCE = """
.syntax unified
.include "names.inc"
.text
.global _start
_start: mov r0, #COUNT
bl helper
ldr r1, =0x12345678
hvc #NUMBER
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "names.inc").write_text(".equ NUMBER, 0xff\n")
    (tmp_path / "x.S").write_text(SOURCE)
    return tmp_path


def hypgen(place, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hypgen", "asm", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_writes_an_object(place):
    done = hypgen(place, "x.S", "-o", "out.o", "-I", "inc", "-D", "COUNT=3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (place / "out.o").read_bytes()[:4] == b"\x7fELF"


def test_the_object_s_name_follows_the_source_s(place):
    assert hypgen(place, "x.S", "-I", "inc", "-D", "COUNT").returncode == 0
    assert (place / "x.o").exists()


def test_an_error_is_located_and_leaves_the_last_object(place):
    (place / "x.o").write_text("the last good one")
    done = hypgen(place, "x.S", "-I", "inc")
    assert done.returncode == 2
    assert done.stderr == (
        "x.S:6:9: error[ASM-004]: `mov r0, #COUNT`: the operand must be a number: `COUNT` is not one "
        "(`COUNT` is not defined here)\n"
    )
    assert (place / "x.o").read_text() == "the last good one"
    assert sorted(one.name for one in place.iterdir()) == ["inc", "x.S", "x.o"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.S"], "missing.S: error[ASM-045]: cannot read: No such file or directory\n"),
        (["x.S", "-o", "x.S"], "x.S: error[ASM-045]: the object would overwrite its source\n"),
        (["x.S", "-D", "1x=2"], "error[ASM-044]: -D 1x=2: `1x` is not a symbol\n"),
        (["x.S", "-D", "x=y"], "error[ASM-044]: -D x=y: `y` is not a number\n"),
        (
            ["x.S"],
            "x.S:3:1: error[ASM-026]: file `names.inc` is not there (looked in .)\n",
        ),
    ],
)
def test_wrong_input_is_one_line_and_status_2(place, arguments, message):
    done = hypgen(place, *arguments)
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.oracle
def test_gnu_ld_links_the_object_as_it_links_gnu_as_s(place, oracle_counter):
    (place / "h.s").write_text(".global helper\nhelper: bx lr\n")
    run(["arm-none-eabi-as", "-march=armv7ve", place / "h.s", "-o", place / "h.o"])
    assert hypgen(place, "x.S", "-I", "inc", "-D", "COUNT=3", "-o", "ours.o").returncode == 0
    options = ["-march=armv7ve", "-I", place / "inc", "--defsym", "COUNT=3"]
    run(["arm-none-eabi-as", *options, place / "x.S", "-o", place / "theirs.o"])
    images = []
    for name in ("ours", "theirs"):
        linked = run(["arm-none-eabi-ld", place / f"{name}.o", place / "h.o", "-o", place / f"{name}.elf"])
        assert (linked.returncode, linked.stderr) == (0, "")
        run(["arm-none-eabi-objcopy", "-O", "binary", place / f"{name}.elf", place / f"{name}.bin"])
        images.append((place / f"{name}.bin").read_bytes())
    assert images[0] == images[1]
    oracle_counter("asm-linked")(1)
