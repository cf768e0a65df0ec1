"""Intel HEX and Motorola S-records: the image with its load addresses, for flash tools and monitors.

The only module that imports bincopy, and only when called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.elf.model import Image
from hypgen.link.outputs.binary import filled

if TYPE_CHECKING:
    import bincopy


def intel_hex(image: Image, entry: int) -> str:
    """Intel HEX with 32-bit linear addresses; the start linear address record has ``entry``."""
    text: str = _file(image, entry).as_ihex()
    return text


def s_records(image: Image, entry: int) -> str:
    """S-records with 32-bit addresses (S3); the terminating S7 record has ``entry``."""
    text: str = _file(image, entry).as_srec(address_length_bits=32)
    return text


def _file(image: Image, entry: int) -> bincopy.BinFile:
    import bincopy

    made = bincopy.BinFile()
    for one in filled(image):
        made.add_binary(one.data, one.load)
    made.execution_start_address = entry
    return made
