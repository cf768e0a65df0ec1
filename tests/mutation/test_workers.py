"""Processes that judge: what they give, that a batch stays in one, and that what is raised arrives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from hypgen.errors import InputError
from hypgen.mutation.workers import workers


def _double(number):
    return 2 * number


def _counted(batch):
    """Each number with the process that gives it."""
    for number in batch:
        yield number, os.getpid()


def _refused(batch):
    yield batch
    raise InputError.at("IN-001", "no such thing", None, "")


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_from_all_batches_each_in_one_process(jobs):
    batches = [range(5), range(5, 6), range(6, 20), ()]
    with workers(jobs) as made:
        assert sorted(made.each(_double, range(4))) == [0, 2, 4, 6]
        results = list(made.stream(_counted, batches))
        assert list(made.stream(_counted, [])) == []
    assert sorted(number for number, _ in results) == list(range(20))
    for batch in batches:
        of_batch = [(number, process) for number, process in results if number in batch]
        assert [number for number, _ in of_batch] == list(batch)
        assert len({process for _, process in of_batch}) <= 1
    assert (jobs == 1) == ({process for _, process in results} == {os.getpid()})


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_batch_raises_is_raised_here(jobs):
    with workers(jobs) as made:
        results = made.stream(_refused, [1])
        assert next(results) == 1
        with pytest.raises(InputError, match="no such thing"):
            next(results)


def test_processes_end_when_their_parent_is_killed():
    """They hold its standard output, which whoever reads it would otherwise wait for."""
    program = (
        "import time\n"
        "from hypgen.mutation.workers import workers\n"
        "def judged(number):\n"
        "    yield number\n"
        "    time.sleep(600)\n"
        "with workers(2) as made:\n"
        "    for one in made.stream(judged, range(2)):\n"
        "        print('judging', flush=True)\n"
    )
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert [running.stdout.readline() for _ in range(2)] == [b"judging\n"] * 2
    running.send_signal(signal.SIGKILL)
    assert running.communicate(timeout=60) == (b"", None)
