"""What the core does not model is said by name, and is never a silent NOP."""

from __future__ import annotations

from hypgen.errors import Diagnostic, NotModelledError


def not_modelled(what: str) -> NotModelledError:
    """The error to raise for ``what``: a noun phrase that names the instruction, register or feature.

    The run loop adds the address and the instruction.
    """
    return NotModelledError(Diagnostic("EMU-010", f"{what} (not modelled)"))
