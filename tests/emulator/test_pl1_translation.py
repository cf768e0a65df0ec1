"""PL1 with its MMU on, alone and under stage 2: where accesses go, and what the registers say of faults."""

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import describe_hsr
from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.translation import judge
from tests.emulator.rig import CODE, LDR_R2_R3, NOP, RAM, STR_R2_R3, UDF, Rig

L1, L2 = RAM + 0x20_0000, RAM + 0x20_4000
"""Short-descriptor tables: 16 KB and 1 KB."""
ROOT = RAM + 0x21_0000
STAGE2 = RAM + 0x22_0000
DATA = 0x1000_0000
"""A virtual address that nothing but a test maps."""
SECTION = 0x0000_0C02
"""AP read and write for all, domain 0, executable."""
SCTLR_ON = 0x00C5_0079
WXN, UWXN = cp15.SCTLR.bit("WXN"), cp15.SCTLR.bit("UWXN")
EAE = 1 << 31
LDRB_R2_R3 = 0xE5D3_2000
LDRSH_R9_R3 = 0xE1D3_90F0
STR_R2_R3_POST = 0xE483_2004
LDR_SIGNED = 1 << 21


@pytest.fixture
def short():
    """Supervisor mode with a Short-descriptor table that maps the RAM one to one."""
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.memory.write(L1, bytes(0x4000))
    rig.memory.write(L2, bytes(0x400))
    for megabyte in range(16):
        address = RAM + (megabyte << 20)
        rig.store32(L1 + (address >> 20) * 4, address | SECTION)
    rig.store32(L1 + (DATA >> 20) * 4, L2 | 0x61)  # a table in domain 3
    for name, value in {"TTBR0_NS": L1, "TTBCR_NS": 0, "DACR_NS": 0x5555_5555, "MAIR0_NS": 0}.items():
        rig.values[name] = value
    rig.cpu.write("SCTLR_NS", SCTLR_ON)
    return rig


@pytest.fixture
def nested():
    """Supervisor mode with stage 1 off, under a stage 2 table that maps the RAM one to one."""
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.memory.write(STAGE2, bytes(0x3000))
    rig.store64(STAGE2 + 8, (STAGE2 + 0x1000) | 3)  # IPA 0x40000000 to 0x7fffffff
    for block in range(8):
        rig.store64(STAGE2 + 0x1000 + 8 * block, RAM + (block << 21) | 0x7FD)
    rig.values["VTCR"] = 1 << 31 | 1 << 6
    rig.values["VTTBR"] = STAGE2
    rig.cpu.write("HCR", 1)
    return rig


def page(rig, number, descriptor):
    rig.store32(L2 + 4 * number, descriptor)


# -- Short descriptors ---------------------------------------------------------------------------------
def test_a_small_page_is_read_and_written_through(short):
    page(short, 5, RAM + 0x30_0000 | 0x32)
    short.store32(RAM + 0x30_0010, 0x1234_5678)
    short.run([LDR_R2_R3], r3=DATA + 0x5010)
    assert short.cpu.r[2] == 0x1234_5678
    short.run([STR_R2_R3], r3=DATA + 0x5014, r2=0xABCD)
    assert short.load32(RAM + 0x30_0014) == 0xABCD


@pytest.mark.parametrize(
    ("descriptor", "write", "dfsr"),
    [
        (0, False, 0x037),  # translation, level 2, domain 3
        (0, True, 0x837),
        (RAM | 0x212, True, 0x83F),  # AP 0b101: read-only at PL1
        (RAM | 0x002, False, 0x03F),  # AP 0b000
    ],
)
def test_a_fault_sets_dfsr_with_its_domain_and_dfar(short, descriptor, write, dfsr):
    page(short, 7, descriptor)
    short.run([STR_R2_R3 if write else LDR_R2_R3], r3=DATA + 0x7008)
    (taken,) = short.exceptions
    assert (taken.slot, taken.to_mode) == (0x10, Mode.ABT)
    assert (short.values["DFSR_NS"], short.values["DFAR_NS"]) == (dfsr, DATA + 0x7008)
    assert short.cpu.read("LR_abt") == CODE + 8


def test_a_domain_without_access_faults_and_a_manager_is_not_asked(short):
    page(short, 7, RAM | 0x002)
    short.cpu.write("DACR_NS", 0x5555_5555 & ~0xC0)
    short.run([LDR_R2_R3], r3=DATA + 0x7000)
    assert short.values["DFSR_NS"] == 0x03B  # domain fault, level 2
    short.cpu.write("DACR_NS", 0x5555_5555 | 0xC0)
    short.cpu.write("CPSR", 0x1D3)
    short.store32(RAM, 99)
    short.run([LDR_R2_R3], r3=DATA + 0x7000)
    assert short.cpu.r[2] == 99


def test_the_access_flag_of_a_section(short):
    short.cpu.write("SCTLR_NS", SCTLR_ON | 1 << 29)
    short.store32(L1 + 0x200 * 4, RAM | 0x802)
    with pytest.raises(DataAbort) as caught:
        short.cpu.mem.load32(0x2000_0000)
    assert (caught.value.fault.kind.value, caught.value.fault.level) == ("access flag fault", 1)


def test_a_fetch_fault_sets_ifsr_and_ifar(short):
    short.cpu.r[15] = 0x3000_0000
    short.runner.run(10)
    (taken,) = short.exceptions
    assert (taken.slot, taken.kind) == (0x0C, "PrefetchAbort")
    assert (short.values["IFSR_NS"], short.values["IFAR_NS"]) == (0x05, 0x3000_0000)


@pytest.mark.parametrize(
    ("rights", "control", "refused"),
    [
        (0x032, 0, False),  # AP 0b011: all may write
        (0x032, WXN, True),
        (0x032, UWXN, True),
        (0x012, UWXN, False),  # AP 0b001: PL1 may write
        (0x012, WXN, True),
        (0x232, WXN | UWXN, False),  # AP 0b111: read-only
    ],
)
def test_wxn_and_uwxn_are_for_short_descriptors_too(short, rights, control, refused):
    page(short, 6, RAM + 0x30_0000 | rights)
    short.cpu.write("SCTLR_NS", SCTLR_ON | control)
    fault = judge(short.cpu.system.translate(DATA + 0x6000, True), fetch=True)
    assert (fault is not None) == refused


def test_a_table_where_no_memory_is_gives_an_external_abort_on_the_walk(short):
    short.store32(L1 + (DATA >> 20) * 4, 0x9000_0061)
    short.run([LDR_R2_R3], r3=DATA)
    assert short.values["DFSR_NS"] & ~0xF0 == 0x00E  # level 2, whose domain is 3
    assert short.exceptions[0].why == "no memory at 0x0090000000, read by the walk"


def test_what_user_mode_may_not_read_the_privileged_may(short):
    page(short, 9, RAM + 0x30_0000 | 0x12)  # AP 0b001
    assert short.cpu.mem.load32(DATA + 0x9000) == short.load32(RAM + 0x30_0000)
    with pytest.raises(DataAbort):
        short.cpu.mem.load32_unprivileged(DATA + 0x9000)
    short.cpu.write("CPSR", 0x10)
    with pytest.raises(DataAbort):
        short.cpu.mem.load32(DATA + 0x9000)


def test_big_endian_tables(short):
    short.cpu.write("SCTLR_NS", SCTLR_ON)
    for megabyte in range(16):
        at = L1 + (RAM + (megabyte << 20) >> 20) * 4
        short.memory.write(at, short.memory.read(at, 4)[::-1])
    short.cpu.write("SCTLR_NS", SCTLR_ON | 1 << 25)
    assert short.system.translate(RAM + 0x123).pa == RAM + 0x123


def test_an_unaligned_load_that_crosses_into_a_faulting_page_reports_that_page(short):
    page(short, 1, RAM + 0x30_0000 | 0x03A)  # Normal write-through
    with pytest.raises(DataAbort) as caught:
        short.cpu.mem.load32(DATA + 0x1FFE)
    assert caught.value.fault.va == DATA + 0x2000


# -- Long descriptors ----------------------------------------------------------------------------------
def long_tables(rig):
    rig.memory.write(ROOT, bytes(0x1000))
    rig.store64(ROOT + 8, RAM & 0xC000_0000 | 0x741)
    for name, value in {"TTBR0_NS": ROOT, "TTBCR_NS": EAE, "MAIR0_NS": 0xFF, "MAIR1_NS": 0}.items():
        rig.values[name] = value
    rig.cpu.write("SCTLR_NS", SCTLR_ON)


def test_long_descriptors_report_in_the_long_format():
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    long_tables(rig)
    rig.run([NOP, LDR_R2_R3], r3=DATA)
    assert (rig.values["DFSR_NS"], rig.values["DFAR_NS"]) == (0x205, DATA)


# -- stage 2 -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "hsr"),
    [
        (LDR_R2_R3, 0x9382_0005),  # ISV, SAS word, SRT 2; translation fault, level 1
        (STR_R2_R3, 0x9382_0045),
        (LDRB_R2_R3, 0x9302_0005),
        (LDRSH_R9_R3, 0x9369_0005),
        (STR_R2_R3_POST, 0x9000_0045),  # writeback: no instruction syndrome
    ],
)
def test_a_stage_2_fault_goes_to_hyp_mode_with_what_the_instruction_was(nested, word, hsr):
    nested.run([word], r3=DATA + 0x234)
    (taken,) = nested.exceptions
    assert (taken.slot, taken.to_mode, taken.preferred_return) == (0x14, Mode.HYP, CODE)
    assert f"{nested.values['HSR']:#010x}" == f"{hsr:#010x}", describe_hsr(nested.values["HSR"])
    assert nested.values["HDFAR"] == DATA + 0x234
    assert nested.values["HPFAR"] == DATA >> 12 << 4


def test_a_stage_2_fetch_fault(nested):
    nested.cpu.r[15] = DATA
    nested.runner.run(10)
    assert (nested.values["HSR"], nested.values["HIFAR"]) == (0x8000_0005, DATA)
    assert nested.values["HPFAR"] == DATA >> 12 << 4


def test_a_stage_1_walk_that_stage_2_refuses_says_so(nested):
    nested.values["TTBR0_NS"], nested.values["TTBCR_NS"], nested.values["DACR_NS"] = DATA, 0, 1
    nested.cpu.write("SCTLR_NS", SCTLR_ON)
    nested.cpu.r[15] = CODE
    nested.runner.run(10)
    assert nested.values["HSR"] == 0x8000_0085  # S1PTW
    assert nested.values["HPFAR"] == (DATA + (CODE >> 20) * 4) >> 12 << 4


def test_stage_1_permission_comes_before_stage_2_translation(nested):
    long_tables(nested)
    nested.store64(ROOT, DATA | 0x7C1)  # read-only, and its IPA is not mapped by stage 2
    nested.values["HCR"] |= 1
    nested.run([STR_R2_R3], r3=DATA)
    assert nested.values["DFSR_NS"] == 0xA0D  # permission fault, level 1, write
    nested.cpu.write("CPSR", 0x1D3)
    nested.run([LDR_R2_R3], r3=DATA)
    assert nested.values["HSR"] == 0x9382_0005


def test_hcr_dc_makes_data_cacheable_with_stage_1_off(nested):
    assert nested.system.translate(RAM).attributes.type.value == "Strongly-ordered"
    nested.cpu.write("HCR", 1 | 1 << 12)
    assert "write-back" in str(nested.system.translate(RAM).attributes)


# -- address translation operations -----------------------------------------------------------------------
def ats(rig, row, value):
    rig.cpu.coproc.mcr(row, value)
    return rig.cpu.read("PAR")


def test_ats1c_gives_par_in_the_format_of_the_tables(short):
    page(short, 5, RAM + 0x30_0000 | 0x43E)  # Normal write-back, shareable
    assert ats(short, cp15.ATS1CPR, DATA + 0x5123) & 0xFFFF_FFFF == RAM + 0x30_0000 | 0x2FC
    assert ats(short, cp15.ATS1CPW, DATA + 0x6000) & 0xFFFF_FFFF == 0xF  # translation, level 2
    assert ats(short, cp15.ATS1CUR, RAM) & 0xFFFF_F000 == RAM
    long_tables(short)
    assert ats(short, cp15.ATS1CPR, RAM + 0x5678) == 0xFF << 56 | RAM + 0x5000 | 0xB80
    assert ats(short, cp15.ATS1CPW, DATA) == 0x80B


def test_ats12nso_translates_both_stages_and_reports_which_failed(nested):
    nested.cpu.write("CPSR", 0x1DA)
    assert ats(nested, cp15.ATS12NSOPR, RAM + 0x5678) & 0xFF_FFFF_F000 == RAM + 0x5000
    assert ats(nested, cp15.ATS12NSOUW, DATA) == 0xA0B  # stage 2, translation, level 1
    assert ats(nested, cp15.ATS1CPR, DATA) & 0xFF_FFFF_F000 == DATA


def test_ats1c_that_stage_2_stops_on_its_walk_is_taken_to_hyp_mode(nested):
    nested.values["TTBR0_NS"], nested.values["TTBCR_NS"], nested.values["DACR_NS"] = DATA, 0, 1
    nested.cpu.write("SCTLR_NS", SCTLR_ON)
    with pytest.raises(DataAbort) as caught:
        ats(nested, cp15.ATS1CPR, RAM)
    fault = caught.value.fault
    assert (fault.stage2, fault.on_walk, fault.maintenance, fault.write) == (True, True, True, True)


def test_undefined_at_pl1_is_not_disturbed_by_translation(short):
    short.run([UDF])
    assert short.exceptions[0].slot == 0x04


# -- what is kept -----------------------------------------------------------------------------------------
def test_what_was_found_under_one_vttbr_is_kept_for_when_it_comes_back(nested):
    other = STAGE2 + 0x4000
    nested.memory.write(other, nested.memory.read(STAGE2, 0x20))
    nested.store32(RAM + 0x5000, 1)
    coproc = nested.cpu.coproc

    def switch(table):
        nested.cpu.change_mode(Mode.HYP)
        coproc.mcrr(cp15.VTTBR, table, 0)
        nested.cpu.change_mode(Mode.SVC)

    switch(STAGE2)
    assert nested.cpu.mem.load32(RAM + 0x5000) == 1
    kept = nested.system.context
    assert kept.views.read_words
    switch(other)
    assert not nested.system.context.views.read_words
    switch(STAGE2)
    assert nested.system.context is kept
    nested.cpu.change_mode(Mode.HYP)
    coproc.mcr(cp15.TLBIALLNSNH, 0)
    nested.cpu.change_mode(Mode.SVC)
    assert not nested.system.context.views.read_words


def test_turning_an_mmu_on_forgets_what_was_found_with_it_before(short):
    coproc = short.cpu.coproc
    page(short, 5, RAM + 0x30_0000 | 0x32)
    short.store32(RAM + 0x30_0000, 1)
    short.store32(RAM + 0x31_0000, 2)
    assert short.cpu.mem.load32(DATA + 0x5000) == 1
    coproc.mcr(cp15.SCTLR, SCTLR_ON & ~1)
    page(short, 5, RAM + 0x31_0000 | 0x32)
    coproc.mcr(cp15.SCTLR, SCTLR_ON)
    assert short.cpu.mem.load32(DATA + 0x5000) == 2


def test_big_endian_data_is_reversed_and_tables_follow_ee(short):
    page(short, 5, RAM + 0x30_0000 | 0x32)
    short.store32(RAM + 0x30_0000, 0x1122_3344)
    short.cpu.write("CPSR", 0x3D3)  # E
    assert short.cpu.mem.load32(DATA + 0x5000) == 0x4433_2211
    short.cpu.mem.store16(DATA + 0x5000, 0xAABB)
    assert short.memory.read(RAM + 0x30_0000, 2) == b"\xaa\xbb"


def test_exceptions_take_their_endianness_from_the_control_register_of_their_mode():
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.cpu.write("SCTLR_NS", 0x00C5_0078 | 1 << 25)
    rig.run([UDF])
    assert (rig.cpu.e, rig.cpu.mode) == (1, Mode.UND)
