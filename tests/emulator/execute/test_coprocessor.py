"""Which coprocessor instructions reach the system registers, and which are UNDEFINED."""

from __future__ import annotations

import pytest

from hypgen.arch.registers import HSCTLR, HTTBR, MIDR
from hypgen.emulator.exceptions import Undefined
from hypgen.errors import NotModelledError
from tests.emulator.execute.harness import Bench


def single(row) -> dict[str, int]:
    opc1, crn, crm, opc2 = row.single
    return {"coproc": row.coprocessor, "opc1": opc1, "CRn": crn, "CRm": crm, "opc2": opc2}


def test_mcr_and_mrc_reach_the_register_that_their_fields_name():
    bench = Bench(r3=0x30C5_0830).run("MCR", Rt=3, **single(HSCTLR))
    assert bench.coproc.written == [("HSCTLR", 0x30C5_0830)]
    bench.coproc.values["MIDR"] = 0x412F_C0F1
    assert bench.run("MRC", Rt=4, **single(MIDR)).r[4] == 0x412F_C0F1


def test_mrc_to_apsr_sets_the_flags_only():
    bench = Bench()
    bench.coproc.values["MIDR"] = 0xAFFF_FFFF
    assert bench.run("MRC", Rt=15, **single(MIDR)).nzcv == "NzCv"


def test_mcrr_and_mrrc_move_the_low_word_by_rt():
    opc1, crm = HTTBR.pair
    fields = {"coproc": 15, "opc1": opc1, "CRm": crm, "Rt": 2, "Rt2": 3}
    bench = Bench(r2=0x8000_1000, r3=0x8).run("MCRR", **fields)
    assert bench.coproc.written == [("HTTBR", 0x8_8000_1000)]
    bench.coproc.values["HTTBR"] = 0x9_0000_0005
    assert bench.run("MRRC", **fields).r[2:4] == [5, 9]


@pytest.mark.parametrize("name", ["MCR", "MRC", "CDP", "MCR2", "MRC2", "CDP2"])
def test_absent_coprocessors_are_undefined(name):
    with pytest.raises(Undefined, match=f"{name} to p7"):
        Bench().run(name, coproc=7)


@pytest.mark.parametrize("name", ["MCRR", "MRRC", "MCRR2", "MRRC2"])
def test_pairs_of_absent_coprocessors_are_undefined(name):
    with pytest.raises(Undefined, match=f"{name} to p7"):
        Bench().run(name, coproc=7, Rt=0, Rt2=1)


def test_an_encoding_without_a_register_is_undefined():
    with pytest.raises(Undefined, match=r"p15, \(7, 8, 9, 6\) is no register"):
        Bench().run("MRC", Rt=0, coproc=15, opc1=7, CRn=8, CRm=9, opc2=6)
    with pytest.raises(Undefined, match="p15, 15, c3 is no 64-bit register"):
        Bench().run("MRRC", Rt=0, Rt2=1, coproc=15, opc1=15, CRm=3)


def test_reserved_identification_registers_read_as_zero():
    assert Bench(r1=5).run("MRC", Rt=1, coproc=15, CRm=3, opc2=1).r[1] == 0


@pytest.mark.parametrize("name", ["LDC (immediate)", "STC"])
def test_ldc_and_stc_exist_for_debug_registers_only(name):
    with pytest.raises(NotModelledError, match="debug register"):
        Bench().run(name, coproc=14, U=1, P=1)
    with pytest.raises(Undefined, match="of p6 is UNDEFINED"):
        Bench().run(name, coproc=6, U=1, P=1)
