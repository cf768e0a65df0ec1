"""The exceptions that guest code can cause: a closed union, raised by whatever meets one.

An instruction, a memory access or a translation raises one of these; the block runner, which
knows the instruction's address, hands it to :func:`hypgen.emulator.entry.take`, the one place that
turns it into architectural state (DDI 0406C B1.8, "Exception handling").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypgen.emulator.faults import Fault


class GuestException(Exception):  # noqa: N818  # the architecture's word; not an error of ours
    """Base of the union. What happened, not yet where it is taken."""

    __slots__ = ()


class Undefined(GuestException):
    """An instruction that is UNDEFINED here (DDI 0406C B1.9, Undefined Instruction exception).

    ``why`` is a sentence for people: the condition that makes it UNDEFINED. The architecture
    reports nothing but EC 0 in HSR.
    """

    __slots__ = ("why",)

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


class SupervisorCall(GuestException):
    """SVC with its immediate (B1.9, Supervisor Call exception)."""

    __slots__ = ("imm",)

    def __init__(self, imm: int) -> None:
        super().__init__(imm)
        self.imm = imm


class HypervisorCall(GuestException):
    """HVC with its immediate; :func:`entry.take` makes it UNDEFINED where the manual does (B9.3, HVC)."""

    __slots__ = ("imm",)

    def __init__(self, imm: int) -> None:
        super().__init__(imm)
        self.imm = imm


class SecureMonitorCall(GuestException):
    """SMC with its immediate; trapped to Hyp, UNDEFINED or taken by :func:`entry.take` (B9.3, SMC)."""

    __slots__ = ("imm",)

    def __init__(self, imm: int) -> None:
        super().__init__(imm)
        self.imm = imm


class PrefetchAbort(GuestException):
    """An instruction fetch that faulted (B1.9, Prefetch Abort exception)."""

    __slots__ = ("fault",)

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class DataAbort(GuestException):
    """A data access or cache maintenance operation that faulted (B1.9, Data Abort exception).

    ``loaded`` are the words that the instruction had loaded before.
    """

    __slots__ = ("fault", "loaded")

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault
        self.loaded: Sequence[int] = ()


class Breakpoint(GuestException):
    """BKPT: a debug event, taken as a Prefetch Abort (C3.1) when no halting debug is enabled."""

    __slots__ = ("imm",)

    def __init__(self, imm: int) -> None:
        super().__init__(imm)
        self.imm = imm


class HypTrap(GuestException):
    """An instruction that a Hyp control register traps: taken at HVBAR+0x14 (B1.9, Hyp Trap exception).

    ``ec`` and ``iss`` go to HSR; ``iss`` without the condition fields CV and COND, which entry adds
    where the exception class has them.
    """

    __slots__ = ("ec", "iss")

    def __init__(self, ec: int, iss: int) -> None:
        super().__init__(ec, iss)
        self.ec = ec
        self.iss = iss


class Interrupt(GuestException):
    """A physical IRQ or FIQ (B1.9), taken before the instruction at the given address."""

    __slots__ = ("fiq",)

    def __init__(self, fiq: bool) -> None:
        super().__init__(fiq)
        self.fiq = fiq


class VirtualInterrupt(GuestException):
    """A virtual IRQ or FIQ (B1.8.11): taken to Non-secure IRQ or FIQ mode, before the next instruction."""

    __slots__ = ("fiq",)

    def __init__(self, fiq: bool) -> None:
        super().__init__(fiq)
        self.fiq = fiq


class AsynchronousAbort(GuestException):
    """An asynchronous external abort, or the virtual one of HCR.VA, before the next instruction.

    ``why`` says what it is about, for people; no register gives the address.
    """

    __slots__ = ("virtual", "why")

    def __init__(self, why: str, virtual: bool = False) -> None:
        super().__init__(why, virtual)
        self.why = why
        self.virtual = virtual


class ExceptionTaken(NamedTuple):
    """Record of one exception entry, in the order in which they were taken.

    ``cpu`` is the CPU's number; ``slot`` the vector's offset from its base (0x04 to 0x1c); ``kind``
    the class name of the guest exception; ``hsr`` and ``far`` what entry wrote (None when it wrote
    none); ``pc`` the address of the instruction that raised it, ``preferred_return`` what the
    mode's ELR or LR convention returns to, ``vector_pc`` the address of the vector, ``count`` the
    instructions that this CPU had executed before. ``why`` is for people.
    """

    cpu: int
    slot: int
    kind: str
    from_mode: int
    to_mode: int
    hsr: int | None
    far: int | None
    pc: int
    preferred_return: int
    vector_pc: int
    count: int  # type: ignore[assignment]  # hides tuple.count(), which nobody wants of a record
    why: str = ""
