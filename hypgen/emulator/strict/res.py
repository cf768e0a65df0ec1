"""RES: reserved bits and what the manual calls UNPREDICTABLE (DDI 0406C B4.1, B3.6.1, B9.3).

What breaks on some implementation is an error: a vector table or translation table that is not aligned,
a reserved descriptor field that later architectures use, an UNPREDICTABLE instruction. What the field
is known to write and every implementation ignores is a warning: RES1 bits of HSCTLR written 0, as
Linux's stub does; nG set in Hyp descriptors, as Xen does. An image that writes such a bit back as it
read it is right, and is not reported.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.arch.register import Register
from hypgen.bits import bit, bits, sign_extend
from hypgen.emulator.cp15 import row_of
from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import TTBCR_EAE, TTBCR_N, TTBCR_T0SZ, TTBCR_T1SZ, by_ttbr1
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.remedies import remedy
from hypgen.emulator.strict.reserved import (
    Wrong,
    attribute_register,
    registers_of_walk,
    remapped_region,
    remaps,
    short_format,
    unwritten,
    wrong_in_long,
    wrong_in_short,
    wrong_in_stage1,
    wrong_in_stage2,
)
from hypgen.emulator.strict.tlb_held import bank_of
from hypgen.emulator.strict.unk import DIVERGES
from hypgen.emulator.translation import Regime, Step, Translation
from hypgen.errors import Severity
from hypgen.units import PhysAddr

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

RESERVED_BITS = Rule(
    "RES-001",
    "reserved bits of a system register are written otherwise than the manual says",
    Severity.WARNING,
    "DDI 0406C B4.1, the register's description",
    "A bit that is RAO/SBOP must be written 1, one that is UNK/SBZP must be written 0 or as it was read. "
    "The implementations of ARMv7 ignore what is written to them, and the field relies on it; later "
    "architectures give some of them a meaning. Write the register's whole documented value, or read it, "
    "change fields, and write it back.",
    "mov r0, #0; set HSCTLR, r0",
    "ldr r0, =0x30c50878; set HSCTLR, r0",
)
VECTOR_ALIGNMENT = Rule(
    "RES-002",
    "a vector base is not aligned to 32 bytes",
    Severity.ERROR,
    "DDI 0406C B4.1, HVBAR, MVBAR and VBAR",
    "Bits 4 to 0 of HVBAR, MVBAR and VBAR are UNK/SBZP: the table is taken from the address with these bits "
    "cleared, which is not where the image has it. Align the table with .balign 32.",
    "set HVBAR with an address that ends in 0x10",
    "set HVBAR with an address that ends in 0x20",
)
TABLE_ALIGNMENT = Rule(
    "RES-003",
    "a translation table base is not aligned to the table's size",
    Severity.ERROR,
    "DDI 0406C B4.1, HTTBR and a Long-descriptor TTBR (x = 5 - T0SZ, or 14 - T0SZ from T0SZ = 2 on), VTTBR "
    "(x = 14 - T0SZ, or 5 - T0SZ with SL0 = 1), and a Short-descriptor TTBR0 (x = 14 - N) and TTBR1 (x = 14)",
    "Bits x-1 to 0 of the base are UNK/SBZP: the walk takes the table from the address with these bits "
    "cleared, or whatever the implementation makes of it. Concatenated tables of stage 2 are aligned to "
    "their sum, which is 8 KB for two of them.",
    "set HTTBR with an address that ends in 0x10, T0SZ = 0",
    "set HTTBR with an address that ends in 0x20, T0SZ = 0",
)
TRANSLATION_CONTROL = Rule(
    "RES-004",
    "a translation control register holds a value that is reserved or UNPREDICTABLE",
    Severity.ERROR,
    "DDI 0406C B4.1, HTCR, TTBCR and VTCR, and B3.6.4",
    "VTCR.S must equal T0SZ<3>, the sign of T0SZ; and SL0 must fit T0SZ: level 1 (SL0 = 1) for T0SZ from -8 "
    "to 1, level 2 (SL0 = 0) for T0SZ from -2 to 7. The shareability of walks (SH0 of HTCR and VTCR, SH0 and "
    "SH1 of TTBCR with EAE = 1) is not 0b01, which is reserved. All of it is judged when a walk uses it.",
    "VTCR.T0SZ = -8 with S = 0, HCR.VM = 1",
    "VTCR.T0SZ = -8 with S = 1, SL0 = 1, HCR.VM = 1",
)
DESCRIPTOR = Rule(
    "RES-005",
    "a descriptor has a reserved field set that breaks on some implementation",
    Severity.ERROR,
    "DDI 0406C B3.5.1, Short-descriptor formats; B3.6.1 and B3.6.2, Long-descriptor formats; B3.7, memory "
    "access control; B3.8.2 and B3.8.3, TEX, C and B; B4.1, MAIR0, PRRR and DACR",
    "Used by this translation: bits 51 to 40 of a descriptor, or address bits below the block's size, which "
    "are UNK/SBZP; AP[1] = 0 in a Hyp descriptor, where it is SBO; the reserved shareability 0b01 for Normal "
    "memory; or an attribute encoding (of MAIR0 and kin, or MemAttr of stage 2) that the manual calls "
    "UNPREDICTABLE, which an attribute of a register that nothing has written may be, too. In the "
    "Short-descriptor format: AP = 0b100, TEX, C and B that are reserved, the reserved access 0b10 in DACR, "
    "and a supersection or large page whose 16 entries are not alike. An implementation with larger physical "
    "addresses, or a later one, reads them as something.",
    "a Hyp page descriptor with bit 6 = 0",
    "the same with bit 6 = 1",
)
DESCRIPTOR_HYP = Rule(
    "RES-006",
    "a Hyp descriptor has a field set that has no meaning there",
    Severity.WARNING,
    "DDI 0406C B3.6.2, Memory attributes in the Long-descriptor translation table format descriptors",
    "nG, PXN, APTable<0> and PXNTable are SBZ in the tables of Hyp mode, which has no ASID and no User mode. "
    "Implementations ignore them, and some hypervisors set them.",
    "a Hyp page descriptor with nG = 1",
    "the same with nG = 0",
)
INSTRUCTION = Rule(
    "RES-007",
    "an UNPREDICTABLE instruction is executed",
    Severity.ERROR,
    "DDI 0406C B9.3 (system instructions), A8.8, and the glossary: UNPREDICTABLE",
    "The manual lets an implementation do anything here that does not break security: in Hyp mode LDRT, STRT "
    "and their kin, SPSR_hyp or SP_hyp by a banked access (use MRS/MSR SPSR and the SP itself); anywhere a "
    "banked access to a register that the current mode uses itself, a conditional HVC, a mode change that "
    "CPSRWriteByInstr forbids; at PL1 and PL0 an access to the Performance Monitors while HDCR.HPMN is 0 or "
    "above PMCR.N. Where hardware usually does the obvious thing the run goes on with it.",
    "mrs r0, SPSR_hyp in Hyp mode",
    "mrs r0, SPSR in Hyp mode",
)
RULES = (
    RESERVED_BITS,
    VECTOR_ALIGNMENT,
    TABLE_ALIGNMENT,
    TRANSLATION_CONTROL,
    DESCRIPTOR,
    DESCRIPTOR_HYP,
    INSTRUCTION,
)

_VECTOR_BASES = frozenset({"HVBAR", "MVBAR", "VBAR"})
_TABLE_BASES = frozenset({"HTTBR", "VTTBR"})
_TTBR_FLAGS = 0x7F
"""What a Short-descriptor TTBR has below the base: IRGN, S, RGN and NOS."""
_ABOVE_BASE = (1 << 64) - (1 << 40)
"""Bits of a table base above the address: those below it are judged by its alignment."""
_CHECKED = frozenset({"HSCTLR", "HTCR", "VTCR", "HCPTR", "HCR", "HSTR", "HDCR", "SCR"})
"""Registers of the hypervisor whose reserved bits are looked at."""
_HTCR_T0SZ, _VTCR_T0SZ, _SL0 = cp15.HTCR.field("T0SZ"), cp15.VTCR.field("T0SZ"), cp15.VTCR.field("SL0")
_WITHOUT_MEANING_LAST = {"nG": 11, "PXN": 53}
_WITHOUT_MEANING_TABLE = {"APTable<0>": 61, "PXNTable": 59}
"""Bits of Hyp descriptors that have no meaning there: of blocks and pages, and of tables."""
_SH_RESERVED, _INNER_SHAREABLE = 0b01, 0b11
_S, _VM = cp15.VTCR.bit("S"), cp15.HCR.bit("VM")


class ReservedRules(Family):
    """The RES rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._seen: dict[tuple[int, int, int], bool] = {}
        self._given: dict[str, int] = {}
        """Table bases as they were written, with the bits that the register does not keep."""
        self._judged: dict[Regime, Hashable] = {}
        """What the registers of Hyp mode's walks held when they were looked at last."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The descriptors and registers that were looked at, and the bases that were written."""
        return {"descriptors": self._seen, "given": self._given, "judged": self._judged}

    # -- registers -------------------------------------------------------------------------------------
    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """A register is given a value: are its reserved bits as they must be?"""
        if row.name in _VECTOR_BASES:
            if value & 0x1F:
                sentence = f"{row.name} is written with {value:#010x}, whose bits 4 to 0 are not 0"
                self._report(VECTOR_ALIGNMENT, sentence, fix="align the vectors to 32 bytes", key=row.name)
            return
        if row.name in _TABLE_BASES:
            self._given[row.name] = value
        looked_at = _ABOVE_BASE if row.name in _TABLE_BASES else row.mask
        if row.name in _CHECKED | _TABLE_BASES:
            now = self.system.cpu.coproc.values[stored]
            zeros, ones = row.res1 & ~value, row.res0 & value & ~now & looked_at
            if zeros or ones:
                told = [f"RES1 bits {zeros:#010x} are written 0"] if zeros else []
                told += [f"RES0 bits {ones:#010x} are written 1"] if ones else []
                sentence = f"{row.name} is written with {value:#010x}: {' and '.join(told)}"
                fix = f"write {(value | row.res1) & ~row.res0:#010x}"
                exchanged = (value & 0xFFFF_FFFF) << 32 | value >> 32
                if row.width == 64 and not exchanged & row.res0 & looked_at:
                    fix = f"write {exchanged:#010x}: the two registers of the MCRR are exchanged"
                self._report(RESERVED_BITS, sentence, fix=fix, key=row.name)

    def _bases(self, va: int, access: str, outcome: Translation | Fault, regime: Regime) -> None:
        """A translation table base is judged when it is used: until then it may be on its way to be right."""
        values = self.system.cpu.coproc.values
        walked = isinstance(outcome, Translation) and bool(outcome.steps)
        if regime is Regime.HYP:
            control, base = values["HTCR"], values["HTTBR"]
            used = control, base, self._given.get("HTTBR")
            if walked and self._judged.get(regime) != used:
                self._judged[regime] = used
                self._shared("HTCR", "SH0", control)
                size = _HTCR_T0SZ.get(control)
                lowest = 5 - size if size < 2 else 14 - size
                self._aligned("HTTBR", base, lowest, f"HTCR.T0SZ = {size}")
            elif walked or not isinstance(outcome, Fault):
                return
        else:
            if regime is Regime.NON_SECURE_PL1 and values["HCR"] & _VM:
                self._stage2(values["VTCR"], values["VTTBR"])
            if walked:
                self._first_stage(va, values, bank_of(regime))
        for name in registers_of_walk(va, outcome, regime, values):
            if values.undefined(name, values[name]) and not self._written(name):
                self._report(
                    DIVERGES,
                    f"the {access} of {va:#010x} is translated by a walk for which {row_of(name).name} is "
                    "UNKNOWN: nothing has written it",
                    fix=f"write {row_of(name).name} before the MMU is turned on",
                    key=name,
                )

    def _first_stage(self, va: int, values: Mapping[str, int], bank: str) -> None:
        """The base of PL1's table: TTBR0 or TTBR1."""
        ttbcr, second = values["TTBCR" + bank], by_ttbr1(values["TTBCR" + bank], va)
        name = "TTBR1" if second else "TTBR0"
        if ttbcr & TTBCR_EAE:
            field, size = ("T1SZ", TTBCR_T1SZ.get(ttbcr)) if second else ("T0SZ", TTBCR_T0SZ.get(ttbcr))
            lowest = 5 - size if size < 2 else 14 - size
            self._aligned(
                name, values[name + bank] & (1 << 40) - 1, lowest, f"TTBCR.{field} = {size}", name + bank
            )
            self._shared("TTBCR", "SH1" if second else "SH0", ttbcr, bank)
        else:
            size = 0 if second else TTBCR_N.get(ttbcr)
            flags = values[name + bank] & _TTBR_FLAGS
            self._aligned(
                name, values[name + bank] & 0xFFFF_FFFF ^ flags, 14 - size, f"TTBCR.N = {size}", name + bank
            )

    def _stage2(self, vtcr: int, vttbr: int) -> None:
        size, start = sign_extend(_VTCR_T0SZ.get(vtcr), 4), _SL0.get(vtcr)
        fits = (start == 0 and size >= -2) or (start == 1 and size <= 1)
        signed = bool(vtcr & _S) == (size < 0)
        if not fits or not signed:
            why = (
                f"SL0 = {start} does not fit"
                if not fits
                else f"S = {int(bool(vtcr & _S))} is not the sign of"
            )
            self._report(
                TRANSLATION_CONTROL,
                f"stage 2 is used with VTCR = {vtcr:#010x}: {why} T0SZ = {size}",
                self._written("VTCR"),
                "give VTCR its whole value, S as T0SZ<3>",
            )
            return
        self._shared("VTCR", "SH0", vtcr)
        self._aligned(
            "VTTBR", vttbr & (1 << 40) - 1, 14 - size - 9 * start, f"VTCR.T0SZ = {size}, SL0 = {start}"
        )

    def _shared(self, name: str, field: str, value: int, bank: str = "") -> None:
        """The shareability of walks, where something has written it."""
        row = row_of(name + bank)
        if row.field(field).get(value) == _SH_RESERVED and name + bank in self.rules.written:
            right = row.field(field).put(value, _INNER_SHAREABLE)
            self._report(
                TRANSLATION_CONTROL,
                f"a walk is made with {name} = {value:#010x}, whose {field} is 0b01, which is reserved",
                self._written(name + bank),
                f"give {field} 0b11 (Inner Shareable), 0b10 or 0b00: write {right:#010x}",
                name + bank + field,
            )

    def _aligned(self, name: str, base: int, lowest: int, why: str, stored: str = "") -> None:
        base |= self._given.get(name, 0) & 0xF
        if base & (1 << lowest) - 1:
            self._report(
                TABLE_ALIGNMENT,
                f"{name} is {PhysAddr(base)}, and with {why} its bits {lowest - 1} to 0 must be 0",
                self._written(stored or name),
                f"align the table to {1 << lowest} bytes",
                name,
            )

    def _written(self, name: str) -> tuple[Event, ...]:
        pc = self.rules.written.get(name)
        return (Event(pc, f"write to {row_of(name).name}"),) if pc is not None else ()

    # -- descriptors -----------------------------------------------------------------------------------
    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation is used: are the base and the reserved fields of its descriptors as they must be?"""
        self._bases(va, access, outcome, regime)
        if not isinstance(outcome, Translation):
            return
        steps = outcome.steps if outcome.second is None else (*outcome.steps, *outcome.second.steps)
        if not steps:
            return
        values = self.system.cpu.coproc.values
        domains = values["DACR" + bank_of(regime)] if short_format(regime, values) else 0
        for step in steps:
            key = (int(step.address), step.descriptor, domains)
            if key not in self._seen:
                self._seen[key] = True
                self._look(step, va, access, regime, outcome)

    def _look(self, step: Step, va: int, access: str, regime: Regime, outcome: Translation) -> None:
        values = self.system.cpu.coproc.values
        last = step.kind != "table"
        unwritten = last and step.stage == 1 and self._unwritten(step, access, va, regime)
        if step.stage == 1 and short_format(regime, values):
            if not unwritten:
                found = wrong_in_short(step, outcome, values, self.system.memory.read32)
                self._descriptor(DESCRIPTOR, step, va, access, found, short=True)
            return
        hyp = regime is Regime.HYP and step.stage == 1
        if step.kind not in ("table", "block", "page") or (
            not last and step.descriptor >> 32 == 0 and regime is not Regime.HYP
        ):
            return
        found = wrong_in_long(step, hyp)
        if last and step.stage == 2:
            found += wrong_in_stage2(step.descriptor)
        elif last:
            found += wrong_in_stage1(step, outcome, values, unwritten)
        self._descriptor(DESCRIPTOR, step, va, access, found)
        if hyp:
            fields = _WITHOUT_MEANING_LAST if last else _WITHOUT_MEANING_TABLE
            odd = [
                Wrong(f"{name} is 1", f"clear {name} (bit {at})", 1 << at)
                for name, at in fields.items()
                if bit(step.descriptor, at)
            ]
            self._descriptor(DESCRIPTOR_HYP, step, va, access, odd)

    def _descriptor(
        self, rule: Rule, step: Step, va: int, access: str, found: list[Wrong], short: bool = False
    ) -> None:
        if not found:
            return
        digits = 10 if short else 18
        stage = "stage 2 " if step.stage == 2 else ""
        told = " and ".join(one.what for one in found)
        sentence = (
            f"the {access} of {va:#010x} is translated by the {stage}level {step.level} descriptor "
            f"{step.descriptor:#0{digits}x} at {step.address}: {told}"
        )
        fix = " and ".join(dict.fromkeys(one.fix for one in found))
        if all(one.inverted for one in found):
            right = reduce(xor, (one.inverted for one in found), step.descriptor)
            fix += f", so that the descriptor is {right:#0{digits}x}"
        named = [event for one in found if one.register for event in self._written(one.register)]
        in_memory = not all(one.register for one in found)
        stored = self._stored(step, 4 if short else 8) if in_memory else ()
        self._report(rule, sentence, (*stored, *named), fix, told)

    def _stored(self, step: Step, size: int) -> tuple[Event, ...]:
        """The store that last wrote a descriptor, if it is known."""
        side = self.rules.side
        address = side.place(int(step.address)).address
        line = side.lines.get(address >> side.shift)
        writer = line.writer_of(address & side.size - 1, size) if line is not None else None
        return () if writer is None else (Event(writer.pc, "store to the descriptor"),)

    def _unwritten(self, step: Step, access: str, va: int, regime: Regime) -> bool:
        """Whether nothing has written the register with the memory attribute that a descriptor selects, which
        is reported for all descriptors at once."""
        values = self.system.cpu.coproc.values
        holder = attribute_register(regime, values, step.descriptor)
        source = unwritten(holder, values) if holder is not None else None
        if holder is None or source is None:
            return False
        name = "PRRR" if remaps(regime, values) else row_of(source).name
        index = remapped_region(step) if remaps(regime, values) else bits(step.descriptor, 4, 2)
        self._report(
            DESCRIPTOR,
            f"the {access} of {va:#010x} is made with memory attribute {index}, which is UNKNOWN: "
            f"nothing has written {name}{'' if source == holder else f', of which {holder} is a copy'}",
            fix=f"write {name} before the MMU is turned on",
            key=holder,
        )
        return True

    # -- instructions ----------------------------------------------------------------------------------
    def unpredictable(self, sentence: str) -> None:
        """An instruction is UNPREDICTABLE here."""
        self._report(INSTRUCTION, sentence, fix=remedy(sentence), key=sentence)

    def _report(
        self, rule: Rule, sentence: str, earlier: tuple[Event, ...] = (), fix: str = "", key: str = ""
    ) -> None:
        pc = self.system.current_pc()
        self.rules.report(
            Finding(rule.id, rule.severity, sentence, pc, self.system.cpu.index, earlier, (), fix),
            once=(rule.id, key, pc if rule in (INSTRUCTION, RESERVED_BITS, VECTOR_ALIGNMENT) else 0),
        )
