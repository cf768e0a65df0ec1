"""The options of DMB and DSB: how far they reach, and what they wait for (DDI 0406C A8.8.43, A8.8.44)."""

from __future__ import annotations

OPTIONS = {
    0b1111: "sy",
    0b1110: "st",
    0b1011: "ish",
    0b1010: "ishst",
    0b0111: "nsh",
    0b0110: "nshst",
    0b0011: "osh",
    0b0010: "oshst",
}
"""The options that are allocated, in the manual's order; all others act as SY."""
STORE_ONLY = frozenset(option for option, name in OPTIONS.items() if name.endswith("st"))
"""Options that wait for stores alone."""
NON_SHAREABLE = frozenset(option for option, name in OPTIONS.items() if name.startswith("nsh"))
"""Options that wait for what this CPU alone must see."""
