"""Every legal outcome, played: needed barriers are confirmed, redundant ones proven so."""

from __future__ import annotations

import pytest

from hypgen.machine.exploring import Bound
from hypgen.machine.loader import read_image
from hypgen.plan.scenarios import load_scenario
from hypgen.verdict.exploring import Exploration, Played, explore
from tests import images

NOP = bytes.fromhex("00f020e3")


def explored(instruction: str | None = None, number: int = 0, *, bound: Bound | None = None) -> Exploration:
    """Explore keystone's image, without one instruction (its word in hexadecimal) of hyp_init."""
    made = images.compiled("keystone")
    elf = made.elf
    if instruction is not None:
        image = read_image(elf, "keystone.elf")
        symbol = image.symbols["hyp_init"]
        segment = next(one for one in image.segments if symbol.address in one.virtual_span)
        start = elf.index(segment.data) + symbol.address - segment.virtual
        code = elf[start : start + symbol.size]
        word = bytes.fromhex(instruction)
        at = [index for index in range(0, len(code), 4) if code[index : index + 4] == word][number]
        elf = elf[: start + at] + NOP + elf[start + at + 4 :]
    image = read_image(elf, "keystone.elf", made.image.lines)
    return explore(image, load_scenario("lifecycle", None), board=images.board("keystone"), bound=bound)


DSB_NSH, ISB, TLBIALLH = "47f07ff5", "6ff07ff5", "170f88ee"


def test_all_outcomes_of_the_shipped_image_end_the_same():
    found = explored()
    assert not found.diverged
    assert not found.bounded
    assert found.outcomes == 1
    assert found.points > 0
    assert found.summary.endswith("0 of which can be told apart: all end the same; bound not reached")


@pytest.mark.parametrize(
    ("instruction", "rule", "what"),
    [
        (TLBIALLH, "TLB-001", "hits a TLB entry from before reset"),
        (DSB_NSH, "TLB-002", "hits a TLB entry from before reset"),
        (ISB, "CTX-001", "goes by the old value of HTTBR"),
    ],
)
def test_what_is_needed_is_confirmed_by_an_outcome_that_ends_otherwise(instruction, rule, what):
    found = explored(instruction)
    assert found.diverged
    first = found.divergences[0]
    assert what in first.steps[-1].what
    assert first.steps[-1].symbol.startswith("hyp_init")
    assert first.steps[-1].rules[0] == rule
    assert first.difference.startswith("it ends with branch to itself")
    assert found.trace == (str(first.steps[0]), first.difference)
    confirmed = [name for name, played in found.played.items() if played is Played.CONFIRMED]
    assert rule in {name[0] for name in confirmed}


def test_an_isb_before_an_exception_return_is_proven_redundant():
    found = explored(ISB, 1)
    assert not found.diverged
    assert not found.bounded


def test_a_bound_that_is_reached_is_reported():
    found = explored(ISB, bound=Bound(outcomes=1))
    assert found.bounded
    assert found.summary.endswith("bound reached (outcomes: 1)")
    assert Played.UNDECIDED in found.played.values()
