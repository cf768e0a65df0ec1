"""Objects and images made by hand, for tests of what reads and writes them."""

from __future__ import annotations

from hypgen.elf.model import (
    ABSOLUTE,
    Binding,
    Image,
    ImageSection,
    ImageSymbol,
    Mapping,
    ObjectFile,
    Relocation,
    Section,
    SectionFlag,
    SectionType,
    Segment,
    Symbol,
    SymbolType,
    Visibility,
)
from hypgen.errors import Location

CODE = SectionFlag.ALLOC | SectionFlag.EXEC
DATA = SectionFlag.ALLOC | SectionFlag.WRITE
CONSTANT = SectionFlag.ALLOC


def section(
    name: str, data: bytes | int, flags: SectionFlag = CODE, align: int = 4, **more: object
) -> Section:
    """A section of these bytes, or, for a number, a NOBITS one of that size."""
    if isinstance(data, int):
        return Section(name, flags, SectionType.NOBITS, size=data, align=align)
    return Section(name, flags, data=bytearray(data), size=len(data), align=align, **more)  # type: ignore[arg-type]  # fields by name


def words(*values: int) -> bytes:
    return b"".join((value & 0xFFFF_FFFF).to_bytes(4, "little") for value in values)


def sample_object() -> ObjectFile:
    """One of everything: code and data in one section, NOBITS, all bindings, two relocations at one place."""
    text = section(".text", words(0xEBFF_FFFE, 0xE12F_FF1E, 4), mapping=[(0, Mapping.ARM), (8, Mapping.DATA)])
    return ObjectFile(
        "sample.o",
        {
            ".text": text,
            ".rodata": section(".rodata", b"hello\0", CONSTANT, align=1),
            ".bss": section(".bss", 64, DATA, align=8),
        },
        [
            Symbol("local", ".text", 4),
            Symbol("fixed", ABSOLUTE, 0x1234),
            Symbol("_start", ".text", 0, 8, SymbolType.FUNC, Binding.GLOBAL),
            Symbol("buffer", ".bss", 8, 56, SymbolType.OBJECT, Binding.WEAK),
            Symbol("internal", ".rodata", 1, binding=Binding.GLOBAL, visibility=Visibility.HIDDEN),
            Symbol("elsewhere", None, binding=Binding.GLOBAL),
            Symbol("perhaps", None, binding=Binding.WEAK),
        ],
        [
            Relocation(".text", 0, 28, "elsewhere"),
            Relocation(".text", 4, 40, ""),
            Relocation(".text", 8, 2, ".bss"),
            Relocation(".text", 8, 0, "perhaps"),
        ],
    )


def sample_image() -> Image:
    """Three segments at virtual addresses that are not their load addresses; .bss at the very end."""
    text = words(0xE320_F000, 0xEAFF_FFFD, 0xC000_A000)

    def placed(name: str, offset: int, data: bytes, size: int, flags: SectionFlag) -> ImageSection:
        kind = SectionType.PROGBITS if data else SectionType.NOBITS
        return ImageSection(name, kind, flags, 0xC000_8000 + offset, 0x8000_8000 + offset, size, data, 4)

    return Image(
        0xC000_8000,
        (
            placed(".text", 0, text, len(text), CODE),
            placed(".vectors", 0x1000, words(0xEAFF_FFFE), 4, CODE),
            placed(".rodata", 0x2000, b"constant", 8, CONSTANT),
            placed(".data", 0x3000, b"variable", 8, DATA),
            placed(".bss", 0x4000, b"", 256, DATA),
        ),
        (Segment((".text", ".vectors"), 5), Segment((".rodata",), 4), Segment((".data", ".bss"), 6)),
        (
            ImageSymbol("loop", 0xC000_8004, 0, SymbolType.NOTYPE, Binding.LOCAL, ".text"),
            ImageSymbol("_start", 0xC000_8000, 8, SymbolType.FUNC, Binding.GLOBAL, ".text"),
            ImageSymbol("vectors", 0xC000_9000, 4, SymbolType.FUNC, Binding.GLOBAL, ".vectors"),
            ImageSymbol("stack", 0xC000_C000, 256, SymbolType.OBJECT, Binding.GLOBAL, ".bss"),
            ImageSymbol("frequency", 24_000_000, 0, SymbolType.NOTYPE, Binding.GLOBAL, None),
        ),
        (
            (0xC000_8000, Mapping.ARM),
            (0xC000_8008, Mapping.DATA),
            (0xC000_9000, Mapping.ARM),
        ),
        ((0xC000_8000, Location("boot.S", 3)),),
    )
