"""A device that exists on the board and not in the machine: each access is a named error.

Not an abort, which the hardware would not give, and not silence, which would be a lie.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled


class Unmodelled:
    """Registers of something that the machine does not model, called ``name`` in messages."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, offset: int, size: int) -> int:
        """Raises NotModelledError."""
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Raises NotModelledError."""
        raise not_modelled(self.name, describe_access(offset, size, value))
