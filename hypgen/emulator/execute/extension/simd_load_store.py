"""Advanced SIMD element and structure loads and stores (DDI 0406C A7.7; each under its name in A8.8).

The address must have the alignment that the instruction states, if any; the elements themselves
follow the rules of ordinary loads and stores (MemU[]), a doubleword as two words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypgen.decode import extension_fields as fields
from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension.gated import binds_simd
from hypgen.emulator.faults import Fault, FaultKind

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF
_NO_INDEX, _SIZE_INDEX = 15, 13
"""Values of Rm: no writeback, and writeback of the size of the transfer."""


def _after(cpu: Cpu, insn: Insn, size: int) -> Callable[[int], None]:
    """What happens to the base register, given the address, after a transfer of ``size`` bytes."""
    r, n, m = cpu.r, insn["Rn"], insn["Rm"]

    def nothing(_address: int) -> None:
        pass

    def add_size(address: int) -> None:
        r[n] = address + size & MASK

    def add_register(address: int) -> None:
        r[n] = address + r[m] & MASK

    return {_NO_INDEX: nothing, _SIZE_INDEX: add_size}.get(m, add_register)


def _check(address: int, alignment: int, write: bool) -> None:
    if address & alignment - 1:
        why = f"the instruction states an alignment of {alignment} bytes"
        raise DataAbort(Fault(FaultKind.ALIGNMENT, address, write=write, why=why))


def _element_access(cpu: Cpu, size: int) -> tuple[Callable[[int], bytes], Callable[[int, bytes], None]]:
    """Functions that load and store an element of ``size`` bytes, little-endian as registers are."""
    mem = cpu.mem
    if size == 8:
        load32, store32 = mem.load32, mem.store32

        def check(address: int, write: bool) -> None:
            # Table A3-1 has the alignment of the element, although the pseudocode loads two words.
            if address & 7 and cpu.system.alignment_checked():
                why = "SCTLR.A or HSCTLR.A makes an access fault that is not aligned to its element"
                raise DataAbort(Fault(FaultKind.ALIGNMENT, address, write=write, why=why))

        def load_doubleword(address: int) -> bytes:
            check(address, write=False)
            words = [load32(address), load32(address + 4 & MASK)]
            if cpu.e:
                words.reverse()
            return words[0].to_bytes(4, "little") + words[1].to_bytes(4, "little")

        def store_doubleword(address: int, content: bytes) -> None:
            check(address, write=True)
            words = [int.from_bytes(content[:4], "little"), int.from_bytes(content[4:], "little")]
            if cpu.e:
                words.reverse()
            store32(address, words[0])
            store32(address + 4 & MASK, words[1])

        return load_doubleword, store_doubleword
    load = {1: mem.load8, 2: mem.load16, 4: mem.load32}[size]
    store = {1: mem.store8, 2: mem.store16, 4: mem.store32}[size]
    return (
        lambda address: load(address).to_bytes(size, "little"),
        lambda address, content: store(address, int.from_bytes(content, "little")),
    )


def _load(
    cpu: Cpu, insn: Insn, places: Sequence[Sequence[int]], size: int, alignment: int, together: int = 1
) -> Op:
    """Load elements in order of address, each to every one of its ``places`` in the register file.

    What was loaded before a Data Abort stays, where the manual has UNKNOWN registers (B1.9.8): ``together``
    are as many elements as QEMU loads at once, unless data is big-endian and more than bytes.
    """
    r, n, content = cpu.r, insn["Rn"], cpu.extension.content
    load, _ = _element_access(cpu, size)
    after = _after(cpu, insn, size * len(places))

    def vld() -> None:
        address = r[n]
        _check(address, alignment, write=False)
        step = 1 if cpu.e and size > 1 else together
        for first in range(0, len(places), step):
            elements = places[first : first + step]
            values = [load(address + size * (first + place) & MASK) for place in range(len(elements))]
            for targets, value in zip(elements, values, strict=True):
                for place in targets:
                    content[place : place + size] = value
        after(address)

    return vld


def _store(
    cpu: Cpu, insn: Insn, places: Sequence[Sequence[int]], size: int, alignment: int, together: int = 1
) -> Op:
    """Store elements in order of address, each from its place in the register file.

    ``together`` is as for :func:`_load`: what QEMU stores at once is not stored in part.
    """
    r, n, content = cpu.r, insn["Rn"], cpu.extension.content
    _, store = _element_access(cpu, size)
    after = _after(cpu, insn, size * len(places))
    probe, doublewords = cpu.system.accesses.probe_doubleword, size * together == 8

    def vst() -> None:
        address = r[n]
        _check(address, alignment, write=True)
        whole = doublewords and not (cpu.e and 1 < size < 8)
        if address & size - 1 and cpu.system.alignment_checked():
            whole = False  # an Alignment fault comes first
        for position, (place,) in enumerate(places):
            if whole and position % together == 0:
                probe(address + size * position & MASK)
            store(address + size * position & MASK, bytes(content[place : place + size]))
        after(address)

    return vst


def _multiple(structures: fields.Structures) -> list[list[int]]:
    """Whole registers: structure by structure, the elements of one in registers ``step`` apart."""
    size, registers = structures.width // 8, structures.registers
    step = len(registers) // structures.interleave
    return [
        [8 * registers[group + step * element] + offset]
        for group in range(step)
        for offset in range(0, 8, size)
        for element in range(structures.interleave)
    ]


_MULTIPLE = (
    ("1 (multiple single elements)",),
    ("2 (multiple 2-element structures)", "2 (multiple 2-element structures, two pairs of registers)"),
    ("3 (multiple 3-element structures)",),
    ("4 (multiple 4-element structures)",),
)
_STRUCTURES = tuple(f"{number} (single {number}-element structure" for number in (2, 3, 4))
_LANE = ("1 (single element", *_STRUCTURES)


@binds_simd(*(f"VLD{name}" for names in _MULTIPLE for name in names))
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    structures = fields.multiple_structures(insn)
    size = structures.width // 8
    return _load(cpu, insn, _multiple(structures), size, structures.alignment, _together(structures))


@binds_simd(*(f"VST{name}" for names in _MULTIPLE for name in names))
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    structures = fields.multiple_structures(insn)
    size = structures.width // 8
    return _store(cpu, insn, _multiple(structures), size, structures.alignment, _together(structures))


def _together(structures: fields.Structures) -> int:
    """How many elements QEMU loads or stores at once: all of a register, where they follow each other."""
    return 64 // structures.width if structures.interleave == 1 else 1


def _one_lane(structures: fields.Structures) -> list[list[int]]:
    offset = structures.width // 8 * (structures.index or 0)
    return [[8 * register + offset] for register in structures.registers]


@binds_simd(*(f"VLD{name} to one lane)" for name in _LANE))
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    structures = fields.one_lane(insn)
    return _load(cpu, insn, _one_lane(structures), structures.width // 8, structures.alignment)


@binds_simd(*(f"VST{name} from one lane)" for name in _LANE))
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    structures = fields.one_lane(insn)
    return _store(cpu, insn, _one_lane(structures), structures.width // 8, structures.alignment)


@binds_simd(*(f"VLD{name} to all lanes)" for name in _LANE))
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    structures = fields.all_lanes(insn)
    size = structures.width // 8
    lanes = [[8 * register + offset for offset in range(0, 8, size)] for register in structures.registers]
    # VLD1 has one element, whether for one register or two.
    places = lanes if structures.interleave > 1 else [[place for targets in lanes for place in targets]]
    return _load(cpu, insn, places, size, structures.alignment)
