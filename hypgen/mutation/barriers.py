"""Mutants of class 1: barriers and TLB, cache and predictor operations removed, weakened or swapped.

What they take away is order and maintenance, not function, so only a rule about hazards, a fault or a
behavioural check may notice them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypgen.arch.barrier import OPTIONS
from hypgen.arch.registers import BY_NAME
from hypgen.mutation.code import Code
from hypgen.mutation.mutant import Mutant

_BARRIERS = frozenset({"DMB", "DSB", "ISB"})
_MAINTENANCE = ("TLBI", "ITLBI", "DTLBI", "DC", "IC", "BPI", "CP15ISB", "CP15DSB", "CP15DMB")
_WEAKER_DOMAINS = {0b1111: (0b1011, 0b0111), 0b1011: (0b0111,), 0b1110: (0b1010, 0b0110), 0b1010: (0b0110,)}
"""Options of DMB and DSB that reach less far, waiting for as much: SY, ISH, NSH, ST, ISHST, NSHST."""
_BEYOND = frozenset({(0b1111, 0b1011), (0b1110, 0b1010)})
"""From SY to ISH: all CPUs of a board are in one Inner Shareable domain, so only others could tell."""
_ALL_ACCESSES = 0b11
"""The low bits of an option that waits for loads, too."""
_WEAKER = {
    "TLBIALLIS": "TLBIALL",
    "TLBIMVAIS": "TLBIMVA",
    "TLBIASIDIS": "TLBIASID",
    "TLBIMVAAIS": "TLBIMVAA",
    "TLBIALLHIS": "TLBIALLH",
    "TLBIMVAHIS": "TLBIMVAH",
    "TLBIALLNSNHIS": "TLBIALLNSNH",
    "ICIALLUIS": "ICIALLU",
    "BPIALLIS": "BPIALL",
    "DCCIMVAC": "DCCMVAC",
    "DCCMVAC": "DCCMVAU",
}
"""What does less of the same: on this CPU alone, without invalidating, or not as far."""


def barrier_mutants(code: Sequence[Code]) -> Iterator[Mutant]:
    """Every mutant of class 1 of the instructions ``code``."""
    for one in code:
        yield from _of(one)
    for one, other in pairwise(code):
        adjacent = other.address == one.address + 4 and one.thumb == other.thumb
        if adjacent and one.word != other.word and _orders(one) and _orders(other):
            following = (other.address, other.in_memory(one.word))
            yield one.mutant(1, f"swapped with {other.text}", other.word, following=following)


def _orders(one: Code) -> bool:
    return _kind(one) in _BARRIERS or bool(_operation(one))


def _kind(one: Code) -> str:
    return one.insn.heading.partition(" ")[0]


def _of(one: Code) -> Iterator[Mutant]:
    kind, operation = _kind(one), _operation(one)
    if kind in _BARRIERS:
        yield one.mutant(1, "removed", one.nop)
        if kind == "ISB":
            return
        option = one.insn.fields["option"]
        for weaker in _WEAKER_DOMAINS.get(option, ()):
            change, new = f"{OPTIONS[weaker].upper()} in its place", one.word & ~0xF | weaker
            if (option, weaker) in _BEYOND:
                yield one.mutant(3, change, new, asked="policy: observers beyond the CPUs present")
            else:
                yield one.mutant(1, change, new)
        if option & _ALL_ACCESSES == _ALL_ACCESSES:
            yield one.mutant(1, "waits for stores only", one.word & ~1)
        if kind == "DSB":
            yield one.mutant(1, "DMB in its place", one.word & ~0xF0 | 0x50)
    elif operation:
        yield one.mutant(1, "removed", one.nop)
        weaker_row = BY_NAME.get(_WEAKER.get(operation, ""))
        if weaker_row is not None and weaker_row.single is not None:
            opc1, crn, crm, opc2 = weaker_row.single
            kept = one.word & ~(7 << 21 | 0xF << 16 | 0xF | 7 << 5)
            new = kept | opc1 << 21 | crn << 16 | crm | opc2 << 5
            yield one.mutant(1, f"{weaker_row.name} in its place", new)


def _operation(one: Code) -> str:
    """The name of the maintenance operation that an MCR is; empty for anything else."""
    row = one.register()
    return row.name if row is not None and row.operation and row.name.startswith(_MAINTENANCE) else ""
