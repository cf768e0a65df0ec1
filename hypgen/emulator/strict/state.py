"""STATE: what a contract holds an image to, beside the architecture: stacks, preserved registers, teardown.

The other families need nothing but the manual; these rules need to be told what is a stack, a public
function, a register that a call preserves, and where the image says that it has cleaned up. For hypgen's own
images the plan tells them, for others the contract of ``hypgen audit`` (its key ``state``). What is not
told is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import BANKED_NAMES
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.places import Place
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.contract import StateTerms
    from hypgen.emulator.strict.observer import StrictRules

ALIGNMENT = Rule(
    "STATE-001",
    "a public function is called with a stack that is not 8-byte aligned",
    Severity.ERROR,
    "DDI 0406C A3.2.1, Unaligned data access; the rule itself: AAPCS 5.2.1.2, Stack constraints at a public "
    "interface",
    "SP must be a multiple of 8 wherever a function is entered that another unit may call. Compilers rely "
    "on it: LDRD and STRD of 64-bit values and variable arguments go wrong otherwise, and vector code that "
    "tells slots apart by the low bits of SP takes the wrong one. Push an even number of registers before "
    "the call.",
    "push {r4, r5, lr}; bl f, with state.public: [f]",
    "push {r4, lr}; bl f",
)
OUTSIDE = Rule(
    "STATE-002",
    "a store through SP lies outside of the stack",
    Severity.ERROR,
    "DDI 0406C B1.3.2, ARM core registers; the limits are the contract's",
    "The store goes to the address in SP, which is in no stack that the contract names, or has left the "
    "CPU's own part of it: the stack was not set up, grew over its end, or was popped past its beginning. "
    "What lies there belongs to somebody else. Give SP its value before it is used, and make the stack as "
    "large as it must be.",
    "ldr sp, =stack; push {r0}, the stack being the page that begins at stack",
    "ldr sp, =stack + 0x1000; push {r0}",
)
CHANGED = Rule(
    "STATE-003",
    "a call to Hyp mode comes back with a register changed that it preserves",
    Severity.ERROR,
    "DDI 0406C B1.8.9, Exception return; AAPCS 5.1.1 and 5.1.2.1, registers that a call preserves",
    "HVC from PL1 goes on after the instruction with one of the registers that the contract says it keeps "
    "holding something else: r4 to r11, the banked SP, LR and SPSR of a PL1 mode (LR is not banked in Hyp "
    "mode: a handler that uses BL destroys the caller's), or d8 to d15. Save it on entry and restore it "
    "before ERET.",
    "a handler: bl f; eret, with state.preserves: [r4, lr]",
    "a handler: push {lr}; bl f; pop {lr}; eret",
)
LEFT_ON = Rule(
    "STATE-004",
    "Hyp mode is not torn down where the image says that it is",
    Severity.ERROR,
    "DDI 0406C B3.2, The effects of disabling MMUs on VMSA behavior, and B4.1, HVBAR",
    "At the place that the contract names as the end of the teardown HSCTLR.M must be 0 and HVBAR the "
    "vectors that were there before: whoever comes next (a kexec'ed kernel, a hypervisor that is loaded "
    "again) calls through them, and the tables of the one that left are freed.",
    "set HVBAR, r0 (the stub's) and ERET with HSCTLR.M = 1",
    "clear HSCTLR.M; isb; set HVBAR, r0 (the stub's); eret",
)
NOT_AGAIN = Rule(
    "STATE-005",
    "a second initialisation does not give what the first one gave",
    Severity.ERROR,
    "DDI 0406C B4.1, the registers of Hyp mode",
    "Each time that the run comes to the place which the contract names (state.same), the registers of Hyp "
    "mode must hold what they held the first time: after a teardown, a CPU that was off, or a reload, "
    "initialisation must not depend on what the last one left. Write every field that Hyp mode uses, and "
    "not only change some.",
    "get HTCR, r0; eor r0, r0, #0x3500; set HTCR, r0, twice",
    "ldr r0, =0x80803500; set HTCR, r0, twice",
)
RULES = (ALIGNMENT, OUTSIDE, CHANGED, LEFT_ON, NOT_AGAIN)

_M, _VM = cp15.HSCTLR.bit("M"), cp15.HCR.bit("VM")
_SP = 13
_HYP_STATE = ("HSCTLR", "HVBAR", "HTTBR", "HTCR", "HMAIR0", "HMAIR1", "HCR", "HCPTR", "HSTR", "HDCR")
"""What a second initialisation must give again."""
_SAVED_DOUBLES = slice(64, 128)
"""Bytes of d8 to d15 in the extension registers."""


class StateRules(Family):
    """The STATE rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._called: dict[str, Any] = {}
        """The call from PL1 that is open: its return address, mode, and the registers before."""
        self._first: dict[int, dict[str, int]] = {}
        """By address, the registers of Hyp mode when the run first came there."""
        self._part: dict[int, int] = {}
        """By mode, the part of a stack that this CPU uses."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold all that these rules know, by name."""
        return {"called": self._called, "first": self._first, "part": self._part}

    @property
    def _terms(self) -> StateTerms:
        return self.rules.contract.state

    # -- places ------------------------------------------------------------------------------------------
    def marked(self, va: int) -> None:
        """The run comes to a place that the contract names."""
        terms = self._terms
        self.rules.contract.reached.add(va)
        if va in terms.public and self.system.cpu.r[_SP] & 7:
            sp = self.system.cpu.r[_SP]
            self._report(
                ALIGNMENT,
                va,
                f"the function is called with SP = {sp:#010x}, which is no multiple of 8",
                f"SP<2:0> = {sp & 7}, expected 0",
                "push an even number of registers before the call, or align SP where the stack is set up",
            )
        if va in terms.torn_down:
            self._torn_down(va)
        if va in terms.same:
            self._again(va)

    def _torn_down(self, va: int) -> None:
        values, written = self.system.cpu.coproc.values, self.rules.written
        wrong = []
        if values["HSCTLR"] & _M:
            wrong.append(("HSCTLR", "HSCTLR.M is 1", "HSCTLR.M = 1, expected 0"))
        wanted = self._terms.torn_down[va]
        if wanted is not None and values["HVBAR"] != wanted:
            state = f"HVBAR = {values['HVBAR']:#010x}, expected {wanted:#010x}"
            wrong.append(("HVBAR", "HVBAR is not the vectors of before", state))
        for name, what, state in wrong:
            earlier = (Event(written[name], f"write to {name}"),) if name in written else ()
            fix = "turn the MMU off, ISB, then write HVBAR"
            self._report(LEFT_ON, va, f"the teardown is over, and {what}", state, fix, earlier, name)

    def _again(self, va: int) -> None:
        values, written = self.system.cpu.coproc.values, self.rules.written
        now = {name: values[name] for name in _HYP_STATE}
        first = self._first.setdefault(va, now)
        for name in _HYP_STATE:
            if now[name] != first[name]:
                earlier = (Event(written[name], f"write to {name}"),) if name in written else ()
                self._report(
                    NOT_AGAIN,
                    va,
                    f"{name} is not what it was when the run came here first",
                    f"{name} {first[name]:#x} -> {now[name]:#x}",
                    f"write the whole value of {name} each time",
                    earlier,
                    name,
                )

    # -- stacks ------------------------------------------------------------------------------------------
    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """Bytes are stored: through SP, and into a stack?"""
        stacks = self.rules.contract.state.stacks
        if not stacks or self.system.cpu.mode != Mode.HYP:
            return
        part = None
        for span in stacks:
            if span.start <= va < span.end:
                part = (va - span.start) // span.each + (span.start << 32)
                if self._part.get(Mode.HYP) == part:
                    return
                break
        pc = self.system.current_pc()
        insn = self.system.instruction(pc)
        if insn is None or (insn.fields.get("Rn") != _SP and not insn.heading.startswith("PUSH")):
            return
        if part is None:
            where = "in none of the stacks"
        elif self._part.setdefault(Mode.HYP, part) == part or not self._same_memory(part):
            return
        else:
            where = "not in the part of the stack that this CPU uses"
        ranges = ", ".join(f"[{one.start:#010x}..{one.end:#010x})" for one in stacks)
        self._report(
            OUTSIDE,
            pc,
            f"the store to {va:#010x} goes through SP, and is {where}",
            f"SP = {self.system.cpu.r[_SP]:#010x}; stacks: {ranges}",
            "set SP to the stack's end before it is used, or make the stack larger",
        )

    def _same_memory(self, part: int) -> bool:
        """Whether the part that this CPU used before is of the same span: not its other address."""
        return self._part[Mode.HYP] >> 32 == part >> 32

    # -- calls -------------------------------------------------------------------------------------------
    def exception_taken(self, kind: str) -> None:
        """HVC from PL1: what it must leave alone is noted."""
        taken = self.system.last_exception
        guest = self.system.cpu.coproc.values["HCR"] & _VM
        if not self._terms.preserves or kind != "HypervisorCall" or taken is None or guest:
            return
        if taken.from_mode != Mode.HYP:
            self._called["call"] = (
                taken.pc,
                taken.preferred_return,
                taken.from_mode,
                self._registers(taken.from_mode),
            )

    def synchronised(self) -> None:
        """An exception return may be that of the call."""
        cpu = self.system.cpu
        if "call" not in self._called or cpu.is_hyp:
            return
        pc, back, mode, before = self._called["call"]
        if (cpu.r[15], cpu.mode) != (back, mode):
            return
        del self._called["call"]
        after = self._registers(mode)
        changed = [name for name, value in before.items() if after[name] != value]
        if changed:
            state = ", ".join(f"{name} {before[name]:#x} -> {after[name]:#x}" for name in changed)
            self._report(
                CHANGED,
                pc,
                f"the call comes back with {' and '.join(changed)} changed",
                state,
                "save the register on entry to Hyp mode, and restore it before ERET",
            )

    def _registers(self, mode: int) -> Mapping[str, int]:
        """The registers that a call preserves, as PL1 has them."""
        cpu = self.system.cpu
        found: dict[str, int] = {}
        for name in self._terms.preserves:
            if name == "lr":
                found[name] = cpu.read_banked(_LINK[mode]) if mode in _LINK else cpu.r[14]
            elif name == "d8-d15":
                found[name] = int.from_bytes(cpu.extension.content[_SAVED_DOUBLES], "little")
            elif name == "banked":
                found |= {one: cpu.read_banked(one) for one in _BANKED}
            else:
                found[name] = cpu.r[int(name[1:])]
        return found

    def _report(
        self,
        rule: Rule,
        pc: int,
        sentence: str,
        state: str,
        fix: str,
        earlier: tuple[Event, ...] = (),
        key: str = "",
    ) -> None:
        cpu = self.system.cpu.index
        self.rules.report(
            Finding(rule.id, rule.severity, sentence, pc, cpu, earlier, (state,), fix),
            once=(rule.id, pc, key),
        )


_BANKED = tuple(
    one for one in BANKED_NAMES if not one.endswith("_hyp") and not re.fullmatch(r"r\d+_usr", one)
)
"""SP, LR and SPSR of every mode but Hyp, and what else FIQ mode has of its own; LR_usr is Hyp mode's LR."""
_LINK: Mapping[int, str] = {
    Mode.SVC: "LR_svc",
    Mode.ABT: "LR_abt",
    Mode.UND: "LR_und",
    Mode.IRQ: "LR_irq",
    Mode.FIQ: "LR_fiq",
}
"""The banked LR of each PL1 mode."""
