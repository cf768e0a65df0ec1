"""The T32 instruction set of ARMv7-A with Security, Multiprocessing, Virtualization and divide.

One module per group of the manual's chapter A6, each with a table ``ENCODINGS``.
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
"""Every row of the instruction set."""
