"""The strict rules of one CPU, as the core's observer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from copy import deepcopy
from typing import Any, cast

from hypgen.arch.register import Register
from hypgen.emulator.faults import Fault
from hypgen.emulator.strict import ctx, tlb
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.system import System
from hypgen.emulator.translation import Regime, Translation

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*ctx.RULES, *tlb.RULES)}
"""Every strict rule by its id."""

_Known = tuple[list[Finding], set[Hashable], dict[str, dict[Any, Any]]]
"""All that the rules of a CPU know: findings, what was said, and the dictionaries of each family."""

_CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}


class StrictRules:
    """What the strict rules know about one CPU, and what they found.

    ``tlb_clean`` is the entry contract's promise; ``assumptions`` are the board values that rest on
    no public source, by dotted path. A finding that would only repeat another is dropped.
    """

    def __init__(
        self, system: System, findings: list[Finding], tlb_clean: bool, assumptions: Mapping[str, str]
    ) -> None:
        self.system = system
        self.findings = findings
        self._said: set[Hashable] = set()
        self._ctx = ctx.ContextRules(self)
        self.pending: Mapping[str, object] = self._ctx.pending
        self.unsettled: Mapping[str, object] = self._ctx.unsettled
        rests_on = ("entry.tlb",) if "entry.tlb" in assumptions else ()
        self._tlb = tlb.TlbRules(self, tlb_clean, rests_on)

    def report(self, finding: Finding, once: Hashable) -> None:
        """Note a finding, unless one with the same key was noted."""
        if once not in self._said:
            self._said.add(once)
            self.findings.append(finding)

    def enabling(self, regime: Regime) -> tuple[Event, ...]:
        """The write to the control register that turned the MMU on, when the image made it."""
        name = _CONTROL[regime]
        pc = self._ctx.written.get(name)
        return (Event(pc, f"write to {name}"),) if pc is not None else ()

    # -- snapshots --------------------------------------------------------------------------------------
    def _known(self) -> _Known:
        return self.findings, self._said, {**self._ctx.state(), **self._tlb.state()}

    def capture(self) -> object:
        """A copy of all that the rules know."""
        return deepcopy(self._known())

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else; every container stays the same object."""
        findings, said, known = deepcopy(
            cast("tuple[list[Finding], set[Hashable], dict[str, Any]]", captured)
        )
        self.findings[:] = findings
        self._said.clear()
        self._said.update(said)
        for name, container in self._known()[2].items():
            container.clear()
            container.update(known[name])

    # -- the observer's interface ----------------------------------------------------------------------
    def register_written(self, stored: str, old: int, new: int) -> None:
        """A system register changed by MCR or MCRR."""
        self._ctx.register_written(stored, old, new)

    def operation(self, row: Register, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed."""
        if row.name.startswith("ATS"):
            self._ctx.address_translated()
        else:
            self._tlb.operation(row.name, value)

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""
        self._ctx.synchronised()
        self._tlb.synchronised()

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB."""
        if kind == "dsb":
            self._tlb.barrier(option)

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``."""
        self._ctx.translated(va, outcome, access, regime)
        self._tlb.translated(va, outcome, access, regime)

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""
        self._ctx.vectoring(stored)

    def register_read(self, name: str) -> None:
        """CCSIDR or PAR is read."""
        self._ctx.register_read(name)

    def register_accessed(self, row: Register) -> None:
        """A CP15 access is authorised, while something is pending."""
        self._ctx.register_accessed(row)
