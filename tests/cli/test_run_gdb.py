"""gdb-multiarch leaves a machine that ``hypgen run --gdb`` runs, and comes back to it."""

import re
import subprocess
import sys

import pytest

from tests.machine.gdb.test_stub import BASE, COUNTING, DATA
from tests.oracle import run, tool

pytestmark = pytest.mark.oracle


@pytest.fixture
def served(tmp_path):
    """A program that counts for ever, run and waiting for gdb; its process and where gdb finds it."""
    image = tmp_path / "image.bin"
    image.write_bytes(b"".join(word.to_bytes(4, "little") for word in COUNTING))
    command = [sys.executable, "-m", "hypgen", "run", image, "--board", "qemu-virt", "--cpus", "1"]
    command += ["--load", hex(BASE), "--set", f"r1={DATA:#x}", "--limit", "0", "--gdb", ":0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        waiting = process.stderr.readline()
        yield process, re.search(r"target remote ([0-9.:]+)", waiting)[1]
        process.kill()


def test_gdb_comes_back_to_a_machine_that_it_left(served, oracle_counter):
    process, place = served

    def gdb(*commands):
        arguments = ["gdb-multiarch", "-nx", "-batch", "-ex", f"target remote {place}"]
        done = run([*arguments, *(part for command in commands for part in ("-ex", command))])
        oracle_counter("gdb-session")(len(commands))
        return done.stdout

    first = gdb("stepi 6", "p $r0", f"break *{BASE + 8:#x}", f"watch *(int *){DATA:#x}", "detach")
    assert "$1 = 2" in first
    second = gdb(f"break *{BASE + 8:#x}", "continue", "p $r0 > 2", "reverse-stepi", "p/x $pc", "kill")
    assert "Breakpoint 1," in second
    assert ("$1 = 1" in second, f"$2 = {BASE + 4:#x}" in second) == (True, True), second
    assert process.wait(20) == 0
    assert "killed after" in process.stderr.read()


def test_a_gdb_that_is_killed_leaves_nothing_behind(served):
    process, place = served
    with subprocess.Popen(
        [tool("gdb-multiarch"), "-nx", "-q", "-ex", f"target remote {place}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as gdb:
        gdb.stdin.write(f"watch *(int *){DATA:#x}\nstepi\necho ready\\n\n")
        gdb.stdin.flush()
        while "ready" not in gdb.stdout.readline():
            pass
        gdb.kill()
    done = run(["gdb-multiarch", "-nx", "-batch", "-ex", f"target remote {place}", "-ex", "kill"])
    assert "killed" in done.stdout
    assert process.wait(20) == 0
