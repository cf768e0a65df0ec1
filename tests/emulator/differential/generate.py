"""Random cases: a mode, a biased state, and a few instructions drawn from the encoding tables."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from hypgen.arch import itstate, registers
from hypgen.arch.encoding import Encoding, EncodingError, Kind
from hypgen.arch.psr import Mode
from hypgen.decode.table import Insn, a32, decode_a32, decode_t32, is_32bit, t32_narrow, t32_wide
from tests.emulator.differential import known, ours
from tests.emulator.differential.case import (
    BANKED,
    CONTROLS,
    GENERAL,
    GROUP_SIZE,
    GROUPS,
    MODES,
    SCRATCH_SIZE,
    Case,
    Outcome,
)
from tests.emulator.differential.tables import ALIGNMENT, HSCTLR, ON, SCTLR, SWP

EXCLUDED = frozenset(
    {
        "WFI",  # wait in QEMU for ever
        "WFE",
        "DBG",
    }
)
"""Headings that no case has."""
UNPRIVILEGED = re.compile(r"(LDR|STR)S?[BH]?T ")
"""Loads and stores as if in User mode: from Monitor mode QEMU makes them in the state of SCR.NS."""
TGE = registers.HCR.bit("TGE")
TRAPS = sum(
    registers.HCR.bit(name)
    for name in ["TID0", "TID1", "TID2", "TID3", "TIDCP", "TAC", "TSW", "TPC", "TPU", "TTLB", "TVM"]
)
"""Traps of HCR that cases set; TSC would keep the harness from Monitor mode."""
SEMIHOSTING = (0xAB, 0x12_3456)
"""Immediates of SVC that QEMU answers itself, as the harness needs it."""
LONGEST = 8
EDGES = (0, 1, 2, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_8000)
EDGES += (0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x8000_7FFF)
SYSTEM = frozenset(
    {
        "CONTEXTIDR", "CTR", "DFAR", "DFSR", "HDFAR", "HIFAR", "HPFAR", "HSR", "HTPIDR", "IFAR", "IFSR",
        "MIDR", "TCMTR", "TLBTR", "ID_PFR0", "ID_PFR1", "ID_DFR0", "ID_AFR0", "ID_MMFR0",
        "ID_MMFR1", "ID_MMFR2", "ID_MMFR3", "ID_ISAR0", "ID_ISAR1", "ID_ISAR2", "ID_ISAR3", "ID_ISAR4",
        "ID_ISAR5", "CLIDR", "AIDR", "TPIDRPRW", "TPIDRURO", "TPIDRURW", "CP15ISB", "CP15DSB", "CP15DMB",
        "ICIALLU", "ICIALLUIS", "BPIALL", "BPIALLIS", "TLBIALL", "TLBIMVA", "TLBIASID", "TLBIMVAA",
        "TLBIALLIS", "TLBIMVAIS", "TLBIASIDIS", "TLBIMVAAIS", "TLBIALLH", "TLBIALLHIS", "TLBIMVAH",
        "TLBIALLNSNH", "DCISW", "DCCSW", "DCCISW",
    }
)  # fmt: skip
"""Registers and operations that cases access: those that leave the harness its control."""
_KEYS = tuple(registers.BY_NAME[name].single for name in sorted(SYSTEM))
_WRITABLE = tuple(
    registers.BY_NAME[name].single
    for name in sorted(SYSTEM - {"DFSR", "IFSR", "HPFAR", "HSR", "HDFAR", "HIFAR"})
)
"""Those without reserved bits, which QEMU keeps as they are written, and that are no others' in QEMU."""


def _rows(tables: Sequence[object]) -> tuple[Encoding, ...]:
    return tuple(
        row
        for table in tables
        for row in table.encodings
        if row.kind is Kind.INSTRUCTION and row.heading not in EXCLUDED
    )


A32 = _rows([a32()])
T32 = _rows([t32_narrow(), t32_wide()])


class Generator:
    """Cases from a seed: case number i of a seed is always the same."""

    def __init__(self, seed: int, mmu: bool | None = None, rows: frozenset[str] | None = None) -> None:
        self._seed = seed
        self._mmu = mmu
        self._a32 = [row for row in A32 if rows is None or row.name in rows]
        self._t32 = [row for row in T32 if rows is None or row.name in rows]

    def cases(self, count: int) -> tuple[list[Case], list[Outcome]]:
        """So many cases, and what the core makes of them."""
        cases: list[Case] = []
        outcomes: list[Outcome] = []
        number = 0
        while len(cases) < count:
            rng = random.Random(self._seed << 32 | number)
            number += 1
            made = accepted(self._draw(rng, len(cases)))
            if made is not None:
                cases.append(made[0])
                outcomes.append(made[1])
        return cases, outcomes

    def _draw(self, rng: random.Random, index: int) -> Case:
        thumb = bool(self._t32) and (rng.random() < 0.5 or not self._a32)
        base = GROUPS + index * GROUP_SIZE
        state = _state(rng, base, thumb, self._mmu)
        code, names = self._code(rng, thumb, state["CPSR"], secure=not state["SCR"] & 1)
        return Case(index, state, tuple(code), rng.randbytes(SCRATCH_SIZE), tuple(names))

    def _code(
        self, rng: random.Random, thumb: bool, cpsr: int, secure: bool
    ) -> tuple[list[bytes], list[str]]:
        """Instructions and their rows.

        An access to a register of Hyp mode in Secure state is UNPREDICTABLE, and not drawn.
        """
        code: list[bytes] = []
        names: list[str] = []
        state = (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3F) << 2
        for _ in range(rng.randint(1, LONGEST)):
            insn = _instruction(rng, rng.choice(self._t32 if thumb else self._a32), state)
            if insn is None or (secure and insn.fields.get("opc1") == 4):
                continue
            if not secure and cpsr & 0x1F == Mode.MON and UNPRIVILEGED.match(insn.heading):
                continue
            if _other_size(insn.heading, names):
                continue
            code.append(encoded(insn))
            names.append(insn.name)
            if thumb:
                state = insn["itstate"] if insn.heading == "IT" else itstate.advance(state)
        return code, names


def _other_size(heading: str, before: Sequence[str]) -> bool:
    """Whether a Store-Exclusive follows a Load-Exclusive of another size, which is UNPREDICTABLE (A3.4.5)."""
    if not heading.startswith("STREX"):
        return False
    loads = {re.sub(r" T\d+$", "", name) for name in before if name.startswith("LDREX")}
    return bool(loads - {heading.replace("ST", "LD", 1)})


def encoded(insn: Insn) -> bytes:
    """The bytes of an instruction in memory."""
    if insn.thumb and insn.length == 4:
        return (insn.word >> 16).to_bytes(2, "little") + (insn.word & 0xFFFF).to_bytes(2, "little")
    return insn.word.to_bytes(insn.length, "little")


def accepted(case: Case) -> tuple[Case, Outcome] | None:
    """The case without the instructions that it must not have, and what the core makes of it."""
    while case.instructions:
        outcome = ours.execute(case)
        if isinstance(outcome, Outcome):
            assert outcome.raised is not None
            step = known.steps_to_hyp(case, outcome.raised)
            if step is not None:
                case = _without(case, step)
                continue
            if not known.departs(outcome.raised):
                return case, outcome
            outcome = outcome.raised.pc
        if outcome is None:
            case = _without(case, len(case.instructions) - 1)
            continue
        at, bad = case.pc, None
        for place, content in enumerate(case.instructions):
            if at == outcome:
                bad = place
            at += len(content)
        if bad is None:
            return None
        case = _without(case, bad)
    return None


def _without(case: Case, place: int) -> Case:
    return replace(case, instructions=case.instructions[:place], names=case.names[:place])


# -- state -------------------------------------------------------------------------------------------
def _state(rng: random.Random, base: int, thumb: bool, mmu: bool | None) -> dict[str, int]:
    mode = rng.choice((Mode.USR, Mode.SVC, Mode.HYP, Mode.MON, rng.choice(MODES)))
    secure = mode != Mode.HYP and rng.random() < 0.4
    state = {name: _value(rng, base) for name in GENERAL}
    for name in BANKED:
        state[name] = _psr(rng) if name.startswith("SPSR") else _value(rng, base)
    for name in BANKED:
        if name.startswith("SP_"):
            state[name] = base + SCRATCH_SIZE // 2 + 8 * rng.randint(-16, 16)
    state |= dict.fromkeys(CONTROLS, 0)
    for bank in ("S", "NS"):
        state[f"SCTLR_{bank}"] = SCTLR | _mmu(rng, mmu) | SWP * (rng.random() < 0.5)
        for name in ("CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW"):
            state[f"{name}_{bank}"] = rng.getrandbits(32)
    if secure:
        # In Secure User mode QEMU takes SCTLR.A of the Non-secure copy.
        state["SCTLR_NS"] = state["SCTLR_NS"] & ~ALIGNMENT | state["SCTLR_S"] & ALIGNMENT
    state["HSCTLR"] = HSCTLR | _mmu(rng, mmu)
    state["HTPIDR"] = rng.getrandbits(32)
    if not secure and rng.random() < 0.2:  # in Secure state an access would end QEMU by an assertion
        state["HSTR"] = rng.getrandbits(14) & ~(1 << 4)  # it has no T4 and T14, and Tx from 15 on
    if rng.random() < 0.3:
        state["HCR"] = rng.getrandbits(28) & TRAPS
        if mode == Mode.USR and not secure and rng.random() < 0.5:
            state["HCR"] |= TGE
            state["SCTLR_NS"] = SCTLR | ALIGNMENT  # the MMU counts as off
    state["SCR"] = (0 if secure else 1) | 0x100
    state["PC"] = base + 0x1000
    flags = rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16 | rng.getrandbits(3) << 6
    state["CPSR"] = flags | (rng.random() < 0.12) << 9 | thumb << 5 | mode
    if thumb and rng.random() < 0.1:
        state["CPSR"] |= _it_bits(rng)
    return state


def _it_bits(rng: random.Random) -> int:
    value = rng.randrange(14) << 4 | rng.randint(1, 15)
    return (value & 3) << 25 | (value >> 2) << 10


def _mmu(rng: random.Random, mmu: bool | None) -> int:
    """With the MMU off QEMU allows unaligned accesses that fault: alignment is then checked anyway."""
    on = rng.random() < 0.7 if mmu is None else mmu
    return ON | ALIGNMENT * (rng.random() < 0.1) if on else ALIGNMENT


def _value(rng: random.Random, base: int) -> int:
    kind = rng.random()
    if kind < 0.42:
        return base + SCRATCH_SIZE // 2 + 4 * rng.randint(-32, 32)
    if kind < 0.47:
        return base + SCRATCH_SIZE // 2 + rng.randint(-64, 64)
    if kind < 0.55:
        return base + 0x1000 + rng.randint(0x100, 0x200) & ~3 | rng.choice((0, 1))
    if kind < 0.75:
        return rng.choice(EDGES)
    if kind < 0.85:
        return rng.getrandbits(7)
    return rng.getrandbits(32)


def _psr(rng: random.Random) -> int:
    thumb = rng.random() < 0.4
    value = rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16 | rng.getrandbits(4) << 6
    value |= thumb << 5 | rng.choice(MODES)
    return value | (_it_bits(rng) if thumb and rng.random() < 0.2 else 0)


# -- instructions ------------------------------------------------------------------------------------
def _instruction(rng: random.Random, row: Encoding, state: int) -> Insn | None:
    for _ in range(8):
        fields = {known.name: _field(rng, known.name, known.width, row) for known in row.layout.fields}
        if "coproc" in fields:
            _coprocessor(rng, fields, write=row.heading == "MCR")
        try:
            word = row.encode(fields)
        except EncodingError:
            continue
        if not row.thumb:
            insn = decode_a32(word)
        elif row.length == 2:
            insn = None if is_32bit(word) else decode_t32(word, None, state)
        else:
            insn = decode_t32(word >> 16, word & 0xFFFF, state)
        if insn is not None and known.avoided(insn):
            continue
        if insn is not None and insn.heading == "SVC" and insn["imm32"] in SEMIHOSTING:
            continue
        if insn is not None and insn.name == row.name and insn.unpredictable is None:
            return insn
    return None


def _field(rng: random.Random, name: str, width: int, row: Encoding) -> int:
    if name == "cond":
        return 14 if rng.random() < 0.75 else rng.randrange(14)
    if name in ("imm24", "imm11", "imm8") and row.mnemonic in ("b", "bl", "blx"):
        return rng.choice((rng.randint(0, 40), rng.getrandbits(width)))
    if name in ("imm10", "imm6", "imm10H") and row.mnemonic in ("b", "bl", "blx"):
        return 0
    if name in ("Rn", "Rm", "Rd", "Rt", "Rt2", "Rs", "Ra", "RdLo", "RdHi") and width == 4:
        return rng.randrange(15) if rng.random() < 0.97 else 15
    if name == "register_list" and width > 8 and rng.random() < 0.8:
        return rng.getrandbits(width) & rng.getrandbits(width) & ~(1 << 15)
    if name == "imm12" and row.heading.startswith(("LDR", "STR")) and rng.random() < 0.9:
        return rng.getrandbits(7) & rng.choice((~0, ~3))
    if name == "mode":
        return rng.choice((0, *MODES))
    return rng.getrandbits(width)


def _coprocessor(rng: random.Random, fields: dict[str, int], write: bool) -> None:
    """Mostly a register that exists and may be accessed; else a coprocessor that the CPU has not."""
    keys = _WRITABLE if write else _KEYS
    if "opc2" in fields and "CRn" in fields and fields.keys() >= {"opc1", "CRm", "Rt"} and rng.random() < 0.8:
        fields["coproc"] = 15
        fields["opc1"], fields["CRn"], fields["CRm"], fields["opc2"] = rng.choice(keys)
    else:
        fields["coproc"] = rng.choice((0, 1, 4, 5, 6, 7, 12, 13))  # QEMU has VLDR.16 and VSTR.16 in p9
