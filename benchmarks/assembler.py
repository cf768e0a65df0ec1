"""Lines assembled per second, beside GNU as on the same sources, in one run.

    python benchmarks/assembler.py [--runs N]

The sources look like bring-up code (loads, branches to labels, system registers, immediates of many
values); lines differ from each other as much as in code written by hand. *Warm* means that this
process has assembled the source before: modules are imported and encodings remembered. GNU as is
timed as its users run it, as a program; without it the column says so. Times are CPU times.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SIZES = (1_000, 10_000, 100_000)
WANTED = 50_000
"""Instruction statements per second, warm, that every size must reach."""


def line(number: int) -> str:
    """One statement; each tenth carries a label that the branches go to."""
    low, near = number % 7, number // 10 * 10
    return (
        f"l{number}: add r{low}, r{(number + 1) % 7}, #{number % 200}",
        f"        ldr     r{low}, [r{(number + 3) % 8}, #{4 * (number % 31)}]",
        f"        b       l{near}",
        f"        cmp     r0, #{number % 250}      @ a comment",
        f"        bne     l{near}",
        "        mov     r0, r1",
        f"        movw    r2, #{number % 1000}",
        f"        push    {{r4, r{5 + number % 3}}}",
        "        mcr     p15, 0, r0, c1, c0, 0",
        f"        str     r1, [sp, #{4 * (number % 30)}]",
    )[number % 10]


def source(count: int, mode: str) -> str:
    """A source of ``count`` statements in ``.arm`` or ``.thumb`` code."""
    return "\n".join([".syntax unified", mode, *map(line, range(count)), ""])


def least(action: Callable[[], object], clock: Callable[[], float], runs: int) -> float:
    """CPU seconds of the fastest of ``runs`` calls, after one that is not counted.

    CPU time, because wall-clock time is that of everything else on the machine.
    """
    action()
    seconds = []
    for _ in range(runs):
        start = clock()
        action()
        seconds.append(clock() - start)
    return min(seconds)


def of_children() -> float:
    """CPU seconds of the programs that this process has run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_gnu(text: str, runs: int) -> float | None:
    """Seconds that GNU as takes; None without it."""
    if shutil.which("arm-none-eabi-as") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.s"
        path.write_text(text)
        command = ["arm-none-eabi-as", "-march=armv7ve", str(path), "-o", str(path.with_suffix(".o"))]
        return least(lambda: subprocess.run(command, check=True), of_children, runs)


def main() -> int:
    """Print the table; 1 if a size is slower than what is wanted."""
    from hypgen.asm.assembler import assemble
    from hypgen.asm.source import AsmSource

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    slow = False
    print(f"{'code':<7} {'lines':>8} {'hypgen, lines/s':>16} {'GNU as, lines/s':>16} {'times as long':>14}")
    for mode in (".arm", ".thumb"):
        for count in SIZES:
            text = source(count, mode)
            mine = least(lambda text=text: assemble(AsmSource("x.s", text)), time.process_time, runs)
            theirs = by_gnu(text, runs)
            peer = f"{count / theirs:16,.0f} {mine / theirs:14.1f}" if theirs else f"{'missing':>16}"
            print(f"{mode[1:]:<7} {count:8,} {count / mine:16,.0f} {peer}")
            slow |= count / mine < WANTED
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
