"""What a virtual CPU holds: the layout of its context, which is the host's, too."""

from __future__ import annotations

from collections.abc import Iterator

from hypgen.arch import registers

WORD = 4

CP15 = (
    *("TTBR0", "TTBR1", "PAR"),
    *("SCTLR", "CPACR", "TTBCR", "DACR", "MAIR0", "MAIR1", "AMAIR0", "AMAIR1", "CSSELR", "CONTEXTIDR"),
    *(
        "TPIDRURW",
        "TPIDRURO",
        "TPIDRPRW",
        "DFSR",
        "IFSR",
        "ADFSR",
        "AIFSR",
        "DFAR",
        "IFAR",
        "VBAR",
        "CNTKCTL",
    ),
)
"""CP15 registers that PL1 can change and that are neither trapped nor banked away: each world has its own.
The first three have 64 bits. PRRR and NMRR are MAIR0 and MAIR1. ACTLR, c15, set/way operations, the
performance monitors and debug are trapped; FCSEIDR is RAZ/WI; the physical timer is the host's."""
LIST_REGISTERS = 4
BANKS = ("svc", "abt", "und", "irq")
"""Modes with SP, LR and SPSR of their own; FIQ mode has r8 to r12 besides."""

VCPU_SHIFT = 10
"""log2 of the bytes of a context: virtual CPU n's is at ``world_vcpus + (n << 10)``."""


def _words() -> Iterator[tuple[str, int, str]]:
    """Every field of a context in order: name, words, meaning."""
    yield from ((f"R{number}", 1, f"r{number} (r8 to r12: not FIQ mode's)") for number in range(13))
    yield "PC", 1, "where it goes on: ELR_hyp"
    yield "PSR", 1, "its CPSR: SPSR_hyp"
    yield "SP_USR", 1, "SP of User and System mode"
    yield "LR_USR", 1, "LR of User, System and Hyp mode"
    for mode in BANKS:
        yield f"SP_{mode.upper()}", 1, f"SP_{mode}"
        yield f"LR_{mode.upper()}", 1, f"LR_{mode}"
        yield f"SPSR_{mode.upper()}", 1, f"SPSR_{mode}"
    yield from ((f"R{number}_FIQ", 1, f"r{number}_fiq") for number in range(8, 13))
    yield from ((f"{name}_FIQ", 1, f"{name}_fiq") for name in ("SP", "LR", "SPSR"))
    for name in CP15:
        yield name, registers.BY_NAME[name].width // 32, name
    yield "CNTV_CVAL", 2, "when its timer is due, in its own time"
    yield "CNTVOFF", 2, "physical time at which its own began"
    yield "CNTV_CTL", 1, "its timer's control"
    yield "GICH_VMCR", 1, "its GIC CPU interface: masks and enables"
    yield "GICH_APR", 1, "its active priorities"
    yield from ((f"GICH_LR{number}", 1, "a virtual interrupt") for number in range(LIST_REGISTERS))
    yield "FPEXC", 1, "FPEXC"
    yield "FPSCR", 1, "FPSCR"
    yield "VFP", 64, "d0 to d31"
    yield "HOST", 1, "the context of the host whom it interrupts"
    yield "ROOT", 2, "PA of its stage 2 root, without a VMID"
    yield "LEVEL3", 1, "VA of the stage 2 level 3 table of its memory"
    yield "VMID", 1, "its VMID, if GENERATION is the present one"
    yield "GENERATION", 1, "the generation of VMIDs that VMID belongs to; 0: it has none"
    yield "HCR", 1, "HCR while it runs: its virtual exceptions are in here"
    yield "VPIDR", 1, "what it reads as MIDR"
    yield "VMPIDR", 1, "what it reads as MPIDR"
    yield "ACTLR", 1, "what it reads as ACTLR, which is trapped"
    yield "DEVICE", 4, "registers of the emulated device"
    yield "EXIT_HSR", 1, "HSR at its last exit"
    yield "EXIT_FAR", 1, "HDFAR or HIFAR at its last exit, if that was a fault"
    yield "EXIT_FIPA", 1, "the IPA of that fault, as HPFAR has it: IPA<39:12> in <31:4>"
    yield "EXIT_IRQ", 1, "the interrupt that was acknowledged at its last exit"


def _offsets() -> dict[str, tuple[int, int, str]]:
    found, offset = {}, 0
    for name, words, meaning in _words():
        found[name] = (offset, words, meaning)
        offset += words * WORD
    assert offset <= 1 << VCPU_SHIFT
    return found


VCPU = _offsets()
"""A context's fields by name: offset in bytes, words, and meaning. The host's has the same layout."""
