"""Expressions: GNU's precedence, arithmetic and literals."""

from __future__ import annotations

import random

import pytest

from hypgen.asm.expressions import describe, parse
from hypgen.asm.source import StatementError
from hypgen.asm.values import Value
from tests.asm.gnu import assembled_by_gnu


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1<<2+1", 5),
        ("1+2*3", 7),
        ("2*3+1", 7),
        ("7&3|8", 11),
        ("6^3+1", 6),
        ("10-4-3", 3),
        ("100/7/2", 7),
        ("-7/2", -3),
        ("-7%3", -1),
        ("-1>>60", 15),
        ("1==1", -1),
        ("1<>1", 0),
        ("5>3", -1),
        ("1&&2", 1),
        ("0||0", 0),
        ("!0", 1),
        ("!7", 0),
        ("~0", -1),
        ("- -4", 4),
        ("+4", 4),
        ("'A'", 65),
        ("'A", 65),
        ("'\\n'", 10),
        ("0x1F", 31),
        ("0b101", 5),
        ("017", 15),
        ("0", 0),
        ("(1+2)*(3+4)", 21),
        ("1<<64", 0),
    ],
)
def test_computes_as_gnu_as(text, value):
    assert parse(text) == Value(value)


@pytest.mark.parametrize(
    "text", ["", "1 +", "(1", "1 2", "*3", "09", "1/0", "5%0", "1 @", "0x", "'", "((((1)))"]
)
def test_refuses_what_is_no_expression(text):
    with pytest.raises(StatementError):
        parse(text)


def test_deep_nesting_is_refused_and_does_not_overflow():
    with pytest.raises(StatementError, match="nested too deeply"):
        parse("(" * 5000 + "1" + ")" * 5000)
    with pytest.raises(StatementError, match="nested too deeply"):
        parse("-" * 5000 + "1")


def test_symbols_stay_in_the_tree():
    assert describe(parse("end - start + 4")) == "((end-start)+4)"
    assert describe(parse("1f")) == "1f"


@pytest.mark.oracle
def test_random_expressions_are_what_gnu_as_computes(oracle_counter, tmp_path):
    chosen = random.Random(4)
    operators = [
        "+",
        "-",
        "*",
        "/",
        "%",
        "<<",
        ">>",
        "|",
        "&",
        "^",
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "&&",
        "||",
    ]

    def expression(depth: int) -> str:
        if depth == 0 or chosen.random() < 0.2:
            return str(chosen.choice([0, 1, 2, 3, 7, 31, 255, 4096, 0x7FFFFFFF]))
        if chosen.random() < 0.2:
            return f"{chosen.choice('-~!')}({expression(depth - 1)})"
        if chosen.random() < 0.3:
            return f"({expression(depth - 1)})"
        return f"{expression(depth - 1)}{chosen.choice(operators)}{expression(depth - 1)}"

    kept: list[tuple[str, int]] = []
    while len(kept) < 600:
        text = expression(3)
        try:
            node = parse(text)
        except StatementError:
            continue
        assert isinstance(node, Value)
        kept.append((text, node.number))
    made = assembled_by_gnu("\n".join(f".quad {text}" for text, _ in kept) + "\n", tmp_path)
    assert not isinstance(made, str), made
    data = bytes.fromhex(made.sections[".text"][1])
    theirs = [int.from_bytes(data[at : at + 8], "little", signed=True) for at in range(0, len(data), 8)]
    assert [(text, value) for (text, value), found in zip(kept, theirs, strict=True) if value != found] == []
    oracle_counter("asm-expressions")(len(kept))
