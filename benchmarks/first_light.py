"""How long hypgen takes, side by side with the tools that people use today, in one run.

    python benchmarks/first_light.py [--runs N]

Needs hypgen installed in the running interpreter, and for the peers GNU as and ld for
arm-none-eabi and qemu-system-arm; a missing peer is reported as missing, never guessed.

*Warm* means modules imported and tables of the architecture filled. Nothing of a board's content
is reused: each warm run builds the board at another address, and the benchmark checks that the
bytes changed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

BOARD = "qemu-virt"
HYPGEN = [sys.executable, "-m", "hypgen"]
QEMU = ["qemu-system-arm", "-M", "virt,virtualization=on", "-cpu", "cortex-a15", "-nographic", "-kernel"]


def timed(action: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each of ``runs`` calls, after one that is not counted."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return seconds


def program(*command: str | Path) -> None:
    """Run a program to its end, its output thrown away; an exit status other than 0 is an error."""
    subprocess.run(list(map(str, command)), check=True, capture_output=True, stdin=subprocess.DEVNULL)


def warm_builds(runs: int) -> list[float]:
    """Build and verify in this process, each time at another load address."""
    from hypgen.board.load import load_board
    from hypgen.pipeline.building import compile_image
    from hypgen.verdict.verdict import judge_image

    board = load_board(BOARD)
    seen: set[bytes] = set()
    step = iter(range(1, runs + 2))

    def once() -> None:
        offset = board.image.offset + 0x10000 * next(step)
        moved = board.model_copy(update={"image": board.image.model_copy(update={"offset": offset})})
        compiled = compile_image(moved)
        verdict = judge_image(moved, compiled.elf, "bench.elf", lines=compiled.image.lines)
        if not verdict.passed or compiled.elf in seen:
            raise SystemExit("a warm run failed, or gave the bytes of an earlier one")
        seen.add(compiled.elf)

    return timed(once, runs)


def peer_build(directory: Path, sources: Iterable[Path], addresses: dict[str, tuple[int, int]]) -> None:
    """Assemble and link the rendered sources with GNU as and ld, and run them in QEMU to their end."""
    objects = []
    for source in sources:
        made = directory / f"{source.stem}.o"
        program("arm-none-eabi-as", "-march=armv7ve", source, "-o", made)
        objects.append(made)
    script = directory / "peer.ld"
    rows = "".join(
        f"  {name} {virtual:#x} : AT({load:#x}) {{ *({name}) }}\n"
        for name, (virtual, load) in addresses.items()
    )
    entry = addresses[".boot.text"][1]
    script.write_text(f"SECTIONS {{\n{rows}  /DISCARD/ : {{ *(.text .data .bss .ARM.attributes) }}\n}}\n")
    image = directory / "peer.elf"
    program("arm-none-eabi-ld", "-T", script, "-e", hex(entry), *objects, "-o", image)
    program(*QEMU, image)


def row(name: str, seconds: list[float], against: float | None = None) -> float:
    """Print one line of the table and return the median."""
    median = statistics.median(seconds)
    ratio = f"{median / against:8.2f}" if against else ""
    print(f"{name:<58} {min(seconds) * 1e3:8.0f} {median * 1e3:8.0f} {max(seconds) * 1e3:8.0f} {ratio}")
    return median


def main() -> None:
    """Measure and print the table: minimum, median and maximum in milliseconds, and the ratio to the peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    print(f"{'milliseconds':<58} {'min':>8} {'median':>8} {'max':>8} {'ratio':>8}")
    typer = row(
        "python -c 'import typer'", timed(lambda: program(sys.executable, "-c", "import typer"), runs)
    )
    row("hypgen --help, cold", timed(lambda: program(*HYPGEN, "--help"), runs), typer)
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        command = [*HYPGEN, "build", "--board", BOARD, "--out", str(work)]
        cold = timed(lambda: program(*command), runs)
        warm = warm_builds(runs)
        peer = None
        missing = [one for one in ("arm-none-eabi-as", "arm-none-eabi-ld", QEMU[0]) if not shutil.which(one)]
        if missing:
            print(f"peers not measured: {', '.join(missing)} not found")
        else:
            from hypgen.board.load import load_board
            from hypgen.plan.image import plan_image

            places = {
                one.name: (int(one.virtual), int(one.load)) for one in plan_image(load_board(BOARD)).sections
            }
            sources = sorted((work / BOARD / "src").glob("*.S"))
            directory = work / "peer"
            directory.mkdir()
            peer = row(
                "arm-none-eabi-as + ld + qemu-system-arm, same sources",
                timed(lambda: peer_build(directory, sources, places), runs),
            )
            image = directory / "peer.elf"
            row(
                "  of which qemu-system-arm: start, run, exit",
                timed(lambda: program(*QEMU, image), runs),
                peer,
            )
        row(f"hypgen build --board {BOARD}, cold process", cold, peer)
        row("build and verify in a warm process, new addresses each time", warm, peer)


if __name__ == "__main__":
    main()
