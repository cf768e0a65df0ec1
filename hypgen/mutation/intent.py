"""Intent: what compares a mutant with the plan, and may therefore not kill one of class 1 or 2.

A check that compares instruction bytes, counts, or a register with what was planned would notice every
change, whether it matters or not.
"""

from __future__ import annotations

from collections.abc import Mapping

CHECKS = frozenset(
    {
        *("strict", "vectors.table", "runtime.hsctlr"),
        # These compare the registers that confine a guest with what they should be, or ask whether an
        # operation was executed.
        *("world.confined", "world.vmids", "vmid.rollover", "exit.permission"),
        # What Monitor mode wrote into SCR, NSACR and so on.
        *("monitor.scr", "monitor.nsacr", "monitor.mvbar", "monitor.timer"),
        # The values of HTTBR and HVBAR in order.
        *("style.tables", "way.stub"),
    }
)
"""Checks of the verdict that do; ``strict`` has the findings, which are counted by themselves."""
STEPS: Mapping[str, str] = {"runtime.hsctlr": "HSCTLR"}
"""Steps of host programs that do, with the register that they compare: they are answered for the image."""
