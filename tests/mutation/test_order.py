"""The order in which images are tried: what killed a mutant the last time, wherever its line is now."""

from __future__ import annotations

import json

import pytest

from hypgen.errors import Location
from hypgen.mutation import campaign as campaigns
from hypgen.mutation import order
from hypgen.mutation.campaign import run_campaign
from hypgen.mutation.images import Batch, Image, Judged, Made, Prepared
from hypgen.mutation.judging import Result
from hypgen.mutation.mutant import Mutant
from hypgen.mutation.table import as_json, summary, survivors
from hypgen.plan.scenarios import scenario_names


def _mutant(line=7, symbol="hyp_init+0x20", change="removed"):
    return Mutant(1, change, "isb sy", symbol, Location("hypgen/init.S", line), 0)


def _data(mutant, killed_in):
    return {
        "place": mutant.place,
        "symbol": mutant.symbol,
        "subject": mutant.subject,
        "change": mutant.change,
        "killed_in": killed_in,
        "verdict": "rule" if killed_in else "survived",
    }


def test_the_file_holds_what_killed_each_mutant_by_template_function_and_words():
    table = {
        "mutants": [
            _data(_mutant(7), "qemu-virt cpus"),
            _data(_mutant(9, "hyp_init+0x28"), "keystone reload"),
            _data(_mutant(change="DMB in its place"), "qemu-virt uses"),
            _data(_mutant(symbol="hyp_teardown"), ""),
        ]
    }
    written = order.as_text([table])
    assert json.loads(written) == {"init.S | hyp_init | isb sy | removed": ["cpus", "reload"]}


def test_every_scenario_that_the_shipped_order_names_exists():
    known = json.loads(order.FILE.read_text("utf-8"))
    assert len(known) > 100
    assert {name for names in known.values() for name in names} <= set(scenario_names())


@pytest.fixture
def played(monkeypatch):
    """A campaign over images that are not made: what is looked at in which, batch after batch."""
    mutants = (_mutant(1), _mutant(2, "hyp_teardown"), _mutant(3, "hyp_fault"))
    images = [Image("qemu-virt", name) for name in ("lifecycle", "cpus", "reload")]
    killers = {mutants[0].key: "reload", mutants[1].key: "cpus"}
    seen: list[tuple[str, tuple[str, ...], bool]] = []

    def prepare(image):
        cost = 1 + [one.scenario for one in images].index(image.scenario)
        prepared = Prepared(image, str(image), cost, mutants)
        return Made(None, {one.key: one for one in mutants}, prepared, {})

    def judge(batch: Batch):
        seen.append((batch.image.scenario, batch.keys, batch.glance))
        for key in batch.keys:
            killed = killers.get(key) == batch.image.scenario
            result = Result("rule", ("TLB-001",)) if killed else Result("survived", glanced=batch.glance)
            yield Judged(batch.image, key, result)

    monkeypatch.setattr(campaigns, "prepare", prepare)
    monkeypatch.setattr(campaigns, "keep", lambda made: made.prepared)
    monkeypatch.setattr(campaigns, "judge_batch", judge)
    return images, mutants, seen


def test_a_mutant_is_judged_once_where_the_order_knows_its_scenario(played, monkeypatch, tmp_path):
    images, (first, _, third), seen = played
    monkeypatch.setattr(campaigns, "likely", lambda one: {first.key: ["reload"]}.get(one.key, ()))
    made = run_campaign(images, tmp_path / "state.jsonl")
    assert [batch for batch in seen if first.key in batch[1]] == [("reload", (first.key,), True)]
    assert [(row.result.by, row.seen_in) for row in made.rows] == [
        ("rule", "qemu-virt reload"),
        ("rule", "qemu-virt cpus"),
        ("survived", "qemu-virt reload"),
    ]
    # What survives is looked at once in each image at first, and once in each in every way.
    assert sorted((name, glance) for name, keys, glance in seen if third.key in keys) == [
        (name, glance) for name in ("cpus", "lifecycle", "reload") for glance in (False, True)
    ]


def test_a_wrong_order_changes_no_verdict(played, monkeypatch, tmp_path):
    images, (first, second, _), seen = played
    wrong = {first.key: ["cpus", "lifecycle"], second.key: ["reload", "gone"]}
    monkeypatch.setattr(campaigns, "likely", lambda one: wrong.get(one.key, ()))
    made = run_campaign(images, tmp_path / "state.jsonl")
    assert [row.result.by for row in made.rows] == ["rule", "rule", "survived"]
    assert [row.seen_in for row in made.rows[:2]] == ["qemu-virt reload", "qemu-virt cpus"]
    assert [name for name, keys, _ in seen if first.key in keys] == ["cpus", "lifecycle", "reload"]


def test_what_one_board_leaves_is_looked_at_on_the_others(played, monkeypatch, tmp_path):
    """A line is redundant only if no shipped board needs it; the table says which does."""
    images, (_, _, third), _ = played
    others = [Image("keystone", one.scenario) for one in images]
    inner = campaigns.judge_batch

    def judge(batch: Batch):
        for one in inner(batch):
            killed = one.key == third.key and str(batch.image) == "keystone cpus"
            yield one._replace(result=Result("check", ("end",))) if killed else one

    monkeypatch.setattr(campaigns, "judge_batch", judge)
    alone = run_campaign(images, tmp_path / "alone.jsonl")
    assert [alone.elsewhere(row) for row in alone.rows] == [False] * 3
    assert [row.mutant for row in survivors(alone)] == [third]

    for known in ({}, {third.key: ["cpus"]}, {third.key: ["reload"]}):
        monkeypatch.setattr(campaigns, "likely", lambda one, known=known: known.get(one.key, ()))
        made = run_campaign(images, tmp_path / "state.jsonl", fresh=True, others=others)
        assert [made.elsewhere(row) for row in made.rows] == [False, False, True]
        assert (made.rows[2].result.by, made.rows[2].seen_in) == ("check", "keystone cpus")
        assert not survivors(made)
        assert made.boards == ("qemu-virt",)
        assert "1 by a check, 1 of these on another board only, 0 of form" in summary(made)
        assert [one["elsewhere"] for one in as_json(made)["mutants"]] == [False, False, True]


def test_what_no_board_needs_survives_on_all(played, tmp_path):
    images, (_, _, third), _ = played
    made = run_campaign(images, tmp_path / "state.jsonl", others=[Image("keystone", "cpus")])
    assert [row.mutant for row in survivors(made)] == [third]
    assert "keystone cpus" in made.rows[2].where


@pytest.mark.parametrize(
    ("otherwise", "explored", "by"),
    [
        # The fastest image has an outcome that ends otherwise: no other is explored.
        ({"lifecycle", "reload"}, ["lifecycle"], ("survived", ("lifecycle",))),
        # Else the others are, those that take longest first; the fastest of those that end otherwise counts.
        ({"reload", "cpus"}, ["lifecycle", "reload", "cpus"], ("survived", ("cpus",))),
        (set(), ["lifecycle", "reload", "cpus"], ("equivalent", ("reload",))),
    ],
)
def test_what_survives_is_explored_in_the_fastest_image_and_then_in_all(
    played, monkeypatch, tmp_path, otherwise, explored, by
):
    images, _, _ = played
    seen = []

    inner = campaigns.judge_batch

    def explore(batch: Batch):
        if not batch.explored:
            yield from inner(batch)
            return
        name = batch.image.scenario
        seen.append(name)
        for key in batch.keys:
            end = "survived" if name in otherwise else "equivalent"
            yield Judged(batch.image, key, Result(end, (name,)), explored=True)

    monkeypatch.setattr(campaigns, "judge_batch", explore)
    made = run_campaign(images, tmp_path / "state.jsonl", explored=True)
    assert seen == explored
    assert (made.rows[2].result.by, made.rows[2].result.names) == by
    again = run_campaign(images, tmp_path / "state.jsonl", explored=True)
    assert seen == explored  # what was explored is known
    assert again.rows == made.rows


@pytest.mark.parametrize("killed_in", ["", "cpus"])
def test_what_was_equivalent_is_judged_and_explored_in_all_images_at_once(
    played, monkeypatch, tmp_path, killed_in
):
    """And again when something kills it now: the order is no verdict."""
    images, (_, _, third), _ = played
    monkeypatch.setattr(campaigns, "unkilled", lambda one: one.key == third.key)
    inner, seen = campaigns.judge_batch, []

    def judge(batch: Batch):
        seen.append((batch.image.scenario, batch.keys, batch.glance, batch.explored))
        if batch.explored:
            yield Judged(batch.image, third.key, Result("equivalent"), explored=True)
            return
        for one in inner(batch):
            killed = one.key == third.key and batch.image.scenario == killed_in
            yield one._replace(result=Result("check", ("end",))) if killed else one

    monkeypatch.setattr(campaigns, "judge_batch", judge)
    made = run_campaign(images, tmp_path / "state.jsonl", explored=True)
    # Those that take longest come first, and nothing is looked at twice.
    assert [one for one in seen if third.key in one[1]] == [
        (name, (third.key,), False, explored)
        for name in ("reload", "cpus", "lifecycle")
        for explored in (False, True)
    ]
    ended = made.rows[2]
    assert (ended.result.by, ended.explored) == (("check", False) if killed_in else ("equivalent", True))
    seen.clear()
    assert run_campaign(images, tmp_path / "state.jsonl", explored=True).rows == made.rows
    assert seen == []


def test_the_file_names_no_scenario_of_what_was_equivalent():
    one = _data(_mutant(7), "") | {"verdict": "equivalent"}
    other = _data(_mutant(7, "hyp_teardown"), "") | {"verdict": "survived"}
    assert json.loads(order.as_text([{"mutants": [one, other]}])) == {
        "init.S | hyp_init | isb sy | removed": []
    }
    killed = _data(_mutant(8), "rpi2 cpus") | {"verdict": "rule"}
    assert json.loads(order.as_text([{"mutants": [one, killed]}])) == {
        "init.S | hyp_init | isb sy | removed": ["cpus"]
    }
