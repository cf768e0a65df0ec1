"""What the checks of scenarios ask of a run: small questions about calls, writes and exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSR
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.plan.structures import LAST_STACK_SIZE
from hypgen.verdict.check import ShortfallError, expect, same, shown
from hypgen.verdict.observation import STACK_PAGE, Noted, Observation, RegisterWrite

TABLE_SIZE = 0x20
"""Bytes of a vector table."""
CONDITION_VALID, CONDITION = 1 << 24, 0xF << 20
"""ISS.CV and ISS.COND."""


def answers(seen: Observation, step: str, expected: int, what: str) -> None:
    """Expect that the host part got ``expected`` from ``step`` in each round; ``what`` names the value."""
    entries = seen.by_step.get(step, ())
    for entry in entries:
        same(f"{what} in round {entry.round}", entry.got, expected)
    each_round(seen, entries, f"the host part ended {step}")


def got(seen: Observation, step: str) -> list[int]:
    """What ``step`` gave, each time that it was made."""
    return [one.got for one in seen.by_step.get(step, ())]


def refused(seen: Observation, step: str) -> str:
    """A call that nobody knows gets the answer that the image defines for it, which is not success."""
    entries = seen.by_step.get(step, ())
    for entry in entries:
        same(f"the answer to an unknown call in round {entry.round}", entry.got, entry.expected)
        expect(entry.got != 0, "an unknown call is answered with 0, which means success")
    each_round(seen, entries, f"the host part ended {step}")
    return f"an unknown call is answered with 0x{entries[0].got:08x}"


T = TypeVar("T")


def first(found: Iterable[T], what: str) -> T:
    """The first of what was found; ShortfallError if there is none: "no write of HVBAR"."""
    for one in found:
        return one
    raise ShortfallError(f"there was no {what}")


def each_round(seen: Observation, found: Sequence[Noted | RegisterWrite], what: str) -> None:
    """Expect that something was found once in each round, on each CPU that takes part; ``what`` says it:
    "the stub wrote HVBAR"."""
    for cpu in range(seen.cpus):
        count = sum(one.cpu == cpu for one in found)
        if count != seen.scenario.rounds:
            where = f" on CPU {cpu}" if seen.cpus > 1 else ""
            sentence = f"{what} {count} times{where}, expected {seen.scenario.rounds}"
            raise missing(seen, sentence, begun=bool(count))


def missing(seen: Observation, sentence: str, begun: bool = False) -> ShortfallError:
    """What to say of something that did not happen: why only once, in ``end``, if the run was cut short."""
    if came_to_its_end(seen):
        return ShortfallError(sentence)
    return ShortfallError("not reached in the second round" if begun else "not reached")


def came_to_its_end(seen: Observation) -> bool:
    """Whether the run ended where it should: at hypgen_done, by power-off or in the loop after it."""
    last = "second_hypgen_done" if seen.scenario.second else "hypgen_done"
    return seen.stop.kind in ("power-off", "loop", "wfi") and stopped_in(seen, last)


def stopped_in(seen: Observation, symbol: str) -> bool:
    """Whether the run ended in the code of ``symbol``, which runs with its MMU off or on."""
    return within(seen, seen.stop.place, symbol)


def stopped_early(seen: Observation) -> str:
    """A run that did not come to its end: where it stopped, and why if Hyp mode itself gave up."""
    reason = gave_up(seen)
    return f"it stopped early: {seen.stop.sentence}" + (f": {reason}" if reason else "")


def gave_up(seen: Observation) -> str:
    """Why Hyp mode stopped the CPU: the exception that it had no answer to, and where; empty if it did not.

    It stops in hyp_stopped, when the runtime has printed its last words, or in a slot of vectors that
    nothing may take, where the CPU's PC is all that tells.
    """
    found = seen.image.symbol_at(seen.stop.place)
    in_table = found is not None and found[0].endswith("_vectors") and found[1] < TABLE_SIZE
    if not (in_table or stopped_in(seen, "hyp_stopped")):
        return ""
    mine = [one for one in seen.exceptions if one.cpu == seen.stop.cpu and one.to_mode == Mode.HYP]
    if not mine:
        return ""
    last = mine[-1]
    line = seen.image.line(last.pc)
    place = seen.place_of(last) + (f" ({line})" if line else "")
    said = f"an exception that nothing may take, {last.kind} at {place}, slot 0x{last.slot:02x}"
    said += f", HSR {shown(last.hsr)}" if last.hsr is not None else ""
    said += f", fault address {shown(last.far)}" if last.far is not None else ""
    return said + _stack_lost(seen, last)


def _stack_lost(seen: Observation, last: ExceptionTaken) -> str:
    """What was wrong with SP_hyp when Hyp mode took its last exception; empty if it was in a stack."""
    stacks = seen.image.symbols.get("hyp_stacks")
    registers = [one.registers for one in seen.unreturned if one.taken is last]
    if stacks is None or not registers:
        return ""
    sp = registers[-1]["SP_hyp"]
    cpu, used = divmod(sp - 1 - stacks.address, 2 * STACK_PAGE)
    room = used + 1 - STACK_PAGE
    if room >= LAST_STACK_SIZE and 0 <= cpu < seen.cpus:
        return ""
    mine = cpu == last.cpu
    return f": SP_hyp is {shown(sp)}, " + ("its stack has overflowed" if mine else "in none of the stacks")


def writes(seen: Observation, register: str, symbol: str | None = None) -> list[RegisterWrite]:
    """The writes of a watched register, or those that the code of ``symbol`` made."""
    return [
        one
        for one in seen.writes
        if one.name == register and (symbol is None or within(seen, one.pc, symbol))
    ]


def class_of(one: ExceptionTaken) -> int:
    """HSR.EC that an exception wrote."""
    return HSR.field("EC").get(one.hsr or 0)


def known_syndrome(hsr: int | None) -> int | None:
    """HSR without what is UNKNOWN in it: the condition of a trapped instruction, ISS.COND, while ISS.CV is 0
    (B3.13.6); only classes from 1 to 15 have the two."""
    if hsr is None or not 0 < HSR.field("EC").get(hsr) < 0x10 or hsr & CONDITION_VALID:
        return hsr
    return hsr & ~CONDITION


def in_runtime(seen: Observation) -> list[ExceptionTaken]:
    """The exceptions that were taken through the runtime vectors, at their VA."""
    return through(seen, "hyp_vectors")


def through(seen: Observation, table: str) -> list[ExceptionTaken]:
    """The exceptions that were taken through the vectors at the symbol ``table``."""
    return list(seen.by_vectors.get(seen.virtual_of(table), ()))


def within(seen: Observation, pc: int, symbol: str) -> bool:
    """Whether the link address ``pc`` belongs to ``symbol``."""
    one = seen.image.symbols.get(symbol)
    return one is not None and 0 <= pc - one.address < one.size
