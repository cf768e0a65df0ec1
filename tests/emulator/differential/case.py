"""One comparison: a state of the CPU, a few instructions, and where each lies in memory.

A case is executed from its first instruction to the first exception, which ends it: the fill
around its code is UNDEFINED in both instruction sets. What is compared is all that the exception
leaves: general and banked registers, CPSR, the vector, the registers that report faults, and the
memory that the case may use.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from hypgen.arch import psr
from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import BANKED_NAMES

GROUPS = 0x4400_0000
"""Where the memory of cases begins; case number i has ``GROUP_SIZE`` bytes from GROUPS + i * GROUP_SIZE."""
GROUP_SIZE = 0x2000
SCRATCH_SIZE = 0x400
"""Random bytes at the start of a case's memory; the rest of it is fill and code."""
CODE_OFFSET = 0x1000
FILL = 0xE7FD_DEFE
"""UDF in A32; in T32 its first half is UDF, and its second a branch to the first."""
TABLES = 0x4030_0000
RAM_END = 0x5000_0000

GENERAL = (*(f"r{number}" for number in range(8)), *(f"r{number}_usr" for number in range(8, 13)))
BANKED = tuple(name for name in BANKED_NAMES if name not in GENERAL and name not in ("LR_mon", "SPSR_mon"))
"""Every banked register but those of which Monitor mode needs its own to enter a case."""
SECURE_CONTROLS = (
    "SCTLR_S",
    "DFSR_S",
    "DFAR_S",
    "IFSR_S",
    "IFAR_S",
    "CONTEXTIDR_S",
    "TPIDRURW_S",
    "TPIDRURO_S",
    "TPIDRPRW_S",
)
CONTROLS = (
    *SECURE_CONTROLS,
    *(f"{name[:-2]}_NS" for name in SECURE_CONTROLS),
    "HSCTLR",
    "HCR",
    "HSTR",
    "HSR",
    "HDFAR",
    "HIFAR",
    "HPFAR",
    "HTPIDR",
    "SCR",
)
"""Registers of CP15 that each case sets, by stored name, in the order in which they are set."""
INPUT = (*GENERAL, *BANKED, "PC", "CPSR", *CONTROLS)
OUTPUT = (*GENERAL, *BANKED, "LR_mon", "SPSR_mon", "CPSR", "vector", *CONTROLS)
RECORD = 512
"""Bytes of each record."""
assert 4 * max(len(INPUT), len(OUTPUT)) <= RECORD


@dataclass(frozen=True)
class Case:
    """``registers`` are by the names of INPUT; ``code`` is what stands at PC, ``scratch`` the memory."""

    index: int
    registers: dict[str, int]
    instructions: tuple[bytes, ...]
    scratch: bytes
    names: tuple[str, ...] = field(default=(), compare=False)
    """The rows of the instructions."""

    @property
    def base(self) -> int:
        """Where the memory of the case begins."""
        return GROUPS + self.index * GROUP_SIZE

    @property
    def pc(self) -> int:
        """Address of the first instruction."""
        return self.base + CODE_OFFSET

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
        return struct.pack(f"<{len(INPUT)}I", *words).ljust(RECORD, b"\0")


@dataclass(frozen=True)
class Raised:
    """How a case ended in the core: the exception, the row of the instruction that raised it, and where."""

    kind: str
    fault: int
    """The status of an abort in the Long-descriptor format (FSC); 0 of another exception."""
    encoding: str
    pc: int
    hsr: int | None
    """The syndrome, if it was taken to Hyp mode."""
    mode: int
    secure: bool


@dataclass(frozen=True)
class Outcome:
    """What a case left: values by the names of OUTPUT, and the scratch memory."""

    registers: dict[str, int]
    memory: bytes
    raised: Raised | None = None
    executed: int = 0


VECTOR_BASES = {"S": 0x4020_8000, "NS": 0x4020_9000, "HYP": 0x4020_A000, "MON": 0x4020_B000}
"""Where the four tables of vectors are, by what takes exceptions there."""
TAKEN_IN = {base: name for name, base in VECTOR_BASES.items()}


def differences(ours: Outcome, theirs: Outcome) -> dict[str, tuple[int, int]]:
    """Names of what differs, with both values; memory by ``[offset]`` of the first byte that does."""
    ignored = _unknown(ours)
    found = {
        name: (value, theirs.registers[name])
        for name, value in ours.registers.items()
        if (value ^ theirs.registers[name]) & _compared(name) and name not in ignored
    }
    if ours.memory != theirs.memory:
        pairs = enumerate(zip(ours.memory, theirs.memory, strict=True))
        offset, (mine, other) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
        found[f"[{offset:#x}]"] = mine, other
    return found


def _compared(name: str) -> int:
    """The bits of a register that are compared: not those of a PSR that are reserved."""
    return ~psr.RESERVED if name.startswith(("SPSR", "CPSR")) else ~0


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
