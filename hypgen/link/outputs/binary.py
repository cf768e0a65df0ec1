"""The flat binary: what memory holds from the lowest load address on, as a loader without ELF wants it."""

from __future__ import annotations

from hypgen.elf.model import Image, ImageSection
from hypgen.errors import InputError
from hypgen.units import MIB, LoadAddr, Span

MAX_GAP = 16 * MIB
"""A larger hole between two sections is taken for a mistake."""


def flat_binary(image: Image) -> bytes:
    """The bytes of all filled sections by load address; gaps are zero, .bss at the end is left out.

    Byte 0 belongs at :func:`binary_base`. Raises InputError LINK-015 for a gap above 16 MiB.
    """
    out = bytearray()
    before: ImageSection | None = None
    for one in _filled(image):
        if before is not None:
            gap = one.load - (before.load + before.size)
            if gap > MAX_GAP:
                raise InputError.at(
                    "LINK-015",
                    f"the flat binary would have {gap:#x} bytes of nothing between {before.name} "
                    f"{_span(before)} and {one.name} {_span(one)}",
                    hint="place them closer together, or use the ELF file",
                )
            out += bytes(gap)
        out += one.data
        before = one
    return bytes(out)


def binary_base(image: Image) -> LoadAddr:
    """The load address of the flat binary's first byte; 0 for an image without contents."""
    filled = _filled(image)
    return LoadAddr(filled[0].load if filled else 0)


def _filled(image: Image) -> list[ImageSection]:
    return sorted((one for one in image.sections if one.data), key=lambda one: one.load)


def _span(one: ImageSection) -> Span[LoadAddr]:
    return Span.sized(LoadAddr(one.load), one.size)
