"""The world switch is the hardest of the templates to have all of needed: two scenarios show it.

The table over all scenarios and boards is the nightly's.
"""

from __future__ import annotations

import pytest

from hypgen.mutation.images import Batch, Image, judge_batch, prepare

SCENARIOS = ("world-smp", "world-switch")
SWITCH = ("hypgen/world/switch.S", "hypgen/world/exits.S")
FORM = {"waits for stores only"}
"""The DMB before the VMIDs' lock is given back: every load below the lock decides a branch or is stored
again, so that a dependency keeps it before the release."""


@pytest.mark.slow
def test_every_barrier_of_the_world_switch_is_needed() -> None:
    left: dict[str, str] = {}
    for name in SCENARIOS:
        image = Image("qemu-virt", name)
        prepared = prepare(image).prepared
        assert prepared.deviations == ()
        ours = [one for one in prepared.mutants if one.kind == 1 and one.place.startswith(SWITCH)]
        keys = tuple(one.key for one in ours if name == SCENARIOS[0] or one.key in left)
        assert len(keys) > 3
        for judged in judge_batch(Batch(image, keys, glance=True)):
            assert judged.wrong == ()
            if judged.result.killed:
                left.pop(judged.key, None)
            else:
                left[judged.key] = next(one.change for one in ours if one.key == judged.key)
    assert set(left.values()) == FORM, left


@pytest.mark.slow
def test_every_bit_that_the_host_gets_back_is_used() -> None:
    """The host's program uses it at once, so that this is quick. What guests are given is the table's."""
    image = Image("qemu-virt", "world-switch")
    prepared = prepare(image).prepared
    ours = [
        one
        for one in prepared.mutants
        if one.flip
        and one.kind == 2
        and one.symbol.startswith("world_window")
        and one.place.startswith(SWITCH)
    ]
    given = {one.register for one in ours}
    assert given == {"HCR", "HSTR", "HCPTR", "HDCR", "VPIDR", "VMPIDR", "CNTVOFF", "CNTHCTL"}
    judged = list(judge_batch(Batch(image, tuple(one.key for one in ours), glance=True)))
    assert [one.key for one in judged if not one.result.killed or one.wrong] == []
    assert len(judged) > 60
