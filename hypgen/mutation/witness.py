"""The same mutants in QEMU, which the user names: what an emulator that forgives notices of them.

This is the one place where hypgen calls another program, and only when it is asked to. A mutant is run
where its change is one of the image's bytes; bits that are inverted on their way into a register are not.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hypgen.errors import InputError
from hypgen.mutation.bench import Subject
from hypgen.mutation.following import by_cpu
from hypgen.mutation.mutant import Mutant, patched

MACHINES: Mapping[str, Mapping[str, str]] = {
    "qemu-virt": {
        "hyp": "virt,virtualization=on",
        "secure-svc": "virt,secure=on,virtualization=on",
    },
}
"""QEMU's machine by board and by the mode in which the image is entered; other boards have none that fits."""
PATIENCE = 3.0
"""Seconds that a mutant may take beyond ten times those of the unmutated image."""


class Witness:
    """QEMU as ``program`` runs it; ``machine`` is its ``-M``."""

    def __init__(self, program: str, subject: Subject) -> None:
        self._program = program
        self._subject = subject
        board = subject.scenario.on(subject.board)
        self._machine = MACHINES.get(board.name, {}).get(board.entry.mode, "")
        if subject.scenario.board.get("hyp_mmu"):
            self._machine = ""

    def notices(self, mutant: Mutant) -> bool | None:
        """Whether the mutant's console is not that of the unmutated image; None if it cannot be run there."""
        if not self._machine or not mutant.words:
            return None
        base, seconds = self._base
        changed = patched(self._subject.elf, self._subject.image, mutant)
        return self._run(changed, 10 * seconds + PATIENCE)[0] != base

    @cached_property
    def _base(self) -> tuple[Sequence[Sequence[str]], float]:
        console, seconds = self._run(self._subject.elf, 60.0)
        if not console:  # who sees nothing would be said to notice nothing
            raise InputError.at(
                "IN-001",
                f"{self._program} -M {self._machine} prints nothing of the unmutated image",
                hint="--qemu PROGRAM: a qemu-system-arm that has this machine",
            )
        return console, seconds

    def _run(self, elf: bytes, patience: float) -> tuple[Sequence[Sequence[str]], float]:
        """What each CPU prints until the machine is switched off, or patience ends, and the seconds."""
        with tempfile.TemporaryDirectory() as directory:
            image, output = Path(directory) / "image.elf", Path(directory) / "console"
            image.write_bytes(elf)
            command = [self._program, "-M", self._machine, "-cpu", "cortex-a15", "-smp", "4"]
            command += ["-accel", "tcg,thread=single", "-nographic", "-kernel", str(image)]
            begun = time.monotonic()
            try:
                with output.open("wb") as sink:
                    running = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.DEVNULL
                    )
            except OSError as error:
                raise InputError.at(
                    "IN-001", f"cannot run {self._program}: {error.strerror or error}", None, "--qemu PROGRAM"
                ) from error
            try:
                running.wait(patience)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
            console = output.read_bytes().decode("utf-8", "replace")
            return sorted(by_cpu(console).values()), time.monotonic() - begun
