"""What the variants of an image have in common: registers that say in which form Hyp mode runs."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch.registers import HSCTLR
from hypgen.bits import Field
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import each_round, writes
from hypgen.verdict.observation import Observation, RegisterWrite


def turned_on(seen: Observation) -> list[RegisterWrite]:
    """The write of HSCTLR by hyp_init, of each round."""
    on = writes(seen, "HSCTLR", "hyp_init")
    each_round(seen, on, "hyp_init wrote HSCTLR")
    return on


def fields(one: RegisterWrite, expected: Mapping[str, int]) -> None:
    """Expect that a write of HSCTLR gave fields these values."""
    for name, value in expected.items():
        same(f"HSCTLR.{name} as written at 0x{one.at:08x}", HSCTLR.field(name).get(one.value), value)


def always(seen: Observation, expected: Mapping[str, int]) -> int:
    """Expect these fields in every write of HSCTLR, on every CPU; gives how many there were."""
    found = writes(seen, "HSCTLR")
    for one in found:
        fields(one, expected)
    for cpu in range(seen.cpus):
        expect(any(one.cpu == cpu for one in found), f"CPU {cpu} never wrote HSCTLR")
    return len(found)


def interrupted(seen: Observation, state: Field) -> str:
    """Expect that whatever was interrupted, in PL1 or in Hyp mode, had this bit in its PSR."""
    expect(bool(seen.records), "the handlers recorded nothing")
    for one in seen.records:
        same(f"SPSR_hyp.{state.name} of record {one.sequence} of CPU {one.cpu}", state.get(one.spsr), 1)
    slots = ", ".join(f"0x{slot:02x}" for slot in sorted({one.slot for one in seen.records}))
    return f"{len(seen.records)} records of slots {slots}"
