"""Random T32 code whose widths depend on each other: every instruction is as wide as GNU as makes it."""

from __future__ import annotations

from random import Random

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.errors import InputError
from tests.asm.gnu import as_made, assembled_by_gnu

SOURCES = 60
SPACES = (2, 10, 120, 200, 500, 1000, 2020)


def statement(random: Random, labels: list[str]) -> str:
    """One statement: mostly something whose width or distance another statement changes."""
    label, register = random.choice(labels), random.randrange(10)
    return random.choices(
        [
            f"b {label}",
            f"b{random.choice(['eq', 'ne', 'lt', 'hi'])} {label}",
            f"ldr r{register}, {label}",
            f"ldr r{register}, ={random.getrandbits(32):#x}",
            f"adr r{register}, {label}",
            f".space {random.choice(SPACES)}",
            f".balign {random.choice([2, 4, 8, 16])}",
            f"bl {label}",
            ".ltorg",
            f"b.w {label}",
            f".uleb128 {label} - {labels[0]}\n .balign 2",
            f".globl {label}",
            f".type {label}, %function",
            "movs r0, #1",
        ],
        weights=[20, 20, 6, 6, 5, 10, 5, 5, 2, 2, 2, 3, 3, 11],
    )[0]


def source(random: Random) -> str:
    """Code of up to 120 statements with labels in between."""
    labels = [f"l{number}" for number in range(random.randrange(3, 30))]
    places = sorted(random.choices(range(120), k=len(labels)))
    lines = [".syntax unified", ".thumb"]
    for number in range(random.randrange(10, 120)):
        lines += [f"{label}:" for label, at in zip(labels, places, strict=True) if at == number]
        lines.append(f" {statement(random, labels)}")
    missing = [label for label in labels if f"{label}:" not in lines]
    return "\n".join([*lines, *(f"{label}:" for label in missing), " nop", ""])


@pytest.mark.oracle
def test_widths_are_those_of_gnu_as(oracle_counter, tmp_path):
    compared = 0
    for seed in range(SOURCES):
        text = source(Random(seed))
        theirs = assembled_by_gnu(text, tmp_path)
        try:
            mine = as_made(assemble(AsmSource("x.s", text)))
        except InputError:
            assert isinstance(theirs, str), f"seed {seed}"
            continue
        if isinstance(theirs, str):
            assert "branch out of range" in theirs, f"seed {seed}"
            continue
        assert mine.sections == theirs.sections, f"seed {seed}"
        assert mine.relocations == theirs.relocations, f"seed {seed}"
        compared += text.count("\n")
    oracle_counter("asm-widths")(compared)
