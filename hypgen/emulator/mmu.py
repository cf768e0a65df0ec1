"""Address translation as the manual describes it, a pure function of registers and memory.

The translation regimes of DDI 0406C B3.1: PL2 (Hyp) stage 1, and PL1&0 stage 1 in both formats with,
in the Non-secure state, stage 2. Walks are in :mod:`hypgen.emulator.walks`, memory types in
:mod:`hypgen.emulator.attributes`; here is what the registers say, and how the two stages meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Protocol

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits, sign_extend
from hypgen.emulator.attributes import (
    DEFAULT_CACHEABLE,
    FETCH_CACHED,
    FETCH_UNCACHED,
    STRONGLY_ORDERED,
    MemoryType,
    combine,
    decode_mair,
    decode_remapped,
    decode_stage2,
    decode_tex,
)
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.translation import Regime, SecondStage, Step, Translation
from hypgen.emulator.walks import Long, Read, Root, stage1_root, walk_long, walk_short
from hypgen.units import IPA, PhysAddr, VirtAddr

ReadDescriptor = Callable[[int, bool], int | None]
"""Reads the descriptor at a physical address (and whether big-endian); None is an external abort."""

HSCTLR_M = cp15.HSCTLR.bit("M")
HSCTLR_WXN = cp15.HSCTLR.bit("WXN")
HSCTLR_EE = cp15.HSCTLR.bit("EE")
HSCTLR_I = cp15.HSCTLR.bit("I")
HTCR_T0SZ = cp15.HTCR.field("T0SZ")
SCTLR_M = cp15.SCTLR.bit("M")
SCTLR_I = cp15.SCTLR.bit("I")
SCTLR_EE = cp15.SCTLR.bit("EE")
SCTLR_AFE = cp15.SCTLR.bit("AFE")
SCTLR_TRE = cp15.SCTLR.bit("TRE")
SCTLR_WXN = cp15.SCTLR.bit("WXN")
SCTLR_UWXN = cp15.SCTLR.bit("UWXN")
TTBCR_EAE = cp15.TTBCR.bit("EAE")
TTBCR_N = cp15.TTBCR.field("N")
TTBCR_PD0, TTBCR_PD1 = cp15.TTBCR.bit("PD0"), cp15.TTBCR.bit("PD1")
TTBCR_T0SZ, TTBCR_T1SZ = cp15.TTBCR.field("T0SZ"), cp15.TTBCR.field("T1SZ")
TTBCR_EPD0, TTBCR_EPD1 = cp15.TTBCR.bit("EPD0"), cp15.TTBCR.bit("EPD1")
VTCR_T0SZ, VTCR_SL0 = cp15.VTCR.field("T0SZ"), cp15.VTCR.field("SL0")
HCR_VM, HCR_DC, HCR_TGE, HCR_PTW = (cp15.HCR.bit(name) for name in ("VM", "DC", "TGE", "PTW"))
SCR_SIF = cp15.SCR.bit("SIF")

_PL1_BANKED = ("SCTLR", "TTBR0", "TTBR1", "TTBCR", "MAIR0", "MAIR1", "DACR")
HYP_REGISTERS = ("HSCTLR", "HTTBR", "HTCR", "HMAIR0", "HMAIR1")
NON_SECURE_REGISTERS = (*(f"{name}_NS" for name in _PL1_BANKED), "HCR", "VTTBR", "VTCR")
SECURE_REGISTERS = tuple(f"{name}_S" for name in _PL1_BANKED)
REGISTERS = {
    Regime.HYP: HYP_REGISTERS,
    Regime.NON_SECURE_PL1: NON_SECURE_REGISTERS,
    Regime.SECURE_PL1: SECURE_REGISTERS,
}
"""Everything that a translation in a regime reads besides memory (and HSCTLR.EE and SCR.SIF)."""


class Tables(Protocol):
    """Physical memory as table walks read it."""

    def read32(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned word, or None where no memory is."""

    def read64(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned doubleword, or None where no memory is."""


def flat(
    va: int, regime: Regime, instruction_cache: bool, fetch: bool, cacheable: bool = False
) -> Translation:
    """Stage 1 off (B3.2): the address stays, data is Strongly-ordered (Normal if ``cacheable``: HCR.DC),
    nothing is refused."""
    if cacheable:
        attributes = DEFAULT_CACHEABLE
    elif fetch:
        attributes = FETCH_CACHED if instruction_cache else FETCH_UNCACHED
    else:
        attributes = STRONGLY_ORDERED
    non_secure = regime is not Regime.SECURE_PL1
    return Translation(VirtAddr(va), PhysAddr(va), regime, attributes, non_secure=non_secure)


# -- PL2 ---------------------------------------------------------------------------------------------
def translate_hyp(
    registers: Mapping[str, int], read64: ReadDescriptor, va: int, fetch: bool = False
) -> Translation | Fault:
    """Translate ``va`` in the Hyp regime with the register values given, permissions not yet judged."""
    hsctlr = registers["HSCTLR"]
    if not hsctlr & HSCTLR_M:
        return flat(va, Regime.HYP, bool(hsctlr & HSCTLR_I), fetch)
    size = HTCR_T0SZ.get(registers["HTCR"])
    if size and va >> (32 - size):
        why = f"outside the range that HTCR.T0SZ = {size} leaves"
        return Fault(FaultKind.TRANSLATION, va, level=1, why=why)
    read = _reader(read64, va, bool(hsctlr & HSCTLR_EE))
    found = walk_long(stage1_root(registers["HTTBR"], size), va, va, read)
    if isinstance(found, Fault):
        return found
    # AP[1] is SBO in this regime and has no effect; PXN and nG have none either (B3.7).
    writable = not (found.table_read_only or bit(found.descriptor, 7))
    executable = not (found.table_execute_never or bit(found.descriptor, 54))
    executable &= not (hsctlr & HSCTLR_WXN and writable)
    permissions = f"r{'w' * writable}{'x' * executable}"
    mair = registers["HMAIR1"] << 32 | registers["HMAIR0"]
    return _translation(found, va, Regime.HYP, mair, permissions, permissions)


# -- PL1&0 -------------------------------------------------------------------------------------------
def translate_pl1(
    registers: Mapping[str, int],
    memory: Tables,
    va: int,
    regime: Regime,
    fetch: bool = False,
    both_stages: bool = True,
) -> Translation | Fault:
    """Translate ``va`` in a PL1&0 regime with the register values given, permissions not yet judged.

    Without ``both_stages`` the result is the IPA that stage 1 gives (as ATS1Cxx wants it), but the
    stage 1 tables are read through stage 2 all the same. HCR.DC = 1 turns stage 1 off and stage 2 on,
    HCR.TGE = 1 turns stage 1 off; other combinations with them are UNPREDICTABLE, and so read here.
    """
    bank = "_S" if regime is Regime.SECURE_PL1 else "_NS"
    hcr = registers["HCR"] if regime is Regime.NON_SECURE_PL1 else 0
    nested = bool(hcr & (HCR_VM | HCR_DC))
    sctlr, ttbcr = registers["SCTLR" + bank], registers["TTBCR" + bank]
    first: Translation | Fault
    if not sctlr & SCTLR_M or hcr & (HCR_DC | HCR_TGE):
        first = flat(va, regime, bool(sctlr & SCTLR_I), fetch, bool(hcr & HCR_DC))
    else:
        long = bool(ttbcr & TTBCR_EAE)
        read_word = memory.read64 if long else memory.read32
        read = _reader(read_word, va, bool(sctlr & SCTLR_EE))
        if nested:
            read = _nested_reader(registers, memory, va, read)
        first = (_translate_long if long else _translate_short)(registers, bank, regime, va, read)
    if isinstance(first, Fault) or not (nested and both_stages):
        return first
    second = translate_ipa(registers, memory.read64, va, first.pa)
    if isinstance(second, Fault):
        return second._replace(first=first)
    return Translation(
        first.va,
        second.pa,
        first.regime,
        combine(first.attributes, second.attributes),
        first.steps,
        min(first.size, second.size),
        first.privileged,
        first.user,
        first.domain,
        first.domain_fault,
        first.non_secure,
        first.supersection,
        second,
        first.attributes,
    )


def _translate_long(
    registers: Mapping[str, int], bank: str, regime: Regime, va: int, read: Read
) -> Translation | Fault:
    """Stage 1 in the Long-descriptor format (B3.6)."""
    ttbcr = registers["TTBCR" + bank]
    root = _long_root(ttbcr, registers["TTBR0" + bank], registers["TTBR1" + bank], va)
    if isinstance(root, str):
        return Fault(FaultKind.TRANSLATION, va, level=1, why=root)
    found = walk_long(root, va, va, read)
    if isinstance(found, Fault):
        return found
    descriptor = found.descriptor
    read_only = found.table_read_only or bit(descriptor, 7)  # AP[2]
    user = bit(descriptor, 6) and not found.table_no_user  # AP[1]
    non_secure = bool(regime is not Regime.SECURE_PL1 or found.table_non_secure or bit(descriptor, 5))
    access = "r" if read_only else "rw"
    privileged, unprivileged = _executable(
        registers,
        bank,
        access,
        access if user else "",
        never=bool(found.table_execute_never or bit(descriptor, 54)),
        privileged_never=bool(found.table_privileged_execute_never or bit(descriptor, 53)),
        non_secure=non_secure,
    )
    mair = registers["MAIR1" + bank] << 32 | registers["MAIR0" + bank]
    made = _translation(found, va, regime, mair, privileged, unprivileged)
    return made if non_secure else made._replace(non_secure=False)


def by_ttbr1(ttbcr: int, va: int) -> bool:
    """Whether TTBR1 names the table that translates ``va`` in a PL1&0 regime (B3.5.4, B3.6.4)."""
    if not ttbcr & TTBCR_EAE:
        n = TTBCR_N.get(ttbcr)
        return bool(n and va >> 32 - n)
    t0sz, t1sz = TTBCR_T0SZ.get(ttbcr), TTBCR_T1SZ.get(ttbcr)
    if t1sz:
        return va >> 32 - t1sz == (1 << t1sz) - 1
    return bool(t0sz and va >> 32 - t0sz)


def _long_root(ttbcr: int, ttbr0: int, ttbr1: int, va: int) -> Root | str:
    """The table that translates ``va``, or why there is none."""
    t0sz, t1sz = TTBCR_T0SZ.get(ttbcr), TTBCR_T1SZ.get(ttbcr)
    if by_ttbr1(ttbcr, va):
        return "TTBCR.EPD1 is 1" if ttbcr & TTBCR_EPD1 else stage1_root(ttbr1, t1sz)
    if not t0sz or not va >> 32 - t0sz:
        return "TTBCR.EPD0 is 1" if ttbcr & TTBCR_EPD0 else stage1_root(ttbr0, t0sz)
    return f"between the ranges that TTBCR.T0SZ = {t0sz} and T1SZ = {t1sz} leave"


def _translation(found: Long, va: int, regime: Regime, mair: int, privileged: str, user: str) -> Translation:
    index = bits(found.descriptor, 4, 2)  # AttrIndx
    return Translation(
        VirtAddr(va),
        PhysAddr(found.pa),
        regime,
        decode_mair(bits(mair, 8 * index + 7, 8 * index), bits(found.descriptor, 9, 8)),
        found.steps,
        found.size,
        privileged,
        user,
    )


_SHORT_ACCESS = {
    0b000: ("", ""),
    0b001: ("rw", ""),
    0b010: ("rw", "r"),
    0b011: ("rw", "rw"),
    0b100: ("", ""),  # reserved
    0b101: ("r", ""),
    0b110: ("r", "r"),  # deprecated
    0b111: ("r", "r"),
}
"""AP[2:0] as what PL1 and PL0 may do (table B3-8)."""
_CLIENT, _MANAGER = 0b01, 0b11


def _translate_short(
    registers: Mapping[str, int], bank: str, regime: Regime, va: int, read: Read
) -> Translation | Fault:
    """Stage 1 in the Short-descriptor format (B3.5)."""
    ttbcr, sctlr = registers["TTBCR" + bank], registers["SCTLR" + bank]
    if by_ttbr1(ttbcr, va):
        ttbr, disabled, name, n = registers["TTBR1" + bank], ttbcr & TTBCR_PD1, "PD1", 0
    else:
        ttbr, disabled, name, n = registers["TTBR0" + bank], ttbcr & TTBCR_PD0, "PD0", TTBCR_N.get(ttbcr)
    if disabled:
        return Fault(FaultKind.TRANSLATION, va, level=1, why=f"TTBCR.{name} is 1")
    lower = 14 - n
    found = walk_short(bits(ttbr, 31, lower) << lower, 31 - n, va, read, bool(sctlr & SCTLR_AFE))
    if isinstance(found, Fault):
        return found
    non_secure = bool(regime is not Regime.SECURE_PL1 or found.non_secure)
    control = registers["DACR" + bank] >> 2 * found.domain & 3
    if control == _MANAGER:
        privileged = user = "rwx"
    else:
        access = _SHORT_ACCESS[found.ap | bool(sctlr & SCTLR_AFE)]
        never, privileged_never = bool(found.execute_never), bool(found.privileged_execute_never)
        privileged, user = _executable(registers, bank, *access, never, privileged_never, non_secure)
    if sctlr & SCTLR_TRE:
        prrr, nmrr = registers["MAIR0" + bank], registers["MAIR1" + bank]
        attributes = decode_remapped(prrr, nmrr, found.texcb, found.shareable)
    else:
        attributes = decode_tex(found.texcb, found.shareable)
    return Translation(
        VirtAddr(va),
        PhysAddr(found.pa),
        regime,
        attributes,
        found.steps,
        found.size,
        privileged,
        user,
        found.domain,
        control not in (_CLIENT, _MANAGER),  # 0b10 is reserved, and taken as no access
        non_secure,
        found.size == 1 << 24,
    )


def _executable(
    registers: Mapping[str, int],
    bank: str,
    privileged: str,
    user: str,
    never: bool,
    privileged_never: bool,
    non_secure: bool,
) -> tuple[str, str]:
    """Both permissions with ``x`` added where nothing forbids to execute (B3.7.2): XN, PXN, SCTLR.WXN and
    UWXN, and in the Secure state SCR.SIF for Non-secure memory."""
    if bank == "_S" and non_secure and registers["SCR"] & SCR_SIF:
        never = True
    controls = registers["SCTLR" + bank] & (SCTLR_WXN | SCTLR_UWXN)
    return _with_execute(privileged, user, never, privileged_never, controls)


@cache
def _with_execute(
    privileged: str, user: str, never: bool, privileged_never: bool, controls: int
) -> tuple[str, str]:
    wxn, uwxn = controls & SCTLR_WXN, controls & SCTLR_UWXN
    if not (never or privileged_never or (wxn and "w" in privileged) or (uwxn and "w" in user)):
        privileged += "x"
    if not (never or (wxn and "w" in user)):
        user += "x"
    return privileged, user


# -- stage 2 -----------------------------------------------------------------------------------------
_HAP = ("", "r", "w", "rw")
"""HAP[2:1] of a stage 2 descriptor (table B3-9)."""


def translate_ipa(
    registers: Mapping[str, int], read64: ReadDescriptor, va: int, ipa: int
) -> SecondStage | Fault:
    """Stage 2 of ``ipa``, for an access to ``va``: permissions not yet judged (B3.6.4)."""
    root = _stage2_root(registers["VTCR"], registers["VTTBR"], ipa)
    if isinstance(root, str):
        return Fault(FaultKind.TRANSLATION, va, level=1, stage2=True, ipa=ipa, why=f"stage 2: {root}")
    found = walk_long(root, ipa, va, _reader(read64, va, bool(registers["HSCTLR"] & HSCTLR_EE)), stage=2)
    if isinstance(found, Fault):
        return found._replace(stage2=True, ipa=ipa, why=f"stage 2 of {IPA(ipa)}: {found.why}")
    descriptor = found.descriptor
    permissions = _HAP[bits(descriptor, 7, 6)] + ("" if bit(descriptor, 54) else "x")
    attributes = decode_stage2(bits(descriptor, 5, 2), bits(descriptor, 9, 8))
    return SecondStage(IPA(ipa), PhysAddr(found.pa), attributes, permissions, found.size, found.steps)


def _stage2_root(vtcr: int, vttbr: int, ipa: int) -> Root | str:
    """The first table of stage 2, up to 16 of one level side by side; or why there is none."""
    root, size = _stage2_first(vtcr, vttbr)
    if size != -8 and ipa >> 32 - size and isinstance(root, Root):
        return f"{IPA(ipa)} is outside the range that VTCR.T0SZ = {size} leaves"
    return root


@lru_cache(maxsize=256)
def _stage2_first(vtcr: int, vttbr: int) -> tuple[Root | str, int]:
    """The first table of stage 2, or why there is none, and VTCR.T0SZ."""
    size, start = sign_extend(VTCR_T0SZ.get(vtcr), 4), VTCR_SL0.get(vtcr)
    if start > 1 or (start == 0 and size < -2) or (start == 1 and size > 1):
        return f"VTCR.SL0 = {start} does not fit VTCR.T0SZ = {size}, which is UNPREDICTABLE", size
    lower = 14 - size - 9 * start
    return Root(bits(vttbr, 39, lower) << lower, 2 - start, 31 - size), size


# -- reading descriptors -----------------------------------------------------------------------------
def _reader(read_word: ReadDescriptor, va: int, big_endian: bool) -> Read:
    """Reads descriptors from physical memory."""

    def read(address: int, level: int, steps: list[Step]) -> int | Fault:
        descriptor = read_word(address, big_endian)
        if descriptor is None:
            why = f"no memory at {PhysAddr(address)}, read by the walk"
            return Fault(FaultKind.EXTERNAL_ON_WALK, va, level, why=why)
        return descriptor

    return read


def _nested_reader(registers: Mapping[str, int], memory: Tables, va: int, read: Read) -> Read:
    """Reads stage 1 descriptors at the IPAs where they are (SecondStageTranslate()), protected by HCR.PTW."""

    def nested(address: int, level: int, steps: list[Step]) -> int | Fault:
        second = translate_ipa(registers, memory.read64, va, address)
        if isinstance(second, Fault):
            return second._replace(on_walk=True)
        why = ""
        if "r" not in second.permissions:
            why = "stage 2 does not permit the stage 1 walk to read"
        elif registers["HCR"] & HCR_PTW and second.attributes.type is not MemoryType.NORMAL:
            why = f"HCR.PTW is 1, and stage 2 makes it {second.attributes.type.value}"
        if why:
            why = f"stage 1 descriptor at {second.ipa}: {why}"
            return Fault(
                FaultKind.PERMISSION, va, second.level, stage2=True, on_walk=True, ipa=address, why=why
            )
        steps.extend(second.steps)
        return read(second.pa, level, steps)

    return nested
