"""Core registers: banking, PSRs, names."""

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import BANKED_NAMES
from tests.emulator.rig import Rig


def test_every_mode_has_its_own_sp_but_user_and_system_share_one():
    cpu = Rig().cpu
    for number, mode in enumerate(Mode):
        cpu.change_mode(mode)
        cpu.r[13] = 0x1000 + number
    kept = {}
    for mode in Mode:
        cpu.change_mode(mode)
        kept[mode.name] = cpu.r[13]
    assert kept.pop("SYS") == kept["USR"]
    assert len(set(kept.values())) == len(kept)


def test_hyp_mode_shares_lr_with_user_mode():
    cpu = Rig().cpu
    cpu.r[14] = 0x1234
    cpu.change_mode(Mode.USR)
    assert cpu.r[14] == 0x1234
    cpu.change_mode(Mode.SVC)
    assert cpu.r[14] != 0x1234
    assert cpu.read("LR_usr") == 0x1234


def test_only_fiq_mode_banks_r8_to_r12():
    cpu = Rig().cpu
    cpu.r[8:13] = [1, 2, 3, 4, 5]
    cpu.change_mode(Mode.FIQ)
    assert cpu.r[8:13] != [1, 2, 3, 4, 5]
    cpu.r[8:13] = [6, 7, 8, 9, 10]
    cpu.change_mode(Mode.IRQ)
    assert cpu.r[8:13] == [1, 2, 3, 4, 5]
    assert [cpu.read(f"r{number}_fiq") for number in range(8, 13)] == [6, 7, 8, 9, 10]


def test_the_register_list_is_the_same_object_in_every_mode():
    cpu = Rig().cpu
    captured = cpu.r
    for mode in Mode:
        cpu.change_mode(mode)
        assert cpu.r is captured


@pytest.mark.parametrize("value", [0x600F_DFD3, 0x0000_01DA, 0xF900_0030, 0x8600_FC13])
def test_the_cpsr_reads_as_written(value):
    cpu = Rig().cpu
    cpu.write_cpsr(value)
    assert cpu.cpsr() == value


def test_each_exception_mode_has_an_spsr_and_user_mode_has_none():
    cpu = Rig().cpu
    for mode in Mode:
        cpu.change_mode(mode)
        cpu.spsr = 0x1000 + mode
    for mode in Mode:
        cpu.change_mode(mode)
        assert cpu.spsr == (0x1000 + mode if mode.has_spsr else 0)
        assert cpu.has_spsr == mode.has_spsr


def test_registers_are_read_and_written_by_architectural_name():
    cpu = Rig().cpu
    for name in (*BANKED_NAMES, "r0", "r12", "SP", "LR", "PC", "SPSR", "HVBAR", "HTTBR", "SCTLR_NS"):
        cpu.write(name, 0x2000)
        assert cpu.read(name) == 0x2000, name
    cpu.write("CPSR", 0x1D3)
    assert cpu.mode == Mode.SVC


def test_a_banked_register_of_the_current_mode_is_the_general_register():
    cpu = Rig(Mode.SVC).cpu
    cpu.write_banked("SP_svc", 0x4444)
    assert cpu.r[13] == 0x4444
    cpu.r[13] = 0x5555
    assert cpu.read_banked("SP_svc") == 0x5555


def test_a_name_that_is_no_register_is_refused():
    cpu = Rig().cpu
    with pytest.raises(KeyError):
        cpu.read("LR_hyp")
    with pytest.raises(KeyError):
        cpu.write("SP_xyz", 1)


def test_a_register_banked_by_security_is_the_copy_of_the_current_state():
    rig = Rig(Mode.SVC)
    rig.values["SCTLR_S"], rig.values["SCTLR_NS"] = 0x10, 0x20
    assert rig.cpu.read("SCTLR") == 0x20
    rig.values["SCR"] = 0
    assert rig.cpu.read("SCTLR") == 0x10
