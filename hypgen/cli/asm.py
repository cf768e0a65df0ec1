"""``hypgen asm``: sources in GNU syntax to ET_REL objects, or to raw bytes at an address."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.cli.options import Endian
from hypgen.errors import Diagnostic, HypgenError, InputError, Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hypgen.asm.source import AsmOptions, AsmSource
    from hypgen.elf.model import ObjectFile

_MOST = 1 << 32
_STANDARD_INPUT = Path("-")


def asm(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Sources, A32 and T32 in GNU as syntax; - is standard input.", show_default=False
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The object of one source; else each source's name with .o."),
    ] = None,
    include: Annotated[
        list[Path] | None, typer.Option("-I", help="Search this directory for .include and .incbin.")
    ] = None,
    define: Annotated[
        list[str] | None, typer.Option("-D", metavar="SYM=VALUE", help="Define a symbol.")
    ] = None,
    listing: Annotated[
        Path | None, typer.Option("--listing", help="Also write each line with its place and bytes.")
    ] = None,
    debug: Annotated[
        bool, typer.Option("-g", "--debug", help="Put the lines of sources into the object, as DWARF.")
    ] = False,
    endian: Annotated[
        Endian,
        typer.Option(
            "--endian",
            help="Byte order of the object; with --flat that of data, as in a BE8 image.",
        ),
    ] = Endian.LITTLE,
    flat: Annotated[
        bool, typer.Option("--flat", help="Write raw bytes with every symbol resolved, no object.")
    ] = False,
    base: Annotated[
        str | None, typer.Option("--base", metavar="ADDRESS", help="Where the bytes of --flat run; 0 if not.")
    ] = None,
    before_mmu: Annotated[
        list[str] | None,
        typer.Option("--before-mmu", metavar="SECTION", help="This section runs before the MMU is on."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="CODE", help="Do not warn of this code.")
    ] = None,
    werror: Annotated[bool, typer.Option("--werror", help="Take warnings for errors.")] = False,
) -> None:
    """Assemble sources in GNU syntax to objects that GNU ld, lld and hypgen link.

    Example: hypgen asm start.S -o start.o -D DEBUG=1
    """
    from hypgen.asm.listing import listing as listed
    from hypgen.asm.source import AsmOptions
    from hypgen.elf.dwarf import with_debug
    from hypgen.elf.lief import write_object
    from hypgen.link.outputs.binary import flat_binary
    from hypgen.pipeline.flat import flat_image
    from hypgen.pipeline.publishing import replace_file

    targets = _targets(sources, output, flat=flat)
    _check_allowed(allow or ())
    address = _address(base, flat=flat)
    _keep_inputs(sources, [*targets, *([listing] if listing else [])])
    options = AsmOptions(
        tuple(include or ()),
        dict(_definition(text) for text in define or ()),
        frozenset(allow or ()),
        frozenset(before_mmu or ()),
        big_endian=endian is Endian.BIG,
    )
    read = [_read(one) for one in sources]
    made = _assemble(read, options, werror=werror)
    if flat:
        contents = [flat_binary(flat_image(made, address))]
    else:
        contents = [write_object(with_debug(one) if debug else one) for one in made]
    files = dict(zip(targets, contents, strict=True))
    if listing is not None:
        rows = "\n".join(listed(source.text, one) for source, one in zip(read, made, strict=True))
        files[listing] = rows.encode("utf-8", "surrogateescape")
    _check_writable(files)
    for target, content in files.items():
        replace_file(target, content)


def _assemble(sources: Sequence[AsmSource], options: AsmOptions, *, werror: bool) -> list[ObjectFile]:
    """Every source's object; the errors of all sources together, with the warnings before them."""
    from hypgen.asm.assembler import assemble
    from hypgen.cli.diagnostics import report_warnings

    made: list[ObjectFile] = []
    warnings: list[Diagnostic] = []
    errors: list[Diagnostic] = []
    for source in sources:
        try:
            made.append(assemble(source, options, warnings.append))
        except HypgenError as error:
            errors += error.diagnostics
    if errors or (werror and warnings):
        raise InputError([*warnings, *errors])
    report_warnings(warnings)
    return made


def _targets(sources: Sequence[Path], output: Path | None, *, flat: bool) -> list[Path]:
    if flat and (output or sources[0] != _STANDARD_INPUT):
        return [output or Path(sources[0].name).with_suffix(".bin")]
    if output is None:
        if _STANDARD_INPUT in sources:
            raise InputError.at("ASM-048", "the object of standard input has no name", hint="give it by -o")
        targets = [Path(one.name).with_suffix(".o") for one in sources]
        doubled = next((one for one in targets if targets.count(one) > 1), None)
        if doubled is not None:
            raise InputError.at("ASM-048", f"two sources would become {doubled}", hint="assemble them apart")
        return targets
    if len(sources) > 1:
        raise InputError.at(
            "ASM-048",
            f"-o {output} is one object, and there are {len(sources)} sources",
            hint="leave out -o, or give --flat",
        )
    return [output]


def _check_writable(files: Iterable[Path]) -> None:
    """Refuse what cannot be written before the first file is, so that all are there or none."""
    for target in files:
        if target.is_dir() or not target.parent.is_dir():
            problem = "is a directory" if target.is_dir() else "its directory is not there"
            raise InputError.at("ASM-045", f"cannot write: {problem}", Location(str(target)))


def _keep_inputs(sources: Sequence[Path], outputs: Sequence[Path]) -> None:
    inputs = {one.resolve() for one in sources}
    doubled = next((one for one in outputs if outputs.count(one) > 1), None)
    if doubled is not None:
        raise InputError.at("ASM-048", f"two outputs would be {doubled}", hint="name them apart")
    for target in outputs:
        if target.resolve() in inputs:
            raise InputError.at("ASM-045", "the object would overwrite its source", Location(str(target)))


def _address(text: str | None, *, flat: bool) -> int:
    if text is None:
        return 0
    if not flat:
        raise InputError.at("ASM-048", "--base is of use with --flat only", hint="objects have no address")
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < _MOST:
        raise InputError.at("ASM-048", f"--base {text}: must be an address of 32 bits", hint="like 0x8000")
    return value


def _read(path: Path) -> AsmSource:
    from hypgen.asm.source import AsmSource, StatementError, diagnose, text_of
    from hypgen.asm.source import Origin as Place

    name = "<stdin>" if path == _STANDARD_INPUT else str(path)
    try:
        data = sys.stdin.buffer.read() if path == _STANDARD_INPUT else path.read_bytes()
        return AsmSource(name, text_of(data))
    except OSError as error:
        raise InputError.at("ASM-045", f"cannot read: {error.strerror}", Location(name)) from error
    except StatementError as error:
        raise InputError(diagnose(Place(Location(name)), error.code, error.sentence, error.hint)) from None


def _check_allowed(codes: Sequence[str]) -> None:
    from hypgen.asm.codes import CODES, WARNINGS

    for code in codes:
        if code not in CODES or not code.startswith(WARNINGS):
            raise InputError.at(
                "ASM-048",
                f"--allow {code}: no such warning",
                hint="warnings are " + ", ".join(one for one in CODES if one.startswith(WARNINGS)),
            )


def _definition(text: str) -> tuple[str, int]:
    """``NAME`` (as 1) or ``NAME=number`` of -D."""
    name, _, value = text.partition("=")
    if not re.fullmatch(r"[A-Za-z_.$][\w.$]*", name):
        raise InputError.at("ASM-044", f"-D {text}: `{name}` is not a symbol")
    try:
        return name, int(value or "1", 0)
    except ValueError:
        raise InputError.at("ASM-044", f"-D {text}: `{value}` is not a number") from None
