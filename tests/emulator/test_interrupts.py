"""Interrupts and asynchronous aborts: what masks them, where they go, what they leave, and when."""

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator.interrupts import Line
from hypgen.emulator.memory import DeviceWindow
from hypgen.units import PhysAddr, Span
from tests.emulator.rig import CODE, LOOP, NOP, STR_R2_R3, Rig

HCR = {name: cp15.HCR.bit(name) for name in ("IMO", "FMO", "AMO", "VI", "VF", "VA", "TGE")}
SCR = {name: cp15.SCR.bit(name) for name in ("NS", "IRQ", "FIQ", "EA", "FW", "AW", "HCE")}
WFI, WFE, SEV, CPSIE_I = 0xE320_F003, 0xE320_F002, 0xE320_F004, 0xF108_0080
ADD_R0_R0_1 = 0xE280_0001


def rig_in(mode, masks=0, **values):
    rig = Rig(mode)
    rig.fill_vectors()
    rig.values["MVBAR"] = rig.values["HVBAR"]
    for name, value in values.items():
        rig.values[name] = value
    rig.cpu.write("CPSR", masks | mode)
    return rig


def taken(rig):
    """Slot and target of the one exception that was taken."""
    rig.run([NOP, NOP])
    (one,) = rig.exceptions
    assert one.preferred_return == CODE  # before anything was executed
    return one.slot, Mode(one.to_mode)


NON_SECURE = SCR["NS"] | SCR["HCE"] | SCR["FW"] | SCR["AW"]
A, I, F = 0x100, 0x80, 0x40  # noqa: E741  # the masks' names


# -- routing ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "mode", "values", "expected"),
    [
        (Line.IRQ, Mode.SVC, {}, (0x18, Mode.IRQ)),
        (Line.FIQ, Mode.SVC, {}, (0x1C, Mode.FIQ)),
        (Line.IRQ, Mode.USR, {"HCR": HCR["IMO"]}, (0x18, Mode.HYP)),
        (Line.FIQ, Mode.SVC, {"HCR": HCR["FMO"]}, (0x1C, Mode.HYP)),
        (Line.IRQ, Mode.HYP, {}, (0x18, Mode.HYP)),
        (Line.IRQ, Mode.SVC, {"SCR": NON_SECURE | SCR["IRQ"]}, (0x18, Mode.MON)),
        (Line.FIQ, Mode.HYP, {"SCR": NON_SECURE | SCR["FIQ"]}, (0x1C, Mode.MON)),
        (Line.ABORT, Mode.SVC, {}, (0x10, Mode.ABT)),
        (Line.ABORT, Mode.SVC, {"HCR": HCR["AMO"]}, (0x14, Mode.HYP)),
        (Line.ABORT, Mode.HYP, {}, (0x10, Mode.HYP)),
        (Line.ABORT, Mode.SVC, {"SCR": NON_SECURE | SCR["EA"]}, (0x10, Mode.MON)),
        (Line.VIRQ, Mode.SVC, {"HCR": HCR["IMO"]}, (0x18, Mode.IRQ)),
        (Line.VFIQ, Mode.USR, {"HCR": HCR["FMO"]}, (0x1C, Mode.FIQ)),
    ],
)
def test_a_line_goes_where_scr_and_hcr_send_it(line, mode, values, expected):
    rig = rig_in(mode, **values)
    rig.system.set_line(line, True)
    assert taken(rig) == expected


@pytest.mark.parametrize(
    ("bit", "enable", "slot"), [("VI", "IMO", 0x18), ("VF", "FMO", 0x1C), ("VA", "AMO", 0x10)]
)
def test_virtual_exceptions_of_hcr_are_taken_at_pl1(bit, enable, slot):
    rig = rig_in(Mode.SVC)
    rig.cpu.write("HCR", HCR[bit])
    rig.run([NOP])
    assert rig.exceptions == []  # not enabled
    rig.cpu.write("HCR", HCR[bit] | HCR[enable])
    rig.cpu.waiting = ""
    assert taken(rig)[0] == slot


@pytest.mark.parametrize(
    ("pending", "masks", "slot"),
    [
        (("VI", "VF", "VA"), 0, 0x18),
        (("VI", "VF", "VA"), I, 0x1C),
        (("VF", "VA"), 0, 0x1C),
        (("VI", "VA"), I, 0x10),
    ],
)
def test_of_several_virtual_exceptions_irq_is_first_and_the_abort_last(pending, masks, slot):
    rig = rig_in(Mode.SVC, masks)
    rig.cpu.write("HCR", sum(HCR[name] for name in (*pending, "IMO", "FMO", "AMO")))
    rig.run([NOP])
    assert rig.exceptions[0].slot == slot


def test_a_virtual_abort_is_taken_once_and_reports_an_asynchronous_abort():
    rig = rig_in(Mode.SVC)
    rig.cpu.write("HCR", HCR["VA"] | HCR["AMO"])
    assert taken(rig) == (0x10, Mode.ABT)
    assert rig.values["HCR"] == HCR["AMO"]
    assert rig.values["DFSR_NS"] == 0x406
    assert rig.cpu.read("LR_abt") == CODE + 8


def test_a_physical_abort_in_hyp_mode_reports_its_status_and_no_address():
    rig = rig_in(Mode.HYP, HDFAR=0x1234)
    rig.system.raise_abort("a write that the bus refused")
    taken(rig)
    assert (rig.values["HSR"], rig.values["HDFAR"]) == (0x9400_0011, 0x1234)
    assert rig.exceptions[0].why == "a write that the bus refused"


# -- masking ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "masks", "mode", "values", "pending"),
    [
        (Line.IRQ, I, Mode.SVC, {}, True),
        (Line.IRQ, I, Mode.SVC, {"HCR": HCR["IMO"]}, False),  # Hyp's business, not PL1's
        (Line.IRQ, I, Mode.HYP, {"HCR": HCR["IMO"]}, True),
        (Line.FIQ, F, Mode.SVC, {"SCR": NON_SECURE | SCR["FIQ"]}, True),
        (Line.FIQ, F, Mode.SVC, {"SCR": (NON_SECURE | SCR["FIQ"]) & ~SCR["FW"]}, False),
        (Line.ABORT, A, Mode.SVC, {"SCR": (NON_SECURE | SCR["EA"]) & ~SCR["AW"]}, False),
        (Line.VIRQ, I, Mode.SVC, {"HCR": HCR["IMO"]}, True),
        (Line.VIRQ, 0, Mode.HYP, {"HCR": HCR["IMO"]}, True),
        (Line.VIRQ, 0, Mode.SVC, {"HCR": HCR["IMO"] | HCR["TGE"]}, True),
    ],
)
def test_what_masks_a_line(line, masks, mode, values, pending):
    rig = rig_in(mode, masks, **values)
    rig.system.set_line(line, True)
    rig.run([NOP])
    assert (rig.exceptions == []) == pending


def test_an_interrupt_is_taken_when_it_is_unmasked():
    rig = rig_in(Mode.SVC, I)
    rig.system.set_line(Line.IRQ, True)
    rig.run([NOP, CPSIE_I, NOP])
    (one,) = rig.exceptions
    assert (one.slot, one.preferred_return, one.count) == (0x18, CODE + 8, 2)
    assert rig.cpu.read("LR_irq") == CODE + 12


def test_isr_shows_what_is_pending_to_the_mode_that_asks():
    rig = rig_in(Mode.SVC, I | F | A, HCR=HCR["IMO"])
    rig.system.set_line(Line.IRQ, True)
    rig.system.set_line(Line.FIQ, True)
    assert rig.cpu.coproc.mrc(cp15.ISR) == F  # the physical IRQ is Hyp's
    rig.system.set_line(Line.VIRQ, True)
    assert rig.cpu.coproc.mrc(cp15.ISR) == I | F
    rig.cpu.write("CPSR", 0x1C0 | Mode.HYP)
    assert rig.cpu.coproc.mrc(cp15.ISR) == I | F


# -- when ------------------------------------------------------------------------------------------------
class Bell:
    """A device that raises a line when it is written to."""

    def __init__(self, rig, line=Line.IRQ):
        self.rig, self.line = rig, line

    def read(self, offset, size):
        return 0

    def write(self, offset, size, value):
        self.rig.system.set_line(self.line, bool(value))


BELL = 0x3000_0000


def belled(mode=Mode.SVC, **values):
    rig = rig_in(mode, **values)
    rig.memory.add_device(DeviceWindow("bell", Span.sized(PhysAddr(BELL), 0x1000), Bell(rig)))
    return rig


def test_the_store_that_raises_a_line_is_the_last_instruction_before_it():
    rig = belled()
    rig.run([NOP, STR_R2_R3, ADD_R0_R0_1, ADD_R0_R0_1], r0=0, r2=1, r3=BELL)
    (one,) = rig.exceptions
    assert (one.preferred_return, one.count, rig.cpu.r[0]) == (CODE + 8, 2, 0)


def test_the_instruction_after_which_an_interrupt_comes_does_not_depend_on_how_the_run_is_cut():
    for cuts in ([100], [1] * 10, [2, 1, 97], [3, 97]):
        rig = belled()
        rig.words(CODE, [NOP, STR_R2_R3, ADD_R0_R0_1, LOOP])
        for name, value in {"r0": 0, "r2": 1, "r3": BELL, "pc": CODE}.items():
            rig.cpu.write(name, value)
        for cut in cuts:
            rig.runner.run(rig.cpu.count + cut)
        (one,) = rig.exceptions
        assert (one.preferred_return, one.count) == (CODE + 8, 2)


def test_a_line_that_was_taken_back_is_not_taken():
    rig = belled()
    rig.cpu.write("CPSR", I | Mode.SVC)
    rig.run([STR_R2_R3, 0xE3A0_2000, STR_R2_R3, CPSIE_I], r2=1, r3=BELL)
    assert rig.exceptions == []


# -- waiting ---------------------------------------------------------------------------------------------
def test_wfi_ends_with_a_masked_interrupt_and_wfe_does_not():
    rig = rig_in(Mode.SVC, I | F | A)
    rig.system.set_line(Line.IRQ, True)
    assert rig.run([WFI, ADD_R0_R0_1], r0=0).kind == "loop"
    assert rig.cpu.r[0] == 1
    assert rig.run([WFE, ADD_R0_R0_1], r0=0).kind == "wfi"


def test_wfe_takes_the_event_that_sev_set():
    rig = rig_in(Mode.SVC)
    assert rig.run([SEV, WFE, ADD_R0_R0_1], r0=0).kind == "loop"
    assert rig.run([WFE], r0=0).kind == "wfi"


def test_an_interrupt_leaves_a_branch_to_itself_and_returns_to_it():
    rig = rig_in(Mode.SVC)
    rig.run([NOP])
    rig.system.set_line(Line.IRQ, True)
    rig.runner.run(rig.cpu.count + 10)
    assert rig.exceptions[0].preferred_return == CODE + 4
