"""The processors that boards name: identification values, and what resets to a core's own value.

Sources: the Technical Reference Manuals (Cortex-A15 DDI 0438, Cortex-A7 DDI 0464), as QEMU 7.2 has
their values too (target/arm/cpu_tcg.c); where the two differ a comment says so. The level 2 cache's
size is the integrator's choice: the largest that the core allows stands here, since software that
copes with it copes with less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hypgen.arch.registers import CBAR, CTR, HDCR, MIDR, MPIDR, PMCR


@dataclass(frozen=True)
class Core:
    """One processor model.

    ``registers`` holds the read-only registers whose value the model fixes, ``reset`` the reset
    values that the architecture leaves to the model (all bits known), ``cache_sizes`` CCSIDR by
    CSSELR value; a CSSELR that is not a key makes CCSIDR UNKNOWN.
    """

    name: str
    title: str
    registers: Mapping[str, int]
    reset: Mapping[str, int]
    cache_sizes: Mapping[int, int]

    @property
    def midr(self) -> int:
        """The Main ID Register."""
        return self.registers["MIDR"]

    @property
    def ctr(self) -> int:
        """The Cache Type Register."""
        return self.registers["CTR"]

    @property
    def clidr(self) -> int:
        """The Cache Level ID Register."""
        return self.registers["CLIDR"]

    @property
    def data_line(self) -> int:
        """Bytes of the smallest data or unified cache line: the step of a maintenance loop."""
        return 4 << CTR.field("DminLine").get(self.ctr)

    @property
    def instruction_line(self) -> int:
        """Bytes of the smallest instruction cache line."""
        return 4 << CTR.field("IminLine").get(self.ctr)

    def mpidr(self, affinity: int, *, uniprocessor: bool = False) -> int:
        """MPIDR of the CPU with the given affinity fields: Multiprocessing Extensions format (MP = 1)."""
        return MPIDR.bit("MP") | (MPIDR.bit("U") if uniprocessor else 0) | affinity

    def cbar(self, distributor: int) -> int:
        """CBAR of a system whose GIC distributor is at the 40-bit address ``distributor``.

        PERIPHBASE is 32 KB aligned and the distributor lies within its first page or two.
        """
        low = distributor & CBAR.bit("PERIPHBASE_low")
        return low | CBAR.field("PERIPHBASE_high").put(0, distributor >> 32)

    def l2ctlr(self, cpus: int) -> int:
        """L2CTLR of a cluster of ``cpus``: their number less one, and the interrupt controller's bit."""
        return (cpus - 1) << 24 | 1 << 23


def _core(
    name: str, title: str, registers: dict[str, int], reset: dict[str, int], caches: dict[int, int]
) -> Core:
    counters = PMCR.field("N").get(reset["PMCR"])
    resets = {"HDCR": HDCR.field("HPMN").put(0, counters), **reset}
    return Core(name, title, MappingProxyType(registers), MappingProxyType(resets), MappingProxyType(caches))


# What the Cortex-A7 and A15 have in common: ARMv7-A with the same extensions.
_COMMON = {
    "TCMTR": 0x0000_0000,
    "TLBTR": 0x0000_0000,  # unified TLB
    "ID_PFR0": 0x0000_1131,  # ARM, Thumb-2, trivial Jazelle, ThumbEE
    "ID_PFR1": 0x0001_1011,  # Generic Timer, Virtualization, Security
    "ID_DFR0": 0x0201_0555,
    "ID_AFR0": 0x0000_0000,
    "ID_MMFR2": 0x0124_0000,
    "ID_MMFR3": 0x0210_2211,  # 40-bit addresses, coherent walk, broadcast maintenance
    "ID_ISAR0": 0x0210_1110,
    "ID_ISAR1": 0x1311_2111,
    "ID_ISAR2": 0x2123_2041,
    "ID_ISAR3": 0x1111_2131,
    "ID_ISAR4": 0x1001_1142,
    "ID_ISAR5": 0x0000_0000,
    "CLIDR": 0x0A20_0023,  # split level 1, unified level 2; LoUIS 1, LoC 2, LoUU 1
    "AIDR": 0x0000_0000,
    "MVFR0": 0x1011_0222,
    "MVFR1": 0x1111_1111,
}
_RESET = {
    "HACTLR": 0,
    "HACR": 0,
    "L2ECTLR": 0,
    "DBGOSLSR": 0b1010,  # v7.1 Debug: an OS Lock without save and restore registers, locked at reset
}

CORTEX_A15 = _core(
    "cortex-a15",
    "ARM Cortex-A15 MPCore",
    {
        **_COMMON,
        "MIDR": 0x414F_C0F0,  # r4p0, as QEMU
        "REVIDR": 0x0000_0000,
        "CTR": 0x8444_C004,  # 64-byte lines, PIPT instruction cache
        "ID_MMFR0": 0x1020_1105,
        "ID_MMFR1": 0x2000_0000,
        "FPSID": 0x4104_30F0,
        "DBGDIDR": 0x3515_F021,
        "DBGDEVID": 0x0111_0F13,
        "DBGDEVID1": 0x0000_0000,
    },
    {**_RESET, "ACTLR": 0x0000_0000, "L2ACTLR": 0x0000_0000, "PMCR": 0x410F_3000},
    {
        0: 0x701F_E00A,  # level 1 data: 32 KB, 2 ways, 64-byte lines
        1: 0x201F_E00A,  # level 1 instruction: 32 KB, 2 ways, 64-byte lines
        2: 0x71FF_E07A,  # level 2: 4 MB, 16 ways, 64-byte lines; QEMU 7.2 has 0x711FE07A, 2304 sets
    },
)

CORTEX_A7 = _core(
    "cortex-a7",
    "ARM Cortex-A7 MPCore",
    {
        **_COMMON,
        "MIDR": 0x410F_C075,  # r0p5, as QEMU
        "REVIDR": 0x0000_0000,
        "CTR": 0x8444_8003,  # data lines 64 bytes, instruction lines 32 bytes; VIPT instruction cache
        "ID_MMFR0": 0x1010_1105,
        "ID_MMFR1": 0x4000_0000,
        "FPSID": 0x4102_3075,
        "DBGDIDR": 0x3515_F005,
        "DBGDEVID": 0x0111_0F13,
        "DBGDEVID1": 0x0000_0001,
    },
    {**_RESET, "ACTLR": 0x0000_6000, "PMCR": 0x4107_2000},  # ACTLR.L1PCTL is 0b11; QEMU 7.2 has 0
    {
        # QEMU 7.2 gives the Cortex-A15's values here; these are the Cortex-A7's own geometry.
        0: 0x700F_E01A,  # level 1 data: 32 KB, 4 ways, 64-byte lines
        1: 0x203F_E009,  # level 1 instruction: 32 KB, 2 ways, 32-byte lines
        2: 0x70FF_E03A,  # level 2: 1 MB, 8 ways, 64-byte lines
    },
)


def _cortex_a12_kind(name: str, title: str, midr: int, fpsid: int) -> Core:
    """A Cortex-A12, or its successor with the same extensions and caches."""
    part, variant, revision = MIDR.field("PartNumber"), MIDR.field("Variant"), MIDR.field("Revision")
    return _core(
        name,
        title,
        {
            **_COMMON,
            "MIDR": midr,
            "REVIDR": 0x0000_0000,
            "CTR": 0x8444_8004,  # 64-byte lines, VIPT instruction cache
            "ID_MMFR0": 0x1020_1105,
            "ID_MMFR1": 0x2000_0000,
            "FPSID": fpsid,
            "DBGDIDR": 0x3515_F000 | variant.get(midr) << 4 | revision.get(midr),
            "DBGDEVID": 0x0111_0F13,
            "DBGDEVID1": 0x0000_0000,
        },
        {**_RESET, "ACTLR": 0x0000_0000, "PMCR": 0x4100_3000 | (part.get(midr) & 0xFF) << 16},
        {
            0: 0x700F_E01A,  # level 1 data: 32 KB, 4 ways, 64-byte lines
            1: 0x200F_E01A,  # level 1 instruction: 32 KB, 4 ways, 64-byte lines; 64 KB is an option
            2: 0x73FF_E07A,  # level 2: 8 MB, 16 ways, 64-byte lines
        },
    )


# The part numbers are those of Trusted Firmware-A (include/lib/cpus/aarch32) and Linux (mm/proc-v7.S);
# FPSID and the kinds of caches are from memory of what Linux prints on such CPUs. The manuals (DDI 0461 and
# DDI 0535) were not at hand: the feature registers are the Cortex-A15's, whose extensions these processors
# have. QEMU knows neither.
CORTEX_A12 = _cortex_a12_kind("cortex-a12", "ARM Cortex-A12 MPCore", 0x410F_C0D1, 0x4103_30D0)
CORTEX_A17 = _cortex_a12_kind("cortex-a17", "ARM Cortex-A17 MPCore", 0x411F_C0E1, 0x4103_30E0)

CORES: Mapping[str, Core] = MappingProxyType(
    {core.name: core for core in (CORTEX_A7, CORTEX_A12, CORTEX_A15, CORTEX_A17)}
)
"""Every known processor by the name that a board gives."""
