"""Objects to raw bytes at one address, every symbol resolved: what ``hypgen asm --flat`` makes."""

from __future__ import annotations

from collections.abc import Sequence

from hypgen.elf.model import Image, ObjectFile, Section, SectionFlag
from hypgen.link.layout import Layout, Permission, SectionPlacement
from hypgen.link.linker import link
from hypgen.units import LoadAddr, VirtAddr

_BASE = "__base"


def flat_image(objects: Sequence[ObjectFile], base: int) -> Image:
    """Link the loaded sections one after another from ``base``, code first and space without contents last.

    Sections of one name are joined, in the order of the objects. Raises InputError for what the
    linker cannot resolve.
    """
    sections: dict[str, list[Section]] = {}
    for made in objects:
        for one in made.sections.values():
            if one.is_loaded and one.size:
                sections.setdefault(one.name, []).append(one)
    placements: list[SectionPlacement] = []
    address = base
    for name, parts in sorted(sections.items(), key=lambda item: _rank(item[1])):
        align = max(one.align for one in parts)
        address += -address % align
        size = 0
        for one in parts:
            size += -size % one.align + one.size
        virtual, load = VirtAddr(address), LoadAddr(address)
        placements.append(SectionPlacement(name, virtual, load, size, _permission(parts), inputs=(name,)))
        address += size
    layout = Layout(tuple(placements), _BASE, "virtual", {_BASE: base})
    return link(objects, layout)


def _rank(parts: Sequence[Section]) -> int:
    one = parts[0]
    if all(not part.data for part in parts):
        return 3
    if one.flags & SectionFlag.EXEC:
        return 0
    return 2 if one.flags & SectionFlag.WRITE else 1


def _permission(parts: Sequence[Section]) -> Permission:
    flags = parts[0].flags
    if flags & SectionFlag.EXEC:
        return "rx"
    return "rw" if flags & SectionFlag.WRITE else "r"
