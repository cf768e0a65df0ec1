"""The linker: a list of passes, with fences between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypgen.elf.model import (
    ABSOLUTE,
    Binding,
    Image,
    ImageSection,
    ImageSymbol,
    Mapping,
    ObjectFile,
    Piece,
    Relocation,
    Section,
    SectionFlag,
    SectionType,
    Segment,
    Symbol,
    SymbolType,
    Visibility,
)
from hypgen.errors import Diagnostic, InputError, InternalError, Location
from hypgen.link.attributes import join_attributes
from hypgen.link.collect import loaded, reachable
from hypgen.link.debug import join_debug, without_dead_debug
from hypgen.link.layout import Layout, Permission, layout_faults
from hypgen.link.merge import merge
from hypgen.link.placement import Output, bound_values, place_sections, size_faults
from hypgen.link.preparation import prepare
from hypgen.link.relocate import RelocationFault, Target, apply, reference_place
from hypgen.link.symbols import Definition, Resolution, resolve, unresolved
from hypgen.link.unwind import complete_indices
from hypgen.link.veneers import ALIGN, SIZES, Wanted, code, needed
from hypgen.units import align_up

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

    Raises InputError with everything that is wrong up to the next fence: LINK-001 to LINK-016.
    """
    _checkpoint([*layout_faults(layout), *_mixed_orders(objects)])

    units, stand_ins = prepare(objects, layout.discard)
    attributes, disagreements = join_attributes(units)
    resolution, duplicates = resolve(units, {**layout.absolute, **dict.fromkeys(layout.bounds, 0)})
    live = reachable(units, resolution, layout) if layout.collect else loaded(units)
    units = without_dead_debug(units, live) if layout.collect else units
    missing = unresolved(units, resolution, live, layout.entry_symbol)
    units, resolution, live = merge(units, resolution, layout, live)
    units, resolution = complete_indices(units, resolution, place_sections(units, layout, live)[0])
    outputs, misplaced = place_sections(units, layout, live)
    _checkpoint([*misplaced, *disagreements, *duplicates, *missing])
    # Fence: every name has its definition, and no section moves from here on.
    resolution = resolution.with_values(bound_values(layout, outputs))
    bases = _bases(outputs)
    veneers = _add_veneers(units, resolution, bases, outputs)
    _checkpoint([fault for output in outputs for fault in size_faults([*units, veneers.unit], output)])
    # Fence: no section changes its size from here on. Nothing that has an address has moved.
    sizes = [one.size for one in outputs]

    addresses = {place: address for place, (_, address) in bases.items()}
    debug, odd = join_debug(units, resolution, addresses, stand_ins)
    _checkpoint([*_relocate(units, resolution, bases, veneers), *odd])
    # Fence: bytes are final.
    if sizes != [one.size for one in outputs] or any(
        one.data and len(one.data) != one.size for one in outputs
    ):
        raise InternalError.at("LINK-900", "a section changed its size after the layout was fixed")

    whole = [*units, veneers.unit]
    bases = _bases(outputs)
    filled = [one for one in outputs if one.size]
    return Image(
        entry=_entry(resolution, bases, layout),
        sections=tuple(_image_section(one) for one in filled),
        segments=tuple(_segments(filled)),
        symbols=_image_symbols(whole, resolution, bases),
        mapping=tuple(_mapping(filled)),
        lines=tuple(_lines(filled)),
        pieces=tuple(_pieces(whole, filled)),
        attributes=attributes,
        debug=debug,
        big_endian=any(unit.big_endian for unit in units),
    )


def _mixed_orders(objects: Sequence[ObjectFile]) -> list[Diagnostic]:
    """The objects whose data have another byte order than those of the first."""
    return [
        Diagnostic(
            "LINK-019",
            f"its data are {'big' if one.big_endian else 'little'}-endian, not as in {objects[0].name}",
            Location(one.name),
            "compile both for the same byte order",
        )
        for one in objects
        if one.big_endian is not objects[0].big_endian
    ]


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


@dataclass
class _Veneers:
    """The veneers of a link: a unit of their own, where each is, by output and by what is wanted, and the
    one of each relocation that needs one, by unit index and number."""

    unit: ObjectFile
    addresses: dict[tuple[str, Wanted], int] = field(default_factory=dict)
    needed: dict[tuple[int, int], Wanted] = field(default_factory=dict)


def _add_veneers(
    units: Sequence[ObjectFile], resolution: Resolution, bases: Bases, outputs: Sequence[Output]
) -> _Veneers:
    """Append to each output the veneers that branches in it need, in the order of first use."""
    made = _Veneers(ObjectFile("linker veneers"))
    sections: dict[str, Section] = {}
    for index, unit in enumerate(units):
        for number, one in enumerate(unit.relocations):
            if (index, one.section) not in bases:
                continue
            output, base = bases[index, one.section]
            address = base + one.offset
            target = _target(index, one, resolution, bases)
            want = needed(one.type, output.data, address - output.place.virtual, address, target)
            if want is None:
                continue
            made.needed[index, number] = want
            if (output.place.name, want) in made.addresses:
                continue
            name = output.place.name
            section = sections.setdefault(name, Section(f"{name}.veneers", SectionFlag.ALLOC, align=ALIGN))
            section.mapping.append((section.size, Mapping.THUMB if want.thumb else Mapping.ARM))
            start = align_up(output.size, ALIGN) + section.size
            made.addresses[name, want] = output.place.virtual + start
            size = SIZES[want.thumb]
            label = f"__{one.symbol}_from_{'thumb' if want.thumb else 'arm'}"
            made.unit.symbols.append(
                Symbol(label, section.name, section.size, size, SymbolType.FUNC, thumb=want.thumb)
            )
            section.data += code(want, made.addresses[name, want])
            section.size = len(section.data)
    for output in outputs:
        if output.place.name in sections:
            section = sections[output.place.name]
            made.unit.sections[section.name] = section
            output.add(len(units), section.name, section)
            output.fill()
    return made


def _target(index: int, one: Relocation, resolution: Resolution, bases: Bases) -> Target:
    """What a relocation of a unit refers to."""
    made = resolution.find(index, one.symbol) if one.symbol else None
    if made is None:
        return Target(0, defined=not one.symbol, function=False)
    is_function = made.symbol.type is SymbolType.FUNC
    return Target(_address(made, bases), made.symbol.thumb and is_function, function=is_function)


def _relocate(
    units: Sequence[ObjectFile], resolution: Resolution, bases: Bases, veneers: _Veneers
) -> list[Diagnostic]:
    faults = []
    for index, unit in enumerate(units):
        for number, one in enumerate(unit.relocations):
            if (index, one.section) not in bases:
                continue
            output, base = bases[index, one.section]
            address = base + one.offset
            offset = address - output.place.virtual
            target = _target(index, one, resolution, bases)
            want = veneers.needed.get((index, number))
            if want is not None:
                veneer = veneers.addresses[output.place.name, want]
                target = Target(veneer - want.extra, want.thumb)
            try:
                apply(one, output.data, offset, address, target, big_endian=unit.big_endian)
            except RelocationFault as fault:
                faults.append(replace(fault.diagnostic, location=reference_place(one, unit.name)))
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
        made
        for index, unit in enumerate(objects)
        for one in unit.symbols
        if one.binding is Binding.LOCAL
        and one.type is not SymbolType.SECTION
        and not one.name.startswith(".L")
        and _is_in_image(made := resolution.private_definition(index, one), bases)
    ]
    kept = [made for made in resolution.shared.values() if _is_in_image(made, bases)]
    shared = sorted(kept, key=lambda made: (_address(made, bases), made.symbol.name))
    hidden = [made for made in shared if _is_hidden(made)]
    seen = [made for made in shared if not _is_hidden(made)]
    return tuple(
        _image_symbol(made, bases, binding)
        for group, binding in ((private, Binding.LOCAL), (hidden, Binding.LOCAL), (seen, None))
        for made in group
    )


def _is_in_image(made: Definition, bases: Bases) -> bool:
    """Whether a shared symbol is absolute, or in a section that was not left out."""
    return made.unit is None or made.symbol.section == ABSOLUTE or (made.unit, made.symbol.section) in bases


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
