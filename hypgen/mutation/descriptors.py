"""Mutants of classes 2 and 3: bits of the Hyp stage 1 descriptors, inverted in the tables of the image.

The positions are written here once more, from the manual (DDI 0406C, B3.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hypgen.machine.loader import LoadedImage
from hypgen.mutation.mutant import Mutant, word_at
from hypgen.plan.descriptors import ENTRY_SPAN
from hypgen.plan.mappings import HypMapping, PlannedTables, Table, TableEntry
from hypgen.units import PAGE_SIZE, Span, VirtAddr


class Bit(NamedTuple):
    """A bit of a descriptor: its name and number, and whether it is policy."""

    name: str
    number: int
    policy: bool = False


LEAF = (
    Bit("valid", 0),
    Bit("type", 1),
    *(Bit(f"AttrIndx<{number}>", 2 + number) for number in range(3)),
    Bit("NS", 5, policy=True),  # ignored in the Non-secure state
    Bit("AP[1]", 6, policy=True),  # SBO: there is no unprivileged level
    Bit("AP[2]", 7),
    *(Bit(f"SH<{number}>", 8 + number, policy=True) for number in range(2)),
    Bit("AF", 10),
    Bit("nG", 11, policy=True),  # there is no ASID in Hyp mode
    Bit("address<12>", 12),
    Bit("address<39>", 39),
    Bit("XN", 54),
)
TABLE = (
    Bit("valid", 0),
    Bit("type", 1),
    Bit("address<12>", 12),
    Bit("address<39>", 39),
    Bit("XNTable", 60),
    Bit("APTable<1>", 62),
)


PLACING = frozenset({"valid", "type", "address<12>", "address<39>"})
"""Bits that say where something is, and whether it is there."""
WITHOUT_FUNCTION = ("rwx", "XN")
"""What may be written and executed is mapped so that HSCTLR.WXN keeps it from being executed, as XN would."""
HARDENING = frozenset({"AP[2]", "APTable<1>"})
"""What only a store could tell. Nothing that runs under the boot tables stores: they map hyp-init alone,
which has no stack yet, so that write permission is given or taken there for nobody."""


def descriptor_mutants(
    image: LoadedImage, site: int, symbol: str, tables: PlannedTables, hardening: frozenset[str] = frozenset()
) -> Iterator[Mutant]:
    """Every mutant of the tables at ``symbol``, made before the instruction at ``site``: of each kind of
    mapping that of its first descriptor, as all come from one line of the template. ``hardening`` are bits
    that nothing can tell while these tables are in use."""
    said: set[tuple[str, str]] = set()
    for number, table in enumerate(tables.tables):
        for entry in table.entries:
            what, bits = _what(entry), LEAF
            if what.endswith("table"):
                below = _below(table, entry, tables)
                what = f"{what} of {', '.join(dict.fromkeys(one.purpose for one in below)).split(',')[0]}"
                permissions = {one.permission for one in below}
                writes, executes = bool(permissions & {"rw", "device"}), "rx" in permissions
                bits = tuple(
                    bit for bit in TABLE if (bit.number != 62 or writes) and (bit.number != 60 or executes)
                )
            address = image.symbols[symbol].address + number * PAGE_SIZE + 8 * entry.index
            for bit in bits:
                kind = what if what.startswith("level") else _kind(what, bit)
                if (kind, bit.name) in said:
                    continue
                said.add((kind, bit.name))
                idle = bit.name in hardening or (kind, bit.name) == WITHOUT_FUNCTION
                yield from _mutant(
                    image, site, symbol, kind, address, bit._replace(policy=bit.policy or idle)
                )


def _kind(what: str, bit: Bit) -> str:
    """The mappings that have a bit in common: the plan makes attributes of memory and permissions alone, and
    addresses of sections all in one way."""
    permission, _, purpose = what.partition(" ")
    if bit.name.startswith("AttrIndx"):
        return "device" if permission == "device" else "memory"
    anywhere = purpose.startswith(".") or bit.name not in PLACING
    return permission if anywhere else what


def _below(table: Table, entry: TableEntry, tables: PlannedTables) -> list[HypMapping]:
    """What is mapped by way of an entry."""
    span = ENTRY_SPAN[table.level]
    start = table.virtual.start + entry.index * span
    return [one for one in tables.mappings if one.virtual.overlaps(Span.sized(VirtAddr(start), span))]


def _what(entry: TableEntry) -> str:
    """What a descriptor is for, without addresses: ``rx .hyp.text``, ``rw stack``, ``level 3 table``."""
    words = entry.meaning.partition(" -> ")[2].split()
    if words[0].startswith("0x"):
        del words[0]
    return " ".join(words).partition(" of CPU")[0]


def _mutant(
    image: LoadedImage, site: int, symbol: str, what: str, address: int, bit: Bit
) -> Iterator[Mutant]:
    place = address + 4 * (bit.number // 32)
    word = word_at(image, place)
    if word is None:
        return
    # Attributes 2 to 7 are zero, Strongly-ordered: to a device as good as Device.
    policy = bit.policy or (what.startswith("device") and bit.name in ("AttrIndx<1>", "AttrIndx<2>"))
    asked = "policy: the plan's descriptors; compared by PIPE-001" if policy else ""
    yield Mutant(
        3 if policy else 2,
        f"{bit.name} inverted",
        f"descriptor: {what}",
        symbol,
        image.line(address),
        site,
        ((place, word ^ 1 << bit.number % 32),),
        asked=asked,
    )
