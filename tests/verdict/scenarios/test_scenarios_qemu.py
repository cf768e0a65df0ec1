"""Every scenario's image of qemu-virt in QEMU: each CPU prints the same lines as in the strict machine."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario, scenario_names
from hypgen.verdict.observation import observe
from tests.oracle import run, tool

pytestmark = pytest.mark.oracle
Counter = Callable[[str], Callable[[int], None]]

BOARD = load_board("qemu-virt")
MACHINES = {"hyp": "virt,virtualization=on", "secure-svc": "virt,secure=on,virtualization=on", "svc": "virt"}
"""QEMU's machine by the mode that the image is entered in."""
RUNNABLE = [name for name in scenario_names() if not load_scenario(name).missing(BOARD)]
"""All but those that the board itself cannot run."""
FIRMWARE = Path(__file__).with_name("hyp_mmu_firmware.S")
FIRMWARE_AT = 0x4010_0000
"""In RAM, between QEMU's device tree and the image."""

MEANINGLESS = {0x04: 1 << 25, 0x0C: 1 << 25, 0x10: 0x03FF_0000}
"""Bits of HSR by slot that say nothing where Hyp mode prints it: IL, and ISV with its syndrome, which is for
stage 2 aborts, but which QEMU sets there."""


UNSENT = {"way-secure": "slot.1c"}
"""Steps by scenario whose FIQ QEMU does not have: with secure=on its GIC has the Security Extensions, which
the board file's has not, so that only somebody outside could send one to Non-secure software."""


def without(step: str, lines: list[str]) -> list[str]:
    """A CPU's lines but for what it says in a step, which goes on until the next begins."""
    found, inside = [], False
    for line in lines:
        if not re.match(r"cpu\d+   ", line):
            inside = re.sub(r"cpu\d+ ", "", line).startswith(f"{step}:")
        if not inside:
            found.append(line)
    return found


def known(line: str) -> str:
    """A line with the meaningless bits of HSR, if it has one, left out."""
    found = re.match(r"(cpu\d+   slot 0x000000(..) HSR 0x)(.{8})(.*)", line)
    if found is None:
        return line
    hsr = int(found[3], 16) & ~MEANINGLESS.get(int(found[2], 16), 0)
    return f"{found[1]}{hsr:08x}{found[4]}"


def lines_by_cpu(console: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in console.splitlines():
        begin = re.match(r"cpu\d+ ", line)
        assert begin, f"a line that does not begin with its CPU: {line!r}"
        found.setdefault(begin[0], []).append(known(line))
    return found


def started_by_firmware(image: Path, entry: int, *, mapped: int = 1) -> list[str | Path]:
    """Options of QEMU that load an image and firmware which turns the Hyp MMU on and jumps to ``entry``.

    With ``mapped`` = 0 its tables do not map memory.
    """
    symbols = ["--defsym", f"IMAGE={entry:#x}", "--defsym", f"MAPPED={mapped}"]
    made, linked = image.with_suffix(".firmware.o"), image.with_suffix(".firmware.elf")
    for command in (
        ["arm-none-eabi-as", "-march=armv7ve", *symbols, FIRMWARE, "-o", made],
        ["arm-none-eabi-ld", f"-Ttext={FIRMWARE_AT:#x}", made, "-o", linked],
    ):
        done = run(command)
        assert (done.returncode, done.stderr) == (0, "")
    return ["-kernel", linked, "-device", f"loader,file={image}"]


def qemu_console(
    image: Path, machine: str, count: int, started: Sequence[str | Path] = (), *, seconds: float = 60
) -> str:
    """What QEMU prints, until it switches off, has printed ``count`` lines, or has run so long.

    ``started`` are the options that have it begin elsewhere than in the image.
    """
    output = image.with_suffix(".console")
    with output.open("wb") as sink:
        running = subprocess.Popen(
            [tool("qemu-system-arm"), "-M", machine, "-cpu", "cortex-a15", "-smp", "4", "-accel",
             "tcg,thread=single", "-nographic", *(started or ("-kernel", image))],
            stdin=subprocess.DEVNULL, stdout=sink,
        )  # fmt: skip
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end and running.poll() is None:
                if output.read_bytes().count(b"\n") >= count:
                    time.sleep(0.3)  # for a line too many
                    break
                time.sleep(0.05)
        finally:
            running.kill()
            running.wait()
    return output.read_bytes().decode()


@pytest.mark.parametrize("name", RUNNABLE)
def test_qemu_prints_the_same_lines_on_each_cpu(name: str, tmp_path: Path, oracle_counter: Counter) -> None:
    scenario = load_scenario(name)
    made = compile_image(BOARD, options=PlanOptions(scenario=name), embed=False)
    image = tmp_path / f"{name}.elf"
    image.write_bytes(made.elf)
    board = scenario.on(BOARD)
    ours = observe(board, made.elf, name, scenario=scenario, unknown_seed=1, complement=False)
    started = started_by_firmware(image, made.plan.entry_address) if board.entry.hyp_mmu else ()
    theirs = qemu_console(image, MACHINES[board.entry.mode], ours.console.count("\n"), started)
    said = [lines_by_cpu(one) for one in (theirs, ours.console)]
    if name in UNSENT:
        said = [{cpu: without(UNSENT[name], lines) for cpu, lines in one.items()} for one in said]
    assert said[0] == said[1]
    oracle_counter("qemu-scenarios")(ours.console.count("\n"))


def test_the_firmware_of_way_hyp_mmu_does_hand_over_with_the_mmu_on(tmp_path: Path) -> None:
    """Where its tables do not map memory nothing is printed: what is fetched then is translated."""
    made = compile_image(BOARD, options=PlanOptions(scenario="way-hyp-mmu"), embed=False)
    image = tmp_path / "way-hyp-mmu.elf"
    image.write_bytes(made.elf)
    started = started_by_firmware(image, made.plan.entry_address, mapped=0)
    assert qemu_console(image, MACHINES["hyp"], 1, started, seconds=3) == ""
