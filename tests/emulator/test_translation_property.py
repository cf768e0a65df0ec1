"""Random registers and tables: our translation is the manual's, transcribed in ``manual_translation``."""

from __future__ import annotations

import random

import pytest

from hypgen.emulator import mmu
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.translation import Regime, Translation, judge
from tests.emulator.manual_translation import DataAbort, Manual

CASES = 4000
OUTCOMES = {Regime.HYP: 14, Regime.SECURE_PL1: 16, Regime.NON_SECURE_PL1: 41}
"""At least so many different faults (and success) must have been met."""
KINDS = {
    FaultKind.ALIGNMENT: "alignment",
    FaultKind.TRANSLATION: "translation",
    FaultKind.ACCESS_FLAG: "access flag",
    FaultKind.DOMAIN: "domain",
    FaultKind.PERMISSION: "permission",
    FaultKind.EXTERNAL_ON_WALK: "external",
}


class RandomMemory:
    """Every address holds a descriptor that a number decides; a few hold nothing at all."""

    def __init__(self, seed: int, holes: float) -> None:
        self.seed = seed
        self.holes = holes

    def word(self, address: int, size: int) -> int | None:
        rng = random.Random(f"{self.seed}/{int(address)}/{size}")
        if rng.random() < self.holes:
            return None
        if size == 8:
            value = rng.getrandbits(64)
            value = value & ~3 | rng.choices((3, 1, 2, 0), (20, 4, 1, 1))[0]
            if rng.random() < 0.85:
                value |= 1 << 10  # AF
            if rng.random() < 0.5:
                value &= ~(0xF8 << 56)  # the attributes of tables
            if rng.random() < 0.6:
                value |= 0b11 << 6  # AP[2:1] or HAP
            return value
        value = rng.getrandbits(32) & ~3 | rng.choices((1, 2, 3, 0), (10, 6, 3, 1))[0]
        if rng.random() < 0.7:
            value |= 0x0000_0430  # AP[1:0] of either level
        return value

    def read32(self, address: int, big_endian: bool = False) -> int | None:
        return self._read(address, 4, big_endian)

    def read64(self, address: int, big_endian: bool = False) -> int | None:
        return self._read(address, 8, big_endian)

    def _read(self, address: int, size: int, big_endian: bool) -> int | None:
        word = self.word(address, size)
        if word is None or not big_endian:
            return word
        return int.from_bytes(word.to_bytes(size, "little"), "big")


def random_registers(rng: random.Random) -> dict[str, int]:
    values = {}
    for bank in ("_S", "_NS"):
        values["SCTLR" + bank] = rng.choice((1, 1, 1, 1, 0)) | _some(rng, (12, 19, 20, 25, 28, 29))
        eae = rng.getrandbits(1)
        values["TTBCR" + bank] = (
            1 << 31
            | rng.choice((0, 0, 1, 2, 5, 7))
            | rng.choice((0, 0, 1, 3, 7)) << 16
            | _some(rng, (7, 23), 0.1)
            if eae
            else rng.choice((0, 0, 1, 3, 7)) | _some(rng, (4, 5), 0.1)
        )
        for name, width in (("TTBR0", 64), ("TTBR1", 64), ("MAIR0", 32), ("MAIR1", 32)):
            values[name + bank] = rng.getrandbits(width)
        values["DACR" + bank] = sum(rng.choices((1, 3, 0, 2), (8, 2, 1, 1))[0] << 2 * n for n in range(16))
    t0sz, sl0 = rng.choice(((0, 1), (8, 1), (1, 1), (14, 0), (0, 0), (3, 0), (15, 1)))
    values["VTCR"] = 1 << 31 | sl0 << 6 | t0sz >> 3 << 4 | t0sz
    values["HCR"] = rng.choice((0, 1, 1)) | _some(rng, (2,), 0.3) | _some(rng, (12, 27), 0.05)
    values["VTTBR"], values["HTTBR"] = rng.getrandbits(56), rng.getrandbits(40)
    values["HTCR"] = rng.choice((0, 0, 1, 2, 7))
    values["HSCTLR"] = rng.choice((1, 1, 1, 0)) | _some(rng, (12, 19, 25))
    values["HMAIR0"], values["HMAIR1"] = rng.getrandbits(32), rng.getrandbits(32)
    values["SCR"] = _some(rng, (9,), 0.2)
    return values


def _some(rng: random.Random, positions: tuple[int, ...], likely: float = 0.3) -> int:
    return sum(1 << position for position in positions if rng.random() < likely)


def cacheability(words: str) -> str:
    return {"non-cacheable": "NC"}.get(words, "WT" if words.startswith("write-through") else "WB")


def ours(outcome: Translation | Fault, **access: bool) -> tuple[object, ...]:
    fault = judge(outcome, **access)
    if fault is not None:
        ipa = fault.ipa if fault.stage2 else None
        return (KINDS[fault.kind], fault.level, fault.stage2, fault.on_walk), ipa, fault.domain
    assert isinstance(outcome, Translation)
    attributes = outcome.attributes
    normal = attributes.type is MemoryType.NORMAL
    return (
        int(outcome.pa),
        attributes.type.value,
        cacheability(attributes.inner) if normal else "-",
        cacheability(attributes.outer) if normal else "-",
        attributes.shareability not in ("non", "reserved"),
        attributes.shareability == "outer",
        outcome.non_secure,
        outcome.size,
    )


def theirs(manual: Manual, va: int, *access: bool) -> tuple[object, ...]:
    try:
        found = manual.translate(va, *access)
    except DataAbort as abort:
        return abort.key, abort.ipa, abort.domain or 0
    attrs = found.attrs
    sharing = (attrs.shareable, attrs.outershareable)
    return (found.pa, attrs.type, attrs.inner, attrs.outer, *sharing, found.ns, found.size)


@pytest.mark.parametrize("regime", list(Regime))
def test_every_access_ends_as_the_manual_says(regime):
    rng = random.Random(f"translation {regime}")
    seen = set()
    for case in range(CASES):
        values = random_registers(rng)
        memory = RandomMemory(case, holes=0.02)
        va = rng.getrandbits(32)
        fetch = rng.random() < 0.3
        write = not fetch and rng.random() < 0.4
        user = regime is not Regime.HYP and rng.random() < 0.4
        unaligned = not fetch and rng.random() < 0.1
        manual = Manual(values, memory.word, regime.value)
        expected = theirs(manual, va, not user, write, not unaligned, fetch)
        if regime is Regime.HYP:
            outcome = mmu.translate_hyp(values, memory.read64, va, fetch)
        else:
            outcome = mmu.translate_pl1(values, memory, va, regime, fetch)
        got = ours(outcome, fetch=fetch, write=write, user=user, unaligned=unaligned)
        assert got == expected, (case, f"{va:#010x}", {name: hex(value) for name, value in values.items()})
        seen.add(expected[0] if isinstance(expected[0], tuple) else "translated")
    assert len(seen) >= OUTCOMES[regime], sorted(map(str, seen))
