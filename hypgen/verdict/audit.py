"""``hypgen audit``: any image's run on the strict machine, and what it relies on by luck.

The image runs under one filling of everything UNKNOWN and under its complement. Findings of both
runs count; where the two runs end differently, that is a finding of its own. Where they do not, and break
no rule, a third run has everything UNKNOWN zero: what is compared with 0 is the same under the other two.
Where several CPUs execute it runs under other schedules, too, whose findings count as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypgen.arch.registers import SCTLR
from hypgen.board.model import Board
from hypgen.elf.lines import source_lines
from hypgen.emulator.strict.buffering import BUFFERED
from hypgen.emulator.strict.contract import Contract, Stack, StateTerms
from hypgen.emulator.strict.findings import Event, Finding
from hypgen.emulator.strict.races import RACE
from hypgen.emulator.strict.unk import DIVERGES
from hypgen.emulator.unknown import Inversion, zeroing
from hypgen.errors import Diagnostic, InputError, Severity
from hypgen.machine.loader import LoadedImage, read_image
from hypgen.machine.machine import Machine
from hypgen.machine.results import RunResult, StopReason
from hypgen.machine.running import entered_at, entry_of, parse_setting, stops
from hypgen.verdict.beyond import beyond
from hypgen.verdict.contract import EntryContract
from hypgen.verdict.ending import Ending, Unhandled
from hypgen.verdict.origin import Origin, Run, bits_within, bound, find_origin
from hypgen.verdict.profile import Judged, Profile
from hypgen.verdict.report import SCOPE, exploration_as_json, finding_as_json, played_as_lines

if TYPE_CHECKING:
    from hypgen.verdict.exploring import Bound, Exploration, Progress

OTHER_TURNS = (range(1, 16), range(8, 128))
"""Lengths of turns in the schedules that an image whose CPUs execute at once is run under, beside the first:
short ones have CPUs meet where they seldom do."""
LIMIT = 2_000_000
"""Instructions that an audited run may take when nobody says otherwise."""
FORMAT = "hypgen-audit-1"
_M = SCTLR.bit("M")
_AT_REST = frozenset({"loop", "wfi"})
_OF_ORDER = frozenset({RACE.id, BUFFERED.id})
_BADLY = frozenset({"lock-up", "not-modelled", "unpredictable", "abort"})
"""Kinds of stop after which no image goes on."""


@dataclass(frozen=True)
class Audit:
    """What an audit showed: the stop of the first run, and the findings as the profile counts them.

    ``reached`` tells that the run came to where it should end or, where that was not said, not to a bad end;
    ``unhandled`` is the exception in whose handler it rests, if there is one.
    """

    image: str
    board: str
    stop: StopReason
    instructions: int
    reached: bool
    judged: Judged
    unhandled: Ending | None = None
    exploration: Exploration | None = None
    """What playing every legal outcome has shown, if that was asked for."""
    unreached: Sequence[Diagnostic] = ()
    """A warning for each place of the contract's ``state`` that no run came to."""

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings that count."""
        return self.judged.findings

    def failed(self, werror: bool = False) -> bool:
        """Whether the image is to be refused; with ``werror`` for whatever was told, too."""
        return self.judged.failed(werror) or not self.reached or (werror and self.unhandled is not None)


@dataclass(frozen=True)
class _Run:
    result: RunResult
    findings: list[Finding]
    exceptions: list[tuple[Any, ...]]
    image: LoadedImage
    drawn: dict[str, int]
    unhandled: Ending | None
    scheduled: bool
    """Whether another schedule would have been another run."""
    console: str
    reached: frozenset[int]
    """The places of the contract's ``state`` that it came to."""


def audit(
    board: Board,
    data: bytes,
    name: str,
    contract: EntryContract | None = None,
    profile: Profile | None = None,
    unknown_seed: int = 1,
    limit: int = LIMIT,
    explore: Bound | None = None,
    progress: Progress = lambda done, left: None,
    schedule_seed: int = 1,
) -> Audit:
    """Run the ELF executable ``data`` on the board's strict machine. With ``explore`` every legal outcome of
    the first run is played, too, within that bound, and of the complement's where the first leaves findings
    unconfirmed. Where several CPUs execute, other schedules are tried, too, from ``schedule_seed`` on
    (:data:`OTHER_TURNS`). Raises InputError for wrong input."""
    terms = contract or EntryContract()
    with terms.at("entry"):
        image = entered_at(read_image(data, name, source_lines(data)), terms.entry)
    ends: tuple[int, ...] = ()
    for index, one in enumerate(terms.until):
        with terms.at("until", index):
            ends += stops(image, [one])
    counting = profile or Profile()

    def started(complement: bool | Inversion, schedule: int = schedule_seed) -> Machine:
        return _started(board, image, terms, counting.pedantic, unknown_seed, complement, schedule)

    def scheduled(seed: int, turns: range) -> Machine:
        machine = started(False, seed)
        machine.scheduler.turns = turns
        return machine

    def run(complement: bool | Inversion, path: list[int] | None = None, most: int = limit) -> _Run:
        return _run(started(complement), image, ends, most, path)

    first, second = run(False), run(True)
    findings = list(first.findings)
    known = {(one.rule, one.pc) for one in findings}
    findings += [
        one for one in second.findings if (one.rule, one.pc) not in known and not _is_of(one, findings)
    ]
    reached = first.reached | second.reached
    if first.scheduled or second.scheduled:
        for seed, turns in enumerate(OTHER_TURNS, schedule_seed + 1):
            other = _run(scheduled(seed, turns), image, ends, limit, None)
            reached |= other.reached
            findings += _of_another_schedule(other.findings, findings)
    inverted: Inversion = _everything
    told = "its complement"
    if _same_end(first, second) and not any(one.severity is Severity.ERROR for one in findings):
        inverted, told = zeroing(unknown_seed), "one that is all 0"
        second = run(inverted)
    named = any(one.rule == DIVERGES.id for one in findings)
    if not named and not _same_end(first, second):  # again, to see where: following the path is slow
        paths: tuple[list[int], list[int]] = [], []
        first, second = run(False, paths[0]), run(inverted, paths[1])
        origin = None
        most = bound(first.result.instructions, second.result.instructions)
        if most is not None:
            shown = run(False, most=most)
            origin = find_origin(
                lambda inversion: not _same_end(shown, run(inversion, most=most)),
                {**first.drawn, **second.drawn},
                lambda inversion: _stepping(started(inversion), ends),
                most,
                inverted,
            )
        findings.append(_divergence(first, second, told, origin, *paths))
    exploration = None
    if explore is not None:
        from hypgen.verdict.exploring import explore_run, under_fillings

        exploration = under_fillings(
            lambda complement: explore_run(
                started(complement), limit=limit, until=list(ends) or None, bound=explore, progress=progress
            ),
            findings,
        )
    unhandled = None if ends else first.unhandled or second.unhandled
    return Audit(
        name,
        board.name,
        first.result.stop,
        first.result.instructions,
        _ended_well(first.result.stop, ends) and not (unhandled and unhandled.at_vector),
        counting.judge(findings),
        unhandled,
        exploration,
        tuple(terms.unreached(image, reached)),
    )


def _everything(name: str) -> int:
    """The inversion that makes the complement."""
    return -1


def _run(
    machine: Machine, image: LoadedImage, ends: Iterable[int], limit: int, path: list[int] | None
) -> _Run:
    """One run; ``path`` gets the addresses of its blocks."""
    if path is not None:
        machine.hooks.append(lambda cpu, block: path.append(block.va))
    unhandled = Unhandled(machine)
    result = machine.run(limit=limit, until=list(ends) or None)
    exceptions = [(one.cpu, one.slot, one.hsr, one.pc) for one in machine.exceptions]
    rests = result.stop.kind in _AT_REST
    console, reached = machine.console, frozenset(machine.contract.reached)
    findings, drawn = machine.findings, dict(machine.unknown.drawn)
    if result.stop.kind == "until":
        more, why = beyond(machine, result.stop.cpu)
        findings += more
        if why:
            sentence = f"{result.stop.sentence}, of which the fetch aborts: {why}"
            result = result._replace(stop=result.stop._replace(kind="abort", sentence=sentence))
    return _Run(
        result,
        findings,
        exceptions,
        image,
        drawn,
        unhandled.ending(image.symbolize) if rests else None,
        machine.scheduler.decided,
        console,
        reached,
    )


def _of_another_schedule(found: Iterable[Finding], known: Iterable[Finding]) -> list[Finding]:
    """What a run under another schedule shows beside what is known: rules that were not broken yet. A missing
    barrier shows at one access or another, so more of a rule is told once that is mended."""
    rules, before = {one.rule for one in known}, list(known)
    return [one for one in found if one.rule not in rules and not _is_of(one, before)]


def _is_of(finding: Finding, known: Iterable[Finding]) -> bool:
    """Whether a finding about the order of two CPUs rests on a store that another one rests on: which of the
    accesses that lack one barrier is told of depends on how the CPUs met."""
    return finding.rule in _OF_ORDER and any(
        one.rule in _OF_ORDER and one.earlier[:1] and one.earlier[0].pc == finding.earlier[0].pc
        for one in known
    )


def _stepping(machine: Machine, ends: Iterable[int]) -> Run:
    return Run(machine, lambda limit: machine.run(limit=limit, until=list(ends) or None))


def _started(
    board: Board,
    image: LoadedImage,
    terms: EntryContract,
    pedantic: bool,
    unknown_seed: int,
    complement: bool | Inversion,
    schedule_seed: int,
) -> Machine:
    """The machine before the image's first instruction."""
    machine = machine_for(board, terms, unknown_seed, complement, pedantic, schedule_seed)
    machine.contract.state = state_terms(image, terms)
    machine.start(image)
    if _pl1_mmu_off(machine.board, terms):
        for cpu in machine.cpus:
            cpu.coproc.values["SCTLR_NS"] &= ~_M
            cpu.system.registers_set()
    for name, value in terms.registers.items():
        machine.set_registers(dict([parse_setting(f"{name}={value:#x}")]))
    return machine


def _pl1_mmu_off(board: Board, terms: EntryContract) -> bool:
    """Whether the Non-secure PL1 MMU is off, as it is promised or, by the boot protocols of the field, where
    firmware hands over in Hyp mode with that mode's MMU off. After a reset its SCTLR is UNKNOWN."""
    handed_over = (terms.mode or board.entry.mode) == "hyp" and not board.entry.hyp_mmu
    return terms.mmu == "off" or (terms.mmu is None and handed_over)


def machine_for(
    board: Board,
    terms: EntryContract,
    unknown_seed: int = 1,
    complement: bool | Inversion = False,
    pedantic: bool = False,
    schedule_seed: int = 1,
) -> Machine:
    """The strict machine of a board under an entry contract."""
    hyp_mmu = {"on": True, "off": False}.get(terms.mmu or "", board.entry.hyp_mmu)
    if hyp_mmu != board.entry.hyp_mmu:
        board = board.model_copy(update={"entry": board.entry.model_copy(update={"hyp_mmu": hyp_mmu})})
    machine: Machine | None = None

    def initialised(address: int) -> bool:
        assert machine is not None
        return any(address in span for span in terms.initialised) or machine.placed(address)

    def inverted(name: str) -> int:
        """Which bits of an UNKNOWN value are inverted: none of memory that has a content."""
        asked = complement(name) if callable(complement) else -1 if complement else 0
        return asked & ~bits_within(machine, terms.initialised, name) if asked and machine else asked

    contract = Contract(
        (terms.tlb or board.entry.tlb) == "clean",
        (terms.caches or board.entry.caches) == "clean",
        {} if terms.tlb and terms.caches else board.assumptions,
        initialised,
        pedantic,
    )
    machine = Machine(
        board,
        mode="strict",
        unknown_seed=unknown_seed,
        complement=inverted if terms.initialised else complement,
        entry_mode=terms.mode,
        contract=contract,
        schedule_seed=schedule_seed,
    )
    if terms.cpus is not None:
        count = len(machine.cpus)
        machine.entering = range(count) if terms.cpus == "all" else terms.cpus
        if max(machine.entering) >= count:
            hint = f"the board has {count} CPUs, from 0 on"
            with terms.at("cpus"):
                raise InputError.at("VERDICT-011", f"there is no CPU {max(machine.entering)}", hint=hint)
    return machine


def state_terms(image: LoadedImage, terms: EntryContract) -> StateTerms:
    """What the STATE rules ask for, with the addresses of the image's symbols; raises InputError for none."""
    given = terms.state

    def mark(place: str, *path: str | int) -> tuple[int, ...]:
        with terms.at("state", *path):
            return stops(image, [place])

    def marks(key: str, places: Sequence[str]) -> frozenset[int]:
        return frozenset(one for index, place in enumerate(places) for one in mark(place, key, index))

    stacks = [
        Stack(start, start + size, each)
        for index, (place, size, each) in enumerate(given.stacks)
        for start in mark(place, "stacks", index, "start")
    ]
    torn_down: dict[int, int | None] = {}
    if given.torn_down is not None:
        at, vectors = given.torn_down
        with terms.at("state", "torn_down", "vectors"):
            address = None if vectors is None else entry_of(image, vectors)
        torn_down = dict.fromkeys(mark(at, "torn_down", "at"), address)
    return StateTerms(
        stacks, marks("public", given.public), given.preserves, torn_down, marks("same", given.same)
    )


def _ended_well(stop: StopReason, ends: Sequence[int]) -> bool:
    """Whether the run came to one of its ends, by that address or by another that shows the same memory;
    where none is given, whether the image could go on."""
    if ends:
        return stop.kind == "until" or (stop.kind not in _BADLY and stop.place in ends)
    return stop.kind not in _BADLY


def _same_end(first: _Run, second: _Run) -> bool:
    """Whether the two runs took the same exceptions, printed the same and stopped at the same place."""

    def end(run: _Run) -> tuple[object, ...]:
        return run.exceptions, run.result.stop.kind, run.result.stop.pc, run.console

    return end(first) == end(second)


def _divergence(first: _Run, second: _Run, told: str, origin: Origin | None, *paths: list[int]) -> Finding:
    """Where the two runs part, of which the second is under the filling that ``told`` names, and what decides
    it."""
    one = first.result.stop
    at = next(
        (index for index, (a, b) in enumerate(zip(*paths, strict=False)) if a != b),
        min(map(len, paths)),
    )
    pc = paths[0][at - 1] if at else one.pc
    sentences = one.sentence, second.result.stop.sentence
    goes = [
        first.image.symbolize(path[at]) if at < len(path) else f"its end: {sentence}"
        for path, sentence in zip(paths, sentences, strict=True)
    ]
    what = f"after this block it goes to {goes[0]} under one filling, and to {goes[1]} under {told}"
    if paths[0] == paths[1] and first.console != second.console:
        what = f"it prints {first.console!r} under one filling, and {second.console!r} under {told}"
        if origin is not None:
            pc = origin.pc
    return Finding(
        DIVERGES.id,
        DIVERGES.severity,
        f"the run depends on something UNKNOWN: {what}",
        pc,
        one.cpu,
        () if origin is None else (_use(first.image, origin),),
        () if origin is None else (origin.state,),
        f"give {origin.what if origin else 'the register or the memory'} a value before it is used",
        symbol=first.image.symbolize(pc),
        location=first.image.line(pc),
    )


def _use(image: LoadedImage, origin: Origin) -> Event:
    what = f"{origin.sentence}; used first"
    return Event(origin.pc, what, image.symbolize(origin.pc), image.line(origin.pc))


def as_text(audit: Audit, werror: bool = False) -> str:
    """The findings, what was suppressed, and one last line that sums up."""
    lines: list[str] = []
    for one in audit.findings:
        lines += [str(one), *played_as_lines(one, audit.exploration), ""]
    for one, reason in audit.judged.suppressed:
        lines.append(f"suppressed: {one.rule} at {one.symbol or hex(one.pc)}: {reason}")
    if audit.exploration is not None:
        lines.append(audit.exploration.summary)
    return "\n".join([*lines, SCOPE, summary(audit, werror)])


def summary(audit: Audit, werror: bool = False) -> str:
    """One line: the verdict, how many findings of which kind, and how the run ended."""
    counts = {
        kind: sum(one.severity.value == kind for one in audit.findings) for kind in ("error", "warning")
    }
    told = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items())
    aside = f", {len(audit.judged.suppressed)} suppressed" if audit.judged.suppressed else ""
    failed = audit.failed(werror)
    quiet = not audit.findings and audit.unhandled is None
    word = "FAIL" if failed else "clean" if quiet else "PASS"
    badly = audit.unhandled is not None or audit.stop.kind in _BADLY
    missed = "" if audit.reached else "ended badly: " if badly else "NOT REACHED: "
    end = f"{missed}{audit.unhandled.sentence if audit.unhandled else audit.stop.sentence}"
    return f"{audit.image}: {word}: {told}{aside}; {audit.instructions} instructions, {end}"


def as_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain data."""
    stop, exploration = audit.stop, audit.exploration
    explored = exploration_as_json(exploration)
    return {
        "format": FORMAT,
        "image": audit.image,
        "board": audit.board,
        "scope": SCOPE,
        "stop": {"kind": stop.kind, "sentence": stop.sentence, "pc": stop.pc, "cpu": stop.cpu},
        "reached": audit.reached,
        "unhandled": audit.unhandled and audit.unhandled.sentence,
        "unreached": [one.sentence for one in audit.unreached],
        "instructions": audit.instructions,
        **explored,
        "findings": [finding_as_json(one, exploration) for one in audit.findings],
        "suppressed": [
            {"finding": finding_as_json(one), "reason": reason} for one, reason in audit.judged.suppressed
        ],
    }
