"""One comparison: a state of the CPU, a few instructions, and where each lies in memory.

A case is executed from its first instruction to the first exception, which ends it: the fill
around its code is UNDEFINED in both instruction sets. What is compared is all that the exception
leaves: general and banked registers, CPSR, the vector, the registers that report faults, and the
memory that the case may use.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypgen.arch import itstate, psr
from hypgen.arch.psr import Mode
from hypgen.decode.table import Insn, decode_a32, decode_t32
from hypgen.emulator.cp15 import row_of
from hypgen.emulator.cpu import BANKED_NAMES

GROUPS = 0x4400_0000
"""Where the memory of cases begins; case number i has ``GROUP_SIZE`` bytes from GROUPS + i * GROUP_SIZE."""
GROUP_SIZE = 0x2000
SCRATCH_SIZE = 0x400
"""Random bytes at the start of a case's memory; the rest of it is fill and code."""
CODE_OFFSET = 0x1000
FILL = 0xE7FD_DEFE
"""UDF in A32; in T32 its first half is UDF, and its second a branch to the first."""
RAM = 0x4000_0000
RAM_END = 0x5000_0000
CASES_END = 0x4500_0000
TABLES = 0x4040_0000
TABLES_SIZE = 0x40_0000
EXTENSION_SIZE = 256
"""Bytes of D0 to D31."""

GENERAL = (*(f"r{number}" for number in range(8)), *(f"r{number}_usr" for number in range(8, 13)))
BANKED = tuple(name for name in BANKED_NAMES if name not in GENERAL and name not in ("LR_mon", "SPSR_mon"))
"""Every banked register but those of which Monitor mode needs its own to enter a case."""
BANKED_CONTROLS = (
    *("TTBCR", "TTBR0", "TTBR1", "DACR", "MAIR0", "MAIR1", "VBAR", "DFSR", "DFAR", "IFSR", "IFAR", "PAR"),
    *("CSSELR", "CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW", "CNTP_CVAL", "CNTP_CTL", "SCTLR"),
)
CONTROLS = (
    *(f"{name}_S" for name in BANKED_CONTROLS),
    *("MVBAR", "SDER"),
    *(f"{name}_NS" for name in BANKED_CONTROLS),
    *("HVBAR", "HTTBR", "HTCR", "HMAIR0", "HMAIR1", "VTTBR", "VTCR", "VPIDR", "VMPIDR", "CNTHCTL", "CNTKCTL"),
    *("HDCR", "HSTR", "HSR", "HDFAR", "HIFAR", "HPFAR", "HTPIDR", "HCPTR", "HCR", "HSCTLR"),
    *("CNTV_CVAL", "CNTV_CTL", "CNTHP_CVAL", "CNTHP_CTL", "CNTVOFF", "CNTFRQ"),
    *("PMCNTENSET", "PMINTENSET", "PMSELR", "PMCCNTR", "PMUSERENR"),
    *("NSACR", "CPACR", "FPEXC", "FPSCR", "SCR"),
)
"""System registers that each case sets, by stored name, in the order in which they are set."""
WIDE = frozenset(name for name in CONTROLS if row_of(name).width == 64)
INPUT = (*GENERAL, *BANKED, "PC", "CPSR", *CONTROLS)
OUTPUT = (*GENERAL, *BANKED, "LR_mon", "SPSR_mon", "CPSR", "vector", *CONTROLS)
RECORD = 1024
"""Bytes of each record, at the end of which D0 to D31 are."""
EXTENSION = RECORD - EXTENSION_SIZE


def offsets(names: Sequence[str]) -> dict[str, int]:
    """Where each register is in a record of these."""
    places, at = {}, 0
    for name in names:
        places[name] = at
        at += 8 if name in WIDE else 4
    if at > EXTENSION:
        raise ValueError("the registers need a longer record")
    return places


def layout(names: Sequence[str]) -> str:
    """A record of these registers, for struct."""
    return "<" + "".join("Q" if name in WIDE else "I" for name in names)


@dataclass(frozen=True)
class Case:
    """``registers`` are by the names of INPUT; ``code`` is what stands at PC, ``scratch`` the memory."""

    index: int
    registers: dict[str, int]
    instructions: tuple[bytes, ...]
    scratch: bytes
    extension: bytes = bytes(EXTENSION_SIZE)
    """What D0 to D31 hold."""
    names: tuple[str, ...] = field(default=(), compare=False)
    """The rows of the instructions."""

    @property
    def base(self) -> int:
        """Where the memory of the case begins."""
        return GROUPS + self.index * GROUP_SIZE

    @property
    def pc(self) -> int:
        """Address of the first instruction."""
        return self.registers["PC"]

    def decoded(self) -> list[Insn]:
        """The instructions, as they are if executed one after the other."""
        cpsr = self.registers["CPSR"]
        state = (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3F) << 2
        found: list[Insn] = []
        for content in self.instructions:
            if cpsr >> 5 & 1:
                halves = [int.from_bytes(content[i : i + 2], "little") for i in range(0, len(content), 2)]
                insn = decode_t32(halves[0], halves[1] if len(halves) > 1 else None, state)
                assert insn is not None
                state = insn["itstate"] if insn.heading == "IT" else itstate.advance(state)
            else:
                insn = decode_a32(int.from_bytes(content, "little"))
                assert insn is not None
            found.append(insn)
        return found

    def found_at(self, pc: int, itstate: int = 0) -> Insn | None:
        """What is executed by a branch to ``pc``, perhaps the second half of an instruction."""
        offset = pc - self.pc
        if not 0 <= offset < sum(map(len, self.instructions)):
            return None
        content = self.memory[CODE_OFFSET + offset : CODE_OFFSET + offset + 4]
        if self.registers["CPSR"] >> 5 & 1:
            return decode_t32(*struct.unpack("<2H", content), itstate)
        return decode_a32(int.from_bytes(content, "little"))

    @property
    def memory(self) -> bytes:
        """The whole memory of the case, as it is at the start."""
        fill = FILL.to_bytes(4, "little")
        code = b"".join(self.instructions)
        before = self.scratch + fill * ((CODE_OFFSET - SCRATCH_SIZE) // 4)
        body = code + b"\xfe\xde" * (len(code) // 2 % 2)
        return before + body + fill * ((GROUP_SIZE - CODE_OFFSET - len(body)) // 4)

    @property
    def record(self) -> bytes:
        """The registers, as the harness in QEMU reads them."""
        words = (self.registers[name] for name in INPUT)
        return struct.pack(layout(INPUT), *words).ljust(EXTENSION, b"\0") + self.extension


@dataclass(frozen=True)
class Raised:
    """How a case ended in the core: the exception, the instruction that raised it, and where."""

    kind: str
    fault: int
    """The status of an abort in the Long-descriptor format (FSC); 0 of another exception."""
    insn: Insn | None
    pc: int
    hsr: int | None
    """The syndrome, if it was taken to Hyp mode."""
    mode: int
    secure: bool
    to: int = 0
    """The mode that it was taken to."""
    why: str = ""
    """The core's own words about it."""
    far: int = 0
    """The address of a Data Abort."""

    @property
    def encoding(self) -> str:
        """The row of the instruction; empty if it is none of the case's."""
        return self.insn.name if self.insn is not None else ""


@dataclass(frozen=True)
class Outcome:
    """What a case left: values by the names of OUTPUT, and the scratch memory."""

    registers: dict[str, int]
    memory: bytes
    extension: bytes = bytes(EXTENSION_SIZE)
    raised: Raised | None = None
    executed: int = 0


VECTOR_BASES = {"S": 0x4020_8000, "NS": 0x4020_9000, "HYP": 0x4020_A000, "MON": 0x4020_B000}
"""Where the four tables of vectors are, by what takes exceptions there."""
TAKEN_IN = {base: name for name, base in VECTOR_BASES.items()}


def differences(ours: Outcome, theirs: Outcome, all_of_par: bool = False) -> dict[str, tuple[int, int]]:
    """Names of what differs, with both values; memory by ``[offset]`` of the first byte that does.

    Of PAR also the bits in which QEMU never has what we have, if ``all_of_par``.
    """
    ignored = _unknown(ours)
    found = {
        name: (value, theirs.registers[name])
        for name, value in ours.registers.items()
        if (value ^ theirs.registers[name]) & _compared(name, value, all_of_par) and name not in ignored
    }
    if ours.memory != theirs.memory:
        pairs = enumerate(zip(ours.memory, theirs.memory, strict=True))
        offset, (mine, other) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
        found[f"[{offset:#x}]"] = mine, other
    if ours.extension != theirs.extension:
        pairs = zip(*(struct.unpack("<32Q", one.extension) for one in (ours, theirs)), strict=True)
        found |= {f"D{number}": pair for number, pair in enumerate(pairs) if pair[0] != pair[1]}
    return found


_LPAE, _SUPERSECTION = 1 << 11, 1 << 1
_S2WLK, _LEVEL = 1 << 8, 3 << 1
"""Of PAR after a fault, in the 64-bit format: a stage 2 fault on a walk of stage 1, and the fault's level."""


def _compared(name: str, value: int, all_of_par: bool) -> int:
    """The bits of a register that are compared: not those that are reserved.

    Nor, unless ``all_of_par``, those of PAR that the list has: attributes, and the level of a stage 2 fault
    on a walk.
    """
    if name.startswith(("SPSR", "CPSR")):
        return ~psr.RESERVED
    if name not in CONTROLS:
        return ~0
    compared = row_of(name).mask
    if name.startswith("IFSR"):
        compared = 0x163F if value & 1 << 9 else 0x14FF | 1 << 9 | 1 << 12
    if not name.startswith("PAR") or all_of_par:
        return compared
    if value & _LPAE and value & 1 and value & _S2WLK:
        return compared & ~_LEVEL
    if not value & 1:
        place = 0xFF_FFFF_F000
        if value & _SUPERSECTION and not value & _LPAE:
            place = 0xFF00_0000  # QEMU has no bits 39:32 of the address there
        compared = place | _LPAE | 1  # test_mmu_qemu compares attributes, where QEMU has some
    return compared


HYP_FAULTS = frozenset({"HSR", "HDFAR", "HIFAR", "HPFAR"})
MONITOR = frozenset({"LR_mon", "SPSR_mon"})
SECURE_FAULTS = frozenset({"DFAR_S", "IFAR_S"})


def _unknown(ours: Outcome) -> frozenset[str]:
    """What is not compared, by where the exception was taken.

    On its way from a Non-secure vector to Monitor mode the harness overwrites that mode's LR and SPSR.
    "Execution in any Non-secure mode other than Hyp mode makes [the fault registers of Hyp mode] UNKNOWN"
    (B3.13), and in QEMU HDFAR and HIFAR are the Secure DFAR and IFAR, as in ARMv8.
    """
    taken_in = TAKEN_IN.get(ours.registers["vector"] & ~0x1F, "")
    if taken_in == "HYP":
        return frozenset({"LR_mon", "SPSR_mon"}) | SECURE_FAULTS
    return HYP_FAULTS | (
        frozenset({"LR_mon", "SPSR_mon"}) | SECURE_FAULTS if taken_in == "NS" else frozenset()
    )


MODES = (Mode.USR, Mode.SVC, Mode.HYP, Mode.MON, Mode.SYS, Mode.IRQ, Mode.FIQ, Mode.UND, Mode.ABT)
