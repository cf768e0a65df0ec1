"""The registry of HVC numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen import resources
from hypgen.errors import InputError
from hypgen.plan.hvc import load_hvc_numbers

GOOD = """\
calls:
  stub: 0xff
  init: 0x4701
  call: 0x4702
  teardown: 0x4703
  probe: 0x4704
unknown_answer: 0x0bad_ca11
foreign:
  xen: 0xea1
"""


def problems(directory: Path, text: str) -> list[str]:
    file = directory / "hvc.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_hvc_numbers(file)
    return [str(one).replace(f"{directory}/", "") for one in caught.value.diagnostics]


def test_the_shipped_numbers_are_ours_and_nobody_elses():
    numbers = load_hvc_numbers(resources.directories("templates")[-1] / "hvc.yaml")
    assert numbers.numbers["stub"] == 0xFF
    assert numbers.unknown_answer == 0x0BAD_CA11
    assert not set(numbers.numbers.values()) & {0x0, 0xEA1, 0x4A48}
    assert numbers.constants["HVC_STUB"] == (0xFF, "reads or sets HVBAR while the stub is there (stub.S)")


def test_a_number_that_xen_has_is_refused_naming_both(tmp_path: Path):
    assert problems(tmp_path, GOOD.replace("0x4702", "0xea1")) == [
        "hvc.yaml:4:9: error[PLAN-011]: the call 'call' has the immediate 0xea1, which is that of xen (a "
        "handler tells calls apart by the immediate alone; choose another)\n  hvc.yaml:9:8: note: xen is here"
    ]


def test_two_calls_with_one_number_are_refused_naming_both(tmp_path: Path):
    assert problems(tmp_path, GOOD.replace("0x4702", "0x4701")) == [
        "hvc.yaml:4:9: error[PLAN-011]: the call 'call' has the immediate 0x4701, which is also that of the "
        "call 'init' (a handler tells calls apart by the immediate alone; choose another)\n"
        "  hvc.yaml:3:9: note: init is here"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "0x4702",
            "0x10000",
            "4:9: error[PLAN-010]: calls.call must be an immediate from 0 to 0xffff, not 65536",
        ),
        (
            "0x4702",
            "yes",
            "4:9: error[PLAN-010]: calls.call must be an immediate from 0 to 0xffff, not 'yes'",
        ),
        ("  probe: 0x4704\n", "", "2:3: error[PLAN-010]: the call 'probe' has no number"),
        ("probe:", "prob:", "6:9: error[PLAN-010]: no template makes a call 'prob'"),
        ("unknown_answer:", "answer:", "7:9: error[PLAN-010]: unknown key 'answer'"),
        ("0x0bad_ca11", "x", "7:17: error[PLAN-010]: unknown_answer must be a 32-bit number"),
        (
            "foreign:\n  xen: 0xea1",
            "foreign: 1",
            "8:10: error[PLAN-010]: foreign must map names to immediates",
        ),
    ],
)
def test_a_malformed_registry_is_refused_at_the_place(tmp_path: Path, old: str, new: str, message: str):
    assert problems(tmp_path, GOOD.replace(old, new))[0] == f"hvc.yaml:{message}"


INTERFACES = (
    GOOD
    + """\
interfaces:
  legacy: {immediate: 0x0, selector: r0, takes: all}
  numbered: {immediate: 0x0, selector: r0, calls: {set: 0, restart: 1}}
  mine: {immediate: 0x0, selector: r0, calls: {ping: 7}}
  theirs: {immediate: 0x0, selector: r7, calls: {pong: 1}}
  far: {immediate: 0x1234, selector: r12, takes: all}
  late: {immediate: 0x4701, selector: r0, calls: {call: 0}}
"""
)


def test_interfaces_are_constants_and_may_be_answered_together(tmp_path: Path):
    (tmp_path / "hvc.yaml").write_text(INTERFACES + "answered: [numbered]\n")
    numbers = load_hvc_numbers(tmp_path / "hvc.yaml", ("mine", "far"))
    assert numbers.answered == ("numbered", "mine", "far")
    assert numbers.constants["HVC_NUMBERED_IMMEDIATE"] == (0, "interface numbered, calls by r0")
    assert numbers.constants["HVC_NUMBERED_RESTART"] == (1, "numbered: restart, in r0")


@pytest.mark.parametrize(
    ("answered", "why", "first"),
    [
        (
            "[legacy, numbered]",
            "both have the immediate 0x0, and legacy takes every value of r0: it would swallow the calls of "
            "numbered",
            "legacy",
        ),
        (
            "[numbered, theirs]",
            "both have the immediate 0x0, but tell their calls apart by r7 and by r0: each would take the "
            "other's arguments for numbers",
            "numbered",
        ),
    ],
)
def test_interfaces_that_swallow_each_other_are_refused_naming_both(
    tmp_path: Path, answered: str, why: str, first: str
):
    (only,) = problems(tmp_path, INTERFACES + f"answered: {answered}\n")
    second = answered.strip("[]").split(", ")[1]
    assert f"error[PLAN-011]: {first} and {second} cannot both be answered: {why} (answer only one" in only
    assert f"note: {first} is here" in only


def test_two_interfaces_with_one_number_are_refused(tmp_path: Path):
    text = INTERFACES.replace("{ping: 7}", "{ping: 1}")
    (only,) = problems(tmp_path, text + "answered: [numbered, mine]\n")
    assert "numbered and mine cannot both be answered: both have the immediate 0x0, and 1 is a call" in only


def test_an_interface_with_the_number_of_a_call_is_refused(tmp_path: Path):
    (only,) = problems(tmp_path, INTERFACES + "answered: [late]\n")
    assert "interface 'late' has the immediate 0x4701, which is also that of the call 'init'" in only


def test_an_interface_of_ones_own_with_the_immediate_of_other_software_is_refused_naming_both(tmp_path: Path):
    text = (
        GOOD + "interfaces:\n  mine: {immediate: 0xea1, selector: r0, calls: {ping: 7}}\nanswered: [mine]\n"
    )
    assert problems(tmp_path, text) == [
        "hvc.yaml:11:3: error[PLAN-011]: interface 'mine' has the immediate 0xea1, which is that of xen "
        "(choose another; an interface that answers as xen begins with "
        "'xen')\n  hvc.yaml:9:8: note: xen is here"
    ]
    (tmp_path / "hvc.yaml").write_text(text.replace("mine", "xen-mine"))
    assert load_hvc_numbers(tmp_path / "hvc.yaml").answered == ("xen-mine",)


def test_two_of_other_software_with_one_immediate_are_refused_naming_both(tmp_path: Path):
    assert problems(tmp_path, GOOD + "  other: 0xea1\n") == [
        "hvc.yaml:10:10: error[PLAN-011]: other has the immediate 0xea1, which is that of xen (a handler "
        "tells calls apart by the immediate alone; choose another)\n  hvc.yaml:9:8: note: xen is here"
    ]


def test_two_calls_of_an_interface_with_one_number_are_refused_naming_both(tmp_path: Path):
    text = GOOD + "interfaces:\n  mine: {immediate: 1, selector: r3, calls: {ping: 7, pong: 7}}\n"
    assert problems(tmp_path, text) == [
        "hvc.yaml:11:61: error[PLAN-011]: interface 'mine': pong has the number 0x7, as has ping (calls are "
        "told apart by r3 alone; choose another)\n  hvc.yaml:11:52: note: ping is here"
    ]


def test_an_interface_that_a_scenario_answers_and_nobody_has(tmp_path: Path):
    (tmp_path / "hvc.yaml").write_text(INTERFACES)
    with pytest.raises(InputError) as caught:
        load_hvc_numbers(tmp_path / "hvc.yaml", ("numbred",))
    assert str(caught.value).endswith(
        "hvc.yaml:10:1: error[PLAN-010]: the scenario answers 'numbred', and there is no such interface (did "
        "you mean numbered?)"
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a b: {immediate: 1, selector: r0, takes: all}", "'a b': its name must begin with a letter"),
        ("7: {immediate: 1, selector: r0, takes: all}", "'7': its name must begin with a letter"),
        (
            "a-b: {immediate: 1, selector: r0, takes: all}\n  a_b: {immediate: 2, selector: r0, takes: all}",
            "'a_b': the constant HVC_A_B_IMMEDIATE would be defined twice, by it and by 'a-b'",
        ),
        (
            "a: {immediate: 1, selector: r0, calls: {immediate: 3}}",
            "'a': the constant HVC_A_IMMEDIATE would be defined twice, by it and by 'a'",
        ),
        ("a: {immediate: 1, selector: r0, calls: {}}", "'a': calls must map names to numbers"),
        ("a: {immediate: 1, selector: r0, calls: {x y: 3}}", "'a': the call 'x y' must be a name of letters"),
        (
            "a: {immediate: 1, selector: r0, calls: {x: true}}",
            "'a': the number of x must be from 0 to 0xffffffff",
        ),
        (
            "a: {immediate: 1, selector: r0, calls: {x: -5}}",
            "'a': the number of x must be from 0 to 0xffffffff",
        ),
        (
            "a: {immediate: 1, selector: r0, calls: {x: 0x100000000}}",
            "'a': the number of x must be from 0 to",
        ),
    ],
)
def test_names_and_numbers_that_make_no_constants_are_refused(tmp_path: Path, rows: str, message: str):
    (only,) = problems(tmp_path, GOOD + f"interfaces:\n  {rows}\n")
    assert f"error[PLAN-010]: interface {message}" in only


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{immediate: 0x10000, selector: r0, takes: all}", "immediate must be a number from 0 to 0xffff"),
        ("{immediate: 1, selector: r13, takes: all}", "selector must be a register from r0 to r12"),
        ("{immediate: 1, selector: r0}", "either calls, the number of each, or takes: all"),
        ("{immediate: 1, selector: r0, calls: [1]}", "calls must map names to numbers"),
        ("{immediate: 1, selector: r0, takes: all, x: 1}", "unknown key 'x'"),
        ("7", "expected immediate, selector, takes, calls"),
    ],
)
def test_a_wrong_interface_is_refused(tmp_path: Path, row: str, message: str):
    (only,) = problems(tmp_path, GOOD + f"interfaces:\n  odd: {row}\n")
    assert only.endswith(f"error[PLAN-010]: interface 'odd': {message}")


def test_the_shipped_legacy_and_numbered_interfaces_exclude_each_other():
    file = resources.directories("templates")[-1] / "hvc.yaml"
    assert load_hvc_numbers(file, ("linux-numbered", "xen", "jailhouse")).answered
    with pytest.raises(InputError, match="linux-legacy and linux-numbered cannot both be answered"):
        load_hvc_numbers(file, ("linux-legacy", "linux-numbered"))
