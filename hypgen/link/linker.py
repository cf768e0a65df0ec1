"""The linker: a list of passes, with fences between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypgen.elf.model import (
    Binding,
    Image,
    ImageSection,
    ImageSymbol,
    Mapping,
    ObjectFile,
    Piece,
    SectionFlag,
    SectionType,
    Segment,
    SymbolType,
    Visibility,
)
from hypgen.errors import Diagnostic, InputError, InternalError, Location
from hypgen.link.layout import Layout, Permission, layout_faults
from hypgen.link.placement import Output, place_sections
from hypgen.link.relocate import RelocationFault, Target, apply, reference_place
from hypgen.link.symbols import Definition, Resolution, resolve

_SECTION_FLAGS: dict[Permission, SectionFlag] = {
    "rx": SectionFlag.ALLOC | SectionFlag.EXEC,
    "r": SectionFlag.ALLOC,
    "rw": SectionFlag.ALLOC | SectionFlag.WRITE,
}
_SEGMENT_FLAGS: dict[Permission, int] = {"rx": 5, "r": 4, "rw": 6}
"""p_flags: PF_R 4, PF_W 2, PF_X 1."""

_MAX_GAP = 0x1_0000
"""A larger hole between two sections splits their segment, so that it takes no room in the file."""

Bases = dict[tuple[int, str], tuple[Output, int]]
"""Unit index and input section name to the output section and the virtual address there."""


def link(objects: Sequence[ObjectFile], layout: Layout) -> Image:
    """Link ``objects``, in order, into an image laid out as ``layout`` says.

    Raises InputError with everything that is wrong up to the next fence: LINK-001 to LINK-014.
    """
    _checkpoint(layout_faults(layout))

    resolution, faults = resolve(objects, layout.absolute, layout.entry_symbol)
    outputs, misplaced = place_sections(objects, layout)
    _checkpoint([*misplaced, *faults])
    # Fence: every name has its definition, and no section moves or changes its size from here on.
    bases = _bases(outputs)
    sizes = [one.size for one in outputs]

    _checkpoint(_relocate(objects, resolution, bases))
    # Fence: bytes are final.
    if sizes != [one.size for one in outputs] or any(
        one.data and len(one.data) != one.size for one in outputs
    ):
        raise InternalError.at("LINK-900", "a section changed its size after the layout was fixed")

    filled = [one for one in outputs if one.size]
    return Image(
        entry=_entry(resolution, bases, layout),
        sections=tuple(_image_section(one) for one in filled),
        segments=tuple(_segments(filled)),
        symbols=_image_symbols(objects, resolution, bases),
        mapping=tuple(_mapping(filled)),
        lines=tuple(_lines(filled)),
        source_lines=tuple(_source_lines(objects, filled)),
        pieces=tuple(_pieces(objects, filled)),
    )


def _checkpoint(faults: Sequence[Diagnostic]) -> None:
    """Stop here if anything is wrong, with all of it."""
    if faults:
        raise InputError(faults)


def _bases(outputs: Sequence[Output]) -> Bases:
    return {
        (one.unit, one.name): (output, output.place.virtual + one.offset)
        for output in outputs
        for one in output.inputs
    }


def _address(made: Definition, bases: Bases) -> int:
    """The virtual address, or absolute value, of a definition."""
    if made.unit is None or (made.unit, str(made.symbol.section)) not in bases:
        return made.symbol.value
    return bases[made.unit, str(made.symbol.section)][1] + made.symbol.value


def _relocate(objects: Sequence[ObjectFile], resolution: Resolution, bases: Bases) -> list[Diagnostic]:
    faults = []
    for index, unit in enumerate(objects):
        for one in unit.relocations:
            if (index, one.section) not in bases:
                continue
            output, base = bases[index, one.section]
            made = resolution.find(index, one.symbol) if one.symbol else None
            target = Target(0, defined=not one.symbol)
            if made is not None:
                is_code = made.symbol.type is SymbolType.FUNC
                target = Target(_address(made, bases), made.symbol.thumb and is_code)
            placed = replace(one, location=reference_place(one, unit.name))
            address = base + one.offset
            try:
                apply(placed, output.data, address - output.place.virtual, address, target)
            except RelocationFault as fault:
                faults.append(fault.diagnostic)
    return faults


def _image_section(output: Output) -> ImageSection:
    place = output.place
    entry_sizes = {one.section.entry_size for one in output.inputs}
    return ImageSection(
        place.name,
        output.type,
        _SECTION_FLAGS[place.permission],
        place.virtual,
        place.load,
        output.size,
        bytes(output.data),
        output.align,
        entry_sizes.pop() if len(entry_sizes) == 1 else 0,
    )


def _segments(outputs: Sequence[Output]) -> list[Segment]:
    """One PT_LOAD for each run of sections with one permission and one distance from VA to load address."""
    runs: list[list[Output]] = []
    for one in outputs:
        if runs and _continues(runs[-1][-1], one):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [
        Segment(tuple(one.place.name for one in run), _SEGMENT_FLAGS[run[0].place.permission]) for run in runs
    ]


def _continues(before: Output, after: Output) -> bool:
    """Whether two neighbours can share a segment; NOBITS sections must be at its end."""
    left, right = before.place, after.place
    return (
        left.permission == right.permission
        and left.virtual - left.load == right.virtual - right.load
        and right.virtual - (left.virtual + before.size) <= _MAX_GAP
        and not (before.type is SectionType.NOBITS and after.type is not SectionType.NOBITS)
    )


def _image_symbols(
    objects: Sequence[ObjectFile], resolution: Resolution, bases: Bases
) -> tuple[ImageSymbol, ...]:
    """Locals of each unit in order, then what units share, by address and name.

    Hidden symbols have done their work in the link and become local; assembler-local names
    (``.L...``) and section symbols are left out.
    """
    private = [
        Definition(one, index)
        for index, unit in enumerate(objects)
        for one in unit.symbols
        if one.binding is Binding.LOCAL
        and one.type is not SymbolType.SECTION
        and not one.name.startswith(".L")
        and (one.section in ("*ABS*",) or (index, str(one.section)) in bases)
    ]
    shared = sorted(resolution.shared.values(), key=lambda made: (_address(made, bases), made.symbol.name))
    hidden = [made for made in shared if _is_hidden(made)]
    seen = [made for made in shared if not _is_hidden(made)]
    return tuple(
        _image_symbol(made, bases, binding)
        for group, binding in ((private, Binding.LOCAL), (hidden, Binding.LOCAL), (seen, None))
        for made in group
    )


def _is_hidden(made: Definition) -> bool:
    return made.symbol.visibility in (Visibility.HIDDEN, Visibility.INTERNAL)


def _image_symbol(made: Definition, bases: Bases, binding: Binding | None) -> ImageSymbol:
    one = made.symbol
    home = bases.get((made.unit, str(one.section))) if made.unit is not None else None
    in_image = home is not None and home[0].size > 0
    if binding is None:
        binding = Binding.GLOBAL if made.unit is None else one.binding
    return ImageSymbol(
        one.name,
        _address(made, bases),
        one.size,
        one.type,
        binding,
        home[0].place.name if home is not None and in_image else None,
        one.thumb,
        one.visibility,
    )


def _mapping(outputs: Sequence[Output]) -> list[tuple[int, Mapping]]:
    return [
        (output.place.virtual + one.offset + offset, kind)
        for output in outputs
        for one in output.inputs
        for offset, kind in one.section.mapping
    ]


def _lines(outputs: Sequence[Output]) -> list[tuple[int, Location]]:
    return [
        (output.place.virtual + one.offset + offset, place)
        for output in outputs
        for one in output.inputs
        for offset, place in one.section.lines
    ]


def _source_lines(objects: Sequence[ObjectFile], outputs: Sequence[Output]) -> list[tuple[int, Location]]:
    return [
        (output.place.virtual + one.offset + offset, Location(objects[one.unit].name, line))
        for output in outputs
        for one in output.inputs
        for offset, line in one.section.source_lines
    ]


def _pieces(objects: Sequence[ObjectFile], outputs: Sequence[Output]) -> list[Piece]:
    return [
        Piece(
            objects[one.unit].name,
            one.name,
            output.place.name,
            output.place.virtual + one.offset,
            one.section.size,
        )
        for output in outputs
        for one in output.inputs
        if one.section.size
    ]


def _entry(resolution: Resolution, bases: Bases, layout: Layout) -> int:
    """e_entry: the entry symbol's load or virtual address, with bit 0 set for Thumb."""
    made = resolution.shared[layout.entry_symbol]
    address = _address(made, bases)
    if layout.entry_address == "load" and made.unit is not None:
        home = bases.get((made.unit, str(made.symbol.section)))
        if home is not None:
            address += home[0].place.load - home[0].place.virtual
    return address | made.symbol.thumb
