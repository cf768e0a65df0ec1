"""MRS, MSR, CPS and SETEND, and which modes may name which registers."""

from __future__ import annotations

import pytest

from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.arch.psr import Mode
from hypgen.decode.table import decode_a32
from hypgen.emulator.cpu import BANKED_NAMES
from hypgen.emulator.execute.registry import Unpredictable, ends_block
from tests.emulator.execute.harness import Bench, encode


def test_mrs_hides_the_execution_state_of_the_cpsr_but_not_of_an_spsr():
    assert Bench(Mode.ABT, n=1, c=1, q=1, ge=0xA, e=1, j=1, it=0xFF).run("MRS", Rd=0).r[0] == 0xA80A_03D7
    assert Bench(Mode.ABT, SPSR_abt=0x6F0F_FFFF).run("MRS", Rd=0, R=1).r[0] == 0x6F0F_FFFF


def test_msr_writes_the_bytes_of_its_mask():
    for mask, cpsr in (
        (8, 0xF800_01D3),
        (4, 0x000F_01D3),
        (2, 0x0000_03D3),
        (1, 0x0000_01DF),
        (15, 0xF80F_03DF),
    ):
        assert Bench(r1=0xFFFF_FFDF).run("MSR (register)", Rn=1, mask=mask).cpu.cpsr() == cpsr


def test_msr_immediate_expands_its_constant():
    assert Bench().run("MSR (immediate)", mask=8, imm12=0x4A0).nzcv == "NzCv"
    assert Bench().run("MSR (immediate)", mask=1, imm12=0xD7).cpu.mode == Mode.ABT


def test_msr_never_changes_the_execution_state():
    bench = Bench(r1=0x0700_FC33).run("MSR (register)", Rn=1, mask=15)
    assert (bench.cpu.t, bench.cpu.j, bench.cpu.it) == (0, 0, 0)


def test_user_mode_may_write_flags_ge_and_endianness_only():
    bench = Bench(Mode.USR, r1=0xFFFF_FFFF).run("MSR (register)", Rn=1, mask=15)
    assert bench.cpu.cpsr() == 0xF80F_03D0


def test_a_mode_change_changes_the_bank():
    bench = Bench(Mode.SVC, SP_svc=1, SP_irq=2, r1=0xD2).run("MSR (register)", Rn=1, mask=1)
    assert bench.r[13] == 2


ENTRIES = [
    ("no mode", Mode.SVC, 0, 0x14, r"0x14 to CPSR\.M, which is no mode"),
    ("Monitor from Non-secure state", Mode.SVC, 1, Mode.MON, "Monitor mode from Non-secure state"),
    ("Hyp from Secure state", Mode.SVC, 0, Mode.HYP, "entering Hyp mode"),
    ("Hyp from Non-secure PL1", Mode.SVC, 1, Mode.HYP, "entering Hyp mode"),
    ("Hyp from Monitor for Secure state", Mode.MON, 0, Mode.HYP, "entering Hyp mode"),
    ("out of Hyp", Mode.HYP, 1, Mode.SVC, "leaving Hyp mode other than by an exception return"),
]


@pytest.mark.parametrize(
    ("mode", "ns", "new", "sentence"), [row[1:] for row in ENTRIES], ids=[row[0] for row in ENTRIES]
)
def test_mode_changes_that_the_manual_calls_unpredictable(mode, ns, new, sentence):
    bench = Bench(mode, r1=0x1C0 | new)
    bench.coproc.values["SCR"] = ns
    with pytest.raises(Unpredictable, match=sentence):
        bench.run("MSR (register)", Rn=1, mask=1)
    with pytest.raises(Unpredictable, match=sentence):
        bench.run("CPS", M=1, mode=new)


def test_hyp_mode_is_entered_from_monitor_mode_for_non_secure_state():
    bench = Bench(Mode.MON)
    bench.coproc.values["SCR"] = 1
    assert bench.run("CPS", M=1, mode=Mode.HYP).cpu.mode == Mode.HYP


def test_cps_changes_masks_and_mode_and_is_a_nop_in_user_mode():
    bench = Bench(Mode.SVC).run("CPS", imod=2, I=1, F=1)
    assert (bench.cpu.a, bench.cpu.i, bench.cpu.f, bench.cpu.mode) == (1, 0, 0, Mode.SVC)
    bench.run("CPS", imod=3, I=1, M=1, mode=Mode.IRQ)
    assert (bench.cpu.a, bench.cpu.i, bench.cpu.f, bench.cpu.mode) == (1, 1, 0, Mode.IRQ)
    assert Bench(Mode.USR).run("CPS", imod=2, A=1, M=1, mode=Mode.SVC).cpu.cpsr() == 0x1D0


def test_setend_changes_endianness_in_every_mode():
    for mode in Mode:
        assert Bench(mode).run("SETEND", E=1).cpu.e == 1
        assert Bench(mode, e=1).run("SETEND", E=0).cpu.e == 0


def test_msr_of_an_spsr_writes_all_but_the_reserved_bits_that_qemu_does_not_keep():
    bench = Bench(Mode.UND, r1=0xFFFF_FF3F).run("MSR (register)", Rn=1, R=1, mask=15)
    assert bench.cpu.spsr == 0xFF1F_FF3F
    with pytest.raises(Unpredictable, match=r"0x00 to SPSR\.M, which is no mode"):
        Bench(Mode.UND).run("MSR (register)", Rn=1, R=1, mask=1)


@pytest.mark.parametrize("mode", [Mode.USR, Mode.SYS])
def test_modes_without_an_spsr_cannot_name_it(mode):
    for name, fields in (("MRS", {"Rd": 0}), ("MSR (register)", {"Rn": 0, "mask": 8})):
        with pytest.raises(Unpredictable, match="have no SPSR"):
            Bench(mode).run(name, R=1, **fields)


def test_every_banked_register_has_an_encoding():
    assert set(BANKED_REGISTERS.values()) == set(BANKED_NAMES)


# Table B9-1 and its notes: from which modes each register may be named, by the mode's suffix.
EVERY = {"fiq", "irq", "svc", "mon", "abt", "hyp", "und", "sys"}
MAY_NAME = {
    **{f"r{number}_usr": {"fiq"} for number in range(8, 13)},
    "SP_usr": EVERY - {"sys"},
    "LR_usr": EVERY - {"sys", "hyp"},
    **{f"r{number}_fiq": EVERY - {"fiq"} for number in range(8, 13)},
    **{
        f"{register}_{bank}": EVERY - {bank}
        for bank in ("fiq", "irq", "svc", "abt", "und")
        for register in ("SP", "LR", "SPSR")
    },
    **{f"{register}_mon": EVERY - {"mon"} for register in ("SP", "LR", "SPSR")},
    "SP_hyp": {"mon"},
    "SPSR_hyp": {"mon"},
    "ELR_hyp": {"mon", "hyp"},
}


@pytest.mark.parametrize(("key", "name"), BANKED_REGISTERS.items(), ids=BANKED_REGISTERS.values())
def test_banked_registers_may_be_named_from_the_modes_of_the_table(key, name):
    fields = dict(zip(("R", "M", "M1"), key, strict=True))
    for mode in Mode:
        for ns in (0, 1):
            bench = Bench(mode, **{name: 0x1234_5678})
            bench.coproc.values["SCR"] = ns
            allowed = mode.suffix in MAY_NAME[name]
            if name.endswith("_mon"):
                allowed = allowed and not ns
            if allowed:
                bench.run("MRS (Banked register)", Rd=1, **fields)
                assert bench.r[1] == 0x1234_5678
                bench.cpu.r[2] = 0x8765_4321
                bench.run("MSR (Banked register)", Rn=2, **fields)
                assert bench.cpu.read_banked(name) == 0x8765_4321
            else:
                with pytest.raises(Unpredictable, match=name if mode is not Mode.USR else "User mode"):
                    bench.run("MRS (Banked register)", Rd=1, **fields)


def test_only_an_msr_of_the_control_bytes_ends_a_block():
    def ends(**fields: int) -> bool:
        insn = decode_a32(encode("MSR (register)", **fields))
        assert insn is not None
        return ends_block(insn)

    assert ends(mask=1)
    assert ends(mask=2)
    assert not ends(mask=12)
    assert not ends(R=1, mask=15)
