"""Litmus tests of the strict rules: a few instructions each, and the rules that must report.

A case is a YAML mapping: ``name``, ``code``, ``reports`` (rules; an empty list must not report), ``why``,
and the entry state: ``mmu`` (the MMU and caches of the mode are on already), ``caches`` and ``tlb``
(``clean`` or ``unknown``), ``core``, ``registers``, and system registers that are as reset leaves them
(``unknown``). The code runs at :data:`CODE`, in Hyp mode if ``mode``
says no other; PL1 has the same tables as Hyp mode. Lines of it with ``+`` in front belong to the ``twin``
alone, a second case that must not report, for the reason that ``twin`` gives. ``guest`` is code for
``enter``, which enters SVC mode under stage 2. ``set HSCTLR, r0`` and ``get HSCTLR, r0`` stand for MCR and
MRC, an operation's name with a register (``DCCMVAC r0``) for its MCR, and these symbols are known, all of
them mapped in the tables, the devices where they are named:
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hypgen.arch.psr import Mode
from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.emulator.memory import DeviceWindow
from hypgen.emulator.performance import REGISTERS as COUNTERS
from hypgen.emulator.performance import Performance
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.timers import LINES, REGISTERS, Clock, Timers
from hypgen.selftest.spelling import spelled
from hypgen.units import PhysAddr, Span
from tests.emulator.rig import CODE, HIGH, LOOP, RAM, TABLES, Rig

DIRECTORY = Path(__file__).parent
DATA = RAM + 0x1_0000
GUEST = RAM + 0x6_1000
PERIPHERAL = 0x0253_0000
"""The page of a UART's registers, at 0xc00 there, as keystone has it."""
STAGE2 = RAM + 0x20_0000
"""Tables of three levels that map the same pages at their own addresses."""
SYMBOLS = {
    "DATA": (DATA, DATA, 0x743, "data, Write-Back, Inner Shareable, at its own address"),
    "DATA_NC": (RAM + 0x2_0000, DATA, 0x74B, "the same bytes, Non-cacheable"),
    "DATA_DEVICE": (
        RAM + 0x3_0000,
        DATA,
        1 << 54 | 0x747,
        "the same bytes, Device, mapped where it is named",
    ),
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
    "GUEST": (GUEST, GUEST, 0x743, "the code that enter runs in SVC mode"),
    "S2_ROOT": (STAGE2, None, 0, "the level 1 table of stage 2, which maps the same pages, with VMID 1"),
    "S2_DATA_ENTRY": (STAGE2 + 0x2000 + 8 * 0x10, None, 0, "the address of DATA's descriptor of stage 2"),
    "DEVICE": (RAM + 0x8_0000, PERIPHERAL, 1 << 54 | 0x747, "a UART's registers at + 0xc00, Device"),
    "DEVICE_NC": (RAM + 0x8_1000, PERIPHERAL, 0x74B, "the same registers, Normal Non-cacheable"),
    "DATA_ENTRY": (RAM + TABLES + 0x2000 + 8 * 0x10, None, 0, "the address of DATA's level 3 descriptor"),
}
"""Symbol to value, what it maps to, with which descriptor bits, and what it is."""


class Registers:
    """A device whose registers hold zero."""

    def read(self, offset: int, size: int) -> int:
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Keep nothing."""


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
    guest: str = ""
    registers: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.family}/{self.name}"


NOT_CONFIRMED = tomllib.loads((DIRECTORY / "not_confirmed.toml").read_text())


def not_confirmed(case: Case, rule: str) -> str:
    """Why playing all outcomes of a test does not confirm a rule; empty when it does."""
    reason: str = NOT_CONFIRMED["tests"].get(str(case), {}).get(rule) or NOT_CONFIRMED["rules"].get(rule, "")
    return reason


@cache
def cases() -> tuple[Case, ...]:
    """All litmus tests, by file and in its order."""
    yaml = YAML(typ="safe", pure=True)
    paths = sorted(DIRECTORY.glob("*.yaml"))
    return tuple(
        case for path in paths for one in yaml.load(path.read_text()) for case in _cases(path.stem, one)
    )


def _cases(family: str, given: dict[str, Any]) -> Iterator[Case]:
    """A case, and its twin if it has one."""
    twin = given.pop("twin", None)
    added = [line for line in given["code"].splitlines() if line.startswith("+")]
    plain = "\n".join(line for line in given["code"].splitlines() if not line.startswith("+"))
    yield Case(family, **{**given, "code": plain})
    assert (twin is None) == (not added)
    if twin is not None:
        name = f"{given['name']}, with {' and '.join(line[1:].strip() for line in added)}"
        whole = given["code"].replace("\n+", "\n").removeprefix("+")
        yield Case(family, **{**given, "name": name, "code": whole, "reports": [], "why": twin})


def prepared(case: Case) -> Rig:
    """The machine of a case, before its code is there."""
    options: dict[str, Any] = {"caches_clean": case.caches == "clean", "tlb_clean": case.tlb == "clean"}
    rig = Rig(Mode[case.mode.upper()], strict=True, core=case.core, **options)
    rig.memory.windows[1].coherent = case.coherent
    registers: Span[PhysAddr] = Span.sized(PhysAddr(PERIPHERAL + 0xC00), 0x100)
    rig.memory.add_device(DeviceWindow("a device", registers, Registers()))
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    for name, (va, pa, bits, _) in SYMBOLS.items():
        if pa is not None and ("DEVICE" not in name or re.search(rf"\b{name}\b", case.code)):
            rig.map(va, pa, bits)
    for page in range(4):
        address = RAM + TABLES + 0x1000 * page
        rig.map(address, address)
    rig.words(RAM + 0x6_0000, [LOOP] * 4)
    values = rig.values
    on, off = SYMBOLS["HSCTLR_ON"][0], SYMBOLS["HSCTLR_OFF"][0]
    values["HMAIR0"], values["HMAIR1"] = 0xAA_44_04_FF, 0
    values["HTCR"] = SYMBOLS["HTCR_WB" if case.walks == "cached" else "HTCR_NC"][0]
    values["HSCTLR"] = on if case.mmu and case.mode == "hyp" else off
    for bank in ("_S", "_NS"):
        values["MAIR0" + bank], values["MAIR1" + bank] = values["HMAIR0"], 0
        values["TTBR0" + bank], values["TTBCR" + bank] = RAM + TABLES, values["HTCR"]
        values["SCTLR" + bank] = on if case.mmu and case.mode != "hyp" else off
    values["HCR"] = values["VTTBR"] = 0
    if case.guest:
        _second_stage(rig)
        rig.words(GUEST, words(case.guest))
    clock = Clock()
    timers = Timers(values, clock, {line: lambda level: None for line in LINES})
    rig.cpu.coproc.attach(timers, REGISTERS)
    rig.cpu.coproc.attach(Performance(rig.cpu, clock.executed_by_all), COUNTERS)
    for name in case.unknown:
        values.pop(name, None)
    rig.cpu.system.registers_set()
    rig.cpu.write("SP", STACK_TOP)
    return rig


Prepare = Callable[[Case], Rig]
"""What makes the machine of a case."""


def run(case: Case, prepare: Prepare = prepared) -> list[Finding]:
    """The findings of a case's run."""
    return machine(case, prepare).findings


def machine(case: Case, prepare: Prepare = prepared) -> Rig:
    """The machine of a case, after its run; ``prepare`` makes it where it is not as :func:`prepared` does."""
    rig = prepare(case)
    rig.run(words(case.code), limit=500, **case.registers)
    return rig


def _second_stage(rig: Rig) -> None:
    """Stage 2 of 32-bit IPAs for VMID 1: the pages that have an address of their own."""
    rig.memory.write(STAGE2, bytes(0x3000))
    rig.store64(STAGE2 + 8, STAGE2 + 0x1000 | 3)
    rig.store64(STAGE2 + 0x1000, STAGE2 + 0x2000 | 3)
    pages = [
        CODE,
        *(pa for va, pa, _, _ in SYMBOLS.values() if pa == va),
        *range(RAM + TABLES, RAM + TABLES + 0x4000, 0x1000),
    ]
    for page in pages:
        rig.store64(STAGE2 + 0x2000 + 8 * (page >> 12 & 0x1FF), page | 0x7FF)
    rig.map(STAGE2, STAGE2)
    rig.map(STAGE2 + 0x2000, STAGE2 + 0x2000)
    rig.values["VTCR"], rig.values["HCR"] = 0x8000_3540, 1
    rig.values["VTTBR"] = 1 << 48 | STAGE2
    rig.values["SCTLR_NS"] = SYMBOLS["HSCTLR_OFF"][0]


STACK_TOP = RAM + 0x7_1000
_ENTER = """
	.macro enter
	ldr r12, =GUEST
	msr elr_hyp, r12
	mov r12, #0x1d3
	msr spsr_cxsf, r12
	eret
	.endm
"""


def words(code: str) -> list[int]:
    """The words of a case's code."""
    equates = "\n".join(f".equ {name}, {value:#x}" for name, (value, *_) in SYMBOLS.items())
    source = "\n".join(
        [
            "\t.syntax unified",
            "\t.arm",
            "\t.arch_extension virt",
            equates,
            _ENTER,
            "\t.text",
            *map(spelled, code.splitlines()),
        ]
    )
    section = assemble(AsmSource("litmus.s", f"{source}\n\tb .\n\t.ltorg\n")).sections[".text"]
    data = bytes(section.data)
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
