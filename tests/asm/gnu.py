"""GNU as as an oracle: what it makes of a source, in the terms of our object model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from hypgen.elf.model import ABSOLUTE, COMMON, ObjectFile, SymbolType
from tests.oracle import run

COMMAND = ("arm-none-eabi-as", "-march=armv7ve", "-mfpu=neon-vfpv4")
_CONTENTS = ("SHT_PROGBITS", "SHT_NOBITS", "SHT_NOTE", "SHT_INIT_ARRAY", "SHT_FINI_ARRAY", "SHT_ARM_EXIDX")
_PLACES = {"SHN_ABS": ABSOLUTE, "SHN_COMMON": COMMON, "SHN_UNDEF": None}


@dataclass(frozen=True)
class Made:
    """An object, comparable: sections that are not empty, relocations in order, symbols by name."""

    sections: dict[str, tuple[int, str, int, int]]
    relocations: list[tuple[str, int, int, str]]
    symbols: dict[str, tuple[object, ...]]


def assembled_by_gnu(source: str, directory: Path, *options: str) -> Made | str:
    """What GNU as makes of the source with these options too, or what it prints if it refuses."""
    (directory / "x.s").write_text(source)
    done = run([*COMMAND, *options, directory / "x.s", "-o", directory / "x.o"])
    if done.returncode:
        return done.stderr
    with (directory / "x.o").open("rb") as stream:
        return _read(ELFFile(stream))


def _read(elf: ELFFile) -> Made:
    table = elf.get_section_by_name(".symtab")
    sections = {
        one.name: (
            one["sh_size"],
            "" if one["sh_type"] == "SHT_NOBITS" else one.data().hex(),
            one["sh_flags"],
            one["sh_addralign"],
        )
        for one in elf.iter_sections()
        if one["sh_type"] in _CONTENTS and one["sh_size"]
    }
    relocations = []
    for section in elf.iter_sections():
        if section["sh_type"] == "SHT_REL":
            for one in section.iter_relocations():
                symbol = table.get_symbol(one["r_info_sym"])
                name = symbol.name or elf.get_section(symbol["st_shndx"]).name
                place = section.name.removeprefix(".rel")
                relocations.append((place, one["r_offset"], one["r_info_type"], name))
    symbols = {}
    for one in table.iter_symbols():
        info = one["st_info"]
        if not one.name or one.name.startswith("$") or info["type"] == "STT_SECTION":
            continue
        index = one["st_shndx"]
        place = elf.get_section(index).name if isinstance(index, int) else _PLACES[index]
        symbols[one.name] = (
            place, one["st_value"], one["st_size"], info["type"].removeprefix("STT_"),
            info["bind"].removeprefix("STB_"), one["st_other"]["visibility"].removeprefix("STV_"),
        )  # fmt: skip
    return Made(sections, sorted(relocations), symbols)


def as_made(made: ObjectFile) -> Made:
    """Our object in the same terms."""
    return Made(
        {
            one.name: (one.size, bytes(one.data).hex(), int(one.flags), one.align)
            for one in made.sections.values()
            if one.size
        },
        sorted((one.section, one.offset, one.type, one.symbol) for one in made.relocations),
        {
            one.name: (
                one.section, one.value | one.thumb, one.size,
                one.type.name, one.binding.name, one.visibility.name,
            )
            for one in made.symbols
            if one.type is not SymbolType.SECTION
        },
    )  # fmt: skip


def each_alone(statements: Sequence[str], directory: Path) -> list[str]:
    """For each A32 statement its bytes in hex, or ``error``: many statements, a section for each, per run."""
    refused: set[int] = set()
    for _ in range(3):  # fixups are looked at only when everything parses
        lines = [".syntax unified"]
        for place, text in enumerate(statements):
            lines.append(f'.section .s{place}, "ax"')
            lines.append("" if place in refused else text)
        made = assembled_by_gnu("\n".join(lines) + "\n", directory)
        if isinstance(made, Made):
            return [
                "error" if place in refused else made.sections.get(f".s{place}", (0, ""))[1]
                for place in range(len(statements))
            ]
        found = {int(line) for line in re.findall(r"^[^\n]*?x\.s:(\d+): Error", made, re.MULTILINE)}
        refused |= {(line - 3) // 2 for line in found}
    raise AssertionError(f"GNU as still refuses: {made[:500]}")
