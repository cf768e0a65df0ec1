"""The terminal as a guest's console: its output as it comes, and what is typed as its input.

A terminal is put into raw mode, so that every key reaches the guest, Ctrl-C too; Ctrl-A x ends the run,
Ctrl-A Ctrl-A is a Ctrl-A for the guest. The terminal's mode is restored whatever happens.
"""

from __future__ import annotations

import os
import select
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from hypgen.machine.machine import Machine

CTRL_A = 0x01


class Leave(Exception):  # noqa: N818  # a wish of the user, not an error
    """Ctrl-A x was typed."""


class Terminal:
    """Standard input and output, while a machine runs. A context manager."""

    def __init__(self) -> None:
        self._printed = 0
        self._input: int | None = None
        self._restore: list[Any] | None = None
        self._escaped = False

    def __enter__(self) -> Self:
        try:
            self._input = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError):  # closed, or not a file
            return self
        if os.isatty(self._input) and os.tcgetpgrp(self._input) == os.getpgrp():
            import termios

            self._restore = termios.tcgetattr(self._input)
            raw = termios.tcgetattr(self._input)
            raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
            raw[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
            termios.tcsetattr(self._input, termios.TCSADRAIN, raw)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._restore is not None and self._input is not None:
            import termios

            termios.tcsetattr(self._input, termios.TCSADRAIN, self._restore)

    @property
    def open(self) -> bool:
        """Whether input may still come."""
        return self._input is not None

    def show(self, machine: Machine) -> None:
        """Write what the guest printed and was not written yet; a run that is repeated writes it once."""
        output = machine.bus.console.output
        if len(output) > self._printed:
            self.write(bytes(output[self._printed :]))
            self._printed = len(output)

    def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        sys.stdout.flush()
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(data.decode("utf-8", "replace"))
        sys.stdout.flush()

    def typed(self, wait: float | None = 0) -> bytes:
        """What was typed, waiting up to ``wait`` seconds (None: for ever). Raises Leave for Ctrl-A x."""
        if self._input is None:
            return b""
        try:
            if not select.select([self._input], [], [], wait)[0]:
                return b""
            data = os.read(self._input, 4096)
        except (OSError, ValueError):
            data = b""
        if not data:
            self._input = None
        return self._unescape(data) if self._restore is not None else data

    def _unescape(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if not self._escaped:
                if byte == CTRL_A:
                    self._escaped = True
                else:
                    out.append(byte)
                continue
            self._escaped = False
            if byte in b"xX":
                raise Leave
            out.append(byte)
        return bytes(out)
