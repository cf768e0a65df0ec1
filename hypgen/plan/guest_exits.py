"""Why a guest is left, and what it is given instead of what it may not reach."""

from __future__ import annotations

GUEST_CALLS = {
    "REPORT": (0x6700, "r0 = step, r1 = what it gave, r2 = what it should give"),
    "YIELD": (0x6701, "let the other guest run"),
    "INJECT": (0x6702, "r0 = bits of HCR to set: a virtual exception"),
    "SERVED": (0x6703, "r0 = bits of HCR to clear: the exception was served"),
    "TICK": (0x6704, "r0 = ticks after which the hypervisor takes the CPU away"),
    "LIST": (0x6705, "r0 = number, r1 = value of a List register"),
    "OFFSET": (0x6708, "r0 = 0 or 1: the low or high word of CNTVOFF"),
    "IDENTITY": (0x670B, "r0 = MIDR as the host has it"),
    "ABORT": (0x6709, "a virtual asynchronous abort shall be pending"),
    "MOVE": (0x670A, "go on on the other guest's CPU, and that one on this one's"),
    "STUCK": (0x6707, "r0 = LR of an exception that the guest does not expect"),
    "DONE": (0x6706, "the guest has nothing more to do"),
}
"""HVC immediates of a guest. They are a space of their own: whose call an HVC is, VTTBR.VMID says."""
EXITS = {
    "HVC": (1, "HVC"),
    "WAIT": (2, "WFI or WFE"),
    "ABORT": (3, "a data access that stage 2 refuses"),
    "FETCH": (4, "a fetch that stage 2 refuses"),
    "IRQ": (5, "a physical interrupt"),
    "FIQ": (6, "a physical FIQ"),
    "UNKNOWN": (7, "a trap that nothing here knows"),
}
"""Why world_enter returns to the host."""


def _iss(
    crn: int | None = None, crm: int | None = None, opc1: int | None = None, opc2: int | None = None
) -> tuple[int, int]:
    """ISS of a trapped MCR or MRC as a mask and a value: what is not given may be anything (table B3-22)."""
    fields = ((opc2, 17, 7), (opc1, 14, 7), (crn, 10, 15), (crm, 1, 15))
    given = [(value, shift, width) for value, shift, width in fields if value is not None]
    mask = sum(width << shift for _, shift, width in given)
    return mask, sum(value << shift for value, shift, _ in given)


EMULATED_CP15 = (
    (*_iss(1, 0, 0, 1), "ACTLR: a value of its own"),
    (*_iss(7, 6, 0, 2), "DCISW"),
    (*_iss(7, 10, 0, 2), "DCCSW"),
    (*_iss(7, 14, 0, 2), "DCCISW"),
    (*_iss(9, 0, 1), "L2CTLR, L2ECTLR: IMPLEMENTATION DEFINED"),
    (*_iss(9, 12, 0), "performance monitors: control"),
    (*_iss(9, 13, 0), "performance monitors: counts"),
    (*_iss(9, 14, 0), "performance monitors: interrupts"),
    (*_iss(14, 2, 0), "the PL1 physical timer"),
    (*_iss(15), "c15: IMPLEMENTATION DEFINED"),
)
"""CP15 registers that trap and are known: mask and value of ISS, meaning. All but the first four read as
zero and ignore writes; those of set/way become maintenance of all that the guest has."""

_CONDITIONS = (
    lambda n, z, c, v: z,
    lambda n, z, c, v: c,
    lambda n, z, c, v: n,
    lambda n, z, c, v: v,
    lambda n, z, c, v: c and not z,
    lambda n, z, c, v: n == v,
    lambda n, z, c, v: n == v and not z,
    lambda n, z, c, v: True,
)
"""cond<3:1>: EQ, CS, MI, VS, HI, GE, GT, AL."""
CONDITION_FLAGS = tuple(
    sum(
        1 << flags
        for flags in range(16)
        if _CONDITIONS[cond >> 1](*(bool(flags >> n & 1) for n in (3, 2, 1, 0))) != (cond & 1 and cond != 15)
    )
    for cond in range(16)
)
"""ConditionPassed() (A8.3) as a table: bit NZCV of the entry for cond<3:0> says whether it holds."""
