"""How far a DSB reaches: one of the Non-shareable domain completes for its own CPU (DDI 0406C A3.8.3)."""

from __future__ import annotations

import pytest

from hypgen.emulator.memory import PhysicalMemory
from hypgen.emulator.strict.lines import CURRENT, Condition, Incomplete, Line, Writer
from hypgen.emulator.strict.memory_side import MemorySide
from hypgen.emulator.strict.places import Place

ME, OTHER = 0, 1


def cleaned(everywhere: bool) -> Line:
    """A line that may be dirty, cleaned by one CPU and completed."""
    line = Line(7, 64, {Condition((None,), CURRENT)}, 1)
    line.store(bytes(64), 0, b"new!", view=0, cached=True)
    line.maintain(0, clean=True, invalidate=False, operation=Incomplete("DCCMVAC", 0x1000, ME))
    assert list(line.alternatives(0, False, ME))
    line.complete(ME, everywhere)
    return line


def test_maintenance_that_is_complete_for_one_cpu_is_not_for_another():
    line = cleaned(everywhere=False)
    assert not list(line.alternatives(0, False, ME))
    (other,) = line.alternatives(0, False, OTHER)
    assert other.content == bytes(64)
    effect = (0, True, False)
    assert other.condition.waits_for == Incomplete("DCCMVAC", 0x1000, ME, elsewhere=True, effect=effect)


def test_a_wider_dsb_that_follows_completes_it_for_all():
    line = cleaned(everywhere=False)
    line.complete(ME, everywhere=True)
    assert not list(line.alternatives(0, False, OTHER))


@pytest.mark.parametrize(("reached", "seen"), [(0, [True, True]), (1, [False, True]), (2, [False, False])])
def test_a_dmb_orders_maintenance_before_the_loads_of_who_is_in_its_domain(reached, seen):
    line = Line(7, 64, {Condition((None,), CURRENT)}, 1)
    line.store(bytes(64), 0, b"new!", view=0, cached=True)
    line.maintain(0, clean=True, invalidate=False, operation=Incomplete("DCCMVAC", 0x1000, ME))
    line.order(ME, reached)
    assert [bool(list(line.alternatives(0, False, cpu, explicit=True))) for cpu in (ME, OTHER)] == seen
    assert list(line.alternatives(0, False, ME)), "a walk or a fetch needs the DSB"


@pytest.mark.parametrize("barrier", [MemorySide.order, MemorySide.barrier], ids=["DMB", "DSB"])
def test_a_wider_dmb_orders_for_all_what_a_narrow_barrier_ordered_for_one(barrier):
    side = MemorySide(PhysicalMemory(), 64)
    key = 0x8000_0000 >> side.shift
    side.store(Place(0x8000_0000, 0), b"new!", Writer(0xF, 0x1000, ME, True, 0), through=False)
    line = side.line(key)
    line.maintain(0, clean=True, invalidate=False, operation=Incomplete("DCCMVAC", 0x1000, ME))
    side.wait_for_order(line, ME)
    side.recent.setdefault(ME, set()).add(key)

    def seen_by_other() -> bool:
        return bool(list(line.alternatives(0, False, OTHER, explicit=True)))

    barrier(side, ME, *((1,) if barrier is MemorySide.order else (True, False)))
    assert seen_by_other()
    side.order(ME, 2)
    assert not seen_by_other()
    side.order(ME, 1)
    assert not seen_by_other()


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_store_to_a_table_stays_under_way_to_other_walkers(everywhere):
    side = MemorySide(PhysicalMemory(), 64)
    side.store(Place(0x8000_0000, 0), b"desc", Writer(0xF, 0x1000, ME, False, 0), through=False)
    key = 0x8000_0000 >> side.shift
    side.barrier(ME, everything=False, everywhere=everywhere)
    (one,) = side.under_way[key]
    assert (one.completed, one.everywhere, one.settled) == (True, everywhere, False)
    side.synchronised(ME, cpus=2)
    if everywhere:
        assert key not in side.under_way
        return
    assert [each.settled for each in side.under_way[key]] == [True]
    side.barrier(ME, everything=True, everywhere=True)
    side.synchronised(ME, cpus=2)
    assert key not in side.under_way


def test_a_snapshot_goes_back_to_who_was_asked_for_a_dsb():
    side = MemorySide(PhysicalMemory(), 64)
    before = side.capture()
    side.asked[ME] = True
    side.reinstate(before)
    assert side.asked == {}
