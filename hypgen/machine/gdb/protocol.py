"""Packets of the gdb remote serial protocol (the gdb manual, appendix E, "Overview")."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

ESCAPE = 0x7D
_ESCAPED = frozenset(b"#$}*")
INTERRUPT = 0x03


class Signal(Enum):
    """What arrives outside packets."""

    INTERRUPT = "interrupt"
    ACK = "+"
    NACK = "-"


Event = bytes | Signal
"""The content of a packet, unescaped, or one of the others."""


def checksum(body: bytes) -> int:
    """The sum of the bytes of a packet as they are sent, modulo 256."""
    return sum(body) & 0xFF


def escape(content: bytes) -> bytes:
    """``content`` as it is sent: what has a meaning in packets is escaped."""
    out = bytearray()
    for byte in content:
        if byte in _ESCAPED:
            out += bytes((ESCAPE, byte ^ 0x20))
        else:
            out.append(byte)
    return bytes(out)


def unescape(body: bytes) -> bytes:
    """The inverse of :func:`escape`; gdb sends no run-length encoding."""
    out = bytearray()
    rest = iter(body)
    for byte in rest:
        out.append(next(rest, 0) ^ 0x20 if byte == ESCAPE else byte)
    return bytes(out)


def frame(content: bytes) -> bytes:
    """A whole packet."""
    body = escape(content)
    return b"$%s#%02x" % (body, checksum(body))


class Reader:
    """Cuts what arrives into packets. A packet with a wrong checksum is a NACK for its sender."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Event | None]:
        """What is complete now; None stands for a packet that arrived damaged."""
        self._rest += data
        while self._rest:
            first = self._rest[0]
            if first == ord("$"):
                end = self._rest.find(b"#")
                if end < 0 or len(self._rest) < end + 3:
                    return
                body, given = bytes(self._rest[1:end]), bytes(self._rest[end + 1 : end + 3])
                del self._rest[: end + 3]
                yield unescape(body) if given.lower() == b"%02x" % checksum(body) else None
                continue
            del self._rest[0]
            if first == INTERRUPT:
                yield Signal.INTERRUPT
            elif first in b"+-":
                yield Signal(chr(first))
