"""``hypgen link``: objects and libraries to an image, placed by a layout file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hypgen.errors import InputError, Location


def link(
    inputs: Annotated[
        list[Path], typer.Argument(help="Objects (.o) and libraries (.a), in link order.", show_default=False)
    ],
    layout: Annotated[
        Path,
        typer.Option(
            "--layout", help="Where sections go, as YAML (hypgen schema layout).", show_default=False
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The image, an ELF executable.")] = Path(
        "a.elf"
    ),
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Also write a link map: JSON if its name ends in .json, else text."),
    ] = None,
    whole_archive: Annotated[
        list[Path] | None,
        typer.Option("--whole-archive", metavar="LIBRARY", help="Take every member of this library too."),
    ] = None,
    gc_sections: Annotated[
        bool,
        typer.Option("--gc-sections", help="Leave out what nothing refers to, as the layout's collect does."),
    ] = False,
) -> None:
    """Link objects and libraries of any assembler or compiler to an ELF executable; no board is needed.

    Example: hypgen link start.o main.o libgcc.a --layout layout.yaml -o image.elf --map image.map
    """
    from hypgen.elf.lief import write_image
    from hypgen.link.inputs import read_inputs
    from hypgen.link.layout_file import read_layout
    from hypgen.link.linker import link as link_objects
    from hypgen.link.outputs.map import map_json, map_text
    from hypgen.pipeline.inputs import read_file
    from hypgen.pipeline.publishing import replace_file

    for path in (output, *((map_file,) if map_file else ())):
        if path.resolve() in {one.resolve() for one in (*inputs, *(whole_archive or ()), layout)}:
            raise InputError.at("LINK-018", "this output would overwrite an input", Location(str(path)))
    places = read_layout(layout)
    if gc_sections:
        places = replace(places, collect=True)
    whole = [one for one in whole_archive or () if one not in inputs]
    files = [(str(one), read_file(one)) for one in (*inputs, *whole)]
    objects = read_inputs(files, [places.entry_symbol], whole={str(one) for one in whole_archive or ()})
    image = link_objects(objects, places)
    replace_file(output, write_image(image))
    if map_file is not None:
        made = map_json if map_file.suffix == ".json" else map_text
        replace_file(map_file, made(image, places).encode())
