"""``hypgen integration``: where the files are that other people's builds include."""

from __future__ import annotations

import typer


def integration() -> None:
    """Print the directory of HypgenImage.cmake and hypgen.meson, which CMake and Meson builds use.

    Example: hypgen integration
    """
    from hypgen.integration import directory

    typer.echo(str(directory()))
