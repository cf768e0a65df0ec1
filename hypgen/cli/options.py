"""Options that several commands share, so that they are spelt and explained the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a command reports."""

    TEXT = "text"
    JSON = "json"


class FindingsFormat(StrEnum):
    """How a command that has findings reports."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class AddressTranslation(StrEnum):
    """The choices of ``hypgen.plan.options``, spelt here so that help need not import the plan."""

    VIRT_TO_IDMAP = "virt_to_idmap"
    VIRT_TO_PHYS = "virt_to_phys"


class Isa(StrEnum):
    """Instruction sets of an image."""

    ARM = "arm"
    THUMB = "thumb"


class Endian(StrEnum):
    """Byte orders of an image's data."""

    LITTLE = "little"
    BIG = "big"


class Caches(StrEnum):
    """What HSCTLR.C and I are when the Hyp MMU comes on."""

    ON = "on"
    INHERIT = "inherit"
    OFF = "off"


Board = Annotated[
    str,
    typer.Option(help="Name of a board (see hypgen boards), or path of a board file.", metavar="NAME|FILE"),
]
Format = Annotated[OutputFormat, typer.Option("--format", help="How to report.")]
FindingsOption = Annotated[FindingsFormat, typer.Option("--format", help="How to report.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done.")]
ScheduleSeed = Annotated[
    int, typer.Option(help="Seed of the first schedule; three are tried where several CPUs run.", min=0)
]
Profile = Annotated[
    str,
    typer.Option(metavar="NAME|FILE", help="Severities and suppressions: default, pedantic, or a YAML file."),
]
Werror = Annotated[bool, typer.Option("--werror", help="Let warnings fail, too.")]
Cpus = Annotated[
    int | None, typer.Option(metavar="N", help="Have so many CPUs, and not as many as the board.", min=1)
]
UnknownSeed = Annotated[
    int, typer.Option(help="Seed of the filling of everything that the architecture leaves UNKNOWN.", min=0)
]
