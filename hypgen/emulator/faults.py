"""Memory faults, and their encoding in fault status registers and in HSR.

DDI 0406C B3.13 "Exception reporting in a VMSA implementation": the Short-descriptor format of DFSR
and IFSR (table B3-23), and the Long-descriptor format that HSR.ISS uses as well (table B3-24).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hypgen.emulator.translation import Translation


class FaultKind(Enum):
    """What is wrong with an access. Kinds with a level are those of a translation table walk."""

    ALIGNMENT = "alignment fault"
    TRANSLATION = "translation fault"
    ACCESS_FLAG = "access flag fault"
    DOMAIN = "domain fault"
    PERMISSION = "permission fault"
    EXTERNAL = "synchronous external abort"
    EXTERNAL_ON_WALK = "synchronous external abort on a translation table walk"
    DEBUG = "debug event"
    LOCKDOWN = "IMPLEMENTATION DEFINED fault"
    ASYNCHRONOUS = "asynchronous external abort"


class Fault(NamedTuple):
    """A fault on the access to ``va``.

    ``level`` is that of the walk (0 when the kind has none); ``write`` tells a store (or, with
    ``maintenance``, a cache maintenance operation, which reports as a write); ``stage2`` a fault of
    the second stage at ``ipa``, ``on_walk`` one met while stage 1 was walked (HSR.S1PTW);
    ``domain`` as in DFSR; ``first`` is what stage 1 gave before stage 2 refused; ``why`` is a
    sentence for people.
    """

    kind: FaultKind
    va: int
    level: int = 0
    write: bool = False
    stage2: bool = False
    on_walk: bool = False
    ipa: int | None = None
    domain: int = 0
    maintenance: bool = False
    why: str = ""
    first: Translation | None = None

    @property
    def external(self) -> bool:
        """Whether this is an external abort, which SCR.EA can route to Monitor mode."""
        return self.kind in (FaultKind.EXTERNAL, FaultKind.EXTERNAL_ON_WALK, FaultKind.ASYNCHRONOUS)


_LONG_BASE = {
    FaultKind.TRANSLATION: 0b000100,
    FaultKind.ACCESS_FLAG: 0b001000,
    FaultKind.PERMISSION: 0b001100,
    FaultKind.EXTERNAL_ON_WALK: 0b010100,
    FaultKind.DOMAIN: 0b111100,  # of a Short-descriptor walk, in HSR or the 64-bit PAR
}
"""Status codes that hold the level in their low two bits (table B3-24)."""

_LONG_PLAIN = {
    FaultKind.EXTERNAL: 0b010000,
    FaultKind.ASYNCHRONOUS: 0b010001,
    FaultKind.ALIGNMENT: 0b100001,
    FaultKind.DEBUG: 0b100010,
    FaultKind.LOCKDOWN: 0b110100,
}

_SHORT = {
    (FaultKind.ALIGNMENT, 0): 0b00001,
    (FaultKind.DEBUG, 0): 0b00010,
    (FaultKind.ACCESS_FLAG, 1): 0b00011,
    (FaultKind.TRANSLATION, 1): 0b00101,
    (FaultKind.ACCESS_FLAG, 2): 0b00110,
    (FaultKind.TRANSLATION, 2): 0b00111,
    (FaultKind.EXTERNAL, 0): 0b01000,
    (FaultKind.DOMAIN, 1): 0b01001,
    (FaultKind.DOMAIN, 2): 0b01011,
    (FaultKind.EXTERNAL_ON_WALK, 1): 0b01100,
    (FaultKind.PERMISSION, 1): 0b01101,
    (FaultKind.EXTERNAL_ON_WALK, 2): 0b01110,
    (FaultKind.PERMISSION, 2): 0b01111,
    (FaultKind.LOCKDOWN, 0): 0b10100,
    (FaultKind.ASYNCHRONOUS, 0): 0b10110,
}
"""FS[4:0] by kind and level (table B3-23)."""


def long_status(fault: Fault) -> int:
    """The 6-bit status code of the Long-descriptor format: DFSR/IFSR.STATUS, HSR DFSC and IFSC."""
    base = _LONG_BASE.get(fault.kind)
    return base | fault.level if base is not None else _LONG_PLAIN[fault.kind]


def short_status(fault: Fault) -> int:
    """The 5-bit FS code of the Short-descriptor format of DFSR and IFSR.

    It has no level 3, which a walk of stage 2 may have reached that met an external abort: that is reported
    as level 2, as in QEMU.
    """
    return _SHORT[fault.kind, min(fault.level, 2)]
