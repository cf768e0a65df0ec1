"""Every relocation at the ends of its range, one past them, misaligned and backwards: as GNU ld has it.

Where GNU ld does something else, a row of UNLIKE says what, and how many of the values it is.
"""

from collections import Counter
from pathlib import Path

import pytest

from hypgen.arch.relocations import RELOCATIONS, Calculation, Place, RelocationType
from hypgen.elf.lief import read_image
from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.layout import Layout, SectionPlacement
from hypgen.link.linker import link
from hypgen.units import LoadAddr, VirtAddr
from tests.oracle import run

pytestmark = pytest.mark.oracle

BASE = 0x4000_0000
TYPES = [row for row in RELOCATIONS.values() if row.place is not Place.NONE]
PLACES = {
    Place.BYTE: ".byte 0",
    Place.HALFWORD: ".hword 0",
    Place.WORD: ".word 0",
    Place.WORD31: ".word 0",
    Place.BRANCH: ".inst 0xebfffffe",
    Place.MOVE: ".inst 0xe3000000",
    Place.OFFSET12: ".inst 0xe59f0000",
    Place.THUMB_BRANCH24: ".inst.w 0xf7fffffe",
    Place.THUMB_BRANCH19: ".inst.w 0xf43faffe",
    Place.THUMB_BRANCH11: ".inst.n 0xe7fe",
    Place.THUMB_BRANCH8: ".inst.n 0xd0fe",
    Place.THUMB_BRANCH6: ".inst.n 0xb100",
    Place.THUMB_MOVE: ".inst.w 0xf2400000",
    Place.THUMB_OFFSET8: ".inst.n 0x4800",
    Place.THUMB_OFFSET12: ".inst.w 0xf8df0000",
    Place.THUMB_ADDRESS12: ".inst.w 0xf20f0000",
}
JUMPS = {"R_ARM_JUMP24": ".inst 0xeafffffe", "R_ARM_PC24": ".inst 0xeafffffe"}
PC_BIAS = {
    Place.BRANCH: 8,
    Place.THUMB_BRANCH24: 4,
    Place.THUMB_BRANCH19: 4,
    Place.THUMB_BRANCH11: 4,
    Place.THUMB_BRANCH8: 4,
}
"""What the addends in these places take off."""
RELATIVE = (
    Calculation.RELATIVE,
    Calculation.RELATIVE_PLAIN,
    Calculation.RELATIVE_ALIGNED,
    Calculation.RELATIVE_ALIGNED_PLAIN,
)
UNLIKE = {
    "misaligned": "GNU ld drops the low bits of a distance that the instruction cannot hold; we refuse",
    "veneer": "GNU ld reaches a far target that is no function through a veneer, which AAELF32 allows for "
    "functions only; we refuse",
    "Thumb": "GNU ld takes an absolute symbol for A32 code and changes the state; it has no state",
    "literal": "GNU ld lets R_ARM_THM_PC8 wrap, refuses R_ARM_THM_PC12 before the PC, and "
    "R_ARM_THM_JUMP6 in its last four bytes",
}


def values(row: RelocationType) -> list[int]:
    """What the relocation computes: its ends, one past them, a few within, and misaligned ones."""
    low = row.low if row.low is not None else -0x8000_0000
    high = row.high if row.high is not None else 0x7FFF_FFFF
    step = row.step
    ends = {low - step, low, low + step, high - step, high, high + step}
    return sorted(ends | {0, step, -step, 5 * step, 1, 2, 3, -1, 0x1234, -0x1234, 0x1234_5678})


def why(row: RelocationType, value: int, ours: bytes | None) -> str:
    """Which row of UNLIKE allows a difference."""
    if row.name in ("R_ARM_THM_PC8", "R_ARM_THM_PC12", "R_ARM_THM_JUMP6") and not value % row.step:
        return "literal"
    if value % row.step:
        return "misaligned"
    if row.place in (Place.THUMB_BRANCH24, Place.THUMB_BRANCH19):
        return "Thumb"
    return "veneer" if row.veneer and ours is None else ""


def by_gnu(directory: Path, made: Path, target: int) -> bytes | None:
    script = f"ENTRY(_start) SECTIONS {{ .text {BASE:#x} : {{ *(.text) }} }} target = {target:#x};"
    (directory / "x.ld").write_text(script)
    done = run(["arm-none-eabi-ld", "-T", directory / "x.ld", made, "-o", directory / "x.elf"])
    return (
        read_image((directory / "x.elf").read_bytes(), "x").sections[0].data if not done.returncode else None
    )


def by_us(made: Path, target: int) -> bytes | None:
    place = SectionPlacement(".text", VirtAddr(BASE), LoadAddr(BASE), 0x1000, "rx")
    try:
        image = link(
            read_inputs([("x.o", made.read_bytes())]),
            Layout((place,), "_start", "virtual", {"target": target}),
        )
    except InputError as error:
        assert {one.code for one in error.diagnostics} <= {"LINK-003", "LINK-004"}  # noqa: PT017 - it may be either
        return None
    return image.sections[0].data


def test_ranges_are_those_of_gnu_ld(tmp_path, oracle_counter):
    seen: Counter[str] = Counter()
    same = 0
    for row in TYPES:
        text = JUMPS.get(row.name, PLACES[row.place])
        state = ".thumb" if text.startswith((".inst.w", ".inst.n")) else ".arm"
        source, made = tmp_path / "x.s", tmp_path / "x.o"
        source.write_text(
            f".syntax unified\n{state}\n.global _start\n_start:\np: {text}\n"
            f".reloc p, {row.name}, target\n.space 8\n"
        )
        assert run(["arm-none-eabi-as", "-march=armv7ve", source, "-o", made]).stderr == ""
        start = BASE if row.calculation in RELATIVE else 0
        for value in values(row):
            target = value + PC_BIAS.get(row.place, 0) + start & 0xFFFF_FFFF
            ours, theirs = by_us(made, target), by_gnu(tmp_path, made, target)
            if ours == theirs:
                same += 1
                continue
            reason = why(row, value, ours)
            assert reason, f"{row.name} with {value:#x}: {ours} and {theirs}"
            seen[reason] += 1
    assert set(seen) == set(UNLIKE)
    assert sum(seen.values()) < 100
    oracle_counter("gnu-ld-ranges")(same)
