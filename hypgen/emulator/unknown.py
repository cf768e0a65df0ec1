"""Values for what the architecture calls UNKNOWN, from a seed.

An UNKNOWN value is an input of the image: it is drawn here by name, so that the same seed gives
the same values whatever else the run does, and ``complement`` gives the bitwise complement of
each. An image that behaves differently under the two fillings relies on a value it was not given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Literal

ZEROS: Literal["zeros"] = "zeros"
"""The filling in which everything is 0, as emulators and code written for them have it."""
Seed = int | Literal["zeros"]

Inversion = Callable[[str], int]
"""Which bits of the value called so are inverted: all of them for -1, none for 0."""

_PAGE = 4096
"""The most bytes of memory that are drawn by one name."""
_INVERTED = bytes(255 - byte for byte in range(256))


def zeroing(seed: int) -> Inversion:
    """The inversion that makes every value 0 which ``seed`` gives."""
    from hashlib import shake_128

    @cache
    def bits(name: str) -> int:
        return int.from_bytes(shake_128(f"{seed}/{name}".encode()).digest(_PAGE), "little")

    return bits


@cache
def _words(draw: Callable[[bytes], Any]) -> Callable[[str], int]:
    """What ``draw``, an extendable-output function, gives for a name, as 64 bits; machines ask for the same
    few hundred names again and again."""

    @lru_cache(maxsize=4096)
    def word(name: str) -> int:
        return int.from_bytes(draw(name.encode()).digest(8), "little")

    return word


class Unknown:
    """A source of UNKNOWN values; ``seed`` picks the filling, ``complement`` inverts all of it, or the bits
    that an :data:`Inversion` says.

    With ``ZEROS`` for a seed every value is 0, and what firmware may have changed is as reset left it.
    """

    __slots__ = ("_draw", "_draw_word", "_inverted", "_prefix", "drawn", "seed", "zeros")

    def __init__(self, seed: Seed, complement: bool | Inversion = False) -> None:
        from hashlib import shake_128  # loads OpenSSL: a twentieth of what importing the core takes

        self._draw = shake_128
        self._draw_word = _words(shake_128)
        self.refill(seed, complement)

    def refill(self, seed: Seed, complement: bool | Inversion = False) -> None:
        """Give other values from now on, as if made with these arguments."""
        self.seed = seed
        self.zeros = seed == ZEROS
        self._prefix = f"{seed}/"
        everything = -1 if complement else 0
        self._inverted: Inversion = complement if callable(complement) else lambda name: everything
        self.drawn: dict[str, int] = {}
        """How many bits each value has that was asked for, in the order in which that was."""

    def word(self, name: str, width: int = 32) -> int:
        """``width`` bits (at most 64) for the state called ``name``."""
        self.drawn[name] = width
        inverted = self._inverted(name) & ((1 << width) - 1)
        if self.zeros:
            return inverted
        return self._draw_word(self._prefix + name) & ((1 << width) - 1) ^ inverted

    def fill(self, name: str, size: int) -> bytes:
        """``size`` bytes of memory content for the place called ``name``."""
        self.drawn[name] = 8 * size
        inverted = self._inverted(name)
        content = bytes(size) if self.zeros else self._draw(f"{self._prefix}{name}".encode()).digest(size)
        if not inverted:
            return content
        if inverted == -1:
            return content.translate(_INVERTED)
        whole = int.from_bytes(content, "little") ^ inverted & ((1 << 8 * size) - 1)
        return whole.to_bytes(size, "little")
