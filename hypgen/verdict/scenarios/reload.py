"""The scenario ``reload``: a second image, another hypervisor, takes the place of the first."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import first, got, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

UNKNOWN, POISON = 0x0BAD_CA11, 0xDEAD_BEEF
SECOND = "second_"
"""What the names of the second image's symbols begin with."""


def _apart(seen: Observation) -> str:
    """Two whole images: each has its own boot code, stub, hyp-init, vectors and tables."""
    names = ("_start", "hyp_stub_vectors", "hyp_init_vectors", "hyp_vectors", "hyp_tables", "host_main")
    pairs = [(seen.virtual_of(name), seen.virtual_of(SECOND + name)) for name in names]
    end = max(one.address + one.size for name, one in seen.image.symbols.items() if SECOND not in name)
    expect(all(second >= end for _, second in pairs), "the second image lies within the first")
    return f"the second begins at 0x{pairs[0][1]:08x}, behind the first"


def _unloaded(seen: Observation) -> str:
    """The first was not Xen, went by RESET_VECTORS, and was destroyed."""
    same("its answer to Xen's call", got(seen, "first.xen"), [UNKNOWN])
    off = writes(seen, "HSCTLR", "hyp_unload")
    same("HSCTLR.M as RESET_VECTORS wrote it", [HSCTLR.field("M").get(one.value) for one in off], [0])
    same("what its memory holds then", got(seen, "first.poison"), [POISON])
    return "M = 0, and tables, vectors and hyp-init destroyed"


def _second(seen: Observation) -> str:
    """From its first instruction on the second image used nothing of the first."""
    stub = writes(seen, "HVBAR", SECOND + "_start")
    same(
        "HVBAR as the second's boot code set it",
        [one.value for one in stub],
        [seen.load_of(SECOND + "hyp_stub_vectors")],
    )
    later = seen.writes[seen.writes.index(stub[0]) :]
    foreign = [one for one in later if not seen.image.symbolize(one.pc).startswith(SECOND)]
    same("the list of later writes that the first made", foreign, [])
    tables = [one.value for one in later if one.name == "HTTBR"]
    expect(bool(tables) and seen.what_lies_at(tables[0]) != "nothing", "the second set no HTTBR")
    own = first(writes(seen, "HTTBR", "hyp_init"), "write of HTTBR by the first's hyp_init")
    expect(tables[0] != own.value, "the second has the first's tables")
    same("its answer to Xen's call", got(seen, "second.xen.version"), [4 << 16])
    same("its last result", got(seen, "second.done"), [1])
    return f"HVBAR 0x{stub[0].value:08x}, HTTBR 0x{tables[0]:010x}, version 4.0 by hvc #0xea1"


CHECKS: dict[str, Body] = {"reload.apart": _apart, "reload.unloaded": _unloaded, "reload.second": _second}
