"""The Generic Timer in virtual time; sections are those of DDI 0406C."""

from __future__ import annotations

import pytest

from hypgen.emulator.timers import ENABLE, IMASK, INSTRUCTIONS_PER_SECOND, ISTATUS, LINES, Clock, Timers

FREQUENCY = INSTRUCTIONS_PER_SECOND // 4
"""Four instructions for a count."""


class Rig:
    """A clock whose instructions a test executes, and the timers of one CPU."""

    def __init__(self) -> None:
        self.clock = Clock(FREQUENCY)
        self.executed = 0
        self.clock.executed = lambda: self.executed
        self.levels: dict[str, bool] = dict.fromkeys(LINES, False)
        self.values = dict.fromkeys(
            [f"CNT{one}_{what}" for one in ("V", "HP") for what in ("CTL", "CVAL")]
            + [f"CNTP_{what}{bank}" for bank in ("_S", "_NS") for what in ("CTL", "CVAL")]
            + ["CNTVOFF", "CNTKCTL", "CNTHCTL"],
            0,
        )
        self.timers = Timers(self.values, self.clock, {line: self._line(line) for line in LINES})

    def _line(self, name: str):
        return lambda level: self.levels.__setitem__(name, level)

    def execute(self, instructions: int) -> None:
        """As the run loop does: no further than the next alarm at once."""
        end = self.executed + instructions
        while self.executed < end:
            due = self.clock.due()
            self.executed = end if due is None else min(end, max(due, self.executed))
            self.clock.ring()

    def high(self) -> set[str]:
        return {name for name, level in self.levels.items() if level}


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_the_counter_passes_with_instructions(rig):
    assert rig.timers.read("CNTPCT") == 0
    rig.execute(4000)
    assert rig.timers.read("CNTPCT") == 1000


def test_the_virtual_counter_is_behind_by_cntvoff(rig):
    rig.timers.write("CNTVOFF", 400)
    rig.execute(4000)
    assert rig.timers.read("CNTVCT") == 600
    rig.timers.write("CNTVOFF", 1001)
    assert rig.timers.read("CNTVCT") == 2**64 - 1


@pytest.mark.parametrize(
    ("name", "line"),
    [("CNTP{}_S", "secure_physical"), ("CNTP{}_NS", "physical"), ("CNTV{}", "virtual"), ("CNTHP{}", "hyp")],
)
def test_each_timer_drives_its_own_line_at_its_compare_value(rig, name, line):
    rig.timers.write(name.format("_CVAL"), 100)
    rig.timers.write(name.format("_CTL"), ENABLE)
    rig.execute(399)
    assert rig.high() == set()
    rig.execute(1)
    assert rig.high() == {line}
    assert rig.timers.read(name.format("_CTL")) == ENABLE | ISTATUS


def test_a_compare_value_in_the_past_is_met_at_once(rig):
    rig.execute(4000)
    rig.timers.write("CNTHP_CVAL", 999)
    rig.timers.write("CNTHP_CTL", ENABLE)
    assert rig.high() == {"hyp"}
    rig.timers.write("CNTHP_CVAL", 1001)
    assert rig.high() == set()


def test_timervalue_is_the_distance_to_the_compare_value(rig):  # B8.1.6
    rig.execute(4000)
    rig.timers.write("CNTP_TVAL_NS", 50)
    assert rig.values["CNTP_CVAL_NS"] == 1050
    rig.execute(400)
    assert rig.timers.read("CNTP_TVAL_NS") == 0xFFFF_FFCE  # 50 ago
    rig.timers.write("CNTP_TVAL_NS", 0xFFFF_FFFF)
    assert rig.values["CNTP_CVAL_NS"] == 1099


def test_the_virtual_timer_compares_with_the_virtual_counter(rig):
    rig.execute(400)
    rig.timers.write("CNTVOFF", 100)
    rig.timers.write("CNTV_CVAL", 100)
    rig.timers.write("CNTV_CTL", ENABLE)
    rig.execute(396)
    assert rig.high() == set()
    rig.execute(4)
    assert rig.high() == {"virtual"}
    rig.timers.write("CNTVOFF", 150)
    assert rig.high() == set()


def test_imask_keeps_the_line_down_and_the_status_up(rig):  # B8.1.5
    rig.timers.write("CNTV_CTL", ENABLE | IMASK)
    assert rig.timers.read("CNTV_CTL") == ENABLE | IMASK | ISTATUS
    assert rig.high() == set()
    rig.timers.write("CNTV_CTL", ENABLE)
    assert rig.high() == {"virtual"}
    rig.timers.write("CNTV_CTL", 0)
    assert rig.timers.read("CNTV_CTL") == 0
    assert rig.high() == set()


def test_time_jumps_to_the_next_alarm_when_everybody_waits(rig):
    rig.timers.write("CNTV_CVAL", 10**9)
    rig.timers.write("CNTHP_CVAL", 5 * 10**8)
    for name in ("CNTV_CTL", "CNTHP_CTL"):
        rig.timers.write(name, ENABLE)
    assert rig.clock.skip()
    assert (rig.high(), rig.timers.read("CNTPCT")) == ({"hyp"}, 5 * 10**8)
    assert rig.clock.skip()
    assert (rig.high(), rig.timers.read("CNTPCT")) == ({"hyp", "virtual"}, 10**9)
    assert not rig.clock.skip()


def test_the_run_loop_hears_of_an_earlier_alarm(rig):
    heard = []
    rig.clock.sooner = lambda: heard.append(rig.clock.due())
    rig.timers.write("CNTV_CVAL", 1000)
    rig.timers.write("CNTV_CTL", ENABLE)
    rig.timers.write("CNTHP_CVAL", 2000)
    rig.timers.write("CNTHP_CTL", ENABLE)
    rig.timers.write("CNTHP_CVAL", 500)
    assert heard == [4000, 2000]


def test_registers_set_from_outside_are_armed_by_a_refresh(rig):
    rig.values["CNTV_CVAL"], rig.values["CNTV_CTL"] = 10, ENABLE
    rig.timers.refresh()
    rig.execute(40)
    assert rig.high() == {"virtual"}


def waited(rig: Rig, counts: int) -> tuple[int, int]:
    """Instructions and counts of a loop that waits for ``counts`` by reading the counter."""
    start, first = rig.timers.read("CNTPCT"), rig.executed
    while (now := rig.timers.read("CNTPCT")) - start < counts:
        rig.execute(10)
    return rig.executed - first, now - start


def test_a_loop_that_waits_for_the_counter_alone_waits_a_sixteenth_longer_at_most(rig):
    rig.clock.alone = True
    instructions, counts = waited(rig, 1_000_000)
    assert instructions < 5_000
    assert 1_000_000 <= counts <= 1_000_000 * 17 / 16 + 10


def test_while_others_have_something_to_do_time_passes_with_instructions_only(rig):
    assert waited(rig, 10_000) == (40_000, 10_000)


def test_reads_that_are_far_apart_do_not_hasten_time(rig):
    rig.clock.alone = True
    for _ in range(100):
        rig.execute(400)
        now = rig.timers.read("CNTPCT")
    assert now == 100 * 100


def test_a_loop_that_waits_does_not_pass_an_alarm(rig):
    rig.clock.alone = True
    rung = []
    rig.clock.set_alarm("test", 5_000, lambda: rung.append(rig.clock.count()))
    waited(rig, 100_000)
    assert rung == [5_000]
