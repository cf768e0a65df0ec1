"""What the scenarios share in which Hyp mode comes to its end: it says what it was, shows all, and stops."""

from __future__ import annotations

import re

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import class_of, first, gave_up, stopped_in, through
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

_WORD = re.compile(r"(slot|HSR|fault address|[A-Za-z]\w*) 0x([0-9a-f]{8})\b")
LINES = 6
"""Lines of the last words: what it was, and five of four values each."""


def checks(slot: Vector, syndrome: ExceptionClass, place: str, what: str) -> dict[str, Body]:
    """The checks of a scenario whose last exception is taken at ``slot`` with HSR.EC ``syndrome``, by an
    instruction of ``place`` (a symbol; empty for one outside the image), and is announced as ``what``."""

    def reason(seen: Observation) -> str:
        last = first(reversed(seen.exceptions), "exception")
        expect(last in through(seen, "hyp_vectors"), "it was not taken through the runtime's vectors")
        same("its slot", last.slot, int(slot))
        same("its HSR.EC", class_of(last), int(syndrome))
        found = seen.image.symbol_at(last.pc)
        same("the place of its instruction", found[0] if found else "", place)
        return f"slot 0x{last.slot:02x}, HSR 0x{last.hsr or 0:08x}"

    def said(seen: Observation) -> str:
        lines = seen.lines_of(0)
        same(
            "the first line of the last words",
            first(lines[-LINES:], "line on the console"),
            f"cpu0 hyp: fatal: {what}",
        )
        return lines[-LINES]

    def dump(seen: Observation) -> str:
        """Each value on the console is what the core had when it took the exception."""
        taken, registers = first(reversed(seen.unreturned), "exception that never came back")
        expected = {
            "slot": taken.slot,
            "HSR": taken.hsr or 0,
            "ELR_hyp": taken.preferred_return,
            "SPSR_hyp": registers["SPSR_hyp"],
            "fault address": taken.far or 0,
            "SP_hyp": registers["SP_hyp"],
            "LR": registers["LR_usr"],
            **{f"r{number}": registers[f"r{number}"] for number in range(13)},
        }
        text = "\n".join(seen.lines_of(0)[1 - LINES :])
        shown = {name: int(value, 16) for name, value in _WORD.findall(text)}
        same("the list of the names", sorted(shown), sorted(expected))
        for name, value in expected.items():
            same(f"{name} on the console", shown[name], value)
        return f"{len(shown)} values, each as the core had it"

    def end(seen: Observation) -> str:
        expect(stopped_in(seen, "hyp_stopped"), f"it did not stop in hyp_stopped: {seen.stop.sentence}")
        return f"{seen.stop.sentence}: {gave_up(seen)}"

    return {"fatal.reason": reason, "fatal.said": said, "fatal.dump": dump, "end": end}
