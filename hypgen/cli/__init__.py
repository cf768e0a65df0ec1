"""The command line: one module per command, loaded when that command is asked for. Floor 9.

``COMMANDS`` is the list of commands and all that ``hypgen --help`` needs, so that help imports
typer and nothing heavier. Exit statuses are those of docs/cli.md: 0 done, 1 the image failed,
2 the input is wrong, 3 internal error, 130 interrupted.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from hypgen import __version__
from hypgen.cli.diagnostics import EXIT_INTERNAL, report_error, report_internal, report_refused, report_usage
from hypgen.errors import HypgenError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""The two that a signal's default action would give: 128 + SIGINT, 128 + SIGPIPE."""

UsageError: Any = typer.BadParameter.__bases__[0]
"""Raised for a wrong command line; typer gives this class no public name."""


class Entry(NamedTuple):
    """A command: module below ``hypgen.cli``, name in it (a function or a Typer), one line of help."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "build": Entry("build", "build", "Render, assemble, link and verify a board's image."),
    "verify": Entry("verify", "verify", "Run an image's scenarios in the strict machine and judge it."),
    "audit": Entry("audit", "audit", "Report what any image relies on by luck."),
    "mutate": Entry("mutate", "mutate", "Change one thing at a time in images, and see who notices."),
    "selftest": Entry("selftest", "selftest", "Plant known defects and find them."),
    "run": Entry("run", "run", "Run, trace or debug an image on a board's machine."),
    "boards": Entry("boards", "app", "List the boards, or show one."),
    "asm": Entry("asm", "asm", "Assemble a source in GNU syntax to an object."),
    "link": Entry("link", "link", "Link objects and libraries to an image, placed by a layout file."),
    "disasm": Entry("disasm", "disasm", "Print words, an ELF file or a flat binary as instructions."),
    "symbolize": Entry("symbolize", "symbolize", "Name the addresses in what an image printed."),
    "integration": Entry("integration", "integration", "Print where the files for CMake and Meson are."),
    "schema": Entry("schema", "schema", "Print the JSON Schema of a file format."),
    "explain": Entry("explain", "explain", "Explain a rule or an error code."),
}


def _silence() -> None:
    """Keep Python from flushing to a standard output at exit that takes no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(number: int, frame: object) -> None:
    """End the command. A second Ctrl-C would break off what ends it, such as a pool of processes."""
    # Python has words on standard error for a signal that comes just before it is ignored: none comes.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    raise KeyboardInterrupt


def _interrupted(error: BaseException | None) -> bool:
    """Whether an error came of an interruption: one in the midst of a lock's release, say, is a RuntimeError
    when the lock is left."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


class LazyGroup(TyperGroup):
    """A group that imports a command's module when the command is run or its help is asked for.

    Errors become lines on standard error and an exit status here.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's settings
        super().__init__(**settings)
        names: Any = dict.fromkeys(COMMANDS)
        self.commands = names  # typer suggests the nearest of these

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's context type is private
        """Run the command that the arguments name."""
        try:
            done = self._invoke(ctx)
            sys.stdout.flush()
            return done
        except HypgenError as error:
            report_error(error)
            raise typer.Exit(error.exit_status) from None
        except BrokenPipeError:
            _silence()  # the reader has gone: `hypgen ... | head`
            raise typer.Exit(EXIT_BROKEN_PIPE) from None
        except OSError as error:
            report_refused(error)
            if error.filename is None:
                _silence()
            raise typer.Exit(EXIT_USAGE) from None
        except (typer.Exit, typer.Abort, UsageError):
            raise
        except Exception as error:
            report_internal(error)
            raise typer.Exit(EXIT_INTERNAL) from None

    def _invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return super().invoke(ctx)
        except Exception as error:
            if _interrupted(error):
                raise KeyboardInterrupt from None
            raise

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as above
        """The names of all commands, in the order in which a reader wants them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        """Import and return a command, or None when there is no such one."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        target = getattr(importlib.import_module(f"hypgen.cli.{entry.module}"), entry.attribute)
        if not isinstance(target, typer.Typer):
            holder = typer.Typer(add_completion=False, rich_markup_mode=None)
            holder.command(cmd_name)(target)
            target = holder
        command = typer.main.get_command(target)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """List the commands for ``--help`` from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,  # rich's help costs 80 ms at start
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hypgen {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with: hypgen build --board keystone")
def root(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    """Generate, link and prove Hyp mode (PL2) bring-up code for ARMv7-A boards."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line and exit with its status; nothing escapes as a traceback."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:  # the caller has closed it
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            setattr(sys, name, os.fdopen(number, "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the locale's encoding does not have is escaped instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # and not ignored, as by a shell's &
        signal.signal(signal.SIGINT, _interrupt)
    try:
        status = app(prog_name="hypgen", standalone_mode=False)
    except UsageError as error:
        report_usage(error)
        status = EXIT_USAGE
    except (typer.Abort, KeyboardInterrupt):
        status = EXIT_INTERRUPTED
    sys.exit(status)
