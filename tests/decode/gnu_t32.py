"""Batches of T32 statements through GNU as, of T32 words through objdump.

Each statement has 16 bytes of its own, with the IT before it or the instructions after it that it
needs: a statement that as makes longer or shorter than expected does not shift the others.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hypgen.arch.itstate import advance, in_it_block, it_condition
from hypgen.decode.table import Insn, is_32bit
from hypgen.decode.text import CONDITIONS, branch_target, text
from tests.decode.gnu import PROLOGUE
from tests.oracle import run

_SLOT = 16
_NOP = 0xBF00
_BRANCHES = frozenset({"B", "BL (immediate)", "BLX (immediate)", "CBNZ, CBZ"})


class Statement(NamedTuple):
    """A statement, and the statements (of 16 bits each) that as wants around it."""

    text: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return "; ".join((*self.before, self.text, *self.after))


def statement(insn: Insn) -> Statement:
    """The text of an instruction with an IT before it if it is in an IT block, and what IT wants after it.

    A branch's target is relative, as as wants it in an object.
    """
    before = after = ()
    if in_it_block(insn.itstate):
        before = (f"it {_condition(insn.itstate)}",)
    if insn.heading == "IT":
        after = tuple(f"nop{condition}" for condition in _block(insn["itstate"]))
    printed = text(insn)
    if insn.heading in _BRANCHES:
        address = 2 * len(before)
        offset = ((branch_target(insn, address) - address) & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
        printed = re.sub(r"0x[0-9a-f]+$", f".{offset:+d}", printed)
    return Statement(printed, before, after)


def _block(itstate: int) -> Iterator[str]:
    """The conditions of the instructions of an IT block."""
    while in_it_block(itstate):
        yield CONDITIONS[it_condition(itstate)]
        itstate = advance(itstate)


def _condition(itstate: int) -> str:
    return CONDITIONS[it_condition(itstate)] or "al"


def assemble(statements: Sequence[Statement], directory: Path) -> list[int | str]:
    """For each statement its word, or as's error message.

    as looks at fixups only when all statements parse: see ``tests.decode.gnu.assemble``.
    """
    errors: dict[int, str] = {}
    for _ in range(4):
        kept = ["nop" if place in errors else made.line for place, made in enumerate(statements)]
        found = _errors(kept, directory)
        errors |= found
        if not found:
            break
    slots = _slots(directory / "batch.o", directory, len(statements))
    return [
        errors.get(place) or _word(slots[place], 2 * len(made.before))
        for place, made in enumerate(statements)
    ]


def _errors(lines: Sequence[str], directory: Path) -> dict[int, str]:
    source = directory / "batch.s"
    prologue = [*PROLOGUE, ".thumb"]
    slots = [f".balign {_SLOT}; {line}" for line in lines]
    source.write_text("\n".join([*prologue, *slots, f".balign {_SLOT}"]) + "\n")
    options = ["-mthumb", "-march=armv7-a", "--no-warn"]
    result = run(["arm-none-eabi-as", *options, "-o", directory / "batch.o", source])
    found = re.findall(r"batch\.s:(\d+): (?:Error|Fatal error): (.*)", result.stderr)
    assert bool(found) == bool(result.returncode), result.stderr
    return {int(line) - 1 - len(prologue): message for line, message in found}


def _slots(object_file: Path, directory: Path, count: int) -> list[bytes]:
    binary = directory / "batch.bin"
    run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", object_file, binary])
    data = binary.read_bytes()
    assert len(data) == _SLOT * count
    return [data[place : place + _SLOT] for place in range(0, len(data), _SLOT)]


def _word(slot: bytes, offset: int) -> int:
    first, second = (int.from_bytes(slot[place : place + 2], "little") for place in (offset, offset + 2))
    return first << 16 | second if is_32bit(first) else first


def disassemble(words: Sequence[int], directory: Path) -> list[Statement]:
    """What objdump prints for each word, in the form that as takes; empty for what it does not know.

    A word that is no more than a halfword is a 16-bit instruction. It must not be an IT.
    """
    binary = directory / "words.bin"
    pairs = [(word >> 16, word & 0xFFFF) if word >> 16 else (word, _NOP) for word in words]
    binary.write_bytes(b"".join(half.to_bytes(2, "little") for pair in pairs for half in pair))
    options = ["-D", "-b", "binary", "-marm", "-M", "reg-names-std,force-thumb"]
    result = run(["arm-none-eabi-objdump", *options, binary])
    lines = re.findall(r"^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", result.stdout, re.MULTILINE)
    printed = {int(place, 16): line for place, line in lines}
    return [
        Statement(_as_takes_it(printed[4 * place].replace("\t", " "), 4 * place))
        for place in range(len(words))
    ]


def _as_takes_it(printed: str, address: int) -> str:
    """Drop objdump's comment and the braces round opc2; make a branch's absolute target relative."""
    printed = re.split(r" *[;@]| *\t*<", printed)[0].strip()
    if printed.startswith(("mcr", "mrc", "cdp")):
        return re.sub(r"\{(\d+)\}$", r"\1", printed)
    match = re.fullmatch(r"(b\S*|cbn?z r\d+,) 0x([0-9a-f]+)", printed)
    if match is None or printed.startswith("bkpt"):
        return printed
    offset = ((int(match[2], 16) - address) & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
    return f"{match[1]} .{offset:+d}"
