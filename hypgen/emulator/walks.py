"""Translation table walks: the Long-descriptor and the Short-descriptor format, as the manual has them.

TranslationTableWalkLD() and TranslationTableWalkSD() of DDI 0406C B3.19. A walk reads descriptors
through a function, which is where stage 2 and the endianness of tables come in. The bit positions
below are decoded from the manual here and encoded from it in ``hypgen.plan``, on purpose: one
mistake cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from hypgen.bits import bit, bits
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.translation import Step
from hypgen.units import PhysAddr

Read = Callable[[int, int, list[Step]], int | Fault]
"""Reads the descriptor at an address for a level, or gives the fault that this meets; steps of another
stage are appended to the list."""


class Root(NamedTuple):
    """Where a Long-descriptor walk begins: a table of ``level``, indexed from input bit ``top`` down."""

    table: int
    level: int
    top: int


class Long(NamedTuple):
    """What a Long-descriptor walk found: ``descriptor`` the last one, and what the tables above it impose."""

    pa: int
    size: int
    level: int
    descriptor: int
    steps: tuple[Step, ...]
    table_read_only: bool
    table_no_user: bool
    table_execute_never: bool
    table_privileged_execute_never: bool
    table_non_secure: bool


@lru_cache(maxsize=256)
def stage1_root(ttbr: int, size: int) -> Root:
    """The first table of stage 1 for ``size``, which is TxSZ: level 1, or 2 when 30 bits of address are left.

    The table is aligned to its size, 8 bytes for each entry; lower bits of the base are UNK/SBZP.
    """
    level = 1 if size < 2 else 2
    lower = 9 * level - size - 4
    return Root(bits(ttbr, 39, lower) << lower, level, 31 - size)


def walk_long(root: Root, address: int, va: int, read: Read, stage: int = 1) -> Long | Fault:
    """TranslationTableWalkLD() of the input ``address``, on behalf of an access to ``va``."""
    table, level, top = root.table, root.level, root.top
    read_only = no_user = execute_never = privileged_execute_never = non_secure = False
    steps: list[Step] = []
    while True:
        shift = 39 - 9 * level  # 30, 21, 12
        where = table | (address & (2 << top) - 1) >> shift << 3
        descriptor = read(where, level, steps)
        if isinstance(descriptor, Fault):
            return descriptor
        kind = descriptor & 3
        if not kind & 1 or (level == 3 and kind == 1):
            why = f"level {level} descriptor at {PhysAddr(where)} is {descriptor:#018x}, invalid"
            return Fault(FaultKind.TRANSLATION, va, level, why=why)
        if kind == 1 or level == 3:
            break
        steps.append(Step(level, PhysAddr(where), descriptor, "table", stage))
        if descriptor >> 59:
            non_secure |= bool(bit(descriptor, 63))  # NSTable
            read_only |= bool(bit(descriptor, 62))  # APTable[1]
            no_user |= bool(bit(descriptor, 61))  # APTable[0]
            execute_never |= bool(bit(descriptor, 60))  # XNTable
            privileged_execute_never |= bool(bit(descriptor, 59))  # PXNTable
        table = bits(descriptor, 39, 12) << 12
        top = shift - 1
        level += 1
    steps.append(Step(level, PhysAddr(where), descriptor, "page" if level == 3 else "block", stage))
    if not bit(descriptor, 10):  # AF
        why = f"level {level} descriptor at {PhysAddr(where)} has AF = 0"
        return Fault(FaultKind.ACCESS_FLAG, va, level, why=why)
    return Long(
        bits(descriptor, 39, shift) << shift | bits(address, shift - 1, 0),
        1 << shift,
        level,
        descriptor,
        tuple(steps),
        read_only,
        no_user,
        execute_never,
        privileged_execute_never,
        non_secure,
    )


class Short(NamedTuple):
    """What a Short-descriptor walk found; ``ap`` is AP[2:0], ``texcb`` TEX[2:0], C and B."""

    pa: int
    size: int
    domain: int
    ap: int
    texcb: int
    shareable: int
    execute_never: int
    privileged_execute_never: int
    non_secure: int
    steps: tuple[Step, ...]


def walk_short(table: int, top: int, va: int, read: Read, access_flag: bool) -> Short | Fault:
    """TranslationTableWalkSD() from the first level table at ``table``, indexed from bit ``top`` of ``va``.

    ``access_flag`` is SCTLR.AFE: AP[0] is then the access flag, which hardware does not set here
    (ID_MMFR2.HWAccFlg is 0).
    """
    steps: list[Step] = []
    first_at = table | bits(va, top, 20) << 2
    first = read(first_at, 1, steps)
    if isinstance(first, Fault):
        return first
    if first & 3 == 0:
        return _invalid(va, 1, first_at, first, 0)
    if first & 2:
        return _section(va, first_at, first, steps, access_flag)
    steps.append(Step(1, PhysAddr(first_at), first, "table"))
    domain = bits(first, 8, 5)
    second_at = bits(first, 31, 10) << 10 | bits(va, 19, 12) << 2
    second = read(second_at, 2, steps)
    if isinstance(second, Fault):
        return _in_domain(second, domain)
    if second & 3 == 0:
        return _invalid(va, 2, second_at, second, domain)
    small = bool(second & 2)
    steps.append(Step(2, PhysAddr(second_at), second, "small page" if small else "large page"))
    ap = bit(second, 9) << 2 | bits(second, 5, 4)
    if access_flag and not ap & 1:
        return _not_accessed(va, 2, second_at, domain)
    shift = 12 if small else 16
    tex = bits(second, 8, 6) if small else bits(second, 14, 12)
    return Short(
        bits(second, 31, shift) << shift | bits(va, shift - 1, 0),
        1 << shift,
        domain,
        ap,
        tex << 2 | bits(second, 3, 2),
        bit(second, 10),
        bit(second, 0) if small else bit(second, 15),
        bit(first, 2),
        bit(first, 3),
        tuple(steps),
    )


def _section(va: int, at: int, first: int, steps: list[Step], access_flag: bool) -> Short | Fault:
    """A section of 1 MB, or a supersection of 16 MB, whose domain is 0 and whose address has 40 bits."""
    large = bool(bit(first, 18))
    domain = 0 if large else bits(first, 8, 5)
    ap = bit(first, 15) << 2 | bits(first, 11, 10)
    steps.append(Step(1, PhysAddr(at), first, "supersection" if large else "section"))
    if access_flag and not ap & 1:
        return _not_accessed(va, 1, at, domain)
    if large:
        high = bits(first, 8, 5) << 4 | bits(first, 23, 20)
        pa = high << 32 | bits(first, 31, 24) << 24 | bits(va, 23, 0)
    else:
        pa = bits(first, 31, 20) << 20 | bits(va, 19, 0)
    return Short(
        pa,
        1 << (24 if large else 20),
        domain,
        ap,
        bits(first, 14, 12) << 2 | bits(first, 3, 2),
        bit(first, 16),
        bit(first, 4),
        bit(first, 0),
        bit(first, 19),
        tuple(steps),
    )


def _invalid(va: int, level: int, at: int, descriptor: int, domain: int) -> Fault:
    why = f"level {level} descriptor at {PhysAddr(at)} is {descriptor:#010x}, invalid"
    return Fault(FaultKind.TRANSLATION, va, level, domain=domain, why=why)


def _not_accessed(va: int, level: int, at: int, domain: int) -> Fault:
    why = f"level {level} descriptor at {PhysAddr(at)} has AP[0], the access flag, 0"
    return Fault(FaultKind.ACCESS_FLAG, va, level, domain=domain, why=why)


def _in_domain(fault: Fault, domain: int) -> Fault:
    """A fault met while the second level was read; one of stage 2 is not reported with a domain."""
    if fault.stage2:
        return fault
    return Fault(fault.kind, fault.va, fault.level, domain=domain, why=fault.why)
