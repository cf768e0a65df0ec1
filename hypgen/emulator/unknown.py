"""Values for what the architecture calls UNKNOWN, from a seed.

An UNKNOWN value is an input of the image: it is drawn here by name, so that the same seed gives
the same values whatever else the run does, and ``complement`` gives the bitwise complement of
each. An image that behaves differently under the two fillings relies on a value it was not given.
"""

from __future__ import annotations

from typing import Literal

ZEROS: Literal["zeros"] = "zeros"
"""The filling in which everything is 0, as emulators and code written for them have it."""
Seed = int | Literal["zeros"]

_INVERTED = bytes(255 - byte for byte in range(256))


class Unknown:
    """A source of UNKNOWN values; ``seed`` picks the filling, ``complement`` inverts every bit of it.

    With ``ZEROS`` for a seed every value is 0, and what firmware may have changed is as reset left it.
    """

    __slots__ = ("_draw", "_invert", "_prefix", "complement", "seed", "zeros")

    def __init__(self, seed: Seed, complement: bool = False) -> None:
        from hashlib import shake_128  # loads OpenSSL: a twentieth of what importing the core takes

        self._draw = shake_128
        self.seed = seed
        self.zeros = seed == ZEROS
        self.complement = complement
        self._prefix = f"{seed}/"
        self._invert = 0xFFFF_FFFF_FFFF_FFFF if complement else 0

    def word(self, name: str, width: int = 32) -> int:
        """``width`` bits (at most 64) for the state called ``name``."""
        if self.zeros:
            return self._invert & ((1 << width) - 1)
        digest = self._draw(f"{self._prefix}{name}".encode()).digest(8)
        return (int.from_bytes(digest, "little") ^ self._invert) & ((1 << width) - 1)

    def fill(self, name: str, size: int) -> bytes:
        """``size`` bytes of memory content for the place called ``name``."""
        if self.zeros:
            return (b"\xff" if self.complement else b"\0") * size
        content = self._draw(f"{self._prefix}{name}".encode()).digest(size)
        return content.translate(_INVERTED) if self.complement else content
