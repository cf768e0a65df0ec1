"""Loads and stores: addressing, writeback, extension, what aborts leave alone, blocks and exclusives."""

from __future__ import annotations

import pytest

from hypgen.arch.psr import Mode
from hypgen.arch.registers import SCTLR
from hypgen.emulator.exceptions import DataAbort, Undefined
from hypgen.emulator.execute.registry import Unpredictable
from hypgen.emulator.faults import FaultKind
from tests.emulator.execute.harness import PC, Bench, encode

A = 0x2_0000


def bench(mode: Mode = Mode.SVC, **registers: int) -> Bench:
    """With words 0x83828180, 0x87868584, ... at A - 16 to A + 16, and r1 = A."""
    content = [int.from_bytes(bytes(range(start, start + 4)), "little") for start in range(0x80, 0xA0, 4)]
    return Bench(mode, **{"r1": A, **registers}).words(A - 16, *content)


# P, U, W: where the access goes, and what becomes of the base
ADDRESSING = {
    "[r1, #4]": ((1, 1, 0), A + 4, A),
    "[r1, #-4]": ((1, 0, 0), A - 4, A),
    "[r1, #4]!": ((1, 1, 1), A + 4, A + 4),
    "[r1, #-4]!": ((1, 0, 1), A - 4, A - 4),
    "[r1], #4": ((0, 1, 0), A, A + 4),
    "[r1], #-4": ((0, 0, 0), A, A - 4),
}


@pytest.mark.parametrize(("puw", "address", "base"), ADDRESSING.values(), ids=ADDRESSING)
def test_addressing_of_words_by_immediate_and_register(puw, address, base):
    fields = dict(zip("PUW", puw, strict=True))
    for operands in ({"imm12": 4}, {"Rm": 2}, {"Rm": 3, "imm5": 2}, {"Rm": 4, "type": 1, "imm5": 1}):
        form = "immediate" if "imm12" in operands else "register"
        core = bench(r2=4, r3=1, r4=8)
        core.run(f"LDR ({form})", Rt=0, Rn=1, **fields, **operands)
        assert (core.r[0], core.r[1]) == (core.word(address), base)
        core = bench(r0=0x1234_5678, r2=4, r3=1, r4=8)
        core.run(f"STR ({form})", Rt=0, Rn=1, **fields, **operands)
        assert (core.word(address), core.r[1]) == (0x1234_5678, base)


@pytest.mark.parametrize(("puw", "address", "base"), ADDRESSING.values(), ids=ADDRESSING)
def test_addressing_of_halfwords_and_doublewords(puw, address, base):
    fields = dict(zip("PUW", puw, strict=True))
    for operands in ({"imm4H": 0, "imm4L": 4}, {"Rm": 2}):
        form = "register" if "Rm" in operands else "immediate"
        core = bench(r2=4).run(f"LDRH ({form})", Rt=0, Rn=1, **fields, **operands)
        assert (core.r[0], core.r[1]) == (core.word(address) & 0xFFFF, base)
        core = bench(r2=4).run(f"LDRD ({form})", Rt=6, Rn=1, **fields, **operands)
        assert core.r[6:8] == [core.word(address), core.word(address + 4)]
        assert core.r[1] == base
        core = bench(r2=4, r6=5, r7=6).run(f"STRD ({form})", Rt=6, Rn=1, **fields, **operands)
        assert (core.word(address), core.word(address + 4), core.r[1]) == (5, 6, base)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LDR (immediate)", 0x9392_9190),
        ("LDRB (immediate)", 0x90),
        ("LDRH (immediate)", 0x9190),
        ("LDRSB (immediate)", 0xFFFF_FF90),
        ("LDRSH (immediate)", 0xFFFF_9190),
    ],
)
def test_loads_extend_as_their_name_says(name, value):
    assert bench().run(name, Rt=0, Rn=1, P=1, U=1).r[0] == value


@pytest.mark.parametrize(
    ("name", "word"), [("STR", 0xAABB_CCDD), ("STRB", 0x9392_91DD), ("STRH", 0x9392_CCDD)]
)
def test_stores_write_their_size_only(name, word):
    assert bench(r0=0xAABB_CCDD).run(f"{name} (immediate)", Rt=0, Rn=1, P=1, U=1).word(A) == word


@pytest.mark.parametrize("name", ["LDR", "LDRB", "LDRH", "LDRSB", "LDRSH"])
@pytest.mark.parametrize("up", [0, 1])
def test_literals_are_relative_to_the_pc_plus_8(name, up):
    core = Bench().words(PC + 8 + (16 if up else -16), 0x1234_5678)
    offset = {"imm12": 16} if name in ("LDR", "LDRB") else {"imm4H": 1}
    core.run(f"{name} (literal)", Rt=0, U=up, **offset)
    assert core.r[0] == {4: 0x1234_5678, 2: 0x5678, 1: 0x78}[4 if name == "LDR" else 2 if "H" in name else 1]


def test_ldrd_literal_loads_a_pair():
    core = Bench().words(PC + 8 + 4, 1, 2).run("LDRD (literal)", Rt=0, U=1, imm4L=4)
    assert core.r[:2] == [1, 2]


def test_the_pc_is_stored_as_its_address_plus_8():
    assert bench().run("STR (immediate)", Rt=15, Rn=1, P=1, U=1).word(A) == PC + 8
    assert bench().run("STM (STMIA, STMEA)", Rn=1, register_list=0x8001).word(A + 4) == PC + 8


def test_a_load_of_the_pc_interworks_after_the_writeback():
    core = bench().words(A, 0x3_0001).run("LDR (immediate)", Rt=15, Rn=1, U=1, imm12=4)
    assert (core.r[15], core.cpu.t, core.r[1]) == (0x3_0000, 1, A + 4)


def test_a_load_of_the_pc_from_an_unaligned_address_is_unpredictable():
    with pytest.raises(Unpredictable, match="from 0x00020002, which is not word-aligned"):
        bench(r1=A + 2).run("LDR (immediate)", Rt=15, Rn=1, P=1, U=1)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("LDR (immediate)", {"Rt": 0, "P": 1, "U": 1, "W": 1, "imm12": 4}),
        ("LDR (immediate)", {"Rt": 0, "P": 0, "U": 1, "W": 0, "imm12": 4}),
        ("STR (immediate)", {"Rt": 0, "P": 1, "U": 1, "W": 1, "imm12": 4}),
        ("LDRD (immediate)", {"Rt": 2, "P": 1, "U": 1, "W": 1}),
        ("LDM/LDMIA/LDMFD", {"W": 1, "register_list": 0x801C}),
        ("STM (STMIA, STMEA)", {"W": 1, "register_list": 0x801C}),
        ("STMDB (STMFD)", {"W": 1, "register_list": 0x801C}),
        ("LDREX", {"Rt": 0}),
    ],
)
def test_an_abort_leaves_every_register_as_it_was(name, fields):
    core = bench()
    core.memory.aborting = {A >> 12, A - 4 >> 12}
    before = [*core.r[:15], PC + 4]
    with pytest.raises(DataAbort):
        core.run(name, Rn=1, **fields)
    assert core.r == before


def test_an_abort_in_the_middle_of_a_block_comes_before_any_register_is_written():
    core = bench(r1=A + 0xFF8)
    core.memory.aborting = {(A >> 12) + 1}
    before = [*core.r[:15], PC + 4]
    with pytest.raises(DataAbort) as abort:
        core.run("LDM/LDMIA/LDMFD", Rn=1, W=1, register_list=0x801C)
    assert (core.r, abort.value.fault.va) == (before, A + 0x1000)


@pytest.mark.parametrize("name", ["LDR", "LDRB", "LDRH", "LDRSB", "LDRSH", "STR", "STRB", "STRH"])
def test_unprivileged_accesses_are_post_indexed_and_made_as_from_user_mode(name):
    core = bench(r0=0x55).run(f"{name}T (register)", Rt=0, Rn=1, Rm=0, U=1)
    kind, va, _size, unprivileged = core.memory.accesses[-1]
    assert (kind, va, unprivileged) == ("load" if "LD" in name else "store", A, True)
    assert core.r[1] == A + 0x55
    with pytest.raises(Unpredictable, match=r"unprivileged load or store .* in Hyp mode"):
        bench(Mode.HYP).run(f"{name}T (immediate)", Rt=0, Rn=1, U=1)


BLOCKS = {
    "IA": ("LDM/LDMIA/LDMFD", "STM (STMIA, STMEA)", A, A + 12),
    "IB": ("LDMIB/LDMED", "STMIB (STMFA)", A + 4, A + 12),
    "DA": ("LDMDA/LDMFA", "STMDA (STMED)", A - 8, A - 12),
    "DB": ("LDMDB/LDMEA", "STMDB (STMFD)", A - 12, A - 12),
}


@pytest.mark.parametrize(("load", "store", "lowest", "base"), BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("writeback", [0, 1])
def test_block_transfers_go_from_the_lowest_register_at_the_lowest_address(
    load, store, lowest, base, writeback
):
    core = bench().run(load, Rn=1, W=writeback, register_list=0b1_0010_0100)
    assert [core.r[2], core.r[5], core.r[8]] == [core.word(lowest + offset) for offset in (0, 4, 8)]
    assert core.r[1] == (base if writeback else A)
    core = bench(r2=2, r5=5, r8=8).run(store, Rn=1, W=writeback, register_list=0b1_0010_0100)
    assert [core.word(lowest + offset) for offset in (0, 4, 8)] == [2, 5, 8]
    assert core.r[1] == (base if writeback else A)


def test_the_base_may_be_loaded_and_is_stored_as_it_was():
    assert bench().run("LDM/LDMIA/LDMFD", Rn=1, register_list=0b11).r[:2] == [0x9392_9190, 0x9796_9594]
    core = bench().run("STM (STMIA, STMEA)", Rn=1, W=1, register_list=0b10)
    assert (core.word(A), core.r[1]) == (A, A + 4)


def test_a_block_load_of_the_pc_interworks():
    core = bench().words(A, 7, 0x3_0001).run("LDM/LDMIA/LDMFD", Rn=1, W=1, register_list=0x8001)
    assert (core.r[0], core.r[1], core.r[15], core.cpu.t) == (7, A + 8, 0x3_0000, 1)


def test_block_transfers_must_be_aligned():
    for name in ("LDM/LDMIA/LDMFD", "STM (STMIA, STMEA)", "LDRD (immediate)"):
        more = {"Rt": 2, "P": 1, "U": 1} if "LDRD" in name else {"register_list": 1}
        with pytest.raises(DataAbort) as abort:
            bench(r1=A + 2).run(name, Rn=1, **more)
        assert abort.value.fault.kind is FaultKind.ALIGNMENT


def test_user_registers_are_transferred_from_another_modes_bank():
    core = bench(Mode.FIQ, r7=7, r8_fiq=0xF8, r8_usr=0xA8, SP_fiq=0xFD, SP_usr=0xAD, LR_usr=0xAE)
    core.run("STM (User registers)", Rn=1, U=1, register_list=0xE180)
    assert [core.word(A + offset) for offset in range(0, 20, 4)] == [7, 0xA8, 0xAD, 0xAE, PC + 8]
    core.run("LDM (User registers)", Rn=1, P=1, U=1, register_list=0x6100)
    assert [core.cpu.read_banked(name) for name in ("r8_usr", "SP_usr", "LR_usr")] == [0xA8, 0xAD, 0xAE]
    assert (core.r[8], core.r[13], core.r[1]) == (0xF8, 0xFD, A)


@pytest.mark.parametrize("name", ["LDM (User registers)", "STM (User registers)", "LDM (exception return)"])
def test_block_transfers_with_caret_are_undefined_in_hyp_mode_and_unpredictable_without_spsr(name):
    with pytest.raises(Undefined, match="in Hyp mode"):
        bench(Mode.HYP).run(name, Rn=1, U=1, register_list=1)
    for mode in (Mode.USR, Mode.SYS):
        with pytest.raises(Unpredictable, match="User or System mode"):
            bench(mode).run(name, Rn=1, U=1, register_list=1)


def test_ldm_exception_return_writes_back_in_the_old_mode_and_loads_the_pc_last():
    core = bench(Mode.ABT, SP_abt=A, SPSR_abt=0x4000_0010).words(A, 5, 0x3_0002)
    core.run("LDM (exception return)", Rn=13, U=1, W=1, register_list=1)
    assert (core.r[0], core.r[15], core.cpu.mode, core.nzcv) == (5, 0x3_0000, Mode.USR, "nZcv")
    assert core.cpu.read_banked("SP_abt") == A + 8


@pytest.mark.parametrize(
    ("suffix", "size", "value"), [("", 4, 0x9392_9190), ("B", 1, 0x90), ("H", 2, 0x9190)]
)
def test_exclusives_store_while_the_monitor_holds(suffix, size, value):
    core = bench(r2=0xAABB_CCDD).run(f"LDREX{suffix}", Rt=0, Rn=1)
    assert (core.r[0], core.system.monitor) == (value, (A, size))
    core.run(f"STREX{suffix}", Rd=3, Rt=2, Rn=1)
    assert core.r[3] == 0
    assert core.word(A) & (1 << 8 * size) - 1 == 0xAABB_CCDD & (1 << 8 * size) - 1
    core.run(f"STREX{suffix}", Rd=3, Rt=0, Rn=1)
    assert (core.r[3], core.word(A) & 0xFF) == (1, 0xDD)


def test_doubleword_exclusives_keep_the_order_of_their_words_in_both_endiannesses():
    for e in (0, 1):
        core = bench(r2=0x0102_0304, r3=0x0506_0708, e=e)
        core.run("LDREXD", Rt=4, Rn=1).run("STREXD", Rd=0, Rt=2, Rn=1)
        assert core.r[0] == 0
        assert core.run("LDRD (immediate)", Rt=6, Rn=1, P=1, U=1).r[6:8] == [0x0102_0304, 0x0506_0708]
        assert core.run("LDREXD", Rt=8, Rn=1).r[8:10] == [0x0102_0304, 0x0506_0708]


@pytest.mark.parametrize(("name", "misalignment"), [("LDREX", 2), ("LDREXH", 1), ("LDREXD", 4)])
def test_load_exclusives_must_be_aligned_to_their_size(name, misalignment):
    with pytest.raises(DataAbort) as abort:
        bench(r1=A + misalignment).run(name, Rn=1, Rt=2)
    assert (abort.value.fault.kind, abort.value.fault.va) == (FaultKind.ALIGNMENT, A + misalignment)


@pytest.mark.parametrize(("name", "misalignment"), [("STREX", 2), ("STREXH", 1), ("STREXD", 4)])
def test_a_store_exclusive_to_what_is_not_aligned_is_not_made(name, misalignment):
    core = bench(r1=A + misalignment, r2=7, r3=7).run(name, Rd=0, Rt=2, Rn=1)
    assert (core.r[0], core.word(A)) == (1, 0x9392_9190)


def test_swp_needs_sctlr_sw_and_is_undefined_in_hyp_mode():
    word = encode("SWP, SWPB", Rt=0, Rt2=2, Rn=1)
    with pytest.raises(Undefined, match=r"because SCTLR\.SW is 0"):
        bench().run(word)
    with pytest.raises(Undefined, match="in Hyp mode"):
        bench(Mode.HYP).run(word)
    core = bench(r2=0x1234_5678)
    core.coproc.values["SCTLR"] = SCTLR.bit("SW")
    core.run(word)
    assert (core.r[0], core.word(A)) == (0x9392_9190, 0x1234_5678)
    assert core.run("SWP, SWPB", B=1, Rt=0, Rt2=3, Rn=1).r[0] == 0x78
    assert core.word(A) == 0x1234_5600


def test_data_is_big_endian_with_cpsr_e():
    core = bench(e=1)
    assert core.run("LDR (immediate)", Rt=0, Rn=1, P=1, U=1).r[0] == 0x9091_9293
    assert core.run("LDRH (immediate)", Rt=0, Rn=1, P=1, U=1).r[0] == 0x9091
