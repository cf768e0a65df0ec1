"""Exception-generating instructions, ERET, RFE and SRS."""

from __future__ import annotations

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import (
    Breakpoint,
    DataAbort,
    HypervisorCall,
    SecureMonitorCall,
    SupervisorCall,
    Undefined,
)
from hypgen.emulator.execute.registry import Unpredictable
from hypgen.errors import NotModelledError
from tests.emulator.execute.harness import PC, Bench

A = 0x2_0000


@pytest.mark.parametrize(
    ("name", "fields", "exception", "imm"),
    [
        ("SVC", {"imm24": 0xAB_1234}, SupervisorCall, 0x1234),
        ("HVC", {"imm12": 0xABC, "imm4": 0xD}, HypervisorCall, 0xABCD),
        ("SMC", {"imm4": 5}, SecureMonitorCall, 5),
        ("BKPT", {"imm12": 0xABC, "imm4": 0xD}, Breakpoint, 0xABCD),
    ],
)
def test_calls_raise_their_exception_with_the_immediate(name, fields, exception, imm):
    with pytest.raises(exception) as raised:
        Bench().run(name, **fields)
    assert raised.value.imm == imm


def test_udf_is_undefined_and_says_which():
    with pytest.raises(Undefined, match="UDF #0xabcd is permanently UNDEFINED"):
        Bench().run("UDF", imm12=0xABC, imm4=0xD)


def test_eret_in_hyp_mode_returns_to_elr_hyp():
    bench = Bench(Mode.HYP, ELR_hyp=0x3_0000, SPSR_hyp=0x6000_01D3, lr=0x4_0000).run("ERET")
    assert (bench.r[15], bench.cpu.mode, bench.nzcv) == (0x3_0000, Mode.SVC, "nZCv")
    assert bench.system.asked == [("exception_returned",)]


def test_eret_elsewhere_returns_to_lr():
    bench = Bench(Mode.MON, LR_mon=0x3_0004, SPSR_mon=0x1DA)
    bench.coproc.values["SCR"] = 1
    bench.run("ERET")
    assert (bench.r[15], bench.cpu.mode) == (0x3_0004, Mode.HYP)


def test_eret_restores_thumb_state_and_it():
    bench = Bench(Mode.HYP, ELR_hyp=0x3_0003, SPSR_hyp=0x0600_FC30).run("ERET")
    assert (bench.r[15], bench.cpu.t, bench.cpu.it) == (0x3_0002, 1, 0xFF)


@pytest.mark.parametrize("mode", [Mode.USR, Mode.SYS])
def test_eret_without_an_spsr_is_unpredictable(mode):
    with pytest.raises(Unpredictable, match="ERET in User or System mode"):
        Bench(mode).run("ERET")


def test_a_return_to_monitor_mode_from_hyp_mode_is_unpredictable():
    bench = Bench(Mode.HYP, SPSR_hyp=0x1D6)
    bench.coproc.values["SCR"] = 1
    with pytest.raises(Unpredictable, match="Monitor mode from Non-secure state"):
        bench.run("ERET")


def test_a_return_to_jazelle_state_is_not_modelled():
    with pytest.raises(NotModelledError, match="Jazelle or ThumbEE"):
        Bench(Mode.SVC, SPSR_svc=0x0100_0010).run("ERET")


# P, U of RFE and SRS: the distance from the base to the lower word, and to the new base
PAIRS = {"DA": ((0, 0), -4, -8), "IA": ((0, 1), 0, 8), "DB": ((1, 0), -8, -8), "IB": ((1, 1), 4, 8)}


@pytest.mark.parametrize(("pu", "lower", "change"), PAIRS.values(), ids=PAIRS)
def test_rfe_loads_pc_and_cpsr(pu, lower, change):
    bench = Bench(Mode.SVC, r1=A).words(A + lower, 0x3_0000, 0x9000_0010)
    bench.run("RFE", Rn=1, P=pu[0], U=pu[1], W=1)
    assert (bench.r[15], bench.cpu.mode, bench.nzcv, bench.r[1]) == (0x3_0000, Mode.USR, "NzcV", A + change)


@pytest.mark.parametrize(("pu", "lower", "change"), PAIRS.values(), ids=PAIRS)
def test_srs_stores_lr_and_spsr_on_the_named_modes_stack(pu, lower, change):
    bench = Bench(Mode.IRQ, LR_irq=0x3_0000, SPSR_irq=0x9000_0010, SP_svc=A, SP_irq=5)
    bench.run("SRS", P=pu[0], U=pu[1], W=1, mode=Mode.SVC)
    assert (bench.word(A + lower), bench.word(A + lower + 4)) == (0x3_0000, 0x9000_0010)
    assert (bench.cpu.read_banked("SP_svc"), bench.r[13]) == (A + change, 5)


def test_srs_to_the_current_modes_and_the_system_modes_stack():
    bench = Bench(Mode.IRQ, LR_irq=1, SP_irq=A, SP_usr=A + 64)
    assert bench.run("SRS", P=1, W=1, mode=Mode.IRQ).r[13] == A - 8
    assert bench.run("SRS", P=1, W=1, mode=Mode.SYS).cpu.read_banked("SP_usr") == A + 56


def test_an_aborted_srs_and_rfe_change_nothing():
    for name, fields in (("SRS", {"mode": Mode.SVC}), ("RFE", {"Rn": 13})):
        bench = Bench(Mode.SVC, SP_svc=A)
        bench.memory.aborting = {A >> 12}
        with pytest.raises(DataAbort):
            bench.run(name, U=1, W=1, **fields)
        assert bench.r[13:] == [A, 0, PC + 4]


def test_rfe_and_srs_are_undefined_in_hyp_mode():
    for name, fields in (("RFE", {"Rn": 1}), ("SRS", {"mode": Mode.SVC})):
        with pytest.raises(Undefined, match="UNDEFINED in Hyp mode"):
            Bench(Mode.HYP).run(name, **fields)


def test_rfe_and_srs_where_the_manual_calls_them_unpredictable():
    with pytest.raises(Unpredictable, match="RFE in User mode"):
        Bench(Mode.USR).run("RFE", Rn=1)
    for mode in (Mode.USR, Mode.SYS):
        with pytest.raises(Unpredictable, match="SRS in User or System mode"):
            Bench(mode).run("SRS", mode=Mode.SVC)
    with pytest.raises(Unpredictable, match="SRS with the stack of mode 0x14, which is no mode"):
        Bench(Mode.SVC).run("SRS", mode=0x14)
    with pytest.raises(Unpredictable, match="SRS: mode == 26"):
        Bench(Mode.SVC).run("SRS", mode=Mode.HYP)
    bench = Bench(Mode.SVC)
    bench.coproc.values["SCR"] = 1
    with pytest.raises(Unpredictable, match="Monitor mode's stack in Non-secure state"):
        bench.run("SRS", mode=Mode.MON)
