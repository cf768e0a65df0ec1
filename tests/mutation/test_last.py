"""What survived longest: each mutant is noticed in the one scenario that was made to need its instruction."""

from __future__ import annotations

import pytest

from hypgen.mutation.images import Batch, Image, judge_batch, prepare

NOTICED = {
    "hvc-numbered": (("init.S:", "isb sy | removed"),),
    "map-runtime": (
        ("map.S:", "isb sy | removed"),
        ("map.S:", "dsb ishst | NSHST in its place"),
        ("map.S:", "TLBIALLH in its place"),
    ),
    "way-secure": (
        ("monitor.inc:", "NSACR.NS_SMP inverted"),
        ("monitor.inc:", "SCR.IRQ inverted"),
        ("monitor.inc:", "SCR.FIQ inverted"),
        ("monitor.inc:", "SCR.SCD inverted"),
        ("open_pl1.inc:", "HCR.TSC inverted"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", NOTICED)
def test_what_a_scenario_was_made_to_notice_is_noticed(scenario: str) -> None:
    image = Image("qemu-virt", scenario)
    prepared = prepare(image).prepared
    keys = [
        one.key
        for one in prepared.mutants
        if any(
            one.place.startswith(f"hypgen/{file}") and one.key.endswith(end)
            for file, end in NOTICED[scenario]
        )
        and not prepared.forms.get(one.place)
    ]
    assert len(keys) >= len(NOTICED[scenario])
    judged = list(judge_batch(Batch(image, tuple(keys), glance=True)))
    assert [one.key for one in judged if not one.result.killed or one.wrong] == []
