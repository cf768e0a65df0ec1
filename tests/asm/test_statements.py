"""Lines into statements."""

from __future__ import annotations

import pytest

from hypgen.asm.statements import (
    Statement,
    UnterminatedCommentError,
    split_line,
    split_operands,
    strip_block_comments,
)


def names(line: str) -> list[tuple[str, str]]:
    return [(one.name, one.operands) for one in split_line(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  nop", [("nop", "")]),
        ("nop @ comment; not a statement", [("nop", "")]),
        ("nop // comment", [("nop", "")]),
        ("# comment", []),
        ("   # comment", []),
        ("@ comment", []),
        ("mov r0, #1", [("mov", "r0, #1")]),
        ("nop; nop;; nop", [("nop", ""), ("nop", ""), ("nop", "")]),
        ('.ascii "a;b@c//d" @ e', [(".ascii", '"a;b@c//d"')]),
        ('.ascii "a\\"; nop"', [(".ascii", '"a\\"; nop"')]),
        (".byte ';', '@', '\"'", [(".byte", "';', '@', '\"'")]),
        (".byte '; nop", [(".byte", "'; nop")]),
        ("mov\tr0,\tr1", [("mov", "r0,\tr1")]),
        ('.ascii "never closed', [(".ascii", '"never closed')]),
    ],
)
def test_comments_strings_and_separators(line, expected):
    assert names(line) == expected


def test_labels_stand_before_their_statement():
    assert split_line("a: 1: .Lb: nop") == (Statement(("a", "1", ".Lb"), "nop", "", 12),)
    assert split_line("only:") == (Statement(("only",), "", "", 6),)


def test_columns_count_from_one_in_the_whole_line():
    assert [one.column for one in split_line("  nop; mov r0, r1")] == [3, 8]


def test_assignments_and_register_aliases():
    assert split_line("x = 1 + 2") == (Statement((), "=", "1 + 2", 1, "x"),)
    assert split_line("x == 1") == (Statement((), "==", "1", 1, "x"),)
    assert split_line("cmp r0, #1==1")[0].name == "cmp"
    assert split_line("base .req r4") == (Statement((), ".req", "r4", 1, "base"),)


def test_block_comments_keep_the_number_of_lines():
    assert strip_block_comments("a /* b\nc */ d\n") == "a  \n d\n"
    assert strip_block_comments('"/* in a string */" @ /* in a comment\nx') == (
        '"/* in a string */" @ /* in a comment\nx'
    )


def test_an_open_block_comment_is_an_error_at_its_beginning():
    with pytest.raises(UnterminatedCommentError) as caught:
        strip_block_comments("a\nb /* c\nd")
    assert caught.value.line == 2


def test_operands_are_cut_at_outer_commas_only():
    assert split_operands("r0, [r1, #4], {r2, r3}, (1, 2), \"a,b\", ','") == [
        "r0", "[r1, #4]", "{r2, r3}", "(1, 2)", '"a,b"', "','",
    ]  # fmt: skip
    assert split_operands("") == []
    assert split_operands("a,,b") == ["a", "", "b"]
