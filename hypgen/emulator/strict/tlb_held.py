"""What a TLB may hold, and which of it each TLB operation removes (DDI 0406C B3.10.2, B4.2.2).

An entry is selected by its regime, in Non-secure PL1&0 by the VMID, by its page, and by its ASID unless it
is global.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from hypgen.bits import bit, bits
from hypgen.emulator.mmu import TTBCR_EAE
from hypgen.emulator.strict.exposure import Ranges
from hypgen.emulator.translation import Regime, Translation

SYNCHRONISED = 3
"""How far an invalidation has come when fetches see it, too: 1 is issued, 2 completed by a DSB."""
HYP_ALL, HYP_MVA = ("TLBIALLH", "TLBIALLHIS"), ("TLBIMVAH", "TLBIMVAHIS")
NSNH = ("TLBIALLNSNH", "TLBIALLNSNHIS")
ALL, MVA = ("TLBIALL", "TLBIALLIS"), ("TLBIMVA", "TLBIMVAIS")
MVAA, ASID = ("TLBIMVAA", "TLBIMVAAIS"), ("TLBIASID", "TLBIASIDIS")
"""Operations by what they remove, with their Inner Shareable twins."""
CURRENT = (*ALL, *MVA, *MVAA, *ASID)
"""Those on the regime of the current security state and, in Non-secure state, under the current VMID."""
OF_STAGE_1 = (*MVA, *MVAA, *ASID)
"""Those of them that remove what stage 1 gives, alone or with stage 2, and not what stage 2 gives alone."""


VMID = 0xFF << 48
"""The VMID in VTTBR."""
PAGE = 0xF_FFFF
"""The page in a key of :attr:`Held.pages`."""
WHOLE = -1
"""Instead of a page: an invalidation of the whole TLB."""
Tag = tuple[Regime, int]
"""What selects entries: the regime, and in Non-secure PL1&0 the VMID."""


@dataclass(eq=False)
class Held:
    """Translations that a CPU's TLB may hold: those that ``values`` gave, with ``lines`` as they were.

    ``tables`` is where the tables were. ``ordered`` tells that the change after it, which ``cpu`` made, is
    complete, so that an invalidation covers it. ``whole`` and ``pages`` say how far invalidations have come,
    and ``issuers`` by page (:data:`WHOLE` for all) which CPUs have issued those that are not complete.
    ``second`` tells that stage 2 gave them, which operations by address and by ASID leave where it is: they
    are of stage 1, and there is none by IPA. ``number`` stays the same in copies.
    """

    regime: Regime
    values: dict[str, int]
    lines: dict[int, bytes]
    tables: Ranges
    pc: int
    what: str
    cpu: int
    second: bool = False
    ordered: bool = False
    whole: int = 0
    shared: bool = False
    pages: dict[int, int] = field(default_factory=dict)
    """By page, or page and ASID, or ASID alone (:func:`named`)."""
    issuers: dict[int, set[int]] = field(default_factory=dict)
    number: int = field(default_factory=count().__next__)

    def stage(self, page: int) -> int:
        """How far the invalidation of an address has come."""
        return max(self.whole, self.pages.get(page, 0))

    @property
    def moving(self) -> bool:
        """Whether the next barrier or synchronisation may change it."""
        return not self.ordered or self.whole == 1 or not set(self.pages.values()) <= {SYNCHRONISED}

    def renewed(self, pc: int, what: str) -> None:
        """The same translations may be read once more, until another change is complete: what invalidations
        have removed does not matter any more."""
        self.pc, self.what, self.ordered = pc, what, False
        self.pages.clear()
        self.issuers.clear()

    def issued(self, page: int, cpu: int) -> None:
        """A CPU has issued an invalidation of a page, or of :data:`WHOLE`."""
        self.issuers.setdefault(page, set()).add(cpu)
        if page == WHOLE:
            self.whole = max(1, self.whole)
        else:
            self.pages[page] = max(1, self.pages.get(page, 0))

    def completed(self, cpu: int) -> None:
        """A DSB of a CPU has completed what it issued."""
        for page in [page for page, cpus in self.issuers.items() if cpu in cpus]:
            del self.issuers[page]
            if page == WHOLE:
                self.whole = max(2, self.whole)
            else:
                self.pages[page] = max(2, self.pages[page])

    @property
    def asid(self) -> int:
        """The ASID of those of its entries that are not global."""
        return asid(self.values, bank_of(self.regime))

    def removed(self, page: int, translation: Translation) -> int:
        """How far an invalidation by ASID of what gave a translation has come: one by address takes global
        entries whatever ASID it names, one by ASID takes no global entry."""
        if self.regime is Regime.HYP:
            return 0
        if tagged(self.regime, translation):
            return max(self.pages.get(of_asid(one, self.asid), 0) for one in (page, None))
        return max((stage for key, stage in self.pages.items() if key >= 0 and key & PAGE == page), default=0)


def tag(regime: Regime, values: Mapping[str, int]) -> Tag:
    """What selects the entries of ``values``: the VMID does so for Hyp mode's TLBIALL, too, and whether
    HCR.VM is 1 or not."""
    return regime, bits(values["VTTBR"], 55, 48) if regime is Regime.NON_SECURE_PL1 else 0


def bank_of(regime: Regime) -> str:
    """The suffix of the stored names of a PL1&0 regime's banked registers."""
    return "_S" if regime is Regime.SECURE_PL1 else "_NS"


def asid(values: Mapping[str, int], bank: str) -> int:
    """The ASID under which new entries that are not global are held (B3.10.3)."""
    ttbcr = values["TTBCR" + bank]
    if ttbcr & TTBCR_EAE:
        return bits(values[("TTBR1" if bit(ttbcr, 22) else "TTBR0") + bank], 55, 48)
    return values["CONTEXTIDR" + bank] & 0xFF


def of_asid(page: int | None, asid: int) -> int:
    """The key of the entries of one ASID, of a page or of all."""
    return WHOLE - 1 - asid if page is None else page | asid + 1 << 20


def named(name: str, value: int) -> int:
    """The key of the entries that an operation removes, apart from what selects them besides its operand."""
    if name in MVA:
        return of_asid(value >> 12, value & 0xFF)
    if name in ASID:
        return of_asid(None, value & 0xFF)
    return value >> 12 if name in (*HYP_MVA, *MVAA) else WHOLE


def joined(halves: dict[tuple[str, int], str], name: str, value: int) -> str:
    """What an operation on the instruction or data TLB alone comes to with the other ``halves`` that were
    performed: two of one operand do what the one on the unified TLB does (B3.10.5, B4.2.2)."""
    side, whole = name[0], name[1:]
    if side not in "ID" or not whole.startswith("TLBI"):
        return name
    key = whole, 0 if whole in ALL else value
    if halves.pop(key, side) != side:
        return whole
    halves[key] = side
    return name


def tagged(regime: Regime, translation: Translation) -> bool:
    """Whether the TLB entry of a translation is for one ASID: nG of its last stage 1 descriptor."""
    if regime is Regime.HYP or not translation.steps:
        return False
    last = [step for step in translation.steps if step.stage == 1][-1:]
    if not last:
        return False
    return bool(bit(last[0].descriptor, 17 if last[0].kind in ("section", "supersection") else 11))
