"""The YAML reader: what values mean, where they are, and every way in which a file can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hypgen.documents import (
    CODES,
    MAX_BYTES,
    MAX_DEPTH,
    Document,
    display_path,
    parse_document,
    parse_integer,
    read_document,
)
from hypgen.errors import Diagnostic, InputError, Location


def parse(text: str) -> Document:
    return parse_document(text.encode(), "a.yaml")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("4096", 4096),
        ("24_000_000", 24_000_000),
        ("0x8_0000_0000", 0x8_0000_0000),
        ("0XfF", 255),
        ("0b1010_1010", 0xAA),
        ("0o17", 15),
        ("-1", -1),
        ("+0x10", 16),
        ("010", None),
        ("0y1000", None),
        ("0x", None),
        ("0x_1", None),
        ("1__0", None),
        ("1_", None),
        ("1.5", None),
        ("1e3", None),
        ("ten", None),
        ("", None),
        ("9" * 81, None),
        ("٣", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert parse_integer(text) == number


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0x10", 16),
        ('"0x10"', "0x10"),
        ("true", True),
        ("'true'", "true"),
        ("True", "True"),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("", None),
        ('""', ""),
        ("1.5", "1.5"),
        ("2026-01-01", "2026-01-01"),
        ("[1, a]", [1, "a"]),
        ("{b: {c: []}}", {"b": {"c": []}}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_what_a_value_means(written: str, value: Any) -> None:
    assert parse(f"a: {written}").data == {"a": value}


def test_the_place_of_each_key_and_value() -> None:
    document = parse("a:\n  - {b: 1}\n  - c:  xyz\n")
    place = document.places["a", 1, "c"]
    assert (place.key, place.value) == (Location("a.yaml", 3, 5), Location("a.yaml", 3, 9))
    assert document.places["a", 0].key == Location("a.yaml", 2, 5)


def test_what_is_not_there_has_the_place_of_what_is_around_it() -> None:
    document = parse("a:\n  b: 1\n")
    assert document.place(("a", "x", "y")) == document.places[("a",)]
    assert document.place(("z",)) == document.places[()]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert parse_document(b"\xef\xbb\xbfa: 1", "a.yaml").data == {"a": 1}


BAD = {
    "not-utf-8": (
        b"a: 1\nb: \xff\n",
        "a.yaml:2:4: error[DOC-002]: byte 0xff is not UTF-8 text (save the file as UTF-8)",
    ),
    "too-large": (
        b"#" * (MAX_BYTES + 1),
        "a.yaml: error[DOC-003]: the file has more than 256 KiB, too large for a description",
    ),
    "tab": (
        b"a:\n\tb: 1\n",
        "a.yaml:2:1: error[DOC-004]: not YAML: found character '\\t' that cannot start any token "
        "(indent with blanks)",
    ),
    "unclosed-list": (
        b"a: [1\n",
        "a.yaml:2:1: error[DOC-004]: not YAML: expected ',' or ']', but got '<stream end>'",
    ),
    "unclosed-quote": (
        b"a: 'x",
        "a.yaml:1:6: error[DOC-004]: not YAML: found unexpected end of stream",
    ),
    "control-character": (
        b"a: 1\nb: \x01",
        "a.yaml:2:4: error[DOC-004]: not YAML: the control character U+0001",
    ),
    "surrogate": (
        b'a: "\\ud800"',
        "a.yaml:1:4: error[DOC-004]: not YAML: an escape writes half of a surrogate pair",
    ),
    "no-such-character": (
        b'a: "\\Uffffffff"',
        "a.yaml: error[DOC-004]: not YAML: Python int too large to convert to C int",
    ),
    "empty": (
        b"",
        "a.yaml:1:1: error[DOC-005]: the file is empty: expected 'key: value' lines at the top",
    ),
    "comments-only": (
        b"# a\n",
        "a.yaml:1:1: error[DOC-005]: the file is empty: expected 'key: value' lines at the top",
    ),
    "not-a-mapping": (
        b"# a\n- 1\n",
        "a.yaml:2:1: error[DOC-005]: the file is not a mapping: expected 'key: value' lines at the top",
    ),
    "duplicate-key": (
        b"a: 1\nb: 2\na: 3\n",
        "a.yaml:3:1: error[DOC-006]: the key 'a' stands twice in this mapping\n"
        "  a.yaml:1:1: note: the first one is here",
    ),
    "anchor": (
        b"a: &x 1\n",
        "a.yaml:1:4: error[DOC-007]: &x: anchors and aliases are not read (write the value out)",
    ),
    "alias": (
        b"a: *x\n",
        "a.yaml:1:4: error[DOC-007]: *x: anchors and aliases are not read (write the value out)",
    ),
    "alias-bomb": (
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        "a.yaml:1:4: error[DOC-007]: &a: anchors and aliases are not read (write the value out)",
    ),
    "merge-key": (
        b"a:\n  <<: {b: 1}\n",
        "a.yaml:2:3: error[DOC-007]: <<: merge keys are not read (write the keys out)",
    ),
    "tag": (
        b"a: !!python/object:os.system x\n",
        "a.yaml:1:4: error[DOC-008]: the tag tag:yaml.org,2002:python/object:os.system is not read "
        "(remove it)",
    ),
    "list-as-key": (
        b"? [a]\n: 1\n",
        "a.yaml:1:3: error[DOC-009]: a key must be a word, not empty, a list or a mapping",
    ),
    "empty-key": (
        b": 1\n",
        "a.yaml:1:1: error[DOC-009]: a key must be a word, not empty, a list or a mapping",
    ),
    "too-deep": (
        b"a: " + b"[" * 5000,
        "a.yaml:1:19: error[DOC-010]: nested deeper than 16 levels",
    ),
    "two-documents": (
        b"a: 1\n---\nb: 2\n",
        "a.yaml:2:1: error[DOC-011]: a second document starts here (keep one per file)",
    ),
}
"""Name of what is wrong: the file, and the message that it must give."""


@pytest.mark.parametrize("what", BAD)
def test_message(what: str) -> None:
    content, expected = BAD[what]
    with pytest.raises(InputError) as caught:
        parse_document(content, "a.yaml")
    assert str(caught.value) == expected


def test_every_code_has_a_test() -> None:
    tested = {code for code in CODES for _, expected in BAD.values() if f"[{code}]" in expected}
    assert tested | {"DOC-001"} == set(CODES)


def test_the_deepest_nesting_allowed() -> None:
    assert parse("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.yaml", "no such file or directory"), (".", "is a directory"), ("a\0b", "embedded null byte")],
)
def test_a_file_that_cannot_be_read(
    name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        read_document(Path(name))
    assert str(caught.value) == f"{name}: error[DOC-001]: the file cannot be read: {reason}"


def test_paths_are_shown_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert display_path(tmp_path / "b" / "x.yaml") == "b/x.yaml"
    assert display_path(Path("b/../x.yaml")) == "x.yaml"
    assert display_path(tmp_path.parent / "x.yaml") == str(tmp_path.parent / "x.yaml")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:-{}[]&*!|>'\"%@`#,? \n\t0x~<\\u", max_size=40))
@example('a: "\\x')
@example("%YAML 9\n---\n")
@example("a: |99\n")
def test_any_text_is_a_document_or_a_located_error(text: str) -> None:
    _a_document_or_a_located_error(text.encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_document_or_a_located_error(content: bytes) -> None:
    _a_document_or_a_located_error(content)


def _a_document_or_a_located_error(content: bytes) -> None:
    wrong: tuple[Diagnostic, ...] = ()
    try:
        parse_document(content, "a.yaml")
    except InputError as error:
        wrong = error.diagnostics
    assert all(one.location is not None and str(one).encode("utf-8") for one in wrong)
