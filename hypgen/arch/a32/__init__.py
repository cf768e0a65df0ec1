"""The A32 instruction set of ARMv7-A with Security, Multiprocessing, Virtualization and divide.

One module per group of the manual's chapter A5, each with a table ``ENCODINGS``. The Advanced SIMD and
Floating-point Extensions, chapter A7, are the package ``extension``.
"""

from hypgen.arch.a32 import (
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
from hypgen.arch.encoding import Row

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
    (0x0E00_0E00, 0x0C00_0A00),  # transfers of coprocessors 10 and 11 (A7.6, A7.9)
    (0x0F00_0E00, 0x0E00_0A00),  # operations and moves of coprocessors 10 and 11 (A7.5, A7.8)
    (0xFE00_0000, 0xF200_0000),  # Advanced SIMD data processing (A7.4)
    (0xFF10_0000, 0xF400_0000),  # Advanced SIMD element or structure load/store (A7.7)
)
"""Masks and values of the words that belong to the extensions, whether they are instructions or not."""
