"""The encoder's wall: what is sent, what comes back, and what it prints."""

from __future__ import annotations

import contextlib
import os

import pytest

from hypgen.asm import encoder, keystone, proof
from hypgen.asm.source import StatementError
from tests.asm.test_corpus import corpus, ours, reviewed


def test_encodes_one_canonical_statement():
    assert keystone.encode("add r0, r1, #4") == 0xE2810004


@pytest.mark.parametrize(
    "text", ["(", "+ r0", "[r0]", "^", ".text", "Add r0, r1", "nop\nnop", "nop; nop", ""]
)
def test_only_the_shape_of_an_instruction_is_sent(text):
    with pytest.raises(keystone.RefusedError):
        keystone.encode(text)


def test_a_statement_that_yields_no_word_is_refused():
    with pytest.raises(keystone.RefusedError, match="no word came out"):
        keystone.encode("ldm r0!, {r0, r1}")


def test_no_number_depends_on_the_radix_that_the_heap_happens_to_hold(monkeypatch):
    """What asks the library for a syntax leaves radix 16 behind, as a heap that held 16 does."""
    handle, library = keystone._handle, keystone._library()

    def hexadecimal():
        made = handle()
        with contextlib.suppress(library.KsError):  # ARM has no other syntax; the radix is set all the same
            made.syntax = library.KS_OPT_SYNTAX_GAS
        return made

    monkeypatch.setattr(keystone, "_handle", hexadecimal)
    assert hexadecimal().asm("mov r0, #10", as_bytes=True)[0] == b"\x10\x00\xa0\xe3"
    encoder.encode.cache_clear()
    wrong = [
        (statement, expected)
        for statement, expected in corpus()[::4]
        if ours.__wrapped__(statement) != expected and not reviewed(statement)
    ]
    encoder.encode.cache_clear()
    assert wrong == []


def test_what_the_library_prints_is_not_shown(capfd):
    keystone.encode("ldm r0, {r1, sp}")  # deprecated, and the library says so
    assert capfd.readouterr().err == ""


def test_an_unknown_warning_refuses(monkeypatch):
    monkeypatch.setattr(keystone, "HARMLESS", ())
    with pytest.raises(keystone.RefusedError, match="warning"):
        keystone.encode("ldm r0, {r2, sp}")


def test_standard_error_is_the_same_afterwards():
    before = os.fstat(2)
    keystone.encode("nop")
    after = os.fstat(2)
    assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)


def test_a_wrong_word_is_never_given(monkeypatch):
    """The proof fails when the encoder lies: another instruction, register, number or condition."""
    lies = {"add r2, r3, #4": 0xE2832005, "mov r9, r8": 0xE1A09007, "subne r1, r2, r3": 0xE0421003}
    monkeypatch.setattr(keystone, "encode", lies.__getitem__)
    encoder.encode.cache_clear()
    for text in lies:
        with pytest.raises(StatementError) as caught:
            encoder.encode(text)
        assert caught.value.code == "ASM-008"
    encoder.encode.cache_clear()


def test_the_message_of_a_failed_proof_says_what_the_word_is():
    with pytest.raises(StatementError) as caught:
        proof.prove("add r0, r1, #4", 0xE2810005)
    assert str(caught.value) == "`add r0, r1, #4` was encoded as 0xe2810005, which is `add r0, r1, #5`"
