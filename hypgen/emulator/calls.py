"""SVC, HVC and SMC in hot code: what entry came to the last time, done again.

:mod:`hypgen.emulator.entry` is the one place that knows where an exception goes. What :func:`calling` makes
has it enter the exception, and sees what became of it: the mode, the state bits, the syndrome, the return
address. As long as the same instruction is executed in the same mode and state, and ``System.stamp``
says that no register was written that could make a difference, that is what it comes to, and all that
is left is to do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import CONTROL, FLAG_BITS, Swaps, control_bits, sp_and_lr, spsr_of, swaps_between
from hypgen.emulator.exceptions import (
    ExceptionTaken,
    GuestException,
    HypervisorCall,
    SecureMonitorCall,
)

if TYPE_CHECKING:
    from hypgen.emulator.blocks import Runner
    from hypgen.emulator.execute.closures import Op

_CONDUITS: dict[type[GuestException], str] = {HypervisorCall: "hvc", SecureMonitorCall: "smc"}
_HYP, _MON = int(Mode.HYP), int(Mode.MON)
_record = tuple.__new__


class Place(NamedTuple):
    """An instruction that is called: its address, length in bytes, and the ITSTATE before it."""

    pc: int
    length: int
    itstate: int


def calling(runner: Runner, place: Place, exception: GuestException) -> Op:
    """A function that enters ``exception`` on behalf of the instruction at ``place``, and counts it."""
    cpu, system, lock_ups = runner.cpu, runner.system, runner.lock_ups
    banks, r, values = cpu.banks, cpu.r, cpu.coproc.values
    conduit = _CONDUITS.get(type(exception), "")
    seen: object = None
    known: object = None  # the stamp, while what follows holds
    control = mode = link = vector = 0
    before: tuple[int, ...] = ()
    flags = FLAG_BITS
    note = system.exceptions.append
    bits: tuple[int, ...] = ()
    masks = False
    swaps: Swaps = ()
    sp_out = lr_out = sp_back = lr_back = ""
    live: tuple[str, ...] = ()
    context, views, spsr = system.context, system.passing, ""
    elr: int | None = None
    first: tuple[object, ...] = ()
    hsr: int | None = None

    def call() -> None:
        count = cpu.count
        if (
            known is not system.stamp
            or before != (cpu.e, cpu.a, cpu.i, cpu.f, cpu.t, cpu.mode)
            or count == lock_ups.entered
            or cpu.ge
            or system.semihosting is not None
        ):
            enter()
            return
        banks[spsr] = flags[cpu.n, cpu.z, cpu.c, cpu.v, cpu.q] | control
        if masks:
            cpu.e, cpu.a, cpu.i, cpu.f, cpu.t = bits
        if sp_out:  # SP and LR alone, as between most modes
            banks[sp_out], banks[lr_out] = r[13], r[14]
            r[13], r[14] = banks[sp_back], banks[lr_back]
        else:
            for number, out, back in swaps:
                banks[out] = r[number]
                r[number] = banks[back]
        cpu.live = live
        cpu.mode = mode
        system.context = context
        system.blocks = context.blocks
        system.passing = views
        if elr is None:
            r[14] = link
        else:
            banks["ELR_hyp"] = elr
        if hsr is not None:
            values["HSR"] = hsr
        r[15] = vector
        taken = _record(ExceptionTaken, first + (count, ""))  # noqa: RUF005  # half the time
        note(taken)
        lock_ups.last = system.last_exception = taken
        if lock_ups.chain:
            lock_ups.chain.clear()
        cpu.count = lock_ups.entered = count + 1
        if system.interrupted:
            system.attention = True
        if system.on_exception:
            for hook in system.on_exception:
                hook(taken)

    def enter() -> None:
        """Have it entered, and remember what became of it, if that may happen again."""
        nonlocal seen, known, before, control, bits, swaps, live, mode, context, views, spsr, elr, link
        nonlocal first, vector, hsr, masks, sp_out, lr_out, sp_back, lr_back
        stamp, last, ge = system.stamp, system.last_exception, cpu.ge
        state = cpu.e, cpu.a, cpu.i, cpu.f, cpu.t, cpu.mode
        runner.place = place
        runner.enter(exception)
        taken = system.last_exception
        again, seen = seen is stamp is system.stamp, stamp
        if (
            not again
            or taken is None
            or taken is last
            or taken.why
            or ge
            or state[-1] == _MON  # entry clears SCR.NS, too
            or place.itstate
            or cpu.it
            or system.observer is not None
            or (system.firmware is not None and conduit in system.conduits)
        ):
            return
        known, before, mode = stamp, state, cpu.mode
        control = state[0] << 9 | state[1] << 8 | state[2] << 7 | state[3] << 6 | state[4] << 5 | state[5]
        swaps, live = swaps_between(state[5], mode)
        sp_out, sp_back, lr_out, lr_back = sp_and_lr(swaps)
        bits, spsr = control_bits(cpu.cpsr() & CONTROL), spsr_of(mode)
        masks = bits != state[:5]
        context, views = system.context, system.passing
        elr, link = taken.preferred_return if mode == _HYP else None, r[14]
        first, vector, hsr = taken[:10], taken.vector_pc, taken.hsr

    return call
