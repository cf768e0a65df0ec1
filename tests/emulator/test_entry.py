"""Exception entry: where each exception goes, what returns from it, and what the syndrome says."""

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.entry import take
from hypgen.emulator.exceptions import (
    Breakpoint,
    DataAbort,
    HypervisorCall,
    HypTrap,
    Interrupt,
    PrefetchAbort,
    SecureMonitorCall,
    SupervisorCall,
    Undefined,
)
from hypgen.emulator.faults import Fault, FaultKind
from tests.emulator.rig import RAM, SIZE, Rig

PC = 0x4000_9000
HVBAR, VBAR, MVBAR = RAM + 0x4000, RAM + 0x5000, RAM + 0x6000
TRANSLATION = Fault(FaultKind.TRANSLATION, 0x1234_5678, level=2)


def taken(mode, exception, **registers):
    rig = Rig(mode)
    rig.values["MVBAR"] = MVBAR
    for name, value in registers.items():
        rig.values[name] = value
    rig.cpu.write_cpsr(0x6000_0000 | mode)
    take(rig.cpu, exception, PC)
    return rig


# One line for each kind of exception from each mode that can raise it (DDI 0406C B1.9):
# exception, mode it is raised in, mode it is taken to, vector, what ELR_hyp or LR holds less the PC, HSR.
# HSR.IL reads as 0 where it is not valid: for EC 0, Prefetch Aborts, and Data Aborts without ISV.
ROUTES = [
    (Undefined(), Mode.HYP, Mode.HYP, HVBAR + 0x04, 0, 0x0000_0000),
    (Undefined(), Mode.SVC, Mode.UND, VBAR + 0x04, 4, None),
    (Undefined(), Mode.USR, Mode.UND, VBAR + 0x04, 4, None),
    (SupervisorCall(0x12), Mode.HYP, Mode.HYP, HVBAR + 0x08, 4, 0x4600_0012),
    (SupervisorCall(0x12), Mode.USR, Mode.SVC, VBAR + 0x08, 4, None),
    (HypervisorCall(0xFF), Mode.HYP, Mode.HYP, HVBAR + 0x08, 4, 0x4A00_00FF),
    (HypervisorCall(0xFF), Mode.SVC, Mode.HYP, HVBAR + 0x14, 4, 0x4A00_00FF),
    (HypervisorCall(0xFF), Mode.USR, Mode.UND, VBAR + 0x04, 4, None),
    (SecureMonitorCall(0), Mode.HYP, Mode.MON, MVBAR + 0x08, 4, None),
    (SecureMonitorCall(0), Mode.SVC, Mode.MON, MVBAR + 0x08, 4, None),
    (SecureMonitorCall(0), Mode.USR, Mode.UND, VBAR + 0x04, 4, None),
    (PrefetchAbort(TRANSLATION), Mode.HYP, Mode.HYP, HVBAR + 0x0C, 0, 0x8400_0006),
    (PrefetchAbort(TRANSLATION), Mode.SVC, Mode.ABT, VBAR + 0x0C, 4, None),
    (DataAbort(TRANSLATION), Mode.HYP, Mode.HYP, HVBAR + 0x10, 0, 0x9400_0006),
    (DataAbort(TRANSLATION), Mode.SVC, Mode.ABT, VBAR + 0x10, 8, None),
    (Breakpoint(1), Mode.HYP, Mode.HYP, HVBAR + 0x0C, 0, 0x8600_0022),
    (Breakpoint(1), Mode.SVC, Mode.ABT, VBAR + 0x0C, 4, None),
    (HypTrap(0x01, 1), Mode.SVC, Mode.HYP, HVBAR + 0x14, 0, 0x07E0_0001),
    (Interrupt(fiq=False), Mode.HYP, Mode.HYP, HVBAR + 0x18, 0, None),
    (Interrupt(fiq=True), Mode.HYP, Mode.HYP, HVBAR + 0x1C, 0, None),
    (Interrupt(fiq=False), Mode.SVC, Mode.IRQ, VBAR + 0x18, 4, None),
    (Interrupt(fiq=True), Mode.SVC, Mode.FIQ, VBAR + 0x1C, 4, None),
]


@pytest.mark.parametrize(
    ("exception", "mode", "target", "vector", "offset", "hsr"),
    ROUTES,
    ids=[f"{type(row[0]).__name__}-{row[1].name}" for row in ROUTES],
)
def test_each_exception_goes_where_the_manual_sends_it(exception, mode, target, vector, offset, hsr):
    rig = taken(mode, exception)
    cpu = rig.cpu
    assert (cpu.mode, cpu.r[15]) == (target, vector)
    assert (cpu.elr_hyp if target is Mode.HYP else cpu.r[14]) == PC + offset
    assert cpu.spsr == 0x6000_0000 | mode
    (record,) = rig.exceptions
    assert (record.slot, record.from_mode, record.to_mode) == (vector & 0x1F, mode, target)
    assert (record.hsr, record.pc, record.vector_pc) == (hsr, PC, vector)
    if hsr is not None:
        assert rig.values["HSR"] == hsr


# exception, mode, registers, mode taken to, vector
CONTROLS = [
    (Undefined(), Mode.USR, {"HCR": 1 << 27}, Mode.HYP, HVBAR + 0x14),
    (SupervisorCall(1), Mode.USR, {"HCR": 1 << 27}, Mode.HYP, HVBAR + 0x14),
    (DataAbort(TRANSLATION), Mode.USR, {"HCR": 1 << 27}, Mode.HYP, HVBAR + 0x14),
    (SupervisorCall(1), Mode.SVC, {"HCR": 1 << 27}, Mode.SVC, VBAR + 0x08),
    (SecureMonitorCall(0), Mode.SVC, {"HCR": 1 << 19}, Mode.HYP, HVBAR + 0x14),
    (SecureMonitorCall(0), Mode.HYP, {"HCR": 1 << 19}, Mode.MON, MVBAR + 0x08),
    (SecureMonitorCall(0), Mode.SVC, {"SCR": 0x1B1}, Mode.UND, VBAR + 0x04),
    (HypervisorCall(0), Mode.SVC, {"SCR": 0x031}, Mode.UND, VBAR + 0x04),
    (HypervisorCall(0), Mode.HYP, {"SCR": 0x031}, Mode.HYP, HVBAR + 0x04),
    (Breakpoint(0), Mode.SVC, {"HDCR": 1 << 8}, Mode.HYP, HVBAR + 0x14),
    (Interrupt(fiq=False), Mode.SVC, {"HCR": 1 << 4}, Mode.HYP, HVBAR + 0x18),
    (Interrupt(fiq=True), Mode.SVC, {"HCR": 1 << 3}, Mode.HYP, HVBAR + 0x1C),
    (Interrupt(fiq=False), Mode.HYP, {"SCR": 0x133}, Mode.MON, MVBAR + 0x18),
    (Interrupt(fiq=True), Mode.SVC, {"SCR": 0x135}, Mode.MON, MVBAR + 0x1C),
    (DataAbort(Fault(FaultKind.EXTERNAL, 0)), Mode.HYP, {"SCR": 0x139}, Mode.MON, MVBAR + 0x10),
    (DataAbort(TRANSLATION), Mode.HYP, {"SCR": 0x139}, Mode.HYP, HVBAR + 0x10),
    (DataAbort(Fault(FaultKind.TRANSLATION, 0, stage2=True, level=1)), Mode.SVC, {}, Mode.HYP, HVBAR + 0x14),
    (SupervisorCall(1), Mode.SVC, {"SCTLR_NS": 1 << 13}, Mode.SVC, 0xFFFF_0008),
]


@pytest.mark.parametrize(("exception", "mode", "registers", "target", "vector"), CONTROLS)
def test_controls_route_exceptions(exception, mode, registers, target, vector):
    rig = taken(mode, exception, **registers)
    assert (Mode(rig.cpu.mode), hex(rig.cpu.r[15])) == (target, hex(vector))


@pytest.mark.parametrize(
    ("scr", "masks"), [(0x131, 0b111), (0x139, 0b011), (0x135, 0b110), (0x133, 0b101), (0x13F, 0)]
)
def test_hyp_entry_masks_what_scr_does_not_send_to_monitor_mode(scr, masks):
    cpu = taken(Mode.SVC, HypervisorCall(0), SCR=scr).cpu
    assert cpu.a << 2 | cpu.i << 1 | cpu.f == masks


def test_hyp_entry_takes_endianness_and_instruction_set_from_hsctlr():
    rig = taken(Mode.SVC, HypervisorCall(0), HSCTLR=1 << 30 | 1 << 25)
    assert (rig.cpu.t, rig.cpu.e) == (1, 1)
    rig = taken(Mode.SVC, HypervisorCall(0), HSCTLR=0)
    assert (rig.cpu.t, rig.cpu.e) == (0, 0)


def test_pl1_entry_masks_irq_and_leaves_fiq_alone():
    cpu = taken(Mode.USR, SupervisorCall(0)).cpu
    assert (cpu.a, cpu.i, cpu.f) == (0, 1, 0)
    cpu = taken(Mode.USR, DataAbort(TRANSLATION)).cpu
    assert (cpu.a, cpu.i, cpu.f) == (1, 1, 0)
    cpu = taken(Mode.USR, Interrupt(fiq=True)).cpu
    assert (cpu.a, cpu.i, cpu.f) == (1, 1, 1)


def test_hyp_data_abort_reports_address_write_and_level():
    fault = Fault(FaultKind.PERMISSION, 0xABCD_0123, level=3, write=True)
    rig = taken(Mode.HYP, DataAbort(fault))
    assert rig.values["HSR"] == 0x25 << 26 | 1 << 6 | 0b001111
    assert rig.values["HDFAR"] == 0xABCD_0123
    assert rig.exceptions[0].far == 0xABCD_0123


def test_hyp_prefetch_abort_reports_its_address_in_hifar():
    rig = taken(Mode.HYP, PrefetchAbort(Fault(FaultKind.ACCESS_FLAG, 0x7000, level=1)))
    assert rig.values["HSR"] == 0x21 << 26 | 0b001001
    assert rig.values["HIFAR"] == 0x7000


def test_stage_2_fault_reports_the_ipa_and_the_walk():
    fault = Fault(FaultKind.TRANSLATION, 0x1000, level=3, stage2=True, on_walk=True, ipa=0x12_3456_7000)
    rig = taken(Mode.SVC, DataAbort(fault))
    assert rig.values["HPFAR"] == 0x1234_5670
    assert rig.values["HSR"] == 0x24 << 26 | 1 << 7 | 0b000111


def test_pl1_abort_reports_in_the_short_format_unless_eae_is_set():
    fault = Fault(FaultKind.TRANSLATION, 0x4444, level=2, write=True, domain=5)
    rig = taken(Mode.SVC, DataAbort(fault), TTBCR_NS=0)
    assert (rig.values["DFSR_NS"], rig.values["DFAR_NS"]) == (1 << 11 | 5 << 4 | 0b00111, 0x4444)
    rig = taken(Mode.SVC, DataAbort(fault), TTBCR_NS=1 << 31)
    assert rig.values["DFSR_NS"] == 1 << 11 | 1 << 9 | 0b000110


def test_monitor_entry_from_monitor_mode_makes_the_state_secure():
    rig = taken(Mode.MON, SecureMonitorCall(0), SCR=0x131)
    assert rig.values["SCR"] & 1 == 0
    assert rig.cpu.mode == Mode.MON


def test_an_abort_in_monitor_mode_is_taken_to_the_secure_state():
    rig = taken(Mode.MON, DataAbort(TRANSLATION), SCR=0x131, VBAR_S=0x8000, SCTLR_S=0)
    assert rig.cpu.mode == Mode.ABT
    assert rig.cpu.secure
    assert rig.cpu.r[15] == 0x8010
    assert rig.cpu.read_banked("SPSR_abt") == 0x6000_0016


def test_hvc_in_secure_state_is_undefined():
    rig = taken(Mode.SVC, HypervisorCall(0), SCR=0x100, VBAR_S=0x8000, SCTLR_S=0)
    assert (rig.cpu.mode, rig.cpu.r[15]) == (Mode.UND, 0x8004)
    assert rig.exceptions[0].why == "HVC is UNDEFINED in Secure state"


@pytest.mark.parametrize(
    ("mode", "scr", "strict", "to"),
    [
        (Mode.SVC, 0x81, False, Mode.UND),
        (Mode.SVC, 0x80, False, Mode.MON),
        (Mode.MON, 0x81, False, Mode.MON),
        (Mode.SVC, 0x80, True, Mode.UND),
    ],
)
def test_scr_scd_is_for_non_secure_state_and_with_strict_rules_for_secure_state(mode, scr, strict, to):
    rig = Rig(mode, strict=strict)
    rig.values["SCR"] = scr
    rig.fill_vectors()
    take(rig.cpu, SecureMonitorCall(0), PC)
    assert rig.exceptions[-1].to_mode == to


def test_firmware_may_answer_a_call_instead():
    rig = Rig(Mode.SVC)
    calls = []

    def firmware(cpu, conduit, imm):
        calls.append((conduit, imm))
        cpu.r[0] = 0xFFFF_FFFF
        return True

    rig.system.firmware = firmware
    rig.cpu.r[15] = 0
    take(rig.cpu, SecureMonitorCall(0), PC)
    assert (calls, rig.cpu.r[15], rig.cpu.mode) == ([("smc", 0)], PC + 4, Mode.SVC)
    assert rig.exceptions == []


def test_an_external_abort_on_the_third_level_of_a_walk_is_one_of_the_second_in_the_short_format():
    rig = taken(Mode.SVC, DataAbort(Fault(FaultKind.EXTERNAL_ON_WALK, 0x1000, level=3)))
    assert rig.cpu.coproc.values["DFSR_NS"] & 0x40F == 0b01110


END = RAM + SIZE
"""Where RAM ends: what is loaded from there on is an external abort."""
PARTLY_LOADED = {
    "ldm r1, {r1-r4}": (0xE891_001E, END - 8, {"r1": END - 8, "r2": 2, "r3": 0x33, "r4": 0x44}),
    "pop {r2-r4}": (0xE8BD_001C, END - 8, {"SP_hyp": END - 8, "r2": 1, "r3": 2, "r4": 0x44}),
    "ldrd r2, r3, [r1], #8": (0xE0C1_20D8, END - 4, {"r1": END - 4, "r2": 2, "r3": 0x33}),
    "vldm r1, {d0-d1}": (0xEC91_0B04, END - 8, {"d0": 0x2_0000_0001, "d1": 0x11}),
    "vldm r1, {d0-d1}, half of the second": (0xEC91_0B04, END - 4, {"d0": 0x10, "d1": 0x11}),
    "vld1.8 {d0-d1}, [r1]": (0xF421_0A0F, END - 12, {"d0": 0x1_0000_0000, "d1": 0x11}),
    "vld2.32 {d0-d1}, [r1]": (0xF421_088F, END - 12, {"d0": 0x2_0000_0000, "d1": 1}),
}
"""Instruction, where it loads from, and what its registers are after the abort."""


@pytest.mark.parametrize(("word", "at", "left"), PARTLY_LOADED.values(), ids=PARTLY_LOADED)
def test_what_was_loaded_before_a_data_abort_stays_and_the_base_is_as_it_was(word, at, left):
    rig = Rig(Mode.HYP)
    rig.fill_vectors()
    rig.words(END - 12, [0, 1, 2])
    rig.cpu.extension.content[:16] = (0x11 << 64 | 0x10).to_bytes(16, "little")
    rig.values |= {"FPEXC": 1 << 30, "CPACR": 0xF0_0000, "NSACR": 0xC00, "HCPTR": 0x33FF}
    rig.run([word], r1=at, SP_hyp=at, r2=0x22, r3=0x33, r4=0x44)
    assert rig.exceptions[-1].kind == "DataAbort"
    assert {name: rig.cpu.read(name) for name in left} == left
