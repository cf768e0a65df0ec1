"""Reading a vector table back from the bytes of a linked image."""

from __future__ import annotations

from hypgen.bits import sign_extend
from hypgen.decode.table import decode_a32
from hypgen.machine.loader import LoadedImage
from hypgen.verdict.check import ShortfallError
from hypgen.verdict.observation import Observation

SLOTS = 8
SLOT_SIZE = 4


def branch_targets(seen: Observation, table: str) -> list[int]:
    """Where the eight slots of the A32 vector table at the symbol ``table`` branch to (VA).

    Raises ShortfallError for a slot that is no unconditional branch.
    """
    start = seen.virtual_of(table)
    targets = []
    for slot in range(SLOTS):
        address = start + SLOT_SIZE * slot
        insn = decode_a32(_word(seen.image, address))
        if insn is None or insn.name != "B" or insn["cond"] != 0b1110:
            raise ShortfallError(f"slot 0x{SLOT_SIZE * slot:02x} of {table} holds no branch")
        targets.append((address + 8 + sign_extend(insn["imm24"], 24) * 4) & 0xFFFF_FFFF)
    return targets


def _word(image: LoadedImage, address: int) -> int:
    """The word of the image at a virtual address."""
    for segment in image.segments:
        if address in segment.virtual_span:
            at = address - segment.virtual
            return int.from_bytes(segment.data[at : at + SLOT_SIZE], "little")
    raise ShortfallError(f"0x{address:08x} is in no segment of the image")
