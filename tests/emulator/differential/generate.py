"""Random cases: a mode, a biased state, and a few instructions drawn from the encoding tables."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from hypgen.arch import itstate
from hypgen.arch.encoding import Encoding, EncodingError, Kind
from hypgen.decode.table import (
    DecodeTable,
    Insn,
    a32,
    a32_extension,
    decode_a32,
    decode_t32,
    is_32bit,
    t32_extension,
    t32_narrow,
    t32_wide,
)
from tests.emulator.differential import known, ours, state, system_registers
from tests.emulator.differential.case import GROUP_SIZE, GROUPS, MODES, SCRATCH_SIZE, Case, Outcome

EXCLUDED = frozenset(
    {
        "WFI",  # wait in QEMU for ever
        "WFE",
        "DBG",
    }
)
"""Headings that no case has."""
SEMIHOSTING = (0xAB, 0x12_3456)
"""Immediates of SVC that QEMU answers itself, as the harness needs it."""
LONGEST = 14


def _rows(tables: Sequence[DecodeTable]) -> tuple[Encoding, ...]:
    return tuple(
        row
        for table in tables
        for row in table.encodings
        if row.kind is Kind.INSTRUCTION and row.heading not in EXCLUDED
    )


A32 = _rows([a32()])
T32 = _rows([t32_narrow(), t32_wide()])
A32_EXTENSION = _rows([a32_extension()])
T32_EXTENSION = _rows([t32_extension()])
ROWS = (*A32, *T32, *A32_EXTENSION, *T32_EXTENSION)
EXTENSION_SHARE = 0.3
"""Of the instructions those of the Advanced SIMD and Floating-point Extensions."""


WEIGHTS = {
    **dict.fromkeys(("MCR", "MRC"), 15.0),  # they are as many instructions as there are registers
    **dict.fromkeys(("MCRR", "MRRC", "VLDM", "VSTM", "VMRS", "VMSR", "IT", "MSR (register)"), 4.0),
    **dict.fromkeys(("SVC", "HVC", "SMC", "ERET", "RFE", "SRS", "CPS", "BKPT"), 3.0),
    **dict.fromkeys(("MRS (Banked register)", "MSR (Banked register)", "LDREX", "STREX"), 3.0),
    **dict.fromkeys(
        ("CDP", "CDP2", "MCR2", "MRC2", "MCRR2", "MRRC2"), 0.2
    ),  # of coprocessors that are absent
}
"""How often a row is drawn, by heading: those that the list has not are drawn once."""
Weighted = tuple[list[Encoding], list[float]]
"""Rows, and the sums of their weights."""


def _weight(row: Encoding) -> float:
    if row.heading.startswith(("LDC", "STC")):
        return 0.2
    return WEIGHTS.get(row.heading, 2.0 if row.heading.startswith(("LDM", "STM", "PUSH", "POP")) else 1.0)


class Generator:
    """Cases from a seed: case number i of a seed is always the same."""

    def __init__(self, seed: int, mmu: bool | None = None, rows: frozenset[str] | None = None) -> None:
        self._seed = seed
        self._mmu = mmu

        def weighted(listed: Sequence[Encoding]) -> Weighted:
            wanted = [row for row in listed if rows is None or row.name in rows]
            return wanted, list(accumulate(_weight(row) for row in wanted))

        self._rows = {
            False: (weighted(A32), weighted(A32_EXTENSION)),
            True: (weighted(T32), weighted(T32_EXTENSION)),
        }

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
        sets = [thumb for thumb in (False, True) if any(rows for rows, _ in self._rows[thumb])]
        thumb = rng.choice(sets)
        base = GROUPS + index * GROUP_SIZE
        registers = state.draw(rng, base, thumb, self._mmu)
        code, names = self._code(rng, thumb, registers)
        return Case(
            index, registers, tuple(code), rng.randbytes(SCRATCH_SIZE), state.extension(rng), tuple(names)
        )

    def _row(self, rng: random.Random, thumb: bool) -> Encoding:
        core, extension = self._rows[thumb]
        only = extension if not core[0] else core if not extension[0] else None
        rows, weights = only or (extension if rng.random() < EXTENSION_SHARE else core)
        return rng.choices(rows, cum_weights=weights)[0]

    def _code(
        self, rng: random.Random, thumb: bool, registers: dict[str, int]
    ) -> tuple[list[bytes], list[str]]:
        """Instructions and their rows."""
        code: list[bytes] = []
        names: list[str] = []
        translated = False
        cpsr = registers["CPSR"]
        itstate_now = (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3F) << 2
        for _ in range(rng.randint(1, LONGEST)):
            insn = _instruction(rng, self._row(rng, thumb), itstate_now, registers)
            if insn is None:
                continue
            if not drawn(insn, registers):
                continue
            if _other_size(insn.heading, names) or (translated and known.reads_par(insn)):
                continue
            translated = translated or known.translates(insn)
            code.append(encoded(insn))
            names.append(insn.name)
            if thumb:
                itstate_now = insn["itstate"] if insn.heading == "IT" else itstate.advance(itstate_now)
        return code, names


def _other_size(heading: str, before: Sequence[str]) -> bool:
    """Whether a Store-Exclusive follows a Load-Exclusive of another size, which is UNPREDICTABLE (A3.4.5)."""
    if not heading.startswith("STREX"):
        return False
    loads = {re.sub(r" T\d+$", "", name) for name in before if name.startswith("LDREX")}
    return bool(loads - {heading.replace("ST", "LD", 1)})


def drawn(insn: Insn, registers: dict[str, int]) -> bool:
    """Whether an instruction may be part of a case that begins with these registers."""
    return not known.avoided(insn, registers) and not known.stops_qemu(insn, registers)


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
            if not known.departs(case, outcome.raised):
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


# -- instructions ------------------------------------------------------------------------------------
def _instruction(
    rng: random.Random, row: Encoding, itstate_now: int, registers: dict[str, int]
) -> Insn | None:
    for _ in range(8):
        fields = {known.name: _field(rng, known.name, known.width, row) for known in row.layout.fields}
        if "coproc" in fields:
            system_registers.choose(rng, row, fields, registers)
        try:
            word = row.encode(fields)
        except EncodingError:
            continue
        if not row.thumb:
            insn = decode_a32(word)
        elif row.length == 2:
            insn = None if is_32bit(word) else decode_t32(word, None, itstate_now)
        else:
            insn = decode_t32(word >> 16, word & 0xFFFF, itstate_now)
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
        return rng.randrange(15) if rng.random() < (0.92 if row.heading.startswith("LDR") else 0.95) else 15
    if name == "register_list" and width > 8 and rng.random() < 0.8:
        return rng.getrandbits(width) & rng.getrandbits(width) & ~(1 << 15)
    if name == "imm12" and row.heading.startswith(("LDR", "STR")) and rng.random() < 0.9:
        return rng.getrandbits(7) & rng.choice((~0, ~3))
    if name == "reg" and row.heading in ("VMRS", "VMSR"):
        return rng.choice((0, 1, 1, 6, 7, 8))  # others are of a subarchitecture that the CPU has not
    if name == "imm8" and row.heading in ("VLDM", "VSTM"):
        return rng.randint(1, 12)
    if name == "opcode" and row.heading.startswith("SUBS PC"):
        return rng.choice((known.SUB, known.MOV))
    if name == "mode":
        return rng.choice((0, *MODES))
    return rng.getrandbits(width)
