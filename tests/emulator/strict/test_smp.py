"""SMP: what needs more than a planted defect: the monitor across guests."""

from hypgen.arch.psr import Mode
from hypgen.selftest.bench import Setting, run
from tests.emulator.rig import CODE, ERET, RAM, Rig

LDREX_R2_R3 = 0xE193_2F9F
HVC_0 = 0xE140_0070
CLREX = 0xF57F_F01F
MCRR_VTTBR_R4_R5 = 0xEC45_4F62
ISB = 0xF57F_F06F


def switched(*handler):
    """A guest with stage 2 that executes LDREX and a hypercall, whose handler changes the VMID."""
    rig = Rig(Mode.SVC, strict=True, tlb_clean=True)
    rig.fill_vectors()
    tables = RAM + 0x20_0000
    for number in range(4):
        rig.store64(tables + 8 * number, number << 30 | 0x7FD)
    rig.values["VTCR"], rig.values["VTTBR"], rig.values["HCR"] = 0x8000_0040, 1 << 48 | tables, 1
    rig.values["SCTLR_NS"] = 0x00C5_0078
    rig.cpu.system.registers_set()
    rig.words(rig.values["HVBAR"] + 0x14, [0xEA00_0009])
    rig.words(rig.values["HVBAR"] + 0x40, [MCRR_VTTBR_R4_R5, *handler, ERET])
    rig.run([LDREX_R2_R3, HVC_0], r3=CODE + 0x100, r4=tables, r5=2 << 16)
    return [one.rule for one in rig.findings if one.rule.startswith("SMP")]


def test_an_open_monitor_is_not_handed_to_another_guest():
    assert switched() == ["SMP-003"]


def test_clrex_closes_it():
    assert switched(CLREX) == []


STORES = "ldr r0, =DATA\n mov r1, #1\n str r1, [r0]\n str r1, [r0, #64]\n"
SCAN = "ldr r0, =DATA\n mov r4, #64\n1: subs r4, r4, #1\n bne 1b\n ldr r2, [r0]\n"
POLL = "ldr r0, =DATA\n1: ldr r2, [r0, #64]\n cmp r2, #1\n bne 1b\n ldr r2, [r0]\n"


def reported(second, *, mmu):
    """Rules that ``second`` breaks on another CPU than STORES."""
    return [one.rule for one in run(STORES, Setting(mmu=mmu, second=second)).findings]


def test_what_another_cpu_stores_may_be_looked_at_in_strongly_ordered_memory():
    """As a bakery does, whose tickets are read while others draw theirs."""
    assert reported(SCAN, mmu=False) == []


def test_not_so_in_normal_memory():
    assert reported(SCAN, mmu=True) == ["SMP-001"]


def test_nor_does_it_need_barriers_behind_a_flag_in_the_same_block():
    """What arrives at one block of memory arrives there in the order of each CPU's program."""
    assert reported(POLL, mmu=False) == []
    assert reported(POLL, mmu=True) == ["SMP-001"]
