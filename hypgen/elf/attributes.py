"""The .ARM.attributes section: what a processor must have to run the code (IHI 0045)."""

from __future__ import annotations

import struct

from hypgen.elf.leb import uleb

Attributes = tuple[tuple[int, int | str], ...]
"""File-scope attributes of the ``aeabi`` vendor: (tag, value), in ascending tags as the ABI asks."""

TAG_CPU_NAME = 5
TAG_CPU_ARCH = 6
TAG_CPU_ARCH_PROFILE = 7
TAG_FP_ARCH = 10
TAG_FP_NUMBER_MODEL = 23
TAG_ABI_VFP_ARGS = 28
TAG_COMPATIBILITY = 32
TAG_DIV_USE = 44

NAMES: dict[int, str] = {
    TAG_CPU_NAME: "Tag_CPU_name",
    TAG_CPU_ARCH: "Tag_CPU_arch",
    TAG_CPU_ARCH_PROFILE: "Tag_CPU_arch_profile",
    8: "Tag_ARM_ISA_use",
    9: "Tag_THUMB_ISA_use",
    TAG_FP_ARCH: "Tag_FP_arch",
    12: "Tag_Advanced_SIMD_arch",
    14: "Tag_ABI_PCS_R9_use",
    15: "Tag_ABI_PCS_RW_data",
    16: "Tag_ABI_PCS_RO_data",
    17: "Tag_ABI_PCS_GOT_use",
    18: "Tag_ABI_PCS_wchar_t",
    19: "Tag_ABI_FP_rounding",
    20: "Tag_ABI_FP_denormal",
    21: "Tag_ABI_FP_exceptions",
    22: "Tag_ABI_FP_user_exceptions",
    TAG_FP_NUMBER_MODEL: "Tag_ABI_FP_number_model",
    24: "Tag_ABI_align_needed",
    25: "Tag_ABI_align_preserved",
    26: "Tag_ABI_enum_size",
    27: "Tag_ABI_HardFP_use",
    TAG_ABI_VFP_ARGS: "Tag_ABI_VFP_args",
    30: "Tag_ABI_optimization_goals",
    34: "Tag_CPU_unaligned_access",
    36: "Tag_FP_HP_extension",
    38: "Tag_ABI_FP_16bit_format",
    42: "Tag_MPextension_use",
    TAG_DIV_USE: "Tag_DIV_use",
    68: "Tag_Virtualization_use",
}

ATTRIBUTES: Attributes = (
    (TAG_CPU_NAME, "7VE"),  # ARMv7-A with the Virtualization Extensions
    (TAG_CPU_ARCH, 10),  # v7
    (TAG_CPU_ARCH_PROFILE, ord("A")),  # application
    (8, 1),  # A32
    (9, 2),  # Thumb-2
    (42, 1),  # multiprocessing extensions
    (TAG_DIV_USE, 2),  # SDIV and UDIV in both instruction sets
    (68, 3),  # Security and Virtualization Extensions
)
"""What code has that says nothing of itself."""

_FILE_SCOPE = 1
_BEGINNING = {67: 0, 64: 1}
"""Tag_conformance and Tag_nodefaults come before all others (IHI 0045)."""
TEXT_TAGS = (4, TAG_CPU_NAME)
"""Tags up to 32 whose value is a text; above, all odd ones."""


def attributes_section(attributes: Attributes = ATTRIBUTES, *, big_endian: bool = False) -> bytes:
    """The bytes of .ARM.attributes: format version, vendor ``aeabi``, one file-scope subsection.

    Its lengths are in the byte order of the file.
    """
    order = ">" if big_endian else "<"
    ordered = sorted(attributes, key=lambda one: (_BEGINNING.get(one[0], len(_BEGINNING)), one[0]))
    body = b"".join(_attribute(tag, value) for tag, value in ordered)
    scope = bytes([_FILE_SCOPE]) + struct.pack(f"{order}I", 5 + len(body)) + body
    vendor = b"aeabi\0"
    return b"A" + struct.pack(f"{order}I", 4 + len(vendor) + len(scope)) + vendor + scope


def read_attributes(data: bytes, *, big_endian: bool = False) -> Attributes:
    """The file-scope ``aeabi`` attributes in the bytes of a section; raises ValueError if it is damaged.

    Attributes of single sections or symbols, and those of other vendors, are left out.
    """
    if data[:1] != b"A":
        raise ValueError("it does not begin with format version A")
    found: dict[int, int | str] = {}
    order = ">" if big_endian else "<"
    for vendor in _blocks(data, 1, len(data), 0, order):
        name, at = _string(data, vendor.start, vendor.stop)
        if name != "aeabi":
            continue
        for scope in _blocks(data, at, vendor.stop, 1, order):
            if data[scope.start - 5] == _FILE_SCOPE:
                found |= _values(data, scope.start, scope.stop)
    return tuple(sorted(found.items()))


def _blocks(data: bytes, at: int, end: int, prefix: int, order: str) -> list[range]:
    """The contents of the blocks from ``at`` on: each has ``prefix`` bytes, then its length in ``order``."""
    found = []
    while at < end:
        if at + prefix + 4 > end:
            raise ValueError("a length is cut off")
        (length,) = struct.unpack_from(f"{order}I", data, at + prefix)
        if length < prefix + 4 or at + length > end:
            raise ValueError(f"a subsection of {length} bytes does not fit")
        found.append(range(at + prefix + 4, at + length))
        at += length
    return found


def _values(data: bytes, at: int, end: int) -> dict[int, int | str]:
    found: dict[int, int | str] = {}
    while at < end:
        tag, at = _uleb(data, at, end)
        if tag == TAG_COMPATIBILITY:  # a flag, then a vendor's name; only the flag can matter here
            found[tag], at = _uleb(data, at, end)
            _, at = _string(data, at, end)
        elif tag in TEXT_TAGS or (tag > TAG_COMPATIBILITY and tag % 2):
            found[tag], at = _string(data, at, end)
        else:
            found[tag], at = _uleb(data, at, end)
    return found


def _string(data: bytes, at: int, end: int) -> tuple[str, int]:
    stop = data.find(b"\0", at, end)
    if stop < 0:
        raise ValueError("a string has no end")
    return data[at:stop].decode("latin-1"), stop + 1


def _uleb(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 35:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            return value, at
    raise ValueError("a number has no end")


def _attribute(tag: int, value: int | str) -> bytes:
    if isinstance(value, str):
        return uleb(tag) + value.encode("latin-1") + b"\0"
    return uleb(tag) + uleb(value) + (b"\0" if tag == TAG_COMPATIBILITY else b"")
