"""Decoding an encoded word back, and comparing what it says with the statement it came from."""

from __future__ import annotations

from hypgen.asm import vectors
from hypgen.asm.canonical import canonical
from hypgen.asm.mnemonics import take_apart
from hypgen.asm.operands import parse_operands
from hypgen.asm.source import StatementError


def canonical_text(text: str) -> str | None:
    """The canonical form of a statement with numeric operands, or None if it is no A32 statement."""
    name, _, operands = text.partition(" ")
    word = take_apart(name.lower())
    if word is None:
        return None
    try:
        return canonical(word, parse_operands(operands.strip()))
    except StatementError:
        return None


def prove(text: str, word: int) -> None:
    """Raise StatementError unless ``word`` decodes to the canonical statement ``text``.

    Our own decode tables read the word; capstone reads what they do not model.
    """
    from hypgen.decode.table import decode_a32
    from hypgen.decode.text import text as decoded_text

    insn = decode_a32(word)
    if insn is not None:
        back = decoded_text(insn)
        if canonical_text(back) == text:
            return
        raise _mismatch(text, word, back)
    from hypgen.decode.capstone import disassemble

    opinion = disassemble(word)
    if opinion is None or not vectors.same(text, _canonical_vector(opinion)):
        raise _mismatch(text, word, opinion or "nothing known")


def _canonical_vector(text: str) -> str:
    name, _, operands = text.partition(" ")
    word = vectors.take_apart(name)
    try:
        return vectors.canonical(word, operands, lambda number: int(number, 0)) if word else ""
    except (StatementError, ValueError):
        return ""


def _mismatch(text: str, word: int, back: str) -> StatementError:
    return StatementError(
        "ASM-008",
        f"`{text}` was encoded as {word:#010x}, which is `{back}`",
        "write the word itself with .inst, and report this",
    )
