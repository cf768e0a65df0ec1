"""One thing at a time is taken out of keystone's bring-up code, and something says so; or must not.

A mutant replaces one piece of one block of a template. Those of the first table break a rule of
the strict machine, and the finding is at the right line of the template; those of the second one
fail in behaviour; those of the third are code that the architecture allows, and are verified.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from hypgen import resources
from hypgen.errors import Location
from hypgen.pipeline.building import compile_image
from hypgen.verdict.check import Outcome
from hypgen.verdict.verdict import Verdict, judge_image
from tests import images

pytestmark = pytest.mark.slow

MMU_ON = '{{ write("HSCTLR", "r12") }}'
AFTER_MMU_ON = "isb                                     @ form, B3.2: from here on the MMU translates"


class Mutant(NamedTuple):
    """In ``block`` of ``template``, ``old`` is replaced by ``new``."""

    template: str
    block: str
    old: str
    new: str = ""


class Broken(NamedTuple):
    """A mutant, the rules that it breaks, and the line of the template that the first finding is at."""

    mutant: Mutant
    rules: tuple[str, ...]
    at: str


TLBI = '{{ operate("TLBIALLH") }}'
INVALIDATE = ("init.S", "invalidate_tlb")

RULE_BREAKERS = {
    "no TLBIALLH": Broken(Mutant(*INVALIDATE, TLBI), ("TLB-001",), AFTER_MMU_ON),
    "TLBIALLNSNH, which is another regime's": Broken(
        Mutant(*INVALIDATE, "TLBIALLH", "TLBIALLNSNH"), ("TLB-001",), AFTER_MMU_ON
    ),
    "no DSB after TLBIALLH": Broken(Mutant(*INVALIDATE, "dsb     nsh"), ("TLB-002",), AFTER_MMU_ON),
    "a DMB for the DSB": Broken(Mutant(*INVALIDATE, "dsb     nsh", "dmb     sy"), ("TLB-002",), AFTER_MMU_ON),
    "a DSB that waits for stores only": Broken(
        Mutant(*INVALIDATE, "nsh", "ishst"), ("TLB-002",), AFTER_MMU_ON
    ),
    "a DSB that does not cover TLBIALLHIS": Broken(
        Mutant(*INVALIDATE, "TLBIALLH", "TLBIALLHIS"), ("TLB-002",), AFTER_MMU_ON
    ),
    "no ISB after the DSB": Broken(Mutant(*INVALIDATE, "isb"), ("CTX-001", "TLB-003"), AFTER_MMU_ON),
    "the ISB before the DSB": Broken(
        Mutant(*INVALIDATE, "dsb     nsh\n        isb", "isb\n        dsb     nsh"),
        ("TLB-003",),
        AFTER_MMU_ON,
    ),
    "no ISB after HSCTLR.M before a push": Broken(
        Mutant("init.S", "mmu_on", AFTER_MMU_ON, "mov     sp, r0\n        push    {r0}"),
        ("CTX-002",),
        "push    {r0}",
    ),
    "no ISB after HVBAR before an SVC": Broken(
        Mutant("init.S", "enter_runtime", "mov     r0, #0", "svc     #0"), ("CTX-003",), "svc     #0"
    ),
    "SUBS PC, LR for ERET, which is UNDEFINED in Hyp mode": Broken(
        Mutant("init.S", "enter_runtime", "eret ", "subs    pc, lr, #0 "), ("CTX-003",), "subs    pc, lr, #0"
    ),
}


class Failing(NamedTuple):
    """A mutant, and how the reason begins for which it stops early; empty where garbage is executed."""

    mutant: Mutant
    reason: str


TRANSLATION = ("init.S", "translation_registers")

MISBEHAVERS = {
    "HTTBR never written": Failing(
        Mutant(*TRANSLATION, '{{ write("HTTBR", "r2", "r3") }}'),
        "PrefetchAbort at its own vector 0x8020200c, for ever: no memory at ",
    ),
    "HTTBR truncated to 32 bits": Failing(
        Mutant(
            *TRANSLATION,
            '{{ write("HTTBR", "r2", "r3") }}',
            'mov r3, #0\n        {{ write("HTTBR", "r2", "r3") }}',
        ),
        "PrefetchAbort at its own vector 0x8020200c, for ever: no memory at 0x000020c010",
    ),
    "HTCR never written": Failing(
        Mutant(*TRANSLATION, '{{ write("HTCR", "r12") }}'), "PrefetchAbort at its own vector 0x8020200c"
    ),
    "HSCTLR.M never set": Failing(Mutant("init.S", "mmu_on", MMU_ON), ""),
    "HVBAR left at hyp-init's": Failing(
        Mutant("init.S", "enter_runtime", '{{ write("HVBAR", "r1") }}'), "branch to itself at "
    ),
    "BX LR for ERET": Failing(Mutant("init.S", "enter_runtime", "eret ", "bx      lr "), ""),
    "no stub vectors": Failing(Mutant("boot.S", "install_stub", '{{ write("HVBAR", "r0") }}'), ""),
}

NEAR_MISSES = {
    "no ISB after HSCTLR.M, as ERET synchronises and the page is identity mapped": Mutant(
        "init.S", "mmu_on", AFTER_MMU_ON
    ),
    "an ISB after HSCTLR.M = 0, before the ERET": Mutant(
        "init.S", "mmu_off", 'after it") }}', 'after it") }}\n        isb'
    ),
    "a DSB that covers more": Mutant(*INVALIDATE, "nsh", "sy"),
    "TLBIALLHIS with a DSB that covers it": Mutant(
        *INVALIDATE, TLBI + "\n        dsb     nsh", '{{ operate("TLBIALLHIS") }}\n        dsb     ish'
    ),
    "HTTBR written again with the MMU on, the same value": Mutant(
        "init.S", "mmu_on", MMU_ON, MMU_ON + '\n        {{ write("HTTBR", "r2", "r3") }}'
    ),
    "one ISB more": Mutant(*INVALIDATE, "isb", "isb\n        isb"),
}


def block_of(mutant: Mutant) -> str:
    """The block as hypgen's template has it."""
    text = (resources.directories("templates")[0] / mutant.template).read_text()
    found = re.search(rf"{{% block {mutant.block} %}}\n(.*?)\n{{% endblock %}}", text, re.DOTALL)
    assert found
    return found[1]


def judged(mutant: Mutant, directory: Path) -> Verdict:
    block = block_of(mutant)
    assert block.count(mutant.old) == 1, (
        f"{mutant.old!r} is not once in {mutant.template}, block {mutant.block}"
    )
    text = block.replace(mutant.old, mutant.new)
    templates = images.overlay(directory / "templates", mutant.template, mutant.block, text)
    board = images.board("keystone")
    compiled = compile_image(board, templates=templates)
    return judge_image(board, compiled.elf, "mutant.elf", lines=compiled.image.lines)


def line_at(place: Location | None) -> str:
    """The line of a template that a finding names."""
    assert place is not None
    assert place.line
    return Path(place.file).read_text().splitlines()[place.line - 1].strip()


@pytest.mark.parametrize("broken", RULE_BREAKERS.values(), ids=RULE_BREAKERS)
def test_a_broken_rule_is_found_at_its_line(broken, tmp_path):
    verdict = judged(broken.mutant, tmp_path)

    assert tuple(one.rule for one in verdict.findings) == broken.rules
    assert line_at(verdict.findings[0].location).startswith(broken.at)
    assert images.check(verdict, "strict").outcome is Outcome.FAIL


@pytest.mark.parametrize("failing", MISBEHAVERS.values(), ids=MISBEHAVERS)
def test_misbehaviour_stops_the_image_early(failing, tmp_path):
    end = images.check(judged(failing.mutant, tmp_path), "end")

    assert end.outcome is Outcome.FAIL
    assert end.reason.startswith(f"it stopped early: {failing.reason}")


@pytest.mark.parametrize("mutant", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_what_the_architecture_allows_is_verified(mutant, tmp_path):
    verdict = judged(mutant, tmp_path)

    assert not verdict.findings
    assert verdict.passed
