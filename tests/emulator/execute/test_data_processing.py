"""Data processing against the manual's pseudocode, and the cases of the PC by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.execute.data_processing import OPERATIONS
from hypgen.emulator.execute.registry import Unpredictable
from tests.emulator.execute import manual
from tests.emulator.execute.harness import PC, Bench, encode

words = st.one_of(
    st.sampled_from([0, 1, 2, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]), st.integers(0, 2**32 - 1)
)
bits = st.integers(0, 1)
mnemonics = st.sampled_from(sorted(OPERATIONS))
COMPARES = {"TST", "TEQ", "CMP", "CMN"}
LOGICAL = {"AND", "EOR", "TST", "TEQ", "ORR", "MOV", "BIC", "MVN"}


def expected(
    mnemonic: str, a: int, b: str, shifter_carry: int, c: int, v: int
) -> tuple[int, tuple[int, int, int, int]]:
    """Result and N, Z, C, V of an operation on a and the shifted operand, by the pseudocode of A8.8."""
    x = manual.vector(a)
    if mnemonic in LOGICAL:
        result = {
            "AND": lambda: vector_op(x, b, lambda p, q: p & q),
            "TST": lambda: vector_op(x, b, lambda p, q: p & q),
            "EOR": lambda: vector_op(x, b, lambda p, q: p ^ q),
            "TEQ": lambda: vector_op(x, b, lambda p, q: p ^ q),
            "ORR": lambda: vector_op(x, b, lambda p, q: p | q),
            "BIC": lambda: vector_op(x, manual.NOT(b), lambda p, q: p & q),
            "MOV": lambda: b,
            "MVN": lambda: manual.NOT(b),
        }[mnemonic]()
        carry, overflow = shifter_carry, v
    else:
        operands = {
            "ADD": (x, b, 0),
            "CMN": (x, b, 0),
            "ADC": (x, b, c),
            "SUB": (x, manual.NOT(b), 1),
            "CMP": (x, manual.NOT(b), 1),
            "SBC": (x, manual.NOT(b), c),
            "RSB": (manual.NOT(x), b, 1),
            "RSC": (manual.NOT(x), b, c),
        }[mnemonic]
        result, carry, overflow = manual.AddWithCarry(*operands)
    return manual.UInt(result), (int(result[0]), int("1" not in result), carry, overflow)


def vector_op(x: str, y: str, op) -> str:
    return "".join(str(op(int(p), int(q))) for p, q in zip(x, y, strict=True))


def check(bench: Bench, mnemonic: str, s: int, a: int, b: str, carry: int, c: int, v: int) -> None:
    """The bench ran ``mnemonic`` with Rd = r3; n and z were 1 and 1 before."""
    result, flags = expected(mnemonic, a, b, carry, c, v)
    assert bench.r[3] == (0xDEAD if mnemonic in COMPARES else result)
    cpu = bench.cpu
    before = (1, 1, c, v)
    assert (cpu.n, cpu.z, cpu.c, cpu.v) == (flags if s or mnemonic in COMPARES else before)


def fields_for(mnemonic: str, s: int) -> dict[str, int]:
    fields = {"S": s, "Rd": 3, "Rn": 1}
    if mnemonic in COMPARES:
        del fields["S"], fields["Rd"]
    if mnemonic in ("MOV", "MVN"):
        del fields["Rn"]
    return fields


@given(mnemonics, bits, words, st.integers(0, 0xFFF), bits, bits)
def test_immediate_forms_follow_the_pseudocode(mnemonic, s, a, imm12, c, v):
    bench = Bench(r1=a, r3=0xDEAD, n=1, z=1, c=c, v=v)
    bench.run(f"{mnemonic} (immediate)", imm12=imm12, **fields_for(mnemonic, s))
    b, carry = manual.ARMExpandImm_C(imm12, c)
    check(bench, mnemonic, s, a, b, carry, c, v)


@given(mnemonics, bits, words, words, st.integers(0, 3), st.integers(0, 31), bits, bits)
def test_register_forms_follow_the_pseudocode(mnemonic, s, a, m, type_, imm5, c, v):
    bench = Bench(r1=a, r2=m, r3=0xDEAD, n=1, z=1, c=c, v=v)
    bench.run(f"{mnemonic} (register)", Rm=2, type=type_, imm5=imm5, **fields_for(mnemonic, s))
    b, carry = manual.Shift_C(manual.vector(m), *manual.DecodeImmShift(type_, imm5), c)
    check(bench, mnemonic, s, a, b, carry, c, v)


@given(mnemonics, bits, words, words, st.integers(0, 3), words, bits, bits)
def test_register_shifted_register_forms_follow_the_pseudocode(mnemonic, s, a, m, type_, amount, c, v):
    bench = Bench(r1=a, r2=m, r4=amount, r3=0xDEAD, n=1, z=1, c=c, v=v)
    bench.run(f"{mnemonic} (register-shifted register)", Rm=2, Rs=4, type=type_, **fields_for(mnemonic, s))
    srtype = ("LSL", "LSR", "ASR", "ROR")[type_]
    b, carry = manual.Shift_C(manual.vector(m), srtype, amount & 0xFF, c)
    check(bench, mnemonic, s, a, b, carry, c, v)


@pytest.mark.parametrize("name", ["ADD (immediate)", "ADD (register)", "EOR (register)"])
def test_the_destination_may_be_an_operand(name):
    bench = Bench(r1=0x8000_0001)
    bench.run(name, S=1, Rd=1, Rn=1, **({"imm12": 1} if "imm" in name else {"Rm": 1}))
    assert bench.r[1] == {"ADD (immediate)": 0x8000_0002, "ADD (register)": 2, "EOR (register)": 0}[name]


def test_the_pc_as_an_operand_reads_as_the_address_plus_8():
    assert Bench().run("ADD (immediate)", Rd=0, Rn=15, imm12=4).r[0] == PC + 12
    assert Bench(r1=1).run("ADD (register)", Rd=0, Rn=1, Rm=15).r[0] == PC + 9
    assert Bench().run("MOV (register)", Rd=0, Rm=15, imm5=1).r[0] == (PC + 8) * 2
    assert Bench().run("SUB (immediate)", Rd=0, Rn=15, imm12=8).r[0] == PC


def test_a_result_written_to_the_pc_interworks():
    bench = Bench(lr=0x2_0001).run("MOV (register)", Rd=15, Rm=14)
    assert (bench.r[15], bench.cpu.t) == (0x2_0000, 1)
    bench = Bench(lr=0x2_0000).run("MOV (register)", Rd=15, Rm=14)
    assert (bench.r[15], bench.cpu.t) == (0x2_0000, 0)
    with pytest.raises(Unpredictable, match="branch to 0x00020002: bits <1:0>"):
        Bench(lr=0x2_0002).run("MOV (register)", Rd=15, Rm=14)


def test_a_compare_leaves_the_pc_and_the_registers_alone():
    bench = Bench(r1=1).run("CMP (immediate)", Rn=1, imm12=1)
    assert (bench.r[15], bench.r[0], bench.nzcv) == (PC + 4, 0, "nZCv")


def test_subs_pc_lr_returns_from_the_exception_with_spsr():
    bench = Bench(Mode.IRQ, LR_irq=0x3_0004, SPSR_irq=0xA000_0010)
    bench.run("SUBS PC, LR and related (immediate)", opcode=0b0010, Rn=14, imm12=4)
    assert (bench.r[15], bench.cpu.mode, bench.nzcv) == (0x3_0000, Mode.USR, "NzCv")
    assert bench.system.asked == [("exception_returned",)]


def test_movs_pc_lr_returns_to_thumb_state_and_aligns_by_it():
    bench = Bench(Mode.SVC, LR_svc=0x3_0003, SPSR_svc=0x0000_003F)
    bench.run("SUBS PC, LR and related (register)", opcode=0b1101, Rm=14)
    assert (bench.r[15], bench.cpu.t, bench.cpu.mode) == (0x3_0002, 1, Mode.SYS)


def test_exception_returns_other_than_eret_are_undefined_in_hyp_mode():
    with pytest.raises(Undefined, match="in Hyp mode only ERET"):
        Bench(Mode.HYP, SPSR_hyp=0x1D3).run("SUBS PC, LR and related (register)", opcode=0b1101, Rm=14)


@pytest.mark.parametrize("mode", [Mode.USR, Mode.SYS])
def test_an_exception_return_without_spsr_is_unpredictable(mode):
    with pytest.raises(Unpredictable, match="which have no SPSR"):
        Bench(mode).run("SUBS PC, LR and related (register)", opcode=0b1101, Rm=14)


def test_movw_replaces_the_register_and_movt_its_top_half():
    bench = Bench(r1=0xFFFF_FFFF)
    assert bench.run("MOVW", Rd=1, imm4=0xA, imm12=0xBCD).r[1] == 0xABCD
    assert bench.run("MOVT", Rd=1, imm4=0x1, imm12=0x234).r[1] == 0x1234_ABCD


def test_operands_that_the_row_calls_unpredictable_are_refused_with_its_words():
    with pytest.raises(Unpredictable) as refused:
        Bench().run(encode("ADD (register-shifted register)", Rd=15))
    assert str(refused.value) == ("error[EMU-011]: ADD (register-shifted register): Rd == 15; A8.8.8")
