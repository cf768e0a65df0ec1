"""System register accesses: who may, what traps, and what a write sets off."""

from unittest.mock import Mock

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.decode.table import decode_a32
from hypgen.emulator.exceptions import DataAbort, HypTrap, Undefined
from hypgen.errors import NotModelledError
from tests.emulator.rig import CODE, HSCTLR_ON, RAM, Rig

DATA = RAM + 0x1_0000
MASK32 = 0xFFFF_FFFF
MCR_SCTLR_R5 = decode_a32(0xEE01_5F10)
MCRR_TTBR0_R6_R7 = decode_a32(0xEC47_6F02)


def rig_in(mode, **values):
    rig = Rig(mode)
    for name, value in values.items():
        rig.values[name] = value
    return rig


def access(opc1, crn, crm, opc2, *, read=True, rt=3):
    """The word of MRC or MCR of CP15."""
    return 0xEE00_0F10 | opc1 << 21 | read << 20 | crn << 16 | rt << 12 | opc2 << 5 | crm


def undefined(access, *arguments):
    with pytest.raises(Undefined) as caught:
        access(*arguments)
    return caught.value.why


def trapped(access, *arguments):
    with pytest.raises(HypTrap) as caught:
        access(*arguments)
    return caught.value


# -- who may ------------------------------------------------------------------------------------------
def test_hyp_registers_are_for_hyp_mode_and_monitor_mode_with_ns():
    Rig(Mode.HYP).cpu.coproc.mcr(cp15.HVBAR, 0x1000)
    assert undefined(Rig(Mode.SVC).cpu.coproc.mrc, cp15.HVBAR) == "HVBAR is not readable in SVC mode"
    rig_in(Mode.MON, SCR=1).cpu.coproc.mcr(cp15.HVBAR, 0x1000)


def test_hyp_registers_in_secure_state_are_undefined_with_strict_rules_and_else_as_in_qemu():
    secure = rig_in(Mode.MON, SCR=0)
    secure.cpu.coproc.mcr(cp15.HVBAR, 0x1000)
    assert undefined(secure.cpu.coproc.mcr, cp15.VTCR, 0) == "VTCR is not writable in MON mode"
    strict = rig_in(Mode.MON, SCR=0)
    strict.cpu.system.observer = Mock(pending=False)
    assert undefined(strict.cpu.coproc.mcr, cp15.HVBAR, 0) == "HVBAR is not writable in MON mode"


UNALLOCATED = {
    "WFAR of ARMv6 reads as zero": ((0, 6, 0, 1), 0),
    "c15 reads as zero": ((3, 15, 2, 1), 0),
    "TLB lockdown does nothing": ((2, 10, 4, 7), 5),
    "c3 is DACR": ((5, 3, 9, 1), 5),
}


@pytest.mark.parametrize(("key", "read"), UNALLOCATED.values(), ids=UNALLOCATED)
@pytest.mark.parametrize("mode", [Mode.SVC, Mode.HYP, Mode.MON])
def test_encodings_without_a_register_are_as_in_qemu_where_no_rules_apply(mode, key, read):
    rig = rig_in(mode, HSTR=0)
    rig.run([access(*key, read=False), access(*key), access(*key, rt=15)], r3=5)
    assert [one.kind for one in rig.exceptions] == []
    assert rig.cpu.r[3] == read


@pytest.mark.parametrize("key", [key for key, _ in UNALLOCATED.values()], ids=UNALLOCATED)
def test_encodings_without_a_register_are_undefined_in_user_mode_and_with_strict_rules(key):
    for rig in (Rig(Mode.USR), Rig(Mode.HYP, strict=True)):
        rig.fill_vectors()
        rig.run([access(*key)])
        assert [one.kind for one in rig.exceptions] == ["Undefined"]


def test_encodings_without_a_register_are_trapped_all_the_same():
    rig = rig_in(Mode.SVC, HSTR=1 << 6)
    rig.fill_vectors()
    rig.run([access(0, 6, 0, 1)])
    assert rig.exceptions[0].hsr == 0x0FE2_1861


def test_cache_operations_of_armv6_do_nothing_and_cannot_be_read():
    rig = rig_in(Mode.HYP)
    rig.fill_vectors()
    rig.run([access(0, 7, 15, 3, read=False), access(0, 7, 15, 3)])
    assert [(one.kind, one.pc) for one in rig.exceptions] == [("Undefined", CODE + 4)]


@pytest.mark.parametrize(
    ("name", "value"), [("HTCR", 0), ("HSTR", MASK32), ("VMPIDR", MASK32), ("HSCTLR", 0x8D12_E780)]
)
def test_reserved_bits_keep_what_is_written_where_no_rules_apply(name, value):
    row = cp15.BY_NAME[name]
    rig = Rig(Mode.HYP)
    rig.cpu.coproc.mcr(row, value)
    assert rig.cpu.coproc.mrc(row) == value | (row.fixed_ones if name == "HSCTLR" else 0)
    rig.cpu.system.observer = Mock(pending=False)
    rig.cpu.coproc.mcr(row, value)
    assert rig.cpu.coproc.mrc(row) == value & row.writable | row.fixed_ones


@pytest.mark.parametrize("name", ["AMAIR0", "ADFSR", "HAMAIR1", "HADFSR", "HACR"])
def test_auxiliary_registers_read_as_zero_where_no_rules_apply(name):
    key = cp15.BY_NAME[name].single
    rig = Rig(Mode.HYP)
    rig.run([access(*key, read=False), access(*key)], r3=5)
    assert rig.cpu.r[3] == 0
    strict = Rig(Mode.HYP, strict=True)
    strict.run([access(*key, read=False), access(*key)], r3=5)
    assert strict.cpu.r[3] == 5


def test_scr_is_for_secure_pl1_only():
    rig_in(Mode.SVC, SCR=0).cpu.coproc.mcr(cp15.SCR, 0x131)
    assert undefined(Rig(Mode.HYP).cpu.coproc.mrc, cp15.SCR) == "SCR is not readable in HYP mode"
    assert undefined(Rig(Mode.SVC).cpu.coproc.mrc, cp15.SCR) == "SCR is not readable in SVC mode"


def test_user_mode_reaches_what_is_granted_and_nothing_else():
    coproc = rig_in(Mode.USR, TPIDRURO_NS=7).cpu.coproc
    assert coproc.mrc(cp15.TPIDRURO) == 7
    assert undefined(coproc.mcr, cp15.TPIDRURO, 1) == "TPIDRURO is not writable in USR mode"
    assert undefined(coproc.mrc, cp15.SCTLR) == "SCTLR is not readable in USR mode"


def test_user_mode_needs_the_enable_bit_of_what_may_be_granted():
    coproc = rig_in(Mode.USR, PMUSERENR=0, PMCR=0).cpu.coproc
    assert undefined(coproc.mrc, cp15.PMCR) == "PMUSERENR.EN does not let User mode access PMCR"
    assert rig_in(Mode.USR, PMUSERENR=1, PMCR=0).cpu.coproc.mrc(cp15.PMCR) == 0


def test_read_only_registers_are_not_written():
    assert undefined(Rig().cpu.coproc.mcr, cp15.MIDR, 0) == "MIDR is not writable in HYP mode"


# -- values -------------------------------------------------------------------------------------------
def test_reserved_bits_do_not_keep_what_is_written():
    rig = Rig()
    rig.cpu.coproc.mcr(cp15.HSCTLR, 0)
    assert rig.values["HSCTLR"] == 0x30C5_0858
    rig.cpu.coproc.mcr(cp15.HVBAR, 0xFFFF_FFFF)
    assert rig.values["HVBAR"] == 0xFFFF_FFE0


def test_a_64_bit_register_is_written_as_a_pair_and_its_low_word_alone_by_mcr():
    coproc = rig_in(Mode.SVC, TTBR0_NS=0).cpu.coproc
    coproc.mcrr(cp15.TTBR0, 0x4000_1000, 0x0012_0008)
    assert coproc.mrrc(cp15.TTBR0) == (0x4000_1000, 0x0012_0008)
    coproc.mcr(cp15.TTBR0, 0x5000_0000)
    assert coproc.mrrc(cp15.TTBR0) == (0x5000_0000, 0x0012_0008)
    assert coproc.mrc(cp15.TTBR0) == 0x5000_0000


def test_banked_registers_follow_the_security_state():
    rig = rig_in(Mode.SVC, VBAR_S=0x1000, VBAR_NS=0x2000)
    rig.cpu.coproc.mcr(cp15.VBAR, 0x3000)
    assert (rig.values["VBAR_S"], rig.values["VBAR_NS"]) == (0x1000, 0x3000)
    rig.values["SCR"] = 0
    rig.cpu.coproc.mcr(cp15.VBAR, 0x4000)
    assert (rig.values["VBAR_S"], rig.values["VBAR_NS"]) == (0x4000, 0x3000)


def test_monitor_mode_reaches_the_copy_that_scr_ns_selects():
    rig = rig_in(Mode.MON, SCR=1, VBAR_S=0x1000, VBAR_NS=0x2000)
    assert rig.cpu.coproc.mrc(cp15.VBAR) == 0x2000


def test_pl1_reads_the_virtual_identification():
    values = {"MIDR": 1, "VPIDR": 2, "MPIDR": 3, "VMPIDR": 4}
    for mode, expected in ((Mode.HYP, [1, 3]), (Mode.SVC, [2, 4]), (Mode.MON, [1, 3])):
        coproc = rig_in(mode, **values).cpu.coproc
        assert [coproc.mrc(cp15.MIDR), coproc.mrc(cp15.MPIDR)] == expected


def test_ccsidr_is_that_of_the_selected_cache():
    rig = rig_in(Mode.HYP, CSSELR_NS=1)
    rig.system.ccsidr = {0: 0x10, 1: 0x20}
    assert rig.cpu.coproc.mrc(cp15.CCSIDR) == 0x20


def test_actlr_is_written_from_non_secure_state_only_with_nsacr_ns_smp():
    rig = rig_in(Mode.SVC, ACTLR=0, NSACR=0)
    rig.cpu.coproc.mcr(cp15.ACTLR, 0x40)
    assert rig.values["ACTLR"] == 0
    rig.values["NSACR"] = 1 << 18
    rig.cpu.coproc.mcr(cp15.ACTLR, 0x40)
    assert rig.values["ACTLR"] == 0x40


# -- traps to Hyp mode --------------------------------------------------------------------------------
def test_hcr_tvm_traps_writes_with_the_encoding_in_iss():
    coproc = rig_in(Mode.SVC, HCR=1 << 26).cpu.coproc
    trap = trapped(coproc.mcr, cp15.SCTLR, 0, MCR_SCTLR_R5)
    # opc2 0, opc1 0, CRn 1, Rt 5, CRm 0, a write
    assert (trap.ec, trap.iss) == (0x03, 1 << 10 | 5 << 5)
    trap = trapped(coproc.mcrr, cp15.TTBR0, 0, 0, MCRR_TTBR0_R6_R7)
    assert (trap.ec, trap.iss) == (0x04, 7 << 10 | 6 << 5 | 2 << 1)
    coproc.mrc(cp15.SCTLR)


def test_hstr_traps_by_crn_of_both_directions_and_by_crm_of_pairs():
    coproc = rig_in(Mode.SVC, HSTR=1 << 1 | 1 << 2).cpu.coproc
    assert trapped(coproc.mrc, cp15.SCTLR).iss & 1 == 1
    assert trapped(coproc.mcr, cp15.SCTLR, 0).iss & 1 == 0
    assert trapped(coproc.mrrc, cp15.TTBR0).ec == 0x04


def test_hcr_tid3_traps_identification_reads():
    assert trapped(rig_in(Mode.SVC, HCR=1 << 18).cpu.coproc.mrc, cp15.ID_PFR1).ec == 0x03


def test_timer_controls_trap_when_they_are_0():
    assert trapped(rig_in(Mode.SVC, CNTHCTL=0).cpu.coproc.mrc, cp15.CNTP_CTL).ec == 0x03
    rig_in(Mode.SVC, CNTHCTL=3, CNTP_CTL_NS=0).cpu.coproc.mrc(cp15.CNTP_CTL)


def test_traps_leave_hyp_mode_and_the_secure_state_alone():
    rig_in(Mode.HYP, HCR=1 << 26).cpu.coproc.mcr(cp15.SCTLR, 0)
    rig_in(Mode.SVC, HCR=1 << 26, SCR=0).cpu.coproc.mcr(cp15.SCTLR, 0)


def test_what_is_undefined_is_not_trapped():
    coproc = rig_in(Mode.USR, HCR=1 << 26).cpu.coproc
    assert undefined(coproc.mcr, cp15.SCTLR, 0)


# -- what a write sets off ----------------------------------------------------------------------------
def test_writing_hsctlr_changes_translation_at_once():
    rig = Rig()
    rig.use_tables()
    rig.cpu.mem.store32(DATA, 5)
    rig.cpu.coproc.mcr(cp15.HSCTLR, HSCTLR_ON)
    with pytest.raises(DataAbort):
        rig.cpu.mem.load32(DATA)


def test_a_changed_descriptor_is_seen_after_tlb_invalidation():
    rig = Rig()
    rig.use_tables()
    rig.map(DATA, DATA)
    rig.cpu.coproc.mcr(cp15.HSCTLR, HSCTLR_ON)
    rig.cpu.mem.store32(DATA, 1)
    rig.store32(DATA + 0x1000, 2)
    rig.map(DATA, DATA + 0x1000)
    rig.cpu.coproc.mcr(cp15.TLBIMVAH, DATA)
    assert rig.cpu.mem.load32(DATA) == 2


def test_ats1hr_puts_the_translation_into_par():
    rig = Rig()
    rig.use_tables()
    rig.map(DATA, 0x8_0000_1000)
    rig.cpu.coproc.mcr(cp15.HSCTLR, HSCTLR_ON)
    rig.cpu.coproc.mcr(cp15.ATS1HR, DATA + 0x123)
    # ATTR 0xFF, NS, LPAE, inner shareable
    assert rig.cpu.read("PAR") == 0xFF << 56 | 0x8_0000_1000 | 1 << 11 | 1 << 9 | 0b11 << 7


def test_ats1hw_reports_a_fault_in_par():
    rig = Rig()
    rig.use_tables()
    rig.map(DATA, DATA, 0x7C3)
    rig.cpu.coproc.mcr(cp15.HSCTLR, HSCTLR_ON)
    rig.cpu.coproc.mcr(cp15.ATS1HW, DATA)
    assert rig.cpu.read("PAR") == 1 << 11 | 0b001111 << 1 | 1
    rig.cpu.coproc.mcr(cp15.ATS1HR, DATA + 0x1000)
    assert rig.cpu.read("PAR") == 1 << 11 | 0b000111 << 1 | 1


def test_cache_maintenance_of_an_unmapped_address_aborts_as_maintenance():
    rig = Rig()
    rig.use_tables()
    rig.map(DATA, DATA)
    rig.cpu.coproc.mcr(cp15.HSCTLR, HSCTLR_ON)
    rig.cpu.coproc.mcr(cp15.DCCMVAC, DATA)
    with pytest.raises(DataAbort) as caught:
        rig.cpu.coproc.mcr(cp15.DCCMVAC, DATA + 0x1000)
    assert (caught.value.fault.maintenance, caught.value.fault.write) == (True, True)


def test_the_cp15_barriers_obey_cp15ben():
    rig = Rig()
    rig.cpu.coproc.mcr(cp15.CP15ISB, 0)
    rig.values["HSCTLR"] &= ~(1 << 5)
    assert undefined(rig.cpu.coproc.mcr, cp15.CP15DSB, 0) == (
        "the CP15 barriers are UNDEFINED because HSCTLR.CP15BEN is 0"
    )


@pytest.mark.parametrize(
    ("access", "sentence"),
    [
        (lambda coproc: coproc.mrrc(cp15.CNTPCT), "reading CNTPCT: it counts (not modelled)"),
        (
            lambda coproc: coproc.mcr(cp15.CNTHP_CTL, 1),
            "writing 0x1 to CNTHP_CTL: it would start counting (not modelled)",
        ),
    ],
)
def test_what_is_not_modelled_is_named(access, sentence):
    with pytest.raises(NotModelledError) as caught:
        access(Rig().cpu.coproc)
    assert caught.value.diagnostics[0].sentence == sentence


def test_nsacr_withholds_fields_of_cpacr_and_hcptr_from_non_secure_state():
    rig = Rig(Mode.HYP)
    cpu = rig.cpu
    cpu.coproc.values.update(SCR=0x101, NSACR=0, CPACR=0x00F0_0000, HCPTR=0x33FF)
    assert cpu.coproc.mrc(cp15.BY_NAME["CPACR"]) == 0
    assert cpu.coproc.mrc(cp15.BY_NAME["HCPTR"]) == 0x3FFF
    cpu.coproc.mcr(cp15.BY_NAME["CPACR"], 0)
    assert cpu.coproc.values["CPACR"] == 0x00F0_0000
    cpu.coproc.values["NSACR"] = 0x8C00
    assert cpu.coproc.mrc(cp15.BY_NAME["CPACR"]) == 0x80F0_0000
    assert cpu.coproc.mrc(cp15.BY_NAME["HCPTR"]) == 0xB3FF
    cpu.coproc.values["SCR"] = 0x100
    cpu.write_cpsr(0x1D3)
    assert cpu.coproc.mrc(cp15.BY_NAME["CPACR"]) == 0x00F0_0000
