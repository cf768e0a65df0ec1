"""Which system registers and operations cases access, and with which values."""

from __future__ import annotations

import random
from functools import cache
from itertools import product

from hypgen.arch import registers
from hypgen.arch.encoding import Encoding
from hypgen.arch.register import Register, SingleKey
from tests.emulator.differential.case import CONTROLS, GENERAL

STORED = frozenset(name.removesuffix("_NS").removesuffix("_S") for name in CONTROLS)
"""Registers that a case sets and leaves, so that a write is seen."""
NOT_WRITTEN = {
    **dict.fromkeys(
        ("TTBR0", "TTBR1", "HTTBR", "VTTBR", "HTCR", "VTCR"), "old translations may be in use on"
    ),
    **dict.fromkeys(("HSR", "HDFAR", "HIFAR", "HPFAR"), "in QEMU they are those of other modes, too"),
    **dict.fromkeys(("MVBAR", "VBAR", "HVBAR"), "the harness would not find out how the case ends"),
}
"""Registers that no case writes, and why."""
NOT_READ = {
    **dict.fromkeys(
        ("L2PFR", "L2MERRSR", "CPUMERRSR", "CBAR", "REVIDR", "CCSIDR"), "QEMU has none or another"
    ),
    **dict.fromkeys(("CNTPCT", "CNTVCT"), "time is not the same there"),
}
BESIDES = frozenset(
    {"PMCR", "PMCNTENCLR", "PMOVSR", "PMOVSSET", "PMSWINC", "PMXEVTYPER", "PMXEVCNTR", "PMINTENCLR"}
)
"""Registers that a case accesses although it does not set them: they begin as zero, or show others."""
"""Registers that cannot be written, that no case reads, and why."""
NOT_PERFORMED = {
    "CP15WFI": "waits",
    "CP15PREFETCH": "of ARMv6",
}
"""Operations that no case performs, and why."""
ABSENT = (0, 1, 4, 5, 6, 7, 8, 9, 12, 13)
"""Coprocessors that the CPU has not."""


def _writable(row: Register) -> bool:
    access = row.access
    return "w" in access.ns_pl1 + access.hyp + access.s_pl1


_ROWS = [row for row in registers.BY_NAME.values() if row.coprocessor == 15]
_READ = [
    row
    for row in _ROWS
    if not row.operation and (row.name in STORED | BESIDES or not (_writable(row) or row.name in NOT_READ))
]
_READ_IN_SECURE_STATE = [row for row in _READ if row.name not in ("HDFAR", "HIFAR")]
"""Not those that are UNPREDICTABLE there (B3.15.3), and in QEMU DFAR and IFAR."""
_WRITTEN = [row for row in _ROWS if row.name in STORED - NOT_WRITTEN.keys() | BESIDES and _writable(row)]
_PERFORMED = [row for row in _ROWS if row.operation and row.name not in NOT_PERFORMED]
_PERFORMED += 4 * [row for row in _PERFORMED if row.name.startswith("ATS")]
"""Address translations more often: what they leave depends on all of the state."""


@cache
def _unallocated() -> list[SingleKey]:
    """Encodings of CP15 that are no register."""
    allocated = {row.single for row in _ROWS}
    every = product(range(8), range(16), range(16), range(8))
    return [key for key in every if key not in allocated]


def choose(rng: random.Random, row: Encoding, fields: dict[str, int], values: dict[str, int]) -> None:
    """The fields of an access: mostly to a register that exists, which ``values`` make likely."""
    single, pair = row.heading in ("MCR", "MRC"), row.heading in ("MCRR", "MRRC")
    if not (single or pair) or rng.random() < 0.1:
        fields["coproc"] = rng.choice(ABSENT)
        return
    if single and rng.random() < 0.1:
        fields["coproc"] = 15
        fields["opc1"], fields["CRn"], fields["CRm"], fields["opc2"] = rng.choice(_unallocated())
        return
    write = row.heading in ("MCR", "MCRR")
    if write and single and rng.random() < 0.4:
        chosen = rng.choice(_PERFORMED)
    else:
        listed = _WRITTEN if write else _READ_IN_SECURE_STATE if not values["SCR"] & 1 else _READ
        chosen = rng.choice([one for one in listed if (one.single if single else one.pair) is not None])
        if write:
            _likely(rng, chosen, fields, values)
    fields["coproc"] = 15
    if single:
        assert chosen.single is not None
        fields["opc1"], fields["CRn"], fields["CRm"], fields["opc2"] = chosen.single
    else:
        assert chosen.pair is not None
        fields["opc1"], fields["CRm"] = chosen.pair


def _likely(rng: random.Random, row: Register, fields: dict[str, int], values: dict[str, int]) -> None:
    """Have the registers that are written hold the register's value with a few bits changed."""
    stored = f"{row.name}_{rng.choice(('S', 'NS'))}" if row.banked else row.name
    change = rng.getrandbits(64) & rng.getrandbits(64)
    if rng.random() < 0.7:
        change &= rng.getrandbits(64) & rng.getrandbits(64)
    new = values.get(stored, 0) ^ change & row.mask
    for name, shift in (("Rt", 0), ("Rt2", 32)):
        if fields.get(name, 15) < len(GENERAL):
            values[GENERAL[fields[name]]] = new >> shift & 0xFFFF_FFFF
