"""What the variants of an image have in common: registers that say in which form Hyp mode runs."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import same
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
