"""What an address translates to, and whether an access may use it.

:mod:`hypgen.emulator.mmu` makes these values; permissions are not judged when it does, so that one
translation serves every access. :func:`judge` does, in the order of TranslateAddressV() (DDI 0406C
B3.19): alignment to the memory type, domain, stage 1 permission, and then the same of stage 2.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from hypgen.emulator.attributes import Attributes, MemoryType
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.units import IPA, PhysAddr, VirtAddr


class Regime(Enum):
    """The translation regimes that an access can be made in (DDI 0406C B3.1)."""

    HYP = "hyp"
    NON_SECURE_PL1 = "non-secure PL1&0"
    SECURE_PL1 = "secure PL1&0"

    __hash__ = object.__hash__  # there is one object of each, and they are keys where every access looks


class Step(NamedTuple):
    """One descriptor that a walk read: its level, physical address, value, and what it was.

    ``stage`` is 2 for those of stage 2; they follow the stage 1 descriptor that needed them.
    """

    level: int
    address: PhysAddr
    descriptor: int
    kind: str
    stage: int = 1


class SecondStage(NamedTuple):
    """What stage 2 makes of ``ipa``: its own attributes, and permissions as ``r``, ``w`` and ``x``."""

    ipa: IPA
    pa: PhysAddr
    attributes: Attributes
    permissions: str
    size: int
    steps: tuple[Step, ...]

    @property
    def level(self) -> int:
        """Level of the descriptor that maps the address."""
        return self.steps[-1].level


class Translation(NamedTuple):
    """What an address translates to.

    ``size`` is the bytes that the last descriptor maps (2**32 with the MMU off, when ``steps`` is
    empty), of both stages the smaller. ``privileged`` and ``user`` hold ``r``, ``w`` and ``x`` for what
    stage 1 lets either do. ``attributes`` are those of both stages, ``first_attributes`` those of
    stage 1 alone where a second stage is. ``domain`` is that of a Short-descriptor, which
    ``domain_fault`` says the DACR gives no access to.
    """

    va: VirtAddr
    pa: PhysAddr
    regime: Regime
    attributes: Attributes
    steps: tuple[Step, ...] = ()
    size: int = 1 << 32
    privileged: str = "rwx"
    user: str = "rwx"
    domain: int = 0
    domain_fault: bool = False
    non_secure: bool = True
    supersection: bool = False
    second: SecondStage | None = None
    first_attributes: Attributes | None = None

    @property
    def readable(self) -> bool:
        """Whether stage 1 lets the privileged level read."""
        return "r" in self.privileged

    @property
    def writable(self) -> bool:
        """Whether stage 1 lets the privileged level write."""
        return "w" in self.privileged

    @property
    def executable(self) -> bool:
        """Whether stage 1 lets the privileged level execute."""
        return "x" in self.privileged

    @property
    def levels(self) -> tuple[Step, ...]:
        """The descriptors that were read, in order."""
        return self.steps

    @property
    def level(self) -> int:
        """Level of the stage 1 descriptor that maps the address; 0 with the MMU off."""
        return self.steps[-1].level if self.steps else 0


def judge(
    outcome: Translation | Fault,
    *,
    fetch: bool = False,
    write: bool = False,
    user: bool = False,
    unaligned: bool = False,
) -> Fault | None:
    """The fault of an access to what ``outcome`` is a translation of, or None when it may be made.

    A fault of stage 2 comes after whatever stage 1 has against the access.
    """
    if isinstance(outcome, Fault):
        if outcome.first is not None:
            fault = _judge_first(outcome.first, fetch, write, user, unaligned)
            if fault is not None:
                return fault
        return outcome._replace(write=write) if write else outcome
    fault = _judge_first(outcome, fetch, write, user, unaligned)
    if fault is None and outcome.second is not None:
        fault = _judge_second(outcome.va, outcome.second, fetch, write, unaligned)
    return fault


def check(
    translation: Translation, fetch: bool = False, write: bool = False, user: bool = False
) -> Fault | None:
    """The domain or permission fault of an access, of either stage, or None."""
    return judge(translation, fetch=fetch, write=write, user=user)


def _judge_first(one: Translation, fetch: bool, write: bool, user: bool, unaligned: bool) -> Fault | None:
    attributes = one.first_attributes or one.attributes
    if unaligned and attributes.type is not MemoryType.NORMAL:
        off = "" if one.steps else ", as all data is with the MMU off"
        why = f"unaligned access to {attributes.type.value} memory{off}"
        return Fault(FaultKind.ALIGNMENT, one.va, write=write, why=why)
    if one.domain_fault:
        why = f"domain {one.domain} of {_last(one.steps)} has no access by DACR"
        return Fault(FaultKind.DOMAIN, one.va, one.level, write, domain=one.domain, why=why)
    permissions = one.user if user else one.privileged
    verb = _refused(permissions, fetch, write)
    if verb is None:
        return None
    why = f"{_last(one.steps)} does not permit {'User mode ' if user else ''}to {verb}"
    return Fault(FaultKind.PERMISSION, one.va, one.level, write, domain=one.domain, why=why)


def _judge_second(va: int, second: SecondStage, fetch: bool, write: bool, unaligned: bool) -> Fault | None:
    if unaligned and second.attributes.type is not MemoryType.NORMAL:
        why = f"unaligned access to memory that stage 2 makes {second.attributes.type.value}"
        return Fault(FaultKind.ALIGNMENT, va, write=write, stage2=True, ipa=second.ipa, why=why)
    verb = _refused(second.permissions, fetch, write)
    if verb is None:
        return None
    why = f"stage 2: {_last(second.steps)} does not permit to {verb}"
    return Fault(FaultKind.PERMISSION, va, second.level, write, stage2=True, ipa=second.ipa, why=why)


def _refused(permissions: str, fetch: bool, write: bool) -> str | None:
    """The verb of what is not permitted; what cannot be read cannot be executed either (B3.7)."""
    if fetch:
        return None if "x" in permissions and "r" in permissions else "execute"
    if write:
        return None if "w" in permissions else "write"
    return None if "r" in permissions else "read"


def _last(steps: tuple[Step, ...]) -> str:
    last = steps[-1]
    digits = 18 if last.kind in ("block", "page") else 10
    return f"level {last.level} descriptor {last.descriptor:#0{digits}x} at {last.address}"
