"""The link map: where everything is, and which unit each piece came from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from hypgen.elf.model import Binding, Image, ImageSymbol, SymbolType
from hypgen.link.layout import Layout, SectionPlacement
from hypgen.units import PhysAddr, VirtAddr

_LETTERS = {SymbolType.FUNC: "function", SymbolType.OBJECT: "object"}


def map_text(image: Image, layout: Layout) -> str:
    """The map of an image that was linked by ``layout``, as text.

    Three tables: sections with their three addresses, size and budget; the pieces of each section
    by address; symbols by address, then absolute ones by value. Constants of one unit are left out.
    """
    places = {one.name: one for one in layout.sections}
    parts = [
        f"Entry {VirtAddr(image.entry)}: {layout.entry_address} address of {layout.entry_symbol}\n",
        "Sections",
        *_table(
            ("virtual", "load", "physical", "size", "budget", "used", "", "section"),
            (_section_row(one.size, places[one.name]) for one in image.sections),
            right=(3, 4, 5),
        ),
        "\nPieces",
        *_table(
            ("virtual", "size", "section", "from", "of"),
            (
                (str(VirtAddr(one.virtual)), f"{one.size:#x}", one.output, one.section, one.unit)
                for one in image.pieces
            ),
            right=(1,),
        ),
        "\nSymbols",
        *_table(
            ("value", "size", "kind", "scope", "section", "symbol"),
            (_symbol_row(one) for one in _by_address(image)),
            right=(1,),
        ),
    ]
    return "\n".join(parts) + "\n"


def map_json(image: Image, layout: Layout) -> str:
    """The same as :func:`map_text` for programs; addresses are numbers."""
    places = {one.name: one for one in layout.sections}
    data = {
        "format": "hypgen-map-1",
        "entry": {"address": image.entry, "symbol": layout.entry_symbol, "kind": layout.entry_address},
        "sections": [
            {
                "name": one.name,
                "virtual": one.virtual,
                "load": one.load,
                "physical": int(_physical(places[one.name])),
                "size": one.size,
                "budget": places[one.name].budget,
                "permission": places[one.name].permission,
            }
            for one in image.sections
        ],
        "pieces": [
            {
                "virtual": one.virtual,
                "size": one.size,
                "output": one.output,
                "section": one.section,
                "unit": one.unit,
            }
            for one in image.pieces
        ],
        "symbols": [
            {
                "name": one.name,
                "value": one.value,
                "size": one.size,
                "kind": _LETTERS.get(one.type, ""),
                "scope": _scope(one),
                "section": one.section,
                "thumb": one.thumb,
            }
            for one in _by_address(image)
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _physical(place: SectionPlacement) -> PhysAddr:
    return PhysAddr(place.load) if place.physical is None else place.physical


def _section_row(size: int, place: SectionPlacement) -> tuple[str, ...]:
    return (
        str(place.virtual),
        str(place.load),
        str(_physical(place)),
        f"{size:#x}",
        f"{place.budget:#x}",
        f"{-(-100 * size // place.budget)} %",  # rounded up: 100 % is full
        place.permission,
        place.name,
    )


def _by_address(image: Image) -> list[ImageSymbol]:
    named = [one for one in image.symbols if one.section is not None or one.binding is not Binding.LOCAL]
    return sorted(named, key=lambda one: (one.section is None, one.value, one.name, one.binding))


def _symbol_row(one: ImageSymbol) -> tuple[str, ...]:
    return (
        str(VirtAddr(one.value)),
        f"{one.size:#x}" if one.size else "",
        _LETTERS.get(one.type, ""),
        _scope(one),
        one.section or "absolute",
        one.name,
    )


def _scope(one: ImageSymbol) -> str:
    return {Binding.LOCAL: "local", Binding.WEAK: "weak"}.get(one.binding, "global")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int]) -> list[str]:
    """Lines with aligned columns; those in ``right`` are aligned on the right."""
    whole = [head, *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in whole
    ]
