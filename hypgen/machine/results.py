"""What a run gives: why it stopped, and how far it came."""

from __future__ import annotations

from typing import NamedTuple


class StopReason(NamedTuple):
    """Why a run ended. ``kind`` is one of

    * ``until``: the address asked for was reached,
    * ``watch``: a watchpoint's access is about to be made,
    * ``loop``: a branch to itself, ``wfi``: a wait that nothing can end,
    * ``power-off``: firmware was asked to switch off or reset,
    * ``exit``: the guest said that it is done,
    * ``lock-up``: an exception whose vector takes the same exception again, for ever,
    * ``not-modelled``: the image did something that the core does not model,
    * ``unpredictable``: the image did something that the architecture gives no meaning,
    * ``limit``: the instruction limit.

    ``sentence`` says it with addresses and symbols; ``pc`` is the instruction concerned, of ``cpu``, and
    ``place`` its link address, where it is the image's.
    """

    kind: str
    sentence: str
    pc: int
    cpu: int = 0
    place: int = 0


class RunResult(NamedTuple):
    """Outcome of one call of ``Machine.run``; ``instructions`` are those executed in it."""

    stop: StopReason
    instructions: int
