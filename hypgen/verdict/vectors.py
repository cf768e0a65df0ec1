"""Reading a vector table back from the bytes of a linked image."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.decode.table import decode_a32, decode_t32
from hypgen.machine.loader import LoadedImage
from hypgen.verdict.check import ShortfallError
from hypgen.verdict.observation import Observation

SLOTS = 8
SLOT_SIZE = 4


def branch_targets(seen: Observation, table: str) -> list[int]:
    """Where the eight slots of the Hyp vector table at the symbol ``table`` branch to (VA).

    They are in the instruction set in which Hyp mode takes exceptions: what the run wrote to HSCTLR.TE.
    Raises ShortfallError for a slot that is no unconditional branch of four bytes.
    """
    start = seen.virtual_of(table)
    written = [one.value for one in seen.writes if one.name == "HSCTLR"]
    distance = _in_thumb if written and HSCTLR.field("TE").get(written[-1]) else _in_arm
    targets = []
    for slot in range(SLOTS):
        address = start + SLOT_SIZE * slot
        away = distance(_bytes(seen.image, address))
        if away is None:
            raise ShortfallError(f"slot 0x{SLOT_SIZE * slot:02x} of {table} holds no branch")
        targets.append((address + away) & 0xFFFF_FFFF)
    return targets


def _in_arm(code: bytes) -> int | None:
    """How far a B goes from where it stands (DDI 0406C A8.8.18, encoding A1)."""
    insn = decode_a32(int.from_bytes(code, "little"))
    if insn is None or insn.name != "B" or insn["cond"] != 0b1110:
        return None
    return 8 + insn["imm32"]


def _in_thumb(code: bytes) -> int | None:
    """The same of a B.W, encoding T4."""
    insn = decode_t32(int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little"))
    if insn is None or insn.name != "B T4":
        return None
    return 4 + insn["imm32"]


def _bytes(image: LoadedImage, address: int) -> bytes:
    """The four bytes of the image at a virtual address."""
    for segment in image.segments:
        if address in segment.virtual_span:
            at = address - segment.virtual
            return segment.data[at : at + SLOT_SIZE]
    raise ShortfallError(f"0x{address:08x} is in no segment of the image")
