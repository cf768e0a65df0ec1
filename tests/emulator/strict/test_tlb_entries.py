"""What the TLB may hold is noted once, however often registers change and change back, and comes back with
a snapshot. What trips the rules is in the litmus cases."""

from hypgen.emulator.strict.tlb_held import WHOLE, Held
from hypgen.emulator.translation import Regime
from tests.emulator.rig import (
    CODE,
    DSB_SY,
    HSCTLR_ON,
    ISB,
    MCR_HSCTLR_R0,
    MCR_TLBIALLH,
    RAM,
    Rig,
)

DATA = RAM + 0x1_0000
MCR_HMAIR1_R2, MCR_HMAIR1_R3 = 0xEE8A_2F32, 0xEE8A_3F32
"""HMAIR1 is read by every walk in Hyp mode, and nothing here is mapped by its attributes."""


def switching(times: int) -> Rig:
    rig = Rig(strict=True)
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    turns = [MCR_HMAIR1_R2, ISB, MCR_HMAIR1_R3, ISB] * times
    rig.run([MCR_TLBIALLH, DSB_SY, ISB, MCR_HSCTLR_R0, ISB, *turns], r0=HSCTLR_ON, r2=0, r3=0x44)
    return rig


def held(rig: Rig) -> int:
    return sum(len(entries) for entries in rig.system.observer.entries.state()["held"].values())


def test_registers_that_change_back_leave_nothing_new():
    assert held(switching(30)) == held(switching(2)) > 0
    assert switching(30).findings == []


def test_an_invalidation_that_is_complete_and_synchronised_leaves_nothing():
    rig = switching(2)
    rig.run([MCR_TLBIALLH, DSB_SY, ISB], at=CODE + 0x400)
    assert held(rig) == 0
    assert not any(rig.system.observer.entries.state().values())


def test_a_snapshot_holds_what_was_held():
    rig = switching(2)
    before, then = held(rig), rig.system.observer.capture()
    rig.run([MCR_TLBIALLH, DSB_SY, ISB], at=CODE + 0x400)
    rig.system.observer.reinstate(then)
    assert held(rig) == before
    rig.run([MCR_TLBIALLH, DSB_SY, ISB], at=CODE + 0x500)
    assert held(rig) == 0


def test_an_invalidation_is_complete_by_a_dsb_of_the_cpu_that_issued_it():
    one = Held(Regime.HYP, {}, {}, (), 0, "store to the table", cpu=0)
    one.issued(5, cpu=0)
    one.completed(1)
    assert (one.stage(5), one.moving) == (1, True)
    one.completed(0)
    assert (one.stage(5), one.stage(6)) == (2, 0)


def test_of_two_cpus_that_invalidate_a_page_either_completes_its_own():
    one = Held(Regime.HYP, {}, {}, (), 0, "store to the table", cpu=0)
    for cpu in (0, 1):
        one.issued(WHOLE, cpu)
    one.completed(1)
    assert (one.whole, one.stage(7)) == (2, 2)


def test_what_another_descriptor_maps_is_certain_after_a_store_to_a_table():
    """Only a walk that reads what was changed may give what the TLB holds; both are of one line here."""
    rig = Rig(strict=True)
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    rig.map(DATA, DATA)
    rig.map(DATA + 0x1000, DATA)
    rig.run([MCR_TLBIALLH, DSB_SY, ISB, MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON)
    changed = rig.system.translate(DATA).steps[-1]
    rig.system.observer.entries.table_stored(changed.address, bytes(8), CODE, 0)
    rig.store64(changed.address, DATA + 0x2000 | changed.descriptor & 0xFFF)

    def certain(va):
        return rig.system.observer.translated(va, rig.system.translate(va), "read", Regime.HYP)

    assert (certain(DATA + 0x1000), rig.findings) == (True, [])
    assert not certain(DATA)
    assert [one.rule for one in rig.findings] == ["TLB-004"]
    rig.system.cpu.coproc.values["HMAIR1"] ^= 1  # of other registers, a walk is made
    assert not certain(DATA + 0x1000)
