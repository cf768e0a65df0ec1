"""The checks of scenarios fail when what they look at is otherwise: a run, changed in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache

import pytest

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSCTLR
from hypgen.machine.machine import StopReason
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.verdict.check import Outcome
from hypgen.verdict.observation import Observation, observe
from hypgen.verdict.verdict import run_checks
from tests import images

Doctor = Callable[[Observation], Observation]


@cache
def seen(name: str) -> Observation:
    board, scenario = images.board("keystone"), load_scenario(name)
    elf = compile_image(board, options=PlanOptions(scenario=name), embed=False).elf
    return observe(scenario.on(board), elf, name, scenario=scenario, unknown_seed=1, complement=False)


def without_writes(register: str, cpu: int) -> Doctor:
    return lambda run: replace(
        run, writes=tuple(one for one in run.writes if (one.name, one.cpu) != (register, cpu))
    )


def written(register: str, flipped: int) -> Doctor:
    """Every write of the register with these bits the other way round."""
    return lambda run: replace(
        run,
        writes=tuple(
            one._replace(value=one.value ^ flipped) if one.name == register else one for one in run.writes
        ),
    )


def recorded(**changes: int) -> Doctor:
    """Every record of the handlers with these words."""
    return lambda run: replace(run, records=tuple(one._replace(**changes) for one in run.records))


def silent(cpu: int) -> Doctor:
    return lambda run: replace(
        run,
        console="\n".join(one for one in run.console.splitlines() if not one.startswith(f"cpu{cpu} ")),
    )


def broken_contract(run: Observation) -> Observation:
    first = run.calls[0]._replace(changed={"r7": (1, 2)})
    return replace(run, calls=(first, *run.calls[1:]))


def journal(step: str, got: int) -> Doctor:
    return lambda run: replace(
        run, journal=tuple(one._replace(got=got) if one.name == step else one for one in run.journal)
    )


def reversed_writes(run: Observation) -> Observation:
    return replace(run, writes=tuple(reversed(run.writes)))


def called_from(pc: int) -> Doctor:
    def doctored(run: Observation) -> Observation:
        first, *others = run.calls
        return replace(run, calls=(first._replace(taken=first.taken._replace(pc=pc)), *others))

    return doctored


def without_exceptions(cpu: int, slot: Vector) -> Doctor:
    return lambda run: replace(
        run, exceptions=tuple(one for one in run.exceptions if (one.cpu, one.slot) != (cpu, slot))
    )


def early_stop(run: Observation) -> Observation:
    return replace(run, stop=StopReason("limit", "too long", 0))


def another_register(run: Observation) -> Observation:
    last = run.unreturned[-1]
    registers = {**last.registers, "r7": last.registers["r7"] ^ 1}
    return replace(run, unreturned=(*run.unreturned[:-1], last._replace(registers=registers)))


def without_traps(run: Observation) -> Observation:
    return replace(run, exceptions=tuple(one for one in run.exceptions if one.kind != "HypTrap"))


def unreturned_trap(run: Observation) -> Observation:
    return replace(run, traps=(run.traps[0]._replace(changed={"r12": (1, 2)}), *run.traps[1:]))


CASES: list[tuple[str, Doctor, set[str]]] = [
    ("undo-mode", without_writes("HSCTLR", 0), {"init.before", "undo.reverse"}),
    ("undo-mode", without_writes("HVBAR", 1), {"undo.stub"}),
    ("undo-mode", silent(2), {"refused.reported"}),
    ("undo-mode", silent(0), {"modes.reported"}),
    ("undo-mode", broken_contract, {"registers"}),
    ("undo-mode", journal("modes.compare", 2), {"modes.reported", "steps"}),
    ("undo-mode", early_stop, {"end"}),
    ("undo-mode", reversed_writes, {"init.before", "undo.reverse"}),
    ("way-svc", silent(0), {"way.message"}),
    ("way-svc", early_stop, {"end"}),
    ("hvc-numbered", without_writes("HSCTLR", 0), {"numbered.reset", "numbered.restart"}),
    ("hvc-numbered", journal("numbered.unknown", 0), {"numbered.unknown", "steps"}),
    ("variant-caches-off", written("HSCTLR", HSCTLR.bit("C")), {"caches.off"}),
    ("variant-caches-inherit", written("HSCTLR", HSCTLR.bit("I")), {"caches.inherited"}),
    ("variant-caches-inherit", journal("caches.pl1", 0), {"caches.inherited", "steps"}),
    ("variant-wxn", written("HSCTLR", HSCTLR.bit("WXN")), {"wxn.set"}),
    ("variant-thumb", written("HSCTLR", HSCTLR.bit("TE")), {"thumb.exceptions", "thumb.vectors"}),
    ("variant-be8", written("HSCTLR", HSCTLR.bit("EE")), {"be8.exceptions"}),
    ("variant-be8", recorded(spsr=0x1F3), {"be8.state"}),
    ("variant-thumb", recorded(spsr=0x1DA), {"thumb.state"}),
    ("variant-wxn", journal("wxn.write", 0), {"wxn.written", "steps"}),
    ("variant-wxn", lambda run: replace(run, exceptions=()), {"wxn.refused", "slot.0c"}),
    ("host-mmu", without_writes("SCTLR_NS", 2), {"host.mmu"}),
    ("host-mmu", without_writes("TTBR0_NS", 3), {"host.tables"}),
    ("host-mmu", reversed_writes, {"host.moved", "host.tables", "addresses"}),
    ("host-mmu", without_writes("HTTBR", 1), {"addresses"}),
    ("host-mmu", journal("shared.back", 0), {"shared", "steps"}),
    ("host-mmu", journal("console.lines", 0), {"console.lines", "steps"}),
    ("host-mmu", called_from(0x80205000), {"host.virtual"}),
    ("map-runtime", journal("map.walk", 0x00000234), {"map.walk", "steps"}),
    ("map-runtime", journal("peer.replaced", 0x11111111), {"map.replaced", "steps"}),
    ("map-runtime", without_exceptions(1, Vector.DATA_ABORT), {"map.gone"}),
    ("map-runtime", without_writes("HSCTLR", 1), {"map.running"}),
    ("map-runtime", journal("map.freed", 1), {"map.pool", "steps"}),
    ("fatal-data", another_register, {"fatal.dump"}),
    ("fatal-data", early_stop, {"end"}),
    ("traps", without_traps, {"traps.dispatched"}),
    ("traps", unreturned_trap, {"registers"}),
    ("hvc-legacy", journal("legacy.get", 0), {"legacy.stub", "steps"}),
    ("hvc-legacy", journal("legacy.refused", 0), {"legacy.runtime", "steps"}),
    ("hvc-legacy", journal("foreign.stub", 0), {"legacy.unknown", "steps"}),
    ("hvc-legacy", without_writes("HVBAR", 0), {"legacy.stub"}),
    ("hvc-hypervisors", journal("xen.version", 0), {"hvc.xen", "steps"}),
    ("hvc-hypervisors", journal("jailhouse.cells", 0), {"hvc.jailhouse", "steps"}),
    ("hvc-hypervisors", journal("nobody", 0), {"hvc.told_apart", "steps"}),
    ("hvc-hypervisors", reversed_writes, {"hvc.disable"}),
    ("init-twice", journal("twice.init", 0), {"twice.refused", "steps"}),
    ("init-twice", journal("twice.kept", 0), {"twice.kept", "steps"}),
    ("init-twice", without_writes("HVBAR", 0), {"twice.again"}),
    ("reload", without_writes("HVBAR", 0), {"reload.second"}),
    ("reload", journal("second.xen.version", 0), {"reload.second", "steps"}),
    ("reload", journal("first.xen", 0), {"reload.unloaded", "steps"}),
    ("reload", early_stop, {"end"}),
    ("xen-like", journal("xen.version", 0), {"xen.tag", "steps"}),
    ("xen-like", reversed_writes, {"xen.life"}),
    ("style-fault", lambda run: replace(run, exceptions=run.exceptions[::-1]), {"style.landing"}),
    ("style-trampoline", without_writes("HTTBR", 0), {"style.tables", "style.trampoline", "slot.10"}),
    ("way-hyp-mmu", lambda run: replace(run, writes=()), {"way.mmu_off", "way.stub", "way.life"}),
    ("way-secure", without_writes("SCR", 1), {"monitor.scr", "monitor.nsacr"}),
    ("cpus", without_writes("HSCTLR", 1), {"init.each", "init.at_once", "teardown.each"}),
    ("hotplug", without_writes("HSCTLR", 0), {"hotplug.boot_cpu"}),
    ("teardown-busy", without_writes("HSCTLR", 0), {"free.order"}),
]


@pytest.mark.parametrize(("name", "doctor", "failing"), CASES)
def test_a_changed_run_fails_the_checks_that_look_there(name: str, doctor: Doctor, failing: set[str]) -> None:
    assert [one.name for one in run_checks(seen(name)) if one.outcome is Outcome.FAIL] == []
    found = {one.name for one in run_checks(doctor(seen(name))) if one.outcome is Outcome.FAIL}
    assert failing <= found


def parts(found: tuple[object, ...]) -> list[tuple[object, ...]]:
    """A list of what was observed, with some of it gone."""
    half = len(found) // 2
    boot_cpu = tuple(one for one in found if getattr(one, "cpu", 0) == 0)
    return [(), found[:1], found[:half], found[half:], found[::-1], boot_cpu]


@pytest.mark.parametrize("name", list(dict.fromkeys(name for name, _, _ in CASES)))
def test_checks_of_a_run_that_lacks_something_fail_with_words(name: str) -> None:
    run = seen(name)
    listed = {one.name: getattr(run, one.name) for one in fields(run)}
    for key, value in listed.items():
        for part in parts(value) if type(value) is tuple else [""] if isinstance(value, str) else []:
            for check in run_checks(replace(run, **{key: part})):
                assert "lacks what this check looks at" not in check.reason, (key, check.name)
