"""Which bits of control registers and descriptors are function, and which are policy.

Function can be used: something faults, traps or goes elsewhere if the bit is wrong, so a probe must notice.
Policy cannot be seen from what software does (cacheability, shareability beyond the CPUs present), or is
hardening: it is listed with the constant of the plan that asks for it, and compared with that.
"""

from __future__ import annotations

from collections.abc import Mapping


def _policy(names: str = "") -> frozenset[str]:
    return frozenset(names.split())


CONTROLS: Mapping[str, frozenset[str]] = {
    "HSCTLR": _policy("C I FI WXN"),
    # Broadcast and upgrade of a guest's maintenance and barriers; how set/way operations and walks of PL1
    # behave matters only with stage 2 on.
    "HCR": _policy("FB BSU DC PTW SWIO"),
    # These cores have no trace registers in CP14.
    "HCPTR": _policy("TTA"),
    # ... nor anything in c11, nor ThumbEE that is modelled.
    "HSTR": _policy("T11 TTEE"),
    "HDCR": _policy("HPME"),
    "HTCR": _policy("IMP SH0 ORGN0 IRGN0"),
    "HTTBR": _policy(),
    # Which attribute a descriptor chooses is function; of the two in use the bytes that keep their kind of
    # memory are not, and the others are of no descriptor: nothing is to lie in wait there.
    "HMAIR0": _policy("Attr3 Attr2 Attr1 Attr0"),
    "HMAIR1": _policy("Attr4 Attr5 Attr6 Attr7"),
    "HVBAR": _policy(),
    "CNTHCTL": _policy("EVNTEN EVNTDIR EVNTI"),
    "CNTVOFF": _policy(),
    "VPIDR": _policy(),
    "VMPIDR": _policy(),
    "SCTLR": _policy("C I Z FI RR WXN UWXN SW NMFI VE HA TRE AFE"),
    "SCR": _policy("SIF SCD nET EA FW AW"),
    "NSACR": _policy("NSTRCDIS NS_L2ERR NSASEDIS NSD32DIS"),
    "VTCR": _policy("SH0 ORGN0 IRGN0"),
    "VTTBR": _policy(),
}
"""The registers whose writes are mutated, and which of their fields are policy."""

KEPT = frozenset({"HDCR.HPMN", "VTTBR.VMID"})
"""Fields that hold what was found in them, or what is allotted at run time: nothing of the plan."""
WIDEST = 4
"""Of a field that is wider, as an address is, only the lowest and the highest bit are inverted."""

SCAFFOLD = (
    *("templates/scenarios/", "templates/world/guest", "templates/world/host", "templates/host"),
    *("templates/interrupts.S", "templates/support.S"),
)
"""Templates of programs that use what is under test: their own control registers are not mutated."""
