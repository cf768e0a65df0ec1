"""Batches of statements through GNU as, of words through objdump: one run for thousands of lines."""

import re
from collections.abc import Sequence
from pathlib import Path

from hypgen.decode.table import Insn
from hypgen.decode.text import branch_target, text
from tests.oracle import run

PROLOGUE = (
    ".syntax unified",
    ".arm",
    ".arch_extension sec",
    ".arch_extension virt",
    ".arch_extension idiv",
    ".arch_extension mp",
    ".fpu neon-vfpv4",
)


def statement(insn: Insn) -> str:
    """The text of an instruction, with a branch's target relative, as as wants it in an object."""
    printed = text(insn, 0)
    if "imm24" in insn and insn.name != "SVC":
        offset = (branch_target(insn, 0) ^ 0x8000_0000) - 0x8000_0000
        return f"{printed.split()[0]} .{offset:+d}"
    return printed


def assemble(statements: Sequence[str], directory: Path) -> list[int | str]:
    """For each statement its word, or as's error message.

    as writes no object when a statement is wrong, and looks at fixups only when all of them parse:
    the statements that it refused are replaced and the rest assembled again.
    """
    errors: dict[int, str] = {}
    for _ in range(3):
        kept = ["nop" if place in errors else line for place, line in enumerate(statements)]
        found = _errors(kept, directory)
        errors |= found
        if not found:
            break
    words = _words(directory / "batch.o", directory)
    assert len(words) == len(statements)
    return [errors.get(place) or words[place] for place in range(len(statements))]


def _errors(statements: Sequence[str], directory: Path) -> dict[int, str]:
    source = directory / "batch.s"
    source.write_text("\n".join([*PROLOGUE, *statements]) + "\n")
    result = run(["arm-none-eabi-as", "-march=armv7-a", "--no-warn", "-o", directory / "batch.o", source])
    found = re.findall(r"batch\.s:(\d+): (?:Error|Fatal error): (.*)", result.stderr)
    assert bool(found) == bool(result.returncode), result.stderr
    return {int(line) - 1 - len(PROLOGUE): message for line, message in found}


def _words(object_file: Path, directory: Path) -> list[int]:
    binary = directory / "batch.bin"
    run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", object_file, binary])
    data = binary.read_bytes()
    return [int.from_bytes(data[place : place + 4], "little") for place in range(0, len(data), 4)]


def disassemble(words: Sequence[int], directory: Path) -> list[str]:
    """What objdump prints for each word, in the form that as takes; empty for what it does not know."""
    binary = directory / "words.bin"
    binary.write_bytes(b"".join(word.to_bytes(4, "little") for word in words))
    result = run(["arm-none-eabi-objdump", "-D", "-b", "binary", "-marm", "-M", "reg-names-std", binary])
    lines = re.findall(r"^ *([0-9a-f]+):\t[0-9a-f]{8} \t(.*)$", result.stdout, re.MULTILINE)
    assert len(lines) == len(words)
    return [_as_takes_it(printed.replace("\t", " "), int(place, 16)) for place, printed in lines]


def _as_takes_it(printed: str, address: int) -> str:
    """Drop objdump's comment and the braces round opc2; make a branch's absolute target relative."""
    printed = re.split(r" *[;@]| *\t*<", printed)[0].strip()
    if printed.startswith(("mcr", "mrc", "cdp")):
        return re.sub(r"\{(\d+)\}$", r"\1", printed)
    match = re.fullmatch(r"(blx?|b)(\w*) 0x([0-9a-f]+)", printed)
    if match is None:
        return printed
    offset = ((int(match[3], 16) - address) & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
    return f"{match[1]}{match[2]} .{offset:+d}"
