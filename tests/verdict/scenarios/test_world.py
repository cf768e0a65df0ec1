"""The scenarios with guests: templates that break a rule of the world switch, and which check says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.pipeline.verifying import verify_scenarios
from hypgen.plan.options import PlanOptions
from hypgen.resources import directories
from hypgen.verdict.check import Outcome
from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.leaving import LEAVING
from hypgen.verdict.guests.lists import LISTED
from hypgen.verdict.guests.refusing import REFUSING
from hypgen.verdict.guests.switching import SWITCHING
from hypgen.verdict.guests.together import TOGETHER
from hypgen.verdict.verdict import Verdict


@dataclass(frozen=True)
class Mutant:
    """A change of ``template`` from ``old`` to ``new``, and a check that must fail, with its reason."""

    template: str
    old: str
    new: str
    check: str
    reason: str
    scenario: str = "world-switch"


MUTANTS = {
    "a guest's call is taken for the host's": Mutant(
        "switch.S", "        beq     {{ theirs }}", "        b       {{ theirs }}", "end", "it stopped early"
    ),
    "a banked register is forgotten": Mutant(
        "switch.S",
        '{% for name in ("r8", "r9", "r10", "r11", "r12", "SP", "LR", "SPSR") %}',
        '{% for name in ("r8", "r9", "r10", "r11", "r12", "SP", "LR") %}',
        "steps",
        "arm.entry",
    ),
    "the host's floating-point registers are not kept": Mutant(
        "exits.S",
        "        bl      world_vfp_save\n",
        "",
        "world.host_registers",
        "the host finds changed: d0 to d31",
    ),
    "the guest's floating-point registers are not kept": Mutant(
        "switch.S",
        "        mov     r0, r4\n        bl      world_vfp_save\n",
        "",
        "world.guest_registers",
        "d0 to d31",
    ),
    "virtual time goes on for the host": Mutant(
        "switch.S",
        '        {{ write("CNTVOFF", "r1", "r1") }}\n',
        "",
        "world.confined",
        "CNTVOFF when the host goes on is",
    ),
    "the traps stay on for the host": Mutant(
        "switch.S",
        '        {{ write("HSTR", "r1") }}\n        {{ write("VTTBR", "r1", "r1"',
        '        {{ write("VTTBR", "r1", "r1"',
        "world.confined",
        "HSTR when the host goes on is 0x00018000",
    ),
    "HPFAR is believed after a permission fault": Mutant(
        "exits.S",
        "        cmp     r3, #0x0c ",
        "        cmp     r3, #0x3f ",
        "exit.permission",
        "stage 1 was never asked",
    ),
    "PAR is read before it is valid": Mutant(
        "exits.S",
        "        isb                                     @ PAR is valid only then\n",
        "",
        "strict",
        "rules broken: CTX-005",
    ),
    "the guest's PAR is not kept": Mutant(
        "exits.S", '        {{ write("PAR", "r4", "r5") }}\n', "", "world.guest_registers", "PAR"
    ),
    "ITSTATE does not advance": Mutant(
        "exits.S",
        '{{ it_advance("r2", "r3", "r4") }}\n        str     r2, [r0, #VCPU_PSR]\n',
        "",
        "steps",
        "thumb.cp15",
    ),
    "the condition of T32 code is taken from ISS": Mutant(
        "exits.S",
        "        tst     r1, #1 << 24                    @ ISS.CV\n        bne     1f\n",
        "        b       1f\n",
        "unknown",
        "",
    ),
    "a signed load is not extended": Mutant("exits.S", "        sxtheq  r5, r5\n", "", "steps", "arm.device"),
    "the device has Hyp mode's byte order": Mutant(
        "exits.S", "        revhi   r5, r5\n", "", "steps", "arm.order"
    ),
    "a descriptor's words are in the order of little-endian data": Mutant(
        "exits.S",
        '{% set low, high = ("r1", "r0") if big',
        '{% set low, high = ("r0", "r1") if big',
        "end",
        "",
        "variant-be8-world",
    ),
    "a page is given without break-before-make": Mutant(
        "exits.S",
        '        {{ operate("TLBIALLIS", note="ARMv7 has none for one IPA") }}\n',
        "",
        "strict",
        "rules broken: TLB-004",
    ),
    "the invalidation is not for the guest's VMID": Mutant(
        "exits.S",
        '        {{ write("VTTBR", "r1", "r2", note="the operation is for the present VMID") }}\n',
        "",
        "strict",
        "rules broken: TLB-004",
    ),
    "a page is given with what it held": Mutant(
        "exits.S",
        "        tst     {{ low }}, #1\n        beq     1f\n\n{% block break_before_make",
        "        tst     {{ low }}, #1\n        beq     3f\n\n{% block break_before_make",
        "end",
        "",
    ),
    "the window for aborts of a guest that is left has no DSB": Mutant(
        "switch.S",
        "        dsb                                     @ all that the guest",
        "        @ all that the guest",
        "exit.late",
        "and with one that came late is",
    ),
    "the window for aborts of a guest that is left has no ISB": Mutant(
        "switch.S",
        "        isb                                     @ it is taken here at the latest: world_hyp_abort\n",
        "",
        "exit.late",
        "and with one that came late is",
    ),
    "an injected fetch abort has the LR of another exception": Mutant(
        "exits.S",
        "        add     r0, r0, #4                      @ LR_abt: 4 from the instruction\n",
        "        add     r0, r0, #8\n",
        "exit.refused",
        "LR_abt of a guest's abort by the hypervisor is",
    ),
    "set/way maintenance does nothing": Mutant(
        "exits.S",
        "        bl      world_clean\n        mov     r0, r6\n",
        "        mov     r0, r6\n",
        "strict",
        "CACHE-001",
    ),
    "the host goes on with the monitor of a guest": Mutant(
        "switch.S",
        "        clrex\n        mov     r0, r5\n",
        "        mov     r0, r5\n",
        "world.monitor",
        "the host goes on with",
    ),
    "a List register is not kept": Mutant(
        "interrupts.S",
        "        str     r2, [r0, #VCPU_GICH_LR{{ number }}]\n",
        "{% if number != 2 %}\n        str     r2, [r0, #VCPU_GICH_LR{{ number }}]\n{% endif %}\n",
        "world.guest_registers",
        "GICH_LR2",
        "world-gich",
    ),
    "a linked physical interrupt is not active for its guest": Mutant(
        "interrupts.S",
        '        {{ to_le("r3") }}str     r3, [r12, #GICD_ISACTIVER0]{{ from_le("r3") }}\n',
        "",
        "world.confined",
        "the physical interrupts that are active in a guest",
        "world-gich",
    ),
    "the hypervisor leaves its timer running": Mutant(
        "switch.S",
        '        {{ write("CNTHP_CTL", "r0") }}\n        ldr     r1, =hyp_vectors\n',
        "        ldr     r1, =hyp_vectors\n",
        "world.timers",
        "CNTHP_CTL.ENABLE after world_exit",
    ),
    "a physical abort is taken for a fault of the instruction": Mutant(
        "exits.S", "        beq     world_serror\n", "", "steps", ""
    ),
    "aborts stay masked as a guest is left": Mutant(
        "switch.S",
        "        cpsie   a\n",
        "",
        "exit.late",
        "the number of guests that were left with an abort",
    ),
    "the abort of a guest that is left is nobody's": Mutant(
        "switch.S",
        '        {{ write("HCR", "r0", note="world_leave keeps it with the guest\'s context") }}\n',
        "",
        "exit.late",
        "has no virtual abort pending",
    ),
    "c15 is not trapped": Mutant(
        "switch.S",
        "        ldr     r1, =HSTR_GUEST\n",
        "        mov     r1, #0\n",
        "world.confined",
        "HSTR.T15 is 0",
    ),
    "set/way is not trapped": Mutant(
        "switch.S",
        "        ldr     r1, [r4, #VCPU_HCR]\n        {{ write",
        "        ldr     r1, [r4, #VCPU_HCR]\n        bic     r1, r1, #1 << 22\n        {{ write",
        "exit.traps",
        "no what is not its own was HCR.TSW",
    ),
    "the device is emulated without a valid syndrome": Mutant(
        "exits.S",
        "        beq     world_blind\n{{ end_function",
        "{{ end_function",
        "steps",
        "arm.blind",
    ),
    "an injected abort has no address": Mutant(
        "exits.S",
        "        str     r3, [r1, #VCPU_DFAR]\n",
        "",
        "exit.refused",
        "DFAR of a guest's abort by the hypervisor is",
    ),
    "virtual time has no offset": Mutant(
        "switch.S",
        '        {{ write("CNTVOFF", "r1", "r2") }}\n',
        "",
        "time.offset",
        "a guest has the host's time",
    ),
    "the identity is the CPU's own": Mutant(
        "switch.S",
        '        {{ write("VMPIDR", "r1") }}\n        ldr     r1, [r4, #VCPU_ROOT]',
        "        ldr     r1, [r4, #VCPU_ROOT]",
        "world.confined",
        "the number of different MPIDRs of guests",
    ),
    "the virtual abort is forgotten": Mutant(
        "switch.S", "        str     r1, [r4, #VCPU_HCR]\n{% endblock %}", "{% endblock %}", "end", ""
    ),
    "a timer's interrupt is not linked": Mutant(
        "host.S",
        "        ldr     r3, =1 << 31 | 1 << 28",
        "        ldr     r3, =1 << 28",
        "end",
        "",
        "world-gich",
    ),
    "a List register that ended stays as it is": Mutant(
        "host.S",
        'ID 43\n{{ set("GICH_LR0") }}\n',
        "ID 43\n",
        "end",
        "",
        "world-gich",
    ),
    "a VMID that runs on another CPU is given again": Mutant(
        "switch.S",
        "        bl      world_is_reserved\n        addeq   r7, r7, #1\n        beq     1b\n",
        "",
        "smp.vmids",
        "and the guest on CPU",
        "world-smp",
    ),
    "VMIDs are given without the lock": Mutant(
        "switch.S", "        bl      world_lock\n", "", "strict", "SMP-001", "world-smp"
    ),
    "VMIDs begin anew without an invalidation": Mutant(
        "switch.S",
        '        {{ operate("TLBIALLNSNHIS") }}\n',
        "",
        "vmid.rollover",
        "VMIDs began anew without TLBIALLNSNHIS",
        "world-switches",
    ),
}
"""Each breaks one thing that the templates say they do."""
FAST = ("a banked register is forgotten",)
"""That of every test run; the others are for `make check`."""
ENDLESS = (
    "a timer's interrupt is not linked",
    "a List register that ended stays as it is",
    "a descriptor's words are in the order of little-endian data",
    "the device is emulated without a valid syndrome",
)
"""Those that an interrupt or a fault without end keeps busy until the run's limit."""


def _marks(name: str) -> tuple[pytest.MarkDecorator, ...]:
    if name in FAST:
        return ()
    return (pytest.mark.nightly if name in ENDLESS else pytest.mark.slow,)


def test_the_page_of_the_docs_names_every_check() -> None:
    text = (directories("templates")[-1].parent / "docs" / "scenarios" / "world.md").read_text()
    names = {*ENTERING, *LEAVING, *REFUSING, *LISTED, *SWITCHING, *TOGETHER}
    assert {name for name in names if f"`{name}`" not in text} == set()


def judged(mutant: Mutant, directory: Path) -> Verdict:
    source = directories("templates")[-1] / "world" / mutant.template
    text = source.read_text()
    assert text.count(mutant.old) == 1, f"{mutant.old!r} is not once in {mutant.template}"
    place = directory / "templates" / "world"
    place.mkdir(parents=True)
    (place / mutant.template).write_text(text.replace(mutant.old, mutant.new))
    board = load_board("qemu-virt")
    (verdict,) = verify_scenarios(
        board, mutant.scenario, templates=place.parent, options=PlanOptions(scenario=mutant.scenario)
    )
    return verdict


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(one, id=name, marks=_marks(name)) for name, one in MUTANTS.items()],
)
def test_a_broken_world_switch_is_found(mutant: Mutant, tmp_path: Path) -> None:
    verdict = judged(mutant, tmp_path)
    failed = {one.name: one.reason for one in verdict.checks if one.outcome is Outcome.FAIL}
    assert mutant.check in failed, failed
    assert mutant.reason in failed[mutant.check]
