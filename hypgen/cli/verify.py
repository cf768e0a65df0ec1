"""``hypgen verify``: run an image's scenario in the strict machine and judge it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hypgen.cli.options import Board, Format, OutputFormat, Quiet, UnknownSeed


def verify(
    image: Annotated[Path, typer.Argument(help="ELF file that hypgen build wrote.")],
    board: Board,
    unknown_seed: UnknownSeed = 1,
    output_format: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    """Run the scenario that an image declares in the strict machine, and judge it.

    The exit status is 0 if the image is verified and 1 if it fails.

    Example: hypgen verify out/keystone/keystone.elf --board keystone
    """
    from hypgen.pipeline.verifying import verify as verify_image
    from hypgen.verdict.report import as_json, as_text, summary

    verdict = verify_image(image, board, unknown_seed=unknown_seed)
    if output_format is OutputFormat.JSON:
        print(json.dumps(as_json(verdict), indent=2))
    elif not quiet:
        print(as_text(verdict))
    elif not verdict.passed:
        print(summary(verdict))
    raise typer.Exit(0 if verdict.passed else 1)
