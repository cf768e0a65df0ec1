"""The strict rules as a set: each is documented, and each is tripped by a test of its family."""

import re
from pathlib import Path

import pytest

from hypgen.emulator.strict.observer import RULES
from hypgen.errors import Severity


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_each_rule_says_what_the_manual_says_and_what_to_do(rule):
    assert re.fullmatch(r"[A-Z]+-\d{3}", rule.id)
    assert rule.manual.startswith("DDI 0406C ")
    assert len(rule.text) > 100
    assert not rule.title.endswith(".")
    assert isinstance(rule.severity, Severity)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_tripped_by_a_test_of_its_family(rule):
    family = Path(__file__).with_name(f"test_{rule.partition('-')[0].lower()}.py")
    assert f'"{rule}"' in family.read_text()
