"""Files that other people's builds include, for CMake and for Meson; ``directory()`` finds them."""

from __future__ import annotations

from pathlib import Path


def directory() -> Path:
    """The directory that holds ``HypgenImage.cmake`` and ``hypgen.meson``."""
    return Path(__file__).parent
