"""Whatever the source: an object or an InputError, and soon."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypgen.asm.assembler import assemble
from hypgen.asm.directives import READ_ELSEWHERE, table
from hypgen.asm.mnemonics import CONDITIONS
from hypgen.asm.mnemonics import table as mnemonics
from hypgen.asm.source import AsmSource
from hypgen.asm.thumb.forms import table as thumb_mnemonics
from hypgen.errors import InputError

DEADLINE = timedelta(seconds=2)

PIECES = st.sampled_from(
    "r0 r1 sp lr pc #1 #-1 #0xff #4096 #sym sym =sym =0x12345678 [r0] [r0,#4] [r0,r1,lsl#2]! {r0-r3} "
    '{r4,pc}^ { } [ ] ( ) ! ^ , ; : . .+8 .-4 1f 1b lsl#3 rrx p15 c7 cpsr_f spsr elr_hyp sy \'a "s" '
    "\\x ~ - * / << #:lower16:sym #:upper16:(sym+4) d0 q1 s3 {d0-d3} [r0:64] #1.5".replace("_", " ").split(
        " "
    )
)


@cache
def words() -> list[str]:
    return [
        *mnemonics(),
        *(name for name in table() if name != ".incbin"),
        *READ_ELSEWHERE,
        "vadd.f32",
        "vldr",
    ]


def survives(source: str) -> None:
    try:
        made = assemble(AsmSource("fuzz.s", source))
    except InputError as error:
        unplaced = [str(one) for one in error.diagnostics if not str(one).startswith("fuzz.s")]
    else:
        unplaced = [one.name for one in made.sections.values() if one.data and one.size != len(one.data)]
    assert unplaced == []


@cache
def thumb_words() -> list[str]:
    return [
        *thumb_mnemonics(),
        "it",
        "itte",
        "b",
        "bl",
        "cbz",
        "adr",
        "push",
        "ldm",
        "vadd.f32",
        "vldr",
        ".arm",
    ]


def thumb_statement() -> st.SearchStrategy[str]:
    condition = st.sampled_from(["", "eq", "ne", ".w", ".n", "eq.w"])
    head = st.builds(lambda word, suffix: word + suffix, st.sampled_from(thumb_words()), condition)
    operands = st.lists(st.one_of(PIECES, st.sampled_from(["eq", "al", "r8", "#255", "#-0"])), max_size=5)
    return st.builds(lambda name, parts: f"{name} {','.join(parts)}", head, operands)


def statement() -> st.SearchStrategy[str]:
    condition = st.sampled_from(["", *CONDITIONS, "s", ".w"])
    head = st.builds(lambda word, suffix: word + suffix, st.sampled_from(words()), condition)
    return st.builds(lambda name, parts: f"{name} {','.join(parts)}", head, st.lists(PIECES, max_size=5))


@settings(max_examples=400, deadline=DEADLINE)
@given(st.lists(st.one_of(statement(), st.just("sym: nop"), st.just("1:")), max_size=8))
def test_statements_of_known_words_and_random_operands(lines):
    survives("\n".join(lines))


@settings(max_examples=400, deadline=DEADLINE)
@given(
    st.lists(st.one_of(thumb_statement(), st.sampled_from(["sym: nop", "1:", "it eq", ".ltorg"])), max_size=8)
)
def test_t32_statements_of_known_words_and_random_operands(lines):
    survives("\n".join([".syntax unified", ".thumb", *lines]))


@settings(max_examples=200, deadline=DEADLINE)
@given(st.text(max_size=200))
def test_any_text(source):
    survives(source)


SOURCES = [path.read_text() for path in sorted(Path(__file__).with_name("sources").glob("*.s"))]


@settings(max_examples=150, deadline=DEADLINE)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_real_sources_with_characters_changed(source, chosen):
    text = list(source)
    for _ in range(chosen.randrange(1, 12)):
        at = chosen.randrange(len(text))
        text[at] = chosen.choice([*"()[]{}\"'\\@;:,.#=!^+-*~ \n\t0189abrsx", "", "/*", "*/", text[at] * 3])
    survives("".join(text))


BOMBS = {
    "squares": ".word x0\n" + "\n".join(f"x{n} = x{n + 1} * x{n + 1}" for n in range(60)),
    "doubled argument": '.macro m a\nm "\\a\\a"\n.endm\nm abc',
    "macro that calls itself twice": ".macro m\nm\nm\n.endm\nm",
    "nested repetitions": ".rept 1000\n.rept 1000\nnop\n.endr\n.endr",
    "much space": ".space 0x3ffffff\n" * 20,
    "more space than there is": ".space 0x7fffffffffff\n.bss\n.space 0x7fffffffffffffff",
    "parentheses": ".word " + "(" * 100_000,
    "minus signs": ".word " + "-" * 100_000 + "1",
    "digits": ".word " + "9" * 100_000,
    "a long sum": ".word " + "1+" * 20_000 + "1",
    "commas": "mov " + "," * 100_000,
    "registers": "push {" + "r0," * 50_000 + "r1}",
    "labels": "a:" * 20_000,
    "branches that grow one by one": ".thumb\n"
    + "\n".join(f"l{n}: b l{n + 1020}" for n in range(2000))
    + "".join(f"\nl{n}:" for n in range(2000, 3020)),
    "misspelt symbols": "\n".join(f"mov r0, #undefined{n}\nlabel{n}: nop" for n in range(1000)),
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS)
def test_a_source_made_to_exhaust_ends_soon(source):
    begin = time.monotonic()
    survives(source)
    assert time.monotonic() - begin < 30
