"""Every scenario's image of qemu-virt in QEMU: each CPU prints the same lines as in the strict machine."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario, scenario_names
from hypgen.verdict.observation import observe
from tests.oracle import tool

pytestmark = pytest.mark.oracle
Counter = Callable[[str], Callable[[int], None]]

BOARD = load_board("qemu-virt")
MACHINES = {"hyp": "virt,virtualization=on", "secure-svc": "virt,secure=on,virtualization=on", "svc": "virt"}
"""QEMU's machine by the mode that the image is entered in."""
NOT_IN_QEMU = {"way-hyp-mmu": "no firmware of QEMU's hands over with the Hyp MMU on"}
"""Scenarios that QEMU has no means for, with the reason."""
RUNNABLE = [
    name for name in scenario_names() if name not in NOT_IN_QEMU and not load_scenario(name).missing(BOARD)
]


MEANINGLESS = {0x04: 1 << 25, 0x0C: 1 << 25, 0x10: 0x03FF_0000}
"""Bits of HSR by slot that say nothing where Hyp mode prints it: IL, and ISV with its syndrome, which is for
stage 2 aborts, but which QEMU sets there."""


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


def qemu_console(image: Path, machine: str, count: int) -> str:
    """What QEMU prints, until it switches off or has printed ``count`` lines."""
    output = image.with_suffix(".console")
    with output.open("wb") as sink:
        running = subprocess.Popen(
            [tool("qemu-system-arm"), "-M", machine, "-cpu", "cortex-a15", "-smp", "4", "-accel",
             "tcg,thread=single", "-nographic", "-kernel", image],
            stdin=subprocess.DEVNULL, stdout=sink,
        )  # fmt: skip
        end = time.monotonic() + 60
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
    theirs = qemu_console(image, MACHINES[board.entry.mode], ours.console.count("\n"))
    assert lines_by_cpu(theirs) == lines_by_cpu(ours.console)
    oracle_counter("qemu-scenarios")(ours.console.count("\n"))
