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
