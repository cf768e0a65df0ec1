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
    for one in filled(image):
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
    sections = filled(image)
    return LoadAddr(sections[0].load if sections else 0)


def segment_binaries(image: Image) -> dict[LoadAddr, bytes]:
    """The bytes of each segment that has any, by the load address of its first one; gaps are zero."""
    found = {}
    by_name = {one.name: one for one in image.sections}
    for segment in image.segments:
        sections = [by_name[name] for name in segment.sections if by_name[name].data]
        if not sections:
            continue
        start = sections[0].load
        out = bytearray()
        for one in sections:
            out += bytes(one.load - start - len(out)) + one.data
        found[LoadAddr(start)] = bytes(out)
    return found


def filled(image: Image) -> list[ImageSection]:
    """The sections that have contents, by load address."""
    return sorted((one for one in image.sections if one.data), key=lambda one: one.load)


def _span(one: ImageSection) -> Span[LoadAddr]:
    return Span.sized(LoadAddr(one.load), one.size)
