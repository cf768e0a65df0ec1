"""Random sequences of GIC register accesses, in our model and, as an image, in QEMU."""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from hypgen.machine.devices.base import Requester
from hypgen.machine.devices.gic import cpu_interface as gicc
from hypgen.machine.devices.gic import distributor as gicd
from hypgen.machine.devices.gic import virtual as gich
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.devices.gic.shape import ACK_CTL, IDLE, NON_SECURE_TO_SECURE, SPURIOUS, Shape
from tests.oracle import run, tool

BASES = {
    "distributor": 0x0800_0000,
    "cpu_interface": 0x0801_0000,
    "hypervisor": 0x0803_0000,
    "virtual_cpu": 0x0804_0000,
}
"""Where QEMU's virt has the blocks."""
NAMES = {"distributor": "GICD", "cpu_interface": "GICC", "hypervisor": "GICH", "virtual_cpu": "GICV"}


class Access(NamedTuple):
    """One access; a read has no ``value``."""

    block: str
    offset: int
    value: int | None = None

    def __str__(self) -> str:
        what = "read" if self.value is None else f"= {self.value:#010x}"
        return f"{NAMES[self.block]}+{self.offset:#05x} {what}"


def qemu_virt(cpus: int) -> Gic:
    """The GIC of QEMU's virt with that many CPUs, accessed by CPU 0."""
    requester = Requester()
    requester.cpu = SimpleNamespace(index=0, secure=False)
    return Gic(Shape(cpus, 288, priority_bits=8, security=False, product=0), requester)


def perform(gic: Gic, access: Access) -> int | None:
    """Make the access; the value read, or None."""
    block = gic.blocks[access.block]
    if access.value is None:
        return block.read(access.offset, 4)
    block.write(access.offset, 4, access.value)
    return None


# -- generation --------------------------------------------------------------------------------------
INTERRUPTS = (0, 1, 5, 15, 16, 20, 25, 31, 32, 40, 41, 63, 64, 287)
PRIORITIES = (0x00, 0x08, 0x10, 0x50, 0x80, 0x84, 0xA0, 0xA8, 0xC0, 0xF0, 0xF8, 0xFF)
TARGETED = 100
EXISTING = {1: 0x0101_0101, 4: 0x0F0F_0F0F}
"""Bits of ITARGETSR for CPUs that exist; QEMU keeps the others too, which are RAZ/WI (4.3.12)."""
VIRTUAL = (0, 3, 27, 40, 100, 500)


DISTRIBUTOR = (
    *("group", "enable", "enable", "disable", "pend", "pend", "pend", "unpend", "activate", "inactivate"),
    *("priority", "priority", "configure", "sgi", "sgi", "sgi", "control", "sources", "targets"),
)
"""What an access to the Distributor does, by how often."""


class Generator:
    """Draws accesses; it follows the model, so that what it acknowledges is also ended."""

    def __init__(self, seed: int, cpus: int) -> None:
        self.random = random.Random(seed)
        self.gic = qemu_virt(cpus)
        self.cpus = cpus
        self.taken: list[int] = []
        self.point = 2
        self.taken_virtual: list[int] = []
        self.accesses: list[Access] = []
        self.values: list[int | None] = []
        self.departures: list[tuple[int, ...]] = []
        """For each access, what QEMU may read instead; see :meth:`departure`."""

    def departure(self, access: Access) -> tuple[int, ...]:
        """What QEMU 7.2 reads against the manual, as the state now is."""
        if access.value is not None or access.offset not in (gicc.HPPIR, gicc.IAR):
            return ()
        if access.block == "virtual_cpu":
            interface, source = self.gic.virtual[0].registers, self.gic.virtual[0].source
        elif access.block == "cpu_interface":
            interface, source = self.gic.interfaces[0], self.gic.forwarded[0]
        else:
            return ()
        priority, interrupt = source.best()
        if interrupt == SPURIOUS:
            return ()
        if access.offset == gicc.HPPIR:
            # The priority mask decides what is signalled, not what is pending, and an SGI is read with
            # the CPU that sent it (4.4.7); QEMU applies the mask and leaves the CPU out.
            return (SPURIOUS,) if priority >= interface.pmr else (interrupt,)
        # 1022 is for what could be signalled (4.4.4); QEMU looks at the running priority only after it.
        group1 = source.in_group1(interrupt) and not interface.ctlr & ACK_CTL
        return (NON_SECURE_TO_SECURE,) if group1 and priority >= interface.running else ()

    def make(self, count: int) -> list[Access]:
        for access in (
            Access("distributor", gicd.CTLR, 3),
            Access("cpu_interface", gicc.CTLR, 7),
            Access("cpu_interface", gicc.PMR, 0xFF),
            Access("hypervisor", gich.HCR, 1),
            Access("hypervisor", gich.VMCR, 0xF84C_0007),
            Access("distributor", gicd.IIDR),
            Access("cpu_interface", gicc.IIDR_OFFSET),
            Access("virtual_cpu", gicc.IIDR_OFFSET),
        ):
            self.do(access)
        # GICH_APR and GICH_LR are not reset by the architecture.
        for offset in (gich.APR, *range(gich.LR0, gich.LR0 + 16, 4)):
            self.do(Access("hypervisor", offset, 0))
        # With several CPUs QEMU 7.2 makes only interrupts with a target pending, private ones as well.
        for offset in range(gicd.ITARGETSR, gicd.ITARGETSR + 288, 4):
            self.do(Access("distributor", offset, 0x0101_0101))
        while len(self.accesses) < count:
            choice = self.random.choice
            choice((self.distributor, self.distributor, self.cpu_interface, self.cpu_interface,
                    self.hypervisor, self.virtual_cpu, self.virtual_cpu, self.look))()  # fmt: skip
        return self.accesses

    def do(self, access: Access) -> int | None:
        self.departures.append(self.departure(access))
        value = perform(self.gic, access)
        self.accesses.append(access)
        self.values.append(value)
        return value

    def bits(self) -> tuple[int, int]:
        """A register of a bit array, and one to three of its bits, of interrupts that matter."""
        interrupt = self.random.choice(INTERRUPTS)
        word = interrupt // 32
        mask = 1 << interrupt % 32
        for other in self.random.sample(INTERRUPTS, 2):
            if other // 32 == word:
                mask |= 1 << other % 32
        return 4 * word, mask

    def distributor(self) -> None:
        choice = self.random.choice
        interrupt = choice(INTERRUPTS)
        what = choice(DISTRIBUTOR)
        word, mask = self.bits()
        arrays = {
            "enable": gicd.ISENABLER,
            "disable": gicd.ICENABLER,
            "pend": gicd.ISPENDR,
            "unpend": gicd.ICPENDR,
            "activate": gicd.ISACTIVER,
            "inactivate": gicd.ICACTIVER,
            "group": gicd.IGROUPR,
        }
        if what == "activate" and word:
            return  # QEMU 7.2 makes an SPI active for all CPUs, and an end of interrupt ends it for one
        if what in arrays:
            self.do(Access("distributor", arrays[what] + word, mask))
        elif what == "priority":
            value = int.from_bytes(bytes(choice(PRIORITIES) for _ in range(4)), "little")
            self.do(Access("distributor", gicd.IPRIORITYR + (interrupt & ~3), value))
        elif what == "targets":
            # Of interrupts that never become pending: QEMU 7.2 keeps an SPI pending for its other
            # targets when one acknowledges it, where the manual has the 1-N model (3.2.3).
            self.do(
                Access(
                    "distributor",
                    gicd.ITARGETSR + TARGETED,
                    self.random.getrandbits(32) & EXISTING[self.cpus],
                )
            )
        elif what == "configure" and interrupt >= 32:
            edges = 2 * 0x5555_5555 & self.random.getrandbits(32)
            self.do(Access("distributor", gicd.ICFGR + interrupt // 16 * 4, edges))
        elif what == "sgi":
            value = choice((1 << 16, 2 << 24, 0x3 << 16)) | choice((0, 1, 5, 15))
            self.do(Access("distributor", gicd.SGIR, value))
        elif what == "sources":
            base = choice((gicd.CPENDSGIR, gicd.SPENDSGIR))
            value = self.random.getrandbits(32) & 0x0101_0101 * ((1 << self.cpus) - 1)
            if base == gicd.SPENDSGIR:
                # QEMU 7.2 makes an SGI pending when its byte is 0 too, and then fails an assertion.
                value |= 0x0101_0101
            self.do(Access("distributor", base + 4 * self.random.randrange(4), value))
        elif what == "control":
            self.do(Access("distributor", gicd.CTLR, choice((0, 3, 3, 3))))

    def cpu_interface(self) -> None:
        choice = self.random.choice
        what = choice(["ack"] * 4 + ["end"] * 4 + ["dir", "mask", "point", "control", "any-end"])
        if what == "ack":
            value = self.do(Access("cpu_interface", gicc.IAR))
            if value is not None and value & 0x3FF < 1020:
                self.taken.append(value)
        elif what == "end" and self.taken:
            value = self.taken.pop()
            self.do(Access("cpu_interface", gicc.EOIR, value))
            if self.gic.interfaces[0].ctlr & 0x200:
                self.do(Access("cpu_interface", gicc.DIR, value))
        elif what == "dir":
            self.do(Access("cpu_interface", gicc.DIR, choice(INTERRUPTS)))
        elif what == "any-end":
            self.do(Access("cpu_interface", gicc.EOIR, choice((*INTERRUPTS, 1022, 1023))))
        elif what == "mask":
            self.do(Access("cpu_interface", gicc.PMR, choice((0x80, 0xF0, 0xFF, 0xFF))))
        elif what == "point" and self.gic.interfaces[0].running == IDLE:
            # Against a running priority of another grouping QEMU compares whole priorities; the manual
            # compares group priorities (3.3.3). So both groups split alike, and only while nothing runs.
            point = self.random.randrange(7)
            self.do(Access("cpu_interface", gicc.BPR, point))
            self.do(Access("cpu_interface", gicc.ABPR, point + 1))
        elif what == "control":
            self.do(Access("cpu_interface", gicc.CTLR, self.control()))

    def control(self) -> int:
        return self.random.choice((3, 3, 3, 0)) | self.random.getrandbits(32) & 0x21C

    def hypervisor(self) -> None:
        choice = self.random.choice
        what = choice(["list"] * 6 + ["control", "machine", "priorities"])
        if what == "list":
            state = choice((0, 1, 1, 1, 2, 3))
            entry = state << 28 | choice(PRIORITIES) >> 3 << 23 | choice((0, 1 << 30))
            virtual = choice(VIRTUAL)
            if any(one & 0x3FF == virtual and one >> 28 & 3 for one in self.gic.virtual[0].lr):
                return  # one virtual interrupt in two List registers is UNPREDICTABLE
            if self.random.random() < 0.3:
                entry |= 1 << 31 | choice((16, 20, 32, 40, 287)) << 10
            else:
                entry |= choice((0, 1 << 19)) | (self.random.randrange(8) << 10 if virtual < 16 else 0)
            offset = gich.LR0 + 4 * self.random.randrange(4)
            self.do(Access("hypervisor", offset, entry | virtual))
        elif what == "control":
            count = choice((0, 0, 1, 30)) << 27
            events = self.random.getrandbits(8) & 0xFE
            self.do(Access("hypervisor", gich.HCR, count | events | choice((1, 1, 1, 0))))
        elif what == "machine":
            value = self.control() | choice((0, 0xF800_0000, 0x8000_0000))
            if self.gic.virtual[0].registers.running == IDLE:
                self.point = self.random.randrange(7)
            value |= self.point << 21 | self.point + 1 << 18
            self.do(Access("hypervisor", gich.VMCR, value))
        else:
            self.taken_virtual.clear()
            self.do(Access("hypervisor", gich.APR, choice((0, 0, 0x1_0000, 0x1_0001))))

    def virtual_cpu(self) -> None:
        choice = self.random.choice
        what = choice(["ack"] * 4 + ["end"] * 4 + ["dir", "mask", "control", "any-end"])
        if what == "ack":
            value = self.do(Access("virtual_cpu", gicc.IAR))
            if value is not None and value & 0x3FF < 1020:
                self.taken_virtual.append(value)
        elif what == "end" and self.taken_virtual:
            value = self.taken_virtual.pop()
            self.do(Access("virtual_cpu", gicc.EOIR, value))
            if self.gic.virtual[0].registers.ctlr & 0x200:
                self.do(Access("virtual_cpu", gicc.DIR, value))
        elif what == "dir":
            self.do(Access("virtual_cpu", gicc.DIR, choice(VIRTUAL)))
        elif what == "any-end":
            self.do(Access("virtual_cpu", gicc.EOIR, choice((*VIRTUAL, 1022, 1023))))
        elif what == "mask":
            self.do(Access("virtual_cpu", gicc.PMR, choice((0x80, 0xF8, 0xF8))))
        elif what == "control":
            self.do(Access("virtual_cpu", gicc.CTLR, self.control()))

    def look(self) -> None:
        """Read what the accesses before may have changed."""
        for _ in range(4):
            self.do(self.random.choice(READS))


ARRAYS = (
    *(gicd.IGROUPR, gicd.ISENABLER, gicd.ICENABLER, gicd.ISPENDR, gicd.ICPENDR),
    *(gicd.ISACTIVER, gicd.ICACTIVER),
)
READS: Sequence[Access] = [
    *(
        Access("distributor", base + 4 * word)
        for base in ARRAYS
        for word in (0, 1, 2, 8)
    ),
    *(Access("distributor", gicd.IPRIORITYR + (n & ~3)) for n in INTERRUPTS),
    *(Access("distributor", gicd.ITARGETSR + (n & ~3)) for n in (*INTERRUPTS, TARGETED)),
    *(Access("distributor", gicd.ICFGR + 4 * n) for n in (0, 2, 3, 4, 17)),
    *(Access("distributor", base + 4 * n) for base in (gicd.CPENDSGIR, gicd.SPENDSGIR) for n in range(4)),
    *(Access("distributor", offset) for offset in (gicd.CTLR, gicd.TYPER)),
    *(
        Access("cpu_interface", offset)
        for offset in (gicc.CTLR, gicc.PMR, gicc.BPR, gicc.ABPR, gicc.RPR, gicc.HPPIR, gicc.APR, gicc.NSAPR)
        for _ in range(3)
    ),
    *(Access("cpu_interface", base + 4 * n) for base in (gicc.APR, gicc.NSAPR) for n in (1, 2, 3)),
    *(
        Access("hypervisor", offset)
        for offset in (gich.HCR, gich.VTR, gich.VMCR, gich.MISR, gich.EISR0, gich.ELRSR0, gich.APR)
        for _ in range(3)
    ),
    *(Access("hypervisor", gich.LR0 + 4 * n) for n in range(4) for _ in range(2)),
    *(
        Access("virtual_cpu", offset)
        for offset in (gicc.CTLR, gicc.PMR, gicc.BPR, gicc.ABPR, gicc.RPR, gicc.HPPIR, gicc.APR)
        for _ in range(3)
    ),
]  # fmt: skip


# -- QEMU --------------------------------------------------------------------------------------------
RUNNER = """
    .arch armv7-a
    .arch_extension sec
    .global _start
_start: ldr r4, =table
    ldr r5, =0x09000000
next: ldmia r4!, {r0, r1, r2}      @ address, value, kind: 0 write, 1 read, 2 the end
    cmp r2, #1
    bhi off
    strlo r1, [r0]
    blo next
    ldr r0, [r0]
    mov r3, #4
byte: strb r0, [r5]
    lsr r0, r0, #8
    subs r3, r3, #1
    bne byte
    b next
off: ldr r0, =0x84000008           @ PSCI SYSTEM_OFF
    smc #0
    b .
    .ltorg
    .data
table: .incbin "table.bin"
"""


def in_qemu(accesses: Iterable[Access], cpus: int, directory: Path) -> list[int]:
    """What the reads give in QEMU, in order."""
    table = b"".join(
        struct.pack("<3I", BASES[one.block] + one.offset, one.value or 0, one.value is None)
        for one in accesses
    )
    (directory / "table.bin").write_bytes(table + struct.pack("<3I", 0, 0, 2))
    (directory / "runner.s").write_text(RUNNER)
    made = run(["arm-none-eabi-as", f"-I{directory}", "-o", directory / "runner.o", directory / "runner.s"])
    assert made.returncode == 0, made.stderr
    link = ["arm-none-eabi-ld", "-Ttext=0x40100000", "-Tdata=0x40200000", "-o", directory / "runner.elf"]
    made = run([*link, directory / "runner.o"])
    assert made.returncode == 0, made.stderr
    command = [
        tool("qemu-system-arm"),
        "-M",
        "virt,virtualization=on",
        "-cpu",
        "cortex-a15",
        "-smp",
        str(cpus),
    ]
    command += ["-nographic", "-kernel", str(directory / "runner.elf")]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return [value for (value,) in struct.iter_unpack("<I", done.stdout)]
