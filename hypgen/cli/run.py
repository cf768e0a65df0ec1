"""``hypgen run``: run, trace or debug an image on a board's machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypgen.cli.options import Board, Cpus
from hypgen.errors import InputError, Location

if TYPE_CHECKING:
    from hypgen.board.model import Board as BoardModel
    from hypgen.cli.terminal import Terminal
    from hypgen.emulator.unknown import Seed
    from hypgen.machine.debugger import Debugger
    from hypgen.machine.gdb.server import Server
    from hypgen.machine.loader import LoadedImage
    from hypgen.machine.machine import Machine
    from hypgen.machine.results import StopReason
    from hypgen.machine.semihosting import Semihosting

LIMIT = 100_000_000
"""Instructions of a run unless --limit says otherwise: half a minute."""
IDLE = 0.1
"""Seconds between two looks at gdb while the guest waits for input."""
REACHED = frozenset({"exit", "power-off", "loop", "wfi"})
"""Kinds of stop that are as good as any when no --until says what is wanted."""


class EntryMode(StrEnum):
    """The mode that the image is entered in."""

    HYP = "hyp"
    SVC = "svc"
    SECURE_SVC = "secure-svc"
    MON = "mon"


class TraceFormat(StrEnum):
    """How a trace is written."""

    JSON = "json"
    QEMU = "qemu"


class ExitStatus(StrEnum):
    """Whose exit status it is."""

    RUN = "run"
    GUEST = "guest"


@dataclass
class Setup:
    """What the machine is made of."""

    board: BoardModel
    image: LoadedImage
    strict: bool
    mode: str | None
    unknown_seed: Seed | None
    schedule_seed: int | None
    settings: tuple[tuple[str, int], ...]
    dtb: tuple[bytes, str] | None
    write: Callable[[bytes], None] | None
    """Where semihosting writes; None without semihosting."""
    trace: Callable[[str], object] | None
    qemu_trace: bool
    host: Semihosting | None = None

    def make(self) -> Machine:
        """The machine with the image in it, as it is at the start."""
        from hypgen.machine.boot import hand_over_device_tree
        from hypgen.machine.machine import Machine
        from hypgen.machine.semihosting import Semihosting
        from hypgen.machine.trace import Tracer

        machine = Machine(
            self.board,
            mode="strict" if self.strict else "functional",
            unknown_seed=self.unknown_seed,
            schedule_seed=self.schedule_seed,
            entry_mode=self.mode,
        )
        machine.start(self.image)
        if self.dtb is not None:
            hand_over_device_tree(machine, *self.dtb)
        machine.set_registers(dict(self.settings))
        if self.write is not None:
            self.host = Semihosting(machine, self.write)
        if self.trace is not None:
            Tracer(machine, self.trace, self.qemu_trace)
        return machine

    def guest_status(self) -> int:
        """What the guest exited with by semihosting; 0 if it did not."""
        return (self.host.status or 0) if self.host else 0


def run(
    image: Annotated[Path, typer.Argument(help="An ELF executable, or a flat binary with --load.")],
    board: Board,
    load: Annotated[
        str | None, typer.Option(metavar="ADDR", help="Load a flat binary at this address.")
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL|ADDR", help="Begin there, and not at e_entry or a flat binary's first byte."
        ),
    ] = None,
    mode: Annotated[
        EntryMode | None, typer.Option(help="Enter the image in this mode, and not in the board's.")
    ] = None,
    dtb: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Hand a device tree blob over: r0 = 0, r1 = ~0, r2 = it."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="REG=VALUE", help="Set a register of the boot CPU first (repeatable)."),
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL|ADDR", help="Stop there, on any CPU (repeatable)."),
    ] = None,
    limit: Annotated[
        int, typer.Option(help="Stop after so many instructions of all CPUs together; 0 for never.", min=0)
    ] = LIMIT,
    strict: Annotated[
        bool, typer.Option("--strict/--functional", help="Apply the strict rules, or only execute.")
    ] = False,
    unknown_seed: Annotated[
        str | None,
        typer.Option(
            metavar="N|zeros",
            help="Fill everything that the architecture leaves UNKNOWN from this seed, or with zeros: "
            "zeros unless --strict, then 1.",
        ),
    ] = None,
    cpus: Cpus = None,
    cpu: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Have CPUs of this model, and not of the board's.")
    ] = None,
    schedule_seed: Annotated[
        int | None,
        typer.Option(
            help="Seed of the turns that the CPUs take. Without one turns are long and go round, but with "
            "--strict it is 1.",
            min=0,
        ),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Write every block and exception to a file, or to stdout."),
    ] = None,
    trace_format: Annotated[
        TraceFormat, typer.Option(help="JSON lines, or as qemu-system-arm -d exec,cpu,int.")
    ] = TraceFormat.JSON,
    dump_state: Annotated[
        Path | None,
        typer.Option(metavar="FILE|-", help="Write the registers of every CPU at the stop as JSON."),
    ] = None,
    semihosting: Annotated[bool, typer.Option("--semihosting", help="Answer semihosting calls.")] = False,
    gdb: Annotated[
        str | None,
        typer.Option(metavar="[HOST]:PORT", help="Wait for gdb there, and let it control the machine."),
    ] = None,
    exit_status: Annotated[
        ExitStatus, typer.Option(help="guest: exit with what the guest exited with by semihosting.")
    ] = ExitStatus.RUN,
) -> None:
    """Run, trace or debug an image, anybody's, on a board's machine.

    Its console is the terminal (Ctrl-A x ends the run). Why it stopped is printed on standard error. The
    exit status is 0 if --until was reached or, without --until, if the guest exited, switched off, or
    came to rest (WFI or a branch to itself that nothing ends); else 1.

    Example: hypgen run image.elf --board qemu-virt --until main --dump-state state.json
    """
    from hypgen.board.cpus import with_cpus, with_model
    from hypgen.board.load import load_board
    from hypgen.cli.terminal import Leave, Terminal
    from hypgen.machine.debugger import Debugger
    from hypgen.machine.results import StopReason
    from hypgen.machine.running import parse_seed, parse_setting, read_any, stops

    loaded = read_any(_read(image), str(image), load, entry)
    described = _as_its_scenario_has_it(load_board(board), loaded)
    if cpu is not None:
        described = with_model(described, cpu)
    if cpus is not None:
        described = with_cpus(described, cpus)
    wanted = stops(loaded, until or ())
    if dump_state is not None:
        _check_directory(dump_state)
    with ExitStack() as opened:
        terminal = Terminal()
        setup = Setup(
            described,
            loaded,
            strict,
            mode.value if mode else None,
            None if unknown_seed is None else parse_seed(f"--unknown-seed {unknown_seed}", unknown_seed),
            schedule_seed,
            tuple(parse_setting(one) for one in settings or ()),
            (_read(dtb), str(dtb)) if dtb else None,
            terminal.write if semihosting else None,
            _tracing(trace, opened),
            trace_format is TraceFormat.QEMU,
        )
        debugger = Debugger(setup.make())
        console = Console(debugger, terminal)
        server = None if gdb is None else opened.enter_context(_listen(gdb))
        opened.enter_context(terminal)
        try:
            stop = console.live(server, wanted, limit, setup.guest_status)
        except Leave:
            stop = StopReason("interrupt", "Ctrl-A x was typed", debugger.machine.cpus[0].r[15])
        terminal.show(debugger.machine)
    _report(debugger, stop)
    if dump_state is not None:
        _dump(debugger, stop, dump_state)
    if exit_status is ExitStatus.GUEST and stop.kind == "exit":
        raise typer.Exit(setup.guest_status())
    reached = stop.kind == "until" if wanted else stop.kind in REACHED
    raise typer.Exit(0 if reached or stop.kind == "killed" else 1)


class Console:
    """A machine that runs with the terminal as its console."""

    def __init__(self, debugger: Debugger, terminal: Terminal) -> None:
        self._debugger = debugger
        self._terminal = terminal
        debugger.idle = self._idle

    def live(
        self, server: Server | None, until: Iterable[int], limit: int, status: Callable[[], int]
    ) -> StopReason:
        """Run until something ends the run: under gdb where there is a server, and alone, to ``until`` or for
        ``limit`` instructions if it is not 0, while no gdb is there."""
        if server is not None:
            host, port = server.address
            print(f"hypgen: waiting for gdb (target remote {host}:{port})", file=sys.stderr, flush=True)
        while True:
            stop = None if server is None else self._debug(server, status)
            if stop is not None:
                return stop
            self._debugger.breakpoints = set(until)
            stop = self._debugger.resume(limit or None, lambda: self._tick() or self._called(server))
            if not self._called(server) or stop.kind != "interrupt":
                return stop
            self._debugger.forget_points()

    @staticmethod
    def _called(server: Server | None) -> bool:
        """Whether a gdb wants to have the machine."""
        return server is not None and server.wanted

    def _debug(self, server: Server, status: Callable[[], int]) -> StopReason | None:
        """Let gdb control the machine; the stop that ended it, or None when gdb has left it to go on."""
        from hypgen.machine.results import StopReason

        how, stop = server.serve(self._debugger, self._tick, status)
        if how == "kill":
            return StopReason("killed", "gdb ended the run", stop.pc, stop.cpu)
        return stop if how == "exit" else None

    def _tick(self) -> bool:
        """Pass on what was printed and typed; never asks the run to stop."""
        self._terminal.show(self._debugger.machine)
        self._feed(self._terminal.typed())
        return False

    def _idle(self) -> bool | None:
        """Every CPU waits: whether input came that may end it; None when it still may come."""
        from hypgen.machine.running import awaits_input

        self._terminal.show(self._debugger.machine)
        if not self._terminal.open or not awaits_input(self._debugger.machine):
            return False
        data = self._terminal.typed(IDLE)
        self._feed(data)
        return True if data else None if self._terminal.open else False

    def _feed(self, data: bytes) -> None:
        if data:
            self._debugger.do(lambda machine: machine.bus.console.receive(data))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.at("RUN-008", f"cannot read: {error.strerror}", Location(str(path))) from error


def _as_its_scenario_has_it(board: BoardModel, image: LoadedImage) -> BoardModel:
    """The board as the scenario that a hypgen image declares plays it, which is then said; ``board`` for any
    other image."""
    if "hypgen_scenario" not in image.symbols:
        return board
    from hypgen.plan.scenarios import load_scenario
    from hypgen.verdict.observation import declared_by

    name = declared_by(image)
    try:
        played = load_scenario(name).on(board)
    except InputError:  # a scenario of somebody's own
        return board
    said = [
        said
        for said, one in (
            (f"entered in {played.entry.mode}", played.entry.mode != board.entry.mode),
            ("with the Hyp MMU on", played.entry.hyp_mmu and not board.entry.hyp_mmu),
            (f"other CPUs: {played.secondaries.method}", played.secondaries != board.secondaries),
        )
        if one
    ]
    if said:
        print(f"hypgen: as the scenario {name} has the board: {', '.join(said)}", file=sys.stderr)
    return played


def _tracing(target: str | None, opened: ExitStack) -> Callable[[str], object] | None:
    """What writes the trace."""
    if target is None:
        return None
    if target == "-":
        return sys.stdout.write
    try:
        return opened.enter_context(open(target, "w", encoding="utf-8")).write
    except OSError as error:
        raise InputError.at("RUN-008", f"cannot write: {error.strerror}", Location(target)) from error


def _listen(text: str) -> Server:
    from hypgen.machine.gdb.server import Server

    host, colon, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535 or (host and not colon):
        raise InputError.at("RUN-009", f"--gdb {text}: this is not [HOST]:PORT", hint="as in --gdb :1234")
    try:
        return Server(host.strip("[]") or "127.0.0.1", int(port))
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError.at("RUN-009", f"--gdb {text}: cannot listen there: {why}") from error


def _report(debugger: Debugger, stop: StopReason) -> None:
    """Say on standard error why the run stopped, and what the strict rules found."""
    cpu = f" on CPU {stop.cpu}" if len(debugger.machine.cpus) > 1 else ""
    count = debugger.position.instructions
    many = "instruction" if count == 1 else "instructions"
    print(f"hypgen: {stop.kind}{cpu} after {count} {many}: {stop.sentence}", file=sys.stderr)
    for finding in debugger.machine.findings:
        print(f"hypgen: {finding}", file=sys.stderr)


def _check_directory(path: Path) -> None:
    """Refuse where no state can be written before the run, which may be long."""
    if not path.parent.is_dir():
        raise InputError.at("RUN-008", "cannot write: there is no such directory", Location(str(path.parent)))


def _dump(debugger: Debugger, stop: StopReason, path: Path) -> None:
    """Write the state of all CPUs; to standard output for ``-``."""
    from hypgen.machine.results import RunResult
    from hypgen.machine.state import machine_state
    from hypgen.pipeline.publishing import replace_file

    state = machine_state(debugger.machine, RunResult(stop, debugger.position.instructions))
    text = json.dumps(state, indent=2) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise InputError.at("RUN-008", f"cannot write: {error.strerror}", Location(str(path))) from error
