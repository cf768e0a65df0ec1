"""Symbols and source lines for the addresses in a console text: ``hypgen symbolize``.

An image prints numbers, as it has no symbols with it. Afterwards the ELF file says what they were: a
register of a dump, a return address, the address that somebody handed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hypgen.machine.loader import LoadedImage

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{8}\b(?! <)")
"""A word as images print it; one that a symbol follows already stays."""


def symbolized(lines: Iterable[str], image: LoadedImage) -> Iterator[str]:
    """The lines, each word that is an address of the image followed by its symbol and source line:
    ``0xc02032f4 <hyp_last_words+0x4 templates/scenarios/fatal.S:67>``.

    A word may be a virtual or a load address; where it can be either, both are named.
    """
    for line in lines:
        yield _ADDRESS.sub(lambda found: found[0] + _named(int(found[0], 16), image), line)


def _named(word: int, image: LoadedImage) -> str:
    places = []
    for address in image.link_addresses(word):
        if image.symbol_at(address) is not None:
            code = any(one.executable and address in one.virtual_span for one in image.segments)
            line = image.line(address) if code else None
            places.append(image.symbolize(address) + (f" {line}" if line else ""))
    return f" <{' or '.join(places)}>" if places else ""
