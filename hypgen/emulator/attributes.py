"""Memory attributes: what MAIR bytes, TEX, C and B bits and stage 2 descriptors say, alone and combined.

DDI 0406C B3.8 (memory region attributes), B3.19 (MAIRDecode(), DefaultTEXDecode(),
RemappedTEXDecode(), S2AttrDecode(), CombineS1S2Desc()). Cacheability is kept as MAIR nibbles,
the finest of the encodings; the others are brought to it.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class MemoryType(Enum):
    """Memory type (A3.5)."""

    NORMAL = "Normal"
    DEVICE = "Device"
    STRONGLY_ORDERED = "Strongly-ordered"


NON_CACHEABLE = 0b0100
"""A MAIR nibble of Normal memory."""
_WRITE_THROUGH = 0b1000
_WRITE_BACK = 0b1100
_CACHING = ("write-through transient", "write-back transient", "write-through", "write-back")
_HINTS = ("", " write-allocate", " read-allocate", " read-write-allocate")


class Attributes(NamedTuple):
    """Memory attributes. ``mair`` is the MAIR byte that gives them, outer cacheability in its high nibble;
    ``shareability`` is non, outer or inner, and outer for all that is not Normal."""

    type: MemoryType
    mair: int = 0
    shareability: str = "outer"

    @property
    def inner(self) -> str:
        """Inner cacheability of Normal memory, in words."""
        return _in_words(self.mair & 0xF)

    @property
    def outer(self) -> str:
        """Outer cacheability of Normal memory, in words."""
        return _in_words(self.mair >> 4)

    def __str__(self) -> str:
        if self.type is not MemoryType.NORMAL:
            return str(self.type.value)
        return f"Normal, inner {self.inner}, outer {self.outer}, {self.shareability} shareable"


def _in_words(nibble: int) -> str:
    """A nibble of a MAIR byte for Normal memory (B4.1, MAIR0)."""
    return "non-cacheable" if nibble == NON_CACHEABLE else _CACHING[nibble >> 2] + _HINTS[nibble & 3]


STRONGLY_ORDERED = Attributes(MemoryType.STRONGLY_ORDERED)
DEVICE = Attributes(MemoryType.DEVICE, 0b0000_0100)
DEFAULT_CACHEABLE = Attributes(MemoryType.NORMAL, 0xFF, "non")
"""Data with stage 1 off and HCR.DC = 1 (B4.1, HCR)."""
FETCH_CACHED = Attributes(MemoryType.NORMAL, 0xAA, "non")
"""Instruction fetches with stage 1 off and the I bit 1 (B3.2.1)."""
FETCH_UNCACHED = Attributes(MemoryType.NORMAL, 0x44)

_SHAREABILITY = ("non", "reserved", "outer", "inner")
"""SH[1:0] of a Long-descriptor."""


def normal(mair: int, shareability: str) -> Attributes:
    """Normal memory; what is Non-cacheable is always Outer Shareable (B3.8.2)."""
    return Attributes(MemoryType.NORMAL, mair, "outer" if mair == 0x44 else shareability)


@lru_cache(maxsize=1024)
def decode_mair(attr: int, shareability: int) -> Attributes:
    """A MAIR or HMAIR byte with a descriptor's SH field as attributes (MAIRDecode()).

    0b0000 is Strongly-ordered and 0b0100 Device; the rest with a zero high nibble is UNPREDICTABLE
    and taken as the stronger of the two.
    """
    if attr >> 4 == 0:
        return DEVICE if attr == DEVICE.mair else STRONGLY_ORDERED
    return normal(attr, _SHAREABILITY[shareability])


_SHORT_CACHING = (NON_CACHEABLE, _WRITE_BACK | 0b11, _WRITE_THROUGH | 0b10, _WRITE_BACK | 0b10)
"""The two-bit cacheability of the Short-descriptor format: Non-cacheable; Write-Back, Write-Allocate;
Write-Through; Write-Back, no Write-Allocate (table B3-11)."""


@lru_cache(maxsize=1024)
def decode_tex(texcb: int, s: int) -> Attributes:
    """TEX, C, B and S without TEX remap (DefaultTEXDecode()); the reserved is taken as Strongly-ordered."""
    shareability = "outer" if s else "non"
    if texcb & 0b10000:
        outer, inner = _SHORT_CACHING[texcb >> 2 & 3], _SHORT_CACHING[texcb & 3]
        return normal(outer << 4 | inner, shareability)
    if texcb in (0b00001, 0b01000):
        return DEVICE
    caching = {0b00010: 2, 0b00011: 3, 0b00100: 0, 0b00111: 1}.get(texcb)
    if caching is None:
        return STRONGLY_ORDERED
    return normal(_SHORT_CACHING[caching] * 0x11, shareability)


@lru_cache(maxsize=1024)
def decode_remapped(prrr: int, nmrr: int, texcb: int, s: int) -> Attributes:
    """TEX[0], C, B and S with TEX remap (RemappedTEXDecode()).

    Device memory is Outer Shareable with the Large Physical Address Extension, whatever DS0 and DS1
    say. A reserved type is taken as Strongly-ordered.
    """
    region = texcb & 7
    kind = prrr >> 2 * region & 3
    if kind == 0b01:
        return DEVICE
    if kind != 0b10:
        return STRONGLY_ORDERED
    inner = _SHORT_CACHING[nmrr >> 2 * region & 3]
    outer = _SHORT_CACHING[nmrr >> 2 * region + 16 & 3]
    if not prrr >> (19 if s else 18) & 1:  # NS1 and NS0
        shareability = "non"
    else:
        shareability = "inner" if prrr >> 24 + region & 1 else "outer"  # NOSn
    return normal(outer << 4 | inner, shareability)


_STAGE2_CACHING = (0, NON_CACHEABLE, _WRITE_THROUGH | 0b11, _WRITE_BACK | 0b11)


@lru_cache(maxsize=1024)
def decode_stage2(memattr: int, shareability: int) -> Attributes:
    """MemAttr[3:0] and SH of a stage 2 descriptor (S2AttrDecode())."""
    if memattr >> 2 == 0:
        return DEVICE if memattr == 0b0001 else STRONGLY_ORDERED
    outer = _STAGE2_CACHING[memattr >> 2]
    inner = _STAGE2_CACHING[memattr & 3] or NON_CACHEABLE  # 0b00 is UNPREDICTABLE
    return normal(outer << 4 | inner, _SHAREABILITY[shareability])


@lru_cache(maxsize=1024)
def combine(first: Attributes, second: Attributes) -> Attributes:
    """What stage 1 and stage 2 attributes make together (CombineS1S2Desc()): the stronger type, the
    weaker caching with the allocation hints of stage 1, the wider shareability."""
    for strongest in (STRONGLY_ORDERED, DEVICE):
        if strongest.type in (first.type, second.type):
            return strongest
    outer = _combine_nibbles(first.mair >> 4, second.mair >> 4)
    inner = _combine_nibbles(first.mair & 0xF, second.mair & 0xF)
    found = {first.shareability, second.shareability}
    shareability = "outer" if "outer" in found else "inner" if "inner" in found else "non"
    return normal(outer << 4 | inner, shareability)


def _combine_nibbles(first: int, second: int) -> int:
    if NON_CACHEABLE in (first, second):
        return NON_CACHEABLE
    if not second & _NOT_THROUGH and first & _NOT_THROUGH:
        return first & ~_NOT_THROUGH
    return first


_NOT_THROUGH = 0b0100
"""The bit of a cacheable nibble that tells Write-Back from Write-Through."""
