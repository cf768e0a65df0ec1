"""The values of one CPU's system registers: reset, UNKNOWN bits, and copies for each security state.

Built from the rows of :mod:`hypgen.arch.registers`. Names are the manual's; a register that is
banked by security state is two values, ``SCTLR_S`` and ``SCTLR_NS``.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch.register import Register
from hypgen.arch.registers import BY_NAME
from hypgen.emulator.unknown import Unknown

SECURE, NON_SECURE = "_S", "_NS"


def row_of(name: str) -> Register:
    """The row of a stored name (``HSCTLR``, ``SCTLR_NS``); raises KeyError."""
    row = BY_NAME.get(name)
    if row is None:
        row = BY_NAME[name.removesuffix(NON_SECURE).removesuffix(SECURE)]
    return row


_SHOWN = {"VPIDR": "MIDR", "VMPIDR": "MPIDR"}
"""What the registers that a guest sees in place of others hold where nothing is UNKNOWN: the others, as
the Cortex-A15 resets them."""


class RegisterFile(dict[str, int]):
    """Register values by stored name; a value comes into being when it is first asked for.

    What reset defines has its reset value, ``identification`` gives the constants of the core, and
    every other bit is UNKNOWN. Reset defines the Secure copy of a banked register, and leaves the
    Non-secure one UNKNOWN (DDI 0406C B3.15.4).
    """

    __slots__ = ("_from_reset", "_handed_over", "_identification", "_prefix", "_unknown")

    def __init__(
        self, unknown: Unknown, cpu: int, identification: Mapping[str, int], *, handed_over: bool = False
    ) -> None:
        super().__init__()
        self._from_reset: set[str] = set()
        """What was asked for before anything had given it a value."""
        self._handed_over = handed_over
        self._unknown = unknown
        self._prefix = f"cpu{cpu}/"
        self._identification = identification

    def copied(self) -> RegisterFile:
        """The same registers for another CPU to change."""
        made = RegisterFile(self._unknown, 0, self._identification, handed_over=self._handed_over)
        made._prefix = self._prefix
        made._from_reset = set(self._from_reset)
        made.update(self)
        return made

    def __missing__(self, name: str) -> int:
        value = self[name] = self.reset_value(name)
        self._from_reset.add(name)
        return value

    def reset_value(self, name: str) -> int:
        """What the register called ``name`` holds at the start; raises KeyError for no register."""
        row = row_of(name)
        if row.operation:
            raise KeyError(f"{name} is an operation and holds no value")
        if row.banked and name == row.name:
            raise KeyError(f"{name} is banked: say {name}{SECURE} or {name}{NON_SECURE}")
        shown = _SHOWN.get(row.name) if self._unknown.zeros else None
        constant = self._identification.get(shown or row.name)
        if constant is not None:
            return constant
        known = self.known_at_reset(name)
        unknown = self._unknown.word(self._prefix + name, row.width) & row.writable & ~known
        return (row.reset.value & known) | unknown | row.fixed_ones

    def known_at_reset(self, name: str) -> int:
        """Mask of the bits of ``name`` that reset defines, or that always read the same.

        When firmware has handed over, what reset defined is gone: it may have written anything. With
        zeros for what is UNKNOWN it is as if it had not.
        """
        row = row_of(name)
        if row.name in self._identification:
            return row.mask
        lost = not self._unknown.zeros and (self._handed_over or (row.banked and name.endswith(NON_SECURE)))
        known = 0 if lost else row.reset.known_mask
        return known | (row.mask & ~row.writable)

    def undefined(self, name: str, value: int) -> bool:
        """Whether ``value`` of the register called ``name`` is what reset left, UNKNOWN at least in part."""
        unknown = name in self._from_reset and row_of(name).mask & ~self.known_at_reset(name)
        return bool(unknown) and value == self.reset_value(name)

    def unknown(self, name: str) -> int:
        """What the register called ``name`` holds when an exception leaves it UNKNOWN."""
        return self._unknown.word(f"{self._prefix}{name} after an exception") & row_of(name).writable
