"""``hypgen symbolize``: what the addresses in a console text are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hypgen.errors import InputError, Location


def symbolize(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The ELF executable that printed it.")],
    text: Annotated[
        Path, typer.Argument(metavar="TEXT", help="What it printed; - reads standard input.")
    ] = Path("-"),
) -> None:
    """Print a console text with the symbol and the source line of each address in it.

    An address is a number of eight hexadecimal digits after 0x, as images print it, that is a virtual or a
    load address of the image: a register of Hyp mode's last words, say. All else stays as it is.

    Example: hypgen symbolize out/keystone/keystone.elf console.txt
    """
    from hypgen.elf.lines import source_lines
    from hypgen.machine.loader import read_image
    from hypgen.machine.symbolizing import symbolized

    data = _read(image)
    loaded = read_image(data, str(image), source_lines(data))
    said = sys.stdin.buffer.read() if str(text) == "-" else _read(text)
    for line in symbolized(said.decode("utf-8", "replace").splitlines(), loaded):
        typer.echo(line)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.at("RUN-008", f"cannot read: {error.strerror}", Location(str(path))) from error
