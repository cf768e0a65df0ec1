"""Loading: an ELF executable's bytes, placed where a CPU with its MMU off finds them.

The loader knows nothing of how the image was made. Segments go to p_paddr, the load address; the
gap between p_filesz and p_memsz is zeroed, as the gABI has it. The image then answers questions
in the addresses of either world: a load address and the virtual address of the same byte have the
same symbol and the same source line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from hypgen.elf import abi
from hypgen.elf.byte_order import EF_ARM_BE8, little_endian
from hypgen.elf.file import ElfFile
from hypgen.elf.structure import read_structure
from hypgen.emulator.memory import PhysicalMemory
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.units import MIB, LoadAddr, Span, VirtAddr

PF_X = 1
STT_FUNC = 2
STB_LOCAL = 0
_PLACELESS = frozenset({3, 4})
"""STT_SECTION and STT_FILE: kinds of symbols that name no place in memory."""
LARGEST_IMAGE = 256 * MIB
"""What the segments of an image may sum up to in memory; more is taken for a damaged file."""


_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""


class LoadedSymbol(NamedTuple):
    """A symbol's virtual address (without the Thumb bit), its size in bytes, and whether it is Thumb code."""

    address: int
    size: int
    thumb: bool = False


@dataclass(frozen=True)
class LoadedSegment:
    """One PT_LOAD: ``data`` is what the file has of it, ``size`` its bytes in memory."""

    virtual: VirtAddr
    load: LoadAddr
    data: bytes
    size: int
    executable: bool

    @cached_property
    def virtual_span(self) -> Span[VirtAddr]:
        """The addresses it is linked at."""
        return Span.sized(self.virtual, self.size)

    @cached_property
    def load_span(self) -> Span[LoadAddr]:
        """The addresses it is loaded at."""
        return Span.sized(self.load, self.size)


@dataclass(frozen=True)
class LoadedImage:
    """An executable in memory: where it begins, and what is where.

    ``entry`` is the address to begin at with the MMU off (bit 0 set: in Thumb state); ``symbols``
    has the virtual address and the size of each by name.
    """

    name: str
    entry: int
    segments: tuple[LoadedSegment, ...]
    symbols: Mapping[str, LoadedSymbol]
    big_endian: bool = False
    """Whether it is a BE8 executable: data are big-endian, instructions are not."""
    lines: Sequence[tuple[int, Location | None]] = field(default=(), repr=False)

    def to_virtual(self, address: int) -> int:
        """The virtual address of a byte given by virtual or load address; unchanged if in no segment.

        An address that can be either is taken for a virtual one.
        """
        for segment in self.segments:
            if 0 <= address - segment.virtual < segment.size:
                return address
        linked = self.linked_at(address)
        return address if linked is None else linked

    def link_addresses(self, address: int) -> tuple[int, ...]:
        """Virtual addresses of what ``address`` may mean: the byte linked there, and the one loaded there.

        Without knowing through which translation it was used both are possible, where virtual and load
        addresses overlap; :meth:`hypgen.machine.machine.Machine.link_address` knows.
        """
        linked = (address,) if any(0 <= address - one.virtual < one.size for one in self.segments) else ()
        loaded = self.linked_at(address)
        return linked if loaded is None or loaded in linked else (*linked, loaded)

    @cached_property
    def overlaps_itself(self) -> bool:
        """Whether some virtual address is also the load address of another byte."""
        common = (
            max(int(one.virtual), int(other.load))
            for one in self.segments
            for other in self.segments
            if int(one.virtual) < other.load_span.end and int(other.load) < one.virtual_span.end
        )
        return any(self.linked_at(address) != address for address in common)

    def linked_at(self, load: int) -> int | None:
        """The virtual address of the byte at a load address; None if that is in no segment."""
        for segment in self.segments:
            offset = load - segment.load
            if 0 <= offset < segment.size:
                return segment.virtual + offset
        return None

    def to_load(self, address: int) -> int:
        """The load address of a byte given by virtual or load address; unchanged if in no segment."""
        for segment in self.segments:
            if address in segment.virtual_span:
                return segment.load + (address - segment.virtual)
        return address

    def loaded_at(self, address: int) -> bool:
        """Whether the image has a byte at a load address."""
        return any(0 <= address - segment.load < segment.size for segment in self.segments)

    def symbol_at(self, address: int) -> tuple[str, int] | None:
        """The symbol that ``address``, virtual or load, belongs to and the offset in it, or None.

        A symbol without a size reaches to the next one, within its segment.
        """
        virtual = self.to_virtual(address)
        addresses, names = self._symbol_order
        index = bisect_right(addresses, virtual) - 1
        if index < 0:
            return None
        name = names[index]
        symbol = self.symbols[name]
        offset = virtual - symbol.address
        if symbol.size:
            return (name, offset) if offset < symbol.size else None
        together = any(virtual in s.virtual_span and symbol.address in s.virtual_span for s in self.segments)
        return (name, offset) if together else None

    def symbolize(self, address: int) -> str:
        """``address``, virtual or load, as ``symbol+0x4``; in plain hexadecimal if no symbol has it."""
        said = self._symbolized.get(address)
        if said is None:
            found = self.symbol_at(address)
            if found is None:
                said = f"0x{address:08x}"
            else:
                name, offset = found
                said = f"{name}+{offset:#x}" if offset else name
            self._symbolized[address] = said
        return said

    @cached_property
    def _symbolized(self) -> dict[int, str]:
        """What :meth:`symbolize` gave for an address, which it gives for ever: an image does not change."""
        return {}

    def line(self, address: int) -> Location | None:
        """The source line of the instruction at ``address``, virtual or load, or None when unknown."""
        virtual = self.to_virtual(address)
        index = bisect_right(self._line_addresses, virtual) - 1
        if index < 0 or self.symbol_at(virtual) is None:
            return None
        return self.lines[index][1]

    @cached_property
    def _symbol_order(self) -> tuple[list[int], list[str]]:
        # Of symbols at one address the last here speaks for it: one with a size, the first by name.
        by_name = sorted(self.symbols.items(), reverse=True)
        order = sorted(by_name, key=lambda item: (item[1].address, item[1].size != 0))
        return [symbol.address for _, symbol in order], [name for name, _ in order]

    @cached_property
    def _line_addresses(self) -> list[int]:
        return [address for address, _ in self.lines]


def read_image(
    data: bytes, name: str = "image", lines: Sequence[tuple[int, Location | None]] = ()
) -> LoadedImage:
    """Read an ET_EXEC ELF file for Arm. ``lines`` gives source lines by virtual address, ascending; None ends
    what is known.

    Raises InputError: ELF-001 or ELF-002 for a file that is none or is damaged, RUN-003 for one that
    cannot be loaded.
    """
    file = read_structure(little_endian(data), name)
    big_endian = data[5] == 2
    if big_endian and not file.flags & EF_ARM_BE8:
        raise _refuse(name, "this ELF file is big-endian of the old kind (BE32), which ARMv7 cannot execute")
    if file.type != abi.ET_EXEC:
        kind = {1: "a relocatable object", 3: "position independent", 4: "a core dump"}.get(file.type)
        raise _refuse(name, f"this ELF file is {kind or f'of type {file.type}'}, not an executable")
    segments = tuple(
        LoadedSegment(
            VirtAddr(one.virtual),
            LoadAddr(one.physical),
            data[one.offset : one.offset + one.file_size],
            one.memory_size,
            bool(one.flags & PF_X),
        )
        for one in file.segments
        if one.type == abi.PT_LOAD and one.memory_size
    )
    _check(name, segments)
    entry = _entry(file.entry, segments)
    return LoadedImage(name, entry, segments, _symbols(file), big_endian, tuple(lines))


def place(image: LoadedImage, memory: PhysicalMemory, what: Callable[[int], str] | None = None) -> None:
    """Copy the segments to their load addresses.

    ``what`` says in words what is at an address. Raises InputError RUN-004 if a segment does not lie in
    memory, and then has changed nothing.
    """
    wrong = [found for segment in image.segments if (found := _misplaced(image, segment, memory, what))]
    if wrong:
        raise InputError(wrong)
    for segment in image.segments:
        memory.write(segment.load, segment.data)
        memory.write(segment.load + len(segment.data), bytes(segment.size - len(segment.data)))


def _misplaced(
    image: LoadedImage, segment: LoadedSegment, memory: PhysicalMemory, what: Callable[[int], str] | None
) -> Diagnostic | None:
    address = int(segment.load)
    while address < segment.load_span.end:
        window = memory.window(address)
        if window is None:
            return Diagnostic(
                "RUN-004",
                f"the segment at load address {segment.load_span} does not lie in memory: "
                f"at {LoadAddr(address)} there is {(what or memory.what)(address)}",
                Location(image.name),
                "link the image for this board, or choose the board it is for",
            )
        address = window.span.end
    return None


def _refuse(name: str, sentence: str) -> InputError:
    return InputError(
        Diagnostic("RUN-003", sentence, Location(name), "link it as an executable for this board")
    )


def _check(name: str, segments: Sequence[LoadedSegment]) -> None:
    if not segments:
        raise _refuse(name, "this ELF file has nothing to load: no PT_LOAD segment with a size")
    total = sum(segment.size for segment in segments)
    if total > LARGEST_IMAGE:
        raise _refuse(
            name, f"the segments need {total // MIB} MiB, more than the {LARGEST_IMAGE // MIB} MiB allowed"
        )
    ordered = sorted(segments, key=lambda segment: segment.load)
    for one, other in pairwise(ordered):
        if one.load_span.overlaps(other.load_span):
            raise _refuse(
                name, f"two segments overlap at their load addresses: {one.load_span} and {other.load_span}"
            )


def _entry(entry: int, segments: Sequence[LoadedSegment]) -> int:
    """e_entry, which may be virtual: then the load address of the same byte, as QEMU has it.

    An e_entry that already is a load address of executable bytes stays.
    """
    code = [segment for segment in segments if segment.executable]
    if any(entry in segment.load_span for segment in code):
        return entry
    for segment in code:
        if entry in segment.virtual_span:
            return segment.load + (entry - segment.virtual)
    return entry


def _symbols(file: ElfFile) -> dict[str, LoadedSymbol]:
    """Symbols by name; of several with one name a global one wins, then the first."""
    found: dict[str, LoadedSymbol] = {}
    others: dict[str, LoadedSymbol] = {}
    for name, value, size, info, _, section in file.symbols:
        kind = info & 0xF
        in_section = 0 < section < abi.SHN_LORESERVE
        if name and in_section and kind not in _PLACELESS and name[0] != "$":  # a mapping symbol
            thumb = kind == STT_FUNC and bool(value & 1)
            where = others if info >> 4 == STB_LOCAL else found
            if name not in where:
                where[name] = _record(LoadedSymbol, (value & ~1 if thumb else value, size, thumb))
    for name, one in others.items():
        found.setdefault(name, one)
    return found
