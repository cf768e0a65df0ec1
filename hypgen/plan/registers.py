"""The register values of the plan, composed from the fields that :mod:`hypgen.arch` names."""

from __future__ import annotations

from hypgen.arch import psr, registers
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.register import Register
from hypgen.board.memory import ImagePlacement
from hypgen.plan import descriptors


def compose(register: Register, **fields: int) -> int:
    """The register's value with ``fields`` set, every RES1 bit one and all else zero."""
    value = register.fixed_ones
    for name, content in fields.items():
        value = register.field(name).put(value, content)
    return value


def memory_attributes(first: int) -> int:
    """HMAIR0 (``first`` = 0) or HMAIR1 (``first`` = 4): four attribute bytes, 0 for an index not used."""
    row = registers.HMAIR1 if first else registers.HMAIR0
    used = {i: byte for i, byte in descriptors.MEMORY_ATTRIBUTES.items() if first <= i < first + 4}
    return compose(row, **{f"Attr{index}": byte for index, byte in used.items()})


def affinity(mpidr: int) -> int:
    """The affinity fields of an MPIDR: what tells CPUs apart."""
    return mpidr & (registers.MPIDR.bit("Aff2") | registers.MPIDR.bit("Aff1") | registers.MPIDR.bit("Aff0"))


WRITE_BACK_ALLOCATE = 0b01
"""HTCR.IRGN0 and ORGN0: table walks are Normal memory, Write-Back Write-Allocate."""
INNER_SHAREABLE = 0b11
"""HTCR.SH0: table walks are Inner Shareable."""


def entered_state(image: ImagePlacement) -> dict[str, int]:
    """Fields of SCTLR and HSCTLR that are 1 from the first write on, MMU on or off.

    TE and EE are the state in which exceptions are taken: that of the image's code and data. CP15BEN keeps
    its reset value: the CP15 barriers stay usable at this level.
    """
    wanted = {"TE": image.isa == "thumb", "EE": image.endian == "big", "CP15BEN": True}
    return {name: 1 for name, one in wanted.items() if one}


def values(image: ImagePlacement) -> dict[str, tuple[int, str]]:
    """Register values by the name that templates use, with a meaning.

    They are the same on every board; ``image`` says what of the image shows in them: instruction set, byte
    order, caches, WXN.
    """
    off = entered_state(image)
    caches = {"I": 1, "C": 1} if image.caches == "on" else {}
    on = {**off, **({"WXN": 1} if image.wxn else {}), **caches, "M": 1}
    state = (psr.T.mask if image.isa == "thumb" else 0) | (psr.E.mask if image.endian == "big" else 0)
    masked = state | psr.A.mask | psr.I.mask | psr.F.mask
    return {
        "HMAIR0_VALUE": (memory_attributes(0), "AttrIndx 0: Normal Write-Back; 1: Device"),
        "HMAIR1_VALUE": (memory_attributes(4), "AttrIndx 4 to 7 are not used"),
        "HTCR_VALUE": (
            compose(
                registers.HTCR,
                T0SZ=0,
                IRGN0=WRITE_BACK_ALLOCATE,
                ORGN0=WRITE_BACK_ALLOCATE,
                SH0=INNER_SHAREABLE,
            ),
            "T0SZ = 0: 4 GiB; walks Write-Back, Inner Shareable",
        ),
        "HSCTLR_ON": (compose(registers.HSCTLR, **on), " | ".join(["RES1", *on])),
        "HSCTLR_OFF": (compose(registers.HSCTLR, **off), f"{' | '.join(['RES1', *off])}: MMU and caches off"),
        "SCTLR_CACHES": (
            registers.SCTLR.bit("I") | registers.SCTLR.bit("C"),
            "I | C, at the same places in SCTLR and HSCTLR",
        ),
        "SCTLR_OFF": (
            compose(registers.SCTLR, **off),
            f"{' | '.join(['RES1', *off])}: MMU and caches off, low vectors",
        ),
        "HCPTR_NONE": (compose(registers.HCPTR), "no coprocessor access traps"),
        "HDCR_KEEP": (registers.HDCR.bit("HPMN"), "HPMN: PL1 keeps all event counters"),
        "CNTHCTL_PL1": (
            compose(registers.CNTHCTL, PL1PCTEN=1, PL1PCEN=1),
            "PL1 may use the physical counter and timer",
        ),
        "HSR_HVC": (
            compose(registers.HSR, EC=ExceptionClass.HVC, IL=1),
            "HSR of an HVC from ARM state, immediate zero",
        ),
        "DFSC_ASYNCHRONOUS": (0b010001, "ISS.DFSC: an asynchronous external abort"),
        "HSR_IL": (registers.HSR.field("IL").mask, "the instruction has 32 bits"),
        "HCPTR_VFP": (registers.HCPTR.bit("TCP10") | registers.HCPTR.bit("TCP11"), "the floating-point unit"),
        "PSR_T": (psr.T.mask, "Thumb state"),
        "HCR_TVM": (registers.HCR.bit("TVM"), "PL1's writes of the virtual memory controls trap"),
        "HCR_WAITS": (registers.HCR.bit("TWI") | registers.HCR.bit("TWE"), "PL1's WFI and WFE trap"),
        "HCPTR_TRAPS": (
            compose(registers.HCPTR, TCP10=1, TCP11=1),
            "PL1's use of the floating-point unit traps",
        ),
        "CPACR_VFP": (0xF << 20, "cp10 and cp11: the floating-point unit is for everyone"),
        "FPEXC_EN": (registers.FPEXC.bit("EN"), "the floating-point unit is on"),
        "HVC_IMMEDIATES": (1 << 16, "one above the largest immediate of an HVC"),
        "PSR_MODE": (psr.M.mask, "the mode field of a PSR"),
        "PSR_HYP": (psr.Mode.HYP, "Hyp mode"),
        "PSR_SVC": (
            psr.Mode.SVC | masked,
            "Supervisor mode; asynchronous aborts, IRQ and FIQ masked",
        ),
        "PSR_FIRMWARE": (
            psr.Mode.SVC | psr.A.mask | psr.I.mask | psr.F.mask,
            "the same in ARM state and with little-endian data, as firmware has it",
        ),
        "MPIDR_FLAGS": (~affinity(0xFFFF_FFFF) & 0xFFFF_FFFF, "what of MPIDR is not affinity"),
        "PSR_HYP_MASKED": (
            psr.Mode.HYP | masked,
            "Hyp mode; asynchronous aborts, IRQ and FIQ masked",
        ),
        "PSR_MON": (psr.Mode.MON, "Monitor mode"),
        "SCR_NONSECURE": (
            compose(registers.SCR, NS=1, HCE=1, FW=1, AW=1),
            "NS | HCE | FW | AW: Non-secure, HVC works, CPSR.F and A are the Non-secure state's",
        ),
        "NSACR_ALL": (
            compose(registers.NSACR, NS_SMP=1, cp10=1, cp11=1),
            "NS_SMP | cp11 | cp10: the Non-secure state has ACTLR.SMP and the floating-point unit",
        ),
        "ACTLR_SMP": (1 << 6, "of Cortex-A7, A12, A15 and A17: this CPU takes part in coherency"),
        "VIRTUALIZATION": (registers.ID_PFR1.bit("Virtualization"), "ID_PFR1: the Virtualization Extensions"),
        "HVBAR_ALIGNMENT": (~registers.HVBAR.bit("Base") & 0xFFFF_FFFF, "bits of HVBAR that must be zero"),
    }
