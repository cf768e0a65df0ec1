"""CTX: what trips each rule, and the near miss that does not."""

from hypgen.arch.psr import Mode
from tests.emulator.rig import (
    CODE,
    DSB_SY,
    ERET,
    HSCTLR_OFF,
    HSCTLR_ON,
    HVC_0XFF,
    ISB,
    LDR_R2_R3,
    LOOP,
    MCR_HSCTLR_R0,
    MCR_HVBAR_R1,
    MCRR_HTTBR_R4_R5,
    MRC_HSCTLR_R2,
    NOP,
    RAM,
    STR_R2_R3,
    SVC_0X12,
    TABLES,
    Rig,
)

DATA = RAM + 0x1_0000
MCR_CSSELR_R2 = 0xEE40_2F10
MRC_CCSIDR_R3 = 0xEE30_3F10
MCR_ATS1HR_R3 = 0xEE87_3F18
MRRC_PAR_R4_R5 = 0xEC55_4F07
ADD_R6_R6_0X100 = 0xE286_6C01
MOV_R6_0 = 0xE3A0_6000
MCR_HMAIR1_R6 = 0xEE8A_6F32
MCR_HTCR_R6 = 0xEE82_6F50
MCR_SCR_R0 = 0xEE01_0F11
MRC_SCTLR_R2 = 0xEE11_2F10


def strict(**options):
    """A strict rig with a clean TLB, the code page and DATA mapped at their own addresses."""
    rig = Rig(strict=True, tlb_clean=True, **options)
    rig.fill_vectors()
    rig.use_tables()
    rig.map(CODE, CODE)
    return rig


def rules(rig):
    return [finding.rule for finding in rig.findings]


# -- CTX-001: fetches ---------------------------------------------------------------------------------
def test_turning_the_mmu_on_under_an_identity_map_is_clean():
    rig = strict()
    rig.run([MCR_HSCTLR_R0, NOP, ISB, NOP], r0=HSCTLR_ON)
    assert rules(rig) == []
    assert rig.cpu.read("HSCTLR") == HSCTLR_ON


def test_turning_the_mmu_off_under_an_identity_map_is_clean():
    rig = strict()
    rig.run([MCR_HSCTLR_R0, ISB, MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON)
    rig.run([MCR_HSCTLR_R0, NOP, ISB, NOP], r0=HSCTLR_OFF)
    assert rules(rig) == []


def test_branches_that_do_not_meet_within_the_bound_are_said_not_to():
    for between, found in ((8, []), (300, ["CTX-001"])):
        rig = strict()
        rig.map(CODE, CODE + 0x10_0000)
        rig.words(CODE + 0x10_0000, [NOP, ADD_R6_R6_0X100, *[NOP] * between, MOV_R6_0, ISB, LOOP])
        rig.run([MCR_HSCTLR_R0, *[NOP] * (between + 1), MOV_R6_0, ISB], r0=HSCTLR_ON, limit=500)
        assert rules(rig) == found
    assert rig.findings[0].sentence.endswith(
        "with the old one; they cannot be shown to converge within 256 instructions"
    )


def test_a_map_that_puts_other_code_at_the_address_is_found_at_the_next_fetch():
    rig = strict()
    rig.map(CODE, CODE + 0x10_0000)
    rig.words(CODE + 0x10_0000, [NOP, ADD_R6_R6_0X100, ISB, LOOP])
    rig.run([MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON)
    (finding,) = rig.findings
    assert (finding.rule, finding.pc) == ("CTX-001", CODE + 4)
    assert finding.sentence == (
        f"the fetch of {CODE + 4:#010x} gives physical address 0x00{CODE + 0x10_0004:08x} with the new value "
        f"of HSCTLR, and physical address 0x00{CODE + 4:08x} with the old one"
    )
    assert [(event.pc, event.what) for event in finding.earlier] == [(CODE, "write to HSCTLR")]
    assert finding.state == ("HSCTLR 0x30c50878 -> 0x30c51879 (I 0x0 -> 0x1, M 0x0 -> 0x1)",)
    assert (
        finding.fix == "map the code from the write to HSCTLR to the ISB at its own address, as it was before"
    )


def test_the_same_instructions_at_another_place_cannot_be_told_apart():
    rig = strict()
    rig.map(CODE, CODE + 0x10_0000)
    program = [MCR_HSCTLR_R0, ISB, NOP, LOOP]
    rig.words(CODE + 0x10_0000, program)
    rig.run(program[:-1], r0=HSCTLR_ON)
    assert rules(rig) == []


def test_other_code_that_comes_to_the_same_is_clean():
    rig = strict()
    rig.map(CODE, CODE + 0x10_0000)
    rig.words(CODE + 0x10_0000, [NOP, NOP, ISB, LOOP])
    rig.run([MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON)
    assert rules(rig) == []


def test_no_identity_map_and_no_vectors_lock_up_both_ways():
    rig = Rig(strict=True, tlb_clean=True)
    rig.fill_vectors()
    rig.use_tables()
    stop = rig.run([MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON, limit=20)
    assert rules(rig) == []
    assert stop.kind == "lock-up"


def test_httbr_not_synchronised_before_the_mmu_is_on_is_found():
    rig = strict()
    program = [MCRR_HTTBR_R4_R5, MCR_HSCTLR_R0, ISB, NOP]
    rig.values["HTTBR"] = 0x9_0000_0000
    rig.run(program, r0=HSCTLR_ON, r4=RAM + TABLES, r5=0)
    (finding,) = rig.findings
    assert (finding.rule, finding.pc) == ("CTX-001", CODE + 8)
    assert "write to HTTBR" in [event.what for event in finding.earlier]


def test_httbr_synchronised_before_the_mmu_is_on_is_clean():
    rig = strict()
    rig.values["HTTBR"] = 0x9_0000_0000
    rig.run([MCRR_HTTBR_R4_R5, ISB, MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON, r4=RAM + TABLES, r5=0)
    assert rules(rig) == []


def test_writing_translation_registers_with_the_mmu_off_needs_no_isb_for_itself():
    rig = strict()
    rig.run([MCRR_HTTBR_R4_R5, MCR_HTCR_R6, NOP, LDR_R2_R3], r4=RAM + TABLES, r5=0, r6=0x8080_3500, r3=DATA)
    assert rules(rig) == []


def test_an_exception_return_synchronises():
    rig = strict()
    rig.map(DATA, DATA)
    rig.words(rig.values["HVBAR"] + 8, [MCR_HSCTLR_R0, ERET])
    rig.map(rig.values["HVBAR"] & ~0xFFF, rig.values["HVBAR"] & ~0xFFF)
    rig.run([SVC_0X12, LDR_R2_R3], r0=HSCTLR_ON, r3=DATA)
    assert rules(rig) == []


def test_writing_the_value_that_is_there_is_no_change():
    rig = strict()
    rig.run([MRC_HSCTLR_R2, 0xEE81_2F10, LDR_R2_R3], r3=DATA)
    assert rules(rig) == []
    assert not rig.system.observing


# -- CTX-002: data ------------------------------------------------------------------------------------
def test_a_load_before_the_isb_that_goes_elsewhere_is_found():
    rig = strict()
    rig.map(DATA, DATA + 0x1000)
    rig.run([MCR_HSCTLR_R0, LDR_R2_R3, ISB], r0=HSCTLR_ON, r3=DATA)
    assert rules(rig) == ["CTX-002"]
    assert rig.findings[0].pc == CODE + 4


def test_a_load_before_the_isb_from_an_identity_mapped_page_is_clean():
    rig = strict()
    rig.map(DATA, DATA)
    rig.run([MCR_HSCTLR_R0, LDR_R2_R3, ISB], r0=HSCTLR_ON, r3=DATA)
    assert rules(rig) == []


def test_a_store_before_the_isb_to_what_becomes_read_only_is_found_and_a_load_is_not():
    rig = strict()
    rig.map(DATA, DATA, 0x7C3)
    rig.run([MCR_HSCTLR_R0, LDR_R2_R3, ISB], r0=HSCTLR_ON, r3=DATA)
    assert rules(rig) == []
    rig = strict()
    rig.map(DATA, DATA, 0x7C3)
    rig.run([MCR_HSCTLR_R0, STR_R2_R3, ISB], r0=HSCTLR_ON, r3=DATA, limit=10)
    assert rules(rig) == ["CTX-002"]


def test_one_missing_isb_is_one_finding_however_many_accesses():
    rig = strict()
    rig.map(DATA, DATA + 0x1000)
    rig.run([MCR_HSCTLR_R0, LDR_R2_R3, LDR_R2_R3, LDR_R2_R3, ISB], r0=HSCTLR_ON, r3=DATA)
    assert rules(rig) == ["CTX-002"]


# -- CTX-003: vectors ---------------------------------------------------------------------------------
def test_an_exception_right_after_writing_hvbar_is_found():
    rig = strict()
    rig.words(RAM + 0x7000 + 8, [ERET])
    rig.run([MCR_HVBAR_R1, SVC_0X12], r1=RAM + 0x7000)
    (finding,) = rig.findings
    assert (finding.rule, finding.pc) == ("CTX-003", CODE + 4)
    assert finding.sentence == "an exception is taken while HVBAR may still have the old value"


def test_an_exception_after_writing_hvbar_and_isb_is_clean():
    rig = strict()
    rig.words(RAM + 0x7000 + 8, [ERET])
    rig.run([MCR_HVBAR_R1, ISB, SVC_0X12], r1=RAM + 0x7000)
    assert rules(rig) == []


def test_hvbar_written_in_a_handler_is_synchronised_by_its_eret():
    rig = Rig(Mode.SVC, strict=True, tlb_clean=True)
    rig.fill_vectors()
    rig.words(rig.values["HVBAR"] + 0x14, [MCR_HVBAR_R1, ERET])
    rig.words(RAM + 0x7000 + 0x14, [ERET])
    rig.run([HVC_0XFF, HVC_0XFF], r1=RAM + 0x7000)
    assert rules(rig) == []
    assert [one.vector_pc for one in rig.exceptions] == [RAM + 0x4014, RAM + 0x7014]


def test_hsctlr_te_not_synchronised_at_an_exception_is_found():
    rig = strict()
    program = [0xEE81_2F10, ISB, MCR_HSCTLR_R0, SVC_0X12]
    rig.run(program, r0=HSCTLR_OFF | 1 << 30, r2=HSCTLR_OFF, limit=10)
    assert rules(rig) == ["CTX-003"]


def test_the_hsctlr_that_the_image_was_entered_with_is_no_other_state():
    rig = strict()
    rig.values["HSCTLR"] = HSCTLR_OFF | 1 << 25
    rig.run([MCR_HSCTLR_R0, SVC_0X12], r0=HSCTLR_OFF, limit=10)
    assert rules(rig) == []


# -- CTX-004, CTX-005, CTX-006 ------------------------------------------------------------------------
def test_ccsidr_needs_an_isb_after_csselr():
    rig = strict()
    rig.values["CSSELR_NS"] = 0
    rig.run([MCR_CSSELR_R2, MRC_CCSIDR_R3], r2=1)
    assert rules(rig) == ["CTX-004"]
    rig = strict()
    rig.values["CSSELR_NS"] = 0
    rig.run([MCR_CSSELR_R2, ISB, MRC_CCSIDR_R3], r2=1)
    assert rules(rig) == []


def test_par_needs_an_isb_after_an_address_translation():
    rig = strict()
    rig.run([MCR_ATS1HR_R3, MRRC_PAR_R4_R5], r3=DATA)
    assert rules(rig) == ["CTX-005"]
    rig = strict()
    rig.run([MCR_ATS1HR_R3, ISB, MRRC_PAR_R4_R5], r3=DATA)
    assert rules(rig) == []
    assert rig.cpu.r[4] & 0xFFFF_F001 == DATA


def test_a_banked_register_needs_an_isb_after_scr_ns():
    def secure():
        rig = strict(mode=Mode.MON)
        rig.values["SCR"] = 0x130
        return rig

    rig = secure()
    rig.run([MCR_SCR_R0, MRC_SCTLR_R2], r0=0x131)
    assert rules(rig) == ["CTX-006"]
    rig = secure()
    rig.run([MCR_SCR_R0, ISB, MRC_SCTLR_R2], r0=0x131)
    assert rules(rig) == []
    rig = secure()
    rig.run([MCR_SCR_R0, MRC_SCTLR_R2], r0=0x132)
    assert rules(rig) == []


# -- CTX-007 ------------------------------------------------------------------------------------------
def test_too_many_pending_values_are_said_to_be_too_many():
    rig = strict()
    rig.run([MCR_HSCTLR_R0, ISB], r0=HSCTLR_ON)
    # Walk attributes, and attributes of indices that no descriptor uses: nothing that a fetch can see.
    rig.run([ADD_R6_R6_0X100, MCR_HTCR_R6, MCR_HMAIR1_R6] * 20, r6=0x8080_2000, limit=500)
    assert set(rules(rig)) == {"CTX-007"}
    assert rig.findings[0].fix == "insert an ISB after the write to HTCR and HMAIR1"


def test_direct_reads_see_the_new_value_at_once():
    rig = strict()
    rig.run([MCR_HSCTLR_R0, MRC_HSCTLR_R2, ISB, DSB_SY], r0=HSCTLR_ON)
    assert rig.cpu.r[2] == HSCTLR_ON
