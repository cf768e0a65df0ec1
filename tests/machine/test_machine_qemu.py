"""The qemu-virt image in our core and in QEMU: the same console, trace and system registers.

QEMU is the witness, the manual decides. What is not compared is listed here, with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from hypgen.arch.exceptions import ExceptionClass
from hypgen.board.load import load_board
from hypgen.decode.table import Insn, decode_a32
from hypgen.decode.text import text
from hypgen.emulator.block import LONGEST, Block
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.memory import Device
from hypgen.machine.machine import Machine
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import ADDRESS_TRANSLATIONS, PlanOptions
from tests import qemu

pytestmark = pytest.mark.oracle

UNCOMPARED_READS = {
    0x0900_0018: "PL011 flag register: when the transmit FIFO drains is a matter of the line's timing",
}
"""Physical addresses of status registers and counters whose value may differ, with the reason; our
core then goes on with what QEMU read."""


class Departure(NamedTuple):
    """Bits of HSR that a version of QEMU sets against the manual, for exceptions of class ``ec``."""

    ec: ExceptionClass
    bits: int
    reason: str


DEPARTURES = (
    Departure(
        ExceptionClass.DATA_ABORT_HYP,
        0x03FF_0000,
        "QEMU before 8.1 describes the instruction (IL, ISV, ISS<23:16>) for stage 1 faults too; DDI 0406C "
        "B3.13.6 has ISV = 0 for all but stage 2 faults, and so do later QEMUs",
    ),
)

SYSTEM_REGISTERS = {
    "SCTLR_EL2": "HSCTLR",
    "ACTLR_EL2": "HACTLR",
    "HCR": "HCR",
    "MDCR_EL2": "HDCR",
    "CPTR_EL2": "HCPTR",
    "HSTR_EL2": "HSTR",
    "HACR_EL2": "HACR",
    "HTTBR": "HTTBR",
    "TCR_EL2": "HTCR",
    "MAIR_EL2": "HMAIR0",
    "HMAIR1": "HMAIR1",
    "AMAIR_EL2": "HAMAIR0",
    "HAMAIR1": "HAMAIR1",
    "VTTBR": "VTTBR",
    "VTCR": "VTCR",
    "VBAR_EL2": "HVBAR",
    "ESR_EL2": "HSR",
    "FAR_EL2": "HDFAR",
    "HIFAR": "HIFAR",
    "HPFAR": "HPFAR",
    "AFSR0_EL2": "HADFSR",
    "AFSR1_EL2": "HAIFSR",
    "TPIDR_EL2": "HTPIDR",
    "VPIDR": "VPIDR",
    "VMPIDR": "VMPIDR",
    "CNTHCTL_EL2": "CNTHCTL",
    "CNTVOFF": "CNTVOFF",
    "CNTFRQ": "CNTFRQ",
    "CNTKCTL": "CNTKCTL",
    "SCTLR": "SCTLR",
    "ACTLR_EL1": "ACTLR",
    "CPACR": "CPACR",
    "VBAR": "VBAR",
    "TTBR0": "TTBR0",
    "TTBR1": "TTBR1",
    "TTBCR": "TTBCR",
    "MAIR0": "MAIR0",
    "MAIR1": "MAIR1",
    "DACR": "DACR",
    "CONTEXTIDR_EL1": "CONTEXTIDR",
    "DFSR": "DFSR",
    "DFAR": "DFAR",
    "IFSR": "IFSR",
    "IFAR": "IFAR",
    "PAR": "PAR",
    "CSSELR": "CSSELR",
    "TPIDRPRW": "TPIDRPRW",
}
"""QEMU's names, which are partly those of ARMv8, and the manual's."""

GENERAL = {**{f"r{number}": f"r{number}" for number in range(13)}, "sp": "sp", "lr": "lr", "pc": "pc"}
"""gdb's names of the general registers, and ours."""


@pytest.fixture(scope="module", params=ADDRESS_TRANSLATIONS)
def image(request, tmp_path_factory):
    compiled = compile_image(load_board("qemu-virt"), options=PlanOptions(request.param))
    path = tmp_path_factory.mktemp(request.param) / "image.elf"
    path.write_bytes(compiled.elf)
    return path


@pytest.fixture
def machine(image):
    made = Machine(load_board("qemu-virt"), mode="functional")
    made.load(image.read_bytes())
    return made


def test_the_console_is_byte_for_byte_that_of_qemu(image, machine, oracle_counter):
    theirs = qemu.console(image)

    result = machine.run()

    assert result.stop.kind == "power-off"
    assert bytes(machine.bus.console.output) == theirs
    assert b"done" in theirs
    oracle_counter("qemu-console")(len(theirs))


@pytest.mark.parametrize("most", [1, None], ids=["each instruction", "each block"])
def test_every_register_is_that_of_qemu_before(image, machine, most, tmp_path, oracle_counter):
    trace = qemu.trace(image, tmp_path / "log")

    witness = Witness(machine, trace)
    witness.run(most)

    if most == 1:  # up to and with the one that switched the machine off
        assert witness.compared == len(trace)
    assert witness.index >= len(trace) - LONGEST
    assert witness.uncompared, "nothing is read at UNCOMPARED_READS: drop the row"
    oracle_counter("qemu-trace")(witness.compared)


def test_a_register_that_differs_is_reported_with_the_instruction_that_made_it(image, machine, tmp_path):
    trace = qemu.trace(image, tmp_path / "log")
    registers = list(trace[1].registers)
    registers[7] = 4
    trace[1] = qemu.State(tuple(registers), trace[1].cpsr ^ 1 << 30)

    with pytest.raises(Differs) as caught:
        Witness(machine, trace).run(1)

    assert str(caught.value) == (
        "before instruction 1, after _start `mrc p15, 0, r0, c0, c0, 5`: "
        "r7 is 0x00000000, in QEMU 0x00000004; CPSR is 0x400001da, in QEMU 0x000001da"
    )


def test_system_registers_are_those_of_qemu_at_every_exception(image, machine, tmp_path, oracle_counter):
    cpu = machine.cpus[0]
    vectors = [slot for base in ("hyp_stub_vectors", "hyp_init_vectors") for slot in slots(machine, base)]
    vectors += slots(machine, "hyp_vectors", virtual=True)
    names = GENERAL | {"cpsr": "CPSR"} | SYSTEM_REGISTERS
    with qemu.Stub(image, tmp_path) as stub:
        machine.set_registers({names[name]: value for name, value in stub.registers(names).items()})
        for vector in vectors:
            stub.break_at(vector)
        stops = 0
        while stub.resume():
            assert machine.run(until=vectors).stop.kind == "until"
            theirs = {names[name]: value for name, value in stub.registers(names).items()}
            theirs["HSR"] = without_departures(cpu.read("HSR"), theirs["HSR"])
            assert {name: cpu.read(name) for name in theirs} == theirs, f"at stop {stops}"
            stops += 1
    assert machine.run(until=vectors).stop.kind == "power-off"
    assert stops == len(machine.exceptions)
    oracle_counter("qemu-registers")(stops * len(names))


def slots(machine: Machine, base: str, virtual: bool = False) -> list[int]:
    """The eight vectors at a symbol, as the CPU comes to them with its MMU on (virtual) or off."""
    image = machine.image
    assert image is not None
    address = image.symbols[base].address
    return [(address if virtual else image.to_load(address)) + slot for slot in range(0, 0x20, 4)]


def without_departures(ours: int, theirs: int) -> int:
    """QEMU's HSR as it would be without the bits in which it departs from the manual."""
    for one in DEPARTURES:
        if ours >> 26 == theirs >> 26 == one.ec:
            theirs = theirs & ~one.bits | ours & one.bits
    return theirs


class Differs(Exception):  # noqa: N818  # what is found, not what is wrong with the test
    """A register of ours is not what it is in QEMU."""


@dataclass
class Witness:
    """Runs a machine, and compares it with QEMU's trace before each block that it executes."""

    machine: Machine
    trace: Sequence[qemu.State]
    compared: int = 0
    uncompared: int = 0
    """Reads that took QEMU's value."""
    index: int = 0
    """Where in the trace the last comparison was."""
    start: int = 0
    """Address of the block that was compared last, which is being executed."""

    def __post_init__(self) -> None:
        first = self.trace[0]
        registers = {f"r{number}": value for number, value in enumerate(first.registers)}
        self.machine.set_registers({"CPSR": first.cpsr, **dict.fromkeys(BANKED_NAMES, 0), **registers})
        self.machine.hooks.append(self._compare)
        for window in self.machine.memory.devices:
            window.device = _Reads(window.device, int(window.span.start), self)

    def run(self, most: int | None) -> None:
        """Run to the end, in steps of at most ``most`` instructions, so that blocks are no longer.

        Raises Differs.
        """
        kind = "limit"
        while kind == "limit":
            kind = (self.machine.run(limit=most) if most else self.machine.run()).stop.kind
        assert kind == "power-off"

    def _compare(self, cpu: Cpu, block: Block) -> None:
        index = cpu.count
        theirs = self.trace[index]
        differences = [
            (f"r{number}", ours, their)
            for number, (ours, their) in enumerate(zip(cpu.r, theirs.registers, strict=True))
            if ours != their and not self._departs(cpu, number, their)
        ]
        if cpu.cpsr() != theirs.cpsr:
            differences.append(("CPSR", cpu.cpsr(), theirs.cpsr))
        if differences:
            told = "; ".join(
                f"{name} is {ours:#010x}, in QEMU {their:#010x}" for name, ours, their in differences
            )
            raise Differs(f"before instruction {index}, after {self._instruction(self.start)}: {told}")
        self.compared += 1
        self.index = index
        self.start = block.va

    def _departs(self, cpu: Cpu, number: int, theirs: int) -> bool:
        """Whether a register holds HSR and differs as DEPARTURES allow; then our core goes on with
        QEMU's value."""
        syndrome = cpu.read("HSR")
        if cpu.r[number] != syndrome or without_departures(syndrome, theirs) != syndrome:
            return False
        cpu.r[number] = theirs
        return True

    def _insn(self, va: int) -> Insn:
        insn = decode_a32(int.from_bytes(self.machine.read_load(va, 4), "little"))
        assert insn is not None
        return insn

    def _instruction(self, va: int) -> str:
        image = self.machine.image
        assert image is not None
        return f"{image.symbolize(va)} `{text(self._insn(va), va)}`"

    def value_in_qemu(self) -> int:
        """What the load that is being executed got in QEMU."""
        pc = self.machine.cpus[0].system.current_pc()
        index = self.index + (pc - self.start) // 4
        assert self.trace[index].registers[15] == pc
        self.uncompared += 1
        return self.trace[index + 1].registers[self._insn(pc)["Rt"]]


class _Reads:
    """A device whose reads at UNCOMPARED_READS give what QEMU got."""

    def __init__(self, device: Device, base: int, witness: Witness) -> None:
        self._device = device
        self._base = base
        self._witness = witness
        self.write = device.write

    def read(self, offset: int, size: int) -> int:
        value = self._device.read(offset, size)
        return self._witness.value_in_qemu() if self._base + offset in UNCOMPARED_READS else value
