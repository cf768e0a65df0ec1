"""STATE: what a contract holds an image to, each rule with what trips it and a near miss."""

from __future__ import annotations

import pytest

from hypgen.emulator.strict.contract import Stack, StateTerms
from hypgen.emulator.strict.observer import StrictRules
from tests.emulator.rig import CODE, RAM, Rig
from tests.litmus.litmus import words

STACK, FUNCTION, HOST = RAM + 0x1_0000, RAM + 0x2_0000, RAM + 0x3_0000
PRESERVED = ("r4", "lr", "banked", "d8-d15")


def run(code: str, terms: StateTerms, function: str = "bx lr", **registers: int) -> list[str]:
    """The rules that code in Hyp mode breaks under a contract, with a function that it may call by r3."""
    rig = Rig(strict=True, tlb_clean=True)
    assert isinstance(rig.system.observer, StrictRules)
    rig.system.observer.contract.state = terms
    rig.runner.finder.set_breakpoints((), terms.marks)
    rig.fill_vectors()
    rig.words(FUNCTION, words(function))
    rig.values["HSCTLR"], rig.values["HCR"], rig.values["HCPTR"] = 0x30C5_1878, 0, 0
    rig.system.registers_set()
    rig.cpu.write("SP", STACK + 0x1000)
    rig.run(words(code), limit=5000, r3=FUNCTION, r4=0, **registers)
    return [one.rule for one in rig.findings]


@pytest.mark.parametrize(("pushed", "rules"), [("{r0, r1}", []), ("{r0}", ["STATE-001"])])
def test_the_stack_at_a_public_call(pushed: str, rules: list[str]):
    terms = StateTerms(public=frozenset({FUNCTION}))
    assert run(f"push {pushed}\nblx r3", terms) == rules


def test_each_call_is_judged_and_not_the_first_alone():
    terms = StateTerms(public=frozenset({FUNCTION}))
    assert run("mov r5, #300\n1: blx r3\nsubs r5, r5, #1\nbne 1b\npush {r0}\nblx r3", terms) == ["STATE-001"]


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("push {r0, r1}", []),
        ("add sp, sp, #8\npush {r0, r1}", ["STATE-002"]),
        ("sub sp, sp, #0x1000\npush {r0, r1}", ["STATE-002"]),
        ("push {r0, r1}\nsub sp, sp, #0x800\nstr r0, [sp]", []),
        ("add r1, sp, #0x100\nstr r0, [r1]", []),
    ],
)
def test_stores_through_sp(code: str, rules: list[str]):
    assert run(code, StateTerms(stacks=(Stack(STACK, STACK + 0x1000, 0x1000),))) == rules


def test_a_stack_is_one_part_of_a_span_that_cpus_share_out():
    terms = StateTerms(stacks=(Stack(STACK, STACK + 0x2000, 0x1000),))
    assert run("push {r0, r1}\nsub sp, sp, #0xff0\npush {r0, r1}", terms) == []
    terms = StateTerms(stacks=(Stack(STACK - 0x1000, STACK + 0x1000, 0x1000),))
    assert run("push {r0, r1}\nsub sp, sp, #0x1000\npush {r0, r1}", terms) == ["STATE-002"]


@pytest.mark.parametrize(
    ("handler", "rules"),
    [
        ("eret", []),
        ("mov r0, #1\nmov r2, #2\neret", []),
        ("mov r4, #1\neret", ["STATE-003"]),
        ("mov r0, #1\nmsr sp_svc, r0\neret", ["STATE-003"]),
        ("mov lr, #1\neret", ["STATE-003"]),
        ("mov r1, lr\nmov lr, #1\nmov lr, r1\neret", []),
    ],
)
def test_what_a_call_from_pl1_preserves(handler: str, rules: list[str]):
    code = "ldr r0, =0x40004000\nset HVBAR, r0\nldr r0, =0x40030000\nmsr elr_hyp, r0\nmov r0, #0x1d3\n"
    rig_code = code + "msr spsr_cxsf, r0\neret"
    rig = Rig(strict=True, tlb_clean=True)
    assert isinstance(rig.system.observer, StrictRules)
    rig.system.observer.contract.state = StateTerms(preserves=PRESERVED)
    rig.values["HSCTLR"], rig.values["HCR"], rig.values["HCPTR"] = 0x30C5_1878, 0, 0
    rig.values["SCTLR_NS"] = 0x00C5_0078
    rig.fill_vectors()
    rig.words(RAM + 0x4014, words(handler))
    rig.words(HOST, words("hvc #1\nnop"))
    rig.system.registers_set()
    rig.run(words(rig_code), r4=0)
    assert [one.rule for one in rig.findings] == rules


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("ldr r0, =0x40005000\nset HVBAR, r0\nisb\nblx r3", []),
        ("ldr r0, =0x40006000\nset HVBAR, r0\nisb\nblx r3", ["STATE-004"]),
    ],
)
def test_the_vectors_after_the_teardown(code: str, rules: list[str]):
    assert run(code, StateTerms(torn_down={FUNCTION: RAM + 0x5000})) == rules


def test_the_mmu_after_the_teardown():
    terms = StateTerms(torn_down={CODE: None})
    rig = Rig(strict=True, tlb_clean=True)
    assert isinstance(rig.system.observer, StrictRules)
    rig.system.observer.contract.state = terms
    rig.runner.finder.set_breakpoints((), terms.marks)
    rig.use_tables()
    rig.map(CODE, CODE)
    rig.values["HSCTLR"] = 0x30C5_1879
    rig.system.registers_set()
    rig.run(words("nop"))
    assert [one.rule for one in rig.findings] == ["STATE-004"]
    assert rig.findings[0].state == ("HSCTLR.M = 1, expected 0",)


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("ldr r0, =0x80803500\nset HTCR, r0\nblx r3\nset HTCR, r0\nblx r3", []),
        (
            "ldr r0, =0x80803500\nset HTCR, r0\nblx r3\neor r0, r0, #0x3500\nset HTCR, r0\nblx r3",
            ["STATE-005"],
        ),
    ],
)
def test_a_second_initialisation(code: str, rules: list[str]):
    assert run(code, StateTerms(same=frozenset({FUNCTION}))) == rules
