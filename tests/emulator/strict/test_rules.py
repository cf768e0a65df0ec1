"""The strict rules as a set: each is documented, and each is tripped by a test of its family."""

import os
import re
from pathlib import Path

import pytest

from hypgen.emulator.strict.catalogue import RULES
from hypgen.emulator.strict.documentation import pages
from hypgen.errors import Severity
from hypgen.selftest.defects import defects
from tests.litmus.litmus import cases

TESTS = Path(__file__).parents[2]
DOCUMENTS = Path(__file__).parents[3] / "docs" / "rules"


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_each_rule_says_what_the_manual_says_and_what_to_do(rule):
    assert re.fullmatch(r"[A-Z]+-\d{3}", rule.id)
    assert rule.manual.startswith("DDI 0406C ")
    assert len(rule.text) > 100
    assert not rule.title.endswith(".")
    assert isinstance(rule.severity, Severity)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_tripped_by_a_test_of_its_family(rule):
    family = rule.partition("-")[0].lower()
    by_hand = [Path(__file__).with_name(f"test_{family}.py"), TESTS / "verdict" / "test_audit.py"]
    tripped = any(rule in case.reports for case in cases()) or any(rule in one.rules for one in defects())
    assert tripped or any(path.exists() and f'"{rule}"' in path.read_text() for path in by_hand)


@pytest.mark.parametrize("name", pages())
def test_the_golden_page_of_each_family_is_what_its_module_says(name):
    page = DOCUMENTS / name
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        page.parent.mkdir(exist_ok=True)
        page.write_text(pages()[name])
    assert page.read_text() == pages()[name]


def test_there_is_a_page_for_each_family_and_no_other():
    assert {path.name for path in DOCUMENTS.glob("*.md")} - {"README.md"} == set(pages())
