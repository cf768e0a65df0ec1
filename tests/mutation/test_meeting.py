"""Mutants that meet the unmutated image again: the verdicts are those of whole runs from reset."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hypgen.errors import Severity
from hypgen.mutation.bench import Bench
from hypgen.mutation.images import Image, _judge_of, prepare
from hypgen.mutation.intent import CHECKS
from hypgen.mutation.judging import CHECK, RULE, SURVIVED, Judge
from hypgen.mutation.meeting import changed_words, copied, met
from hypgen.mutation.mutant import patched
from hypgen.verdict.check import Outcome
from hypgen.verdict.observation import observe
from hypgen.verdict.verdict import run_checks


def _sites(made, mutants):
    return {one.site: made.executed[one.site].places for one in mutants}


def _of_whole_run(subject, mutant):
    """What comes of a mutant whose changed file runs from reset."""
    seen = observe(
        subject.scenario.on(subject.board),
        patched(subject.elf, subject.image, mutant),
        "whole.elf",
        scenario=subject.scenario,
        unknown_seed=1,
        complement=False,
    )
    if any(one.severity is Severity.ERROR for one in seen.findings):
        return RULE
    failing = {one.name for one in run_checks(seen) if one.outcome is Outcome.FAIL} - CHECKS
    return CHECK if failing else SURVIVED


def _compare(board, scenario, every):
    """Judge some mutants of words one after the other, and compare with whole runs."""
    made = prepare(Image(board, scenario))
    mutants = [one for one in made.mutants.values() if one.kind < 3 and one.words][::every]
    judge = Judge(made.subject, _sites(made, mutants))
    for mutant in mutants:
        assert judge.glance(mutant).by == _of_whole_run(made.subject, mutant), mutant.key
    return {judge.glance(one).by for one in mutants}


def test_verdicts_are_those_of_whole_runs():
    assert {RULE, CHECK} <= _compare("qemu-virt", "uses", 17)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "scenario", ["uses", "style-fault", "undo-mode", "map-runtime", "world-gich", "variant-thumb-world"]
)
def test_verdicts_of_many_scenarios_are_those_of_whole_runs(scenario):
    assert RULE in _compare("keystone", scenario, 3)


@pytest.fixture(scope="module")
def made():
    """The image whose scenario uses every bit of function."""
    return prepare(Image("qemu-virt", "uses"))


def _isb(made):
    """The ISB of hyp_init that is there for form: what comes after it does not differ."""
    return next(one for one in made.mutants.values() if one.place in made.prepared.forms)


def test_a_mutant_that_meets_the_unmutated_image_need_not_run_to_its_end(made):
    mutant = _isb(made)
    sites = _sites(made, [mutant])
    bench = Bench(made.subject.watched("strict"), sites)
    assert bench.play(mutant) is bench.base
    assert bench._machine.scheduler.executed() < bench.base.instructions
    seen = Bench(made.subject.watched("strict"), sites, meeting=False).play(mutant)
    assert seen is not bench.base
    base = bench.base
    assert (seen.console, seen.exceptions, seen.instructions) == (
        base.console,
        base.exceptions,
        base.instructions,
    )


def test_states_after_the_first_are_kept_only_of_sites_whose_mutants_may_meet(made):
    instruction = _isb(made)
    bits = next(one for one in made.mutants.values() if one.flip and one.kind == 2)
    judge = _judge_of(Image("qemu-virt", "uses"), (instruction.key, bits.key))
    judge.glance(bits)
    bench = judge._bench(judge._ways[0])
    assert bench._may_meet(instruction, bench._visits[instruction.site])
    assert not bench._may_meet(bits, bench._visits[bits.site])
    assert (bench._once, len(bench._visits[bits.site].stretches)) == ({bits.site}, 1)


def test_states_are_the_same_but_for_the_words_of_the_mutant(made):
    mutant = _isb(made)
    watched = made.subject.watched("strict")
    machine = watched.machine
    machine.run(limit=2000)
    one = watched.capture()
    ((page, (offset,)),) = changed = changed_words(watched, mutant).items()
    ((address, word),) = mutant.words
    machine.write_physical(watched.image.to_load(address), word.to_bytes(4, "little"))
    assert met(one, watched.capture(), dict(changed))
    assert not met(one, watched.capture(), {})
    assert page.data[offset : offset + 4] == word.to_bytes(4, "little")
    machine.cpus[0].r[3] ^= 1
    assert not met(one, watched.capture(), dict(changed))
    machine.cpus[0].r[3] ^= 1
    assert met(one, watched.capture(), dict(changed))
    watched.vectors[0, 0] = 0
    assert not met(one, watched.capture(), dict(changed))


def test_time_is_part_of_the_state(made):
    watched = made.subject.watched("functional")
    one = watched.capture()
    assert met(one, watched.capture(), {})
    assert not met(one, one._replace(machine=replace(one.machine, instructions=1)), {})


def test_code_that_was_copied_is_known(made):
    watched = made.subject.watched("functional")
    place = watched.image.to_load(watched.image.symbols["hyp_init"].address)
    assert not copied(watched.machine, place)
    code = watched.machine.read_physical(place - 32, 64)
    watched.machine.write_physical(place + 0x10_0000, code)
    assert copied(watched.machine, place)


def test_a_mutant_that_storms_is_stopped_soon(made):
    mutant = next(
        one
        for one in made.mutants.values()
        if one.subject == "descriptor: rw stack" and one.change == "valid inverted"
    )
    bench = Bench(made.subject.watched("strict"), _sites(made, [mutant]))
    seen = bench.play(mutant)
    assert len(seen.exceptions) < 2 * len(bench.base.exceptions) + 1000
    assert Judge(made.subject, _sites(made, [mutant])).glance(mutant).by == CHECK


def test_a_mutant_that_waits_for_ever_is_stopped_soon(made):
    here = _isb(made)
    mutant = replace(here, words=((here.site, 0xEAFF_FFFD),))  # b .-4
    bench = Bench(made.subject.watched("strict"), _sites(made, [mutant]))
    begun = bench._visits[mutant.site].stretches[0].state.machine.instructions
    seen = bench.play(mutant)
    assert seen.stop.kind == "limit"
    assert seen.instructions - begun < (bench._limit - begun) / 2
