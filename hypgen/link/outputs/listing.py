"""The listing: every address with its bytes, its instruction, and the line that it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

from hypgen.arch import itstate as itstates
from hypgen.decode.table import Insn, decode_a32, decode_t32, is_32bit
from hypgen.decode.text import branch_target, text
from hypgen.elf.model import Image, ImageSection, Mapping
from hypgen.link.outputs.names import NameTable
from hypgen.units import LoadAddr, Span, VirtAddr

_BRANCHES = ("B", "BL (immediate)", "BLX (immediate)")
_TEXT_WIDTH = 48


def listing(image: Image) -> str:
    """The listing of an image: VA, load address, bytes, instruction or datum, source or template line.

    Runs of equal words are shown once. What the mapping symbols call data is shown as data, and so
    is a section without any.
    """
    names = NameTable(image)
    lines = dict(image.lines)
    out: list[str] = []
    for section in image.sections:
        virtual = Span.sized(VirtAddr(section.virtual), section.size)
        load = Span.sized(LoadAddr(section.load), section.size)
        out.append(f"{section.name}: virtual {virtual}, load {load}, {section.size:#x} bytes")
        if not section.data:
            out += _labels_of(image, section)
        last = ""
        skipped = 0
        for address, raw, shown in _units(image, section, names):
            name = names.at(address)
            place = str(lines[address]) if address in lines else ""
            same = raw.hex() + shown + place
            if same == last and name is None:
                skipped += 1
                continue
            out += _skip_note(skipped)
            skipped, last = 0, same
            if name is not None:
                out += ["", f"{name}:"] if address > section.virtual else [f"{name}:"]
            load_address = address - section.virtual + section.load
            row = f"  {address:08x}  {load_address:08x}  {_bytes(raw):8}  {shown:{_TEXT_WIDTH}}  {place}"
            out.append(row.rstrip())
        out += [*_skip_note(skipped), ""]
    return "\n".join(out)


def _skip_note(count: int) -> list[str]:
    return [f"  ... {count} more of the same"] if count else []


def _labels_of(image: Image, section: ImageSection) -> list[str]:
    """The names inside a section without contents."""
    named = [one for one in image.symbols if one.section == section.name]
    return [
        f"  {one.value:08x}  {one.value - section.virtual + section.load:08x}  {one.name}"
        for one in sorted(named, key=lambda one: (one.value, one.name))
    ]


def _units(image: Image, section: ImageSection, names: NameTable) -> Iterator[tuple[int, bytes, str]]:
    """The instructions and data of a section: address, bytes as of a little-endian number, text."""
    marks = [at for at, _ in image.mapping]
    stops = sorted({*marks, *(one.value for one in image.symbols), section.virtual + section.size})
    address, end = section.virtual, section.virtual + len(section.data)
    itstate = itstates.OUTSIDE
    while address < end:
        index = bisect_right(marks, address)
        in_section = index and marks[index - 1] >= section.virtual
        kind = image.mapping[index - 1][1] if in_section else Mapping.DATA
        stop = min(stops[bisect_right(stops, address)], end)
        offset = address - section.virtual
        size = min(_unit_size(kind, address, section.data[offset:]), stop - address)
        raw = section.data[offset : offset + size]
        if kind is Mapping.THUMB and size % 2 == 0:
            first, *rest = _halfwords(raw)
            cut_off = is_32bit(first) and not rest
            insn = None if cut_off else decode_t32(first, rest[0] if rest else None, itstate)
            shown = (
                text(insn, address) if insn else ".inst " + " ".join(f"0x{one:04x}" for one in (first, *rest))
            )
            is_it = insn is not None and "firstcond" in insn.fields
            itstate = insn["itstate"] if insn is not None and is_it else itstates.advance(itstate)
            raw = b"".join(raw[at : at + 2] for at in range(size - 2, -1, -2))  # the first halfword leads
            yield address, raw, shown
        else:
            itstate = itstates.OUTSIDE
            if kind is Mapping.DATA and image.big_endian and size == 4:
                raw = raw[::-1]
            yield address, raw, _shown(kind, raw, address, section, names, big_endian=image.big_endian)
        address += size


def _unit_size(kind: Mapping, address: int, content: bytes) -> int:
    """The bytes of an instruction; of data, up to the next word."""
    if kind is Mapping.THUMB:
        return 4 if len(content) >= 4 and _is_wide(content) else 2
    return 4 - address % 4


def _halfwords(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2))


def _is_wide(raw: bytes) -> bool:
    """Whether T32 code begins with an instruction of two halfwords."""
    return is_32bit(int.from_bytes(raw[:2], "little"))


def _bytes(raw: bytes) -> str:
    """The bytes as one little-endian number, as wide as they are."""
    return f"{int.from_bytes(raw, 'little'):0{2 * len(raw)}x}"


def _shown(
    kind: Mapping, raw: bytes, address: int, section: ImageSection, names: NameTable, *, big_endian: bool
) -> str:
    value = int.from_bytes(raw, "little")
    if kind is Mapping.ARM and len(raw) == 4:
        insn = decode_a32(value)
        if insn is None:
            return f".inst 0x{value:08x}"
        return text(insn, address) + _target(insn, address, section, names, "big" if big_endian else "little")
    if len(raw) == 4:
        named = names.near(value)
        return f".word 0x{value:08x}" + (f"  @ {named}" if named else "")
    return ".byte " + ", ".join(f"0x{one:02x}" for one in raw)


def _target(
    insn: Insn,
    address: int,
    section: ImageSection,
    names: NameTable,
    order: Literal["big", "little"],
) -> str:
    """As a comment, where a branch at ``address`` goes, or what a literal load loads."""
    if insn.name in _BRANCHES:
        named = names.near(branch_target(insn, address))
        return f"  @ {named}" if named else ""
    if insn.name == "LDR (literal)":
        literal = address + 8 + (insn["imm12"] if insn["U"] else -insn["imm12"]) - section.virtual
        if 0 <= literal <= len(section.data) - 4:
            value = int.from_bytes(section.data[literal : literal + 4], order)
            return f"  @ =0x{value:08x}" + (f" {named}" if (named := names.near(value)) else "")
    return ""
