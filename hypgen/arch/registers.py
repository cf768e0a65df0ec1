"""The system registers of ARMv7-A with the Security, Multiprocessing, Large Physical Address,
Virtualization and Generic Timer extensions, as the Cortex-A7, A12, A15 and A17 have them.

One row for each CP15 register and operation, for the CP14 registers that hypervisors touch, and
for the floating-point system registers. Registers are module constants; :data:`CP15`,
:data:`CP15_64`, :data:`CP14`, :data:`CP14_64`, :data:`FP` and :data:`BY_NAME` find a row. What
differs between cores (identification values, reset values of implementation defined registers)
is in :mod:`hypgen.arch.cores`.

The manual is DDI 0406C: B4.1 describes each register under its name, B4.2 the operations, B3.17
has the tables by CRn, B8 the Generic Timer, C12 the Performance Monitors, C11 the debug registers.
A comment marked *unsure* states a fact that was written down from memory of the manual and
deserves a second look before an error is built on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hypgen.arch.register import UNKNOWN, Access, PairKey, Register, Reset, SingleKey, parse_fields

__all__ = ["Access", "Register", "Reset"]

# ------------------------------------------------------------------------------------------------
# Who may access: the classes of DDI 0406C, B3.15.3
# ------------------------------------------------------------------------------------------------
PL1_RW = Access(ns_pl1="rw", hyp="rw", s_pl1="rw")
PL1_RO = Access(ns_pl1="r", hyp="r", s_pl1="r")
PL1_WO = Access(ns_pl1="w", hyp="w", s_pl1="w")
PL0_RW = Access("rw", "rw", "rw", "rw")
PL0_RO = Access("r", "r", "r", "r")
PL0_WO = Access("w", "w", "w", "w")
PL0_R_PL1_RW = Access("r", "rw", "rw", "rw")
HYP_RW = Access(hyp="rw")
HYP_WO = Access(hyp="w")
SECURE_RW = Access(s_pl1="rw")
SECURE_RW_NS_RO = Access(ns_pl1="r", hyp="r", s_pl1="rw")
SECURE_RW_PL0_RO = Access("r", "r", "r", "rw")
HYP_OR_SECURE_WO = Access(hyp="w", s_pl1="w")

ZERO = Reset(0xFFFF_FFFF, 0)
"""Every bit is zero at reset."""

_ROWS: list[Register] = []


def _reg(
    name: str,
    long_name: str,
    single: SingleKey | None,
    access: Access,
    fields: str = "",
    *,
    short: str = "",
    pair: PairKey | None = None,
    width: int = 32,
    reset: Reset = UNKNOWN,
    res1: int = 0,
    raz: int = 0,
    rao: int = 0,
    traps: str = "",
    banked: bool = False,
    coprocessor: int = 15,
    pl0_gate: str = "",
    manual: str = "B4.1",
) -> Register:
    """Make a row. Bits that no field names are UNK/SBZP, unless the register has no fields at all."""
    layout, short_layout = parse_fields(fields), parse_fields(short)
    named = res1 | raz | rao
    for field in (*layout, *short_layout):
        named |= field.mask
    row = Register(
        name,
        long_name,
        single,
        access,
        layout,
        pair=pair,
        width=width,
        reset=reset,
        res0=((1 << width) - 1) & ~named if layout else 0,
        res1=res1,
        raz=raz,
        rao=rao,
        short_fields=short_layout,
        banked=banked,
        coprocessor=coprocessor,
        pl0_gate=pl0_gate,
        hyp_traps=tuple(traps.split()),
        manual=f"DDI 0406C {manual}, {name}",
    )
    _ROWS.append(row)
    return row


def _op(
    name: str, long_name: str, single: SingleKey, access: Access, traps: str = "", manual: str = "B4.2"
) -> Register:
    """Make the row of a write-only operation."""
    row = Register(
        name,
        long_name,
        single,
        access,
        operation=True,
        hyp_traps=tuple(traps.split()),
        manual=f"DDI 0406C {manual}, {name}",
    )
    _ROWS.append(row)
    return row


# One register, one compact row; the formatter would give each operand a line of its own.
# fmt: off

# ------------------------------------------------------------------------------------------------
# c0: identification. Values are those of the core: hypgen.arch.cores
# ------------------------------------------------------------------------------------------------
MIDR = _reg("MIDR", "Main ID Register", (0, 0, 0, 0), PL1_RO,
    "Implementer<31:24> Variant<23:20> Architecture<19:16> PartNumber<15:4> Revision<3:0>")
CTR = _reg("CTR", "Cache Type Register", (0, 0, 0, 1), PL1_RO,
    "Format<31:29> CWG<27:24> ERG<23:20> DminLine<19:16> L1Ip<15:14> IminLine<3:0>", traps="HCR.TID2")
TCMTR = _reg("TCMTR", "TCM Type Register", (0, 0, 0, 2), PL1_RO, traps="HCR.TID1")
TLBTR = _reg("TLBTR", "TLB Type Register", (0, 0, 0, 3), PL1_RO, traps="HCR.TID1")
MPIDR = _reg("MPIDR", "Multiprocessor Affinity Register", (0, 0, 0, 5), PL1_RO,
    "MP<31> U<30> MT<24> Aff2<23:16> Aff1<15:8> Aff0<7:0>")
REVIDR = _reg("REVIDR", "Revision ID Register", (0, 0, 0, 6), PL1_RO, traps="HCR.TID1")
ID_PFR0 = _reg("ID_PFR0", "Processor Feature Register 0", (0, 0, 1, 0), PL1_RO,
    "State3<15:12> State2<11:8> State1<7:4> State0<3:0>", traps="HCR.TID3")
ID_PFR1 = _reg("ID_PFR1", "Processor Feature Register 1", (0, 0, 1, 1), PL1_RO,
    "GenTimer<19:16> Virtualization<15:12> MProfile<11:8> Security<7:4> Programmers<3:0>", traps="HCR.TID3")
ID_DFR0 = _reg("ID_DFR0", "Debug Feature Register 0", (0, 0, 1, 2), PL1_RO,
    "PerfMon<27:24> MProfDbg<23:20> MMapTrc<19:16> CopTrc<15:12> MMapDbg<11:8> CopSDbg<7:4> CopDbg<3:0>",
    traps="HCR.TID3")
ID_AFR0 = _reg("ID_AFR0", "Auxiliary Feature Register 0", (0, 0, 1, 3), PL1_RO, traps="HCR.TID3")
ID_MMFR0 = _reg("ID_MMFR0", "Memory Model Feature Register 0", (0, 0, 1, 4), PL1_RO,
    "InnerShr<31:28> FCSE<27:24> AuxReg<23:20> TCM<19:16> ShareLvl<15:12> OuterShr<11:8> PMSA<7:4> VMSA<3:0>",
    traps="HCR.TID3")
ID_MMFR1 = _reg("ID_MMFR1", "Memory Model Feature Register 1", (0, 0, 1, 5), PL1_RO,
    "BPred<31:28> L1TstCln<27:24> L1Uni<23:20> L1Hvd<19:16> L1UniSW<15:12> L1HvdSW<11:8> L1UniVA<7:4>"
    " L1HvdVA<3:0>", traps="HCR.TID3")
ID_MMFR2 = _reg("ID_MMFR2", "Memory Model Feature Register 2", (0, 0, 1, 6), PL1_RO,
    "HWAccFlg<31:28> WFIStall<27:24> MemBarr<23:20> UniTLB<19:16> HvdTLB<15:12> LL1HvdRng<11:8> L1HvdBG<7:4>"
    " L1HvdFG<3:0>", traps="HCR.TID3")
ID_MMFR3 = _reg("ID_MMFR3", "Memory Model Feature Register 3", (0, 0, 1, 7), PL1_RO,
    "Supersec<31:28> CMemSz<27:24> CohWalk<23:20> MaintBcst<15:12> BPMaint<11:8> CMaintSW<7:4> CMaintVA<3:0>",
    traps="HCR.TID3")
ID_ISAR0 = _reg("ID_ISAR0", "Instruction Set Attribute Register 0", (0, 0, 2, 0), PL1_RO,
    "Divide<27:24> Debug<23:20> Coproc<19:16> CmpBranch<15:12> BitField<11:8> BitCount<7:4> Swap<3:0>",
    traps="HCR.TID3")
ID_ISAR1 = _reg("ID_ISAR1", "Instruction Set Attribute Register 1", (0, 0, 2, 1), PL1_RO,
    "Jazelle<31:28> Interwork<27:24> Immediate<23:20> IfThen<19:16> Extend<15:12> Except_AR<11:8>"
    " Except<7:4> Endian<3:0>", traps="HCR.TID3")
ID_ISAR2 = _reg("ID_ISAR2", "Instruction Set Attribute Register 2", (0, 0, 2, 2), PL1_RO,
    "Reversal<31:28> PSR_AR<27:24> MultU<23:20> MultS<19:16> Mult<15:12> MultiAccessInt<11:8> MemHint<7:4>"
    " LoadStore<3:0>", traps="HCR.TID3")
ID_ISAR3 = _reg("ID_ISAR3", "Instruction Set Attribute Register 3", (0, 0, 2, 3), PL1_RO,
    "ThumbEE<31:28> TrueNOP<27:24> ThumbCopy<23:20> TabBranch<19:16> SynchPrim<15:12> SVC<11:8> SIMD<7:4>"
    " Saturate<3:0>", traps="HCR.TID3")
ID_ISAR4 = _reg("ID_ISAR4", "Instruction Set Attribute Register 4", (0, 0, 2, 4), PL1_RO,
    "SWP_frac<31:28> PSR_M<27:24> SynchPrim_frac<23:20> Barrier<19:16> SMC<15:12> Writeback<11:8>"
    " WithShifts<7:4> Unpriv<3:0>", traps="HCR.TID3")
ID_ISAR5 = _reg("ID_ISAR5", "Instruction Set Attribute Register 5", (0, 0, 2, 5), PL1_RO, traps="HCR.TID3")
CCSIDR = _reg("CCSIDR", "Cache Size ID Register", (1, 0, 0, 0), PL1_RO,
    "WT<31> WB<30> RA<29> WA<28> NumSets<27:13> Associativity<12:3> LineSize<2:0>", traps="HCR.TID2")
CLIDR = _reg("CLIDR", "Cache Level ID Register", (1, 0, 0, 1), PL1_RO,
    "LoUU<29:27> LoC<26:24> LoUIS<23:21> Ctype7<20:18> Ctype6<17:15> Ctype5<14:12> Ctype4<11:9> Ctype3<8:6>"
    " Ctype2<5:3> Ctype1<2:0>", traps="HCR.TID2")
AIDR = _reg("AIDR", "Auxiliary ID Register", (1, 0, 0, 7), PL1_RO, traps="HCR.TID1")
CSSELR = _reg("CSSELR", "Cache Size Selection Register", (2, 0, 0, 0), PL1_RW, "Level<3:1> InD<0>",
    traps="HCR.TID2", banked=True)
VPIDR = _reg("VPIDR", "Virtualization Processor ID Register", (4, 0, 0, 0), HYP_RW,
    "Implementer<31:24> Variant<23:20> Architecture<19:16> PartNumber<15:4> Revision<3:0>")
VMPIDR = _reg("VMPIDR", "Virtualization Multiprocessor ID Register", (4, 0, 0, 5), HYP_RW,
    # Bit 31, MPIDR.MP, is RAO: the Multiprocessing Extensions are there.
    "U<30> MT<24> Aff2<23:16> Aff1<15:8> Aff0<7:0>", res1=1 << 31)

# ------------------------------------------------------------------------------------------------
# c1: system control
# ------------------------------------------------------------------------------------------------
SCTLR = _reg("SCTLR", "System Control Register", (0, 1, 0, 0), PL1_RW,
    "TE<30> AFE<29> TRE<28> NMFI<27> EE<25> VE<24> FI<21> UWXN<20> WXN<19> HA<17> RR<14> V<13> I<12> Z<11>"
    " SW<10> CP15BEN<5> C<2> A<1> M<0>",
    # U (bit 22) is RAO with the Virtualization Extensions; 23 was XP. V, EE, TE and NMFI reset to
    # what input pins say: zero on every board that we know, and zero here.
    res1=0x00C5_0058, raz=1 << 27, reset=Reset(0xFFFF_FFFF, 0x00C5_0078), traps="HCR.TVM", banked=True)
ACTLR = _reg("ACTLR", "Auxiliary Control Register", (0, 1, 0, 1), PL1_RW,
    # Bit 6 is the only one that means the same on the Cortex-A7, A12, A15 and A17. The Non-secure
    # state may write it only when NSACR.NS_SMP is 1.
    reset=UNKNOWN, traps="HCR.TAC")
CPACR = _reg("CPACR", "Coprocessor Access Control Register", (0, 1, 0, 2), PL1_RW,
    # cp10 and cp11 are the only coprocessors of these cores, and their trace registers are not in CP14, so
    # the other fields are RAZ/WI.
    "ASEDIS<31> D32DIS<30> TRCDIS<28> cp11<23:22> cp10<21:20>", raz=0x1F0F_FFFF, reset=ZERO,
    traps="HCPTR.TCPAC")
SCR = _reg("SCR", "Secure Configuration Register", (0, 1, 1, 0), SECURE_RW,
    "SIF<9> HCE<8> SCD<7> nET<6> AW<5> FW<4> EA<3> FIQ<2> IRQ<1> NS<0>", reset=ZERO)
SDER = _reg("SDER", "Secure Debug Enable Register", (0, 1, 1, 1),
    SECURE_RW, "SUNIDEN<1> SUIDEN<0>", reset=ZERO)
NSACR = _reg("NSACR", "Non-Secure Access Control Register", (0, 1, 1, 2), SECURE_RW_NS_RO,
    # Bits 18 and 17 are implementation defined in the manual; these cores give them the names here.
    "NSTRCDIS<20> NS_SMP<18> NS_L2ERR<17> NSASEDIS<15> NSD32DIS<14> cp11<11> cp10<10>", raz=0x33FF,
    reset=ZERO)
HSCTLR = _reg("HSCTLR", "Hyp System Control Register", (4, 1, 0, 0), HYP_RW,
    "TE<30> EE<25> FI<21> WXN<19> I<12> CP15BEN<5> C<2> A<1> M<0>",
    # RAO/SBOP bits of ARMv7: 29:28, 23:22, 18, 16, 11, 6, 4:3. Bit 5, which the ARMv8 value
    # 0x30C50878 includes, is CP15BEN here and resets to 1. The Cortex-A15 and A7 TRMs give the reset
    # value 0x30C50878. Unsure: whether the architecture itself leaves A, WXN and FI UNKNOWN, and
    # bit 6, which ARMv8 has as RES0 (Trusted Firmware writes 0, Xen 1; SCTLR has 1 at reset).
    res1=0x30C5_0858, reset=Reset(0xFFFF_FFFF, 0x30C5_0878))
HACTLR = _reg("HACTLR", "Hyp Auxiliary Control Register", (4, 1, 0, 1), HYP_RW)
HCR = _reg("HCR", "Hyp Configuration Register", (4, 1, 1, 0), HYP_RW,
    "TGE<27> TVM<26> TTLB<25> TPU<24> TPC<23> TSW<22> TAC<21> TIDCP<20> TSC<19> TID3<18> TID2<17> TID1<16>"
    " TID0<15> TWE<14> TWI<13> DC<12> BSU<11:10> FB<9> VA<8> VI<7> VF<6> AMO<5> IMO<4> FMO<3> PTW<2> SWIO<1>"
    " VM<0>", reset=ZERO)
HDCR = _reg("HDCR", "Hyp Debug Configuration Register", (4, 1, 1, 1), HYP_RW,
    # HPMN resets to PMCR.N, a number of the core. Unsure: HPME, which ARMv8 leaves UNKNOWN.
    "TDRA<11> TDOSA<10> TDA<9> TDE<8> HPME<7> TPM<6> TPMCR<5> HPMN<4:0>", reset=Reset(0xFFFF_FFE0, 0))
HCPTR = _reg("HCPTR", "Hyp Coprocessor Trap Register", (4, 1, 1, 2), HYP_RW,
    # TCPn of a coprocessor that does not exist is RAO/WI; the TRMs give the reset value 0x000033FF.
    "TCPAC<31> TTA<20> TASE<15> TCP11<11> TCP10<10>", rao=0x33FF, reset=Reset(0xFFFF_FFFF, 0x33FF))
HSTR = _reg("HSTR", "Hyp System Trap Register", (4, 1, 1, 3), HYP_RW,
    "TJDBX<17> TTEE<16> T15<15> T13<13> T12<12> T11<11> T10<10> T9<9> T8<8> T7<7> T6<6> T5<5> T3<3> T2<2>"
    " T1<1> T0<0>", reset=ZERO)
HACR = _reg("HACR", "Hyp Auxiliary Configuration Register", (4, 1, 1, 7), HYP_RW)

# ------------------------------------------------------------------------------------------------
# c2, c3: translation tables
# ------------------------------------------------------------------------------------------------
_TTBR_SHORT = "TTB<31:7> IRGN0<6> NOS<5> RGN<4:3> S<1> IRGN1<0>"
"""Multiprocessing Extensions format; TTB starts at bit 14 - TTBCR.N, at least 7."""
TTBR0 = _reg("TTBR0", "Translation Table Base Register 0", (0, 2, 0, 0), PL1_RW, "ASID<55:48> BADDR<39:4>",
    short=_TTBR_SHORT, pair=(0, 2), width=64, traps="HCR.TVM", banked=True)
TTBR1 = _reg("TTBR1", "Translation Table Base Register 1", (0, 2, 0, 1), PL1_RW, "ASID<55:48> BADDR<39:4>",
    short=_TTBR_SHORT, pair=(1, 2), width=64, traps="HCR.TVM", banked=True)
TTBCR = _reg("TTBCR", "Translation Table Base Control Register", (0, 2, 0, 2), PL1_RW,
    "EAE<31> IMP<30> SH1<29:28> ORGN1<27:26> IRGN1<25:24> EPD1<23> A1<22> T1SZ<18:16> SH0<13:12> ORGN0<11:10>"
    " IRGN0<9:8> EPD0<7> T0SZ<2:0>", short="EAE<31> PD1<5> PD0<4> N<2:0>", reset=ZERO, traps="HCR.TVM",
    banked=True)
HTCR = _reg("HTCR", "Hyp Translation Control Register", (4, 2, 0, 2), HYP_RW,
    "IMP<30> SH0<13:12> ORGN0<11:10> IRGN0<9:8> T0SZ<2:0>", res1=0x8080_0000)
VTCR = _reg("VTCR", "Virtualization Translation Control Register", (4, 2, 1, 2), HYP_RW,
    "SH0<13:12> ORGN0<11:10> IRGN0<9:8> SL0<7:6> S<4> T0SZ<3:0>", res1=0x8000_0000)
HTTBR = _reg("HTTBR", "Hyp Translation Table Base Register", None, HYP_RW,
    # BADDR starts at bit x: 5 - T0SZ for HTCR.T0SZ below 2, 14 - T0SZ from there; 4 is its least.
    "BADDR<39:4>", pair=(4, 2), width=64)
VTTBR = _reg("VTTBR", "Virtualization Translation Table Base Register", None, HYP_RW,
    "VMID<55:48> BADDR<39:4>", pair=(6, 2), width=64)
DACR = _reg("DACR", "Domain Access Control Register", (0, 3, 0, 0), PL1_RW,
    " ".join(f"D{n}<{2 * n + 1}:{2 * n}>" for n in range(15, -1, -1)), traps="HCR.TVM", banked=True)

# ------------------------------------------------------------------------------------------------
# c5, c6: fault status and address
# ------------------------------------------------------------------------------------------------
DFSR = _reg("DFSR", "Data Fault Status Register", (0, 5, 0, 0), PL1_RW,
    "CM<13> ExT<12> WnR<11> LPAE<9> STATUS<5:0>",
    short="CM<13> ExT<12> WnR<11> FS4<10> LPAE<9> Domain<7:4> FS<3:0>", traps="HCR.TVM", banked=True)
IFSR = _reg("IFSR", "Instruction Fault Status Register", (0, 5, 0, 1), PL1_RW, "ExT<12> LPAE<9> STATUS<5:0>",
    short="ExT<12> FS4<10> LPAE<9> FS<3:0>", traps="HCR.TVM", banked=True)
ADFSR = _reg("ADFSR", "Auxiliary Data Fault Status Register", (0, 5, 1, 0),
    PL1_RW, traps="HCR.TVM", banked=True)
AIFSR = _reg("AIFSR", "Auxiliary Instruction Fault Status Register", (0, 5, 1, 1),
    PL1_RW, traps="HCR.TVM", banked=True)
HADFSR = _reg("HADFSR", "Hyp Auxiliary Data Fault Status Register", (4, 5, 1, 0), HYP_RW)
HAIFSR = _reg("HAIFSR", "Hyp Auxiliary Instruction Fault Status Register", (4, 5, 1, 1), HYP_RW)
HSR = _reg("HSR", "Hyp Syndrome Register", (4, 5, 2, 0), HYP_RW, "EC<31:26> IL<25> ISS<24:0>")
DFAR = _reg("DFAR", "Data Fault Address Register", (0, 6, 0, 0),
    PL1_RW, "VA<31:0>", traps="HCR.TVM", banked=True)
IFAR = _reg("IFAR", "Instruction Fault Address Register", (0, 6, 0, 2), PL1_RW, "VA<31:0>", traps="HCR.TVM",
    banked=True)
HDFAR = _reg("HDFAR", "Hyp Data Fault Address Register", (4, 6, 0, 0), HYP_RW, "VA<31:0>")
HIFAR = _reg("HIFAR", "Hyp Instruction Fault Address Register", (4, 6, 0, 2), HYP_RW, "VA<31:0>")
HPFAR = _reg("HPFAR", "Hyp IPA Fault Address Register", (4, 6, 0, 4), HYP_RW, "FIPA<31:4>")

# ------------------------------------------------------------------------------------------------
# c7: cache and branch predictor maintenance, address translation, barriers
# ------------------------------------------------------------------------------------------------
PAR = _reg("PAR", "Physical Address Register", (0, 7, 4, 0), PL1_RW,
    # With F = 1 bits 11:1 hold FSTAGE<9>, S2WLK<8> and FST<6:1>; with F = 0 those of the row.
    "ATTR<63:56> PA<39:12> LPAE<11> NS<9> SH<8:7> F<0>",
    short="PA<31:12> LPAE<11> NOS<10> NS<9> SH<7> Inner<6:4> Outer<3:2> SS<1> F<0>", pair=(0, 7), width=64,
    banked=True)

ICIALLUIS = _op("ICIALLUIS", "Invalidate all instruction caches to PoU, Inner Shareable", (0, 7, 1, 0),
    PL1_WO, "HCR.TPU")
BPIALLIS = _op("BPIALLIS", "Invalidate all branch predictors, Inner Shareable", (0, 7, 1, 6), PL1_WO)
ICIALLU = _op("ICIALLU", "Invalidate all instruction caches to PoU", (0, 7, 5, 0), PL1_WO, "HCR.TPU")
ICIMVAU = _op("ICIMVAU", "Invalidate instruction caches by MVA to PoU", (0, 7, 5, 1), PL1_WO, "HCR.TPU")
BPIALL = _op("BPIALL", "Invalidate all branch predictors", (0, 7, 5, 6), PL1_WO)
BPIMVA = _op("BPIMVA", "Invalidate branch predictors by MVA", (0, 7, 5, 7), PL1_WO)
DCIMVAC = _op("DCIMVAC", "Invalidate data cache line by MVA to PoC", (0, 7, 6, 1), PL1_WO, "HCR.TPC")
DCISW = _op("DCISW", "Invalidate data cache line by set/way", (0, 7, 6, 2), PL1_WO, "HCR.TSW")
DCCMVAC = _op("DCCMVAC", "Clean data cache line by MVA to PoC", (0, 7, 10, 1), PL1_WO, "HCR.TPC")
DCCSW = _op("DCCSW", "Clean data cache line by set/way", (0, 7, 10, 2), PL1_WO, "HCR.TSW")
DCCMVAU = _op("DCCMVAU", "Clean data cache line by MVA to PoU", (0, 7, 11, 1), PL1_WO, "HCR.TPU")
DCCIMVAC = _op("DCCIMVAC", "Clean and invalidate data cache line by MVA to PoC", (0, 7, 14, 1),
    PL1_WO, "HCR.TPC")
DCCISW = _op("DCCISW", "Clean and invalidate data cache line by set/way", (0, 7, 14, 2), PL1_WO, "HCR.TSW")
# The deprecated barriers are UNDEFINED when CP15BEN of SCTLR (in Hyp mode, HSCTLR) is 0.
CP15ISB = _op("CP15ISB", "Instruction Synchronization Barrier", (0, 7, 5, 4), PL0_WO)
CP15DSB = _op("CP15DSB", "Data Synchronization Barrier", (0, 7, 10, 4), PL0_WO)
CP15DMB = _op("CP15DMB", "Data Memory Barrier", (0, 7, 10, 5), PL0_WO)
CP15WFI = _op("CP15WFI", "No operation (Wait For Interrupt before ARMv7)", (0, 7, 0, 4),
    PL1_WO, manual="B3.17")
CP15PREFETCH = _op("CP15PREFETCH", "No operation (prefetch instruction line before ARMv7)", (0, 7, 13, 1),
    PL1_WO, manual="B3.17")
ATS1CPR = _op("ATS1CPR", "Address translate stage 1, current state, PL1 read", (0, 7, 8, 0), PL1_WO)
ATS1CPW = _op("ATS1CPW", "Address translate stage 1, current state, PL1 write", (0, 7, 8, 1), PL1_WO)
ATS1CUR = _op("ATS1CUR", "Address translate stage 1, current state, unprivileged read", (0, 7, 8, 2), PL1_WO)
ATS1CUW = _op("ATS1CUW", "Address translate stage 1, current state, unprivileged write", (0, 7, 8, 3), PL1_WO)
ATS12NSOPR = _op("ATS12NSOPR", "Address translate stages 1 and 2, Non-secure PL1 read", (0, 7, 8, 4),
    HYP_OR_SECURE_WO)
ATS12NSOPW = _op("ATS12NSOPW", "Address translate stages 1 and 2, Non-secure PL1 write", (0, 7, 8, 5),
    HYP_OR_SECURE_WO)
ATS12NSOUR = _op("ATS12NSOUR", "Address translate stages 1 and 2, Non-secure unprivileged read",
    (0, 7, 8, 6), HYP_OR_SECURE_WO)
ATS12NSOUW = _op("ATS12NSOUW", "Address translate stages 1 and 2, Non-secure unprivileged write",
    (0, 7, 8, 7), HYP_OR_SECURE_WO)
ATS1HR = _op("ATS1HR", "Address translate stage 1, Hyp mode read", (4, 7, 8, 0), HYP_WO)
ATS1HW = _op("ATS1HW", "Address translate stage 1, Hyp mode write", (4, 7, 8, 1), HYP_WO)

# ------------------------------------------------------------------------------------------------
# c8: TLB maintenance
# ------------------------------------------------------------------------------------------------
TLBIALLIS = _op("TLBIALLIS", "Invalidate entire unified TLB, Inner Shareable", (0, 8, 3, 0),
    PL1_WO, "HCR.TTLB")
TLBIMVAIS = _op("TLBIMVAIS", "Invalidate unified TLB by MVA and ASID, Inner Shareable", (0, 8, 3, 1),
    PL1_WO, "HCR.TTLB")
TLBIASIDIS = _op("TLBIASIDIS", "Invalidate unified TLB by ASID, Inner Shareable", (0, 8, 3, 2),
    PL1_WO, "HCR.TTLB")
TLBIMVAAIS = _op("TLBIMVAAIS", "Invalidate unified TLB by MVA, all ASID, Inner Shareable", (0, 8, 3, 3),
    PL1_WO, "HCR.TTLB")
ITLBIALL = _op("ITLBIALL", "Invalidate entire instruction TLB", (0, 8, 5, 0), PL1_WO, "HCR.TTLB")
ITLBIMVA = _op("ITLBIMVA", "Invalidate instruction TLB by MVA and ASID", (0, 8, 5, 1), PL1_WO, "HCR.TTLB")
ITLBIASID = _op("ITLBIASID", "Invalidate instruction TLB by ASID", (0, 8, 5, 2), PL1_WO, "HCR.TTLB")
DTLBIALL = _op("DTLBIALL", "Invalidate entire data TLB", (0, 8, 6, 0), PL1_WO, "HCR.TTLB")
DTLBIMVA = _op("DTLBIMVA", "Invalidate data TLB by MVA and ASID", (0, 8, 6, 1), PL1_WO, "HCR.TTLB")
DTLBIASID = _op("DTLBIASID", "Invalidate data TLB by ASID", (0, 8, 6, 2), PL1_WO, "HCR.TTLB")
TLBIALL = _op("TLBIALL", "Invalidate entire unified TLB", (0, 8, 7, 0), PL1_WO, "HCR.TTLB")
TLBIMVA = _op("TLBIMVA", "Invalidate unified TLB by MVA and ASID", (0, 8, 7, 1), PL1_WO, "HCR.TTLB")
TLBIASID = _op("TLBIASID", "Invalidate unified TLB by ASID", (0, 8, 7, 2), PL1_WO, "HCR.TTLB")
TLBIMVAA = _op("TLBIMVAA", "Invalidate unified TLB by MVA, all ASID", (0, 8, 7, 3), PL1_WO, "HCR.TTLB")
TLBIALLHIS = _op("TLBIALLHIS", "Invalidate entire Hyp unified TLB, Inner Shareable", (4, 8, 3, 0), HYP_WO)
TLBIMVAHIS = _op("TLBIMVAHIS", "Invalidate Hyp unified TLB by MVA, Inner Shareable", (4, 8, 3, 1), HYP_WO)
TLBIALLNSNHIS = _op("TLBIALLNSNHIS", "Invalidate entire Non-secure non-Hyp unified TLB, Inner Shareable",
    (4, 8, 3, 4), HYP_WO)
TLBIALLH = _op("TLBIALLH", "Invalidate entire Hyp unified TLB", (4, 8, 7, 0), HYP_WO)
TLBIMVAH = _op("TLBIMVAH", "Invalidate Hyp unified TLB by MVA", (4, 8, 7, 1), HYP_WO)
TLBIALLNSNH = _op("TLBIALLNSNH", "Invalidate entire Non-secure non-Hyp unified TLB", (4, 8, 7, 4), HYP_WO)

# ------------------------------------------------------------------------------------------------
# c9: performance monitors (version 2), and the L2 control of the Cortex-A7 and A15
# ------------------------------------------------------------------------------------------------
_PMU_GATE = "PMUSERENR.EN"
_COUNTERS = "C<31> P<30:0>"
PMCR = _reg("PMCR", "Performance Monitors Control Register", (0, 9, 12, 0), PL0_RW,
    # IMP, IDCODE and N are the core's; X and DP reset to 0 too (unsure).
    "IMP<31:24> IDCODE<23:16> N<15:11> DP<5> X<4> D<3> C<2> P<1> E<0>", reset=Reset(0x3F, 0),
    traps="HDCR.TPM HDCR.TPMCR", pl0_gate=_PMU_GATE, manual="C12")
PMCNTENSET = _reg("PMCNTENSET", "Performance Monitors Count Enable Set", (0, 9, 12, 1), PL0_RW, _COUNTERS,
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMCNTENCLR = _reg("PMCNTENCLR", "Performance Monitors Count Enable Clear", (0, 9, 12, 2), PL0_RW, _COUNTERS,
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMOVSR = _reg("PMOVSR", "Performance Monitors Overflow Flag Status", (0, 9, 12, 3), PL0_RW, _COUNTERS,
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMSWINC = _reg("PMSWINC", "Performance Monitors Software Increment", (0, 9, 12, 4), PL0_WO, "P<30:0>",
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMSELR = _reg("PMSELR", "Performance Monitors Event Counter Selection", (0, 9, 12, 5), PL0_RW, "SEL<4:0>",
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMCEID0 = _reg("PMCEID0", "Performance Monitors Common Event ID 0", (0, 9, 12, 6), PL0_RO, traps="HDCR.TPM",
    pl0_gate=_PMU_GATE, manual="C12")
PMCEID1 = _reg("PMCEID1", "Performance Monitors Common Event ID 1", (0, 9, 12, 7), PL0_RO, traps="HDCR.TPM",
    pl0_gate=_PMU_GATE, manual="C12")
PMCCNTR = _reg("PMCCNTR", "Performance Monitors Cycle Count Register", (0, 9, 13, 0), PL0_RW, "CCNT<31:0>",
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMXEVTYPER = _reg("PMXEVTYPER", "Performance Monitors Event Type Select", (0, 9, 13, 1), PL0_RW,
    "P<31> U<30> NSK<29> NSU<28> NSH<27> evtCount<7:0>", traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMXEVCNTR = _reg("PMXEVCNTR", "Performance Monitors Event Count", (0, 9, 13, 2), PL0_RW, "CNT<31:0>",
    traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
PMUSERENR = _reg("PMUSERENR", "Performance Monitors User Enable", (0, 9, 14, 0), PL0_R_PL1_RW, "EN<0>",
    reset=ZERO, traps="HDCR.TPM", manual="C12")
PMINTENSET = _reg("PMINTENSET", "Performance Monitors Interrupt Enable Set", (0, 9, 14, 1), PL1_RW,
    _COUNTERS, traps="HDCR.TPM", manual="C12")
PMINTENCLR = _reg("PMINTENCLR", "Performance Monitors Interrupt Enable Clear", (0, 9, 14, 2), PL1_RW,
    _COUNTERS, traps="HDCR.TPM", manual="C12")
PMOVSSET = _reg("PMOVSSET", "Performance Monitors Overflow Flag Status Set", (0, 9, 14, 3), PL0_RW,
    _COUNTERS, traps="HDCR.TPM", pl0_gate=_PMU_GATE, manual="C12")
L2CTLR = _reg("L2CTLR", "L2 Control Register (Cortex-A7, A15)", (1, 9, 0, 2), PL1_RW,
    # Bits 25:24 are the number of CPUs less one, read-only; the rest differs between the two cores.
    traps="HCR.TIDCP", manual="B3.17, implementation defined")
L2ECTLR = _reg("L2ECTLR", "L2 Extended Control Register (Cortex-A7, A15)", (1, 9, 0, 3), PL1_RW, reset=ZERO,
    traps="HCR.TIDCP", manual="B3.17, implementation defined")

# ------------------------------------------------------------------------------------------------
# c10: memory attributes
# ------------------------------------------------------------------------------------------------
_MAIR0 = "Attr3<31:24> Attr2<23:16> Attr1<15:8> Attr0<7:0>"
_MAIR1 = "Attr7<31:24> Attr6<23:16> Attr5<15:8> Attr4<7:0>"
MAIR0 = _reg("MAIR0", "Memory Attribute Indirection Register 0 (PRRR when TTBCR.EAE is 0)", (0, 10, 2, 0),
    PL1_RW, _MAIR0,
    short="NOS7<31> NOS6<30> NOS5<29> NOS4<28> NOS3<27> NOS2<26> NOS1<25> NOS0<24> NS1<19> NS0<18> DS1<17>"
    " DS0<16> TR7<15:14> TR6<13:12> TR5<11:10> TR4<9:8> TR3<7:6> TR2<5:4> TR1<3:2> TR0<1:0>", traps="HCR.TVM",
    banked=True)
MAIR1 = _reg("MAIR1", "Memory Attribute Indirection Register 1 (NMRR when TTBCR.EAE is 0)", (0, 10, 2, 1),
    PL1_RW, _MAIR1,
    short="OR7<31:30> OR6<29:28> OR5<27:26> OR4<25:24> OR3<23:22> OR2<21:20> OR1<19:18> OR0<17:16>"
    " IR7<15:14> IR6<13:12> IR5<11:10> IR4<9:8> IR3<7:6> IR2<5:4> IR1<3:2> IR0<1:0>", traps="HCR.TVM",
    banked=True)
AMAIR0 = _reg("AMAIR0", "Auxiliary Memory Attribute Indirection Register 0", (0, 10, 3, 0), PL1_RW,
    traps="HCR.TVM", banked=True)
AMAIR1 = _reg("AMAIR1", "Auxiliary Memory Attribute Indirection Register 1", (0, 10, 3, 1), PL1_RW,
    traps="HCR.TVM", banked=True)
HMAIR0 = _reg("HMAIR0", "Hyp Memory Attribute Indirection Register 0", (4, 10, 2, 0), HYP_RW, _MAIR0)
HMAIR1 = _reg("HMAIR1", "Hyp Memory Attribute Indirection Register 1", (4, 10, 2, 1), HYP_RW, _MAIR1)
HAMAIR0 = _reg("HAMAIR0", "Hyp Auxiliary Memory Attribute Indirection Register 0", (4, 10, 3, 0), HYP_RW)
HAMAIR1 = _reg("HAMAIR1", "Hyp Auxiliary Memory Attribute Indirection Register 1", (4, 10, 3, 1), HYP_RW)

# ------------------------------------------------------------------------------------------------
# c12: vectors and interrupt status
# ------------------------------------------------------------------------------------------------
VBAR = _reg("VBAR", "Vector Base Address Register", (0, 12, 0, 0),
    PL1_RW, "Base<31:5>", reset=ZERO, banked=True)
MVBAR = _reg("MVBAR", "Monitor Vector Base Address Register", (0, 12, 0, 1), SECURE_RW, "Base<31:5>")
ISR = _reg("ISR", "Interrupt Status Register", (0, 12, 1, 0), PL1_RO, "A<8> I<7> F<6>")
HVBAR = _reg("HVBAR", "Hyp Vector Base Address Register", (4, 12, 0, 0), HYP_RW, "Base<31:5>")

# ------------------------------------------------------------------------------------------------
# c13: process, context and thread identification
# ------------------------------------------------------------------------------------------------
FCSEIDR = _reg("FCSEIDR", "FCSE Process ID Register", (0, 13, 0, 0), PL1_RW,
    # The Multiprocessing Extensions have no FCSE: RAZ/WI.
    raz=0xFFFF_FFFF, reset=ZERO, banked=True)
CONTEXTIDR = _reg("CONTEXTIDR", "Context ID Register", (0, 13, 0, 1), PL1_RW, "PROCID<31:0>",
    short="PROCID<31:8> ASID<7:0>", traps="HCR.TVM", banked=True)
TPIDRURW = _reg("TPIDRURW", "User Read/Write Thread ID Register", (0, 13, 0, 2), PL0_RW, banked=True)
TPIDRURO = _reg("TPIDRURO", "User Read-Only Thread ID Register", (0, 13, 0, 3), PL0_R_PL1_RW, banked=True)
TPIDRPRW = _reg("TPIDRPRW", "PL1 only Thread ID Register", (0, 13, 0, 4), PL1_RW, banked=True)
HTPIDR = _reg("HTPIDR", "Hyp Software Thread ID Register", (4, 13, 0, 2), HYP_RW)

# ------------------------------------------------------------------------------------------------
# c14: generic timer. Reset masks are those that the Cortex-A15 TRM states for the same registers.
# ------------------------------------------------------------------------------------------------
_TIMER_CTL = "ISTATUS<2> IMASK<1> ENABLE<0>"
_TIMER_OFF = Reset(0b001, 0)
"""ENABLE is 0 at reset, the rest UNKNOWN."""
CNTFRQ = _reg("CNTFRQ", "Counter Frequency Register", (0, 14, 0, 0), SECURE_RW_PL0_RO, "Frequency<31:0>",
    pl0_gate="CNTKCTL.PL0PCTEN or CNTKCTL.PL0VCTEN", manual="B8, B4.1")
CNTKCTL = _reg("CNTKCTL", "Timer PL1 Control Register", (0, 14, 1, 0), PL1_RW,
    "PL0PTEN<9> PL0VTEN<8> EVNTI<7:4> EVNTDIR<3> EVNTEN<2> PL0VCTEN<1> PL0PCTEN<0>", reset=Reset(0x307, 0),
    manual="B8, B4.1")
CNTP_TVAL = _reg("CNTP_TVAL", "PL1 Physical TimerValue Register", (0, 14, 2, 0), PL0_RW, "TimerValue<31:0>",
    traps="CNTHCTL.PL1PCEN", pl0_gate="CNTKCTL.PL0PTEN", banked=True, manual="B8, B4.1")
CNTP_CTL = _reg("CNTP_CTL", "PL1 Physical Timer Control Register", (0, 14, 2, 1), PL0_RW, _TIMER_CTL,
    reset=_TIMER_OFF, traps="CNTHCTL.PL1PCEN", pl0_gate="CNTKCTL.PL0PTEN", banked=True, manual="B8, B4.1")
CNTV_TVAL = _reg("CNTV_TVAL", "Virtual TimerValue Register", (0, 14, 3, 0), PL0_RW, "TimerValue<31:0>",
    pl0_gate="CNTKCTL.PL0VTEN", manual="B8, B4.1")
CNTV_CTL = _reg("CNTV_CTL", "Virtual Timer Control Register", (0, 14, 3, 1), PL0_RW, _TIMER_CTL,
    reset=_TIMER_OFF, pl0_gate="CNTKCTL.PL0VTEN", manual="B8, B4.1")
CNTHCTL = _reg("CNTHCTL", "Timer PL2 Control Register", (4, 14, 1, 0), HYP_RW,
    "EVNTI<7:4> EVNTDIR<3> EVNTEN<2> PL1PCEN<1> PL1PCTEN<0>", reset=Reset(0b111, 0b011), manual="B8, B4.1")
CNTHP_TVAL = _reg("CNTHP_TVAL", "PL2 Physical TimerValue Register", (4, 14, 2, 0), HYP_RW,
    "TimerValue<31:0>", manual="B8, B4.1")
CNTHP_CTL = _reg("CNTHP_CTL", "PL2 Physical Timer Control Register", (4, 14, 2, 1), HYP_RW, _TIMER_CTL,
    reset=_TIMER_OFF, manual="B8, B4.1")
CNTPCT = _reg("CNTPCT", "Physical Count Register", None, PL0_RO, "Count<63:0>", pair=(0, 14), width=64,
    traps="CNTHCTL.PL1PCTEN", pl0_gate="CNTKCTL.PL0PCTEN", manual="B8, B4.1")
CNTVCT = _reg("CNTVCT", "Virtual Count Register", None, PL0_RO, "Count<63:0>", pair=(1, 14), width=64,
    pl0_gate="CNTKCTL.PL0VCTEN", manual="B8, B4.1")
CNTP_CVAL = _reg("CNTP_CVAL", "PL1 Physical Timer CompareValue Register", None, PL0_RW, "CompareValue<63:0>",
    pair=(2, 14), width=64, traps="CNTHCTL.PL1PCEN", pl0_gate="CNTKCTL.PL0PTEN", banked=True,
    manual="B8, B4.1")
CNTV_CVAL = _reg("CNTV_CVAL", "Virtual Timer CompareValue Register", None, PL0_RW, "CompareValue<63:0>",
    pair=(3, 14), width=64, pl0_gate="CNTKCTL.PL0VTEN", manual="B8, B4.1")
CNTVOFF = _reg("CNTVOFF", "Virtual Offset Register", None, HYP_RW, "Offset<63:0>", pair=(4, 14), width=64,
    manual="B8, B4.1")
CNTHP_CVAL = _reg("CNTHP_CVAL", "PL2 Physical Timer CompareValue Register", None, HYP_RW,
    "CompareValue<63:0>", pair=(6, 14), width=64, manual="B8, B4.1")

# ------------------------------------------------------------------------------------------------
# c15: implementation defined registers of the Cortex-A7 and A15
# ------------------------------------------------------------------------------------------------
CBAR = _reg("CBAR", "Configuration Base Address Register (Cortex-A7, A15)", (4, 15, 0, 0), PL1_RO,
    # The high half holds address bits 39:32 in its low byte.
    "PERIPHBASE_low<31:15> PERIPHBASE_high<7:0>", manual="B3.17, implementation defined")
L2ACTLR = _reg("L2ACTLR", "L2 Auxiliary Control Register (Cortex-A15)", (1, 15, 0, 0), PL1_RW,
    traps="HCR.TIDCP", manual="B3.17, implementation defined")
L2PFR = _reg("L2PFR", "L2 Prefetch Control Register (Cortex-A15)", (1, 15, 0, 3), PL1_RW, traps="HCR.TIDCP",
    manual="B3.17, implementation defined")
CPUMERRSR = _reg("CPUMERRSR", "CPU Memory Error Syndrome Register (Cortex-A15)", None, PL1_RW, pair=(0, 15),
    width=64, traps="HCR.TIDCP", manual="B3.17, implementation defined")
L2MERRSR = _reg("L2MERRSR", "L2 Memory Error Syndrome Register (Cortex-A15)", None, PL1_RW, pair=(1, 15),
    width=64, traps="HCR.TIDCP", manual="B3.17, implementation defined")

# ------------------------------------------------------------------------------------------------
# CP14: debug identification and the registers that a Hyp bring-up or a kernel meets; ThumbEE and Jazelle
# ------------------------------------------------------------------------------------------------
DBGDIDR = _reg("DBGDIDR", "Debug ID Register", (0, 0, 0, 0), PL0_RO, coprocessor=14, traps="HDCR.TDA",
    pl0_gate="not DBGDSCR.UDCCdis", manual="C11.11")
DBGDSCRint = _reg("DBGDSCRint", "Debug Status and Control Register, internal view", (0, 0, 1, 0), PL0_RO,
    coprocessor=14, traps="HDCR.TDA", pl0_gate="not DBGDSCR.UDCCdis", manual="C11.11")
DBGDSCRext = _reg("DBGDSCRext", "Debug Status and Control Register, external view", (0, 0, 2, 2), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGVCR = _reg("DBGVCR", "Vector Catch Register", (0, 0, 7, 0),
    PL1_RW, coprocessor=14, traps="HDCR.TDA", manual="C11.11")
# Breakpoints and watchpoints, as many as DBGDIDR says of all cores in hypgen.arch.cores. The last two
# compare contexts, too.
_DBGBCR = "MASK<28:24> BT<23:20> LBN<19:16> SSC<15:14> HMC<13> BAS<8:5> PMC<2:1> E<0>"
_DBGWCR = "MASK<28:24> WT<20> LBN<19:16> SSC<15:14> HMC<13> BAS<12:5> LSC<4:3> PAC<2:1> E<0>"
DBGBVR0 = _reg("DBGBVR0", "Breakpoint Value Register 0", (0, 0, 0, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR0 = _reg("DBGBCR0", "Breakpoint Control Register 0", (0, 0, 0, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBVR1 = _reg("DBGBVR1", "Breakpoint Value Register 1", (0, 0, 1, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR1 = _reg("DBGBCR1", "Breakpoint Control Register 1", (0, 0, 1, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBVR2 = _reg("DBGBVR2", "Breakpoint Value Register 2", (0, 0, 2, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR2 = _reg("DBGBCR2", "Breakpoint Control Register 2", (0, 0, 2, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBVR3 = _reg("DBGBVR3", "Breakpoint Value Register 3", (0, 0, 3, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR3 = _reg("DBGBCR3", "Breakpoint Control Register 3", (0, 0, 3, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBVR4 = _reg("DBGBVR4", "Breakpoint Value Register 4", (0, 0, 4, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR4 = _reg("DBGBCR4", "Breakpoint Control Register 4", (0, 0, 4, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBVR5 = _reg("DBGBVR5", "Breakpoint Value Register 5", (0, 0, 5, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBCR5 = _reg("DBGBCR5", "Breakpoint Control Register 5", (0, 0, 5, 5), PL1_RW, _DBGBCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWVR0 = _reg("DBGWVR0", "Watchpoint Value Register 0", (0, 0, 0, 6), PL1_RW, "Address<31:2>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWCR0 = _reg("DBGWCR0", "Watchpoint Control Register 0", (0, 0, 0, 7), PL1_RW, _DBGWCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWVR1 = _reg("DBGWVR1", "Watchpoint Value Register 1", (0, 0, 1, 6), PL1_RW, "Address<31:2>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWCR1 = _reg("DBGWCR1", "Watchpoint Control Register 1", (0, 0, 1, 7), PL1_RW, _DBGWCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWVR2 = _reg("DBGWVR2", "Watchpoint Value Register 2", (0, 0, 2, 6), PL1_RW, "Address<31:2>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWCR2 = _reg("DBGWCR2", "Watchpoint Control Register 2", (0, 0, 2, 7), PL1_RW, _DBGWCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWVR3 = _reg("DBGWVR3", "Watchpoint Value Register 3", (0, 0, 3, 6), PL1_RW, "Address<31:2>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGWCR3 = _reg("DBGWCR3", "Watchpoint Control Register 3", (0, 0, 3, 7), PL1_RW, _DBGWCR,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBXVR4 = _reg("DBGBXVR4", "Breakpoint Extended Value Register 4", (0, 1, 4, 1), PL1_RW, "VMID<7:0>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGBXVR5 = _reg("DBGBXVR5", "Breakpoint Extended Value Register 5", (0, 1, 5, 1), PL1_RW, "VMID<7:0>",
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGDRAR = _reg("DBGDRAR", "Debug ROM Address Register", (0, 1, 0, 0), PL0_RO, pair=(0, 1), width=64,
    coprocessor=14, traps="HDCR.TDRA", pl0_gate="not DBGDSCR.UDCCdis", manual="C11.11")
DBGDSAR = _reg("DBGDSAR", "Debug Self Address Offset Register", (0, 2, 0, 0), PL0_RO, pair=(0, 2), width=64,
    coprocessor=14, traps="HDCR.TDRA", pl0_gate="not DBGDSCR.UDCCdis", manual="C11.11")
DBGOSLAR = _reg("DBGOSLAR", "OS Lock Access Register", (0, 1, 0, 4), PL1_WO, coprocessor=14,
    traps="HDCR.TDOSA", manual="C11.11")
DBGOSLSR = _reg("DBGOSLSR", "OS Lock Status Register", (0, 1, 1, 4), PL1_RO,
    "OSLM<3> nTT<2> OSLK<1> OSLM_low<0>", coprocessor=14, traps="HDCR.TDOSA", manual="C11.11")
DBGOSDLR = _reg("DBGOSDLR", "OS Double Lock Register", (0, 1, 3, 4), PL1_RW, coprocessor=14,
    traps="HDCR.TDOSA", manual="C11.11")
DBGPRCR = _reg("DBGPRCR", "Device Powerdown and Reset Control Register", (0, 1, 4, 4), PL1_RW,
    coprocessor=14, traps="HDCR.TDOSA", manual="C11.11")
DBGAUTHSTATUS = _reg("DBGAUTHSTATUS", "Authentication Status Register", (0, 7, 14, 6), PL1_RO,
    coprocessor=14, traps="HDCR.TDA", manual="C11.11")
DBGDEVID2 = _reg("DBGDEVID2", "Debug Device ID Register 2", (0, 7, 0, 7), PL1_RO, coprocessor=14,
    traps="HDCR.TDA", manual="C11.11")
DBGDEVID1 = _reg("DBGDEVID1", "Debug Device ID Register 1", (0, 7, 1, 7), PL1_RO, coprocessor=14,
    traps="HDCR.TDA", manual="C11.11")
DBGDEVID = _reg("DBGDEVID", "Debug Device ID Register", (0, 7, 2, 7), PL1_RO, coprocessor=14,
    traps="HDCR.TDA", manual="C11.11")
TEECR = _reg("TEECR", "ThumbEE Configuration Register", (6, 0, 0, 0), PL0_R_PL1_RW, "XED<0>", reset=ZERO,
    coprocessor=14, traps="HSTR.TTEE")
TEEHBR = _reg("TEEHBR", "ThumbEE Handler Base Register", (6, 1, 0, 0), PL0_RW, coprocessor=14,
    pl0_gate="not TEECR.XED", traps="HSTR.TTEE")
# The trivial implementation of the Jazelle extension: all three are RAZ/WI.
JIDR = _reg("JIDR", "Jazelle ID Register", (7, 0, 0, 0), PL0_RW, raz=0xFFFF_FFFF, reset=ZERO, coprocessor=14,
    traps="HCR.TID0", manual="A2.10")
JOSCR = _reg("JOSCR", "Jazelle OS Control Register", (7, 1, 0, 0), PL1_RW, raz=0xFFFF_FFFF, reset=ZERO,
    coprocessor=14, traps="HSTR.TJDBX", manual="A2.10")
JMCR = _reg("JMCR", "Jazelle Main Configuration Register", (7, 2, 0, 0), PL0_RW, raz=0xFFFF_FFFF, reset=ZERO,
    coprocessor=14, traps="HSTR.TJDBX", manual="A2.10")

# ------------------------------------------------------------------------------------------------
# Floating-point system registers: VMRS and VMSR name them by ``reg``, which stands at CRn
# ------------------------------------------------------------------------------------------------
FPSID = _reg("FPSID", "Floating-point System ID Register", (7, 0, 0, 0), PL1_RO,
    "Implementer<31:24> SW<23> Subarchitecture<22:16> PartNumber<15:8> Variant<7:4> Revision<3:0>",
    coprocessor=10, traps="HCR.TID0")
FPSCR = _reg("FPSCR", "Floating-point Status and Control Register", (7, 1, 0, 0), PL0_RW,
    "N<31> Z<30> C<29> V<28> QC<27> AHP<26> DN<25> FZ<24> RMode<23:22> Stride<21:20> Len<18:16> IDE<15>"
    " IXE<12> UFE<11> OFE<10> DZE<9> IOE<8> IDC<7> IXC<4> UFC<3> OFC<2> DZC<1> IOC<0>",
    # VFPv4 does not trap exceptions, so their enables are RAZ/WI. Len and Stride can be written
    # although these cores have no short vectors: instructions that would use them are UNDEFINED.
    raz=0x0008_FF60, coprocessor=10)
MVFR1 = _reg("MVFR1", "Media and VFP Feature Register 1", (7, 6, 0, 0),
    PL1_RO, coprocessor=10, traps="HCR.TID3")
MVFR0 = _reg("MVFR0", "Media and VFP Feature Register 0", (7, 7, 0, 0),
    PL1_RO, coprocessor=10, traps="HCR.TID3")
FPEXC = _reg("FPEXC", "Floating-Point Exception Register", (7, 8, 0, 0), PL1_RW,
    # EX is RAZ/WI on VFPv4 without trapping of exceptions; EN resets to 0.
    "EX<31> EN<30>", raz=0x3FFF_FFFF | 1 << 31, reset=Reset(0xFFFF_FFFF, 0), coprocessor=10)
# fmt: on


def _index(rows: list[Register], coprocessor: int) -> Mapping[SingleKey, Register]:
    return MappingProxyType(
        {r.single: r for r in rows if r.coprocessor == coprocessor and r.single is not None}
    )


def _index_pairs(rows: list[Register], coprocessor: int) -> Mapping[PairKey, Register]:
    return MappingProxyType({r.pair: r for r in rows if r.coprocessor == coprocessor and r.pair is not None})


ROWS: tuple[Register, ...] = tuple(_ROWS)
"""Every row, in the order of this file."""

CP15: Mapping[SingleKey, Register] = MappingProxyType(
    {
        **_index(_ROWS, 15),
        # Encodings of c0 that read the MIDR for want of a register of their own (DDI 0406C, B3.17.1).
        (0, 0, 0, 4): MIDR,
        (0, 0, 0, 7): MIDR,
    }
)
"""CP15 rows by (opc1, CRn, CRm, opc2) of MRC and MCR."""
CP15_64: Mapping[PairKey, Register] = _index_pairs(_ROWS, 15)
"""CP15 rows by (opc1, CRm) of MRRC and MCRR."""
CP14: Mapping[SingleKey, Register] = _index(_ROWS, 14)
"""CP14 rows by (opc1, CRn, CRm, opc2) of MRC and MCR."""
CP14_64: Mapping[PairKey, Register] = _index_pairs(_ROWS, 14)
"""CP14 rows by (opc1, CRm) of MRRC."""
FP: Mapping[int, Register] = MappingProxyType({key[1]: row for key, row in _index(_ROWS, 10).items()})
"""Floating-point system registers by the ``reg`` operand of VMRS and VMSR."""
BY_NAME: Mapping[str, Register] = MappingProxyType({row.name: row for row in _ROWS})
"""Every row by the manual's name."""

RESERVED_ID: frozenset[SingleKey] = frozenset(
    key for key in ((0, 0, crm, opc2) for crm in range(1, 8) for opc2 in range(8)) if key not in CP15
)
"""Unallocated encodings of the CPUID scheme: they read as zero from PL1 and up (DDI 0406C, B3.17.1)."""
