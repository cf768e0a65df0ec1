"""The machine that defects run on: a board, a few mapped pages, and code of some lines.

The code runs in Hyp mode (or the mode that is asked for) at :data:`CODE`. The first megabyte of the board's
memory holds the pages below, and the Hyp tables map them at their own addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from hypgen.arch.registers import HCR
from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.emulator.strict.contract import Contract, StateTerms
from hypgen.emulator.strict.findings import Finding
from hypgen.machine.machine import Machine
from hypgen.machine.results import StopReason
from hypgen.selftest.spelling import spelled

CODE, SECOND, VECTORS, TABLES = 0x8000, 0x9000, 0x4000, 0x10_0000
LIMIT = 3000
_LOOP = 0xEAFF_FFFE
_WRITE_BACK, _NON_CACHEABLE, _DEVICE, _NON_SHAREABLE = 0x743, 0x74B, 1 << 54 | 0x747, 0x443
_PAGES = {
    "DATA": (0x1_0000, 0x1_0000, _WRITE_BACK),
    "DATA_NC": (0x2_0000, 0x1_0000, _NON_CACHEABLE),
    "DATA_DEVICE": (0x3_0000, 0x1_0000, _DEVICE),
    "OTHER": (0x5_0000, 0x5_0000, _WRITE_BACK),
    "CODE2": (0x6_0000, 0x6_0000, _WRITE_BACK),
    "STACK": (0x7_0000, 0x7_0000, _WRITE_BACK),
    "PRIVATE": (0x8_0000, 0x8_0000, _NON_SHAREABLE),
    "SECOND": (SECOND, SECOND, _WRITE_BACK),
}
"""Pages by name: virtual and physical offset in the memory, and the descriptor's low bits."""
_FREE, _CONSOLE = 0x9_0000, 0xB_0000


@dataclass(frozen=True)
class Setting:
    """The state that code is run in."""

    board: str = "qemu-virt"
    mode: str = "hyp"
    mmu: bool = False
    tlb: str = "clean"
    caches: str = "clean"
    walks: str = "cached"
    registers: Mapping[str, int] = field(default_factory=dict)
    unknown: Sequence[str] = ()
    """System registers that are as reset leaves them."""
    second: str = ""
    """Code of a second CPU, which starts at the same time."""
    public: Sequence[str] = ()
    """Public functions, by the names of pages that they are at the beginning of."""
    preserves: Sequence[str] = ()
    """Registers that an HVC from PL1 leaves alone."""


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    findings: tuple[Finding, ...]
    stop: StopReason
    exceptions: tuple[tuple[int, int | None, int], ...]


@cache
def board(name: str) -> Board:
    """A board of hypgen's own."""
    return load_board(name)


def run(code: str, setting: Setting, complement: bool = False) -> Outcome:
    """Run ``code`` as ``setting`` says, and give what the strict rules found."""
    machine = prepared(code, setting, complement)
    result = machine.run(limit=LIMIT)
    taken = tuple((one.slot, one.hsr, one.pc) for one in machine.exceptions)
    return Outcome(tuple(machine.findings), result.stop, taken)


def prepared(code: str, setting: Setting, complement: bool = False) -> Machine:
    """A machine as ``setting`` says, before it executes ``code``."""
    contract = Contract(setting.tlb == "clean", setting.caches == "clean", {}, lambda address: True)
    described = board(setting.board)
    functions = frozenset(symbols(described)[name] for name in setting.public)
    contract.state = StateTerms(public=functions, preserves=setting.preserves)
    machine = Machine(
        described, mode="strict", complement=complement, entry_mode=setting.mode, contract=contract
    )
    base = _base(described)
    _fill(machine, base, code + setting.second)
    _place(machine, base + CODE, code)
    for cpu in machine.cpus[: 2 if setting.second else 1]:
        _registers(machine, cpu.index, base, setting)
    machine.cpus[0].write("PC", base + CODE)
    for name, value in setting.registers.items():
        machine.cpus[0].write(name, value)
    if setting.second:
        _place(machine, base + SECOND, setting.second)
        start_second(machine, setting)
    return machine


def start_second(machine: Machine, setting: Setting) -> None:
    """Have the second CPU begin with its code, in the state that ``setting`` says."""
    start_another(machine, setting, 1, "SECOND")


def start_another(machine: Machine, setting: Setting, index: int, page: str) -> None:
    """Have a CPU begin with the code in a page, in the state that ``setting`` says."""
    base = _base(machine.board)
    machine.scheduler.start(index, base + _PAGES[page][0])
    _registers(machine, index, base, setting)


def _base(described: Board) -> int:
    """The first address of the memory that a CPU with its MMU off reaches."""
    region = next(one for one in described.memory if one.name == described.image.memory)
    return int(region.alias.address if region.alias else region.physical)


def symbols(described: Board) -> dict[str, int]:
    """What code may name."""
    base = _base(described)
    found = {name: base + va for name, (va, _, _) in _PAGES.items()}
    entry = base + TABLES + 0x2000
    return found | {
        "BASE": base,
        "VECTORS": base + VECTORS,
        "TABLE1": base + TABLES,
        "FREE": base + _FREE,
        "FREE_ENTRY": entry + 8 * (_FREE >> 12),
        "DATA_ENTRY": entry + 8 * (_PAGES["DATA"][0] >> 12),
        "HIGH_DATA": base + 0xA_0000,
        "CONSOLE": base + _CONSOLE + int(described.console.physical) % 0x1000,
        "HSCTLR_ON": 0x30C5_187D,
        "HSCTLR_OFF": 0x30C5_1878,
        "HTCR_WB": 0x8080_3500,
        "HTCR_NC": 0x8080_0000,
    }


def assembled(code: str, described: Board) -> tuple[bytes, Mapping[int, int]]:
    """The bytes of ``code``, and by each instruction's offset the number of its line, from 0 on."""
    equates = [f".equ {name}, {value:#x}" for name, value in symbols(described).items()]
    head = [".syntax unified", ".arm", ".arch_extension virt", *equates, ".text"]
    source = "\n".join([*head, *map(spelled, code.splitlines()), "b .", ".ltorg", ""])
    section = assemble(AsmSource("defect.s", source)).sections[".text"]
    first = len(head) + 1
    return bytes(section.data), {offset: line - first for offset, line in section.source_lines}


def _place(machine: Machine, address: int, code: str) -> None:
    machine.memory.write(address, assembled(code, machine.board)[0])


def _fill(machine: Machine, base: int, code: str) -> None:
    """The vectors, all loops, the pages, and the tables that map them."""
    memory = machine.memory
    memory.write(base, bytes(0x10_4000))
    memory.write(base + VECTORS, _LOOP.to_bytes(4, "little") * 8)
    memory.write(base + _PAGES["CODE2"][1], _LOOP.to_bytes(4, "little") * 8)
    root, second, third = (base + TABLES + 0x1000 * level for level in range(3))
    _descriptor(machine, root + 8 * (base >> 30), second | 3)
    _descriptor(machine, second + 8 * (base >> 21 & 0x1FF), third | 3)
    pages = {
        name: (base + va, base + pa, bits)
        for name, (va, pa, bits) in _PAGES.items()
        if name != "DATA_DEVICE" or name in code  # a second memory type for DATA is a finding in itself
    }
    for offset in (CODE, VECTORS, *range(TABLES, TABLES + 0x3000, 0x1000)):
        pages[hex(offset)] = (base + offset, base + offset, _WRITE_BACK)
    region = next(one for one in machine.board.memory if one.name == machine.board.image.memory)
    pages["HIGH_DATA"] = (base + 0xA_0000, int(region.physical) + 0x1_0000, _WRITE_BACK)
    console = int(machine.board.console.physical)
    pages["CONSOLE"] = (base + _CONSOLE, console - console % 0x1000, _DEVICE)
    for va, pa, bits in pages.values():
        _descriptor(machine, third + 8 * (va >> 12 & 0x1FF), pa | bits)


def _descriptor(machine: Machine, address: int, value: int) -> None:
    machine.memory.write(address, value.to_bytes(8, "little"))


def _registers(machine: Machine, index: int, base: int, setting: Setting) -> None:
    cpu = machine.cpus[index]
    values = cpu.coproc.values
    values["HVBAR"] = base + VECTORS
    values["HCR"] = 0
    values["HCR"] &= ~HCR.bit("VM")
    values["HSTR"] = 0
    values["HCPTR"] = 0x33FF
    if setting.mode == "hyp":
        values["HTTBR"], values["HMAIR0"], values["HMAIR1"] = base + TABLES, 0xAA_44_04_FF, 0
        values["HTCR"] = 0x8080_3500 if setting.walks == "cached" else 0x8080_0000
        values["HSCTLR"] = 0x30C5_187D if setting.mmu else 0x30C5_1878
    for name in setting.unknown:
        values.pop(name, None)
    cpu.system.registers_set()
    cpu.write("SP", base + _PAGES["STACK"][0] + 0x1000 - 0x400 * index)
