"""What the vectors do not show: short vectors, conditions, and the flags that VCMP sets."""

from __future__ import annotations

import pytest

from hypgen.arch.registers import FPSCR
from hypgen.emulator.exceptions import Undefined
from tests.emulator.execute.extension.bench import FpBench

ONE, TWO, NAN, SIGNALLING = 0x3F80_0000, 0x4000_0000, 0x7FC0_0000, 0x7F80_0001


@pytest.mark.parametrize("field", ["Len", "Stride"])
@pytest.mark.parametrize(
    "name", ["VADD (floating-point), scalar", "VMOV (immediate), scalar", "VFMA, VFMS, scalar"]
)
def test_short_vectors_are_undefined(name, field):
    with pytest.raises(Undefined, match="asks for short vectors"):
        FpBench(fpscr=FPSCR.field(field).put(0, 1)).run(name)


def test_comparisons_do_not_mind_short_vectors():
    FpBench(fpscr=FPSCR.field("Len").put(0, 1)).run("VCMP, VCMPE")


@pytest.mark.parametrize(
    ("left", "right", "e", "nzcv", "invalid"),
    [
        (ONE, TWO, 0, 0b1000, 0),
        (ONE, ONE, 0, 0b0110, 0),
        (TWO, ONE, 0, 0b0010, 0),
        (NAN, ONE, 0, 0b0011, 0),
        (NAN, ONE, 1, 0b0011, 1),
        (SIGNALLING, ONE, 0, 0b0011, 1),
    ],
)
def test_a_comparison_sets_the_flags_of_fpscr(left, right, e, nzcv, invalid):
    bench = FpBench(fpscr=0xF000_0000)
    bench.s[0], bench.s[1] = left, right
    bench.run("VCMP, VCMPE", Vd=0, Vm=0, M=1, E=e)
    assert bench.fpscr == nzcv << 28 | invalid


def test_an_instruction_whose_condition_fails_is_not_checked_for_access():
    bench = FpBench(z=0)
    bench.coproc.values["CPACR"] = 0
    bench.run("VADD (floating-point), scalar", cond=0)
    with pytest.raises(Undefined, match="CPACR"):
        bench.run("VADD (floating-point), scalar")


def test_cumulative_flags_stay():
    bench = FpBench(fpscr=FPSCR.bit("OFC"))
    bench.s[0], bench.s[1] = ONE, 0
    bench.run("VDIV", Vd=1, Vn=0, Vm=0, M=1)
    assert (bench.s[2], bench.fpscr) == (0x7F80_0000, FPSCR.bit("OFC") | FPSCR.bit("DZC"))
