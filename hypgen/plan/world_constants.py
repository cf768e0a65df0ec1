"""The numbers that the templates of the world switch use: what confines a guest, fields, and syndromes."""

from __future__ import annotations

from hypgen.arch import psr, registers
from hypgen.arch.exceptions import ExceptionClass
from hypgen.board.model import Board
from hypgen.plan import stage2
from hypgen.plan.guest_exits import EMULATED_CP15, EXITS, GUEST_CALLS
from hypgen.plan.guests import (
    GUEST_DEVICE,
    GUEST_GIC,
    GUEST_PAGES,
    GUEST_RAM,
    GUEST_SHARED,
    GUEST_SIZE,
    GUESTS,
)
from hypgen.plan.registers import compose
from hypgen.plan.stage2 import Stage2Format
from hypgen.plan.vcpu import VCPU, VCPU_SHIFT
from hypgen.units import PhysAddr

_GUEST_HCR = ("VM", "SWIO", "FMO", "IMO", "AMO", "FB", "TWI", "TWE", "TSC", "TIDCP", "TAC", "TSW")
"""HCR while a guest runs: as in KVM, less TVM, which KVM drops once the guest's caches are on. BSU is
Inner Shareable. SWIO makes an invalidation by set/way clean too, FB broadcasts what a guest does locally."""
INNER_SHAREABLE_BARRIERS = 0b01
UNMASKED_PL1 = psr.A.mask | psr.I.mask | psr.F.mask
_MASK32 = 0xFFFF_FFFF


def constants(board: Board, shape: Stage2Format) -> dict[str, tuple[int, str]]:
    """The numbers that the templates of the world switch use, by name, each with its meaning."""
    hcr = compose(registers.HCR, BSU=INNER_SHAREABLE_BARRIERS, **dict.fromkeys(_GUEST_HCR, 1))
    given = stage2.leaf(PhysAddr(0), "rw", 3)
    # A guest is linked with the image, whose byte order its data have: as on a CPU whose CFGEND says so.
    big = board.image.endian == "big"
    off = {"CP15BEN": 1, **({"EE": 1} if big else {})}
    normal = {"I": 1, "C": 1, "M": 1, **off}
    rows = {
        "VCPU_SHIFT": (VCPU_SHIFT, "log2 of the bytes of a context"),
        **{f"VCPU_{name}": (offset, meaning) for name, (offset, _, meaning) in VCPU.items()},
        "VCPU_COUNT": (len(GUESTS), "virtual CPUs"),
        **{f"GUEST_{name}": row for name, row in GUEST_CALLS.items()},
        **{f"EXIT_{name}": row for name, row in EXITS.items()},
        "VTCR_VALUE": (shape.vtcr, f"{shape.ipa_bits}-bit IPAs from level {shape.level}"),
        "HCR_GUEST": (hcr, "stage 2, physical exceptions to Hyp mode, traps"),
        "HCR_VI": (registers.HCR.bit("VI"), "a virtual IRQ is pending"),
        "HCR_VF": (registers.HCR.bit("VF"), "a virtual FIQ is pending"),
        "HCR_VA": (registers.HCR.bit("VA"), "a virtual asynchronous abort is pending"),
        "HSTR_GUEST": (
            compose(registers.HSTR, T15=1, TTEE=1),
            "trap c15 and ThumbEE",
        ),
        "HCPTR_GUEST": (
            compose(registers.HCPTR, TTA=1, TCP10=1, TCP11=1),
            "trap trace registers, and the floating-point unit until it is used",
        ),
        "HCPTR_VFP": (registers.HCPTR.bit("TCP10") | registers.HCPTR.bit("TCP11"), "the floating-point unit"),
        "HDCR_GUEST": (
            compose(registers.HDCR, TPM=1, TPMCR=1, TDRA=1, TDOSA=1, TDA=1),
            "trap the performance monitors and debug",
        ),
        "CNTHCTL_GUEST": (compose(registers.CNTHCTL, PL1PCTEN=1), "the physical timer traps"),
        "CNTKCTL_HOST": (compose(registers.CNTKCTL, PL0VCTEN=1), "User mode may read the virtual counter"),
        "TIMER_ENABLE": (registers.CNTV_CTL.bit("ENABLE"), "a timer's control: on"),
        "TIMER_IMASK": (registers.CNTV_CTL.bit("IMASK"), "a timer's control: without an interrupt"),
        "FPEXC_EN": (registers.FPEXC.bit("EN"), "the floating-point unit is on"),
        "GUEST_SCTLR": (compose(registers.SCTLR, **off), "SCTLR of a reset: MMU and caches off"),
        "GUEST_SCTLR_ON": (compose(registers.SCTLR, **normal), "the guest's MMU and caches on"),
        "GUEST_SCTLR_THUMB": (
            compose(registers.SCTLR, TE=1, **normal),
            "the same, exceptions in Thumb state",
        ),
        "GUEST_PSR": (
            psr.Mode.SVC | UNMASKED_PL1 | (psr.E.mask if big else 0),
            "Supervisor mode, everything masked",
        ),
        "PSR_T": (psr.T.mask, "Thumb state"),
        "PSR_E": (psr.E.mask, "big-endian data"),
        "PSR_ABORT": (psr.Mode.ABT | psr.A.mask | psr.I.mask, "Abort mode, aborts and IRQ masked"),
        "PSR_LOST": (
            psr.M.mask | psr.EXECUTION_STATE_MASK | psr.E.mask,
            "what an exception sets anew: mode, state, IT, endianness",
        ),
        "EMULATED_SET_WAY": (1, "the first row of world_emulated that is maintenance by set/way"),
        "EMULATED_ZERO": (4, "the first row that reads as zero"),
        "EMULATED_COUNT": (len(EMULATED_CP15), "rows"),
        "SCTLR_TE": (registers.SCTLR.bit("TE"), "exceptions are taken in Thumb state"),
        "SCTLR_EE": (registers.SCTLR.bit("EE"), "exceptions are taken big-endian"),
        "TTBCR_EAE": (registers.TTBCR.bit("EAE"), "the Long-descriptor format"),
        "FSR_EXTERNAL_SHORT": (0x008, "IFSR, DFSR: synchronous external abort, Short-descriptor format"),
        "FSR_EXTERNAL_LONG": (0x210, "the same, Long-descriptor format"),
        "DFSR_WNR": (registers.DFSR.bit("WnR"), "DFSR: a store"),
        "GUEST_RAM": (int(GUEST_RAM), "IPA of a guest's memory"),
        "GUEST_SIZE": (GUEST_SIZE, "bytes of a guest's memory"),
        "GUEST_TABLES": (GUEST_PAGES[1].offset, "offset of its stage 1 tables"),
        "GUEST_DATA": (GUEST_PAGES[2].offset, "offset of its data"),
        "GUEST_LATER": (GUEST_PAGES[3].offset, "offset of a page that stage 2 does not map at first"),
        "GUEST_RDONLY": (GUEST_PAGES[4].offset, "offset of a page that stage 2 lets it read at first"),
        "GUEST_WALKED": (
            GUEST_PAGES[5].offset,
            "offset of a stage 1 table that stage 2 does not map at first",
        ),
        "GUEST_SHARED": (GUEST_SHARED.offset, "offset of the page that guests on two CPUs share"),
        "GUEST_WALKED_VA": (0x00E0_0000, "VA that this table resolves"),
        "GUEST_ALIAS": (0x0080_0000, "VA at which its stage 1 shows its memory again, read-only"),
        "GUEST_HIGH_VA": (0x00C0_0000, "VA at which its stage 1 shows the high IPAs"),
        "GUEST_WINDOW": (0x00A0_0000, "VA at which its stage 1 shows its memory again, read and write"),
        "GUEST_ACTLR": (0x40, "ACTLR of a guest: SMP, as a kernel expects it"),
        "GUEST_NOWHERE": (0x0060_0000, "a VA that its stage 1 does not map"),
        "GUEST_GIC": (int(GUEST_GIC), "IPA and VA of its GIC CPU interface"),
        "GUEST_DEVICE": (int(GUEST_DEVICE), "IPA and VA of the emulated device"),
        "GUEST_CPACR": (0xF << 20, "CPACR: the floating-point unit is for everyone"),
        "STAGE2_GIVEN_LOW": (given & _MASK32, "a stage 2 page that may be read and written: low word"),
        "STAGE2_GIVEN_HIGH": (given >> 32, "high word"),
        "PHYSICAL_HIGH": (int(board.region(board.image.memory).physical) >> 32, "PA<39:32> of the image"),
        "EC_WAIT": (ExceptionClass.WFI_WFE, "HSR.EC: WFI or WFE"),
        "EC_CP15": (ExceptionClass.CP15_MCR_MRC, "HSR.EC: MCR or MRC to CP15"),
        "EC_VFP": (ExceptionClass.COPROCESSOR, "HSR.EC: the floating-point unit"),
        "EC_PAIR": (ExceptionClass.CP15_MCRR_MRRC, "HSR.EC: MCRR or MRRC to CP15"),
        "EC_CP14": (ExceptionClass.CP14_MCR_MRC, "HSR.EC: MCR or MRC to CP14"),
        "EC_SMC": (ExceptionClass.SMC, "HSR.EC: SMC"),
        "EC_HVC": (ExceptionClass.HVC, "HSR.EC: HVC"),
        "EC_FETCH": (ExceptionClass.PREFETCH_ABORT_LOWER, "HSR.EC: a fetch of the guest"),
        "EC_DATA": (ExceptionClass.DATA_ABORT_LOWER, "HSR.EC: a data access of the guest"),
        "HSR_IL": (registers.HSR.field("IL").mask, "the instruction has 32 bits"),
        "CNTP_CVAL_ISS": (
            2 << 16 | 14 << 1,
            "ISS of MRRC p15, 2, Rt, Rt2, c14 without Rt, Rt2 and direction",
        ),
        "PAIR_MASK": (0xF << 16 | 0xF << 1, "those fields of ISS: opc1, CRm"),
    }
    if board.gic is not None:
        rows |= {
            "TIMER_HYP_ID": (board.timers.hyp + 16, "interrupt of the Hyp timer"),
            "TIMER_VIRTUAL_ID": (board.timers.virtual + 16, "interrupt of the virtual timer"),
            "MAINTENANCE_ID": (board.gic.maintenance_interrupt + 16, "maintenance interrupt of GICH"),
        }
    else:
        rows |= {
            "TIMER_HYP_ID": (board.timers.hyp, "line of the Hyp timer"),
            "TIMER_VIRTUAL_ID": (board.timers.virtual, "line of the virtual timer"),
        }
    return rows
