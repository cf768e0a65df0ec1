"""The images that ``benchmarks/core.py`` executes: by hypgen's own assembler and linker, for qemu-virt."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.board.load import load_board
from hypgen.elf.lief import write_image
from hypgen.elf.model import Image
from hypgen.pipeline.building import compile_image
from hypgen.pipeline.flat import flat_image

BOARD = "qemu-virt"
BASE = 0x4020_0000
_SOURCE = Path(__file__).with_name("core_loops.S")


class Loop(NamedTuple):
    """A loop of ``core_loops.S``: what it is, its KIND there, and how often it is executed by us, under
    strict rules, by Unicorn with a hook, and by QEMU."""

    title: str
    kind: int
    turns: int
    strict: int
    few: int
    many: int


IMAGE = "(a) the image's own run"
LOOPS = (
    Loop("(b) integer loop", 1, 200_000, 200_000, 20_000, 20_000_000),
    Loop("(c) copy under two stages", 2, 20, 2, 2, 2_000),
    Loop("(d) HVC and ERET", 3, 20_000, 2_000, 2_000, 2_000_000),
)


def linked(loop: Loop, turns: int, **defined: int) -> Image:
    """The loop as an image, whose symbols ``loop`` and ``after`` are around it."""
    options = AsmOptions((), {"KIND": loop.kind, "TURNS": turns, **defined})
    source = AsmSource(_SOURCE.name, _SOURCE.read_text(encoding="utf-8"))
    return flat_image([assemble(source, options)], BASE)


def elf(loop: Loop, turns: int) -> bytes:
    """The loop as an ELF file."""
    return write_image(linked(loop, turns))


def own_image() -> bytes:
    """The image that hypgen builds for the board, with its default scenario."""
    return compile_image(load_board(BOARD)).elf
