"""One CPU: general registers with their banks, program status, and what hangs off it.

Modes, banking and PSRs follow DDI 0406C B1.3 "ARM processor modes and ARM core registers". Hyp
mode has its own SP and SPSR and the ELR_hyp register, and shares LR with User mode (B1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.psr import Mode
from hypgen.emulator import extension
from hypgen.emulator.extension import ExtensionRegisters

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.emulator.coprocessor import Coprocessors
    from hypgen.emulator.dataside import DataSide
    from hypgen.emulator.system import System

_SUFFIX = {
    Mode.USR: "usr",
    Mode.FIQ: "fiq",
    Mode.IRQ: "irq",
    Mode.SVC: "svc",
    Mode.MON: "mon",
    Mode.ABT: "abt",
    Mode.HYP: "hyp",
    Mode.UND: "und",
    Mode.SYS: "usr",
}
"""Mode to the suffix of its banked registers."""


def _live_names(mode: Mode) -> tuple[str, ...]:
    """Architectural names of what r8 to r14 hold in ``mode``."""
    bank = _SUFFIX[mode]
    middle = "fiq" if mode is Mode.FIQ else "usr"
    link = "usr" if mode is Mode.HYP else bank  # there is no LR_hyp
    return (*(f"r{number}_{middle}" for number in range(8, 13)), f"SP_{bank}", f"LR_{link}")


_HYP, _MON = int(Mode.HYP), int(Mode.MON)
_LIVE = {int(mode): _live_names(mode) for mode in Mode}
_SWAPS = {
    (before, after): tuple(
        (number, out, back)
        for number, (out, back) in enumerate(zip(_LIVE[before], _LIVE[after], strict=True), 8)
        if out != back
    )
    for before in _LIVE
    for after in _LIVE
}
"""By mode before and after: the registers that are banked between them, with the names of what leaves
and of what comes."""
_SPSR = {int(mode): f"SPSR_{_SUFFIX[mode]}" for mode in Mode if _SUFFIX[mode] != "usr"}
Swaps = tuple[tuple[int, str, str], ...]


def swaps_between(before: int, after: int) -> tuple[Swaps, tuple[str, ...]]:
    """What a mode change does to r8 to r14: the numbers of those that are banked between the two modes, with
    the names of what leaves and what comes; and the names of all of them after it."""
    return _SWAPS[before, after], _LIVE[after]


def sp_and_lr(swaps: Swaps) -> tuple[str, str, str, str]:
    """What leaves and what comes of SP, and of LR, where those two alone change places; otherwise empty."""
    if tuple(number for number, _, _ in swaps) != (13, 14):
        return "", "", "", ""
    (_, sp_out, sp_back), (_, lr_out, lr_back) = swaps
    return sp_out, sp_back, lr_out, lr_back


def stack_of(mode: int) -> str:
    """The name of a mode's SP."""
    return _LIVE[mode][13 - 8]


def spsr_of(mode: int) -> str:
    """The name of a mode's SPSR."""
    return _SPSR[mode]


def control_bits(control: int) -> tuple[int, ...]:
    """E, A, I, F and T of a CPSR, in this order."""
    return tuple(control >> number & 1 for number in (9, 8, 7, 6, 5))


BANKED_NAMES = (
    *dict.fromkeys(name for names in _LIVE.values() for name in names),
    *_SPSR.values(),
    "ELR_hyp",
)
"""Every banked register, by the name that MRS and MSR (Banked register) use."""


CONTROL = 0x3FF
"""CPSR.E, A, I, F, T and M: what exception entry and return change besides the flags."""
SELDOM = 0x070F_FC00
"""CPSR.IT, J and GE."""
FLAGS = tuple(tuple(value >> number & 1 for number in (4, 3, 2, 1, 0)) for value in range(32))
"""N, Z, C, V and Q by their bits."""
FLAG_BITS = {flags: value << 27 for value, flags in enumerate(FLAGS)}
"""The bits of the CPSR by N, Z, C, V and Q."""


class Cpu:
    """State of one CPU. Instructions are closures over it; see :mod:`hypgen.emulator.execute`.

    ``r`` is one list for the CPU's whole life, so closures may capture it: a mode change copies
    the banks in place. Its items are always in 0..2**32-1. Between blocks ``r[15]`` is the address
    of the next instruction; inside an instruction it already holds the address after the block,
    and an instruction that branches assigns it (and ``t``). Flags and PSR fields are ints, one
    attribute each, in the manual's lower case: ``n z c v q ge j e a i f t it``.
    """

    STATE = (
        *("r", "banks", "n", "z", "c", "v", "q", "ge", "j", "e", "a", "i", "f", "t", "it", "mode"),
        *("count", "waiting"),
    )
    """What a snapshot holds."""

    __slots__ = (
        "_switches",
        "a",
        "banks",
        "c",
        "coproc",
        "count",
        "e",
        "extension",
        "f",
        "ge",
        "i",
        "index",
        "it",
        "j",
        "live",
        "mem",
        "mode",
        "n",
        "q",
        "r",
        "returns",
        "system",
        "t",
        "v",
        "waiting",
        "z",
    )

    mem: DataSide
    """Data accesses by virtual address, in the current translation regime."""
    coproc: Coprocessors
    """CP14 and CP15."""
    system: System
    """Translation, exclusive monitor, barriers and what else an instruction reaches outside."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.r = [0] * 16
        self.n = self.z = self.c = self.v = self.q = 0
        self.ge = 0
        self.j = self.t = self.e = self.it = 0
        self.a = self.i = self.f = 1
        self.mode = int(Mode.SVC)
        self.extension = ExtensionRegisters()
        self.count = 0
        """Instructions executed, brought up to date at the end of each block."""
        self.waiting = ""
        """``wfi`` or ``wfe`` while the CPU waits, ``loop`` while it branches to itself."""
        self.banks: dict[str, int] = dict.fromkeys(BANKED_NAMES, 0)
        """Banked registers by name; those of :attr:`live` are in ``r`` instead."""
        self.live = _LIVE[self.mode]
        """The names of what r8 to r14 are now."""
        self._switches: dict[int, Callable[[], None]] = {}
        self.returns: dict[int, Callable[[int, int], None]] = {}
        """Exception returns that were made before, by the CPSR's state after and the mode before."""

    def restored(self) -> None:
        """The state is that of a snapshot again: nothing that was derived from another holds."""
        self.live = _LIVE[self.mode]
        self.system.registers_set()

    @property
    def is_hyp(self) -> bool:
        """Whether the CPU is in Hyp mode (PL2)."""
        return self.mode == _HYP

    @property
    def secure(self) -> bool:
        """IsSecure(): Monitor mode, or SCR.NS = 0 (DDI 0406C B1.5)."""
        return self.mode == _MON or not self.coproc.scr_ns

    def cpsr(self) -> int:
        """The current program status register as a word."""
        low = self.e << 9 | self.a << 8 | self.i << 7 | self.f << 6 | self.t << 5 | self.mode
        high = self.n << 4 | self.z << 3 | self.c << 2 | self.v << 1 | self.q
        it, ge = self.it, self.ge
        if it or ge or self.j:
            low |= (it & 3) << 25 | self.j << 24 | ge << 16 | (it >> 2) << 10
        return high << 27 | low

    def write_cpsr(self, value: int) -> None:
        """Set the whole CPSR; the mode's bank becomes current. Legality is the caller's business."""
        self.n, self.z, self.c, self.v, self.q = FLAGS[value >> 27 & 0x1F]
        if value & SELDOM:
            self.it = (value >> 25 & 3) | (value >> 10 & 0x3F) << 2
            self.j = value >> 24 & 1
            self.ge = value >> 16 & 0xF
        else:
            self.it = self.j = self.ge = 0
        self.switch(value & CONTROL)

    def switch(self, control: int) -> None:
        """Set the bits of :data:`CONTROL` in the CPSR, and so change the mode and what depends on it.

        What is to be done is found out once, for each mode and value.
        """
        key = (self.coproc.values["SCR"] & 1) << 15 | self.mode << 10 | control
        change = self._switches.get(key)
        if change is None:
            change = self._switches[key] = self._switch_to(control)
        change()

    def forget_switches(self) -> None:
        """The contexts that modes have are others now, or what may be returned to."""
        self._switches.clear()
        self.returns.clear()

    def _switch_to(self, control: int) -> Callable[[], None]:
        """What :meth:`switch` does from the current mode."""
        bits, mode = control_bits(control), control & 0x1F
        swaps, live = swaps_between(self.mode, mode)
        banks, r, select = self.banks, self.r, self.system.selector(mode, bool(control & 0x200))

        def change() -> None:
            self.e, self.a, self.i, self.f, self.t = bits
            for number, out, back in swaps:
                banks[out] = r[number]
                r[number] = banks[back]
            self.live = live
            self.mode = mode
            select()

        return change

    def change_mode(self, mode: int) -> None:
        """Make ``mode`` current: swap the banked registers and rebind what depends on privilege."""
        if mode != self.mode:
            banks, r = self.banks, self.r
            for number, out, back in _SWAPS[self.mode, mode]:
                banks[out] = r[number]
                r[number] = banks[back]
            self.live = _LIVE[mode]
            self.mode = int(mode)
        self.system.context_changed()

    @property
    def spsr(self) -> int:
        """SPSR of the current mode. Reading it in User or System mode is UNPREDICTABLE: reads 0."""
        name = _SPSR.get(self.mode)
        return self.banks[name] if name else 0

    @spsr.setter
    def spsr(self, value: int) -> None:
        name = _SPSR.get(self.mode)
        if name:
            self.banks[name] = value

    @property
    def has_spsr(self) -> bool:
        """Whether the current mode has an SPSR (all but User and System)."""
        return self.mode in _SPSR

    def enter_hyp(self, spsr: int, elr: int) -> None:
        """Set SPSR_hyp and ELR_hyp, as an exception entry does."""
        banks = self.banks
        banks["SPSR_hyp"] = spsr
        banks["ELR_hyp"] = elr

    @property
    def elr_hyp(self) -> int:
        """ELR_hyp, which holds the preferred return address in Hyp mode."""
        return self.banks["ELR_hyp"]

    @elr_hyp.setter
    def elr_hyp(self, value: int) -> None:
        self.banks["ELR_hyp"] = value

    def read_banked(self, name: str) -> int:
        """A banked register by name (``SP_svc``, ``r8_fiq``, ``SPSR_abt``, ``ELR_hyp``) from any mode."""
        if name in self.live:
            return self.r[8 + self.live.index(name)]
        return self.banks[name]

    def all_banked(self) -> dict[str, int]:
        """Every banked register by its name, as :meth:`read_banked` gives it."""
        return {**self.banks, **dict(zip(self.live, self.r[8:15], strict=True))}

    def write_banked(self, name: str, value: int) -> None:
        """Set a banked register by name, from any mode."""
        if name in self.live:
            self.r[8 + self.live.index(name)] = value
        elif name in self.banks:
            self.banks[name] = value
        else:
            raise KeyError(name)

    def read(self, name: str) -> int:
        """Any register by its architectural name: ``r0``, ``SP``, ``CPSR``, ``SP_hyp``, ``HSCTLR``.

        ``pc`` is the address of the next instruction. CP15 registers that are banked by security
        may carry ``_S`` or ``_NS``; the bare name is the copy of the current state. Raises KeyError
        for a name that is no register.
        """
        number = _GENERAL.get(name.lower())
        if number is not None:
            return self.r[number]
        upper = name.upper()
        if upper == "CPSR":
            return self.cpsr()
        if upper == "SPSR":
            return self.spsr
        if name in self.banks:
            return self.read_banked(name)
        if name in extension.NAMES:
            return self.extension.read(name)
        return self.coproc.read(name)

    def write(self, name: str, value: int) -> None:
        """Set a register by name, as :meth:`read` names it; a debugger's write, without side effects
        other than those that keep the machine consistent."""
        number = _GENERAL.get(name.lower())
        upper = name.upper()
        if number is not None:
            self.r[number] = value & 0xFFFF_FFFF
        elif upper == "CPSR":
            self.write_cpsr(value)
        elif upper == "SPSR":
            self.spsr = value
        elif name in self.banks:
            self.write_banked(name, value)
        elif name in extension.NAMES:
            self.extension.write(name, value)
        else:
            self.coproc.write(name, value)

    def barrier(self, kind: str, option: int) -> None:
        """DMB, DSB or ISB (``kind`` in lower case) with its option field (DDI 0406C A8.8, DMB, DSB, ISB)."""
        self.system.barrier(kind, option)

    def hint(self, name: str) -> None:
        """A hint instruction: ``wfi wfe sev yield nop dbg``."""
        self.system.hint(name)


_GENERAL = {f"r{number}": number for number in range(16)} | {"sp": 13, "lr": 14, "pc": 15}
