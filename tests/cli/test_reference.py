"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import os
from pathlib import Path

from typer.testing import CliRunner

from hypgen.cli import COMMANDS, app

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"

HEAD = """# Command line

This page is what `hypgen COMMAND --help` prints; `make golden` renews it.

Exit statuses:

| status | meaning |
|---|---|
| 0 | done, and verified where the command verifies |
| 1 | the image failed verification; it is in `out/<board>.rejected/` |
| 2 | the input is wrong: file:line:column, what was expected, a suggestion; nothing was written |
| 3 | an internal error: a defect of hypgen, with what to report |
| 130 | interrupted; nothing is half-written |
| 141 | whoever read standard output has gone, as `head` does |

What goes wrong is printed on standard error, one line for each thing; reports go to standard output.
"""


def help_of(*command: str) -> str:
    result = CliRunner().invoke(app, [*command, "--help"], prog_name="hypgen", env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())


def reference() -> str:
    commands = [(), *((name,) for name in COMMANDS), ("boards", "show"), ("schema", "board")]
    parts = [f"## {' '.join(('hypgen', *one))}\n\n```\n{help_of(*one)}\n```\n" for one in sorted(commands)]
    return "\n".join([HEAD, *parts])


def test_the_golden_reference_is_what_the_commands_print():
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        DOCUMENT.write_text(reference())
    assert DOCUMENT.read_text() == reference()


def test_every_command_shows_an_example():
    for name in COMMANDS:
        assert "xample: hypgen" in help_of(name).replace("Start with", "Example"), name
