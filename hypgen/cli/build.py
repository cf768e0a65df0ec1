"""``hypgen build``: render, assemble, link and verify a board's image."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hypgen.cli.options import (
    AddressTranslation,
    Board,
    Caches,
    Endian,
    FindingsFormat,
    FindingsOption,
    Isa,
    Profile,
    Quiet,
    ScheduleSeed,
    UnknownSeed,
    Verbose,
    Werror,
)


def build(
    board: Board,
    out: Annotated[Path, typer.Option(help="Directory that gets a directory for each board.")] = Path("out"),
    templates: Annotated[
        Path | None, typer.Option(help="Directory of your own templates, searched before hypgen's.")
    ] = None,
    address_translation: Annotated[
        AddressTranslation,
        typer.Option(
            help="How the host part converts code addresses that Hyp mode uses with its MMU off: "
            "virt_to_idmap, or virt_to_phys, the truncating cast of 2012, to see what it does.",
        ),
    ] = AddressTranslation.VIRT_TO_IDMAP,
    directory: Annotated[
        Path | None, typer.Option(help="Directory for the outputs themselves, instead of OUT/BOARD.")
    ] = None,
    depfile: Annotated[
        Path | None, typer.Option(help="Also write a rule for make or ninja: what the ELF file depends on.")
    ] = None,
    scenario: Annotated[
        str,
        typer.Option(
            help="What the image plays (see hypgen verify --list); not the default one goes to "
            "OUT/BOARD/scenarios/NAME/.",
            metavar="NAME",
        ),
    ] = "lifecycle",
    linked: Annotated[
        list[Path] | None,
        typer.Option("--link", metavar="FILE", help="Link this object or library into the image too."),
    ] = None,
    init_style: Annotated[
        str | None,
        typer.Option(
            help="How Hyp mode turns its MMU on: idmap, trampoline, fault, or a directory of your own; "
            "without it idmap, or trampoline where that cannot be.",
            metavar="NAME|DIR",
        ),
    ] = None,
    isa: Annotated[
        Isa | None, typer.Option(help="Instruction set of the image, and of Hyp mode's exceptions.")
    ] = None,
    endian: Annotated[
        Endian | None, typer.Option(help="Byte order of data and translation tables; big gives a BE8 image.")
    ] = None,
    caches: Annotated[
        Caches | None, typer.Option(help="HSCTLR.C and I with the Hyp MMU on; inherit: as PL1 has them.")
    ] = None,
    wxn: Annotated[
        bool | None,
        typer.Option("--wxn/--no-wxn", help="HSCTLR.WXN: never execute what may be written."),
    ] = None,
    unknown_seed: UnknownSeed = 1,
    schedule_seed: ScheduleSeed = 1,
    profile: Profile = "default",
    werror: Werror = False,
    output_format: FindingsOption = FindingsFormat.TEXT,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Render, assemble, link and verify a board's image; the outputs go to OUT/BOARD/.

    An image that fails verification goes to OUT/BOARD.rejected/ and the exit status is 1.

    Example: hypgen build --board keystone
    """
    from hypgen.cli.diagnostics import report_warnings
    from hypgen.pipeline.building import build as build_image
    from hypgen.plan.options import PlanOptions
    from hypgen.verdict.profile import load_profile
    from hypgen.verdict.report import as_json, as_text, summary
    from hypgen.verdict.sarif import as_sarif

    counting = load_profile(profile)

    def progress(name: str) -> None:
        if verbose and not quiet:
            print(f"hypgen: {name}", file=sys.stderr)

    try:
        result = build_image(
            board,
            out=out,
            templates=templates,
            options=PlanOptions(
                address_translation.value,
                scenario,
                init_style=init_style,
                isa=isa.value if isa else None,
                endian=endian.value if endian else None,
                caches=caches.value if caches else None,
                wxn=wxn,
            ),
            unknown_seed=unknown_seed,
            schedule_seed=schedule_seed,
            profile=counting,
            werror=werror,
            directory=directory,
            depfile=depfile,
            linked=linked or (),
            progress=progress,
        )
    except Exception as error:
        name = Path(board).stem
        last = directory or out / name
        if os.path.isfile(last / f"{name}.elf"):  # false, not an error, where a name is too long
            error.add_note(f"nothing was written: {last}{os.sep} is as the last good build left it")
        raise
    report_warnings([*result.compiled.warnings, *counting.idle(result.verdict.suppressed)])
    if output_format is FindingsFormat.SARIF:
        made = result.verdict
        print(json.dumps(as_sarif(f"{made.board}.elf", made.findings, made.suppressed), indent=2))
    elif output_format is FindingsFormat.JSON:
        print(json.dumps(as_json(result.verdict), indent=2))
    elif quiet:
        if not result.passed:
            print(summary(result.verdict))
    else:
        print(as_text(result.verdict))
        print(f"wrote {result.directory}{os.sep}{result.verdict.board}.elf and what belongs to it")
    raise typer.Exit(0 if result.passed else 1)
