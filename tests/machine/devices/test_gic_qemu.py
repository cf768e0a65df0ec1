"""The GIC against QEMU's: random sequences of register accesses read the same."""

from __future__ import annotations

import pytest

from tests.machine.devices.gic_sequences import Generator, in_qemu

pytestmark = pytest.mark.oracle

ACCESSES = 3000


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("seed", range(3))
def test_random_accesses_read_what_qemu_reads(seed, cpus, tmp_path, oracle_counter):
    generator = Generator(seed, cpus)
    accesses = generator.make(ACCESSES)
    theirs = iter(in_qemu(accesses, cpus, tmp_path))

    history = []
    for access, ours, departure in zip(accesses, generator.values, generator.departures, strict=True):
        if ours is None:
            history.append(str(access))
            continue
        read = next(theirs)
        history.append(f"{access}: {ours:#x}, in QEMU {read:#x}")
        assert read == ours or read in departure, "\n".join(history[-40:])
        oracle_counter("gic-qemu")(1)
    assert next(theirs, None) is None
