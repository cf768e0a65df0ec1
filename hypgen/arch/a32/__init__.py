"""The A32 instruction set of ARMv7-A with Security, Multiprocessing, Virtualization, divide, VFPv4 and SIMDv2.

One module per group of the manual's chapters A5 and A7, each with a table ``ENCODINGS``.
"""

from hypgen.arch.a32 import (
    branch,
    coprocessor,
    data_processing,
    hints,
    load_store,
    media,
    multiply,
    simd_load_store,
    simd_long,
    simd_misc,
    simd_shift,
    simd_three_same,
    status_register,
    system,
    vfp,
    vfp_transfer,
)
from hypgen.arch.encoding import Ordered, Row

ROWS: tuple[Row, ...] = (
    *data_processing.ENCODINGS,
    *multiply.ENCODINGS,
    *media.ENCODINGS,
    *load_store.ENCODINGS,
    *branch.ENCODINGS,
    *status_register.ENCODINGS,
    *system.ENCODINGS,
    *hints.ENCODINGS,
    Ordered(
        "coprocessors 10 and 11 are the Advanced SIMD and Floating-point Extensions, and each of the "
        "modules has special cases before general ones",
        (*vfp_transfer.ENCODINGS, *vfp.ENCODINGS, *coprocessor.ENCODINGS),
    ),
    *simd_three_same.ENCODINGS,
    Ordered("a size of 0b11 is another instruction", (*simd_misc.ENCODINGS, *simd_long.ENCODINGS)),
    Ordered("a shift whose size is zero is a modified immediate", simd_shift.ENCODINGS),
    *simd_load_store.ENCODINGS,
)
"""Every row of the instruction set."""
