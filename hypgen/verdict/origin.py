"""Where a behaviour that depends on something UNKNOWN comes from: which bit, and who uses it first.

Everything UNKNOWN is drawn by name (:mod:`hypgen.emulator.unknown`). A run with the first so many of these
values inverted behaves as the run with none inverted does, or it does not; halving finds a bit that alone
makes the difference, with those before it inverted in both. Two more runs that differ in this bit only show
where anything else differs first. No instruction need be known for that, and nothing is taken for a use
that has no consequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch.psr import APSR_MASK, FIELDS
from hypgen.emulator.cp15 import row_of
from hypgen.machine.places import link_address
from hypgen.units import PAGE_SIZE, PhysAddr, Span

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.unknown import Inversion
    from hypgen.machine.machine import Machine

Differs = Callable[["Inversion"], bool]
"""Whether a run with some bits inverted behaves otherwise than the one with none inverted."""
MOST = 400_000
"""Instructions of a run that is worth being made again some twenty times."""
_MOST_STEPS = 512
"""Instructions of the block in which a difference comes up."""


def bound(*instructions: int) -> int | None:
    """What runs may execute that look for the origin of a difference between runs that executed so many: so
    that the shorter one comes to its end. None where that would take too long."""
    enough = 2 * min(instructions) + 10_000
    return enough if enough <= MOST else None


class Run(NamedTuple):
    """A machine before its first instruction, and what has it execute so many at most."""

    machine: Machine
    go: Callable[[int], object]


@dataclass(frozen=True)
class Origin:
    """Where it comes from.

    ``what`` is the register or the memory in words, ``bit`` its number there, ``values`` the two values that
    make the difference. ``pc`` is the link address of the instruction after which something else differs.
    """

    what: str
    bit: int
    values: tuple[int, int]
    pc: int
    cpu: int

    @property
    def sentence(self) -> str:
        """Which bit, and that nothing has given it a value."""
        return f"{self.what}, which nothing has given a value, decides it by bit {self.bit}"

    @property
    def state(self) -> str:
        """The two values."""
        return f"{self.what} = {self.values[0]:#x} or {self.values[1]:#x}"


def find_origin(
    differs: Differs,
    drawn: Mapping[str, int],
    make: Callable[[Inversion], Run],
    limit: int,
    inverted: Inversion = lambda name: -1,
) -> Origin:
    """Find a bit that makes runs differ, and where it is used first.

    ``drawn`` gives the bits of each value that runs asked for, in their order; with all of them inverted, or
    those bits of them that ``inverted`` says, a run must differ. ``make`` gives runs, ``limit`` is how many
    instructions they may execute.
    """
    names = list(drawn)

    def inverting(count: int, bits: int = 0) -> Inversion:
        whole = {name: inverted(name) for name in names[:count]}
        if bits:
            whole[names[count]] = inverted(names[count]) & (1 << bits) - 1
        return lambda name: whole.get(name, 0)

    index = _turning_point(len(names), lambda count: differs(inverting(count)))
    name = names[index]
    bit = _turning_point(drawn[name], lambda bits: differs(inverting(index, bits)))
    pair = inverting(index, bit), inverting(index, bit + 1)
    runs = make(pair[0]), make(pair[1])
    what, values = _described(name, bit, *(one.machine for one in runs))
    pc, cpu = _first_use(make, pair, limit, name)
    return Origin(what, bit % 8 if drawn[name] > 64 else bit, values, pc, cpu)


def bits_within(machine: Machine, spans: Iterable[Span[PhysAddr]], name: str) -> int:
    """The bits of a page of memory, as it is called where it is drawn, that lie in ``spans``; else 0."""
    store, _, offset = name.rpartition("+")
    bits = 0
    for window in machine.memory.windows:
        if window.dram.name != store:
            continue
        page = int(window.span.start) + int(offset, 16) - window.offset
        for span in spans if page in window.span else ():
            start, end = (min(max(at - page, 0), PAGE_SIZE) for at in (int(span.start), span.end))
            bits |= (1 << 8 * end) - (1 << 8 * start)
    return bits


def _turning_point(end: int, differs: Callable[[int], bool]) -> int:
    """A number with which it does not differ yet, and with the next one it does; it does at ``end``."""
    start = 0
    while end - start > 1:
        middle = (start + end) // 2
        if differs(middle):
            end = middle
        else:
            start = middle
    return start


# -- words ---------------------------------------------------------------------------------------------
def _described(name: str, bit: int, first: Machine, second: Machine) -> tuple[str, tuple[int, int]]:
    """What was drawn by a name, in words, and its value in each of two machines that have not run."""
    for window in first.memory.windows:
        dram, _, offset = name.rpartition("+")
        if dram == window.dram.name:
            address = int(window.span.start) + int(offset, 16) - window.offset + bit // 8
            if address in window.span:
                one, other = (machine.read_physical(address, 1)[0] for machine in (first, second))
                return f"the byte at physical address {address:#010x}", (one, other)
    owner, _, rest = name.partition("/")
    index = int(owner.removeprefix("cpu"))
    of = f" of CPU {index}" if len(first.cpus) > 1 else ""
    if rest == "extension":
        one, other = (machine.cpus[index].extension.content[bit // 8] for machine in (first, second))
        return f"S{bit // 32}{of}", (one, other)
    register = rest.partition(" ")[0]
    one, other = _value(first, index, register), _value(second, index, register)
    if rest != register:
        return f"{register}{of} after an exception that leaves it UNKNOWN", (one, other)
    if register == "CPSR":
        flag = next(field.name for field in FIELDS if field.mask >> bit & 1)
        return f"CPSR.{flag}{of}", (one, other)
    return f"{_field(register, bit)}{of}", (one, other)


def _value(machine: Machine, index: int, register: str) -> int:
    cpu = machine.cpus[index]
    if register == "CPSR":
        return cpu.cpsr()
    if register in cpu.banks or register.lower().startswith("r"):
        return cpu.read(register)
    return cpu.coproc.values[register]


def _field(register: str, bit: int) -> str:
    """A register, with the field that a bit of it is in."""
    try:
        fields = row_of(register).fields
    except KeyError:
        return register
    named = next((one.name for one in fields if one.mask >> bit & 1), "")
    return f"{register}.{named}" if named else register


# -- the first use ---------------------------------------------------------------------------------------
class _Step(NamedTuple):
    """A block about to be executed: instructions executed before it, its CPU and address, and the CPU's
    state, less what is still the value looked for."""

    executed: int
    cpu: int
    va: int
    state: tuple[object, ...]


def _first_use(
    make: Callable[[Inversion], Run], pair: tuple[Inversion, Inversion], limit: int, name: str
) -> tuple[int, int]:
    """The link address of the instruction after which two runs differ in more than the value called so, and
    its CPU."""
    paths: list[list[_Step]] = []
    for inversion in pair:
        run = make(inversion)
        path: list[_Step] = []
        value = _unused(run.machine, name)
        run.machine.hooks.append(_follower(run.machine, path, value))
        run.go(limit)
        paths.append(path)
    parted = next(
        (index for index, (one, other) in enumerate(zip(*paths, strict=False)) if one[1:] != other[1:]),
        min(map(len, paths)),
    )
    if not paths[0]:
        begun = make(pair[0]).machine  # it did not come to execute a block: its first fetch decides
        return begun.cpus[0].r[15], 0
    before = paths[0][max(parted - 1, 0)]
    machines = [make(inversion) for inversion in pair]
    values = [_unused(run.machine, name) for run in machines]
    if before.executed:
        for run in machines:
            run.go(before.executed)
    pc, place = before.va, before.va
    for _ in range(_MOST_STEPS):
        cpu = machines[0].machine.cpus[before.cpu]
        pc = cpu.r[15]
        image = machines[0].machine.image
        place = link_address(machines[0].machine, image, before.cpu, pc) if image is not None else pc
        for run in machines:
            run.go(1)
        one, other = (
            _state(run.machine.cpus[before.cpu], value) for run, value in zip(machines, values, strict=True)
        )
        if one != other:
            break
    return place, before.cpu


class _Moved(NamedTuple):
    """What is no difference: a core register that holds ``value``, and ``flags`` of the CPSR."""

    value: int | None = None
    flags: int = 0


def _follower(machine: Machine, path: list[_Step], value: _Moved) -> Callable[[Cpu, Block], None]:
    executed = machine.scheduler.executed

    def follow(cpu: Cpu, block: Block) -> None:
        path.append(_Step(executed(), cpu.index, block.va, _state(cpu, value)[1:]))

    return follow


def _unused(machine: Machine, name: str) -> _Moved:
    """The value itself where it is one of a core register: while registers hold it, it was only moved."""
    owner, _, register = name.partition("/")
    if not owner.startswith("cpu") or not owner[3:].isdigit():
        return _Moved()
    if register == "CPSR":
        return _Moved(flags=APSR_MASK)
    cpu = machine.cpus[int(owner[3:])]
    if register in cpu.banks or (register[:1] == "r" and register[1:].isdigit()):
        return _Moved(cpu.read(register))
    return _Moved()


def _state(cpu: Cpu, moved: _Moved) -> tuple[object, ...]:
    """PC, PSR and core registers, what was only moved put out of sight."""
    registers = (None if one == moved.value else one for one in cpu.r[:15])
    return cpu.r[15], cpu.cpsr() & ~moved.flags, *registers
