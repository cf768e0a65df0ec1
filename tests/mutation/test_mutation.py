"""`hypgen mutate`: which mutants there are, what kills one, and that a stopped run goes on."""

from __future__ import annotations

import json

import pytest

from hypgen.machine.loader import read_image
from hypgen.mutation import table as tables
from hypgen.mutation.mutants import NOP, executed, mutants, patched
from hypgen.mutation.table import Result, Table, as_html, as_json, as_text, build_table, summary
from tests.images import board, compiled


@pytest.fixture(scope="module")
def image():
    return read_image(compiled("qemu-virt").elf, "qemu-virt.elf", compiled("qemu-virt").image.lines)


@pytest.fixture(scope="module")
def every(image):
    reached, _ = executed(board("qemu-virt"), image, 400_000)
    return list(mutants(image, reached))


def test_barriers_and_maintenance_that_are_executed_have_mutants(every):
    found = {(one.symbol.partition("+")[0], one.instruction.split()[0], one.change) for one in every}
    assert {
        ("hyp_init", "mcr", "removed"),
        ("hyp_init", "mcr", "TLBIALLHIS in its place"),
        ("hyp_init", "dsb", "removed"),
        ("hyp_init", "dsb", "waits for stores only"),
        ("hyp_init", "dsb", "DMB in its place"),
        ("hyp_init", "isb", "removed"),
    } <= found
    assert all(one.new != one.word for one in every)
    assert len({one.key for one in every}) == len(every)


def test_a_mutant_changes_one_word(image, every):
    elf = compiled("qemu-virt").elf
    mutant = next(one for one in every if one.new == NOP)
    changed = patched(elf, image, mutant)
    assert sum(one != other for one, other in zip(elf, changed, strict=True)) in range(1, 5)
    assert len(changed) == len(elf)


def test_a_missing_dsb_is_killed_by_its_rule_and_goes_unnoticed_otherwise(every):
    mutant = next(one for one in every if one.instruction.startswith("dsb") and one.change == "removed")
    result = tables._judge("qemu-virt", compiled("qemu-virt").elf, "qemu-virt.elf", mutant)
    assert (result.by, result.names, result.functional) == ("rule", ("TLB-002",), False)


def test_results_are_kept_and_a_run_goes_on_from_them(every, tmp_path, monkeypatch):
    elf, state = compiled("qemu-virt").elf, tmp_path / "state.json"
    known = {
        one.key: Result(one.key, one.change, one.instruction, one.symbol, "", "rule", ("X",), False)
        for one in every
    }
    tables._write(state, elf, known)
    seen = []
    made = build_table("qemu-virt", elf, "qemu-virt.elf", 1, state, progress=lambda *one: seen.append(one))
    assert made.results == list(known.values())
    assert seen == [(len(every), len(every))]
    assert tables._read(state, elf + b"x") == {}


def test_the_table_in_all_formats():
    one = Result("1", "removed", "isb sy", "hyp_init", "init.S:3", "survived", (), False)
    other = Result("2", "removed", "dsb sy", "hyp_init", "init.S:2", "rule", ("TLB-002",), True)
    table = Table("b", "lifecycle", [one, other])
    assert table.score == 0.5
    assert "SURVIVED" in as_text(table)
    assert summary(table).startswith("b: lifecycle: 2 mutants: 1 killed by a rule, 0 by a check, 1 survived")
    assert json.loads(json.dumps(as_json(table)))["score"] == 0.5
    assert as_html(table).count("<tr") == 3
