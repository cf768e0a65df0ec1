"""What the architecture lets take its time, and the strict machine therefore does: until the next context
synchronisation event."""

from __future__ import annotations

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.interrupts import Line
from hypgen.emulator.timers import ENABLE
from tests.emulator.rig import CODE, ISB, LOOP, NOP, Rig
from tests.emulator.test_timers import Rig as TimerRig

CPSIE_I, CPSID_I = 0xF108_0080, 0xF10C_0080


def taken(words: list[int], *, strict: bool) -> list[int]:
    """Which instruction each interrupt came before, when one pends from the start and is masked."""
    rig = Rig(Mode.SVC, strict=strict, tlb_clean=True)
    rig.fill_vectors()
    rig.cpu.system.set_line(Line.IRQ, True)
    rig.run([*words, LOOP])
    return [(one.preferred_return - CODE) // 4 for one in rig.exceptions]


@pytest.mark.parametrize(
    ("words", "strict", "before"),
    [
        ([CPSIE_I, NOP, NOP], False, [1]),
        ([CPSIE_I, ISB, CPSID_I], True, [2]),
        ([CPSIE_I, NOP, CPSID_I], True, []),
    ],
    ids=["as soon as it can, without rules", "before what follows an ISB", "never, if it is masked again"],
)
def test_what_is_unmasked_is_taken(words, strict, before):
    assert taken(words, strict=strict) == before


def test_an_interrupt_that_stays_unmasked_is_taken_in_finite_time():
    (before,) = taken([CPSIE_I, *[NOP] * 40], strict=True)
    assert 2 < before < 40


def test_a_timers_line_falls_at_the_context_synchronisation_event():
    rig = TimerRig()
    rig.timers.late = lambda: True
    rig.timers.write("CNTV_CTL", ENABLE)
    assert rig.high() == {"virtual"}
    rig.timers.write("CNTV_CTL", 0)
    assert rig.high() == {"virtual"}
    rig.timers.synchronised()
    assert rig.high() == set()


def test_a_timer_that_is_due_again_by_then_stays_high():
    rig = TimerRig()
    rig.timers.late = lambda: True
    for control in (ENABLE, 0, ENABLE):
        rig.timers.write("CNTV_CTL", control)
    rig.timers.synchronised()
    assert rig.high() == {"virtual"}
