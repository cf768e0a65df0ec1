"""CP14 and CP15 as instructions reach them: who may, what traps, and what a write sets off.

DDI 0406C B3.15 (access), B1.14 (traps to Hyp mode), B4.1 and B4.2 (registers and operations).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn, Protocol

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.register import Register, SingleKey
from hypgen.emulator import lenient
from hypgen.emulator.cp15 import NON_SECURE, SECURE, RegisterFile
from hypgen.emulator.exceptions import HypTrap, Undefined
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

SCR_NS = cp15.SCR.bit("NS")
NSACR_SMP = cp15.NSACR.bit("NS_SMP")
HCR_TID3 = cp15.HCR.bit("TID3")
HCR_TIDCP = cp15.HCR.bit("TIDCP")
HDCR_TDA = cp15.HDCR.bit("TDA")
ACTLR_SMP = 1 << 6
_CP10, _CP11 = cp15.NSACR.bit("cp10"), cp15.NSACR.bit("cp11")
_NSASEDIS, _NSD32DIS = cp15.NSACR.bit("NSASEDIS"), cp15.NSACR.bit("NSD32DIS")
_WITHHELD = {
    "CPACR": (
        (_CP10, False, cp15.CPACR.bit("cp10")),
        (_CP11, False, cp15.CPACR.bit("cp11")),
        (_NSASEDIS, True, cp15.CPACR.bit("ASEDIS")),
        (_NSD32DIS, True, cp15.CPACR.bit("D32DIS")),
    ),
    "HCPTR": (
        (_CP10, False, cp15.HCPTR.bit("TCP10")),
        (_CP11, False, cp15.HCPTR.bit("TCP11")),
        (_NSASEDIS, True, cp15.HCPTR.bit("TASE")),
    ),
}
"""By register a bit of NSACR, whether it withholds when it is 1 or when it is 0, and what (B4.1.111)."""
MASK32 = 0xFFFF_FFFF

_WRITE_TRAPS = frozenset({"HCR.TVM", "HCR.TTLB", "HCR.TPU", "HCR.TPC", "HCR.TSW"})
"""Controls that trap only writes; HCR.TID0 to TID3 govern read-only registers, the rest both."""
_INVERTED_TRAPS = frozenset({"CNTHCTL.PL1PCEN", "CNTHCTL.PL1PCTEN"})
"""Controls that trap when they are 0."""

_RUNNING = {
    "CNTP_CTL": cp15.CNTP_CTL.bit("ENABLE"),
    "CNTV_CTL": cp15.CNTV_CTL.bit("ENABLE"),
    "CNTHP_CTL": cp15.CNTHP_CTL.bit("ENABLE"),
    "PMCR": cp15.PMCR.bit("E"),
}
"""Bits that set something going: of a CPU without a machine around it, which has no time."""
_COUNTING = frozenset({"CNTPCT", "CNTVCT", "CNTP_TVAL", "CNTV_TVAL", "CNTHP_TVAL"})
"""Registers that count."""


_REFUSED_IN_SECURE_STATE = frozenset({"VTTBR", "VTCR", "VPIDR", "VMPIDR", "HPFAR"})
"""Registers of Hyp mode that are UNDEFINED in Secure state, as in QEMU."""


class RegisterDevice(Protocol):
    """What answers accesses to system registers that are more than a value: the timers of a CPU."""

    def read(self, stored: str) -> int:
        """The value of a register now."""

    def write(self, stored: str, value: int) -> None:
        """Take a value, of writable bits only."""


class Coprocessors:
    """The system registers of one CPU. ``values`` are they; the methods are what instructions do."""

    STATE = ("values",)
    """What a snapshot holds."""

    __slots__ = ("_devices", "cpu", "values")

    def __init__(self, cpu: Cpu, values: RegisterFile) -> None:
        self.cpu = cpu
        self.values = values
        self._devices: dict[str, RegisterDevice] = {}

    def attach(self, device: RegisterDevice, names: Iterable[str]) -> None:
        """Have ``device`` answer for the registers with the stored ``names``, once access is granted."""
        self._devices.update(dict.fromkeys(names, device))

    @property
    def scr_ns(self) -> int:
        """SCR.NS as 0 or 1."""
        return self.values["SCR"] & SCR_NS

    # -- by name, for everything that is not an instruction -----------------------------------------
    def stored_name(self, name: str) -> str:
        """The name under which ``name`` is stored: a banked register gets the current state's suffix."""
        row = cp15.BY_NAME.get(name)
        if row is None or not row.banked:
            return name
        return name + self.bank

    @property
    def bank(self) -> str:
        """Suffix of the banked registers that an access reaches: Monitor mode follows SCR.NS (B3.15)."""
        return NON_SECURE if self.values["SCR"] & SCR_NS else SECURE

    def read(self, name: str) -> int:
        """A register's value by name; raises KeyError when there is none."""
        stored = self.stored_name(name)
        device = self._devices.get(stored)
        return self.values[stored] if device is None else device.read(stored)

    def write(self, name: str, value: int) -> None:
        """Set a register by name from outside the machine; synchronised at once, no operation runs."""
        stored = self.stored_name(name)
        self.values[stored]  # raises KeyError for a name that is no register
        device = self._devices.get(stored)
        if device is None:
            self.values[stored] = value
        else:
            device.write(stored, value)
        self.cpu.system.registers_set()

    # -- the four instructions ---------------------------------------------------------------------
    def mrc(self, row: Register, insn: Insn | None = None) -> int:
        """MRC of ``row``: its value, 32 bits. Raises Undefined or HypTrap."""
        self._authorise(row, "r", insn, pair=False)
        return self._get(row) & MASK32

    def mrrc(self, row: Register, insn: Insn | None = None) -> tuple[int, int]:
        """MRRC of ``row``: low and high word. Raises Undefined or HypTrap."""
        self._authorise(row, "r", insn, pair=True)
        value = self._get(row)
        return value & MASK32, value >> 32

    def mcr(self, row: Register, value: int, insn: Insn | None = None) -> None:
        """MCR of ``value`` to ``row``, or the operation that it is. Raises Undefined, HypTrap, DataAbort."""
        self._authorise(row, "w", insn, pair=False)
        if row.operation:
            self.cpu.system.operation(row, value)
            return
        if row.width == 64:  # MCR writes the low word of TTBR0, TTBR1 and PAR and keeps the high one
            value |= self.values[self.stored_name(row.name)] & ~MASK32
        self._set(row, value)

    def mcrr(self, row: Register, low: int, high: int, insn: Insn | None = None) -> None:
        """MCRR of a pair of words to ``row``. Raises Undefined or HypTrap."""
        self._authorise(row, "w", insn, pair=True)
        self._set(row, high << 32 | low)

    def _withheld(self, name: str) -> tuple[int, int]:
        """Bits of a register that NSACR withholds from Non-secure state: they ignore its writes. They read as
        one (the first value) or as zero (the second)."""
        read_as = [0, 0]
        if name in _WITHHELD and not self.cpu.secure:
            for control, set_withholds, bits in _WITHHELD[name]:
                if bool(self.values["NSACR"] & control) == set_withholds:
                    read_as[not set_withholds and name == "CPACR"] |= bits
        return read_as[0], read_as[1]

    def _get(self, row: Register) -> int:
        name = row.name
        if row.raz == MASK32 or row.operation:
            return 0
        special = _READ.get(name)
        if special is not None:
            return special(self)
        stored = self.stored_name(name)
        device = self._devices.get(stored)
        if device is not None:
            return device.read(stored)
        if name in _COUNTING:
            raise not_modelled(f"reading {name}: it counts")
        ones, zeros = self._withheld(name)
        return self.values[stored] & ~zeros | ones

    def _set(self, row: Register, value: int) -> None:
        if row.raz == MASK32:
            return
        name = row.name
        stored = self.stored_name(name)
        observer = self.cpu.system.observer
        if observer is not None:
            observer.register_assigned(row, stored, value)
        device = self._devices.get(stored)
        if name in lenient.NUMBERED and device is not None:
            device.write(stored, self._held(row, value))
            return
        if device is not None:
            old = self.values[stored]
            device.write(stored, self._held(row, value))
            self.cpu.system.register_written(row, stored, old, self.values[stored])
            return
        if value & _RUNNING.get(name, 0):
            raise not_modelled(f"writing {value:#x} to {name}: it would start counting")
        if name == "ACTLR" and self.values["SCR"] & SCR_NS and not self.values["NSACR"] & NSACR_SMP:
            return  # writes ignored: NSACR.NS_SMP is 0 (Cortex-A15 TRM, ACTLR)
        old = self.values[stored]
        ones, zeros = self._withheld(name)
        value = old & (ones | zeros) | value & ~(ones | zeros)
        new = self.values[stored] = self._held(row, value)
        self.cpu.system.register_written(row, stored, old, new)

    def _held(self, row: Register, value: int) -> int:
        """What the register holds after a write of ``value``."""
        if self.cpu.system.observer is None:
            return lenient.held(row, value)
        return (value & row.writable) | row.fixed_ones

    # -- access rules --------------------------------------------------------------------------------
    def _authorise(self, row: Register, direction: str, insn: Insn | None, pair: bool) -> None:
        """Raise Undefined or HypTrap unless the current mode may access ``row`` so."""
        mode = self.cpu.mode
        access = row.access
        observer = self.cpu.system.observer
        if observer is not None and observer.pending:
            observer.register_accessed(row)
            if direction == "r":
                observer.register_read(row.name)
        if mode == Mode.HYP:
            granted = access.hyp
        elif mode == Mode.USR:
            granted = access.pl0
        elif self.cpu.secure:
            granted = access.s_pl1
            if access.hyp_only and self._hyp_register_granted(row, observer is not None):
                granted = access.hyp
        else:
            granted = access.ns_pl1
        if direction not in granted:
            if mode != Mode.HYP and mode != Mode.USR and mode != Mode.MON and self.scr_ns:
                self._trap_primary(row, direction, insn, pair)  # before UNDEFINED, at PL1 (B1.14.11)
            raise Undefined(f"{row.name} is not {_DIRECTION[direction]} in {Mode(mode).name} mode")
        if mode == Mode.USR and row.pl0_gate and not self._gate_open(row.pl0_gate):
            raise Undefined(f"{row.pl0_gate} does not let User mode access {row.name}")
        if mode != Mode.HYP and mode != Mode.MON and self.scr_ns:
            self._trap(row, direction, insn, pair)

    def _hyp_register_granted(self, row: Register, strict: bool) -> bool:
        """Whether Secure state may access a register of Hyp mode: Monitor mode with SCR.NS 1 may.

        Otherwise that is UNPREDICTABLE (B3.15.3): UNDEFINED with strict rules, without them as in QEMU.
        """
        if self.cpu.mode == Mode.MON and self.scr_ns:
            return True
        return not strict and row.name not in _REFUSED_IN_SECURE_STATE

    def _gate_open(self, gate: str) -> bool:
        """Evaluate a row's ``pl0_gate``: ``REG.FIELD``, ``not REG.FIELD``, joined with ``or``."""
        for term in gate.split(" or "):
            control = term.removeprefix("not ")
            name = control.partition(".")[0]
            if name not in cp15.BY_NAME:
                raise not_modelled(f"{control}, which governs an access from User mode")
            if self._control(control) != term.startswith("not "):
                return True
        return False

    def _control(self, control: str) -> bool:
        """Whether the control bit written ``REG.FIELD`` is 1."""
        name, _, field = control.partition(".")
        return bool(self.values[self.stored_name(name)] & cp15.BY_NAME[name].bit(field))

    def _trap(self, row: Register, direction: str, insn: Insn | None, pair: bool) -> None:
        """Raise HypTrap when a Hyp control sends this Non-secure access to Hyp mode."""
        for control in row.hyp_traps:
            if control in _WRITE_TRAPS and direction == "r":
                continue
            if self._control(control) != (control in _INVERTED_TRAPS):
                raise self._hyp_trap(row, direction, insn, pair)
        self._trap_primary(row, direction, insn, pair)

    def _trap_primary(self, row: Register, direction: str, insn: Insn | None, pair: bool) -> None:
        """Raise HypTrap when HSTR.Tn sends an access to Hyp mode; it has no T4 and T14."""
        if row.coprocessor != 15:
            return
        encoding = row.pair if pair else row.single
        assert encoding is not None
        number = encoding[1]  # CRm of a pair, CRn of a single
        if number not in (4, 14) and self.values["HSTR"] >> number & 1:
            raise self._hyp_trap(row, direction, insn, pair)

    def authorise_reserved_id(self, key: SingleKey, rt: int) -> None:
        """Raise Undefined or HypTrap unless a reserved encoding of the CPUID scheme may be read.

        HCR.TID3 takes them with the group that they belong to; HSTR.T0 takes all of c0.
        """
        mode = self.cpu.mode
        if mode == Mode.USR:
            raise Undefined("the identification registers are UNDEFINED in User mode")
        if mode not in (Mode.HYP, Mode.MON) and self.scr_ns:
            hcr, hstr = self.values["HCR"], self.values["HSTR"]
            if hcr & HCR_TID3 or hstr & 1:
                raise HypTrap(ExceptionClass.CP15_MCR_MRC, _single_iss(key, rt, read=True))

    def refuse_unallocated(self, coprocessor: int, key: SingleKey, rt: int, read: bool) -> NoReturn:
        """MCR or MRC to an encoding without a register: raise HypTrap, NotModelledError or Undefined.

        HCR.TIDCP traps the encodings that the architecture leaves to lockdown, DMA and TCM
        operations, allocated or not, from Non-secure PL1, and HSTR.Tn all of cn (B1.14.11); from User
        mode, where the manual leaves the choice, they are UNDEFINED. The debug registers of CP14 exist and
        are not modelled. Without strict rules :mod:`hypgen.emulator.lenient` has stand-ins for most.
        """
        opc1, crn, crm, opc2 = key
        outside = self.cpu.mode not in (Mode.HYP, Mode.MON) and self.scr_ns
        if coprocessor == 14 and opc1 == 0:
            if outside and self.values["HDCR"] & HDCR_TDA:
                raise HypTrap(ExceptionClass.CP14_MCR_MRC, _single_iss(key, rt, read))
            raise not_modelled(f"the debug register p14, 0, c{crn}, c{crm}, {opc2}")
        if (
            coprocessor == 15
            and outside
            and self.cpu.mode != Mode.USR
            and (
                (self.values["HCR"] & HCR_TIDCP and crm in lenient.RESERVED_BY_TIDCP.get(crn, ()))
                or (crn not in (4, 14) and self.values["HSTR"] >> crn & 1)
            )
        ):
            raise HypTrap(ExceptionClass.CP15_MCR_MRC, _single_iss(key, rt, read))
        raise Undefined(f"p{coprocessor}, {opc1}, c{crn}, c{crm}, {opc2} is no register that the CPU has")

    def _hyp_trap(self, row: Register, direction: str, insn: Insn | None, pair: bool) -> HypTrap:
        rt = insn.fields.get("Rt", 0) if insn else 0
        rt2 = insn.fields.get("Rt2", 0) if insn else 0
        read = int(direction == "r")
        if pair:
            assert row.pair is not None
            opc1, crm = row.pair
            ec = ExceptionClass.CP15_MCRR_MRRC if row.coprocessor == 15 else ExceptionClass.CP14_MRRC
            return HypTrap(ec, opc1 << 16 | rt2 << 10 | rt << 5 | crm << 1 | read)
        assert row.single is not None
        return HypTrap(_SINGLE_CLASS[row.coprocessor], _single_iss(row.single, rt, bool(read)))


def _single_iss(key: SingleKey, rt: int, read: bool) -> int:
    """The ISS of a trapped MCR or MRC, less its condition."""
    opc1, crn, crm, opc2 = key
    return opc2 << 17 | opc1 << 14 | crn << 10 | rt << 5 | crm << 1 | read


_SINGLE_CLASS = {
    10: ExceptionClass.CP10_MRC,
    14: ExceptionClass.CP14_MCR_MRC,
    15: ExceptionClass.CP15_MCR_MRC,
}
"""What a trapped access to a single register reports, by coprocessor."""
_DIRECTION = {"r": "readable", "w": "writable"}


def _virtual_id(real: str, virtual: str) -> Callable[[Coprocessors], int]:
    """Non-secure PL1 reads of MIDR and MPIDR give VPIDR and VMPIDR (B4.1, VPIDR and VMPIDR)."""

    def read(coproc: Coprocessors) -> int:
        outside = coproc.cpu.mode in (Mode.HYP, Mode.MON) or not coproc.scr_ns
        return coproc.values[real if outside else virtual]

    return read


_READ: Mapping[str, Callable[[Coprocessors], int]] = {
    "MIDR": _virtual_id("MIDR", "VPIDR"),
    "MPIDR": _virtual_id("MPIDR", "VMPIDR"),
    "CCSIDR": lambda coproc: coproc.cpu.system.cache_size_id(),
    "ISR": lambda coproc: coproc.cpu.system.interrupt_status(),
}
"""Registers whose reading is more than looking up a value."""
