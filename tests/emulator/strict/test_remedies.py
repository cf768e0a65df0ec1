"""What the strict rules say to write in place of an UNPREDICTABLE instruction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypgen.emulator import execute
from hypgen.emulator.strict.remedies import _OTHERWISE, remedy


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("access to SPSR_hyp from hyp mode is UNPREDICTABLE: it can be named in Monitor mode only", "SPSR"),
        (
            "access to SP_hyp from svc mode is UNPREDICTABLE: it can be named in Monitor mode only",
            "Monitor mode",
        ),
        (
            "access to LR_svc from svc mode is UNPREDICTABLE: it is the register that the current mode "
            "uses itself",
            "without its mode",
        ),
        ("HVC is UNPREDICTABLE here: cond != 14 (DDI 0406C B9.3.4)", "make the HVC unconditional"),
        ("writing 0x15 to CPSR.M, which is no mode, is UNPREDICTABLE", "0x1a (hyp)"),
        ("MSR (register): should-be bits differ in 0x00000300; B9.3.12", "invert bits 0x00000300 of"),
    ],
)
def test_the_remedy_goes_by_the_condition(sentence: str, told: str):
    assert told in remedy(sentence)


def test_what_only_the_encoding_forbids_is_told_in_general():
    assert remedy("LDR (immediate): n == t; A8.8.63") == _OTHERWISE


def sentences() -> Iterator[str]:
    """What the core says where it refuses an instruction, as far as it stands in its source."""
    for path in Path(execute.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Unpredictable", "refuse"):
                said = node.args[-1]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                text = "0x1".join(one.value for one in parts if isinstance(one, ast.Constant))
                if "UNPREDICTABLE" in text or "interworking" in text:
                    yield text


def test_everything_that_the_core_refuses_by_its_state_has_a_remedy():
    found = list(sentences())
    assert len(found) > 12
    assert [one for one in found if remedy(one) == _OTHERWISE and "access to" not in one] == []
