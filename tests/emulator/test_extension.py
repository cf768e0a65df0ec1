"""Who may use the Advanced SIMD and Floating-point Extensions, and the views of their registers."""

from __future__ import annotations

import pytest

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.arch.registers import CPACR, FPEXC, HCPTR, HCR, NSACR
from hypgen.emulator.exceptions import HypTrap, Undefined
from hypgen.emulator.extension import ExtensionRegisters, gate
from hypgen.errors import NotModelledError
from tests.emulator.execute.extension.bench import FpBench
from tests.emulator.rig import Rig

NS = 1


def bench(mode: Mode = Mode.SVC, **changes: int) -> FpBench:
    """A Non-secure CPU with everything granted, but for the registers given."""
    made = FpBench(mode)
    made.coproc.values.update({"SCR": NS, **changes})
    return made


def outcome(made: FpBench, simd: bool) -> str:
    try:
        gate(made.cpu, simd)()
    except Undefined as undefined:
        return undefined.why.split(":")[0].split(" disables")[0]
    except HypTrap as trap:
        return f"EC {trap.ec:#04x} ISS {trap.iss:#x}"
    return "granted"


FULL = CPACR.bit("cp10") | CPACR.bit("cp11")
PL1_ONLY = CPACR.field("cp10").put(CPACR.field("cp11").put(0, 1), 1)
BOTH = HCPTR.bit("TCP10") | HCPTR.bit("TCP11")
NO_ACCESS = "CPACR.cp10 is 0b00"
TRAPPED, TRAPPED_SIMD = "EC 0x07 ISS 0xa", "EC 0x07 ISS 0x20"


@pytest.mark.parametrize(
    ("mode", "changes", "floating_point", "simd"),
    [
        (Mode.SVC, {}, "granted", "granted"),
        (Mode.SVC, {"CPACR": 0}, NO_ACCESS, NO_ACCESS),
        (Mode.SVC, {"CPACR": PL1_ONLY}, "granted", "granted"),
        (Mode.USR, {"CPACR": PL1_ONLY}, "CPACR.cp10 is 0b01", "CPACR.cp10 is 0b01"),
        (Mode.SVC, {"CPACR": FULL | CPACR.bit("ASEDIS")}, "granted", "CPACR.ASEDIS or NSACR.NSASEDIS"),
        (
            Mode.SVC,
            {"NSACR": NSACR.bit("cp10") | NSACR.bit("NSASEDIS")},
            "granted",
            "CPACR.ASEDIS or NSACR.NSASEDIS",
        ),
        (Mode.SVC, {"NSACR": 0}, "NSACR.cp10 is 0", "NSACR.cp10 is 0"),
        (Mode.SVC, {"NSACR": 0, "SCR": 0}, "granted", "granted"),
        (Mode.SVC, {"FPEXC": 0}, "FPEXC.EN is 0", "FPEXC.EN is 0"),
        (Mode.SVC, {"HCPTR": BOTH}, TRAPPED, TRAPPED_SIMD),
        (Mode.USR, {"HCPTR": BOTH}, TRAPPED, TRAPPED_SIMD),
        (Mode.SVC, {"HCPTR": HCPTR.bit("TASE")}, "granted", TRAPPED_SIMD),
        (Mode.SVC, {"HCPTR": BOTH, "SCR": 0}, "granted", "granted"),
        # UNDEFINED for PL1's own reasons goes before the trap.
        (Mode.SVC, {"HCPTR": BOTH, "CPACR": 0}, NO_ACCESS, NO_ACCESS),
        (Mode.SVC, {"HCPTR": BOTH, "FPEXC": 0}, "FPEXC.EN is 0", "FPEXC.EN is 0"),
        # Hyp mode does not ask CPACR; NSACR makes HCPTR's bits read as one.
        (Mode.HYP, {"CPACR": 0}, "granted", "granted"),
        (Mode.HYP, {"HCPTR": BOTH}, TRAPPED, TRAPPED_SIMD),
        (Mode.HYP, {"NSACR": 0}, TRAPPED, TRAPPED_SIMD),
        (Mode.HYP, {"FPEXC": 0}, "FPEXC.EN is 0", "FPEXC.EN is 0"),
    ],
)
def test_access(mode, changes, floating_point, simd):
    assert outcome(bench(mode, **changes), simd=False) == floating_point
    assert outcome(bench(mode, **changes), simd=True) == simd


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CPACR": FULL | CPACR.bit("D32DIS")}, "CPACR.D32DIS"),
        ({"NSACR": NSACR.bit("cp10") | NSACR.bit("NSD32DIS")}, "NSACR.NSD32DIS"),
        ({"CPACR": CPACR.bit("cp10")}, "cp10 and cp11 must agree"),
        ({"HCPTR": HCPTR.bit("TCP11")}, "TCP10 and TCP11 must agree"),
    ],
)
def test_settings_that_are_not_modelled_are_named(changes, sentence):
    with pytest.raises(NotModelledError, match=sentence):
        gate(bench(**changes).cpu, simd=False)()


def granted(mode: Mode) -> Rig:
    rig = Rig(mode)
    rig.fill_vectors()
    rig.values.update(
        {"CPACR": FULL, "NSACR": NSACR.bit("cp10") | NSACR.bit("cp11"), "HCPTR": 0x33FF & ~BOTH}
    )
    rig.values.update({"FPEXC": FPEXC.bit("EN"), "FPSCR": 0, "HCR": 0})
    return rig


VADD, VADD_I8, VMRS_R3_MVFR0 = 0xEE30_0A20, 0xF200_0800, 0xEEF7_3A10


@pytest.mark.parametrize(("mode", "slot"), [(Mode.SVC, Vector.HYP_TRAP), (Mode.HYP, Vector.UNDEFINED)])
@pytest.mark.parametrize(("word", "iss"), [(VADD, 0xA), (VADD_I8, 0x20)])
def test_a_trapped_access_reports_its_class(mode, slot, word, iss):
    rig = granted(mode)
    rig.values["HCPTR"] |= BOTH
    rig.run([word])
    taken = rig.exceptions[0]
    assert (taken.slot, taken.hsr) == (slot, ExceptionClass.COPROCESSOR << 26 | 1 << 25 | 0x1E << 20 | iss)


def test_a_read_of_an_identification_register_is_trapped_by_its_group():
    rig = granted(Mode.SVC)
    rig.values["HCR"] = HCR.bit("TID3")
    rig.run([VMRS_R3_MVFR0])
    iss = 7 << 14 | 7 << 10 | 3 << 5 | 1
    assert rig.exceptions[0].hsr == ExceptionClass.CP10_MRC << 26 | 1 << 25 | 0x1E << 20 | iss


def test_every_view_shows_the_same_bytes():
    registers = ExtensionRegisters()
    registers.write("q1", 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100)
    assert registers.read("d3") == registers.d[3] == 0x0F0E_0D0C_0B0A_0908
    assert registers.read("s5") == registers.s[5] == 0x0706_0504
    assert registers.lanes(2, 1, 16) == (0x0100, 0x0302, 0x0504, 0x0706)
    registers.set_lanes(2, 8, [-1] * 3)
    assert registers.d[2] == 0x0706_0504_03FF_FFFF
    assert registers.lanes(2, 1, 8, signed=True)[:4] == (-1, -1, -1, 3)


def test_registers_have_their_names_in_the_cpu():
    made = FpBench()
    made.cpu.write("d1", 0x1_0000_0002)
    assert (made.cpu.read("s2"), made.cpu.read("s3"), made.cpu.read("q0")) == (2, 1, 0x1_0000_0002 << 64)
