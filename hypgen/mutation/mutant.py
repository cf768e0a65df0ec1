"""What a mutant is: one change to an image, and where in the templates it belongs.

Mutants have classes, each with its own question. 1: barriers and maintenance operations, which only a
rule, a fault or a behavioural check may notice. 2: bits of control registers and descriptors that change
function, which a probe must notice that uses the function. 3: bits of policy, which are listed with what
asks for them, and not scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from hypgen.errors import Location
from hypgen.machine.loader import LoadedImage


class Flip(NamedTuple):
    """The bits ``mask`` of a core register are inverted while one instruction reads it."""

    register: int
    mask: int


class Written(NamedTuple):
    """What the instruction at a link address wrote into a control register."""

    name: str
    value: int
    address: int


@dataclass(frozen=True)
class Mutant:
    """A change of words of an image, or of a value on its way into a control register.

    ``kind`` is its class. ``subject`` is the instruction, or what a descriptor is for; ``site`` the link
    address of the instruction before whose first execution the change is made: for a descriptor that of
    the code that turns the MMU on. ``words`` are the link addresses of words with what they hold then, in
    memory's order of bytes. ``register`` is the control register concerned; ``asked`` says of a mutant of
    class 3 what asks for the bit, and what compares it. ``copy`` counts the places of one function that the
    line is rendered into, from 0.
    """

    kind: int
    change: str
    subject: str
    symbol: str
    location: Location | None
    site: int
    words: tuple[tuple[int, int], ...] = ()
    flip: Flip | None = None
    register: str = ""
    asked: str = ""
    copy: int = 0

    @property
    def place(self) -> str:
        """Where it belongs: the template's line, or the symbol where that is not known."""
        return str(self.location) if self.location else self.symbol

    @property
    def in_place(self) -> bool:
        """Whether all that differs is the instruction at the site: between two executions of it, a run may
        come back to the state of the unmutated image's."""
        return [address for address, _ in self.words] == [self.site]

    @property
    def function(self) -> str:
        """The function that it is in, or the table: a line may be rendered into several of an image."""
        return self.symbol.partition("+")[0].removeprefix("second_")

    @property
    def key(self) -> str:
        """What it has in common with the same change in the images of other boards and scenarios.

        What a line is rendered into is judged apart, function by function and place by place. Only what boot
        code gives in control registers is one, whatever function the way in has it in: not every image uses
        all of it.
        """
        inside = () if self.flip else (self.function,)
        again = (f"place {self.copy + 1}",) if self.copy else ()
        return " | ".join((self.place, *inside, self.subject, self.change, *again))


def patched(elf: bytes, image: LoadedImage, mutant: Mutant) -> bytes:
    """The ELF file with the mutant's words in place. Raises ValueError if the file has no such word."""
    data = bytearray(elf)
    for address, word in mutant.words:
        segment = next((one for one in image.segments if _holds(one.virtual, one.data, address)), None)
        if segment is None:
            raise ValueError(f"no segment holds {address:#010x}")
        at = elf.index(segment.data) + address - segment.virtual
        data[at : at + 4] = word.to_bytes(4, "little")
    return bytes(data)


def word_at(image: LoadedImage, address: int) -> int | None:
    """The word of the image at a link address, in memory's order of bytes."""
    for segment in image.segments:
        if _holds(segment.virtual, segment.data, address):
            offset = address - segment.virtual
            return int.from_bytes(segment.data[offset : offset + 4], "little")
    return None


def _holds(start: int, data: bytes, address: int) -> bool:
    return start <= address and address + 4 <= start + len(data)
