from __future__ import annotations

import pytest

from hypgen.arch.cores import CORES, CORTEX_A7, CORTEX_A15, Core
from hypgen.arch.registers import BY_NAME, CCSIDR, ID_MMFR3, ID_PFR1, MIDR, PMCR

cores = pytest.mark.parametrize("core", CORES.values(), ids=list(CORES))


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


def test_mpidr_has_the_multiprocessing_format():
    assert CORTEX_A15.mpidr(0x102) == 0x8000_0102
    assert CORTEX_A15.mpidr(0, uniprocessor=True) == 0xC000_0000


def test_cbar_is_periphbase_above_and_below_4_gb():
    assert CORTEX_A15.cbar(0x0256_1000) == 0x0256_0000
    assert CORTEX_A15.cbar(0x08_2C00_1000) == 0x2C00_0008


def test_l2ctlr_counts_the_cpus():
    assert CORTEX_A15.l2ctlr(4) == 0x0380_0000
