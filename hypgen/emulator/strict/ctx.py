"""CTX: a system register write used before context synchronisation (DDI 0406C B3.15.5).

A write by MCR or MCRR is visible to a direct read at once. Indirect uses (translation, fetch,
vectoring, banking) may see the old or the new value until the next context synchronisation event:
ISB, exception entry, or exception return. Each indirect use in between is evaluated under every
combination of the values that are still possible; only when the outcomes differ is it a finding. Where
fetches differ both ways are followed, to where nothing differs any more that is read: for 256 instructions
at most, after which the finding says that they cannot be shown to converge.

So nothing needs to be said about identity maps: between the write that sets HSCTLR.M and the ISB a
fetch is translated with the MMU on and off, and when both give the same instruction nobody can tell.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.emulator.cp15 import row_of
from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import HYP_REGISTERS, REGISTERS
from hypgen.emulator.strict.anything import unknown_translations
from hypgen.emulator.strict.exposure import data_cached
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.fork import Meeting, converge
from hypgen.emulator.strict.overlay import behaviour
from hypgen.emulator.strict.pending import (
    FOR_REGIME,
    MOST_COMBINATIONS,
    SOON_READ,
    WATCHED,
    Pending,
    Replaced,
    combinations_of,
    difference,
    join,
)
from hypgen.emulator.translation import Regime, Translation, check
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_MANUAL = "DDI 0406C B3.15.5, Synchronization of changes to system control registers"

FETCH = Rule(
    "CTX-001",
    "an instruction fetch depends on a system register write that is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "A write to a register that controls translation (HSCTLR, HTTBR, HTCR, HMAIR0, HMAIR1 for Hyp mode) "
    "takes effect on instruction fetches at some point between the write and the next context "
    "synchronisation event. Until then every fetch must give the same instruction with the old and "
    "with the new value. This is why the code that sets or clears HSCTLR.M is identity mapped, and why "
    "HTTBR, HTCR and HMAIR are written and synchronised before it. Put an ISB between the write and "
    "the first instruction that needs it, and map the code in between at its own address.",
    "set HTTBR, r0, r1; set HSCTLR, r2 (M = 1); isb",
    "set HTTBR, r0, r1; isb; set HSCTLR, r2 (M = 1), identity mapped; isb",
)
DATA = Rule(
    "CTX-002",
    "a load or store depends on a system register write that is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "Between a write to a register that controls translation and the next context synchronisation event, "
    "an explicit access may be made with the old or with the new value. It goes to two different places, "
    "faults in one case only (an unaligned access, which Strongly-ordered memory and SCTLR.A refuse; an "
    "exclusive one, which needs Normal memory), or a store goes through the cache in one case and past it "
    "in the other. The same holds for cache maintenance by address and for address translation operations. "
    "Put an ISB between the write and the access.",
    "set HTTBR, r0, r1; ldr r2, [r3] where the two tables map r3 to two places",
    "set HTTBR, r0, r1; isb; ldr r2, [r3]",
)
VECTOR = Rule(
    "CTX-003",
    "an exception is taken through a vector base that is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "A write to HVBAR, VBAR or MVBAR, or to the fields of HSCTLR or SCTLR that choose the vectors and "
    "the state of the handler (V, TE, EE), may or may not be seen by an exception that is taken "
    "before the next context synchronisation event: the handler of the old table or of the new one "
    "runs. Put an ISB, or an exception return, between the write and whatever raises the exception.",
    "set HVBAR, r0; hvc #0",
    "set HVBAR, r0; isb; hvc #0",
)
BOUND = Rule(
    "CTX-007",
    "too many combinations of pending register values to evaluate",
    Severity.ERROR,
    _MANUAL,
    "So many system registers were written, or one so often, since the last context synchronisation "
    f"event that this use would have to be evaluated under more than {MOST_COMBINATIONS} combinations "
    "of old and new values. That they all agree cannot be shown, so it is not assumed. Put an ISB "
    "after a group of writes.",
    "set HTTBR, r0, r1 to many values in a loop; ldr r2, [r3]",
    "the same with an ISB in the loop",
)
RULES = (FETCH, DATA, VECTOR, BOUND)

_BASES = frozenset({"HTTBR", "TTBR0_S", "TTBR0_NS"})
"""Registers that name the table where every walk of a regime may begin."""
_ENABLING = {
    Regime.HYP: (("HSCTLR", cp15.HSCTLR.bit("M")),),
    Regime.NON_SECURE_PL1: (("SCTLR_NS", cp15.SCTLR.bit("M")),),
    Regime.SECURE_PL1: (("SCTLR_S", cp15.SCTLR.bit("M")),),
}
"""The register and the bit that turn walks of stage 1 on."""
_WALKING = frozenset(
    name
    for name in HYP_REGISTERS + REGISTERS[Regime.NON_SECURE_PL1] + REGISTERS[Regime.SECURE_PL1]
    if name.startswith(("HTTBR", "HTCR", "HMAIR", "TT", "MAIR", "DACR"))
)
"""Registers that a translation reads only while walks of stage 1 are on."""

_MCR = 4
"""Bytes of an instruction that writes a register, in A32 and T32."""

_VECTORING = {
    "HVBAR": ("HSCTLR", cp15.HSCTLR.bit("TE") | cp15.HSCTLR.bit("EE")),
    "MVBAR": ("SCTLR_S", cp15.SCTLR.bit("TE") | cp15.SCTLR.bit("EE")),
    "VBAR_S": ("SCTLR_S", cp15.SCTLR.bit("TE") | cp15.SCTLR.bit("EE") | cp15.SCTLR.bit("V")),
    "VBAR_NS": ("SCTLR_NS", cp15.SCTLR.bit("TE") | cp15.SCTLR.bit("EE") | cp15.SCTLR.bit("V")),
}
"""Vector base to the control register that exception entry reads with it, and the bits it reads."""
_HIGH = cp15.SCTLR.bit("V")
"""With this bit exceptions do not look at VBAR."""


class ContextRules(Family):
    """The CTX rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self.pending: dict[str, Pending] = {}
        self.unsettled: dict[str, Pending] = {}
        """Those that translation reads before the next synchronisation."""
        self.written: dict[str, int] = {}
        """Address of the last instruction that wrote each watched register."""
        self.order: dict[str, int] = {}
        """The order in which they were last written."""
        self.results: dict[str, int] = {}
        """What an operation last wrote into a register."""
        self._met: dict[tuple[tuple[str, int], ...], Meeting] = {}
        """Whether the code comes to the same under old values, by these."""
        self._blamed: dict[str, bool] = {}
        """Registers whose writes need a synchronisation that was asked for already."""

    def register_written(self, stored: str, old: int, new: int) -> None:
        """Remember what uses may see until the next synchronisation."""
        if stored not in WATCHED:
            return
        pc = self.system.current_pc()
        self._blamed.pop(stored, None)
        first = stored not in self.written
        self.written[stored] = pc
        self.order[stored] = len(self.order) and max(self.order.values()) + 1
        known = self.pending.get(stored)
        if known is None:
            if old == new:
                return
            known = self.pending[stored] = Pending([], first)
            if stored in SOON_READ[self.system.regime()]:
                self.unsettled[stored] = known
        if old not in known.old:
            known.old.append(old)
        if pc not in known.writes:  # a loop
            known.writes.append(pc)

    def await_synchronisation(self, stored: str) -> None:
        """An operation wrote a register, which reads need a context synchronisation event for."""
        now = self.system.cpu.coproc.values[stored]
        before = self.results.get(stored, ~now & row_of(stored).mask)  # UNKNOWN until the first operation
        self.results[stored] = now
        self.pending[stored] = Pending([before], writes=[self.system.current_pc()])

    def synchronised(self) -> None:
        """Nothing is pending any more."""
        self.pending.clear()
        self.unsettled.clear()
        self._met.clear()
        self._blamed.clear()

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold all that these rules know, by name."""
        return {
            "pending": self.pending,
            "unsettled": self.unsettled,
            "written": self.written,
            "order": self.order,
            "results": self.results,
            "met": self._met,
            "blamed": self._blamed,
        }

    # -- uses ----------------------------------------------------------------------------------------
    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """Evaluate a translation under all values that the registers it reads may still have."""
        names = self.read_in(regime) if self.pending else ()
        if not names:
            return
        system, values = self.system, self.system.cpu.coproc.values
        expected = self._key(outcome, access, values)
        self.rules.loose()
        rule = FETCH if access == "fetch" else DATA
        said = False
        for over, old_values in self.possible(names, f"the {access} of {va:#010x}"):
            other = system.translate_under(old_values, va, access == "fetch", regime)
            anywhere = self._anywhere(over, old_values, regime)
            key = self._key(other, access, old_values)
            if key == expected and not anywhere:
                continue
            played = (
                self._offer_anything(rule, outcome, va, access, regime, over)
                if anywhere and self.rules.playing
                else self._offer(rule, f"the {access} of {va:#010x}", over, over, key)
            )
            followed = access == "fetch" and not anywhere
            meeting = self._meeting(va, over) if followed and not said else Meeting.APART
            if said or meeting is Meeting.MET:
                continue
            now, then = _say(outcome, access, values), _say(other, access, old_values)
            if anywhere:
                then = "what lies at an UNKNOWN address"
            self.differs(
                rule, f"the {access} of {va:#010x} gives", now, then, over, offered=True, meeting=meeting
            )
            said = True
            if not played:
                return

    def read_in(self, regime: Regime) -> list[str]:
        """The pending registers that a translation in a regime reads: none that say how stage 1 walks where
        it is off under every value."""
        names = [name for name in FOR_REGIME.get(regime, ()) if name in self.pending]
        off = not any(
            value & mask for control, mask in _ENABLING.get(regime, ()) for value in self._seen(control)
        )
        return [name for name in names if name not in _WALKING] if off else names

    def _seen(self, name: str) -> list[int]:
        """All values that a register may be seen to have, the newest first."""
        known = self.pending.get(name)
        return [self.system.cpu.coproc.values[name], *(known.old if known is not None else ())]

    def changed(self, stored: str, mask: int) -> int | None:
        """A value of a register that may still be seen and differs from the new one in some bits."""
        known = self.pending.get(stored)
        if known is None:
            return None
        now = self.system.cpu.coproc.values[stored]
        return next((old for old in known.old if (old ^ now) & mask), None)

    def differs(
        self,
        rule: Rule,
        what: str,
        now: str,
        then: str,
        over: Mapping[str, int],
        offered: bool = False,
        meeting: Meeting = Meeting.APART,
    ) -> None:
        """Report that something is ``now`` with the new values, and ``then`` with those of ``over``;
        ``meeting`` tells whether both may come to the same."""
        self.report(
            rule,
            f"{what} {now} with the new value of {join(over)}, and {then} with the old one"
            + (f"; {meeting.value}" if meeting is Meeting.UNDECIDED else ""),
            list(over),
            over,
            offered,
        )

    def possible(
        self, names: Iterable[str], what: str = ""
    ) -> Iterator[tuple[dict[str, int], Mapping[str, int]]]:
        """What of some registers may still be seen otherwise than it is: that, and all values with it.

        ``what`` is evaluated under them, if anything: where they are too many for that, it is said.
        """
        values = self.system.cpu.coproc.values
        chosen = [name for name in names if name in self.pending]
        for number, over in enumerate(combinations_of(self.pending, chosen, values), 1):
            if number == MOST_COMBINATIONS:
                if what:
                    often = f"more than {MOST_COMBINATIONS} combinations of values of {join(chosen)}"
                    self.report(BOUND, f"{what} cannot be shown to converge: {often} are possible", chosen)
                return
            yield over, Replaced(values, over)

    def _anywhere(self, over: Mapping[str, int], old_values: Mapping[str, int], regime: Regime) -> bool:
        """Whether a walk would begin at a base that is UNKNOWN: no filling shows all that comes of it."""
        known = self.system.cpu.coproc.values
        return any(
            name in _BASES and known.undefined(name, old) and old_values[control] & mask
            for name, old in over.items()
            for control, mask in _ENABLING.get(regime, ())
        )

    def _offer_anything(
        self,
        rule: Rule,
        outcome: Translation | Fault,
        va: int,
        access: str,
        regime: Regime,
        over: Mapping[str, int],
    ) -> bool:
        """Have an access played whose walk begins at a base that is UNKNOWN."""
        base = f"the old value of {join(over)}, which is UNKNOWN"
        once = self._once(rule, over)
        for one in unknown_translations(outcome, va, access, regime, f"a walk by {base}"):
            what = f"the {access} of {va:#010x} goes by {base}: by a translation {one.what}"
            self.rules.offer(rule, once, what, one, one.key, ever=one.ever((rule.id, va >> 12)))
        return True

    def _meeting(self, va: int, over: Mapping[str, int]) -> Meeting:
        """Whether both branches of a fetch come to the same in the end."""
        key = tuple(sorted(over.items()))
        if key not in self._met:
            self._met[key] = converge(self.system, va, over)
        return self._met[key]

    def _key(self, outcome: Translation | Fault, access: str, values: Mapping[str, int]) -> Hashable:
        """What must agree: the instruction that is fetched, the place that is accessed (and for a store
        whether the cache or memory gets it), or the fault."""
        if isinstance(outcome, Translation):
            fault = check(outcome, fetch=access == "fetch", write=access == "write")
            if fault is None:
                if access == "fetch":
                    return self._instruction(outcome.pa)
                cached = access == "write" and data_cached(outcome.regime, values, outcome.attributes)
                return outcome.pa, cached
            outcome = fault
        return outcome.kind, outcome.level

    def _instruction(self, pa: int) -> int | None:
        page = self.system.memory.page(pa >> 12)
        return None if page is None else page.words[(pa & 0xFFF) >> 2]

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from ``stored``."""
        control, mask = _VECTORING[stored]
        values = self.system.cpu.coproc.values
        known = self.pending.get(control)
        looked_at = not mask & _HIGH or not all(value & _HIGH for value in self._seen(control))
        names = [stored] if stored in self.pending and looked_at else []
        # The image was entered in the state in which its vectors are, whatever TE and EE said then.
        old_values = known.old[known.from_entry :] if known is not None else []
        if any((old ^ values[control]) & mask for old in old_values):
            names.append(control)
        if names:
            if stored in names and self.pending[stored].from_entry:
                # What it was entered with is UNKNOWN: it may be where other code is that can be executed.
                for distance in (0x20, 0x40, 0x80):
                    beside = {stored: values[stored] ^ distance}
                    self._offer(VECTOR, "the exception", names, beside, tuple(beside.items()))
            sentence = f"an exception is taken while {join(names)} may still have the old value"
            self.report(VECTOR, sentence, names, {name: self.pending[name].old[0] for name in names})

    def _fix(self, rule: Rule, names: Iterable[str]) -> str:
        """Where the ISB goes: before the last write when others should have been in effect by then. It is for
        all the writes before it of their kind: by what is translated, and where exceptions go. No ISB helps
        the instruction that follows the last write: it must be the same by both values."""
        chosen = list(names)
        last = max(self.pending, key=lambda name: self.order.get(name, 0))
        kind = not _VECTORING.keys().isdisjoint(chosen)
        self._blamed.update(
            (name, True)
            for name in self.pending
            if (name != last or last in chosen) and (name in _VECTORING) == kind
        )
        if last not in chosen:
            return f"insert an ISB between the write to {join(chosen)} and the write to {last}"
        if rule is FETCH and self.system.current_pc() - _MCR in self.pending[last].writes:
            return f"map the code from the write to {last} to the ISB at its own address, as it was before"
        return f"insert an ISB after the write to {join(chosen)}"

    # -- saying it -----------------------------------------------------------------------------------
    def report(
        self,
        rule: Rule,
        sentence: str,
        names: Sequence[str],
        over: Mapping[str, int] | None = None,
        offered: bool = False,
    ) -> None:
        """Report what depends on the registers ``names``, of which ``over`` gives the old values.

        Unless it was ``offered``, or nothing here could play it, have the instruction go by each of them.
        """
        values = self.system.cpu.coproc.values
        if self.rules.playing and not offered:
            self.rules.loose()
            for old in combinations_of(self.pending, names, values):
                self._offer(rule, "the instruction", names, old, tuple(sorted(old.items())))
        if all(name in self._blamed for name in names):
            return
        events = tuple(Event(pc, f"write to {name}") for name in names for pc in self.pending[name].writes)
        state = tuple(difference(name, old, values) for name, old in (over or {}).items())
        self.rules.report(
            Finding(
                rule.id,
                rule.severity,
                sentence,
                self.system.current_pc(),
                self.system.cpu.index,
                events,
                state,
                self._fix(rule, names),
            ),
            once=self._once(rule, names),
        )

    def offer_entry(
        self, rule: Rule, what: str, over: Mapping[str, int], entry: Translation, access: str
    ) -> None:
        """Have an access played that hits a TLB entry which only old values select."""
        told = f"{what} hits the TLB entry that the old value of {join(over)} selects"
        self.rules.offer(rule, self._once(rule, over), told, entry, behaviour(entry, access))

    def _offer(
        self, rule: Rule, what: str, names: Iterable[str], over: Mapping[str, int], key: Hashable
    ) -> bool:
        told = f"{what} goes by the old value of {join(over)}"
        return self.rules.offer(rule, self._once(rule, names), told, over, key)

    def _once(self, rule: Rule, names: Iterable[str]) -> tuple[object, ...]:
        return (rule.id, *((name, self.pending[name].writes[0]) for name in names))


def _say(outcome: Translation | Fault, access: str, values: Mapping[str, int]) -> str:
    if isinstance(outcome, Translation):
        fault = check(outcome, fetch=access == "fetch", write=access == "write")
        if fault is None:
            way = ""
            if access == "write":
                cached = data_cached(outcome.regime, values, outcome.attributes)
                way = " through the cache" if cached else " past the caches"
            return f"physical address {outcome.pa}{way}"
        outcome = fault
    return f"a {outcome.kind.value}" + (f" at level {outcome.level}" if outcome.level else "")
