"""The yardstick of the core's speed: a bare chain of Python closures.

An emulator written as closures cannot beat calling closures, so the core's speed is stated as a
ratio to this chain, measured in the same run on the same machine (docs/performance.md).

    python benchmarks/closure_chain.py
"""

from __future__ import annotations

import time
from collections.abc import Callable


def chain() -> list[Callable[[], None]]:
    """Eight simple register operations, as the core binds them; each varies the data it works on."""
    r = [0] * 16

    def add(d: int, n: int, imm: int) -> Callable[[], None]:
        def op() -> None:
            r[d] = (r[n] + imm) & 0xFFFF_FFFF

        return op

    def eor(d: int, n: int, m: int) -> Callable[[], None]:
        def op() -> None:
            r[d] = r[n] ^ r[m]

        return op

    return [
        add(0, 0, 1),
        eor(1, 1, 0),
        add(2, 1, 3),
        eor(3, 2, 1),
        add(4, 3, 7),
        eor(5, 4, 2),
        add(6, 5, 5),
        eor(7, 7, 6),
    ]


def operations_per_second(seconds: float = 0.5) -> float:
    """Closures called per second over at least ``seconds``."""
    ops = chain()
    done = 0
    start = time.process_time()
    while (elapsed := time.process_time() - start) < seconds:
        for _ in range(2000):
            for op in ops:
                op()
        done += 2000 * len(ops)
    return done / elapsed


if __name__ == "__main__":
    print(f"{max(operations_per_second() for _ in range(5)) / 1e6:.2f} million operations per second")
