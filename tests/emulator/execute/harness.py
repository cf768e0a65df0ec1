"""A real CPU with its data side over a plain byte map, and everything around it replaced by a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import NoReturn

from hypgen.arch.psr import Mode
from hypgen.arch.register import Register, SingleKey
from hypgen.decode.table import Insn, a32, a32_extension, decode_a32
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.dataside import DataSide, Views
from hypgen.emulator.exceptions import DataAbort, Undefined
from hypgen.emulator.execute.registry import bind_word
from hypgen.emulator.faults import Fault, FaultKind

PC = 0x0001_0000
"""Where the instruction under test stands. R15 reads as this plus 8."""


class Bytes:
    """The slow path of the data side: little-endian bytes, and pages that abort."""

    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu
        self.bytes: dict[int, int] = defaultdict(int)
        self.aborting: set[int] = set()
        self.accesses: list[tuple[str, int, int, bool]] = []

    def crossing(self, va: int, size: int, write: bool) -> None:
        pass

    def store_told(self, va: int, content: bytes) -> bool:
        return False  # there are no strict rules

    def store_pair(self, va: int, first: int, second: int) -> None:
        self.store(va, 4, first, True)
        self.store(va + 4, 4, second, True)

    def _check(self, va: int, size: int, aligned: bool, write: bool, unprivileged: bool) -> None:
        self.accesses.append(("store" if write else "load", va, size, unprivileged))
        if aligned and va % size:
            raise DataAbort(Fault(FaultKind.ALIGNMENT, va, write=write))
        if va >> 12 in self.aborting:
            raise DataAbort(Fault(FaultKind.TRANSLATION, va, level=3, write=write))

    def load(self, va: int, size: int, aligned: bool = False, unprivileged: bool = False) -> int:
        self._check(va, size, aligned, False, unprivileged)
        content = bytes(self.bytes[va + offset & 0xFFFF_FFFF] for offset in range(size))
        return int.from_bytes(content, "big" if self.cpu.e else "little")

    def store(
        self, va: int, size: int, value: int, aligned: bool = False, unprivileged: bool = False
    ) -> None:
        self._check(va, size, aligned, True, unprivileged)
        for offset, byte in enumerate(value.to_bytes(size, "big" if self.cpu.e else "little")):
            self.bytes[va + offset & 0xFFFF_FFFF] = byte


class RecordingSystem:
    """Stands for emulator.system.System: remembers what it was asked."""

    def __init__(self) -> None:
        self.observer = None
        self.asked: list[tuple[object, ...]] = []
        self.passing = Views()
        self.monitor: tuple[int, int] | None = None
        self.accesses = SimpleNamespace(probe_doubleword=lambda va: None)

    def unmasked(self) -> None:
        """Nothing pends."""

    @property
    def stamp(self) -> object:
        """Always another, so that nothing is remembered."""
        return object()

    def context_changed(self) -> None:
        pass

    def selector(self, mode: int, big_endian: bool) -> Callable[[], None]:
        return self.context_changed

    def exception_returned(self) -> None:
        self.asked.append(("exception_returned",))

    def control_used(self, what: str) -> None:
        """Nobody watches."""

    def barrier(self, kind: str, option: int) -> None:
        self.asked.append((kind, option))

    def hint(self, name: str) -> None:
        self.asked.append((name,))

    def mark_exclusive(self, va: int, size: int) -> None:
        self.monitor = va, size

    def check_exclusive(self, va: int, size: int) -> bool:
        passed, self.monitor = self.monitor == (va, size), None
        return passed

    def clear_exclusive(self) -> None:
        self.monitor = None


class RecordingCoprocessors:
    """Stands for emulator.coprocessor.Coprocessors: a value for every register, and a record of writes."""

    def __init__(self) -> None:
        self.values: dict[str, int] = defaultdict(int)
        self.written: list[tuple[str, int]] = []

    @property
    def scr_ns(self) -> int:
        return self.values["SCR"] & 1

    def read(self, name: str) -> int:
        return self.values[name]

    def mrc(self, row: Register, insn: Insn) -> int:
        return self.values[row.name]

    def mcr(self, row: Register, value: int, insn: Insn) -> None:
        self.written.append((row.name, value))

    def mrrc(self, row: Register, insn: Insn) -> tuple[int, int]:
        return self.values[row.name] & 0xFFFF_FFFF, self.values[row.name] >> 32

    def mcrr(self, row: Register, low: int, high: int, insn: Insn) -> None:
        self.written.append((row.name, high << 32 | low))

    def authorise_reserved_id(self, key: SingleKey, rt: int) -> None:
        pass

    def refuse_unallocated(self, coprocessor: int, key: SingleKey, rt: int, read: bool) -> NoReturn:
        raise Undefined(f"p{coprocessor}, {key} is no register")


class Bench:
    """A CPU to try instructions on. ``system`` and ``coproc`` record; ``memory`` is bytes by address."""

    def __init__(self, mode: Mode = Mode.SVC, **registers: int) -> None:
        cpu = self.cpu = Cpu(0)
        self.system = RecordingSystem()
        self.coproc = RecordingCoprocessors()
        self.memory = Bytes(cpu)
        cpu.system, cpu.coproc, cpu.mem = self.system, self.coproc, DataSide(self.memory, self.system)  # type: ignore[assignment]
        cpu.change_mode(mode)
        for name, value in registers.items():
            if name in {"n", "z", "c", "v", "q", "ge", "t", "e", "j", "it"}:
                setattr(cpu, name, value)
            else:
                cpu.write(name, value)

    def run(self, instruction: str | int, **fields: int) -> Bench:
        """Perform one instruction: a word, or the name of a row and its fields (cond is AL, others 0)."""
        self.cpu.r[15] = PC + 4
        bind_word(
            self.cpu, encode(instruction, **fields) if isinstance(instruction, str) else instruction, PC
        )()
        return self

    def words(self, address: int, *values: int) -> Bench:
        """Put words into memory, little-endian."""
        for position, value in enumerate(values):
            for offset, byte in enumerate(value.to_bytes(4, "little")):
                self.memory.bytes[address + 4 * position + offset] = byte
        return self

    def word(self, address: int) -> int:
        """A word of memory, little-endian."""
        return int.from_bytes(bytes(self.memory.bytes[address + offset] for offset in range(4)), "little")

    @property
    def r(self) -> list[int]:
        return self.cpu.r

    @property
    def nzcv(self) -> str:
        """The flags as people write them: capital where set."""
        cpu = self.cpu
        return "".join(
            name.upper() if value else name
            for name, value in zip("nzcv", (cpu.n, cpu.z, cpu.c, cpu.v), strict=True)
        )


_ROWS = {encoding.name: encoding for table in (a32(), a32_extension()) for encoding in table.encodings}


def encode(name: str, **fields: int) -> int:
    """The word of a row with these fields; the condition is AL and every other field 0 if not given."""
    row = _ROWS[name]
    values = {field: 14 if field == "cond" else 0 for field in row.field_names} | fields
    word = row.encode(values)
    decoded = decode_a32(word)
    assert decoded is not None, f"{word:#010x} is UNDEFINED"
    assert decoded.name == name, f"{word:#010x} is {decoded.name}"
    return word
