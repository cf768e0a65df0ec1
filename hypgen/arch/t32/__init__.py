"""The T32 instruction set of ARMv7-A with Security, Multiprocessing, Virtualization and divide.

One module per group of the manual's chapter A6, each with a table ``ENCODINGS``. The Advanced SIMD and
Floating-point Extensions, chapter A7, are the module ``extension``.
"""

from hypgen.arch.encoding import Row
from hypgen.arch.t32 import (
    branch,
    coprocessor,
    data_processing,
    hints,
    load_store,
    media,
    multiply,
    status_register,
    system,
)

ROWS: tuple[Row, ...] = (
    *data_processing.ENCODINGS,
    *multiply.ENCODINGS,
    *media.ENCODINGS,
    *load_store.ENCODINGS,
    *branch.ENCODINGS,
    *status_register.ENCODINGS,
    *system.ENCODINGS,
    *hints.ENCODINGS,
    *coprocessor.ENCODINGS,
)
"""Every row of the instruction set but those of the extensions."""

EXTENSION_SPACE = (
    (0xEE00_0E00, 0xEC00_0A00),  # transfers of coprocessors 10 and 11 (A7.6, A7.9)
    (0xEF00_0E00, 0xEE00_0A00),  # operations and moves of coprocessors 10 and 11 (A7.5, A7.8)
    (0xEF00_0000, 0xEF00_0000),  # Advanced SIMD data processing (A7.4)
    (0xFF10_0000, 0xF900_0000),  # Advanced SIMD element or structure load/store (A7.7)
)
"""Masks and values of the 32-bit encodings that belong to the extensions, instructions or not."""
