"""Bare-metal images made with GNU as and gcc print what they print in QEMU, with any number of CPUs.

Order between CPUs is an image's own affair: what is compared is the lines of each CPU, which the
images with several CPUs begin with ``cpuN``.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from hypgen.board.cpus import with_cpus
from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.machine.semihosting import Semihosting
from tests.oracle import run, tool

pytestmark = pytest.mark.oracle

HERE = Path(__file__).parent
SECURE = str(HERE / "qemu-virt-secure.yaml")
MACHINES = {SECURE: "virt,secure=on,virtualization=on", "qemu-virt": "virt,virtualization=on"}
IMAGES = {
    "ladder": SECURE,
    "monitor": SECURE,
    "lpae": SECURE,
    "short": SECURE,
    "smp": "qemu-virt",
    "thumb": SECURE,
    "be8": SECURE,
    "traps": "qemu-virt",
    "irq": SECURE,
    "tasks": SECURE,
    "stage2": "qemu-virt",
    "vfp": SECURE,
    "vgic": "qemu-virt",
    "nonsec": SECURE,
    "hypinit": "qemu-virt",
    "faulton": "qemu-virt",
    "selfmod": SECURE,
    "timers": SECURE,
    "lazyvfp": "qemu-virt",
    "mmio": "qemu-virt",
    "virtual": "qemu-virt",
    "devices": "qemu-virt",
    "wxn": "qemu-virt",
    "host": "qemu-virt",
}
"""The board that each image is for."""
COMPILED = (
    "-march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard -ffreestanding -nostdlib -Wl,--no-warn-rwx-segments"
)
FLAGS = (
    "-O0 -marm",
    "-O2 -mthumb",
    "-O3 -mthumb -ffast-math",
    "-O3 -marm -ffast-math -mbig-endian -mbe8",
    "-Os -mthumb -mbig-endian -mbe8",
)
"""How the C program is compiled: both instruction sets, both endiannesses, with and without vectors."""
CPP = "-ffreestanding -nostdlib -fno-exceptions -fno-rtti -Wall -Wextra -Werror"
COMPILERS = {
    "gcc-arm": "arm-none-eabi-gcc -O2 -marm -march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard",
    "gcc-thumb": "arm-none-eabi-gcc -O3 -mthumb -march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard",
    "clang-thumb": "clang -O0 -mthumb --target=arm-none-eabihf -mcpu=cortex-a15 -fuse-ld=lld",
    "clang-arm": "clang -O3 -marm --target=arm-none-eabihf -mcpu=cortex-a15 -fuse-ld=lld",
}
"""How the C++ program is compiled. At -O0 clang compares two low registers with a word that the manual
calls UNPREDICTABLE, and that every processor executes."""
RUNS = ((1, None), (4, 3))
"""CPUs, and the seed of their turns; without one they are long."""
MORE_RUNS = ((2, 2), (3, None), (8, None), (8, 5))
"""More of them for the images that use several CPUs."""
SEVERAL = ("smp", "nonsec")


def assembled(name: str, directory: Path) -> Path:
    """The image of NAME.S, linked at 0x40200000 as QEMU's own ``-kernel`` wants an ELF file."""
    objects = []
    for source in (name, "common"):
        objects.append(directory / f"{source}.o")
        made = run(["arm-none-eabi-as", "-I", HERE, "-o", objects[-1], HERE / f"{source}.S"])
        assert made.returncode == 0, made.stderr
    image = directory / f"{name}.elf"
    linked = run(["arm-none-eabi-ld", "-Ttext=0x40200000", "-Tdata=0x40280000", "-o", image, *objects])
    assert (linked.returncode, linked.stderr) == (0, "")
    return image


def compiled(flags: str, directory: Path) -> Path:
    """The image of the C program, compiled so."""
    image = directory / "c.elf"
    command = ["arm-none-eabi-gcc", *flags.split(), *COMPILED.split(), "-T", HERE / "c/image.ld", "-o", image]
    made = run([*command, HERE / "c/compute.c", HERE / "c/boot.S"])
    assert made.returncode == 0, made.stderr
    return image


def compiled_cpp(compiler: str, cpus: int, directory: Path) -> Path:
    """The image of the C++ program for so many CPUs, compiled so."""
    image = directory / "cpp.elf"
    gcc = "arm-none-eabi-gcc -march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard -print-libgcc-file-name"
    divisions = run(gcc.split()).stdout.strip()
    command = [*COMPILERS[compiler].split(), *CPP.split(), f"-DCPUS={cpus}", f"-Wl,-T,{HERE}/cpp/image.ld"]
    made = run([*command, HERE / "cpp/boot.S", HERE / "cpp/atomics.cpp", divisions, "-o", image])
    assert made.returncode == 0, made.stderr
    return image


def in_qemu(image: Path, board: str, cpus: int) -> str:
    """What the image prints in QEMU until it exits."""
    command = [tool("qemu-system-arm"), "-M", MACHINES[board], "-cpu", "cortex-a15"]
    command += ["-accel", "tcg,thread=single", "-smp", str(cpus), "-nographic"]
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(image)]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=10, check=True)
    assert done.stderr == b""
    return done.stdout.decode("ascii")


def in_ours(image: Path, board: str, cpus: int, seed: int | None) -> str:
    """What the image prints in our machine until it exits."""
    machine = Machine(with_cpus(load_board(board), cpus), mode="functional", schedule_seed=seed)
    Semihosting(machine, lambda text: None)
    machine.load(image.read_bytes())
    stop = machine.run(limit=2_000_000).stop
    assert stop.kind in ("exit", "power-off"), f"{stop.sentence}\n{machine.console}"
    return machine.console


def by_cpu(text: str) -> dict[str, list[str]]:
    """The lines of each CPU, in order; a line without one is the first CPU's."""
    lines: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        lines[line[:4] if line.startswith("cpu") else "cpu0"].append(line)
    return lines


@pytest.mark.parametrize(
    ("name", "cpus", "seed"),
    [(name, *one) for name in IMAGES for one in (*RUNS, *(MORE_RUNS if name in SEVERAL else ()))],
)
def test_an_image_prints_what_it_prints_in_qemu(name, cpus, seed, tmp_path, oracle_counter):
    image = assembled(name, tmp_path)
    theirs = in_qemu(image, IMAGES[name], cpus)
    assert by_cpu(in_ours(image, IMAGES[name], cpus, seed)) == by_cpu(theirs)
    oracle_counter("foreign-lines")(len(theirs.splitlines()))


@pytest.mark.parametrize("board", MACHINES)
@pytest.mark.parametrize("flags", FLAGS)
def test_a_c_program_computes_what_it_computes_in_qemu(flags, board, tmp_path, oracle_counter):
    image = compiled(flags, tmp_path)
    theirs = in_qemu(image, board, 1)
    assert in_ours(image, board, 1, None) == theirs
    oracle_counter("foreign-lines")(len(theirs.splitlines()))


@pytest.mark.parametrize(
    ("compiler", "cpus", "seed"),
    [("gcc-arm", 4, None), ("gcc-thumb", 2, 5), ("clang-thumb", 4, None), ("clang-arm", 2, 6)],
)
def test_a_cpp_program_shares_memory_as_in_qemu(compiler, cpus, seed, tmp_path, oracle_counter):
    image = compiled_cpp(compiler, cpus, tmp_path)
    theirs = in_qemu(image, "qemu-virt", cpus)
    assert by_cpu(in_ours(image, "qemu-virt", cpus, seed)) == by_cpu(theirs)
    oracle_counter("foreign-lines")(len(theirs.splitlines()))
