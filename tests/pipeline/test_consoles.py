"""Images for every UART that a board file can name: in the strict machine, and in QEMU where it has one."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board, Console
from hypgen.pipeline.building import compile_image
from hypgen.pipeline.verifying import verify_scenarios
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions
from hypgen.units import PhysAddr
from hypgen.verdict.check import Outcome
from tests.oracle import tool

UARTS = get_args(Console.model_fields["compatible"].annotation)
_NO_HYP = "not entered in Hyp mode (0x0000001a), and nothing but firmware can go there; mode 0x00000013"
_UNLISTED = "the board file does not list a CPU with the affinity "
QEMU = [
    (
        "smdkc210",
        "qemu-virt",
        "samsung,exynos4210-uart",
        0x1380_0000,
        (_UNLISTED + "0x00000900", _UNLISTED + "0x00000901"),
    ),
    ("mcimx7d-sabre", "vexpress-tc2", "fsl,imx21-uart", 0x3086_0000, (_NO_HYP,)),
    ("cubieboard", "qemu-virt", "snps,dw-apb-uart", 0x01C2_8000, (_NO_HYP,)),
]
"""QEMU's machine, a board whose image lies in that machine's RAM, the UART and its address there, and what
each CPU says that QEMU starts."""


def with_console(board: str, compatible: str, physical: int, size: int = 0x100) -> Board:
    loaded = load_board(board)
    shift = 2 if compatible in ("ns16550a", "snps,dw-apb-uart") else 0
    changes = {"compatible": compatible, "physical": PhysAddr(physical), "size": size, "reg_shift": shift}
    return loaded.model_copy(update={"console": loaded.console.model_copy(update=changes)})


@pytest.mark.parametrize("form", [{}, {"isa": "thumb", "endian": "big"}], ids=["plain", "thumb-be8"])
@pytest.mark.parametrize("compatible", UARTS)
def test_an_image_prints_by_every_uart(compatible: str, form: dict[str, Any]) -> None:
    board = with_console("vexpress-tc2", compatible, 0x1C09_0000)
    (verdict,) = verify_scenarios(board, "way-svc", options=PlanOptions(**form))
    assert {one.name: one.reason for one in verdict.checks if one.outcome is not Outcome.PASS} == {}
    assert "cpu0 boot: not entered in Hyp mode" in verdict.runs[0].console


@pytest.mark.parametrize("scenario", ["lifecycle", "world-switch", "host-mmu"])
def test_what_is_mapped_behind_a_large_console_begins_where_it_ends(scenario: str) -> None:
    board = with_console("vexpress-tc2", "fsl,imx21-uart", 0x1C0A_0000, size=0x3_0000)
    plan = plan_image(board, PlanOptions(scenario=scenario))
    devices = [one for one in plan.tables.mappings if one.permission == "device"]
    assert [one.purpose for one in devices][:2] == ["console", "interrupt controller"]
    assert devices[0].virtual.end == devices[1].virtual.start == 0xF003_0000


def said(console: Path, expected: list[str]) -> bool:
    """Whether all characters of what one CPU says came out.

    CPUs that the board file does not know are on one stack and print at once: it is chance which one comes
    to its end, and whose line the other's characters are in.
    """
    printed = Counter(console.read_text() if console.exists() else "")
    return any(not Counter(one.replace("\r", "")) - printed for one in expected)


@pytest.mark.oracle
@pytest.mark.parametrize(("machine", "board", "compatible", "physical", "reasons"), QEMU)
def test_qemu_has_the_same_uart(
    machine: str,
    board: str,
    compatible: str,
    physical: int,
    reasons: tuple[str, ...],
    tmp_path: Path,
    oracle_counter: Any,
) -> None:
    made = compile_image(
        with_console(board, compatible, physical), options=PlanOptions(scenario="way-svc"), embed=False
    )
    image, console = tmp_path / "image.elf", tmp_path / "console"
    image.write_bytes(made.elf)
    expected = [f"cpu0 boot: {one}\r\ncpu0 FAILED: stopping here\r\n" for one in reasons]
    command = [tool("qemu-system-arm"), "-M", machine, "-display", "none", "-monitor", "none"]
    with subprocess.Popen([*command, "-serial", f"file:{console}", "-kernel", image]) as running:
        try:
            for _ in range(600):
                if said(console, expected):
                    break
                with pytest.raises(subprocess.TimeoutExpired):
                    running.wait(0.05)
        finally:
            running.kill()
    assert said(console, expected), console.read_bytes()
    oracle_counter("qemu-uarts")(1)
