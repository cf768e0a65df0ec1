"""Images that U-Boot loads: the legacy uImage, and a FIT (flattened image tree).

Both are entered like a Linux kernel: U-Boot's ``bootm`` leaves its own MMU and caches off, and the CPU in
Hyp mode where U-Boot runs there. Formats: U-Boot include/image.h, doc/usage/fit/source_file_format.rst,
and the Devicetree Specification, chapter 5. Times are zero, so that the same image has the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping

from hypgen.elf.model import Image
from hypgen.link.outputs.binary import binary_base, flat_binary
from hypgen.units import align_up

_UIMAGE = struct.Struct(">7I4B32s")
"""ih_magic, ih_hcrc, ih_time, ih_size, ih_load, ih_ep, ih_dcrc, ih_os, ih_arch, ih_type, ih_comp, ih_name."""
_UIMAGE_MAGIC = 0x2705_1956
_OS_LINUX, _ARCH_ARM, _TYPE_KERNEL, _COMPRESSION_NONE = 5, 2, 2, 0

_FDT = struct.Struct(">10I")
"""magic, totalsize, off_dt_struct, off_dt_strings, off_mem_rsvmap, version, last_comp_version,
boot_cpuid_phys, size_dt_strings, size_dt_struct."""
_FDT_MAGIC, _FDT_VERSION, _FDT_COMPATIBLE = 0xD00D_FEED, 17, 16
_BEGIN_NODE, _END_NODE, _PROPERTY, _END = 1, 2, 3, 9

Node = Mapping[str, "bytes | str | int | Node"]
"""A node of the tree: properties (bytes, a string, a cell), and nodes below it, in order."""


def uimage(image: Image, entry: int, name: str) -> bytes:
    """The flat binary behind U-Boot's legacy 64-byte header, as ``mkimage -T kernel`` makes it."""
    data = flat_binary(image)
    fields = (0, len(data), binary_base(image), entry, zlib.crc32(data))
    kinds = (_OS_LINUX, _ARCH_ARM, _TYPE_KERNEL, _COMPRESSION_NONE, name.encode()[:32])
    header = _UIMAGE.pack(_UIMAGE_MAGIC, 0, *fields, *kinds)
    return _UIMAGE.pack(_UIMAGE_MAGIC, zlib.crc32(header), *fields, *kinds) + data


def fit_image(image: Image, entry: int, name: str) -> bytes:
    """A FIT with the flat binary as its only image, its SHA-256, and one configuration."""
    data = flat_binary(image)
    return _flattened(
        {
            "timestamp": 0,
            "description": f"Hyp image for {name}",
            "#address-cells": 1,
            "images": {
                "hyp": {
                    "description": f"Hyp image for {name}",
                    "data": data,
                    "type": "kernel",
                    "arch": "arm",
                    "os": "linux",
                    "compression": "none",
                    "load": binary_base(image),
                    "entry": entry,
                    "hash-1": {"algo": "sha256", "value": hashlib.sha256(data).digest()},
                }
            },
            "configurations": {
                "default": "conf-1",
                "conf-1": {"description": name, "kernel": "hyp"},
            },
        }
    )


def _flattened(root: Node) -> bytes:
    """The tree as a devicetree blob."""
    strings = bytearray()
    offsets: dict[str, int] = {}
    body = _node("", root, strings, offsets) + struct.pack(">I", _END)
    reservations = bytes(16)
    at = _FDT.size + len(reservations)
    header = _FDT.pack(
        _FDT_MAGIC,
        at + len(body) + len(strings),
        at,
        at + len(body),
        _FDT.size,
        _FDT_VERSION,
        _FDT_COMPATIBLE,
        0,
        len(strings),
        len(body),
    )
    return header + reservations + body + bytes(strings)


def _node(name: str, node: Node, strings: bytearray, offsets: dict[str, int]) -> bytes:
    out = bytearray(struct.pack(">I", _BEGIN_NODE) + _padded(name.encode() + b"\0"))
    for key, value in node.items():
        if isinstance(value, Mapping):
            out += _node(key, value, strings, offsets)
            continue
        if key not in offsets:
            offsets[key] = len(strings)
            strings += key.encode() + b"\0"
        content = _content(value)
        out += struct.pack(">3I", _PROPERTY, len(content), offsets[key]) + _padded(content)
    return bytes(out + struct.pack(">I", _END_NODE))


def _content(value: bytes | str | int) -> bytes:
    if isinstance(value, str):
        return value.encode() + b"\0"
    return value if isinstance(value, bytes) else struct.pack(">I", value)


def _padded(content: bytes) -> bytes:
    return content.ljust(align_up(len(content), 4), b"\0")
