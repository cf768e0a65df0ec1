"""Checks: their three outcomes, and how values are shown."""

from __future__ import annotations

import pytest

from hypgen.verdict.check import (
    Check,
    NotRunError,
    Outcome,
    ShortfallError,
    expect,
    failed,
    judge,
    same,
    shown,
)


def shortfall() -> str:
    raise ShortfallError("it is not")


def not_run() -> str:
    raise NotRunError("nothing to see")


def test_a_check_passes_fails_or_is_not_run() -> None:
    checks = [judge("a", lambda: "it is"), judge("b", shortfall), judge("c", not_run)]
    assert checks == [
        Check("a", Outcome.PASS, "it is"),
        Check("b", Outcome.FAIL, "it is not"),
        Check("c", Outcome.NOT_RUN, "nothing to see"),
    ]
    assert failed(checks) == [checks[1]]


def test_an_unforeseen_exception_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        judge("a", lambda: str(1 // 0))


@pytest.mark.parametrize("missing", [IndexError, KeyError, StopIteration, ValueError])
def test_a_check_whose_evidence_is_missing_fails(missing: type[Exception]) -> None:
    def body() -> str:
        raise missing

    reason = f"the run lacks what this check looks at ({missing.__name__})"
    assert judge("a", body) == Check("a", Outcome.FAIL, reason)


def test_expectations_name_what_was_seen_and_expected() -> None:
    expect(True, "never said")
    same("HVBAR", 1, 1)
    with pytest.raises(ShortfallError, match=r"^it must$"):
        expect(False, "it must")
    with pytest.raises(ShortfallError, match=r"^HVBAR is 0x00000001, expected 0x80201000$"):
        same("HVBAR", 1, 0x80201000)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0x20, "0x00000020"), (True, "True"), ("hyp_trap", "hyp_trap"), ((1, None), "(0x00000001, None)")],
)
def test_values_are_shown(value: object, text: str) -> None:
    assert shown(value) == text
