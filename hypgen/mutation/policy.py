"""Which bits of control registers and descriptors are function, and which are policy.

Function can be used: something faults, traps or goes elsewhere if the bit is wrong, so a probe must notice.
Policy cannot be seen from what software does (cacheability, shareability beyond the CPUs present), or is
hardening: it is listed with the constant of the plan that asks for it, and compared with that.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch.registers import BY_NAME


def _policy(names: str = "") -> frozenset[str]:
    return frozenset(names.split())


CONTROLS: Mapping[str, frozenset[str]] = {
    "HSCTLR": _policy("C I FI WXN"),
    # Broadcast and upgrade of a guest's maintenance and barriers; how set/way operations and walks of PL1
    # behave matters only with stage 2 on.
    # No program makes an asynchronous abort.
    "HCR": _policy("FB BSU DC PTW SWIO AMO"),
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
    "SCR": _policy("SIF nET EA FW AW"),
    "NSACR": _policy("NSTRCDIS NS_L2ERR NSASEDIS NSD32DIS"),
    "VTCR": _policy("SH0 ORGN0 IRGN0"),
    "VTTBR": _policy(),
}
"""The registers whose writes are mutated, and which of their fields are policy."""


def without_function(name: str, value: int) -> frozenset[str]:
    """Fields of a register that do nothing while ``value`` is in it, so that they are policy there.

    With M = 0 every data access is to Strongly-ordered memory, where one that is not aligned faults whatever
    A says, and nothing executes the CP15 barriers; a virtual interrupt is only given to PL1 while physical
    ones are Hyp mode's. VTTBR without a table is of the host, which has no second stage (HCR.VM = 0). Who
    has c15 trapped is a guest, all of whose c9 traps by HCR.TIDCP and HDCR.TPM already, as PMCR does by TPM;
    and of TCP10 and TCP11, which must agree, TCP10 is enough for every floating-point instruction to trap.
    """
    row = BY_NAME[name]
    if name in ("HSCTLR", "SCTLR"):
        idle = {"A", "CP15BEN"} if name == "HSCTLR" else {"A"}
        return frozenset() if value & row.bit("M") else frozenset(idle)
    if name == "VTTBR":
        return frozenset() if value & row.bit("BADDR") else frozenset({"BADDR"})
    if name == "HSTR":
        return frozenset({"T9"}) if value & row.bit("T15") else frozenset()
    if name == "HDCR":
        return frozenset({"TPMCR"}) if value & row.bit("TPM") else frozenset()
    if name == "HCPTR":
        return frozenset({"TCP11"}) if value & row.bit("TCP10") else frozenset()
    if name == "HCR":
        routes = {"VA": "AMO", "VI": "IMO", "VF": "FMO"}
        return frozenset(virtual for virtual, route in routes.items() if not value & row.bit(route))
    return frozenset()


KEPT = frozenset({"HDCR.HPMN", "VTTBR.VMID"})
"""Fields that hold what was found in them, or what is allotted at run time: nothing of the plan."""
WIDEST = 4
"""Of a field that is wider, as an address is, only the lowest and the highest bit are inverted."""

SCAFFOLD = (
    *("hypgen/scenarios/", "hypgen/world/guest", "hypgen/world/host", "hypgen/host"),
    *("hypgen/interrupts.S", "hypgen/support.S"),
)
"""Templates whose control registers are not mutated: programs that use what is under test."""
WORLD, OWN = "hypgen/world/", frozenset({"SCTLR"})
"""The world switch, and registers in which it puts back what a world had there: nothing of the plan."""


def is_scaffold(file: str, register: str) -> bool:
    """Whether what a template, named as in outputs, writes into a register is not mutated."""
    return file.startswith(SCAFFOLD) or (file.startswith(WORLD) and register in OWN)
