"""The examples, built at two addresses, and run to their end in the core and in QEMU."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hypgen.integration import directory
from hypgen.machine.machine import Machine
from tests import images
from tests.oracle import tool
from tests.qemu import console

CHECKOUT = Path(__file__).parents[2]
LAST_LINE = b"firmware: done\r\n"

pytestmark = [pytest.mark.oracle, pytest.mark.slow]

PLACES = {"qemu-virt": ("0x40300000", "0"), "unaligned": ("0x41235000", "0x80000000")}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The examples in a directory of their own, and this checkout's hypgen on the PATH of what runs there."""
    shutil.copytree(CHECKOUT / "examples", tmp_path / "examples")
    program = tmp_path / "bin" / "hypgen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{CHECKOUT}" exec "{sys.executable}" -m hypgen "$@"\n')
    program.chmod(0o755)
    return tmp_path / "examples"


def call(command: Sequence[str], where: Path) -> str:
    path = f"{where.parents[1] / 'bin'}{os.pathsep}{os.environ['PATH']}"
    inherited = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}  # `make -s check`
    environment = {**inherited, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
    program = command[0] if Path(command[0]).is_absolute() else tool(command[0])
    done = subprocess.run(
        [program, *command[1:]],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def by_make(where: Path, load: str, offset: str) -> None:
    call(["make", f"LOAD={load}", f"VA_OFFSET={offset}"], where)
    assert "up to date" in call(["make", f"LOAD={load}", f"VA_OFFSET={offset}"], where)


def by_cmake(where: Path, load: str, offset: str) -> None:
    chosen = [f"-DLOAD={load}", f"-DVA_OFFSET={offset}"]
    call(["cmake", "-G", "Ninja", "-B", "out", "--toolchain", "arm-none-eabi.cmake", *chosen], where)
    call(["cmake", "--build", "out"], where)
    assert "no work to do" in call(["cmake", "--build", "out"], where)


def by_meson(where: Path, load: str, offset: str) -> None:
    tool("ninja")
    chosen = [f"-Dload={load}", f"-Dva_offset={offset}"]
    call(["meson", "setup", "out", "--cross-file", "arm-none-eabi.ini", *chosen], where)
    call(["ninja", "-C", "out"], where)
    assert "no work to do" in call(["ninja", "-C", "out"], where)


BUILDS = {"embed-make": by_make, "embed-cmake": by_cmake, "embed-meson": by_meson}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("example", BUILDS)
def test_a_firmware_is_built_and_runs_to_its_end(example, place, copy, oracle_counter):
    where = copy / example
    BUILDS[example](where, *PLACES[place])
    elf = where / "out" / "firmware.elf"

    machine = Machine(images.board("qemu-virt"))
    image = machine.load(elf.read_bytes())
    machine.run(limit=200_000)

    printed = machine.console if isinstance(machine.console, bytes) else machine.console.encode()
    assert image.entry == int(PLACES[place][0], 0)
    assert printed.endswith(LAST_LINE)
    assert machine.findings == []
    assert console(elf) == printed
    oracle_counter("examples")(printed.count(b"\n"))


def test_make_is_told_which_files_the_image_depends_on(copy):
    where = copy / "embed-make"
    rule = where / "out" / "hyp" / "qemu-virt.d"
    call(["make"], where)
    stub = CHECKOUT / "templates" / "stub.S"
    assert f"  {stub} \\\n" in rule.read_text()
    assert f"\n{stub}:\n" in rule.read_text()


def test_the_script_builds_runs_and_verifies(copy):
    said = call([sys.executable, "build_and_run.py", "qemu-virt", "out"], copy / "api")

    assert said.startswith("qemu-virt: verified, in out/qemu-virt\n")
    assert "stopped: until" in said


def test_the_example_s_snippet_is_the_one_that_the_package_has():
    ours = CHECKOUT / "examples" / "embed-meson" / "hyp" / "meson.build"
    assert ours.read_text() == (directory() / "hypgen.meson").read_text()
