"""System register writes that are not synchronised: which there are, and what uses may still see of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

from hypgen.emulator.cp15 import RegisterFile, row_of
from hypgen.emulator.mmu import HYP_REGISTERS, REGISTERS, TTBCR_EAE
from hypgen.emulator.translation import Regime

MOST_COMBINATIONS = 64
"""Combinations of pending values that one use is evaluated under."""

_BESIDES = {Regime.NON_SECURE_PL1: ("HSCTLR",), Regime.SECURE_PL1: ("SCR",)}
"""What the walks of a regime read of another's registers: HSCTLR.EE, SCR.SIF."""
FOR_REGIME = {regime: (*names, *_BESIDES.get(regime, ())) for regime, names in REGISTERS.items()}
"""Registers that a translation in a regime reads."""

_SMP = frozenset({"ACTLR"})
"""ACTLR has the SMP bit, which every shareable access depends on."""
_TRANSLATING = _SMP.union(*FOR_REGIME.values())
SOON_READ = {regime: _SMP.union(names) for regime, names in FOR_REGIME.items()} | {
    Regime.SECURE_PL1: _TRANSLATING
}
"""Registers whose pending writes translation may read before the next synchronisation, by the regime of the
write: Hyp mode and Non-secure PL1 are left only by exceptions and their returns, which synchronise; Monitor
mode also by writes to CPSR. So Hyp mode, which prepares a guest's registers, does not depend on them."""

WATCHED = frozenset(
    [
        *(*HYP_REGISTERS, "HVBAR", "HCR", "HCPTR", "HSTR", "HDCR", "VTTBR", "VTCR", "VBAR_S", "VBAR_NS"),
        *("MVBAR", "SCR", "NSACR", "SCTLR_S", "SCTLR_NS", "TTBR0_S", "TTBR0_NS", "TTBR1_S", "TTBR1_NS"),
        *("TTBCR_S", "TTBCR_NS", "MAIR0_S", "MAIR0_NS", "MAIR1_S", "MAIR1_NS", "DACR_S", "DACR_NS"),
        *("CONTEXTIDR_S", "CONTEXTIDR_NS", "CPACR", "CNTHCTL", "CNTVOFF", "VPIDR", "VMPIDR", "ACTLR"),
        *("CSSELR_S", "CSSELR_NS", "PMSELR", "CNTP_CTL_S", "CNTP_CTL_NS", "CNTP_CVAL_S", "CNTP_CVAL_NS"),
        *("CNTV_CTL", "CNTV_CVAL", "CNTHP_CTL", "CNTHP_CVAL"),
    ]
)
"""Stored names of the registers that are used indirectly."""

_PAR_LPAE = 1 << 11
"""PAR.LPAE: the result is in the Long-descriptor format, as those of Hyp mode's operations always are."""


@dataclass
class Pending:
    """A register whose write is not synchronised: values that uses may still see, and who wrote it."""

    old: list[int]
    from_entry: bool = False
    """Whether the first old value is what the image was entered with."""
    writes: list[int] = field(default_factory=list)


class Replaced(dict[str, int]):
    """Register values, some of them replaced."""

    __slots__ = ("_under",)

    def __init__(self, under: Mapping[str, int], over: Mapping[str, int]) -> None:
        super().__init__(over)
        self._under = under

    def __missing__(self, name: str) -> int:
        return self._under[name]


def combinations_of(
    pending: Mapping[str, Pending], names: Iterable[str], values: Mapping[str, int]
) -> Iterator[dict[str, int]]:
    """What the registers may hold other than their new values: one old value first, then more."""
    choices = {
        name: [old for old in pending[name].old if old != values[name]] for name in reversed(list(names))
    }
    for count in range(1, len(choices) + 1):
        for chosen in combinations(choices, count):
            for olds in product(*(choices[name] for name in chosen)):
                yield dict(zip(chosen, olds, strict=True))


def difference(name: str, old: int, values: RegisterFile) -> str:
    """Old and new value of a register, and the fields in which they differ, in the format of the tables."""
    row, new = row_of(name), values[name]
    as_reset_left_it = " (UNKNOWN)" if values.undefined(name, old) else ""
    plain, _, bank = name.rpartition("_")
    short = bank in ("S", "NS") and not values[f"TTBCR_{bank}"] & TTBCR_EAE
    width = row.width
    if plain == "PAR":
        short = not new & _PAR_LPAE
    if short and plain in ("TTBR0", "TTBR1"):  # MCR leaves the upper word, which has no meaning
        width, old, new = 32, old & 0xFFFF_FFFF, new & 0xFFFF_FFFF
    before, after = row.decode(old, short=short), row.decode(new, short=short)
    changed = [field for field in before if before[field] != after[field]]
    fields = ", ".join(f"{field} {before[field]:#x} -> {after[field]:#x}" for field in changed)
    digits = width // 4 + 2
    changed_to = f"{name} {old:#0{digits}x}{as_reset_left_it} -> {new:#0{digits}x}"
    return f"{changed_to} ({fields})" if fields else changed_to


def join(names: Iterable[str]) -> str:
    """Names in a sentence."""
    return " and ".join(names)
