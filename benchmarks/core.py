"""How fast the core executes, as ratios to a bare chain of Python closures measured in the same run.

    python benchmarks/core.py [--runs N] [--no-peers]

Images are loaded into machines of the board qemu-virt through the public API: (a) what hypgen builds for
the board, with its default scenario, in a machine made for each run; (b) a CPU-bound integer loop; (c) a
copy of memory at PL1 under two stages of translation, 64 KB a turn, each from another place; (d) HVC and
ERET, with registers saved and restored. Then what strict rules cost: on the images' own runs against the
functional mode, and the verification of (a), under both fillings, warm, against QEMU's start, run and exit
on the same image. Then what it costs to begin: making a machine, going back to a
snapshot, and the import in a process of its own. Unicorn (with a Python hook on each instruction, and
without) and QEMU run the same images, or the nearest that they can; a missing one is reported as missing.

An instruction counts once, also one that raises, and an LDM of five registers. Our own times and those of
Unicorn are CPU time of this process, so that other work on the machine disturbs them less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Literal

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.closure_chain import operations_per_second
from benchmarks.core_images import BOARD, IMAGE, LOOPS, elf, own_image
from benchmarks.core_peers import NEAREST, qemu, qemu_seconds, unicorn, unicorn_refuses
from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.pipeline.building import compile_image
from hypgen.verdict.verdict import judge_image

Mode = Literal["functional", "strict"]
MODES: tuple[Mode, ...] = ("functional", "strict")
AIMS = {
    ("(b) integer loop", "functional"): " (aim: 0.9)",
    ("(b) integer loop", "strict"): " (aim: 0.4)",
    ("(c) copy under two stages", "functional"): " (aim: 0.35)",
    ("(d) HVC and ERET", "functional"): " (aim: 0.2)",
}


def rate(image: bytes, mode: Mode, with_start: bool) -> float:
    """Instructions a second of one machine; ``with_start`` counts the time that making it takes, too."""
    board = load_board(BOARD)
    start = time.process_time()
    machine = Machine(board, mode=mode)
    machine.load(image)
    if not with_start:
        start = time.process_time()
    result = machine.run(limit=100_000_000)
    seconds = time.process_time() - start
    if result.stop.kind not in ("power-off", "loop"):
        raise SystemExit(f"the image did not come to its end: {result.stop}")
    return result.instructions / seconds


def best(action: Callable[[], float], runs: int) -> tuple[float, float]:
    """The best rate of several runs, and its ratio to the closure chain just before and after it."""
    found = []
    for _ in range(runs):
        before = operations_per_second(0.2)
        value = action()
        found.append((value / max(before, operations_per_second(0.2)), value))
    ratio, value = max(found)
    return value, ratio


def milliseconds(action: Callable[[], object], times: int) -> float:
    """The median time of an action."""
    found = []
    for _ in range(times):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return 1000 * median(found)


def import_milliseconds(runs: int) -> float:
    """What ``from hypgen import Machine`` takes in a fresh process, bytecode on disk; the best of some."""
    code = "import time; t = time.process_time(); from hypgen import Machine; print(time.process_time() - t)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found = []
    with tempfile.TemporaryDirectory() as directory:
        environment["PYTHONPYCACHEPREFIX"] = directory
        for _ in range(runs + 1):
            command = [sys.executable, "-c", code]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            found.append(float(done.stdout))
    return 1000 * min(found)


def strictness(runs: int) -> None:
    """Print what strict rules cost."""
    board = load_board(BOARD)
    made = compile_image(board)
    ratios = []
    for _ in range(runs):
        functional, strict = (max(rate(made.elf, mode, True) for _ in range(3)) for mode in MODES)
        ratios.append(functional / strict)
    print(f"{IMAGE + ', strict to functional time':50} {min(ratios):8.2f} (aim: at most 2.5)")
    ours, theirs, theirs_wall = [], [], []
    for _ in range(3 * runs + 1):
        start = time.process_time()
        verdict = judge_image(board, made.elf, "bench.elf", lines=made.image.lines)
        ours.append(time.process_time() - start)
        if not verdict.passed:
            raise SystemExit("the image does not pass")
        before = children()
        wall = qemu_seconds(made.elf)
        if wall is not None:
            theirs.append(children() - before)
            theirs_wall.append(wall)
    verified = median(ours[1:])
    print(f"{'verification, strict, both fillings, warm':50} {verified * 1e3:8.0f} ms")
    if theirs:
        wall, used = median(theirs_wall), median(theirs)
        print(f"{'QEMU: start, run, exit':50} {wall * 1e3:8.0f} ms, {used * 1e3:.0f} ms of it CPU time")
        print(f"{'verification to QEMU, CPU time':50} {verified / used:8.2f} (aim: at most 1)")


def children() -> float:
    """CPU time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def starting(image: bytes, runs: int) -> None:
    """Print what it costs to begin."""
    board = load_board(BOARD)
    for mode in MODES:
        machine = Machine(board, mode=mode)
        machine.load(image)
        machine.run(limit=20_000)
        snapshot = machine.snapshot()

        made = milliseconds(lambda mode=mode: Machine(board, mode=mode), 20)
        found = []
        for _ in range(20):
            machine.run(limit=2_000)
            found.append(milliseconds(lambda machine=machine, back=snapshot: machine.restore(back), 1))
        restored = median(found)
        print(f"machine made and reset, {mode:26} {made:8.2f} ms (aim: below 2)")
        print(f"snapshot restored, {mode:31} {restored:8.2f} ms (aim: below 0.5)")
    print(f"{'import of the core':50} {import_milliseconds(runs):8.1f} ms (aim: below 60)")


def peers(image: bytes) -> None:
    """Print the same code in Unicorn and QEMU."""
    print(f"{IMAGE + ', Unicorn':50} {unicorn_refuses(image)}")
    seconds = qemu_seconds(image)
    shown = "missing" if seconds is None else f"{seconds * 1e3:8.0f} ms"
    print(f"{IMAGE + ', QEMU with its start':50} {shown}")
    for loop in LOOPS:
        found = {
            f"Unicorn, {NEAREST[loop.title]}": unicorn(loop, hook=False),
            "Unicorn, with a hook in Python": unicorn(loop, hook=True),
            "QEMU": qemu(loop),
        }
        for name, value in found.items():
            shown = "missing" if value is None else f"{value / 1e6:8.2f} million a second"
            print(f"{loop.title + ', ' + name:75} {shown}")


def main() -> None:
    """Measure and print, one line for each kind of code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="measure only hypgen")
    options = parser.parse_args()
    chain = max(operations_per_second(0.3) for _ in range(options.runs))
    print(f"{'closure chain':50} {chain / 1e6:8.2f} million a second")
    own = own_image()
    kinds = [(IMAGE, own, True), *((loop.title, elf(loop, loop.turns), False) for loop in LOOPS)]
    for title, image, with_start in kinds:
        for mode in MODES:
            if mode == "strict":  # fewer turns, where the strict rules see each access
                image = next((elf(loop, loop.strict) for loop in LOOPS if loop.title == title), image)
            action = lambda image=image, mode=mode, start=with_start: rate(image, mode, start)  # noqa: E731
            value, ratio = best(action, options.runs)
            aim = AIMS.get((title, mode), "")
            print(f"{title + ', ' + mode:50} {value / 1e6:8.2f} million a second, ratio {ratio:.3f}{aim}")
    strictness(options.runs)
    starting(own, options.runs)
    if not options.no_peers:
        peers(own)


if __name__ == "__main__":
    main()
