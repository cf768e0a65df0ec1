"""Every litmus test with all outcomes played: what must be reported is confirmed, or it is said why not."""

import pytest

from hypgen.verdict.exploring import Played
from tests.litmus.explored import explored
from tests.litmus.litmus import NOT_CONFIRMED, Case, cases, not_confirmed


@pytest.mark.parametrize("case", cases(), ids=str)
def test_an_outcome_confirms_what_must_be_reported_and_none_ends_otherwise_where_nothing_is(case: Case):
    found = explored(case)
    assert not found.bounded
    assert [rule for rule, _, _ in found.played] == case.reports
    confirmed = {rule for (rule, _, _), played in found.played.items() if played is Played.CONFIRMED}
    assert confirmed == {rule for rule in case.reports if not not_confirmed(case, rule)}
    assert found.diverged == bool(confirmed)


def test_reasons_are_given_for_tests_and_rules_that_there_are():
    names = {str(case): case for case in cases()}
    for name, rules in NOT_CONFIRMED["tests"].items():
        assert set(rules) <= set(names[name].reports)
    assert set(NOT_CONFIRMED["rules"]) <= {rule for case in cases() for rule in case.reports}
