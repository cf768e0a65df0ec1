"""Decoding an encoded word back, and comparing what it says with the statement it came from."""

from __future__ import annotations

from hypgen.asm import vectors
from hypgen.asm.canonical import canonical
from hypgen.asm.mnemonics import take_apart
from hypgen.asm.operands import parse_operands
from hypgen.asm.source import StatementError

_ALWAYS = 0b1110


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

    Two readers must say so: our own tables, and capstone, which has no text for a few words (FLDMX, hints
    without a name) and then has no say. It does not print a condition of HVC, which is UNPREDICTABLE.
    """
    from hypgen.decode.capstone import disassemble
    from hypgen.decode.table import decode_a32
    from hypgen.decode.text import text as decoded_text

    is_vector = vectors.take_apart(text.partition(" ")[0]) is not None
    read = _canonical_vector if is_vector else canonical_text
    insn = decode_a32(word)
    own = None if insn is None else decoded_text(insn)
    if own is None or not _same(text, read(own) or ""):
        raise _contradicted(text, word, own)
    conditional_call = insn is not None and insn.heading == "HVC" and insn.condition != _ALWAYS
    other = None if conditional_call else disassemble(word)
    meant = read(other) if other is not None else None
    if meant and not _same(text, meant):
        raise _contradicted(text, word, other)


def _same(text: str, other: str) -> bool:
    return text == other or vectors.same(text, other)


def _contradicted(text: str, word: int, back: str | None) -> StatementError:
    return StatementError(
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
