"""Starting what is no ELF file, and handing over a device tree blob.

The registers are those of Linux's boot protocol for Arm ("Booting ARM Linux", Setup the device
tree): r0 is 0, r1 all ones, r2 the blob's address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.errors import InputError, Location
from hypgen.machine.loader import LARGEST_IMAGE, LoadedImage, LoadedSegment
from hypgen.units import MIB, LoadAddr, Span, VirtAddr

if TYPE_CHECKING:
    from hypgen.machine.machine import Machine

FDT_MAGIC = 0xD00D_FEED
_ALIGNMENT = 2 * MIB
_SAFE_DISTANCE = 128 * MIB
"""From the start of RAM: where no kernel decompresses itself to, as the boot protocol has it."""
_BELOW = 1 << 32
"""A CPU with its MMU off reaches what lies below."""


def flat_image(data: bytes, name: str, load: int, entry: int | None = None) -> LoadedImage:
    """A flat binary as an image at ``load``, entered at ``entry`` or else at its first byte.

    Raises InputError RUN-003 for an empty or enormous file, and for an entry outside it.
    """
    if not data:
        raise InputError.at("RUN-003", "this file is empty: there is nothing to run", Location(name))
    if len(data) > LARGEST_IMAGE:
        raise InputError.at(
            "RUN-003",
            f"this file has {len(data) // MIB} MiB, more than the {LARGEST_IMAGE // MIB} MiB allowed",
            Location(name),
        )
    segment = LoadedSegment(VirtAddr(load), LoadAddr(load), data, len(data), executable=True)
    start = load if entry is None else entry
    if start & ~1 not in segment.load_span:
        raise InputError.at(
            "RUN-003",
            f"the entry {LoadAddr(start)} lies outside the binary, which is loaded at {segment.load_span}",
            Location(name),
            "give --entry an address in it; without --entry it is the first byte",
        )
    return LoadedImage(name, start, (segment,), {})


def hand_over_device_tree(machine: Machine, blob: bytes, name: str) -> int:
    """Put a device tree blob into RAM and its address into r2; returns the address.

    It goes 128 MiB above the start of the boot RAM, or, where that is too small, to the last multiple
    of 2 MiB at which it fits. Firmware, an image in a ROM, finds it at the start of RAM, as QEMU's does.
    Raises InputError RUN-005 when the file is no blob or has no room.
    """
    if len(blob) < 40 or int.from_bytes(blob[:4], "big") != FDT_MAGIC:
        raise InputError.at(
            "RUN-005",
            "this file is no device tree blob: it does not begin with 0xd00dfeed",
            Location(name),
            "compile a source with dtc -O dtb",
        )
    ram, firmware = _boot_ram(machine)
    address = int(ram.start) + (0 if firmware else _SAFE_DISTANCE)
    if address + len(blob) > ram.end:
        address = ram.end - len(blob) & ~(_ALIGNMENT - 1)
    span = Span.sized(LoadAddr(address), len(blob))
    segments = machine.image.segments if machine.image else ()
    taken = next((one.load_span for one in segments if one.load_span.overlaps(span)), None)
    if address < ram.start or taken is not None:
        where = f"it would lie at {span}, over the image at {taken}" if taken else f"the RAM is {ram}"
        raise InputError.at(
            "RUN-005",
            f"there is no room for the device tree blob of {len(blob)} bytes: {where}",
            Location(name),
        )
    machine.memory.write(address, blob)
    r = machine.cpus[0].r
    r[0], r[1], r[2] = 0, 0xFFFF_FFFF, address
    return address


def _boot_ram(machine: Machine) -> tuple[Span[LoadAddr], bool]:
    """The RAM that holds the image, as far as a CPU with its MMU off reaches it, or else the board's first;
    and whether the image is in a ROM."""
    start = int(machine.image.segments[0].load) if machine.image else 0
    window = machine.memory.window(start)
    in_rom = window is not None and not window.dram.writable
    if window is None or in_rom:
        window = next(one for one in machine.memory.windows if one.dram.writable)
    return Span(LoadAddr(int(window.span.start)), min(window.span.end, _BELOW)), in_rom
