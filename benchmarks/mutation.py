"""How long the whole mutation table of a board takes, in runs of QEMU on the board's own image.

    python benchmarks/mutation.py [--board qemu-virt] [--jobs 2]

Needs hypgen installed in the running interpreter, and qemu-system-arm for the ratio; without it that is
reported as missing. The image that QEMU runs is that of qemu-virt, whose machine it has, whatever the board.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AIM = 1000
"""Runs of QEMU that the table of a board may take, on two cores."""
QEMU = ["qemu-system-arm", "-M", "virt,virtualization=on", "-cpu", "cortex-a15", "-nographic", "-kernel"]


def run_of_qemu(directory: Path, runs: int = 5) -> float | None:
    """Seconds that QEMU takes to start, run and leave the default image; None without QEMU."""
    if shutil.which(QEMU[0]) is None:
        return None
    hypgen = [sys.executable, "-m", "hypgen", "build", "--board", "qemu-virt", "-q", "--out", str(directory)]
    subprocess.run(hypgen, check=True)
    image = directory / "qemu-virt" / "qemu-virt.elf"
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([*QEMU, str(image)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def main() -> None:
    """Time both, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--board", default="qemu-virt")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        one = run_of_qemu(directory)
        command = [sys.executable, "-m", "hypgen", "mutate", "--board", asked.board, "--fresh"]
        command += ["-j", str(asked.jobs), "--format", "json", "--out", str(directory)]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        table = time.perf_counter() - start
        counts = json.loads(done.stdout)["counts"]
    mutants = sum(counts[kind] for kind in ("rule", "check", "form", "equivalent", "survived"))
    print(f"{asked.board}: {mutants} mutants in {table:.1f} s with {asked.jobs} processes: {counts}")
    if one is None:
        print("qemu-system-arm: missing, so there is no ratio")
    else:
        print(f"one run of QEMU {1000 * one:.0f} ms: the table takes {table / one:.0f} of them (aim {AIM})")


if __name__ == "__main__":
    main()
