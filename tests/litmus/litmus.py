"""Litmus tests of the strict rules: a few instructions each, and the rules that must report.

A case is a YAML mapping: ``name``, ``code``, ``reports`` (rules; an empty list must not report), ``why``,
and the entry state: ``mmu`` (the Hyp MMU and caches are on already), ``caches`` and ``tlb`` (``clean``
or ``unknown``), ``core``, ``registers``. The code runs in Hyp mode at :data:`CODE`. ``set HSCTLR, r0``
and ``get HSCTLR, r0`` stand for MCR and MRC, an operation's name with a register (``DCCMVAC r0``) for
its MCR, and these symbols are known, all of them mapped in the Hyp tables:
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hypgen.arch.psr import Mode
from hypgen.arch.registers import BY_NAME
from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.emulator.strict.findings import Finding
from tests.emulator.rig import CODE, HIGH, LOOP, RAM, TABLES, Rig

DIRECTORY = Path(__file__).parent
DATA = RAM + 0x1_0000
SYMBOLS = {
    "DATA": (DATA, DATA, 0x743, "data, Write-Back, Inner Shareable, at its own address"),
    "DATA_NC": (RAM + 0x2_0000, DATA, 0x74B, "the same bytes, Non-cacheable"),
    "DATA_DEVICE": (RAM + 0x3_0000, DATA, 0x747, "the same bytes, Device"),
    "DATA_WT": (RAM + 0x3_1000, DATA, 0x74F, "the same bytes, Write-Through"),
    "DATA_HIGH": (RAM + 0x4_0000, HIGH + 0x1_0000, 0x743, "the same bytes, by their address above 4 GB"),
    "DATA_PRIVATE": (RAM + 0x4_1000, DATA, 0x443, "the same bytes, Write-Back, Non-shareable"),
    "OTHER": (RAM + 0x5_0000, RAM + 0x5_0000, 0x743, "another page, like DATA"),
    "CODE2": (RAM + 0x6_0000, RAM + 0x6_0000, 0x743, "a page for code, like DATA, holding a loop"),
    "STACK": (RAM + 0x7_0000, RAM + 0x7_0000, 0x743, "a page for a stack, like DATA"),
    "VECTORS": (RAM + 0x4000, RAM + 0x4000, 0x743, "the Hyp vectors: loops"),
    "HSCTLR_ON": (0x30C5_187D, None, 0, "HSCTLR with M, C and I"),
    "HSCTLR_OFF": (0x30C5_1878, None, 0, "HSCTLR with I, CP15BEN and no M and C"),
    "HTCR_WB": (0x8080_3500, None, 0, "HTCR: walks Write-Back and Inner Shareable"),
    "HTCR_NC": (0x8080_0000, None, 0, "HTCR: walks Non-cacheable"),
    "TABLE1": (RAM + TABLES, None, 0, "the level 1 table; the tables are mapped like DATA"),
    "TABLE3": (RAM + TABLES + 0x2000, None, 0, "the level 3 table of 0x40000000"),
    "FREE": (RAM + 0x9_0000, None, 0, "a VA that the tables do not map"),
    "FREE_ENTRY": (RAM + TABLES + 0x2000 + 8 * 0x90, None, 0, "the address of its level 3 descriptor"),
    "DATA_ENTRY": (RAM + TABLES + 0x2000 + 8 * 0x10, None, 0, "the address of DATA's level 3 descriptor"),
}
"""Symbol to value, what it maps to, with which descriptor bits, and what it is."""


@dataclass(frozen=True)
class Case:
    """One litmus test."""

    family: str
    name: str
    code: str
    reports: list[str]
    why: str
    mmu: bool = False
    caches: str = "clean"
    tlb: str = "clean"
    core: str = "cortex-a15"
    coherent: bool = True
    walks: str = "cached"
    mode: str = "hyp"
    registers: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.family}/{self.name}"


@cache
def cases() -> tuple[Case, ...]:
    """All litmus tests, by file and in its order."""
    yaml = YAML(typ="safe", pure=True)
    paths = sorted(DIRECTORY.glob("*.yaml"))
    return tuple(Case(path.stem, **one) for path in paths for one in yaml.load(path.read_text()))


def run(case: Case) -> list[Finding]:
    """The findings of a case's run."""
    return machine(case).findings


def machine(case: Case) -> Rig:
    """The machine of a case, after its run."""
    options: dict[str, Any] = {"caches_clean": case.caches == "clean", "tlb_clean": case.tlb == "clean"}
    rig = Rig(Mode[case.mode.upper()], strict=True, core=case.core, **options)
    rig.memory.windows[1].coherent = case.coherent
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    for va, pa, bits, _ in SYMBOLS.values():
        if pa is not None:
            rig.map(va, pa, bits)
    for page in range(4):
        address = RAM + TABLES + 0x1000 * page
        rig.map(address, address)
    rig.words(RAM + 0x6_0000, [LOOP] * 4)
    values = rig.values
    values["HMAIR0"], values["HMAIR1"] = 0xAA_44_04_FF, 0
    values["HTCR"] = SYMBOLS["HTCR_WB" if case.walks == "cached" else "HTCR_NC"][0]
    values["HSCTLR"] = SYMBOLS["HSCTLR_ON" if case.mmu else "HSCTLR_OFF"][0]
    rig.cpu.coproc.values["HCR"] = 0
    rig.cpu.system.registers_set()
    rig.cpu.write("SP", STACK_TOP)
    rig.run(words(case.code), limit=500, **case.registers)
    return rig


STACK_TOP = RAM + 0x7_1000


def words(code: str) -> list[int]:
    """The words of a case's code."""
    equates = "\n".join(f".equ {name}, {value:#x}" for name, (value, *_) in SYMBOLS.items())
    source = "\n".join(
        [
            "\t.syntax unified",
            "\t.arm",
            "\t.arch_extension virt",
            equates,
            "\t.text",
            *map(_spelled, code.splitlines()),
        ]
    )
    section = assemble(AsmSource("litmus.s", f"{source}\n\tb .\n\t.ltorg\n")).sections[".text"]
    data = bytes(section.data)
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


_SYSTEM = re.compile(r"^(\s*(?:\w+:\s*)?)(set|get)\s+(\w+),\s*(\w+)(?:,\s*(\w+))?(.*)$")
_OPERATION = re.compile(r"^(\s*(?:\w+:\s*)?)([A-Z][A-Z0-9]+)(?:\s+(r\d+))?(\s*@.*|\s*)$")


def _spelled(line: str) -> str:
    """A line with the names of system registers and operations written as MCR and MRC."""
    found = _SYSTEM.match(line)
    if found:
        before, what, name, first, second, after = found.groups()
        row = BY_NAME[name]
        if second:
            assert row.pair is not None
            opc1, crm = row.pair
            mnemonic = "mcrr" if what == "set" else "mrrc"
            return f"{before}{mnemonic} p15, {opc1}, {first}, {second}, c{crm}{after}"
        return f"{before}{'mcr' if what == 'set' else 'mrc'} {_single(name, first)}{after}"
    found = _OPERATION.match(line)
    if found and found[2] in BY_NAME:
        return f"{found[1]}mcr {_single(found[2], found[3] or 'r0')}{found[4]}"
    return line


def _single(name: str, register: str) -> str:
    row = BY_NAME[name]
    assert row.single is not None
    opc1, crn, crm, opc2 = row.single
    return f"p{row.coprocessor}, {opc1}, {register}, c{crn}, c{crm}, {opc2}"
