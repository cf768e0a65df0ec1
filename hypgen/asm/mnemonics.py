"""Every A32 mnemonic that the assembler takes, its family, and how a written word is taken apart.

A word is a mnemonic, an optional S, and an optional condition in either order (``addsne`` is UAL,
``addnes`` the older order, which GNU as still takes). What is not in the table is refused: the list
is what guards the encoder, so an ARMv8 mnemonic that Keystone knows does not get past it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

CONDITIONS = {
    "eq": "eq", "ne": "ne", "cs": "cs", "hs": "cs", "cc": "cc", "lo": "cc", "ul": "cc",
    "mi": "mi", "pl": "pl", "vs": "vs", "vc": "vc", "hi": "hi", "ls": "ls",
    "ge": "ge", "lt": "lt", "gt": "gt", "le": "le", "al": "",
}  # fmt: skip
"""Condition as written -> as we spell it; AL is no suffix (DDI 0406C A8.3)."""


class Family(Enum):
    """Which operands a mnemonic takes; `hypgen.asm.canonical` has one function for each."""

    ARITHMETIC = auto()
    MOVE = auto()
    COMPARE = auto()
    SHIFT = auto()
    RRX = auto()
    NEGATE = auto()
    MOVE_WIDE = auto()
    REGISTERS = auto()
    PACK = auto()
    SATURATE = auto()
    EXTEND = auto()
    BIT_FIELD = auto()
    LOAD = auto()
    LOAD_EXTRA = auto()
    LOAD_DUAL = auto()
    LOAD_USER = auto()
    EXCLUSIVE = auto()
    PRELOAD = auto()
    SWAP = auto()
    BLOCK = auto()
    STACK = auto()
    RETURN_STATE = auto()
    STORE_RETURN_STATE = auto()
    BRANCH = auto()
    BRANCH_REGISTER = auto()
    ADDRESS = auto()
    STATUS_READ = auto()
    STATUS_WRITE = auto()
    PROCESSOR_STATE = auto()
    ENDIAN = auto()
    NUMBER = auto()
    NOTHING = auto()
    BARRIER = auto()
    COPROCESSOR = auto()
    COPROCESSOR_PAIR = auto()
    COPROCESSOR_DATA = auto()
    COPROCESSOR_LOAD = auto()
    VECTOR = auto()


@dataclass(frozen=True, slots=True)
class Mnemonic:
    """A mnemonic without S and condition. ``shape`` is read by the family's function."""

    name: str
    family: Family
    flags: bool = False
    conditional: bool = True
    shape: str = ""
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A written mnemonic taken apart; ``condition`` is empty for always."""

    mnemonic: Mnemonic
    sets_flags: bool
    condition: str


def _rows() -> list[Mnemonic]:
    rows: list[Mnemonic] = []

    def add(
        names: str,
        family: Family,
        *,
        flags: bool = False,
        conditional: bool = True,
        shape: str = "",
        same_as: str = "",
    ) -> None:
        rows.extend(Mnemonic(name, family, flags, conditional, shape, same_as) for name in names.split())

    add("and eor sub rsb add adc sbc rsc orr bic", Family.ARITHMETIC, flags=True)
    add("mov mvn", Family.MOVE, flags=True)
    add("tst teq cmp cmn", Family.COMPARE, flags=True)
    add("lsl lsr asr ror", Family.SHIFT, flags=True)
    add("rrx", Family.RRX, flags=True)
    add("neg", Family.NEGATE, flags=True)
    add("movw movt", Family.MOVE_WIDE)
    # Register operands only. Shape: one letter for each operand; `?` after the first makes it optional
    # (it is then the second's double). Letters say what the register may be: see canonical.data.
    add("mul", Family.REGISTERS, flags=True, shape="d?nm")
    add("mla", Family.REGISTERS, flags=True, shape="dnma")
    add("mls", Family.REGISTERS, shape="dnma")
    add("umull umlal smull smlal", Family.REGISTERS, flags=True, shape="lhnm")
    add("umaal smlalbb smlalbt smlaltb smlaltt smlald smlaldx smlsld smlsldx", Family.REGISTERS, shape="lhnm")
    add("smlabb smlabt smlatb smlatt smlawb smlawt smlad smladx smlsd smlsdx", Family.REGISTERS, shape="dnma")
    add("smmla smmlar smmls smmlsr usada8", Family.REGISTERS, shape="dnma")
    add("smulbb smulbt smultb smultt smulwb smulwt smuad smuadx smusd smusdx", Family.REGISTERS, shape="dnm")
    add("smmul smmulr usad8 sel qadd qsub qdadd qdsub", Family.REGISTERS, shape="dnm")
    add("sdiv udiv", Family.REGISTERS, shape="d?nm")
    for prefix in ("s", "q", "sh", "u", "uq", "uh"):
        add(
            " ".join(prefix + one for one in ("add16", "asx", "sax", "sub16", "add8", "sub8")),
            Family.REGISTERS,
            shape="dnm",
        )
        add(f"{prefix}addsubx", Family.REGISTERS, shape="dnm", same_as=f"{prefix}asx")
        add(f"{prefix}subaddx", Family.REGISTERS, shape="dnm", same_as=f"{prefix}sax")
    add("clz rbit rev rev16 revsh", Family.REGISTERS, shape="dm")
    add("pkhbt pkhtb", Family.PACK)
    add("ssat usat ssat16 usat16", Family.SATURATE)
    add("sxtab sxtab16 sxtah uxtab uxtab16 uxtah", Family.EXTEND, shape="dnm")
    add("sxtb sxtb16 sxth uxtb uxtb16 uxth", Family.EXTEND, shape="dm")
    add("bfi sbfx ubfx bfc", Family.BIT_FIELD)
    add("ldr str ldrb strb", Family.LOAD)
    add("ldrh strh ldrsb ldrsh", Family.LOAD_EXTRA)
    add("ldrd strd", Family.LOAD_DUAL)
    add("ldrt strt ldrbt strbt", Family.LOAD_USER, shape="word")
    add("ldrht strht ldrsbt ldrsht", Family.LOAD_USER, shape="extra")
    add("ldrex ldrexb ldrexh ldrexd strex strexb strexh strexd", Family.EXCLUSIVE)
    add("pld pldw pli", Family.PRELOAD, conditional=False)
    add("swp swpb", Family.SWAP)
    for name, mode, same in (
        ("ldm", "ia", ""), ("ldmia", "ia", "ldm"), ("ldmfd", "ia", "ldm"),
        ("ldmda", "da", ""), ("ldmfa", "da", "ldmda"), ("ldmdb", "db", ""), ("ldmea", "db", "ldmdb"),
        ("ldmib", "ib", ""), ("ldmed", "ib", "ldmib"),
        ("stm", "ia", ""), ("stmia", "ia", "stm"), ("stmea", "ia", "stm"),
        ("stmda", "da", ""), ("stmed", "da", "stmda"), ("stmdb", "db", ""), ("stmfd", "db", "stmdb"),
        ("stmib", "ib", ""), ("stmfa", "ib", "stmib"),
    ):  # fmt: skip
        add(name, Family.BLOCK, shape=mode, same_as=same)
    add("push pop", Family.STACK)
    for suffix, rfe, srs in (
        ("", "ia", "ia"), ("ia", "ia", "ia"), ("ib", "ib", "ib"), ("da", "da", "da"), ("db", "db", "db"),
        ("fd", "ia", "db"), ("ea", "db", "ia"), ("ed", "ib", "da"), ("fa", "da", "ib"),
    ):  # fmt: skip
        add("rfe" + suffix, Family.RETURN_STATE, conditional=False, same_as="rfe" + rfe)
        add("srs" + suffix, Family.STORE_RETURN_STATE, conditional=False, same_as="srs" + srs)
    add("b bl", Family.BRANCH)
    add("blx", Family.BRANCH, shape="register")
    add("bx bxj", Family.BRANCH_REGISTER)
    add("adr adrl", Family.ADDRESS)
    add("mrs", Family.STATUS_READ)
    add("msr", Family.STATUS_WRITE)
    add("cps cpsie cpsid", Family.PROCESSOR_STATE, conditional=False)
    add("setend", Family.ENDIAN, conditional=False)
    add("svc", Family.NUMBER, shape="24")
    add("swi", Family.NUMBER, shape="24", same_as="svc")
    add("hvc", Family.NUMBER, shape="16")
    add("smc dbg", Family.NUMBER, shape="4")
    add("bkpt udf", Family.NUMBER, conditional=False, shape="16")
    add("nop yield wfe wfi sev eret", Family.NOTHING)
    add("clrex csdb", Family.NOTHING, conditional=False)
    add("dmb dsb isb", Family.BARRIER, conditional=False)
    add("mcr mrc", Family.COPROCESSOR)
    add("mcr2 mrc2", Family.COPROCESSOR, conditional=False)
    add("mcrr mrrc", Family.COPROCESSOR_PAIR)
    add("mcrr2 mrrc2", Family.COPROCESSOR_PAIR, conditional=False)
    add("cdp", Family.COPROCESSOR_DATA)
    add("cdp2", Family.COPROCESSOR_DATA, conditional=False)
    add("ldc stc ldcl stcl", Family.COPROCESSOR_LOAD)
    add("ldc2 stc2 ldc2l stc2l", Family.COPROCESSOR_LOAD, conditional=False)
    return rows


@lru_cache(maxsize=1)
def table() -> dict[str, Mnemonic]:
    """Mnemonic by name, without S and condition."""
    return {row.name: row for row in _rows()}


@lru_cache(maxsize=1 << 12)
def take_apart(word: str) -> Word | None:
    """What a written mnemonic (lower case) means in A32; None if it is none.

    The longest mnemonic wins, then UAL order, as in GNU as: ``bls`` is B with LS, ``smlals`` is SMLALS.
    """
    known = table()
    exact = known.get(word)
    if exact:
        return Word(exact, False, "")
    if word.endswith("s") and (row := known.get(word[:-1])) and row.flags:
        return _setting_flags(row, "")
    if (condition := CONDITIONS.get(word[-2:])) is not None:
        stem = word[:-2]
        if (row := known.get(stem)) and row.conditional:
            return Word(row, False, condition)
        if stem.endswith("s") and (row := known.get(stem[:-1])) and row.flags and row.conditional:
            return _setting_flags(row, condition)
    # The older order: condition after the third letter, then the rest (addnes, ldmneia, ldrneb).
    for at in (3, 1, 4, 5):
        condition = CONDITIONS.get(word[at : at + 2])
        if condition is None or len(word) <= at + 2:
            continue
        joined = word[:at] + word[at + 2 :]
        if (row := known.get(joined)) and row.conditional:
            return Word(row, False, condition)
        if joined.endswith("s") and (row := known.get(joined[:-1])) and row.flags and row.conditional:
            return _setting_flags(row, condition)
    return None


def _setting_flags(row: Mnemonic, condition: str) -> Word:
    """A mnemonic written with S, which says nothing in that of a comparison (``cmps``, from before UAL)."""
    return Word(row, row.family is not Family.COMPARE, condition)


def suggest(word: str) -> list[str]:
    """The known mnemonics nearest to a misspelt one, nearest first."""
    return difflib.get_close_matches(word, table(), n=3, cutoff=0.6)
