"""The local interrupt controller of the BCM2836: four mailboxes and the timers of each core.

Broadcom QA7, "BCM2836 ARM-local peripherals". A core's interrupts are levels: nothing is
acknowledged here, a source is silenced at its device. Every source goes to IRQ or to FIQ of its own
core, FIQ first. The interrupt of the VideoCore side (GPU) and the local timer have no source here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hypgen.machine.devices.base import Requester, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal, Sink

CORES = 4
CONTROL = 0x00
PRESCALER = 0x08
GPU_ROUTING = 0x0C
TIMER_CONTROL = 0x40
MAILBOX_CONTROL = 0x50
IRQ_SOURCE = 0x60
FIQ_SOURCE = 0x70
MAILBOX_SET = 0x80
MAILBOX_CLEAR = 0xC0
END = 0x100

MAILBOXES = 4
TIMERS = 4
"""Sources 0 to 3: CNTPS, CNTPNS, CNTHP, CNTV; 4 to 7 are the mailboxes; 8 is the GPU."""

_PLAIN = {CONTROL: 0x300, PRESCALER: 0xFFFF_FFFF, GPU_ROUTING: 0xF}
"""Registers that hold what is written, and the bits that they have."""


class Bcm2836LocalController:
    """The registers at ARM_LOCAL. A control register has IRQ enables in bits 3:0 and FIQ enables in 7:4."""

    STATE = ("_plain", "_timer_control", "_mailbox_control", "_mailboxes", "_timers")
    """What a snapshot holds."""

    def __init__(self, cpus: int = CORES, size: int = END) -> None:
        self.name = "local interrupt controller (bcm2836-l1-intc)"
        self.requester = Requester()
        self._plain = dict.fromkeys(_PLAIN, 0)
        self._timer_control = [0] * CORES
        self._mailbox_control = [0] * CORES
        self._mailboxes = [[0] * MAILBOXES for _ in range(CORES)]
        self._timers = [0] * CORES
        """The levels of each core's timers, as a mask."""
        self._outputs = tuple({"irq": Signal(), "fiq": Signal()} for _ in range(CORES))

    # -- wires -------------------------------------------------------------------------------------------
    def private_line(self, cpu: int, number: int) -> Sink:
        """The input of timer ``number`` of a core."""
        return partial(self._set_timer, cpu, number)

    def shared_line(self, number: int) -> Sink:
        """No device of the ARM side interrupts through this controller."""
        raise not_modelled(self.name, f"the shared interrupt {number}")

    def outputs(self, cpu: int) -> Mapping[str, Signal]:
        """IRQ and FIQ of a core."""
        return self._outputs[cpu]

    def _set_timer(self, core: int, number: int, level: bool) -> None:
        bit = 1 << number
        self._timers[core] = self._timers[core] | bit if level else self._timers[core] & ~bit
        self._update(core)

    def _sources(self, core: int, fiq: bool) -> int:
        """The sources that assert IRQ, or FIQ, of a core; an enabled FIQ keeps the source off IRQ."""

        def routed(control: int) -> int:
            return control >> 4 & 0xF if fiq else control & ~(control >> 4) & 0xF

        boxes = sum(1 << n for n, value in enumerate(self._mailboxes[core]) if value)
        timers = self._timers[core] & routed(self._timer_control[core])
        return timers | (boxes & routed(self._mailbox_control[core])) << TIMERS

    def _update(self, core: int) -> None:
        self._outputs[core]["fiq"].set(bool(self._sources(core, fiq=True)))
        self._outputs[core]["irq"].set(bool(self._sources(core, fiq=False)))

    # -- registers ---------------------------------------------------------------------------------------
    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for what has no model here."""
        core, box = (offset & 0xF) >> 2, offset >> 2 & 3
        if size == 4 and not offset & 3:
            if offset in self._plain:
                return self._plain[offset]
            if TIMER_CONTROL <= offset < MAILBOX_CONTROL:
                return self._timer_control[core]
            if MAILBOX_CONTROL <= offset < IRQ_SOURCE:
                return self._mailbox_control[core]
            if IRQ_SOURCE <= offset < MAILBOX_SET:
                return self._sources(core, fiq=offset >= FIQ_SOURCE)
            if MAILBOX_SET <= offset < MAILBOX_CLEAR:
                return 0  # write only
            if MAILBOX_CLEAR <= offset < END:
                return self._mailboxes[(offset - MAILBOX_CLEAR) >> 4][box]
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for what has no model here."""
        core = (offset & 0xF) >> 2
        if size == 4 and not offset & 3:
            if offset in self._plain:
                self._plain[offset] = value & _PLAIN[offset]
                return
            if TIMER_CONTROL <= offset < MAILBOX_CONTROL:
                self._timer_control[core] = value & 0xFF
                self._update(core)
                return
            if MAILBOX_CONTROL <= offset < IRQ_SOURCE:
                self._mailbox_control[core] = value & 0xFF
                self._update(core)
                return
            if IRQ_SOURCE <= offset < MAILBOX_SET:
                return  # read only
            if MAILBOX_SET <= offset < END:
                self._post(offset, value)
                return
        raise not_modelled(self.name, describe_access(offset, size, value))

    def _post(self, offset: int, value: int) -> None:
        """Set bits of a mailbox, or clear them."""
        core, box = (offset & 0x3F) >> 4, offset >> 2 & 3
        boxes = self._mailboxes[core]
        boxes[box] = boxes[box] | value if offset < MAILBOX_CLEAR else boxes[box] & ~value
        self._update(core)
        self.requester.sent(core)
