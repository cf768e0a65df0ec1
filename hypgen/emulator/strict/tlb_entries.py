"""TLB: translations that a TLB may still hold although the tables or registers say otherwise.

The TLB may hold any translation that some value still possible of the tables and of the translation
registers gave since the last completed invalidation that covers it, for its regime, VMID and ASID,
whether it was used or not (DDI 0406C B3.9, B3.10.1). What gives a translation or access flag fault is
never held; what gives a permission or domain fault is. A use for which a held entry differs from a
fresh walk is a finding. An invalidation covers what was in order when it was issued: stores to tables
that a DSB has completed, register writes that are synchronised.

Break-before-make is demanded for a change of output address, of block, page and table, of memory type,
cacheability and shareability, and of nG; a change of permissions needs the invalidation only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hypgen.arch import registers as cp15
from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import REGISTERS
from hypgen.emulator.strict.ctx import DATA, FETCH
from hypgen.emulator.strict.ctx_access import CONTROL
from hypgen.emulator.strict.descriptors import SECOND, attributes_of, differing, format_of, holdable
from hypgen.emulator.strict.exposure import Ranges
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.overlay import Overlay, behaviour, changed_translation
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.tlb_held import (
    CURRENT,
    HYP_ALL,
    HYP_MVA,
    NSNH,
    OF_STAGE_1,
    PAGE,
    SYNCHRONISED,
    VMID,
    Held,
    Tag,
    asid,
    bank_of,
    joined,
    named,
    tag,
    tagged,
)
from hypgen.emulator.strict.whole_tables import Table
from hypgen.emulator.translation import Regime, Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_MANUAL = "DDI 0406C B3.10.1, General TLB maintenance requirements"

STALE = Rule(
    "TLB-004",
    "an access may use a TLB entry of a translation that was changed",
    Severity.ERROR,
    _MANUAL,
    "The tables, or the registers that name and interpret them, were changed, and the TLB may hold what they "
    "gave before, whether or not it was ever used. Invalidate the entry (TLBIMVAH or TLBIALLH for Hyp mode, "
    "TLBIMVA, TLBIASID or TLBIALL for PL1, TLBIALL under the guest's VMID or TLBIALLNSNH for stage 2) after "
    "a DSB that completes the stores, and follow it by DSB and ISB, before the address is used. What stage 2 "
    "gave is removed by TLBIALL and TLBIALLNSNH alone: operations by address and by ASID are of stage 1.",
    "str r1, [r0] (a descriptor that was valid); DSB; ISB; use of the address",
    "str r1, [r0]; DSB; TLBIMVAH; DSB; ISB; use of the address",
)
NO_BREAK = Rule(
    "TLB-005",
    "a live translation is replaced without break-before-make",
    Severity.ERROR,
    _MANUAL + ", Using break-before-make when updating translation table entries",
    "The descriptor was valid while its table was in use, or the TLB may still hold it, and is changed to "
    "another output address, size, memory type, cacheability, shareability or nG. The TLB may then hold two "
    "entries for one address, which gives a TLB conflict or an amalgam of both. Write an invalid descriptor, "
    "DSB, invalidate the entry, DSB, and only then write the new descriptor. The store alone breaks this, "
    "whatever follows; that an access meets the old entry after it is another requirement broken (TLB-004), "
    "which an invalidation behind the store would mend, and this not.",
    "str r1, [r0] over a valid descriptor with another output address",
    "str #0, [r0]; DSB; TLBIMVAH; DSB; str r1, [r0]; DSB; ISB",
)
RULES = (STALE, NO_BREAK)

_M, _EE, _AFE = (cp15.SCTLR.bit(name) for name in ("M", "EE", "AFE"))
_FB = cp15.HCR.bit("FB")


_DACR = {Regime.NON_SECURE_PL1: "DACR_NS", Regime.SECURE_PL1: "DACR_S"}
_NAMES = {
    Regime.HYP: REGISTERS[Regime.HYP],
    Regime.NON_SECURE_PL1: (*REGISTERS[Regime.NON_SECURE_PL1], "CONTEXTIDR_NS", "HSCTLR"),
    Regime.SECURE_PL1: (*REGISTERS[Regime.SECURE_PL1], "CONTEXTIDR_S", "SCR"),
}
"""What is kept of the registers, so that a walk can be made again."""
_SELECTING = {
    regime: frozenset((*REGISTERS[regime], *(name for name in names if name.startswith("CONTEXTIDR"))))
    - {_DACR.get(regime)}
    for regime, names in _NAMES.items()
}
"""Those whose change leaves entries of before behind."""
_STAGE_2 = frozenset({"HCR", "VTCR", "VTTBR"})
"""Those of them that are about stage 2."""


Key = TypeVar("Key")
_Read = tuple[int, slice, bytes]
"""A descriptor that a walk has read: its line, where it is there, and what it held."""


class EntryRules(Family):
    """The rules of held translations, for one CPU's TLB.

    A system that switches between guests comes to the same register values again and again: what is held
    under them is noted once, below the VMID that tags it, so that a use looks only at what it could hit.
    """

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._side = rules.side
        self._held: dict[Tag, list[Held]] = {}
        self._by_tables: dict[Ranges, list[Held]] = {}
        """The same entries by where their tables were."""
        self._moving: dict[int, Held] = {}
        """Those of them that the next barrier or synchronisation may change, by number."""
        self._halves: dict[tuple[str, int], str] = {}
        """Operations on the instruction or data TLB alone, and which."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold all that these rules know, by name."""
        return {
            "held": self._held,
            "held_by_tables": self._by_tables,
            "held_moving": self._moving,
            "held_halves": self._halves,
        }

    def _hold(self, one: Held) -> None:
        self._held.setdefault(tag(one.regime, one.values), []).append(one)
        self._by_tables.setdefault(one.tables, []).append(one)
        self._moving[one.number] = one

    def tables(self) -> Iterable[Ranges]:
        """Where tables were of which something is held: a store to them is of interest yet."""
        return self._by_tables

    def _of(self, regime: Regime) -> Iterator[Held]:
        """What is held for a regime, whatever the VMID."""
        for (of, _), entries in self._held.items():
            if of is regime:
                yield from entries

    def _drop(self, gone: Iterable[Held]) -> None:
        for one in gone:
            _remove(self._held, tag(one.regime, one.values), one)
            _remove(self._by_tables, one.tables, one)

    def _everyone(self) -> Iterator[EntryRules]:
        """The same rules of all CPUs."""
        for peer in self.system.peers:
            observer = peer.observer
            families = getattr(observer, "families", ())
            yield from (one for one in families if isinstance(one, EntryRules))

    # -- changes ---------------------------------------------------------------------------------------
    def register_written(self, stored: str, old: int, new: int) -> None:
        """Translations under the old value may be held."""
        if old == new:
            return
        values = self.system.cpu.coproc.values
        for regime, tables in self.rules.in_use.live.items():
            if stored not in _SELECTING[regime]:
                continue
            now = {name: values[name] for name in _NAMES[regime]}
            self._hold_values(regime, now | {stored: old}, tables, stored)
            if regime is self.system.regime() and self._enabled(now | {stored: old}, regime):
                # Walks may see this write before one that is not synchronised, however they are ordered.
                for _, mixed in self.rules.context.possible(name for name in now if name != stored):
                    self._hold_values(regime, {name: mixed[name] for name in now}, tables, stored)

    def _hold_values(self, regime: Regime, values: dict[str, int], tables: Ranges, stored: str) -> None:
        """Translations under register values may be held, from now on whether or not they were invalidated
        when they were noted before."""
        pc, what = self.system.current_pc(), f"write to {stored}"
        for one in self._held.get(tag(regime, values), ()):
            if one.values == values and not one.lines and not one.whole:
                one.renewed(pc, what)
                self._moving[one.number] = one
                return
        self._hold(Held(regime, values, {}, tables, pc, what, self.system.cpu.index, stored in _STAGE_2))

    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """A store may change a table."""
        for one in self._everyone():
            one.table_stored(place.address, data, self.system.current_pc(), self.system.cpu.index)

    def table_stored(self, address: int, data: bytes, pc: int, cpu: int) -> None:
        """Some CPU stores to memory: is it a table of this one?"""
        side = self._side
        key = address >> side.shift
        for tables, entries in self._by_tables.items():
            if address in tables:
                for one in entries:
                    if key not in one.lines:
                        one.lines[key] = side.content(key << side.shift)
        for regime, tables in self.rules.in_use.live.items():
            if address in tables:
                self._descriptor_stored(regime, tables, address, data, pc, cpu)

    def _descriptor_stored(
        self, regime: Regime, tables: Ranges, address: int, data: bytes, pc: int, cpu: int
    ) -> None:
        side, values = self._side, self.system.cpu.coproc.values
        table = self.rules.in_use.table_at(regime, address)
        assert table is not None  # it is in those tables
        size = table.descriptor
        start = address & ~(size - 1)
        key = start >> side.shift
        before = side.content(key << side.shift)
        offset = address - (key << side.shift)
        after = before[:offset] + data + before[offset + len(data) :]
        changed = False
        for at in range(start - (key << side.shift), offset + len(data), size):
            old, new = (self._descriptor(regime, table, one[at : at + size]) for one in (before, after))
            if old == new:
                continue
            side.between(key, slice(at, at + size), before, pc, cpu)
            if self._holdable(regime, table, new):
                self._check_break(regime, table, key, at, old, new, pc)
            changed = changed or self._holdable(regime, table, old)
        if changed:
            known = {name: values[name] for name in _NAMES[regime]}
            second = table.stage == SECOND
            self._hold(Held(regime, known, {key: before}, tables, pc, "store to the table", cpu, second))
        self.system.forget_translations((regime,))
        self.rules.in_use.changed = True

    def _control(self, regime: Regime, table: Table) -> int:
        """The register that says how walks read a table: SCTLR, or HSCTLR."""
        second = regime is Regime.HYP or table.stage == SECOND
        return self.system.cpu.coproc.values["HSCTLR" if second else CONTROL[regime]]

    def _descriptor(self, regime: Regime, table: Table, data: bytes) -> int:
        return int.from_bytes(data, "big" if self._control(regime, table) & _EE else "little")

    def _holdable(self, regime: Regime, table: Table, descriptor: int) -> bool:
        return holdable(table, descriptor, bool(self._control(regime, table) & _AFE))

    def _check_break(
        self, regime: Regime, table: Table, key: int, at: int, old: int, new: int, pc: int
    ) -> None:
        """A descriptor is stored that can be held: may the TLB hold another one of the same place?"""
        size, place = table.descriptor, (key << self._side.shift) + at
        possible = {old: pc} if self._holdable(regime, table, old) else {}
        for one in self._of(regime):
            if key in one.lines and one.whole < SYNCHRONISED - 1:
                before = self._descriptor(regime, table, one.lines[key][at : at + size])
                if self._holdable(regime, table, before) and not self._gone(one, place):
                    possible.setdefault(before, one.pc)
        kind, values = format_of(table, regime, new), self.system.cpu.coproc.values
        memory = attributes_of(table, regime, values, new)
        for before, where in possible.items():
            alike = memory is not None and memory == attributes_of(table, regime, values, before)
            changed = differing(kind, before, new, alike)
            if changed:
                digits = 2 * size + 2
                self._report(
                    NO_BREAK,
                    f"the descriptor {new:#0{digits}x} is stored over {before:#0{digits}x}, "
                    "which the TLB may hold",
                    (Event(where, "store to the table"),) if where != pc else (),
                    (changed,),
                    "write an invalid descriptor, DSB, invalidate the TLB entry, DSB, then write the new one",
                    (key, at),
                    pc,
                )
                return

    def _gone(self, one: Held, descriptor: int) -> bool:
        """Whether an invalidation by address has removed what a descriptor gave: it covers every level of the
        walk of that address, wherever the walk ended."""
        for page, stage in one.pages.items():
            if stage < SYNCHRONISED - 1 or page < 0:
                continue
            was = Overlay(self._side, one.lines)
            was.translate(one.values, (page & PAGE) << 12, False, one.regime)
            if descriptor in was.visited:
                return True
        return False

    # -- invalidation and order ------------------------------------------------------------------------
    def operation(self, name: str, value: int) -> None:
        """A TLB operation covers what is in order now."""
        name = joined(self._halves, name, value)
        if not name.startswith("TLBI"):
            return
        cpu = self.system.cpu
        forced = not cpu.secure and not cpu.is_hyp and cpu.coproc.values["HCR"] & _FB
        shared = name.endswith("IS") or bool(forced)
        for one in self._everyone() if shared else (self,):
            one.invalidated(name, value, shared, self)

    def invalidated(self, name: str, value: int, shared: bool, by: EntryRules) -> None:
        """Some CPU's operation reaches this one's TLB."""
        cpu = by.system.cpu
        regime = Regime.HYP
        if name not in (*HYP_ALL, *HYP_MVA):
            non_secure = name in NSNH or cpu.coproc.scr_ns
            regime = Regime.NON_SECURE_PL1 if non_secure else Regime.SECURE_PL1
        entries = self._held.get(by._here(regime), ()) if name in CURRENT else self._of(regime)
        told = name in CURRENT and by.rules.context.changed("VTTBR", VMID) is not None
        for one in entries:
            if not (one.ordered or (told and one.what == "write to VTTBR")):
                continue  # a walk may read it once more; of a VMID that is not synchronised CTX-009 tells
            if one.second and name in OF_STAGE_1:
                continue
            self._moving[one.number] = one
            one.shared = shared
            one.issued(named(name, value), cpu.index)

    def _here(self, regime: Regime) -> Tag:
        """What selects the entries that an access in a regime may hit now."""
        return tag(regime, self.system.cpu.coproc.values)

    def barrier(self, kind: str, option: int) -> None:
        """A DSB completes this CPU's stores to tables, and those of its invalidations that it covers, for
        every TLB that they reach."""
        if kind != "dsb":
            return
        me = self.system.cpu.index
        for rules in self._everyone():
            reached = rules is self or option not in NON_SHAREABLE
            for one in rules._moving.values():
                if one.what.startswith("store") and one.cpu == me and reached:
                    one.ordered = True
                if option not in STORE_ONLY and not (one.shared and option in NON_SHAREABLE):
                    one.completed(me)

    def synchronised(self) -> None:
        """Register writes are in order, and completed invalidations reach fetches."""
        if not self._moving:
            return
        for one in self._moving.values():
            if not one.what.startswith("store"):
                one.ordered = True
            for page, stage in one.pages.items():
                one.pages[page] = 3 if stage == 2 else stage
        self._drop([one for one in self._moving.values() if one.whole == 2])
        for key in [key for key, one in self._moving.items() if one.whole == 2 or not one.moving]:
            del self._moving[key]

    # -- uses ------------------------------------------------------------------------------------------
    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation is used: may the TLB hold another one?"""
        if isinstance(outcome, Translation) and not (outcome.steps or outcome.second):
            return
        needed = SYNCHRONISED if access == "fetch" else SYNCHRONISED - 1
        said = False
        read = self._read_by(outcome, regime)
        for one in self._held.get(self._here(regime), ()):
            if one.stage(va >> 12) >= needed:
                continue
            if self._enabled(one.values, regime) != self._enabled(self.system.cpu.coproc.values, regime):
                continue  # what stage 2 made of addresses while stage 1 was off is for that state alone
            if read is not None and self._read_alike(one, read):
                continue
            self.rules.loose()
            then = self._with_access_control(one)
            other = Overlay(self._side, one.lines).translate(then, va, access == "fetch", regime)
            if not isinstance(other, Translation) or not (other.steps or other.second):
                continue
            if not Overlay.told_apart(outcome, other, access) or one.removed(va >> 12, other) >= needed:
                continue
            if self._other_asid(one, other):
                self._of_old_asid(one, va, outcome, other, access)
                continue
            what = f"the {access} of {va:#010x} hits the TLB entry from before the {one.what}"
            key = behaviour(other, access)
            played = self.rules.offer(STALE, (STALE.id, one.pc), what, other, key)
            if said:
                continue
            said = True
            moved = not isinstance(outcome, Translation) or outcome.pa != other.pa
            gives = f"gives {_told(other)}" if moved else "has other attributes or permissions"
            than = f", where the tables now give {_told(outcome)}" if moved else " than the tables now give"
            self._report(
                STALE,
                f"the {access} of {va:#010x} may use a TLB entry that {gives}{than}",
                (Event(one.pc, one.what),),
                (changed_translation(other, outcome),),
                "after the change: DSB, invalidate the TLB entry, DSB, ISB",
                (one.pc,),
            )
            if not played:
                return

    def _read_by(
        self, outcome: Translation | Fault, regime: Regime
    ) -> Sequence[tuple[int, slice, bytes]] | None:
        """The descriptors that a walk of Hyp mode has read; None of what is walked otherwise."""
        if regime is not Regime.HYP or not isinstance(outcome, Translation):
            return None
        side = self._side
        order: Literal["big", "little"] = "big" if self.system.cpu.coproc.values["HSCTLR"] & _EE else "little"
        found = []
        for step in outcome.steps:
            place = side.place(step.address).address
            offset = place & (side.size - 1)
            found.append((place >> side.shift, slice(offset, offset + 8), step.descriptor.to_bytes(8, order)))
        return found

    def _read_alike(self, one: Held, read: Sequence[_Read]) -> bool:
        """Whether what is held is from registers and descriptors that are the same now: it is the translation
        of now then, which need not be made again."""
        lines = one.lines
        for key, there, descriptor in read:
            line = lines.get(key)
            if line is not None and line[there] != descriptor:
                return False
        return one.values.items() <= self.system.cpu.coproc.values.items()

    def _of_old_asid(
        self, one: Held, va: int, outcome: Translation | Fault, other: Translation, access: str
    ) -> None:
        """The TLB may hold an entry of another ASID, which may still be the current one while the write that
        changed it is not synchronised."""
        context, bank = self.rules.context, bank_of(one.regime)
        names = (f"CONTEXTIDR{bank}", f"TTBR0{bank}", f"TTBR1{bank}", f"TTBCR{bank}")
        for over, values in context.possible(names):
            if asid(values, bank) == one.asid:
                now, then = (_told(each) for each in (outcome, other))
                what = f"the {access} of {va:#010x}"
                rule = FETCH if access == "fetch" else DATA
                context.offer_entry(rule, what, over, other, access)
                then = f"the TLB entry of {then} of ASID {one.asid}"
                context.differs(rule, f"{what} gives", now, then, over, offered=True)
                return

    @staticmethod
    def _enabled(values: Mapping[str, int], regime: Regime) -> int:
        """SCTLR.M: the enable of stage 1, which no TLB entry holds."""
        return values[CONTROL[regime]] & _M

    def _with_access_control(self, one: Held) -> Mapping[str, int]:
        """The registers that a held entry is from, and the DACR of now: an entry holds the number of its
        domain, and the DACR is looked at with each access (B3.7.3)."""
        name = _DACR.get(one.regime)
        return one.values | {name: self.system.cpu.coproc.values[name]} if name else one.values

    def _other_asid(self, one: Held, other: Translation) -> bool:
        """Whether an entry is not global and of another ASID than the current one."""
        if not tagged(one.regime, other):
            return False
        return one.asid != asid(self.system.cpu.coproc.values, bank_of(one.regime))

    def _report(
        self,
        rule: Rule,
        sentence: str,
        earlier: tuple[Event, ...],
        state: tuple[str, ...],
        fix: str,
        key: tuple[object, ...],
        pc: int | None = None,
    ) -> None:
        where = self.system.current_pc() if pc is None else pc
        self.rules.report(
            Finding(rule.id, rule.severity, sentence, where, self.system.cpu.index, earlier, state, fix),
            once=(rule.id, *key),
        )


def _told(outcome: Translation | Fault) -> str:
    return f"physical address {outcome.pa}" if isinstance(outcome, Translation) else "a fault"


def _remove(index: dict[Key, list[Held]], key: Key, one: Held) -> None:
    index[key].remove(one)
    if not index[key]:
        del index[key]
