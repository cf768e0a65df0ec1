"""``hypgen verify``: run an image's scenario in the strict machine and judge it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.cli.exploring import OUTCOMES, Explore, Outcomes, bound, progress
from hypgen.cli.options import (
    FindingsFormat,
    FindingsOption,
    OutputFormat,
    Profile,
    Quiet,
    ScheduleSeed,
    UnknownSeed,
    Werror,
)

if TYPE_CHECKING:
    from hypgen.verdict.verdict import Verdict


def verify(
    image: Annotated[
        Path | None,
        typer.Argument(help="ELF file that hypgen build wrote; without one, --scenario says what to make."),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option(
            help="Name of a board (see hypgen boards), or path of a board file.", metavar="NAME|FILE"
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="Scenario that the image must declare, or whose image is made and judged; all of them.",
            metavar="NAME|all",
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the scenarios; with --board, which of them it can run.")
    ] = False,
    templates: Annotated[
        Path | None, typer.Option(help="Directory of your own templates, searched before hypgen's.")
    ] = None,
    unknown_seed: UnknownSeed = 1,
    schedule_seed: ScheduleSeed = 1,
    profile: Profile = "default",
    werror: Werror = False,
    explore: Explore = False,
    outcomes: Outcomes = OUTCOMES,
    console: Annotated[
        bool, typer.Option("--console", help="Print what the image printed in its first run, too.")
    ] = False,
    output_format: FindingsOption = FindingsFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    """Run the scenario that an image declares in the strict machine, and judge it.

    Without an image, the scenario's image is made for the board and judged; nothing is written.
    With --explore every legal outcome of the first run is played, too: findings are confirmed by an outcome
    that ends otherwise, or not. The exit status is 0 if all is verified and 1 if something fails.

    Example: hypgen verify out/keystone/keystone.elf --board keystone
    """
    if list_:
        _list(board, templates, OutputFormat(output_format.value.replace("sarif", "json")))
        return
    if board is None:
        raise typer.BadParameter("give the board that the image is for", param_hint="--board")
    if image is None and scenario is None:
        raise typer.BadParameter("give an image, or a scenario with --scenario", param_hint="IMAGE")
    from hypgen.cli.diagnostics import report_warnings
    from hypgen.errors import InputError, Location
    from hypgen.pipeline.verifying import verify as verify_image
    from hypgen.pipeline.verifying import verify_scenarios
    from hypgen.verdict.profile import load_profile
    from hypgen.verdict.report import as_json, as_text, summary, totals
    from hypgen.verdict.sarif import as_sarif
    from hypgen.verdict.verdict import under_profile

    counting = load_profile(profile)

    if image is not None:
        with progress(explore and not quiet) as told:
            verdicts = [
                verify_image(
                    image,
                    board,
                    unknown_seed=unknown_seed,
                    schedule_seed=schedule_seed,
                    templates=templates,
                    pedantic=counting.pedantic,
                    explore=bound(explore, outcomes),
                    progress=told,
                )
            ]
        verdicts = [under_profile(one, counting, werror) for one in verdicts]
        declared = verdicts[0].scenario
        if scenario not in (None, "all", declared):
            sentence = f"this image declares the scenario {declared!r}, not {scenario!r}"
            raise InputError.at("VERDICT-003", sentence, Location(str(image)))
    else:
        assert scenario is not None
        verdicts = []
        with progress(explore and not quiet) as told:
            for one in verify_scenarios(
                board,
                scenario,
                unknown_seed=unknown_seed,
                schedule_seed=schedule_seed,
                templates=templates,
                pedantic=counting.pedantic,
                explore=bound(explore, outcomes),
                progress=told,
            ):
                one = under_profile(one, counting, werror)
                verdicts.append(one)
                if output_format is FindingsFormat.TEXT and scenario == "all" and not quiet:
                    _show(one, console)
                    print(summary(one) if one.passed else as_text(one), flush=True)
    report_warnings(counting.idle(pair for one in verdicts for pair in one.suppressed))
    passed = all(one.passed for one in verdicts)
    if output_format is FindingsFormat.SARIF:
        findings = [finding for one in verdicts for finding in one.findings]
        aside = [pair for one in verdicts for pair in one.suppressed]
        explorations = [one.exploration for one in verdicts if one.exploration is not None]
        name = str(image or f"{Path(board).stem}.elf")
        print(json.dumps(as_sarif(name, findings, aside, explorations), indent=2))
    elif output_format is FindingsFormat.JSON:
        reports = [as_json(one) for one in verdicts]
        print(json.dumps(totals(verdicts) if scenario == "all" else reports[0], indent=2))
    elif quiet:
        for one in verdicts:
            if not one.passed:
                print(summary(one))
    elif scenario != "all" or image is not None:
        _show(verdicts[0], console)
        print(as_text(verdicts[0]))
    raise typer.Exit(0 if passed else 1)


def _show(verdict: Verdict, console: bool) -> None:
    """Print the console of the first run, if that is wanted and there was one."""
    if console and verdict.runs:
        print(verdict.runs[0].console)


def _list(board: str | None, templates: Path | None, output_format: OutputFormat) -> None:
    """Print each scenario's name and title, and why the board cannot run it where that is so."""
    from hypgen.board.load import load_board
    from hypgen.plan.scenarios import load_scenario, scenario_names

    target = load_board(board) if board is not None else None
    rows = [load_scenario(name, templates) for name in scenario_names(templates)]
    refused = {one.name: one.missing(target) if target is not None else "" for one in rows}
    if output_format is OutputFormat.JSON:
        listed = [{"name": one.name, "title": one.title, "not_run": refused[one.name]} for one in rows]
        print(json.dumps({"format": "hypgen-scenarios-1", "scenarios": listed}, indent=2))
        return
    width = max(len(one.name) for one in rows)
    for one in rows:
        why = refused[one.name]
        print(f"{one.name:<{width}}  {one.title}" + (f"\n{'':{width}}  NOT RUN: {why}" if why else ""))
