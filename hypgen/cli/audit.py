"""``hypgen audit``: what any image relies on that the architecture does not promise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hypgen.cli.exploring import OUTCOMES, Explore, Outcomes, bound, progress
from hypgen.cli.options import (
    Board,
    FindingsFormat,
    FindingsOption,
    Profile,
    Quiet,
    ScheduleSeed,
    UnknownSeed,
    Werror,
)
from hypgen.cli.run import EntryMode


def audit(
    image: Annotated[Path, typer.Argument(help="An ELF executable, made by any tools.")],
    board: Board,
    entry: Annotated[
        str | None, typer.Option(metavar="SYMBOL|ADDR", help="Begin there, and not at e_entry.")
    ] = None,
    mode: Annotated[
        EntryMode | None, typer.Option(help="Enter the image in this mode, and not in the board's.")
    ] = None,
    until: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL|ADDR", help="The run ends well there (repeatable).")
    ] = None,
    contract: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What the entry state promises: caches, TLB, MMU, registers, memory."
        ),
    ] = None,
    profile: Profile = "default",
    werror: Werror = False,
    explore: Explore = False,
    outcomes: Outcomes = OUTCOMES,
    output_format: FindingsOption = FindingsFormat.TEXT,
    limit: Annotated[int, typer.Option(help="Stop after so many instructions.", min=1)] = 2_000_000,
    unknown_seed: UnknownSeed = 1,
    schedule_seed: ScheduleSeed = 1,
    quiet: Quiet = False,
) -> None:
    """Run an image, anybody's, on the strict machine and report what it relies on by luck.

    With --explore every legal outcome is played, too: findings are confirmed by an outcome that ends
    otherwise, or not.

    The exit status is 0 if there is no error (with --werror: no finding) and the run came to --until where
    that is given, or to no bad end (a lock-up, or rest at the vector of an exception), else 1.

    Example: hypgen audit vmlinux --board keystone --entry hyp_stub --until kernel_start --format sarif
    """
    from hypgen.board.load import load_board
    from hypgen.cli.diagnostics import report_warnings
    from hypgen.pipeline.inputs import read_file
    from hypgen.verdict.audit import as_json, as_text, summary
    from hypgen.verdict.audit import audit as audit_image
    from hypgen.verdict.contract import EntryContract, load_contract
    from hypgen.verdict.profile import load_profile
    from hypgen.verdict.sarif import as_sarif

    counting = load_profile(profile)
    terms = load_contract(contract) if contract else EntryContract()
    terms = replace(
        terms,
        entry=entry or terms.entry,
        mode=mode.value if mode else terms.mode,
        until=until or terms.until,
        places={
            path: place
            for path, place in terms.places.items()
            if not (entry and path[0] == "entry") and not (until and path[0] == "until")
        },
    )
    with progress(explore and not quiet) as told:
        made = audit_image(
            load_board(board),
            read_file(image),
            str(image),
            terms,
            counting,
            unknown_seed,
            limit,
            bound(explore, outcomes),
            told,
            schedule_seed,
        )
    report_warnings((*made.unreached, *counting.idle(made.judged.suppressed)))
    if output_format is FindingsFormat.JSON:
        print(json.dumps(as_json(made), indent=2))
    elif output_format is FindingsFormat.SARIF:
        explorations = [] if made.exploration is None else [made.exploration]
        sarif = as_sarif(str(image), made.findings, made.judged.suppressed, explorations)
        print(json.dumps(sarif, indent=2))
    elif not quiet:
        print(as_text(made, werror))
    elif made.failed(werror):
        print(summary(made, werror))
    raise typer.Exit(1 if made.failed(werror) else 0)
