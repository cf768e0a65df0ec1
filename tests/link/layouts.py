"""A layout for tests: VA, load address and PA of every section are three different numbers."""

from __future__ import annotations

from hypgen.elf.model import Binding, ObjectFile, Relocation, Section, Symbol, SymbolType
from hypgen.errors import Location
from hypgen.link.layout import Layout, Permission, SectionPlacement
from hypgen.units import LoadAddr, PhysAddr, VirtAddr


def place(name: str, offset: int, permission: Permission = "rx", budget: int = 0x1000) -> SectionPlacement:
    return SectionPlacement(
        name,
        VirtAddr(0xC000_8000 + offset),
        LoadAddr(0x8000_8000 + offset),
        budget,
        permission,
        PhysAddr(0x8_0000_8000 + offset),
    )


PLACES = (
    place(".text", 0),
    place(".vectors", 0x1000),
    place(".rodata", 0x2000, "r"),
    place(".data", 0x3000, "rw"),
    place(".bss", 0x4000, "rw"),
)


def layout(*places: SectionPlacement, **more: object) -> Layout:
    return Layout(places or PLACES, "_start", **more)  # type: ignore[arg-type]  # fields by name


def gnu_script(layout: Layout) -> str:
    """The GNU ld script that says what the layout says."""
    lines = [
        f"  {one.name} {one.virtual} : AT({one.load}) {{ *({one.name} {one.name}.*) }}"
        for one in sorted(layout.sections, key=lambda one: one.virtual)
    ]
    return "\n".join(["ENTRY(_start)", "SECTIONS {", *lines, "  /DISCARD/ : { *(.ARM.attributes) }", "}"])


def unit(
    name: str,
    *sections: Section,
    symbols: tuple[Symbol, ...] = (),
    relocations: tuple[Relocation, ...] = (),
) -> ObjectFile:
    return ObjectFile(name, {one.name: one for one in sections}, list(symbols), list(relocations))


def function(name: str, section: str = ".text", value: int = 0, line: int = 1, **more: object) -> Symbol:
    """A global function, defined at a line of boot.S."""
    place = Location("boot.S", line)
    return Symbol(name, section, value, 4, SymbolType.FUNC, Binding.GLOBAL, location=place, **more)  # type: ignore[arg-type]  # fields by name


def wanted(name: str, binding: Binding = Binding.GLOBAL) -> Symbol:
    """An undefined symbol."""
    return Symbol(name, None, binding=binding)
