"""Both readers of a word must say what the statement says; either alone stops it."""

from __future__ import annotations

import pytest

from hypgen.asm import proof
from hypgen.asm.operands import parse_operands
from hypgen.asm.source import StatementError
from hypgen.asm.thumb import proof as thumb_proof
from hypgen.decode import capstone, text

A32 = [("add r0, r1, #4", 0xE2810004), ("vadd.f32 s0, s1, s2", 0xEE300A81), ("dsb #11", 0xF57FF04B)]
T32 = [("adds", "r0, r1, #1", 0x1C48, 2), ("adr", "r1, #512", 0xA180, 2), ("mrs", "r0, cpsr", 0xF3EF8000, 4)]


@pytest.mark.parametrize(("statement", "word"), A32)
def test_a_word_of_a32_that_both_read_alike_is_proven(statement, word):
    proof.prove(statement, word)


@pytest.mark.parametrize(("statement", "word"), A32)
@pytest.mark.parametrize("reader", ["ours", "capstone"])
def test_a_word_of_a32_that_one_reads_otherwise_is_refused(statement, word, reader, monkeypatch):
    other = "vsub.f32 s0, s1, s2" if statement[0] == "v" else "sub r0, r1, #4"
    if reader == "ours":
        monkeypatch.setattr(text, "text", lambda insn: other)
    else:
        monkeypatch.setattr(capstone, "disassemble", lambda word: other)
    with pytest.raises(StatementError) as caught:
        proof.prove(statement, word)
    assert caught.value.code == "ASM-008"
    assert f"which is `{other}`" in caught.value.sentence


def test_a_reader_without_a_text_has_no_say(monkeypatch):
    monkeypatch.setattr(capstone, "disassemble", lambda word: None)
    proof.prove(*A32[0])
    monkeypatch.setattr(capstone, "disassemble", lambda word: "something of another assembler")
    proof.prove(*A32[0])


@pytest.mark.parametrize(("name", "operands", "word", "length"), T32)
@pytest.mark.parametrize("reader", ["ours", "capstone"])
def test_a_word_of_t32_needs_both_readers(name, operands, word, length, reader, monkeypatch):
    spelled = ("add", parse_operands("r1, pc, #512")) if name == "adr" else (name, parse_operands(operands))
    thumb_proof.prove(word, length, 0, spelled)
    if reader == "ours":
        monkeypatch.setattr(text, "text", lambda insn: "bx lr")
    else:
        monkeypatch.setattr(capstone, "disassemble", lambda word, *, thumb: "bx lr")
    with pytest.raises(StatementError, match="which is `bx lr`"):
        thumb_proof.prove(word, length, 0, spelled)
