"""Sections that are more than a name: groups, sections that follow others, several of one name."""

from __future__ import annotations

import io

import pytest
from elftools.elf.elffile import ELFFile

from hypgen.elf.lief import write_object
from hypgen.elf.model import Group
from tests.asm.asm import errors, made
from tests.oracle import run

SOURCE = """
    .section .text.f, "axG", %progbits, f, comdat
    .weak f
    .type f, %function
f:  bx lr
    .size f, . - f
    .section .text.g, "axG", %progbits, f, comdat
    bl f
    .section .table, "aG", %progbits, own
    .word 1
    .section .table, "a"
    .word 2
    .section .meta, "ao", %progbits, .text.f
    .word f
    .section .same, "ax", %progbits, unique, 1
one: nop
    .section .same, "ax", %progbits, unique, 2
two: nop
    .section .text.f, "axG", %progbits, f, comdat
    nop
    .text
    bl f
    b one
    b two
"""


def described(data: bytes) -> tuple[list[tuple[object, ...]], dict[str, list[str]], list[tuple[object, ...]]]:
    """Sections with contents, groups by signature, relocations, as pyelftools reads them."""
    elf = ELFFile(io.BytesIO(data))
    symbols = elf.get_section_by_name(".symtab")
    sections, groups, relocations = [], {}, []
    for one in elf.iter_sections():
        if one["sh_type"] == "SHT_GROUP":
            members = [
                elf.get_section(int.from_bytes(one.data()[at : at + 4], "little")).name
                for at in range(4, one["sh_size"], 4)
            ]
            groups[symbols.get_symbol(one["sh_info"]).name] = members
        elif one["sh_type"] == "SHT_REL":
            relocations += [
                (one.name, entry["r_offset"], entry["r_info_type"]) for entry in one.iter_relocations()
            ]
        elif one["sh_type"] == "SHT_PROGBITS" and one["sh_size"]:
            linked = elf.get_section(one["sh_link"]).name if one["sh_flags"] & 0x80 else ""
            sections.append((one.name, one.data().hex(), one["sh_flags"], linked))
    return sorted(sections), groups, sorted(relocations)


def test_sections_are_apart_by_group_and_number():
    unit = made(SOURCE)
    assert [one.name for one in unit.sections.values()].count(".same") == 2
    assert unit.groups == [Group("f", (".text.f", ".text.g")), Group("own", (".table",), comdat=False)]
    assert unit.sections[".meta"].follows == ".text.f"


@pytest.mark.oracle
def test_groups_are_those_of_gnu_as(oracle_counter, tmp_path):
    (tmp_path / "x.s").write_text(SOURCE)
    run(["arm-none-eabi-as", "-march=armv7ve", tmp_path / "x.s", "-o", tmp_path / "x.o"])
    theirs = described((tmp_path / "x.o").read_bytes())
    mine = described(write_object(made(SOURCE)))
    assert mine == theirs
    oracle_counter("asm-groups")(sum(map(len, mine)))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('.section .a, "aG"', "the flag G needs the name of a group"),
        ('.section .a, "ao", %progbits', "the flag o needs the section that it follows"),
        ('.section .a, "ao", %progbits, .b', "`.b` is no section before this (define it first)"),
        ('.section .a, "aM", %progbits', "the flag M needs an entry size"),
        (
            '.section .a, "a", %progbits, 4',
            "`4` is one operand too many (the flags say which follow)",
        ),
        ('.section .a, "a", %progbits, unique', "`unique` needs a number"),
    ],
)
def test_what_the_flags_ask_for_is_missed(statement, said):
    assert errors(statement) == [f"x.s:1:1: error[ASM-036]: `{statement}`: {said}"]
