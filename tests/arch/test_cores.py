from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.arch.cores import CORES, CORTEX_A7, CORTEX_A12, CORTEX_A15, CORTEX_A17, Core
from hypgen.arch.registers import BY_NAME, CCSIDR, ID_MMFR3, ID_PFR1, MIDR, PMCR
from tests.oracle import run

cores = pytest.mark.parametrize("core", CORES.values(), ids=list(CORES))
IN_QEMU = (CORTEX_A7, CORTEX_A15)
"""The cores that QEMU has, too."""


@cores
def test_values_are_of_registers_that_exist_and_fit(core: Core):
    for name, value in {**core.registers, **core.reset}.items():
        assert 0 <= value <= BY_NAME[name].mask
    assert not set(core.registers) & set(core.reset)


@cores
def test_a_core_resets_only_what_the_architecture_leaves_open(core: Core):
    for name, value in core.reset.items():
        known = BY_NAME[name].reset
        assert value & known.known_mask == known.value


@cores
def test_the_extensions_that_hyp_mode_needs_are_there(core: Core):
    features = ID_PFR1.decode(core.registers["ID_PFR1"])
    assert features["Virtualization"] == features["Security"] == features["GenTimer"] == 1
    assert ID_MMFR3.decode(core.registers["ID_MMFR3"])["CMemSz"] == 2  # 40-bit physical addresses


@cores
def test_cache_geometry_is_a_power_of_two_and_agrees_with_the_line_sizes(core: Core):
    for select, value in core.cache_sizes.items():
        size = CCSIDR.decode(value)
        sets, ways, line = size["NumSets"] + 1, size["Associativity"] + 1, 16 << size["LineSize"]
        assert sets & (sets - 1) == 0
        assert (sets * ways * line) & (sets * ways * line - 1) == 0
        assert line == (core.instruction_line if select & 1 else core.data_line)


@cores
def test_hdcr_gives_hyp_mode_all_the_counters_there_are(core: Core):
    assert core.reset["HDCR"] & 0x1F == PMCR.decode(core.reset["PMCR"])["N"]


def test_part_numbers_are_arms():
    assert MIDR.decode(CORTEX_A15.midr)["PartNumber"] == 0xC0F
    assert MIDR.decode(CORTEX_A7.midr)["PartNumber"] == 0xC07
    assert MIDR.decode(CORTEX_A12.midr)["PartNumber"] == 0xC0D
    assert MIDR.decode(CORTEX_A17.midr)["PartNumber"] == 0xC0E


def test_mpidr_has_the_multiprocessing_format():
    assert CORTEX_A15.mpidr(0x102) == 0x8000_0102
    assert CORTEX_A15.mpidr(0, uniprocessor=True) == 0xC000_0000


def test_cbar_is_periphbase_above_and_below_4_gb():
    assert CORTEX_A15.cbar(0x0256_1000) == 0x0256_0000
    assert CORTEX_A15.cbar(0x08_2C00_1000) == 0x2C00_0008


def test_l2ctlr_counts_the_cpus():
    assert CORTEX_A15.l2ctlr(4) == 0x0380_0000


QEMU_DIFFERS = {
    # QEMU 7.2 reads MIDR where a core has no REVIDR of its own.
    "cortex-a15": {"REVIDR": 0x414F_C0F0, "ID_PFR1": 0x0001_1001, "ID_DFR0": 0x0201_0505},
    "cortex-a7": {"REVIDR": 0x410F_C075, "ID_PFR1": 0x0001_1001, "ID_DFR0": 0x0201_0505},
}
"""What `-M virt,virtualization=on` reads otherwise: it removes EL3, hence Security and Secure debug."""

PRINT_AND_STOP = """
    ldr r0, =0x84000008             @ PSCI SYSTEM_OFF
    smc #0
print:                              @ r0 as eight hexadecimal digits
    ldr r4, =0x09000000             @ PL011
    mov r5, #8
1:  ror r0, r0, #28
    and r6, r0, #15
    cmp r6, #10
    addlt r6, r6, #'0'
    addge r6, r6, #'a' - 10
    str r6, [r4]
    subs r5, r5, #1
    bne 1b
    mov r6, #10
    str r6, [r4]
    bx lr
    .ltorg
"""


@pytest.mark.parametrize("core", IN_QEMU, ids=[core.name for core in IN_QEMU])
@pytest.mark.oracle
def test_identification_registers_read_as_in_qemu(core: Core, tmp_path: Path, oracle_counter):
    count = oracle_counter("cores-qemu")
    names = [name for name in core.registers if BY_NAME[name].coprocessor == 15]
    code = [f"{BY_NAME[name].syntax(write=False, registers=['r0'])}\nbl print" for name in names]
    source, image = tmp_path / "ids.s", tmp_path / "ids.elf"
    source.write_text("\n".join([".global _start", "_start:", *code, PRINT_AND_STOP]))
    done = run(["arm-none-eabi-as", "-march=armv7ve", source, "-o", tmp_path / "ids.o"])
    assert done.returncode == 0, done.stderr
    done = run(["arm-none-eabi-ld", "-Ttext=0x40200000", tmp_path / "ids.o", "-o", image])
    assert done.returncode == 0, done.stderr
    machine = ["-M", "virt,virtualization=on", "-cpu", core.name, "-display", "none", "-serial", "stdio"]
    done = run(["qemu-system-arm", *machine, "-kernel", image])
    assert done.returncode == 0, done.stderr
    read = dict(zip(names, (int(line, 16) for line in done.stdout.split()), strict=True))
    expected = {name: core.registers[name] for name in names} | QEMU_DIFFERS[core.name]
    assert {n: hex(v) for n, v in read.items()} == {n: hex(v) for n, v in expected.items()}
    count(len(names))
