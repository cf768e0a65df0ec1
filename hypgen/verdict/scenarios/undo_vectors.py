"""The scenario ``undo-vectors``: a CPU whose default vectors are not the boot CPU's."""

from __future__ import annotations

from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._undo import NEVER_ON, UNDO, refused_cpu, reported


def _kept(seen: Observation) -> str:
    """HVBAR of that CPU was not written after it was found to differ."""
    failing, other = refused_cpu(seen), seen.load_of("other_vectors")
    mine = [one.value for one in writes(seen, "HVBAR") if one.cpu == failing]
    same("the last HVBAR that was written there", mine[-1:], [other])
    kept = [one.got for one in seen.journal if one.name == "vectors.kept"]
    expect(kept == [other], "the CPU did not find its vectors as they were")
    return f"HVBAR of CPU {failing} is still 0x{other:08x}, other_vectors"


CHECKS: dict[str, Body] = {
    "refused.reported": reported("not the boot CPU's vectors"),
    "vectors.kept": _kept,
    **UNDO,
    **NEVER_ON,
}
