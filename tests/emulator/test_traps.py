"""What a Hyp control register sends to Hyp mode, with the HSR that it leaves: real instructions from PL1."""

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from tests.emulator.rig import CODE, NOP, Rig

WFI, WFE, SMC, BXJ_R3 = 0xE320_F003, 0xE320_F002, 0xE160_0070, 0xE12F_FF23


def encode(row, read, rt=5):
    """MRC or MCR of a register, with r5."""
    opc1, crn, crm, opc2 = row if isinstance(row, tuple) else row.single
    coprocessor = 15 if isinstance(row, tuple) else row.coprocessor
    word = 0xEE00_0010 | opc1 << 21 | read << 20 | crn << 16 | rt << 12
    return word | coprocessor << 8 | opc2 << 5 | crm


def syndrome(row, read, rt=5, ec=3):
    """HSR of that trap: IL, CV and COND 0b1110."""
    opc1, crn, crm, opc2 = row if isinstance(row, tuple) else row.single
    iss = 1 << 24 | 0xE << 20 | opc2 << 17 | opc1 << 14 | crn << 10 | rt << 5 | crm << 1 | read
    return ec << 26 | 1 << 25 | iss


READ, WRITE = 1, 0
CONTROLS = [
    ("HCR", "TVM", cp15.SCTLR, WRITE),
    ("HCR", "TVM", cp15.DACR, WRITE),
    ("HCR", "TVM", cp15.CONTEXTIDR, WRITE),
    ("HCR", "TTLB", cp15.TLBIALL, WRITE),
    ("HCR", "TTLB", cp15.TLBIMVAIS, WRITE),
    ("HCR", "TPU", cp15.ICIALLU, WRITE),
    ("HCR", "TPU", cp15.DCCMVAU, WRITE),
    ("HCR", "TPC", cp15.DCCIMVAC, WRITE),
    ("HCR", "TSW", cp15.DCISW, WRITE),
    ("HCR", "TAC", cp15.ACTLR, READ),
    ("HCR", "TAC", cp15.ACTLR, WRITE),
    ("HCR", "TIDCP", cp15.L2CTLR, READ),
    ("HCR", "TIDCP", (0, 9, 1, 0), READ),
    ("HCR", "TIDCP", (3, 11, 15, 2), WRITE),
    ("HCR", "TID1", cp15.AIDR, READ),
    ("HCR", "TID2", cp15.CTR, READ),
    ("HCR", "TID2", cp15.CSSELR, WRITE),
    ("HCR", "TID3", cp15.ID_PFR0, READ),
    ("HCR", "TID3", (0, 0, 5, 3), READ),
    ("HCPTR", "TCPAC", cp15.CPACR, WRITE),
    ("HDCR", "TPM", cp15.PMCCNTR, READ),
    ("HDCR", "TPMCR", cp15.PMCR, READ),
    ("HSTR", "T13", cp15.TPIDRPRW, READ),
    ("HSTR", "T0", (0, 0, 5, 3), READ),
    ("HSTR", "T5", (0, 5, 3, 0), READ),
]


@pytest.mark.parametrize(("register", "field", "row", "read"), CONTROLS)
def test_a_control_traps_its_accesses_at_pl1_and_only_there(register, field, row, read):
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    control = cp15.BY_NAME[register].bit(field)
    rig.values[register] = control
    rig.run([NOP, encode(row, read)], r5=0)
    (taken,) = rig.exceptions
    assert (taken.slot, taken.to_mode, taken.pc) == (0x14, Mode.HYP, CODE + 4)
    assert taken.preferred_return == CODE + 4
    assert f"{taken.hsr:#010x}" == f"{syndrome(row, read):#010x}"
    free = Rig(Mode.SVC)
    free.fill_vectors()
    free.values["HCR"] = free.values["HSTR"] = 0
    free.values["HDCR"] = free.values["HCPTR"] = 0
    free.run([encode(row, read)], r5=0xC5_0078)
    unallocated = isinstance(row, tuple) and row[1] != 0
    assert [one.kind for one in free.exceptions] == (["Undefined"] if unallocated else [])


@pytest.mark.parametrize(
    ("word", "control", "hsr"),
    [
        (WFI, cp15.HCR.bit("TWI"), 0x07E0_0000),
        (WFE, cp15.HCR.bit("TWE"), 0x07E0_0001),
        (SMC, cp15.HCR.bit("TSC"), 0x4E00_0000),
    ],
)
def test_waits_and_calls_to_the_monitor(word, control, hsr):
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.values["HCR"] = control
    rig.run([word])
    assert f"{rig.exceptions[0].hsr:#010x}" == f"{hsr:#010x}"
    assert rig.exceptions[0].preferred_return == CODE


def test_a_wait_that_would_not_wait_is_not_trapped():
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.values["HCR"] = cp15.HCR.bit("TWE")
    rig.system.event = True
    rig.run([WFE])
    assert rig.exceptions == []
    assert not rig.system.event


def test_bxj_is_trapped_with_its_register():
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.values["HSTR"] = cp15.HSTR.bit("TJDBX")
    rig.run([BXJ_R3], r3=CODE)
    assert rig.exceptions[0].hsr == 0x2BE0_0003


@pytest.mark.parametrize(("mode", "kind"), [(Mode.SVC, "HypTrap"), (Mode.USR, "Undefined")])
def test_hstr_traps_what_is_undefined_otherwise_from_pl1_and_not_from_user_mode(mode, kind):
    rig = Rig(mode)
    rig.fill_vectors()
    rig.values["HSTR"] = cp15.HSTR.bit("T12")
    rig.run([encode(cp15.HVBAR, WRITE)])
    assert [one.kind for one in rig.exceptions] == [kind]


def test_lockdown_encodings_are_undefined_in_user_mode_whatever_tidcp_says():
    rig = Rig(Mode.USR)
    rig.fill_vectors()
    rig.values["HCR"] = cp15.HCR.bit("TIDCP")
    rig.run([encode((0, 9, 1, 0), READ)])
    assert [one.kind for one in rig.exceptions] == ["Undefined"]


def test_tge_takes_user_mode_exceptions_to_hyp_mode():
    rig = Rig(Mode.USR)
    rig.fill_vectors()
    rig.values["HCR"] = cp15.HCR.bit("TGE")
    rig.run([0xEF00_0012])
    assert (rig.exceptions[0].slot, rig.exceptions[0].hsr) == (0x14, 0x4600_0012)


def test_debug_registers_are_named_as_not_modelled_and_trapped_by_tda():
    word = 0xEE10_5E15  # MRC p14, 0, r5, c0, c5, 0: DBGDTRRXint
    rig = Rig(Mode.SVC)
    stop = rig.run([word])
    assert stop.sentence == "the debug register p14, 0, c0, c5, 0 (not modelled)"
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.values["HDCR"] = cp15.HDCR.bit("TDA")
    rig.run([word])
    assert rig.exceptions[0].hsr == syndrome((0, 0, 5, 0), READ, ec=5)


def test_hcr_fb_and_inner_shareable_invalidation_reach_every_cpu():
    first, second = Rig(Mode.SVC), Rig(Mode.SVC)
    first.system.peers = (first.system, second.system)

    def reached(row):
        """Whether the operation empties what the second CPU has found out."""
        second.cpu.mem.load32(CODE)
        assert second.system.context.views.read_words
        first.cpu.coproc.mcr(row, 0)
        return not second.system.context.views.read_words

    assert not reached(cp15.TLBIALL)
    assert reached(cp15.TLBIALLIS)
    first.values["HCR"] = cp15.HCR.bit("FB")
    assert reached(cp15.TLBIMVA)
