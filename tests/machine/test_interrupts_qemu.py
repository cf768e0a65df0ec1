"""CPUs, interrupts and time together: images made with GNU as print what they print in QEMU."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.machine.machine import Machine
from tests.oracle import run, tool

pytestmark = pytest.mark.oracle

IMAGES = Path(__file__).with_name("images")


def assembled(name: str, directory: Path, base: int = 0x4010_0000, **symbols: int) -> Path:
    """The image of ``images/NAME.s``, linked at ``base`` with its data 1 MB above."""
    made = directory / f"{name}.o"
    image = directory / f"{name}.elf"
    defined = [option for key, value in symbols.items() for option in ("--defsym", f"{key}={value:#x}")]
    for command in (
        ["arm-none-eabi-as", *defined, "-o", made, IMAGES / f"{name}.s"],
        ["arm-none-eabi-ld", f"-Ttext={base:#x}", f"-Tdata={base + 0x10_0000:#x}", "-o", image, made],
    ):
        done = run(command)
        assert done.returncode == 0, done.stderr
    return image


def virt(cpus: int) -> Board:
    """QEMU's virt with that many CPUs."""
    board = load_board("qemu-virt")
    cluster = board.cpus.clusters[0].model_copy(update={"cores": cpus})
    return board.model_copy(update={"cpus": board.cpus.model_copy(update={"clusters": (cluster,)})})


def in_qemu(image: Path, cpus: int) -> bytes:
    """What the image prints in QEMU until it switches the machine off."""
    command = [tool("qemu-system-arm"), "-M", "virt,virtualization=on", "-cpu", "cortex-a15"]
    command += ["-accel", "tcg,thread=single", "-smp", str(cpus), "-nographic", "-kernel", str(image)]
    command += ["-icount", "shift=3"]  # its time is counted in instructions too, whatever else runs here
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize(("name", "cpus"), [("interrupts", 2), ("psci", 2), ("virtual_interrupts", 1)])
def test_an_image_prints_what_it_prints_in_qemu(name, cpus, tmp_path, oracle_counter):
    image = assembled(name, tmp_path)
    theirs = in_qemu(image, cpus)
    for seed in (1, 2, 3):
        machine = Machine(virt(cpus), mode="functional", schedule_seed=seed)
        machine.load(image.read_bytes())
        result = machine.run()
        assert (result.stop.kind, bytes(machine.bus.console.output)) == ("power-off", theirs)
    oracle_counter("qemu-interrupts")(len(theirs))


@pytest.mark.parametrize(
    ("name", "base", "symbols"),
    [
        ("rpi2", 0x0020_0000, {"REGISTER": 0x4000_008C, "STRIDE": 16, "COUNT": 4}),
        ("vexpress-tc2", 0x8020_0000, {"REGISTER": 0x1C01_0030, "SGIR": 0x2C00_1F00, "COUNT": 5}),
    ],
)
def test_held_cpus_are_released_through_the_boards_registers(name, base, symbols, tmp_path):
    image = assembled("pen", tmp_path, base, **symbols)
    machine = Machine(load_board(name), mode="functional")
    machine.load(image.read_bytes())
    result = machine.run(limit=100_000)
    assert result.stop.kind == "loop"
    done = machine.image.symbols["done"].address
    assert machine.cpus[0].r[15] == done
    assert all(cpu.r[15] == machine.cpus[1].r[15] > done for cpu in machine.cpus[1:])
