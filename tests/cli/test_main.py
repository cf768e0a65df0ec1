"""The command line as a process: exit statuses, streams, colour, signals, and how little it loads."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hypgen.errors import InternalError
from tests.cli.conftest import Contents, Hypgen, Result, contents

CHECKOUT = Path(__file__).parents[2]
HEAVY = ("lief", "keystone", "jinja2", "capstone", "ruamel", "pydantic", "rich")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), **more}


def process(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hypgen", *arguments],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_arguments_it_prints_its_help(hypgen: Hypgen) -> None:
    assert hypgen() == hypgen("--help") == hypgen("-h")
    assert hypgen().out.startswith("Usage: hypgen [OPTIONS] COMMAND [ARGS]...\n")
    assert hypgen().status == 0


def test_version(hypgen: Hypgen) -> None:
    assert hypgen("--version").out == "hypgen 0.1.0\n"


def test_a_command_that_does_not_exist(hypgen: Hypgen) -> None:
    result = hypgen("biuld")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "hypgen: error[CLI-002]: no such command 'biuld'. Did you mean 'build'? (see hypgen --help)\n"
    )


def test_an_option_that_is_missing(hypgen: Hypgen) -> None:
    result = hypgen("build")
    assert (result.status, result.out) == (2, "")
    assert result.err == "hypgen build: error[CLI-002]: missing option '--board' (see hypgen build --help)\n"


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    program = "import sys; sys.argv = ['hypgen', '--help']\ntry:\n import hypgen.cli; hypgen.cli.main()\n"
    program += f"except SystemExit: print([one for one in {HEAVY} if one in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stderr == "[]\n"


def test_help_is_hardly_slower_than_importing_typer() -> None:
    """The ratio is of user CPU time, which other processes on the machine do not change much."""

    def cost(*arguments: str) -> float:
        before = os.times().children_user
        for _ in range(5):
            subprocess.run(
                [sys.executable, *arguments], env=environment(), stdout=subprocess.DEVNULL, check=True
            )
        return os.times().children_user - before

    assert cost("-m", "hypgen", "--help") < 1.8 * cost("-c", "import typer")


def test_an_unexpected_exception_is_an_internal_error(
    hypgen: Hypgen, last_good: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("hypgen.pipeline.building.link", broken)
    result = hypgen("build", "--board", "keystone")
    assert (result.status, result.out) == (3, "")
    lines = result.err.splitlines()
    assert lines[0] == "hypgen: internal error: ZeroDivisionError: a defect"
    assert lines[1].startswith("hypgen 0.1.0, Python 3.")
    assert "test_main.py:" in lines[1]
    assert lines[1].endswith(
        "this is a defect of hypgen; please report these lines with the command and its input "
        "(HYPGEN_TRACEBACK=1 prints the whole trace)"
    )
    assert lines[2:] == ["hypgen: nothing was written: out/keystone/ is as the last good build left it"]
    assert contents(tmp_path / "out" / "keystone") == last_good


def test_a_contradiction_of_hypgen_s_own_is_an_internal_error(
    hypgen: Hypgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise InternalError.at("PIPE-001", "plan and link disagree")

    monkeypatch.setattr("hypgen.pipeline.building.assert_as_planned", broken)
    result = hypgen("build", "--board", "keystone")
    assert result.status == 3
    assert result.err.startswith("error[PIPE-001]: plan and link disagree\nhypgen 0.1.0, ")


def test_the_whole_trace_is_printed_on_request(hypgen: Hypgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypgen.board.load.load_board", lambda *_: 1 / 0)
    monkeypatch.setenv("HYPGEN_TRACEBACK", "1")
    result = hypgen("boards", "show", "keystone")
    assert result.status == 3
    assert "Traceback (most recent call last):" in result.err


def begun(program: str, directory: Path, lines: list[str]) -> subprocess.Popen[str]:
    """A Python program in a process group of its own, when it has printed ``lines``."""
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=directory,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    assert [running.stdout.readline() for _ in lines] == [f"{line}\n" for line in lines]
    return running


@pytest.mark.parametrize("number", [1, 5])
def test_an_interrupt_leaves_nothing_half_written(last_good: Contents, tmp_path: Path, number: int) -> None:
    """At the first output and at a later one, where the build waits until it is interrupted."""
    # A shell without job control starts background jobs with SIGINT ignored, and that is inherited.
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from hypgen import cli\n"
        "from hypgen.pipeline import publishing\n"
        "write = publishing._write\n"
        "written = []\n"
        "def stuck(*args):\n"
        "    write(*args)\n"
        "    written.append(args)\n"
        f"    if len(written) == {number}:\n"
        "        print('writing', flush=True)\n"
        "        time.sleep(60)\n"
        "publishing._write = stuck\n"
        "sys.argv = ['hypgen', 'build', '--board', 'keystone']\n"
        "cli.main()\n"
    )
    running = begun(program, tmp_path, ["writing"])
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")
    assert contents(tmp_path / "out" / "keystone") == last_good


@pytest.mark.parametrize("explicit", [False, True])
def test_what_an_interrupt_breaks_is_an_interrupt(
    hypgen: Hypgen, monkeypatch: pytest.MonkeyPatch, explicit: bool
) -> None:
    """A lock that is left while it is not held says so, whatever it was that came between."""

    def broken(*_: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            if explicit:
                raise OSError("handle is closed") from interrupt
            raise RuntimeError("release unlocked lock")  # noqa: B904 - as threading.Condition has it

    monkeypatch.setattr("hypgen.board.load.load_board", broken)
    assert hypgen("boards", "show", "keystone") == Result(130, "", "")


def test_an_interrupt_before_the_command_line_is_there_has_no_words(tmp_path: Path) -> None:
    """Python would print a traceback of whatever it imports."""
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import hypgen\n"
        "class Slow:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'hypgen.cli':\n"
        "            print('importing', flush=True)\n"
        "            time.sleep(60)\n"
        "sys.meta_path.insert(0, Slow)\n"
        "from hypgen.__main__ import main\n"
        "main()\n"
    )
    running = begun(program, tmp_path, ["importing"])
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (-signal.SIGINT, "")


@pytest.mark.parametrize("pause", [0, 0.001, 0.02])
def test_an_interrupt_ends_a_pool_once_and_without_words(tmp_path: Path, pause: float) -> None:
    """Ctrl-C reaches every process of the terminal's group, and people press it twice."""
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from hypgen import cli\n"
        "from hypgen.mutation import campaign\n"
        "from hypgen.mutation.workers import workers\n"
        "def judged(number):\n"
        "    yield number\n"
        "    time.sleep(60)\n"
        "def stuck(*_, jobs, **__):\n"
        "    with workers(jobs) as made:\n"
        "        for one in made.stream(judged, range(4)):\n"
        "            print('judging', flush=True)\n"
        "campaign.run_campaign = stuck\n"
        "sys.argv = ['hypgen', 'mutate', '--board', 'keystone', '-j', '2', '--scenario', 'uses']\n"
        "cli.main()\n"
    )
    running = begun(program, tmp_path, ["judging"] * 2)
    os.killpg(running.pid, signal.SIGINT)
    time.sleep(pause)
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")


LONG = "x" * 300


@pytest.mark.parametrize(
    "command",
    [
        ("asm", "a.s", "-o", LONG),
        ("boards", "--boards", LONG),
        ("build", "--board", "keystone", "--templates", LONG),
        ("build", "--board", "keystone", "--profile", LONG),
        ("build", "--board", "keystone", "--init-style", LONG),
        ("disasm", LONG),
    ],
    ids=lambda command: command[-2].lstrip("-") if len(command) > 2 else command[0],
)
def test_what_the_operating_system_refuses_is_wrong_input(
    hypgen: Hypgen, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "a.s").write_text("nop\n")
    result = hypgen(*command)
    assert (result.status, result.out) == (2, "")
    assert re.fullmatch(
        r"\S+: error\[CLI-003\]: the operating system refuses: File name too long\n", result.err
    )
    assert LONG in result.err


def test_a_file_where_a_directory_is_due_is_wrong_input(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = hypgen("mutate", "--board", "keystone", "--out", "file")
    assert (result.status, result.out) == (2, "")
    assert result.err == "file/mutation: error[CLI-003]: the operating system refuses: Not a directory\n"


def test_a_witness_that_cannot_be_run_is_wrong_input_before_anything_is_judged(hypgen: Hypgen) -> None:
    result = hypgen("mutate", "--board", "keystone", "--qemu", "nowhere/qemu")
    assert (result.status, result.out) == (2, "")
    assert result.err == "error[IN-001]: cannot run nowhere/qemu: no such program (--qemu PROGRAM)\n"


def test_mutants_are_judged_under_no_profile_that_is_wrong(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("severity: {CTX-01: ignore}\n")
    result = hypgen("mutate", "--board", "keystone", "--profile", "site.yaml")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("site.yaml:1:12: error[VERDICT-010]: there is no rule 'CTX-01'")


def test_a_full_disk_below_standard_output_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hypgen", "boards"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    expected = "standard output: error[CLI-003]: the operating system refuses: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_a_closed_standard_output_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m hypgen boards >&-"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "hypgen", "explain"],
        cwd=tmp_path,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def on_a_terminal(cwd: Path, **more: str) -> str:
    """What a command that fails says on standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "hypgen", "build", "--board", "keystne"],
        cwd=cwd,
        env={key: value for key, value in environment(**more).items() if key != "NO_COLOR" or more},
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        return stream.read1().decode()


def test_colour_is_for_terminals_only(tmp_path: Path) -> None:
    sentence = "no board is named 'keystne' (did you mean keystone?)"
    assert on_a_terminal(tmp_path) == f"\x1b[1;31merror[RSRC-001]\x1b[0m: {sentence}\r\n"
    assert on_a_terminal(tmp_path, NO_COLOR="1") == f"error[RSRC-001]: {sentence}\r\n"
    assert process("build", "--board", "keystne", cwd=tmp_path).stderr == f"error[RSRC-001]: {sentence}\n"


def test_a_locale_that_cannot_show_a_character_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("näme: 1\n", "utf-8")
    done = process("build", "--board", "b.yaml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "n\\xe4me" in done.stderr
    assert process("boards", cwd=tmp_path, PYTHONIOENCODING="ascii").returncode == 0
