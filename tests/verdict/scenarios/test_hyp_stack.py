"""A Hyp stack that cannot be used any more, in each way: last words all the same, and a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hypgen.pipeline.verifying import verify_scenarios
from hypgen.plan.mappings import HypTables
from hypgen.plan.options import PlanOptions
from hypgen.resources import directories
from hypgen.verdict.check import Outcome

PUSH = "        push    {r1, lr}\n        bl      hyp_last_words\n"
WAYS = {
    "it has grown too far": (PUSH, "its stack has overflowed"),
    "SP is somewhere": ("        ldr     r0, =0xc1234568\n", "SP_hyp is 0xc1234568, in none of the stacks"),
    "SP is below all stacks": ("        ldr     r0, =hyp_stacks\n", "in none of the stacks"),
    "SP is above its page": ("        ldr     r0, =hyp_stacks + 0x2004\n", "in none of the stacks"),
    "SP is above all stacks": ("        ldr     r0, =hyp_stacks + 0x8008\n", "in none of the stacks"),
    "SP is no word's address": ("        mov     r0, sp\n        sub     r0, r0, #2\n", "hyp_stopped"),
    "there is no room for a handler": (
        "        ldr     r0, =hyp_stacks + 0x1010\n        mov     sp, r0\n        udf     #0\n",
        "hyp_undefined",
    ),
}
"""What hyp_last_words does, and what the verdict says."""


def judged(directory: Path, name: str, old: str, new: str, **form: Any) -> dict[str, tuple[Outcome, str]]:
    text = (directories("templates")[-1] / name).read_text()
    assert text.count(old) == 1
    place = directory / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text.replace(old, new))
    options = PlanOptions(scenario="fatal-stack", **form)
    (verdict,) = verify_scenarios("qemu-virt", "fatal-stack", templates=directory, options=options)
    return {one.name: (one.outcome, one.reason) for one in verdict.checks}


def failed(found: dict[str, tuple[Outcome, str]]) -> set[str]:
    return {name for name, (outcome, _) in found.items() if outcome is not Outcome.PASS}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "form"),
    [
        *((way, {}) for way in WAYS),
        ("it has grown too far", {"isa": "thumb"}),
        ("it has grown too far", {"endian": "big"}),
    ],
)
def test_hyp_mode_has_its_last_words(way: str, form: dict[str, Any], tmp_path: Path) -> None:
    body, said = WAYS[way]
    if "sp, r0" not in body and body != PUSH:
        body += f"        mov     sp, r0\n{PUSH}"
    found = judged(tmp_path, "scenarios/fatal.S", PUSH, body, **form)
    assert failed(found) <= {"fatal.reason", "strict"}, found
    assert said in found["end"][1]


@pytest.mark.slow
def test_a_stack_that_may_not_be_written_leaves_room_for_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = HypTables.create_hyp_mappings

    def read_only(self: HypTables, start: Any, end: Any, permission: Any, name: str) -> None:
        create(self, start, end, "r" if name == "stack of CPU 0" else permission, name)

    monkeypatch.setattr(HypTables, "create_hyp_mappings", read_only)
    found = judged(tmp_path, "scenarios/fatal.S", PUSH, PUSH)
    assert "DataAbort at hyp_trap" in found["end"][1]
    assert found["fatal.said"][0] is found["fatal.dump"][0] is Outcome.PASS


@pytest.mark.slow
def test_last_words_that_abort_themselves_are_the_end(tmp_path: Path) -> None:
    lost = "        mov     r0, r7\n        bl      hyp_text\n"
    found = judged(tmp_path, "fatal.inc", lost, f"        mov     r7, #0\n{lost}")
    outcome, said = found["end"]
    assert outcome is Outcome.PASS
    assert "hyp_stopped" in said
    assert "DataAbort at hyp_text" in said
