"""What a row of the register table says: encoding, access, fields, reset (DDI 0406C, B3.15 to B3.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from hypgen.bits import Field

SingleKey = tuple[int, int, int, int]
"""MRC and MCR operands that name a register: (opc1, CRn, CRm, opc2)."""
PairKey = tuple[int, int]
"""MRRC and MCRR operands that name a register: (opc1, CRm)."""


class Access(NamedTuple):
    """Who may access a register, as ``"rw"``, ``"r"``, ``"w"`` or ``""`` for each privilege level.

    ``pl0`` is what User mode *may* be granted (see :attr:`Register.pl0_gate`), ``ns_pl1`` Non-secure
    PL1, ``hyp`` Hyp mode (and Monitor mode with SCR.NS = 1, when Secure PL1 has no access of its
    own), ``s_pl1`` Secure PL1 including Monitor mode. What is not granted is UNDEFINED.
    """

    pl0: str = ""
    ns_pl1: str = ""
    hyp: str = ""
    s_pl1: str = ""

    @property
    def hyp_only(self) -> bool:
        """Whether this is a PL2-mode register: Hyp mode, or Monitor mode with SCR.NS = 1."""
        return bool(self.hyp) and not (self.pl0 or self.ns_pl1 or self.s_pl1)

    @property
    def secure_only(self) -> bool:
        """Whether this is a restricted access register that only Secure PL1 modes reach."""
        return bool(self.s_pl1) and not (self.pl0 or self.ns_pl1 or self.hyp)


class Reset(NamedTuple):
    """Value at reset: the bits of ``known_mask`` are those of ``value``, all others are UNKNOWN.

    For a register with a copy for each security state the architecture gives the Secure copy this
    value, and leaves the Non-secure copy UNKNOWN (DDI 0406C, B3.15.4).
    """

    known_mask: int = 0
    value: int = 0


UNKNOWN = Reset()
"""Every bit is UNKNOWN at reset."""


@dataclass(frozen=True)
class Register:
    """A system register, or (``operation``) a system operation such as TLBIALLH.

    ``single`` and ``pair`` are its 32-bit and 64-bit encodings; a 64-bit register such as TTBR0
    has both, and MRC and MCR then access its low word. ``fields`` are, where a register has
    two formats, those of the Long-descriptor format; ``short_fields`` those of the Short-descriptor
    format. ``res0`` are the bits that the manual has as UNK/SBZP, ``res1`` as RAO/SBOP: software
    must not write otherwise. ``raz`` and ``rao`` read as a constant and ignore writes.

    ``pl0_gate`` names the enable bit without which User mode's access is UNDEFINED, ``hyp_traps``
    the controls that send a Non-secure access from a mode other than Hyp to Hyp mode. HSTR.Tn
    traps by the encoding's CRn (or, for MRRC and MCRR, CRm) and is not repeated in every row.
    """

    name: str
    long_name: str
    single: SingleKey | None
    access: Access
    fields: tuple[Field, ...] = ()
    pair: PairKey | None = None
    width: int = 32
    reset: Reset = UNKNOWN
    res0: int = 0
    res1: int = 0
    raz: int = 0
    rao: int = 0
    short_fields: tuple[Field, ...] = ()
    banked: bool = False
    operation: bool = False
    coprocessor: int = 15
    pl0_gate: str = ""
    hyp_traps: tuple[str, ...] = ()
    manual: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def mask(self) -> int:
        """All bits of the register."""
        return (1 << self.width) - 1

    @cached_property
    def writable(self) -> int:
        """Bits that keep what is written to them."""
        return self.mask & ~(self.res0 | self.res1 | self.raz | self.rao)

    @property
    def fixed_ones(self) -> int:
        """Bits that read as one whatever was written."""
        return self.res1 | self.rao

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in (*self.short_fields, *self.fields)}

    def field(self, name: str) -> Field:
        """The field called ``name``; raises KeyError."""
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(f"{self.name} has no field {name}") from None

    def bit(self, name: str) -> int:
        """The mask of the field called ``name``; raises KeyError."""
        return self.field(name).mask

    def decode(self, value: int, *, short: bool = False) -> dict[str, int]:
        """The fields of ``value`` by name; ``short`` takes the Short-descriptor format's, if it has one."""
        layout = self.short_fields if short and self.short_fields else self.fields
        return {field.name: field.get(value) for field in layout}

    def syntax(self, *, write: bool, registers: Iterable[str]) -> str:
        """The instruction that accesses this register: one of ``registers`` for MCR/MRC, two for MCRR/MRRC.

        Raises ValueError when the register has no such encoding.
        """
        names = tuple(registers)
        if len(names) == 2 and self.pair is not None:
            opc1, crm = self.pair
            mnemonic = "mcrr" if write else "mrrc"
            return f"{mnemonic} p{self.coprocessor}, {opc1}, {names[0]}, {names[1]}, c{crm}"
        if len(names) == 1 and self.single is not None:
            opc1, crn, crm, opc2 = self.single
            mnemonic = "mcr" if write else "mrc"
            return f"{mnemonic} p{self.coprocessor}, {opc1}, {names[0]}, c{crn}, c{crm}, {opc2}"
        raise ValueError(f"{self.name} is not accessed with {len(names)} core registers")


def parse_fields(text: str) -> tuple[Field, ...]:
    """Fields from the manual's notation, ``"TE<30> SH0<13:12>"``; raises ValueError for anything else."""
    found = []
    for word in text.split():
        name, bracket, place = word.rstrip(">").partition("<")
        if not bracket:
            raise ValueError(f"{word!r} is not NAME<bit> or NAME<hi:lo>")
        high, _, low = place.partition(":")
        found.append(Field(name, int(high), int(low or high)))
    return tuple(found)
