"""``hypgen asm``: a source in GNU syntax to an ET_REL object."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.errors import InputError, Location

if TYPE_CHECKING:
    from hypgen.asm.source import AsmSource


def asm(
    source: Annotated[Path, typer.Argument(help="The source, A32 in GNU as syntax.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The object; without it, the source's name with .o.")
    ] = None,
    include: Annotated[
        list[Path] | None, typer.Option("-I", help="Search this directory for .include and .incbin.")
    ] = None,
    define: Annotated[
        list[str] | None,
        typer.Option("-D", metavar="SYM=VALUE", help="Define a symbol."),
    ] = None,
) -> None:
    """Assemble a source in GNU syntax to an object that GNU ld, lld and hypgen link.

    Example: hypgen asm start.S -o start.o -D DEBUG=1
    """
    from hypgen.asm.assembler import assemble
    from hypgen.asm.source import AsmOptions
    from hypgen.elf.lief import write_object
    from hypgen.pipeline.publishing import replace_file

    target = output or Path(source.name).with_suffix(".o")
    if target.resolve() == source.resolve():
        raise InputError.at("ASM-045", "the object would overwrite its source", Location(str(source)))
    options = AsmOptions(tuple(include or ()), dict(_definition(text) for text in define or ()))
    made = assemble(_read(source), options)
    replace_file(target, write_object(made))


def _read(path: Path) -> AsmSource:
    from hypgen.asm.source import AsmSource

    try:
        return AsmSource(str(path), path.read_bytes().decode("utf-8", "surrogateescape"))
    except OSError as error:
        raise InputError.at("ASM-045", f"cannot read: {error.strerror}", Location(str(path))) from error


def _definition(text: str) -> tuple[str, int]:
    """``NAME`` (as 1) or ``NAME=number`` of -D."""
    name, _, value = text.partition("=")
    if not re.fullmatch(r"[A-Za-z_.$][\w.$]*", name):
        raise InputError.at("ASM-044", f"-D {text}: `{name}` is not a symbol")
    try:
        return name, int(value or "1", 0)
    except ValueError:
        raise InputError.at("ASM-044", f"-D {text}: `{value}` is not a number") from None
