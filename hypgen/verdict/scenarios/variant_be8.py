"""The scenario ``variant-be8``: the data of image and tables are big-endian, instructions are not."""

from __future__ import annotations

from hypgen.arch import psr
from hypgen.verdict.check import expect
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._variants import always, interrupted
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE


def exceptions(seen: Observation) -> str:
    """EE is 1 from the first write of HSCTLR to the last, and the file says that it is a BE8 image."""
    count = always(seen, {"EE": 1})
    expect(seen.image.big_endian, "the ELF file is not a BE8 one")
    return f"EE = 1 in all {count} writes of HSCTLR, in a BE8 file"


def _state(seen: Observation) -> str:
    """Host part and Hyp mode accessed big-endian data when an exception came, and do again after it."""
    return f"SPSR_hyp.E = 1 in {interrupted(seen, psr.E)}"


CHECKS: dict[str, Body] = {"be8.exceptions": exceptions, "be8.state": _state, **LIFECYCLE}
"""Its own, and those of ``lifecycle``, whose program it has."""
