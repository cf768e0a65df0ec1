"""What GNU as lets pass and hardware does not: warnings about statements that assemble.

Each has a code of its own, so that a source's author can allow one (``AsmOptions.allow``) or make all
of them errors. They are about the word where it says enough, and about the statement where it does not.
"""

from __future__ import annotations

from functools import lru_cache

from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.asm.expressions import Node
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit, shown
from hypgen.asm.values import Value
from hypgen.elf.model import Mapping, ObjectFile
from hypgen.errors import Diagnostic, Severity

_MONITOR_ONLY = frozenset(("SPSR_hyp", "SP_hyp"))
_ALWAYS = 0b1110
_BARE_SPSR = frozenset(("spsr", "spsr_all"))


def doubt_about_word(unit: Unit, word: int, length: int = 0, itstate: int = 0) -> None:
    """Warn of an A32 word, or of a T32 one if ``length`` is given."""
    doubt = _of_word(word, length, itstate)
    if doubt is not None:
        warn(unit, doubt)


def warn(unit: Unit, doubt: StatementError) -> None:
    """Note a warning about the statement at hand, unless its code is allowed."""
    if doubt.code not in unit.options.allow:
        unit.report(doubt, column=unit.statement.column, severity=Severity.WARNING)


def is_doubtful(word: int, length: int = 0) -> bool:
    """Whether an A32 word, or one of T32 if ``length`` is given, or its statement may deserve a warning."""
    from hypgen.decode.table import decode_a32

    if length:
        return _of_word(word, length, 0) is not None
    insn = decode_a32(word)
    writes_spsr = insn is not None and insn.name.startswith("MSR (") and insn.fields.get("R") == 1
    return writes_spsr or _of_word(word, 0, 0) is not None


@lru_cache(maxsize=1 << 14)
def _of_word(word: int, length: int, itstate: int) -> StatementError | None:
    from hypgen.decode.table import decode_a32, decode_t32

    if length:
        first, second = (word >> 16, word & 0xFFFF) if length == 4 else (word, None)
        insn = decode_t32(first, second, itstate)
    else:
        insn = decode_a32(word)
    if insn is None:
        return None
    if insn.heading == "HVC" and (insn.condition != _ALWAYS or itstate & 15):
        return StatementError(
            "ASM-201", "HVC with a condition is UNPREDICTABLE (DDI 0406C B9.3.4)", "branch around it"
        )
    if "Banked register" in insn.heading:
        named = BANKED_REGISTERS.get((insn["R"], insn["M"], insn["M1"]), "")
        if named in _MONITOR_ONLY:
            return StatementError(
                "ASM-202",
                f"{named} is accessible in Monitor mode only, in Hyp mode this is UNPREDICTABLE "
                "(DDI 0406C B9.2.3)",
                f"in Hyp mode write {'spsr_cxsf, or read spsr' if named == 'SPSR_hyp' else 'sp'}",
            )
    reason = insn.unpredictable
    if reason is None:
        return None
    name, _, condition = reason.partition(": ")
    condition, _, manual = condition.rpartition("; ")
    return StatementError(
        "ASM-204",
        f"this is UNPREDICTABLE: {name} with {condition} (DDI 0406C {manual})",
        "use other registers",
    )


def doubt_about_status(unit: Unit, destination: str) -> None:
    """Warn of ``msr spsr, rN``, which leaves half of the SPSR as it was."""
    if destination in _BARE_SPSR:
        warn(
            unit,
            StatementError(
                "ASM-203",
                f"`{destination}` means the fields f and c only: bits <23:8>, A and E among them, are kept",
                "write spsr_cxsf",
            ),
        )


def doubt_about_literal(unit: Unit, value: Node) -> None:
    """Warn of an address from the link that code loads before the MMU is on; a difference is none."""
    if unit.section.name not in unit.options.before_mmu or not isinstance(value, Value):
        return
    if sum(count for _, count in value.terms) == 1:
        symbol = shown(value.terms[0][0])
        warn(
            unit,
            StatementError(
                "ASM-205",
                f"{unit.section.name} runs before the MMU is on, where `{symbol}` is at its load address, "
                "not at the one it is linked at",
                "use adr, or load the difference to a place here, `symbol - .`",
            ),
        )


def vectors_of_another_state(made: ObjectFile, symbol: str, *, te: bool) -> Diagnostic | None:
    """The warning that exception vectors are not code of the state in which HSCTLR.TE has them run."""
    meant, found = ("T32", "A32") if te else ("A32", "T32")
    for one in made.symbols:
        if one.name != symbol or one.section not in made.sections:
            continue
        marks = [kind for at, kind in made.sections[one.section].mapping if at <= one.value]
        if marks and marks[-1] is (Mapping.ARM if te else Mapping.THUMB):
            return Diagnostic(
                "ASM-206",
                f"the vectors `{symbol}` are {found} code, but HSCTLR.TE is {te:d}: "
                f"they would run as {meant}",
                one.location,
                f"put {'.thumb' if te else '.arm'} before them",
                severity=Severity.WARNING,
            )
    return None
