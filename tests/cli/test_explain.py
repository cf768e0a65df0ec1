"""`hypgen explain`: every code that hypgen can print is explained, and nothing else is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import hypgen as package
from hypgen.cli.explain import explanations, tables
from hypgen.emulator.strict.catalogue import RULES
from tests.cli.conftest import Hypgen

CODE = re.compile(r"""["']([A-Z]+-\d{3})["']""")


def used() -> dict[str, set[str]]:
    """The codes in the source as string literals, outside the tables that explain them, and where."""
    root = Path(package.__file__).parent
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        for match in CODE.finditer(text):
            if text[match.end() : match.end() + 1] != ":":
                found.setdefault(match[1], set()).add(str(path.relative_to(root)))
    return found


def test_every_code_in_the_source_is_explained() -> None:
    missing = {code: sorted(where) for code, where in used().items() if code not in explanations()}
    assert missing == {}


def test_every_explained_code_is_in_the_source() -> None:
    assert sorted(set(explanations()) - set(used())) == []


def test_a_code_means_one_thing() -> None:
    assert [
        code for code, count in Counter(code for table in tables() for code in table).items() if count > 1
    ] == []


def test_an_explanation_is_a_sentence_at_least() -> None:
    for code, text in explanations().items():
        assert len(text) > 25, code
        assert text.rstrip().endswith("."), code


def test_a_strict_rule_is_explained_from_the_rule_table(hypgen: Hypgen) -> None:
    result = hypgen("explain", "ctx-001")
    assert (result.status, result.err) == (0, "")
    flat = " ".join(result.out.split())
    rule = RULES["CTX-001"]
    assert flat.startswith("CTX-001 ")
    for part in (rule.title[1:], rule.text, rule.manual):
        assert " ".join(part.split()) in flat


def test_of_a_family_the_rules_are_listed(hypgen: Hypgen) -> None:
    result = hypgen("explain", "walk")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.splitlines()] == [
        one for one in RULES if one[:4] == "WALK"
    ]


def test_without_a_code_all_are_listed_by_their_first_sentence(hypgen: Hypgen) -> None:
    lines = hypgen("explain").out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(explanations())
    assert all(len(line) > 15 and line.endswith(".") for line in lines)


def test_a_code_that_hypgen_does_not_print(hypgen: Hypgen) -> None:
    near, far = hypgen("explain", "CTXX-001"), hypgen("explain", "NOPE")
    assert (near.status, near.out, far.status, far.out) == (2, "", 2, "")
    assert near.err == "error[CLI-001]: there is no code 'CTXX-001' (did you mean CTX-001 or CTX-010?)\n"
    assert far.err == "error[CLI-001]: there is no code 'NOPE' (hypgen explain lists them all)\n"
