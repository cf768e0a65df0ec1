"""Exception vectors, and the syndromes by which an exception says what it was.

DDI 0406C, B1.8 (exception handling), B3.13 (exception reporting in a VMSA implementation; the
two fault status formats and the Hyp Syndrome Register).
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from hypgen.bits import Field

VECTOR_TABLE_SIZE = 32
"""Bytes of a vector table: eight words, the base aligned to this size (VBAR, MVBAR, HVBAR <4:0> are SBZ)."""
HIGH_VECTORS = 0xFFFF_0000
"""Base of the PL1 vectors when SCTLR.V is 1."""


class Vector(IntEnum):
    """Offset of a vector; the Hyp table gives slots 0x08 and 0x14 a meaning of their own (Table B1-3)."""

    RESET = 0x00
    UNDEFINED = 0x04
    SUPERVISOR_CALL = 0x08
    PREFETCH_ABORT = 0x0C
    DATA_ABORT = 0x10
    HYP_TRAP = 0x14
    IRQ = 0x18
    FIQ = 0x1C


VECTORS = MappingProxyType(
    {
        "PL1": MappingProxyType(
            {
                0x00: "Reset (only at reset)",
                0x04: "Undefined Instruction",
                0x08: "Supervisor Call",
                0x0C: "Prefetch Abort",
                0x10: "Data Abort",
                0x14: "not used",
                0x18: "IRQ",
                0x1C: "FIQ",
            }
        ),
        "Monitor": MappingProxyType(
            {
                0x00: "not used",
                0x04: "not used",
                0x08: "Secure Monitor Call",
                0x0C: "Prefetch Abort",
                0x10: "Data Abort",
                0x14: "not used",
                0x18: "IRQ",
                0x1C: "FIQ",
            }
        ),
        "Hyp": MappingProxyType(
            {
                0x00: "not used",
                0x04: "Undefined Instruction, from Hyp mode",
                0x08: "Supervisor Call or Hypervisor Call, from Hyp mode",
                0x0C: "Prefetch Abort, from Hyp mode",
                0x10: "Data Abort, from Hyp mode",
                0x14: "Hyp Trap, or Hypervisor Call from another mode",
                0x18: "IRQ",
                0x1C: "FIQ",
            }
        ),
    }
)
"""What each vector offset means, for the three kinds of table (DDI 0406C, Table B1-3)."""

# The Hyp Syndrome Register's own fields are those of arch.registers.HSR; below are its values.


class ExceptionClass(IntEnum):
    """HSR.EC: why Hyp mode was entered (DDI 0406C, Table B3-25)."""

    UNKNOWN = 0x00
    WFI_WFE = 0x01
    CP15_MCR_MRC = 0x03
    CP15_MCRR_MRRC = 0x04
    CP14_MCR_MRC = 0x05
    CP14_LDC_STC = 0x06
    COPROCESSOR = 0x07
    CP10_MRC = 0x08
    BXJ = 0x0A
    CP14_MRRC = 0x0C
    SVC = 0x11
    HVC = 0x12
    SMC = 0x13
    PREFETCH_ABORT_LOWER = 0x20
    PREFETCH_ABORT_HYP = 0x21
    DATA_ABORT_LOWER = 0x24
    DATA_ABORT_HYP = 0x25


EXCEPTION_CLASSES = MappingProxyType(
    {
        ExceptionClass.UNKNOWN: "unknown reason (Undefined Instruction)",
        ExceptionClass.WFI_WFE: "trapped WFI or WFE",
        ExceptionClass.CP15_MCR_MRC: "trapped MCR or MRC access to CP15",
        ExceptionClass.CP15_MCRR_MRRC: "trapped MCRR or MRRC access to CP15",
        ExceptionClass.CP14_MCR_MRC: "trapped MCR or MRC access to CP14",
        ExceptionClass.CP14_LDC_STC: "trapped LDC or STC access to CP14",
        ExceptionClass.COPROCESSOR: "trapped by HCPTR: coprocessor 0 to 13, Advanced SIMD or floating-point",
        ExceptionClass.CP10_MRC: "trapped MRC or VMRS of an ID group register of CP10",
        ExceptionClass.BXJ: "trapped BXJ",
        ExceptionClass.CP14_MRRC: "trapped MRRC access to CP14",
        ExceptionClass.SVC: "Supervisor Call taken to Hyp mode",
        ExceptionClass.HVC: "Hypervisor Call",
        ExceptionClass.SMC: "trapped SMC",
        ExceptionClass.PREFETCH_ABORT_LOWER: "Prefetch Abort from a mode other than Hyp",
        ExceptionClass.PREFETCH_ABORT_HYP: "Prefetch Abort from Hyp mode",
        ExceptionClass.DATA_ABORT_LOWER: "Data Abort from a mode other than Hyp",
        ExceptionClass.DATA_ABORT_HYP: "Data Abort from Hyp mode",
    }
)
"""HSR.EC in words."""

# ISS encodings, DDI 0406C, B3.13.6. Condition fields are valid only when CV is 1.
ISS_CV = Field("CV", 24, 24)
ISS_COND = Field("COND", 23, 20)

ISS_WFX = (ISS_CV, ISS_COND, Field("TI", 0, 0))
ISS_MCR_MRC = (
    ISS_CV,
    ISS_COND,
    Field("Opc2", 19, 17),
    Field("Opc1", 16, 14),
    Field("CRn", 13, 10),
    Field("Rt", 8, 5),
    Field("CRm", 4, 1),
    Field("Direction", 0, 0),
)
"""Direction is 1 for a read (MRC, VMRS), 0 for a write (MCR)."""
ISS_MCRR_MRRC = (
    ISS_CV,
    ISS_COND,
    Field("Opc1", 19, 16),
    Field("Rt2", 13, 10),
    Field("Rt", 8, 5),
    Field("CRm", 4, 1),
    Field("Direction", 0, 0),
)
ISS_LDC_STC = (
    ISS_CV,
    ISS_COND,
    Field("imm8", 19, 12),
    Field("Rn", 8, 5),
    Field("Offset", 4, 4),
    Field("AM", 3, 1),
    Field("Direction", 0, 0),
)
ISS_COPROCESSOR = (ISS_CV, ISS_COND, Field("TA", 5, 5), Field("coproc", 3, 0))
ISS_BXJ = (ISS_CV, ISS_COND, Field("Rm", 3, 0))
ISS_CALL = (Field("imm16", 15, 0),)
"""Of SVC and HVC; imm16 of an SVC is UNKNOWN when the SVC was conditional."""
ISS_SMC = ()
"""A trapped SMC reports nothing in ARMv7: the field is UNK/SBZP."""
ISS_PREFETCH_ABORT = (Field("EA", 9, 9), Field("S1PTW", 7, 7), Field("IFSC", 5, 0))
ISS_DATA_ABORT = (
    Field("ISV", 24, 24),
    Field("SAS", 23, 22),
    Field("SSE", 21, 21),
    Field("SRT", 19, 16),
    Field("EA", 9, 9),
    Field("CM", 8, 8),
    Field("S1PTW", 7, 7),
    Field("WnR", 6, 6),
    Field("DFSC", 5, 0),
)
"""SAS, SSE and SRT are valid only when ISV is 1: a stage 2 abort on a load or store of one register."""

ISS_FORMATS = MappingProxyType(
    {
        ExceptionClass.UNKNOWN: (),
        ExceptionClass.WFI_WFE: ISS_WFX,
        ExceptionClass.CP15_MCR_MRC: ISS_MCR_MRC,
        ExceptionClass.CP15_MCRR_MRRC: ISS_MCRR_MRRC,
        ExceptionClass.CP14_MCR_MRC: ISS_MCR_MRC,
        ExceptionClass.CP14_LDC_STC: ISS_LDC_STC,
        ExceptionClass.COPROCESSOR: ISS_COPROCESSOR,
        ExceptionClass.CP10_MRC: ISS_MCR_MRC,
        ExceptionClass.BXJ: ISS_BXJ,
        ExceptionClass.CP14_MRRC: ISS_MCRR_MRRC,
        ExceptionClass.SVC: ISS_CALL,
        ExceptionClass.HVC: ISS_CALL,
        ExceptionClass.SMC: ISS_SMC,
        ExceptionClass.PREFETCH_ABORT_LOWER: ISS_PREFETCH_ABORT,
        ExceptionClass.PREFETCH_ABORT_HYP: ISS_PREFETCH_ABORT,
        ExceptionClass.DATA_ABORT_LOWER: ISS_DATA_ABORT,
        ExceptionClass.DATA_ABORT_HYP: ISS_DATA_ABORT,
    }
)
"""Fields of HSR.ISS for each HSR.EC."""

# Fault status codes. A level is that of the translation table walk, a stage is told by the register
# that reports it: DFSR and IFSR stage 1, HSR either (HPFAR is valid for stage 2).

LONG_FAULT_STATUS = MappingProxyType(
    {
        **{0b000100 | level: f"translation fault, level {level}" for level in (1, 2, 3)},
        **{0b001000 | level: f"access flag fault, level {level}" for level in (1, 2, 3)},
        **{0b001100 | level: f"permission fault, level {level}" for level in (1, 2, 3)},
        0b010000: "synchronous external abort",
        **{0b010100 | level: f"synchronous external abort on a walk, level {level}" for level in (1, 2, 3)},
        0b010001: "asynchronous external abort",
        0b011000: "synchronous parity error",
        **{0b011100 | level: f"synchronous parity error on a walk, level {level}" for level in (1, 2, 3)},
        0b011001: "asynchronous parity error",
        0b100001: "alignment fault",
        0b100010: "debug event",
        0b110000: "TLB conflict abort",
        0b110100: "implementation defined (lockdown)",
        0b111010: "implementation defined (coprocessor abort)",
        **{0b111100 | level: f"domain fault, level {level}" for level in (1, 2)},
    }
)
"""STATUS<5:0> of the Long-descriptor format: DFSR and IFSR with TTBCR.EAE = 1, PAR, and HSR's DFSC
and IFSC (DDI 0406C, Tables B3-24 and B3-26)."""

SHORT_FAULT_STATUS = MappingProxyType(
    {
        0b00001: "alignment fault",
        0b00010: "debug event",
        0b00011: "access flag fault, level 1",
        0b00100: "instruction cache maintenance fault",
        0b00101: "translation fault, level 1",
        0b00110: "access flag fault, level 2",
        0b00111: "translation fault, level 2",
        0b01000: "synchronous external abort",
        0b01001: "domain fault, level 1",
        0b01011: "domain fault, level 2",
        0b01100: "synchronous external abort on a walk, level 1",
        0b01101: "permission fault, level 1",
        0b01110: "synchronous external abort on a walk, level 2",
        0b01111: "permission fault, level 2",
        0b10000: "TLB conflict abort",
        0b10100: "implementation defined (lockdown)",
        0b10110: "asynchronous external abort",
        0b11000: "asynchronous parity error",
        0b11001: "synchronous parity error",
        0b11010: "implementation defined (coprocessor abort)",
        0b11100: "synchronous parity error on a walk, level 1",
        0b11110: "synchronous parity error on a walk, level 2",
    }
)
"""FS<4:0> of the Short-descriptor format: DFSR and IFSR bits {10, 3:0} (DDI 0406C, Table B3-23)."""


def decode_iss(exception_class: int, iss: int) -> dict[str, int]:
    """The fields of a 25-bit ``iss`` by name; empty for a class that reports none or is reserved."""
    layout = next((form for known, form in ISS_FORMATS.items() if known == exception_class), ())
    return {field.name: field.get(iss) for field in layout}


def describe_hsr(hsr: int) -> str:
    """An HSR value in one line of words: the class, and what its ISS says."""
    exception_class, iss = hsr >> 26, hsr & 0x01FF_FFFF
    words = [text for known, text in EXCEPTION_CLASSES.items() if known == exception_class]
    if not words:
        return f"reserved exception class {exception_class:#04x}"
    fields = decode_iss(exception_class, iss)
    status = fields.get("DFSC", fields.get("IFSC"))
    if status is not None:
        words.append(LONG_FAULT_STATUS.get(status, f"reserved fault status {status:#04x}"))
        if "WnR" in fields:
            words.append("write" if fields["WnR"] else "read")
        if fields["S1PTW"]:
            words.append("on a stage 1 walk")
    elif "imm16" in fields:
        words.append(f"#{fields['imm16']:#x}")
    return ", ".join(words)
