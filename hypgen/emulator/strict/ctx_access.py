"""CTX: system registers and operations that another register's pending write governs (DDI 0406C B3.15.5).

What an access to one register means may depend on another: a selection, a bank, an access control, an offset.
A direct read of a register sees the write to it at once; what depends on it does so only after the next
context synchronisation event. Controls that govern the PL1 and PL0 code which Hyp mode returns to (HSTR,
HDCR, CNTHCTL, VPIDR, VMPIDR, the traps of HCR) have their first use after an exception return, which
synchronises: nobody can see them pending.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.register import Register
from hypgen.bits import bits
from hypgen.emulator.address_operations import ADDRESS_TRANSLATIONS, par_under
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.extension import FLOATING_POINT
from hypgen.emulator.operations import CACHE_BY_ADDRESS
from hypgen.emulator.strict.ctx import DATA, ContextRules
from hypgen.emulator.strict.exposure import data_cached
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Rule
from hypgen.emulator.strict.pending import FOR_REGIME, Pending
from hypgen.emulator.strict.tlb_held import VMID
from hypgen.emulator.system import CP15_BARRIER, SWAP
from hypgen.emulator.translation import Regime, Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.faults import Fault

_MANUAL = "DDI 0406C B3.15.5, Synchronization of changes to system control registers"

INDIRECT = Rule(
    "CTX-004",
    "a register is accessed whose value depends on a write that is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "CCSIDR shows the cache that CSSELR selects, PMXEVTYPER and PMXEVCNTR are those of the counter that "
    "PMSELR selects, CNTVCT and CNTV_TVAL count from CNTVOFF, and the ISTATUS bit of a timer follows from "
    "its CTL and CVAL. These are indirect uses: until the next context synchronisation event they may see "
    "the old value. Put an ISB between the write and the access.",
    "set CSSELR, r0; get CCSIDR, r1",
    "set CSSELR, r0; isb; get CCSIDR, r1",
)

RESULT = Rule(
    "CTX-005",
    "the result of an address translation operation is read before it is synchronised",
    Severity.ERROR,
    "DDI 0406C B3.14, Virtual Address to Physical Address translation operations",
    "An address translation operation (ATS1HR and its kin) writes PAR; a read of PAR sees the result "
    "only after a context synchronisation event. Put an ISB between the operation and the MRRC or MRC.",
    "ATS1HR r0; get PAR, r1, r2",
    "ATS1HR r0; isb; get PAR, r1, r2",
)

BANK = Rule(
    "CTX-006",
    "a banked register is accessed while a write to SCR.NS is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "SCR.NS selects the Secure or the Non-secure copy of a banked register, and lets Monitor mode "
    "reach the PL2 registers. Until the next context synchronisation event the access may reach "
    "either copy, or be UNDEFINED. Put an ISB between the write to SCR and the access.",
    "in Monitor mode: set SCR, r0 (NS = 1); set VBAR, r1",
    "in Monitor mode: set SCR, r0 (NS = 1); isb; set VBAR, r1",
)

ACCESS = Rule(
    "CTX-008",
    "an instruction depends on an access control that is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "CPACR, NSACR and HCPTR decide whether floating-point and Advanced SIMD instructions execute, trap or "
    "are UNDEFINED, and a write to them takes effect on such instructions only after a context "
    "synchronisation event; so do SCTLR.CP15BEN and HSCTLR.CP15BEN on the CP15 barriers, and SCTLR.SW on "
    "SWP. Put an ISB between the write and the first of these instructions. A write to FPEXC needs none: "
    "its effects are synchronous to it (B4.1.57).",
    "<HCPTR.TCP10 = 1> clear TCP10 and TCP11 in HCPTR; vmrs r0, fpscr",
    "the same with an ISB after the write to HCPTR",
)

OPERAND = Rule(
    "CTX-009",
    "a TLB operation is performed while what selects its entries is not synchronised",
    Severity.ERROR,
    _MANUAL,
    "TLBIALL, TLBIMVA, TLBIMVAA and TLBIASID remove entries of the current VMID (VTTBR) and, from Monitor "
    "mode, of the security state that SCR.NS selects. Until the write to VTTBR or SCR is synchronised the "
    "operation may remove those of the old one, and the entries that were meant stay. Put an ISB between "
    "the two.",
    "set VTTBR, r0, r1 (another VMID); TLBIALL",
    "set VTTBR, r0, r1 (another VMID); isb; TLBIALL",
)
COHERENT = Rule(
    "CTX-010",
    "shareable memory is accessed through the cache while ACTLR.SMP is not synchronised",
    Severity.ERROR,
    _MANUAL + "; the TRMs of Cortex-A7 and -A15, ACTLR.SMP",
    "Until the write that sets ACTLR.SMP is synchronised the CPU may still be outside the coherency "
    "domain: other CPUs do not see its stores, and it does not see theirs. Set the bit, then ISB, before "
    "the caches and the MMU are turned on.",
    "<MMU and C on> set ACTLR, r0 (SMP = 1); str r1, [r2]",
    "<MMU and C on> set ACTLR, r0 (SMP = 1); isb; str r1, [r2]",
)
RULES = (INDIRECT, RESULT, BANK, ACCESS, OPERAND, COHERENT)

_GRANTING = {
    FLOATING_POINT: {
        "CPACR": cp15.CPACR.bit("cp10") | cp15.CPACR.bit("cp11") | cp15.CPACR.bit("ASEDIS"),
        "NSACR": cp15.NSACR.bit("cp10") | cp15.NSACR.bit("cp11"),
        "HCPTR": cp15.HCPTR.bit("TCP10") | cp15.HCPTR.bit("TCP11") | cp15.HCPTR.bit("TASE"),
    },
    CP15_BARRIER: {
        "HSCTLR": cp15.HSCTLR.bit("CP15BEN"),
        "SCTLR_S": cp15.SCTLR.bit("CP15BEN"),
        "SCTLR_NS": cp15.SCTLR.bit("CP15BEN"),
    },
    SWAP: {"SCTLR_S": cp15.SCTLR.bit("SW"), "SCTLR_NS": cp15.SCTLR.bit("SW")},
}
"""By the instructions, the registers that let them be executed, and the bits that do."""
_SELECTED = {"CCSIDR": "CSSELR", "PMXEVTYPER": "PMSELR", "PMXEVCNTR": "PMSELR"}
"""Registers that are read or written through a selection."""
_TIMERS = ("CNTP", "CNTV", "CNTHP")
_ENABLE = cp15.CNTP_CTL.bit("ENABLE")
_SCR_NS, _SMP, _A = cp15.SCR.bit("NS"), 1 << 6, cp15.SCTLR.bit("A")
CONTROL = {Regime.HYP: "HSCTLR", Regime.NON_SECURE_PL1: "SCTLR_NS", Regime.SECURE_PL1: "SCTLR_S"}
_OF_CURRENT = frozenset(
    name + shared for name in ("TLBIALL", "TLBIMVA", "TLBIMVAA", "TLBIASID") for shared in ("", "IS")
)
"""TLB operations whose entries VTTBR and SCR.NS select."""


class AccessRules(Family):
    """The CTX rules of accesses to system registers and of operations, for one CPU."""

    @property
    def _context(self) -> ContextRules:
        return self.rules.context

    @property
    def _pending(self) -> Mapping[str, Pending]:
        return self._context.pending

    # -- registers ---------------------------------------------------------------------------------------
    def register_read(self, name: str) -> None:
        """A register is read by an instruction, or an instruction asks whether it may be executed."""
        if name in _GRANTING:
            self._granted(name)
        elif name == "PAR":
            stored = self.system.cpu.coproc.stored_name(name)
            if stored in self._pending:
                sentence = "PAR is read before the operation that wrote it is synchronised"
                self._context.report(RESULT, sentence, [stored], {stored: self._pending[stored].old[0]})
        elif name in ("CNTVCT", "CNTV_TVAL"):
            self._depends(name, "CNTVOFF", "read")
        elif name.endswith("_CTL") and name.removesuffix("_CTL") in _TIMERS:
            self._status(name.removesuffix("_CTL"))

    def register_accessed(self, row: Register) -> None:
        """Any CP15 access by an instruction, while something is pending."""
        if row.name in _SELECTED:
            self._depends(row.name, _SELECTED[row.name], "accessed")
        scr = self._context.changed("SCR", _SCR_NS)
        if scr is not None and (row.banked or row.access.hyp_only):
            sentence = f"{row.name} is accessed while SCR.NS may still have the old value"
            self._context.report(BANK, sentence, ["SCR"], {"SCR": scr})

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """A write to TVAL is one to CVAL."""
        if row.name.endswith("_TVAL"):
            compare = stored.replace("TVAL", "CVAL")
            values = self.system.cpu.coproc.values
            self._context.register_written(compare, values[compare], ~values[compare])

    def _depends(self, name: str, on: str, how: str) -> None:
        """A register is accessed whose value follows from another."""
        stored = self.system.cpu.coproc.stored_name(on)
        old = self._context.changed(stored, -1)
        if old is not None:
            sentence = f"{name} is {how} while {stored} may still have the old value"
            self._context.report(INDIRECT, sentence, [stored], {stored: old})

    def _status(self, timer: str) -> None:
        """ISTATUS of a timer is read, which is 1 when the timer is enabled and its time has come."""
        coproc = self.system.cpu.coproc
        control, compare = (coproc.stored_name(f"{timer}_{what}") for what in ("CTL", "CVAL"))
        names = [control, compare, *(["CNTVOFF"] if timer == "CNTV" else [])]
        if not any(name in self._pending for name in names):
            return
        count = coproc.read("CNTPCT")

        def status(values: Mapping[str, int]) -> bool:
            offset = values["CNTVOFF"] if timer == "CNTV" else 0
            due = (count - offset) % (1 << 64) >= values[compare]
            return bool(values[control] & _ENABLE) and due

        now = status(coproc.values)
        for over, values in self._context.possible(names, f"ISTATUS of {timer}_CTL"):
            if status(values) != now:
                what = f"ISTATUS of {timer}_CTL is"
                self._context.differs(INDIRECT, what, str(int(now)), str(int(not now)), over)
                return

    def _granted(self, what: str) -> None:
        """An instruction asks whether it may be executed."""
        secure = self.system.cpu.secure
        for name, mask in _GRANTING[what].items():
            if name != "HSCTLR" and what is CP15_BARRIER and self.system.cpu.is_hyp:
                continue
            if name.endswith("_S" if not secure else "_NS"):
                continue
            if (name in ("NSACR", "HCPTR") and secure) or (name == "CPACR" and self.system.cpu.is_hyp):
                continue  # the first two are for the Non-secure state, the third is not for Hyp mode
            old = self._context.changed(name, mask)
            if old is not None:
                sentence = f"{what} is executed while {name} may still have the old value"
                self._context.report(ACCESS, sentence, [name], {name: old})

    # -- operations --------------------------------------------------------------------------------------
    def operation(self, name: str, value: int) -> None:
        """A TLB, cache or address translation operation is performed with what may still be old."""
        if name in _OF_CURRENT:
            self._selected(name)
        elif name in CACHE_BY_ADDRESS:
            self._maintained(name, value)
        elif name in ADDRESS_TRANSLATIONS:
            self._asked(name, value)

    def _selected(self, name: str) -> None:
        """VTTBR and SCR.NS say which entries a TLB operation removes."""
        cpu = self.system.cpu
        old = self._context.changed("VTTBR", VMID) if not cpu.secure else None
        if old is not None:
            vmid = bits(old, 55, 48)
            sentence = f"{name} is performed while VTTBR may still have the old VMID {vmid}"
            self._context.report(OPERAND, sentence, ["VTTBR"], {"VTTBR": old})
        old = self._context.changed("SCR", _SCR_NS)
        if old is not None:
            sentence = f"{name} is performed while SCR.NS may still have the old value"
            self._context.report(OPERAND, sentence, ["SCR"], {"SCR": old})

    def _maintained(self, name: str, value: int) -> None:
        """Cache maintenance by address reaches the line that the address is translated to."""
        regime = self.system.regime()
        for over, values in self._context.possible(self._context.read_in(regime), f"{name} of {value:#010x}"):
            now = self.system.translate(value)
            other = self.system.translate_under(values, value, False, regime)
            if _line(now) != _line(other):
                self._context.differs(
                    DATA, f"{name} of {value:#010x} reaches", _line(now), _line(other), over
                )
                return

    def _asked(self, name: str, value: int) -> None:
        """An address translation operation uses all that the translation itself would use."""
        context, system = self._context, self.system
        if name.startswith("ATS1H"):
            regime = Regime.HYP
        else:
            guest = name.startswith("ATS12NSO") or not system.cpu.secure
            regime = Regime.NON_SECURE_PL1 if guest else Regime.SECURE_PL1
        now = par_under(system, system.cpu.coproc.values, name, value)
        for over, values in context.possible(FOR_REGIME[regime], f"{name} of {value:#010x}"):
            other = par_under(system, values, name, value)
            if other != now:
                context.differs(
                    DATA, f"{name} of {value:#010x} gives PAR =", f"{now:#x}", f"{other:#x}", over
                )
                break
        context.await_synchronisation(system.cpu.coproc.stored_name("PAR"))

    # -- accesses ----------------------------------------------------------------------------------------
    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A shareable location is accessed through the cache: is this CPU in the coherency domain?"""
        if access == "fetch" or "ACTLR" not in self._pending or not isinstance(outcome, Translation):
            return
        values = self.system.cpu.coproc.values
        shared = outcome.attributes.shareability != "non" and data_cached(regime, values, outcome.attributes)
        old = self._context.changed("ACTLR", _SMP)
        if shared and old is not None:
            sentence = (
                f"the {access} of {va:#010x} is shareable and cached while ACTLR.SMP may have the old value"
            )
            self._context.report(COHERENT, sentence, ["ACTLR"], {"ACTLR": old}, offered=True)

    def unaligned(self, va: int, write: bool) -> None:
        """An access that is not aligned: Strongly-ordered and Device memory, and SCTLR.A, refuse it."""
        self._refused(va, "write" if write else "read", unaligned=True)

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX and STREX need Normal memory."""
        self._refused(va, "LDREX" if load else "STREX", unaligned=False)

    def _refused(self, va: int, access: str, unaligned: bool) -> None:
        context, system = self._context, self.system
        regime = system.regime()
        values = system.cpu.coproc.values
        now = _allowed(system.translate(va), values, regime, unaligned)
        for over, old in context.possible(context.read_in(regime), f"the {access} of {va:#010x}"):
            other = system.translate_under(old, va, False, regime)
            if isinstance(other, Translation) and _allowed(other, old, regime, unaligned) != now:
                what = f"the {'unaligned ' if unaligned else ''}{access} of {va:#010x} is"
                said = (
                    {True: "allowed", False: "refused"}
                    if unaligned
                    else {True: "of Normal memory", False: "not"}
                )
                context.differs(DATA, what, said[now], said[not now], over, offered=not unaligned)
                return


def _allowed(
    outcome: Translation | Fault, values: Mapping[str, int], regime: Regime, unaligned: bool
) -> bool:
    """Whether memory and SCTLR.A let an access be unaligned, or memory lets it be exclusive."""
    if not isinstance(outcome, Translation) or outcome.attributes.type is not MemoryType.NORMAL:
        return False
    return not unaligned or not values[CONTROL[regime]] & _A


def _line(outcome: Translation | Fault) -> str:
    return f"physical address {outcome.pa}" if isinstance(outcome, Translation) else f"a {outcome.kind.value}"
