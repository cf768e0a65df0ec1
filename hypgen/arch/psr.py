"""Processor modes and the program status registers (DDI 0406C, B1.3.1 and B1.3.3)."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from hypgen.bits import Field


class Mode(IntEnum):
    """A processor mode: the values of CPSR.M (DDI 0406C, Table B1-1)."""

    USR = 0x10
    FIQ = 0x11
    IRQ = 0x12
    SVC = 0x13
    MON = 0x16
    ABT = 0x17
    HYP = 0x1A
    UND = 0x1B
    SYS = 0x1F

    @property
    def suffix(self) -> str:
        """What the manual appends to a banked register's name: ``svc`` in SP_svc."""
        return self.name.lower()

    @property
    def has_spsr(self) -> bool:
        """Whether the mode has an SPSR: all but User and System."""
        return self not in (Mode.USR, Mode.SYS)


MODES = MappingProxyType({int(mode): mode for mode in Mode})
"""Mode by CPSR.M value; a value that is not a key is a reserved mode (writing it is UNPREDICTABLE)."""

# The CPSR and the SPSRs share one format.
N = Field("N", 31, 31)
Z = Field("Z", 30, 30)
C = Field("C", 29, 29)
V = Field("V", 28, 28)
Q = Field("Q", 27, 27)
IT_LOW = Field("IT[1:0]", 26, 25)
J = Field("J", 24, 24)
GE = Field("GE", 19, 16)
IT_HIGH = Field("IT[7:2]", 15, 10)
E = Field("E", 9, 9)
A = Field("A", 8, 8)
I = Field("I", 7, 7)  # noqa: E741  # the manual's name of the IRQ mask
F = Field("F", 6, 6)
T = Field("T", 5, 5)
M = Field("M", 4, 0)

FIELDS = (N, Z, C, V, Q, IT_LOW, J, GE, IT_HIGH, E, A, I, F, T, M)
RESERVED = 0x00F0_0000
"""Bits <23:20>, UNK/SBZP."""

APSR_MASK = N.mask | Z.mask | C.mask | V.mask | Q.mask | GE.mask
"""The application level view: what User mode reads and may write."""
EXECUTION_STATE_MASK = IT_LOW.mask | IT_HIGH.mask | J.mask | T.mask
"""Bits that MSR never changes; they read as zero through MRS CPSR (DDI 0406C, B1.3.3)."""


def get_it(psr: int) -> int:
    """ITSTATE, gathered from its two pieces."""
    return (IT_HIGH.get(psr) << 2) | IT_LOW.get(psr)


def put_it(psr: int, it: int) -> int:
    """``psr`` with ITSTATE replaced by the 8-bit ``it``."""
    return IT_LOW.put(IT_HIGH.put(psr, it >> 2), it & 3)


def byte_mask(fields: int) -> int:
    """Bits selected by the 4-bit ``mask`` operand of MSR: one byte of the PSR for each bit."""
    return sum(0xFF << (8 * byte) for byte in range(4) if fields >> byte & 1)


def describe(psr: int) -> str:
    """``psr`` as a person reads it: flags, masks, instruction set and mode, as in ``nZCv AIF ARM hyp``."""
    flags = "".join(f.name if f.get(psr) else f.name.lower() for f in (N, Z, C, V))
    masks = "".join(f.name if f.get(psr) else f.name.lower() for f in (A, I, F))
    state = ("ARM", "Thumb", "Jazelle", "ThumbEE")[J.get(psr) << 1 | T.get(psr)]
    mode = MODES.get(M.get(psr))
    return f"{flags} {masks} {state} {mode.suffix if mode else f'reserved mode {M.get(psr):#04x}'}"
