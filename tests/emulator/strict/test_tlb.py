"""TLB: what trips each rule, and the near miss that does not."""

import pytest

from tests.emulator.rig import (
    CODE,
    DSB_ISHST,
    DSB_NSH,
    DSB_SY,
    HSCTLR_ON,
    ISB,
    LDR_R2_R3,
    MCR_HSCTLR_R0,
    MCR_TLBIALLH,
    MCR_TLBIALLHIS,
    MCR_TLBIMVAH_R6,
    NOP,
    RAM,
    Rig,
)

DATA = RAM + 0x1_0000
DSB_ISH = 0xF57F_F04B
MCR_TLBIALL = 0xEE08_0F17
ON = [MCR_HSCTLR_R0, ISB]


def run(words, tlb_clean=False, **registers):
    rig = Rig(strict=True, tlb_clean=tlb_clean)
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    rig.map(DATA, DATA)
    rig.run(words, r0=HSCTLR_ON, **registers)
    return rig.findings


def rules(findings):
    return [finding.rule for finding in findings]


def test_the_mmu_without_any_invalidation_is_found_once():
    findings = run([*ON, NOP, LDR_R2_R3], r3=DATA)
    assert rules(findings) == ["TLB-001"]
    (finding,) = findings
    # The fetch of the ISB is the first that the write lets the MMU translate.
    assert finding.pc == CODE + 4
    assert finding.sentence == (
        f"the fetch of {CODE + 4:#010x} may hit a TLB entry from before reset: "
        "nothing invalidated the Hyp TLB"
    )
    assert [(event.pc, event.what) for event in finding.earlier] == [(CODE, "write to HSCTLR")]
    assert finding.assumptions == ("entry.tlb",)
    assert finding.fix == "invalidate the TLB (TLBIALLH), then DSB, then ISB, before the MMU is turned on"


def test_a_clean_entry_contract_needs_no_invalidation():
    assert run([*ON, LDR_R2_R3], tlb_clean=True, r3=DATA) == []


@pytest.mark.parametrize(
    ("operation", "barrier"),
    [
        (MCR_TLBIALLH, DSB_SY),
        (MCR_TLBIALLH, DSB_NSH),
        (MCR_TLBIALLH, DSB_ISH),
        (MCR_TLBIALLHIS, DSB_SY),
        (MCR_TLBIALLHIS, DSB_ISH),
    ],
)
def test_invalidation_dsb_isb_is_clean(operation, barrier):
    assert run([operation, barrier, ISB, *ON, LDR_R2_R3], r3=DATA) == []


@pytest.mark.parametrize(
    ("operation", "barrier"),
    [(MCR_TLBIALLH, NOP), (MCR_TLBIALLH, DSB_ISHST), (MCR_TLBIALLHIS, DSB_NSH), (MCR_TLBIALLHIS, DSB_ISHST)],
)
def test_an_invalidation_that_no_dsb_completes_is_found(operation, barrier):
    findings = run([operation, barrier, ISB, *ON])
    assert rules(findings) == ["TLB-002"]
    assert findings[0].earlier[0].pc == CODE


def test_a_completed_invalidation_needs_an_isb_before_fetches():
    findings = run([MCR_TLBIALLH, DSB_SY, *ON])
    assert rules(findings) == ["TLB-003"]
    assert findings[0].assumptions == ()


def test_an_isb_before_the_dsb_is_not_one_after_it():
    assert rules(run([MCR_TLBIALLH, ISB, DSB_SY, *ON])) == ["TLB-003"]


def test_invalidation_of_the_addresses_used_is_enough():
    assert run([MCR_TLBIMVAH_R6, DSB_SY, ISB, *ON, NOP], r6=CODE) == []


def test_invalidation_of_another_address_is_not():
    assert rules(run([MCR_TLBIMVAH_R6, DSB_SY, ISB, *ON, LDR_R2_R3], r6=CODE, r3=DATA)) == ["TLB-001"]


def test_invalidation_of_another_regime_is_not():
    assert rules(run([MCR_TLBIALL, DSB_SY, ISB, *ON])) == ["TLB-001"]


def test_with_the_mmu_off_nothing_is_demanded():
    assert run([NOP, ISB, LDR_R2_R3], r3=DATA) == []
