"""Address translation as the manual describes it, a pure function of registers and memory.

The Long-descriptor format of DDI 0406C B3.6, for the PL2 (Hyp) stage 1 translation regime. The bit
positions below are decoded from the manual here and encoded from it in ``hypgen.plan``, on
purpose: one mistake cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.units import PhysAddr, VirtAddr

ReadDescriptor = Callable[[int, bool], int | None]
"""Reads the doubleword at a physical address (and whether big-endian); None is an external abort."""

HSCTLR_M = cp15.HSCTLR.field("M").mask
HSCTLR_WXN = cp15.HSCTLR.field("WXN").mask
HSCTLR_EE = cp15.HSCTLR.field("EE").mask
HSCTLR_I = cp15.HSCTLR.field("I").mask
HTCR_T0SZ = cp15.HTCR.field("T0SZ")

HYP_REGISTERS = ("HSCTLR", "HTTBR", "HTCR", "HMAIR0", "HMAIR1")
"""Everything that a Hyp translation reads besides memory."""


class Regime(Enum):
    """The translation regimes that an access can be made in (DDI 0406C B3.1)."""

    HYP = "hyp"
    NON_SECURE_PL1 = "non-secure PL1&0"
    SECURE_PL1 = "secure PL1&0"


class MemoryType(Enum):
    """Memory type (A3.5)."""

    NORMAL = "Normal"
    DEVICE = "Device"
    STRONGLY_ORDERED = "Strongly-ordered"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Memory attributes. ``mair`` is the MAIR byte that gives them, ``inner`` and ``outer`` the cacheability
    of Normal memory in words, ``shareability`` non, outer or inner."""

    type: MemoryType
    mair: int = 0
    inner: str = "non-cacheable"
    outer: str = "non-cacheable"
    shareability: str = "outer"

    def __str__(self) -> str:
        if self.type is not MemoryType.NORMAL:
            return str(self.type.value)
        return f"Normal, inner {self.inner}, outer {self.outer}, {self.shareability} shareable"


STRONGLY_ORDERED = Attributes(MemoryType.STRONGLY_ORDERED)
_FETCH_CACHED = Attributes(MemoryType.NORMAL, 0xAA, "write-through", "write-through", "non")
_FETCH_UNCACHED = Attributes(MemoryType.NORMAL, 0x44)


@dataclass(frozen=True, slots=True)
class Step:
    """One descriptor that a walk read: its level, physical address, value, and what it was."""

    level: int
    address: PhysAddr
    descriptor: int
    kind: str


@dataclass(frozen=True, slots=True)
class Translation:
    """What an address translates to. ``size`` is the bytes that the last descriptor maps (2**32 with
    the MMU off, when ``steps`` is empty); the permissions are those of the regime's own level."""

    va: VirtAddr
    pa: PhysAddr
    regime: Regime
    attributes: Attributes
    steps: tuple[Step, ...] = ()
    size: int = 1 << 32
    readable: bool = True
    writable: bool = True
    executable: bool = True

    @property
    def levels(self) -> tuple[Step, ...]:
        """The descriptors that were read, first level first."""
        return self.steps

    @property
    def level(self) -> int:
        """Level of the descriptor that maps the address; 0 with the MMU off."""
        return self.steps[-1].level if self.steps else 0


def flat(va: int, regime: Regime, instruction_cache: bool, fetch: bool) -> Translation:
    """Translation with the MMU off (B3.2): VA is PA, data is Strongly-ordered, nothing is refused."""
    if fetch:
        attributes = _FETCH_CACHED if instruction_cache else _FETCH_UNCACHED
    else:
        attributes = STRONGLY_ORDERED
    return Translation(VirtAddr(va), PhysAddr(va), regime, attributes)


def translate_hyp(
    registers: Mapping[str, int], read64: ReadDescriptor, va: int, fetch: bool = False
) -> Translation | Fault:
    """Translate ``va`` in the Hyp regime with the register values given, permissions not yet judged."""
    hsctlr = registers["HSCTLR"]
    if not hsctlr & HSCTLR_M:
        return flat(va, Regime.HYP, bool(hsctlr & HSCTLR_I), fetch)
    size = HTCR_T0SZ.get(registers["HTCR"])
    if size and va >> (32 - size):
        return Fault(
            FaultKind.TRANSLATION, va, level=1, why=f"outside the range that HTCR.T0SZ = {size} leaves"
        )
    mair = registers["HMAIR1"] << 32 | registers["HMAIR0"]
    walked = walk(registers["HTTBR"], size, mair, read64, va, bool(hsctlr & HSCTLR_EE))
    if isinstance(walked, Fault):
        return walked
    leaf = walked.attributes
    writable = not leaf.read_only
    return Translation(
        VirtAddr(va),
        PhysAddr(walked.pa),
        Regime.HYP,
        decode_mair(leaf.mair, leaf.shareability),
        walked.steps,
        walked.size,
        # AP[1] is SBO in this regime and has no effect (B3.7).
        writable=writable,
        executable=not leaf.execute_never and not (hsctlr & HSCTLR_WXN and writable),
    )


@dataclass(frozen=True, slots=True)
class Leaf:
    """Attributes of a block or page descriptor, with what the tables above it impose."""

    mair: int
    shareability: int
    read_only: bool
    user: bool
    execute_never: bool
    privileged_execute_never: bool
    not_global: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """Outcome of :func:`walk`."""

    pa: int
    size: int
    attributes: Leaf
    steps: tuple[Step, ...]


def walk(
    ttbr: int, size: int, mair: int, read64: ReadDescriptor, va: int, big_endian: bool
) -> Walked | Fault:
    """TranslationTableWalkLD() for stage 1 (B3.19): ``size`` is TxSZ, ``mair`` both MAIR words.

    The walk begins at level 1, or at level 2 when TxSZ leaves at most 30 bits of address.
    """
    level = 1 if size < 2 else 2
    # The first table is aligned to its size: 8 bytes for each entry that TxSZ leaves (B3.6).
    lower = 5 - size if level == 1 else 14 - size
    table = bits(ttbr, 39, lower) << lower
    top = 31 - size
    read_only = execute_never = privileged_execute_never = no_user = False
    steps: list[Step] = []
    while True:
        shift = 39 - 9 * level  # 30, 21, 12
        address = table | bits(va, top, shift) << 3
        descriptor = read64(address, big_endian)
        if descriptor is None:
            return Fault(
                FaultKind.EXTERNAL_ON_WALK,
                va,
                level,
                why=f"no memory at {PhysAddr(address)}, read by the walk",
            )
        kind = descriptor & 3
        if not kind & 1 or (level == 3 and kind == 1):
            steps.append(Step(level, PhysAddr(address), descriptor, "invalid"))
            why = f"level {level} descriptor at {PhysAddr(address)} is {descriptor:#018x}, invalid"
            return Fault(FaultKind.TRANSLATION, va, level, why=why)
        if kind == 1 or level == 3:
            break
        steps.append(Step(level, PhysAddr(address), descriptor, "table"))
        read_only |= bool(bit(descriptor, 62))  # APTable[1]
        no_user |= bool(bit(descriptor, 61))  # APTable[0], SBZ in Hyp
        execute_never |= bool(bit(descriptor, 60))  # XNTable
        privileged_execute_never |= bool(bit(descriptor, 59))  # PXNTable
        table = bits(descriptor, 39, 12) << 12
        top = shift - 1
        level += 1
    steps.append(Step(level, PhysAddr(address), descriptor, "page" if level == 3 else "block"))
    if not bit(descriptor, 10):  # AF
        why = f"level {level} descriptor at {PhysAddr(address)} has AF = 0"
        return Fault(FaultKind.ACCESS_FLAG, va, level, why=why)
    leaf = Leaf(
        mair=bits(mair, 8 * bits(descriptor, 4, 2) + 7, 8 * bits(descriptor, 4, 2)),  # AttrIndx
        shareability=bits(descriptor, 9, 8),
        read_only=read_only or bool(bit(descriptor, 7)),  # AP[2]
        user=bool(bit(descriptor, 6)) and not no_user,  # AP[1]
        execute_never=execute_never or bool(bit(descriptor, 54)),
        privileged_execute_never=privileged_execute_never or bool(bit(descriptor, 53)),
        not_global=bool(bit(descriptor, 11)),
    )
    pa = bits(descriptor, 39, shift) << shift | bits(va, shift - 1, 0)
    return Walked(pa, 1 << shift, leaf, tuple(steps))


def check(translation: Translation, fetch: bool = False, write: bool = False) -> Fault | None:
    """CheckPermission() (B3.19): the permission fault of this access, or None."""
    if fetch:
        refused = not translation.executable or not translation.readable
        verb = "execute"
    elif write:
        refused = not translation.writable
        verb = "write"
    else:
        refused = not translation.readable
        verb = "read"
    if not refused:
        return None
    last = translation.steps[-1]
    why = f"level {last.level} descriptor {last.descriptor:#018x} at {last.address} does not permit to {verb}"
    return Fault(FaultKind.PERMISSION, translation.va, last.level, write=write, why=why)


_SHAREABILITY = ("non", "reserved", "outer", "inner")
_CACHING = ("write-through transient", "write-back transient", "write-through", "write-back")


def _cacheability(nibble: int) -> str:
    """A nibble of a MAIR byte for Normal memory (B4.1, MAIR0)."""
    if nibble == 0b0100:
        return "non-cacheable"
    policy = _CACHING[nibble >> 2]
    hints = ("", " write-allocate", " read-allocate", " read-write-allocate")[nibble & 3]
    return policy + hints


def decode_mair(attr: int, shareability: int) -> Attributes:
    """A MAIR or HMAIR byte with a descriptor's SH field as attributes (B3.19, MAIRDecode())."""
    if attr >> 4 == 0:
        # 0b0000 is Strongly-ordered, 0b0100 Device; the rest is UNPREDICTABLE and taken as the
        # stronger of the two.
        return Attributes(MemoryType.DEVICE, attr) if attr == 0b0100 else STRONGLY_ORDERED
    outer, inner = _cacheability(attr >> 4), _cacheability(attr & 0xF)
    if outer == inner == "non-cacheable":
        # Non-cacheable Normal memory is always Outer Shareable (B3.8).
        return Attributes(MemoryType.NORMAL, attr, inner, outer, "outer")
    return Attributes(MemoryType.NORMAL, attr, inner, outer, _SHAREABILITY[shareability])
