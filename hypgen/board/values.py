"""The kinds of value that a board file holds: addresses, sizes and counts, with their limits.

Each is an annotated type of the model that reads what the file has (an integer, or text such as
``2GiB`` or ``"0x8_0000_0000"``) and raises a :class:`PydanticCustomError` of type ``number``,
``range`` or ``alignment``, which :mod:`hypgen.board.messages` turns into a diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from hypgen.documents import parse_integer
from hypgen.units import GIB, KIB, MIB, PAGE_SIZE, LoadAddr, PhysAddr, VirtAddr

PA_BITS = 40
"""Bits of a physical address with the Large Physical Address Extension (DDI 0406C, B3.6)."""

NUMBER_PATTERN = (
    "^(0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*|0[bB][01]+(_[01]+)*|0[oO][0-7]+(_[0-7]+)*|0|[1-9][0-9]*(_[0-9]+)*)$"
)
SIZE_PATTERN = "^([1-9][0-9]{0,9}) ?(KiB|MiB|GiB)$"

NUMBER_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": NUMBER_PATTERN}]
}
SIZE_SCHEMA: dict[str, Any] = {
    "anyOf": [*NUMBER_SCHEMA["anyOf"], {"type": "string", "pattern": SIZE_PATTERN}],
}

_UNITS = {"KiB": KIB, "MiB": MIB, "GiB": GIB}
_NUMBER_FORMS = "write 4096, 0x1000 or 0x8_0000_0000"
_SIZE_FORMS = "write 4096, 0x1000, 64KiB, 2MiB or 2GiB"

Reader = Callable[[object], int]


def read_integer(value: object, forms: str = _NUMBER_FORMS) -> int:
    """The integer that ``value`` is or writes; raises the ``number`` error, which tells ``forms``."""
    number = parse_integer(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise PydanticCustomError("number", "not a number", {"forms": forms})
    return number


def read_size(value: object) -> int:
    """The number of bytes that ``value`` is or writes, with or without a unit."""
    if isinstance(value, str) and (match := re.fullmatch(SIZE_PATTERN, value)):
        return int(match[1]) * _UNITS[match[2]]
    return read_integer(value, _SIZE_FORMS)


def within(low: int, high: int, read: Reader = read_integer) -> Reader:
    """A reader of numbers from ``low`` to ``high``, both allowed; raises the ``range`` error."""

    def reader(value: object) -> int:
        number = read(value)
        if not low <= number <= high:
            limits = {"given": shown(number), "low": shown(low), "high": shown(high)}
            raise PydanticCustomError("range", "out of range", limits)
        return number

    return reader


def paged(read: Reader) -> Reader:
    """A reader of multiples of the page size; raises the ``alignment`` error."""

    def reader(value: object) -> int:
        number = read(value)
        if number % PAGE_SIZE:
            raise PydanticCustomError("alignment", "misaligned", {"given": shown(number)})
        return number

    return reader


def shown(number: int) -> str:
    """A number as its reader wants it: counts in decimal, addresses in hexadecimal."""
    return str(number) if abs(number) < 0x1000 else f"{number:#x}"


_word = within(0, 0xFFFF_FFFF)
_physical = within(0, (1 << PA_BITS) - 1)
_size = within(1, 1 << PA_BITS, read_size)
_paged_word, _paged_physical, _paged_size = paged(_word), paged(_physical), paged(_size)
_number_schema, _size_schema = WithJsonSchema(NUMBER_SCHEMA), WithJsonSchema(SIZE_SCHEMA)

Physical = Annotated[PhysAddr, PlainValidator(lambda value: PhysAddr(_physical(value))), _number_schema]
"""A physical address: 40 bits."""
PagePhysical = Annotated[
    PhysAddr, PlainValidator(lambda value: PhysAddr(_paged_physical(value))), _number_schema
]
"""A physical address at the start of a page."""
PageLoad = Annotated[LoadAddr, PlainValidator(lambda value: LoadAddr(_paged_word(value))), _number_schema]
"""An address for a CPU with its MMU off, 32 bits, at the start of a page."""
PageVirtual = Annotated[VirtAddr, PlainValidator(lambda value: VirtAddr(_paged_word(value))), _number_schema]
"""A virtual address at the start of a page."""
Size = Annotated[int, PlainValidator(_size), _size_schema]
"""A number of bytes, at least 1."""
PageSize = Annotated[int, PlainValidator(_paged_size), _size_schema]
"""A number of bytes that fills pages, at least one."""
PageOffset = Annotated[int, PlainValidator(paged(within(0, (1 << PA_BITS) - 1, read_size))), _size_schema]
"""A distance in bytes that is a multiple of the page size, and may be 0."""
Word = Annotated[int, PlainValidator(_word), _number_schema]
"""A 32-bit value."""
Affinity = Annotated[int, PlainValidator(within(0, 255)), _number_schema]
"""An affinity level of MPIDR (DDI 0406C B4.1, MPIDR): 8 bits."""
CoreCount = Annotated[int, PlainValidator(within(1, 256)), _number_schema]
"""How many cores share MPIDR.Aff1: as many as Aff0 can number."""
Ppi = Annotated[int, PlainValidator(within(0, 15)), _number_schema]
"""Number of a private peripheral interrupt: its interrupt ID less 16 (IHI 0048B, 2.2.1)."""
Spi = Annotated[int, PlainValidator(within(0, 987)), _number_schema]
"""Number of a shared peripheral interrupt: its interrupt ID less 32 (IHI 0048B, 2.2.1)."""
InterruptCount = Annotated[int, PlainValidator(within(32, 1020)), _number_schema]
"""How many interrupt IDs a GIC has (IHI 0048B, 2.2.1)."""
PriorityBits = Annotated[int, PlainValidator(within(4, 8)), _number_schema]
"""Implemented bits of an interrupt's priority (IHI 0048B, 3.3)."""
GicProduct = Annotated[int, PlainValidator(within(0, 0xFF)), _number_schema]
"""ProductID of a GIC's identification registers (IHI 0048B, 4.3.3)."""
Stride = Annotated[int, PlainValidator(within(0, 0x1_0000, read_size)), _size_schema]
"""A distance in bytes between what belongs to one CPU and to the next."""
RegisterShift = Annotated[int, PlainValidator(within(0, 4)), _number_schema]
"""log2 of the distance in bytes between two registers of a UART."""
Frequency = Annotated[int, PlainValidator(within(1, 0xFFFF_FFFF)), _number_schema]
"""A frequency in Hz, or a rate in bit/s."""
SmcImmediate = Annotated[int, PlainValidator(within(0, 15)), _number_schema]
"""The immediate of SMC: 4 bits (DDI 0406C B9.3, SMC)."""
