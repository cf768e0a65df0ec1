"""Aborts that the hypervisor makes a guest's own: played on its context, held to the manual here."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch import psr
from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.verdict.check import expect, same
from hypgen.verdict.guests.exits import EC, WRITE
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.worlds import Entry

_FETCH = ExceptionClass.PREFETCH_ABORT_LOWER
_EXTERNAL_SHORT, _EXTERNAL_LONG, _LPAE = 0b01000, 0b010000, 1 << 9
"""DFSR and IFSR of a synchronous external abort in either format (B3.13.3), and the bit that says which."""
_DFSR_WNR = 1 << 11
_KEPT = ~(psr.M.mask | psr.T.mask | psr.E.mask | psr.J.mask)


def _refused(seen: Observation) -> str:
    """Each is what TakeDataAbortException() or TakePrefetchAbortException() makes of it (B1.9.7, B1.9.8)."""
    found = [one for one in seen.worlds.entries if one.root and one.left is not None and _is_refused(one)]
    kinds = {EC.get(one.left.hsr or 0) == _FETCH for one in found if one.left is not None}
    stores = [one for one in found if one.left is not None and one.left.hsr and one.left.hsr & WRITE]
    expect(len(kinds) == 2 and bool(stores), "not each of a fetch, a load and a store was refused")
    for one in found:
        for name, value in _expected(one).items():
            same(f"{name} of a guest's abort by the hypervisor", one.values[name], value)
    return f"{len(found)} times, each as the architecture takes it: fetches, loads and {len(stores)} stores"


def _is_refused(one: Entry) -> bool:
    """Whether a guest that stage 2 refused something goes on in its own handler."""
    if not one.values or "CPSR" not in one.changed:
        return False
    return psr.M.get(one.changed["CPSR"][1]) == Mode.ABT != psr.M.get(one.changed["CPSR"][0])


def _expected(one: Entry) -> Mapping[str, int]:
    left, values = one.left, one.values
    assert left is not None
    hsr = left.hsr or 0
    fetch = EC.get(hsr) == _FETCH
    before = one.changed["CPSR"][0]
    sctlr = values["SCTLR"]
    after = psr.put_it(before & _KEPT, 0) | Mode.ABT | psr.A.mask | psr.I.mask
    after |= psr.T.mask if sctlr & cp15.SCTLR.bit("TE") else 0
    after |= psr.E.mask if sctlr & cp15.SCTLR.bit("EE") else 0
    status = _EXTERNAL_LONG | _LPAE if values["TTBCR"] & cp15.TTBCR.bit("EAE") else _EXTERNAL_SHORT
    status |= _DFSR_WNR if not fetch and hsr & WRITE else 0
    kind = "I" if fetch else "D"
    return {
        "pc": one.vbar + (Vector.PREFETCH_ABORT if fetch else Vector.DATA_ABORT),
        "CPSR": after,
        "SPSR_abt": before,
        "LR_abt": left.preferred_return + (4 if fetch else 8),
        f"{kind}FSR": status,
        f"{kind}FAR": left.far or 0,
    }


REFUSING: Mapping[str, Body] = {"exit.refused": _refused}
"""Checks of the scenarios in which a guest meets what it does not have."""
