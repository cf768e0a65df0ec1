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

    Our own decode tables read core instructions; capstone reads VFP and NEON.
    """
    if vectors.take_apart(text.partition(" ")[0]):
        from hypgen.decode.capstone import disassemble

        back = disassemble(word)
        proven = back is not None and vectors.same(text, _canonical_vector(back))
    else:
        from hypgen.decode.table import decode_a32
        from hypgen.decode.text import text as decoded_text

        insn = decode_a32(word)
        back = None if insn is None else decoded_text(insn)
        proven = back is not None and canonical_text(back) == text
    if not proven:
        raise StatementError(
            "ASM-008",
            f"`{text}` was encoded as {word:#010x}, which is `{back or 'nothing known'}`",
            "write the word itself with .inst, and report this",
        )


def _canonical_vector(text: str) -> str:
    name, _, operands = text.partition(" ")
    word = vectors.take_apart(name)
    try:
        return vectors.canonical(word, operands, lambda number: int(number, 0)) if word else ""
    except (StatementError, ValueError):
        return ""
