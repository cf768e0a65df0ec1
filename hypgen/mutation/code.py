"""The instructions that an image executes, as mutants need them: decoded, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypgen.arch.register import Register
from hypgen.arch.registers import CP15, CP15_64
from hypgen.decode.table import Insn, decode_a32, decode_t32, is_32bit
from hypgen.decode.text import text
from hypgen.errors import Location
from hypgen.machine.loader import LoadedImage
from hypgen.mutation.bench import Executed
from hypgen.mutation.mutant import Flip, Mutant, word_at


@dataclass(frozen=True)
class Code:
    """An executed instruction of 32 bits. ``word`` has the first halfword of a T32 instruction on top, so
    that the system instructions, which both sets encode alike, have their fields in the same bits."""

    image: LoadedImage
    address: int
    thumb: bool
    word: int
    insn: Insn

    @property
    def location(self) -> Location | None:
        """The template's line."""
        return self.image.line(self.address)

    @property
    def text(self) -> str:
        """The instruction."""
        return text(self.insn, self.address)

    @property
    def nop(self) -> int:
        """The word of a NOP of the same length."""
        return 0xF3AF_8000 if self.thumb else 0xE320_F000

    def in_memory(self, word: int) -> int:
        """A word of this instruction set in memory's order of bytes."""
        return (word >> 16 | word << 16) & 0xFFFF_FFFF if self.thumb else word

    def mutant(
        self,
        kind: int,
        change: str,
        new: int,
        *,
        asked: str = "",
        following: tuple[int, int] | None = None,
    ) -> Mutant:
        """A mutant that has ``new`` in place of this instruction; ``following`` is another changed word."""
        words = ((self.address, self.in_memory(new)), *((following,) if following else ()))
        symbol = self.image.symbolize(self.address)
        return Mutant(kind, change, self.text, symbol, self.location, self.address, words, asked=asked)

    def flipped(self, kind: int, change: str, flip: Flip, *, register: str, asked: str = "") -> Mutant:
        """A mutant in which this instruction reads a core register with bits inverted."""
        symbol = self.image.symbolize(self.address)
        return Mutant(
            kind,
            change,
            self.text,
            symbol,
            self.location,
            self.address,
            flip=flip,
            register=register,
            asked=asked,
        )

    def register(self) -> Register | None:
        """The CP15 register, or operation, that an MCR or MCRR writes."""
        fields, heading = self.insn.fields, self.insn.heading.partition(" ")[0]
        if fields.get("coproc") != 15 or heading not in ("MCR", "MCRR"):
            return None
        if heading == "MCRR":
            return CP15_64.get((fields["opc1"], fields["CRm"]))
        return CP15.get((fields["opc1"], fields["CRn"], fields["CRm"], fields["opc2"]))


def code_of(image: LoadedImage, executed: Mapping[int, Executed]) -> list[Code]:
    """The 32-bit instructions of an image that are executed, in the order of their addresses."""
    found = []
    for address in sorted(executed):
        thumb, word = executed[address].thumb, word_at(image, address)
        if word is None:
            continue
        if thumb:
            word = (word << 16 | word >> 16) & 0xFFFF_FFFF
            insn = decode_t32(word >> 16, word & 0xFFFF) if is_32bit(word >> 16) else None
        else:
            insn = decode_a32(word)
        if insn is not None:
            found.append(Code(image, address, thumb, word, insn))
    return found
