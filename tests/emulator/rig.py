"""A small machine for tests of the core: RAM with an alias above 4 GB, one CPU, programs as words.

Programs are lists of instruction words; the words that tests need often have names here, checked
against GNU as by ``test_rig.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypgen.arch.cores import CORES
from hypgen.arch.psr import Mode
from hypgen.emulator.blocks import HOT, Runner
from hypgen.emulator.coprocessor import Coprocessors
from hypgen.emulator.cp15 import RegisterFile
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.memory import Dram, PhysicalMemory, Window
from hypgen.emulator.strict.contract import Contract
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.strict.observer import StrictRules
from hypgen.emulator.system import Stop, System
from hypgen.emulator.unknown import Unknown
from hypgen.units import PhysAddr, Span

RAM = 0x4000_0000
HIGH = 0x8_0000_0000
"""The same DRAM, where a 32-bit address does not reach."""
SIZE = 0x100_0000
CODE = RAM + 0x8000
TABLES = 0x10_0000
"""Offset of translation tables in the DRAM."""

NOP = 0xE320_F000
ISB = 0xF57F_F06F
DSB_SY = 0xF57F_F04F
DSB_ISHST = 0xF57F_F04A
DSB_NSH = 0xF57F_F047
ERET = 0xE160_006E
UDF = 0xE7F0_00F0
SVC_0X12 = 0xEF00_0012
HVC_0XFF = 0xE140_0F7F
SMC_0 = 0xE160_0070
LOOP = 0xEAFF_FFFE
MCR_HSCTLR_R0 = 0xEE81_0F10
MRC_HSCTLR_R2 = 0xEE91_2F10
MCRR_HTTBR_R4_R5 = 0xEC45_4F42
MCR_HVBAR_R1 = 0xEE8C_1F10
MCR_TLBIALLH = 0xEE88_0F17
MCR_TLBIALLHIS = 0xEE88_0F13
MCR_TLBIMVAH_R6 = 0xEE88_6F37
LDR_R2_R3 = 0xE593_2000
STR_R2_R3 = 0xE583_2000
NAMES = {
    "nop": NOP,
    "isb": ISB,
    "dsb sy": DSB_SY,
    "dsb ishst": DSB_ISHST,
    "dsb nsh": DSB_NSH,
    "eret": ERET,
    "udf #0": UDF,
    "svc #0x12": SVC_0X12,
    "hvc #0xff": HVC_0XFF,
    "smc #0": SMC_0,
    "b .": LOOP,
    "mcr p15, 4, r0, c1, c0, 0": MCR_HSCTLR_R0,
    "mrc p15, 4, r2, c1, c0, 0": MRC_HSCTLR_R2,
    "mcrr p15, 4, r4, r5, c2": MCRR_HTTBR_R4_R5,
    "mcr p15, 4, r1, c12, c0, 0": MCR_HVBAR_R1,
    "mcr p15, 4, r0, c8, c7, 0": MCR_TLBIALLH,
    "mcr p15, 4, r0, c8, c3, 0": MCR_TLBIALLHIS,
    "mcr p15, 4, r6, c8, c7, 1": MCR_TLBIMVAH_R6,
    "ldr r2, [r3]": LDR_R2_R3,
    "str r2, [r3]": STR_R2_R3,
}

HSCTLR_ON = 0x30C5_1879
"""M, I and CP15BEN over the RES1 bits: caches of data off, alignment not checked."""
HSCTLR_OFF = 0x30C5_1878
HTCR = 0x8080_0000
HMAIR0 = 0x0000_04FF
"""Attr0 Normal write-back, Attr1 Device."""
SCR_NON_SECURE = 0x131


class Rig:
    """One CPU in ``mode``, Non-secure, with its MMU off and everything that firmware sets, set."""

    def __init__(
        self,
        mode: Mode = Mode.HYP,
        strict: bool = False,
        tlb_clean: bool = False,
        seed: int = 1,
        caches_clean: bool = True,
        core: str | None = None,
        hot: int = HOT,
    ):
        unknown = Unknown(seed)
        self.memory = PhysicalMemory()
        dram = Dram("ram", SIZE, unknown)
        self.memory.add_window(Window("ram", Span.sized(PhysAddr(RAM), SIZE), dram))
        self.memory.add_window(Window("high ram", Span.sized(PhysAddr(HIGH), SIZE), dram))
        self.cpu = Cpu(0)
        self.values = RegisterFile(unknown, 0, {} if core is None else CORES[core].registers)
        self.cpu.coproc = Coprocessors(self.cpu, self.values)
        self.exceptions: list[ExceptionTaken] = []
        self.findings: list[Finding] = []
        self.system = System(self.cpu, self.memory, self.exceptions)
        if strict:
            contract = Contract(tlb_clean, caches_clean, {"entry.tlb": "a guess", "entry.caches": "a guess"})
            self.system.observe(StrictRules(self.system, self.findings, contract))
        self.values["SCR"] = SCR_NON_SECURE
        self.values["SCTLR_NS"] = 0x00C5_0078
        self.values["HVBAR"] = RAM + 0x4000
        self.values["VBAR_NS"] = RAM + 0x5000
        self.values["HTCR"] = HTCR
        self.values["HMAIR0"] = HMAIR0
        self.values["HMAIR1"] = 0
        self.cpu.write_cpsr(0x1C0 | mode)
        self.runner = Runner(self.cpu, hot)

    def words(self, address: int, words: Sequence[int]) -> None:
        """Put words at a physical address."""
        self.memory.write(address, b"".join(word.to_bytes(4, "little") for word in words))

    def run(self, words: Sequence[int], limit: int = 1000, at: int = CODE, **registers: int) -> Stop:
        """Execute ``words`` from ``at`` with general registers set (``r0=...``), until it loops."""
        self.words(at, [*words, LOOP])
        for name, value in registers.items():
            self.cpu.write(name, value)
        self.cpu.r[15] = at
        return self.runner.run(self.cpu.count + limit)

    def fill_vectors(self) -> None:
        """Make every vector of the Hyp and PL1 tables a loop."""
        for base in (self.values["HVBAR"], self.values["VBAR_NS"]):
            self.words(base, [LOOP] * 8)

    # -- Hyp tables, written here from the manual and by nobody else ---------------------------------
    def map(self, va: int, pa: int, attributes: int = 0x743) -> None:
        """Map one 4 KB page in the Hyp tables; the default is read, write, execute, Normal, AF set."""
        root = RAM + TABLES
        second = self._table(root + 8 * (va >> 30))
        third = self._table(second + 8 * (va >> 21 & 0x1FF))
        self.store64(third + 8 * (va >> 12 & 0x1FF), pa | attributes)

    def map_block(self, va: int, pa: int, attributes: int = 0x741) -> None:
        """Map 2 MB."""
        second = self._table(RAM + TABLES + 8 * (va >> 30))
        self.store64(second + 8 * (va >> 21 & 0x1FF), pa | attributes)

    def _table(self, entry: int) -> int:
        known = self.load64(entry)
        if known & 3 == 3:
            return known & 0xFF_FFFF_F000
        self._next = getattr(self, "_next", RAM + TABLES + 0x1000)
        table, self._next = self._next, self._next + 0x1000
        self.memory.write(table, bytes(0x1000))
        self.store64(entry, table | 3)
        return table

    def use_tables(self) -> None:
        """Empty tables, named by HTTBR, with a clean TLB as far as functional mode goes."""
        self.memory.write(RAM + TABLES, bytes(0x1000))
        self.values["HTTBR"] = RAM + TABLES

    def store64(self, address: int, value: int) -> None:
        """Store a doubleword at a physical address."""
        self.memory.write(address, value.to_bytes(8, "little"))

    def load64(self, address: int) -> int:
        """Load a doubleword from a physical address."""
        return int.from_bytes(self.memory.read(address, 8), "little")

    def store32(self, address: int, value: int) -> None:
        """Store a word at a physical address."""
        self.memory.write(address, value.to_bytes(4, "little"))

    def load32(self, address: int) -> int:
        """Load a word from a physical address."""
        return int.from_bytes(self.memory.read(address, 4), "little")
