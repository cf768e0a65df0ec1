"""The breakpoints, watchpoints and vector catches of one CPU (DDI 0406C C3): registers without effect,
and the OS Lock.

Kernels clear them all and enable monitor debug-mode as they boot. What is enabled then would raise debug
exceptions, and is not modelled, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from hypgen.arch import registers as cp15
from hypgen.emulator.not_modelled import not_modelled

MDBGEN = 1 << 15
"""DBGDSCR.MDBGen: debug events raise exceptions."""
_ENABLES: Mapping[str, int] = {
    "DBGVCR": 0xFFFF_FFFF,
    **{row.name: row.bit("E") for row in cp15.ROWS if row.name.startswith(("DBGBCR", "DBGWCR"))},
}
"""The bits of each control register that enable something."""
_LOCK_KEY = 0xC5AC_CE55
"""What is written to DBGOSLAR to set the OS Lock; everything else clears it (C11.11.29)."""
OS_LOCK = cp15.DBGOSLSR.bit("OSLK")
REGISTERS = frozenset((*_ENABLES, "DBGDSCRext", "DBGDSCRint", "DBGOSLAR"))
"""Names of the registers that :meth:`DebugEvents.read` and :meth:`DebugEvents.write` serve."""


class DebugEvents:
    """Refuses what would raise debug exceptions; ``values`` are the system registers of the CPU."""

    __slots__ = ("_values",)

    def __init__(self, values: MutableMapping[str, int]) -> None:
        self._values = values

    def read(self, stored: str) -> int:
        """The value that an MRC of a register of :data:`REGISTERS` reads."""
        return self._values["DBGDSCRext" if stored == "DBGDSCRint" else stored]

    def write(self, stored: str, value: int) -> None:
        """An MCR of ``value`` to a register of :data:`REGISTERS`."""
        values = self._values
        if stored == "DBGOSLAR":
            locked = OS_LOCK if value == _LOCK_KEY else 0
            values["DBGOSLSR"] = values["DBGOSLSR"] & ~OS_LOCK | locked
            return
        values[stored] = value
        if values["DBGDSCRext"] & MDBGEN:
            for name, enables in _ENABLES.items():
                if values[name] & enables:
                    raise not_modelled(f"debug exceptions ({name} enables one and DBGDSCR.MDBGen is 1)")
