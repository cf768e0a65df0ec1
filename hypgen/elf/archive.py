"""Read static libraries (``ar`` archives), with every bound checked and no library.

The format is that of GNU ar, which LLVM writes too (System V: ``/`` is the symbol table, ``//`` the
long names), and the long names of BSD ar. Members are objects or anything else; this module only
takes the file apart.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from hypgen.errors import InputError, Location
from hypgen.units import align_up

MAGIC = b"!<arch>\n"
_THIN_MAGIC = b"!<thin>\n"
_HEADER = struct.Struct("16s12s6s6s8s10s2s")
"""ar_name, ar_date, ar_uid, ar_gid, ar_mode, ar_size, ar_fmag: text, filled with blanks."""
_END = b"`\n"


@dataclass(frozen=True)
class Member:
    """A file in an archive; ``offset`` is that of its header, by which the symbol table names it."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Archive:
    """An archive: ``index`` lists (symbol, offset of the member that defines it), in the file's order.

    It is empty if the archive has no symbol table (``ar S``, or no member is an object).
    """

    name: str
    members: tuple[Member, ...]
    index: tuple[tuple[str, int], ...]


def is_archive(data: bytes) -> bool:
    """Whether the file says that it is an archive, of either kind."""
    return data.startswith((MAGIC, _THIN_MAGIC))


def read_archive(data: bytes, name: str) -> Archive:
    """Take an archive apart; messages call it ``name``. Raises InputError ELF-005 or ELF-006."""
    if data.startswith(_THIN_MAGIC):
        raise InputError.at(
            "ELF-006",
            "this is a thin archive, which names files and does not hold them",
            Location(name),
            "make it without T (ar rcs)",
        )
    try:
        return _read(data, name)
    except _DamageError as damage:
        raise InputError.at(
            "ELF-005", f"damaged archive: {damage}", Location(name), "make it again with ar rcs"
        ) from None


class _DamageError(Exception):
    """The archive contradicts itself; the text says where."""


def _read(data: bytes, name: str) -> Archive:
    if not data.startswith(MAGIC):
        raise _DamageError(f"it begins with {data[:8].hex(' ') or 'nothing'}")
    members: list[Member] = []
    index: tuple[tuple[str, int], ...] = ()
    long_names = b""
    offset = len(MAGIC)
    while offset < len(data):
        label, content = _member(data, offset)
        after = align_up(offset + _HEADER.size + len(content), 2)
        if label == "/":
            index = _index(content)
        elif label == "//":
            long_names = content
        elif label not in ("/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED"):
            called, inner = _named(label, content, long_names, offset)
            members.append(Member(called, offset, inner))
        offset = after
    known = {one.offset for one in members}
    for symbol, at in index:
        if at not in known:
            raise _DamageError(f"its symbol table puts {symbol} at offset {at:#x}, where no member begins")
    return Archive(name, tuple(members), index)


def _member(data: bytes, offset: int) -> tuple[str, bytes]:
    """The label and the content of the member whose header lies at ``offset``."""
    start = offset + _HEADER.size
    if start > len(data):
        raise _DamageError(f"the header at {offset:#x} is cut off")
    label, *_, size, end = _HEADER.unpack_from(data, offset)
    if end != _END or not re.fullmatch(rb"\d{1,10} *", size):
        raise _DamageError(f"there is no member header at {offset:#x}")
    length = int(size)
    if start + length > len(data):
        raise _DamageError(
            f"the member at {offset:#x} ends at {start + length:#x}, the file at {len(data):#x}"
        )
    return label.decode("latin-1").rstrip(" "), data[start : start + length]


def _named(label: str, content: bytes, long_names: bytes, offset: int) -> tuple[str, bytes]:
    """A member's name and content: the name may lie in the table of long names, or before the content."""
    if re.fullmatch(r"/\d+", label):
        at = int(label[1:])
        end = long_names.find(b"\n", at)
        if end < 0:
            raise _DamageError(f"the name of the member at {offset:#x} is not in the table of long names")
        return long_names[at:end].decode("utf-8", "replace").rstrip("/"), content
    if re.fullmatch(r"#1/\d+", label):
        length = int(label[3:])
        if length > len(content):
            raise _DamageError(f"the name of the member at {offset:#x} is longer than the member")
        return content[:length].rstrip(b"\0").decode("utf-8", "replace"), content[length:]
    return label.rstrip("/"), content


def _index(content: bytes) -> tuple[tuple[str, int], ...]:
    """The symbol table: a count, as many offsets, as many names; numbers are big-endian."""
    if len(content) < 4:
        raise _DamageError("its symbol table is cut off")
    (count,) = struct.unpack_from(">I", content)
    if 4 + 4 * count > len(content):
        raise _DamageError(f"its symbol table has no room for {count} symbols")
    offsets = struct.unpack_from(f">{count}I", content, 4)
    names = content[4 + 4 * count :].split(b"\0")
    if len(names) <= count:
        raise _DamageError(f"its symbol table names {len(names) - 1} of {count} symbols")
    return tuple((one.decode("utf-8", "replace"), at) for one, at in zip(names, offsets, strict=False))
