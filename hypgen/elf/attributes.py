"""The .ARM.attributes section: what a processor must have to run the code (IHI 0045)."""

from __future__ import annotations

import struct

ATTRIBUTES: tuple[tuple[int, int | str, str], ...] = (
    (5, "7VE", "Tag_CPU_name: ARMv7-A with the Virtualization Extensions"),
    (6, 10, "Tag_CPU_arch: v7"),
    (7, ord("A"), "Tag_CPU_arch_profile: application"),
    (8, 1, "Tag_ARM_ISA_use: A32"),
    (9, 2, "Tag_THUMB_ISA_use: Thumb-2"),
    (42, 1, "Tag_MPextension_use"),
    (44, 2, "Tag_DIV_use: SDIV and UDIV in both instruction sets"),
    (68, 3, "Tag_Virtualization_use: Security and Virtualization Extensions"),
)
"""Tag, value and meaning, in ascending tags as the ABI asks."""

_FILE_SCOPE = 1


def attributes_section(attributes: tuple[tuple[int, int | str, str], ...] = ATTRIBUTES) -> bytes:
    """The bytes of .ARM.attributes: format version, vendor ``aeabi``, one file-scope subsection."""
    body = b"".join(_attribute(tag, value) for tag, value, _ in attributes)
    scope = bytes([_FILE_SCOPE]) + struct.pack("<I", 5 + len(body)) + body
    vendor = b"aeabi\0"
    return b"A" + struct.pack("<I", 4 + len(vendor) + len(scope)) + vendor + scope


def _attribute(tag: int, value: int | str) -> bytes:
    """A tag and its value; both are ULEB128, here always below 128, so one byte each."""
    if isinstance(value, str):
        return bytes([tag]) + value.encode() + b"\0"
    return bytes([tag, value])
