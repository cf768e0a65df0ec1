"""The scenario ``style-trampoline``: the identity page has a runtime address, so there are two tables."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSR
from hypgen.verdict.check import ShortfallError, expect, same
from hypgen.verdict.diagnosis import physical_of
from hypgen.verdict.evidence import in_runtime, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE

PERMISSION_FAULT = 0b0011
"""Bits 5 to 2 of a fault status."""


def _collision(seen: Observation) -> str:
    """The load address of hyp-init is the virtual address of something that Hyp mode uses."""
    load = seen.load_of("hyp_init_vectors")
    inside = [one for one in seen.image.segments if load in one.virtual_span]
    expect(bool(inside), "the identity page collides with nothing")
    return f"0x{load:08x}, where hyp-init runs with its MMU off, is the VA of {seen.image.symbolize(load)}"


def _tables(seen: Observation) -> str:
    """HTTBR: boot tables, then runtime tables in hyp_init; boot tables again in hyp_teardown."""
    boot, runtime = (
        physical_of(seen.board, seen.load_of(name)) for name in ("hyp_boot_tables", "hyp_tables")
    )
    found = [one.value for one in writes(seen, "HTTBR")]
    same("the values of HTTBR in order", found, [boot, runtime, boot] * seen.scenario.rounds)
    first = writes(seen, "HTTBR")[::3]
    expect(all(within(seen, one.pc, "hyp_init") for one in first), "hyp_init did not set the boot tables")
    return f"HTTBR = {boot}, {runtime}, and {boot} again before M = 0"


def _at_the_trampoline(seen: Observation) -> str:
    """The exchange was made at an address that is neither the load nor the link address of the page."""
    load, linked = seen.load_of("hyp_init_vectors"), seen.virtual_of("hyp_init_vectors")
    pages = {one.at & ~0xFFF for one in writes(seen, "HTTBR")[1::3] + writes(seen, "HTTBR")[2::3]}
    same("the number of pages that HTTBR was exchanged in", len(pages), 1)
    (page,) = pages
    expect(page not in (load, linked), f"HTTBR was exchanged at 0x{page:08x}, which only one table maps")
    return f"exchanged at the trampoline page 0x{page:08x}"


def _data_aborts(seen: Observation) -> str:
    """In each round one of ``slot.10``, for want of a translation, and one of the store to the trampoline
    page, for want of a permission."""
    page = next((one.at & ~0xFFF for one in writes(seen, "HTTBR")[1::3]), None)
    if page is None:
        raise ShortfallError("HTTBR was never exchanged at the trampoline page")
    taken = [one for one in in_runtime(seen) if one.slot == Vector.DATA_ABORT]
    kinds = [HSR.field("ISS").get(one.hsr or 0) >> 2 & 0xF for one in taken if one.far == page]
    same(
        "the kinds of fault of stores to the trampoline page",
        kinds,
        [PERMISSION_FAULT] * seen.scenario.rounds,
    )
    same("Data Aborts in Hyp mode", len(taken), 2 * seen.scenario.rounds)
    raised = [(one.hsr, one.preferred_return, one.far) for one in taken]
    recorded = [(one.hsr, one.elr, one.far) for one in seen.records if one.slot == Vector.DATA_ABORT]
    same("what the handler of slot 0x10 recorded (HSR, ELR, FAR)", recorded, raised)
    return f"the store to 0x{page:08x} is a permission fault; {len(taken)} Data Aborts, recorded as raised"


CHECKS: dict[str, Body] = {
    "style.collision": _collision,
    "style.tables": _tables,
    "style.trampoline": _at_the_trampoline,
    **LIFECYCLE,
    "slot.10": _data_aborts,
}
"""The style's own, and those of ``lifecycle``, whose host program it has."""
