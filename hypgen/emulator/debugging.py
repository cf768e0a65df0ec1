"""The breakpoints, watchpoints and vector catches of one CPU (DDI 0406C C3): registers without effect.

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
REGISTERS = frozenset((*_ENABLES, "DBGDSCRext", "DBGDSCRint"))
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
        values[stored] = value
        if values["DBGDSCRext"] & MDBGEN:
            for name, enables in _ENABLES.items():
                if values[name] & enables:
                    raise not_modelled(f"debug exceptions ({name} enables one and DBGDSCR.MDBGen is 1)")
