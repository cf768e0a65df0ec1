"""Processes that make images and judge mutants, and give results as they come."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.pool import Pool
from multiprocessing.queues import SimpleQueue
from typing import Any, NamedTuple

_GARBAGE = 200_000, 50, 1000
"""When objects in cycles are looked for: states that are kept are many objects, and none of them garbage."""
_RESULTS: list[SimpleQueue[Any]] = []
"""In a process of the pool: where the results go."""


class _Done(NamedTuple):
    """A batch is done; ``error`` is what it raised."""

    error: Exception | None


class Workers:
    """``jobs`` processes, or with one none besides this."""

    def __init__(self, pool: Pool | None, results: SimpleQueue[Any] | None) -> None:
        self._pool = pool
        self._results = results

    def each(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """What a function gives for each task, as it comes."""
        return self._pool.imap_unordered(function, tasks) if self._pool else map(function, tasks)

    def stream(self, function: Callable[[Any], Iterable[Any]], batches: Sequence[Any]) -> Iterator[Any]:
        """All that a function gives for each batch, one by one as it comes; one process does a batch, and
        batches are begun in their order. Raises what the function raises."""
        if self._pool is None or self._results is None:
            for batch in batches:
                yield from function(batch)
            return
        begun = [self._pool.apply_async(_do, (function, batch)) for batch in batches]
        left = len(begun)
        while left:
            result = self._results.get()
            if not isinstance(result, _Done):
                yield result
            elif result.error is not None:
                raise result.error
            else:
                left -= 1


@contextmanager
def workers(jobs: int) -> Iterator[Workers]:
    """``jobs`` processes, which know what this one knows by now where processes are forked."""
    if jobs == 1:
        yield Workers(None, None)
        return
    context = get_context()
    results = context.SimpleQueue()
    # A process is begun with what this thread has blocked: none is interrupted before it knows what to do.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pool = context.Pool(jobs, _begin, (results,))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with pool:
        yield Workers(pool, results)


def _begin(results: SimpleQueue[Any]) -> None:
    """The parent is interrupted as well, and ends its workers; if it is killed, they end by themselves."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _RESULTS.append(results)


def _end_with_parent() -> None:
    """End this process when its parent has ended: nobody takes its results, and more work never comes."""
    parent = parent_process()
    assert parent is not None  # as this is a process of a pool
    parent.join()
    os._exit(1)


def _do(function: Callable[[Any], Iterable[Any]], batch: object) -> None:
    (results,) = _RESULTS
    error = None
    try:
        for result in function(batch):
            results.put(result)
    except Exception as raised:
        error = raised
    results.put(_Done(error))
