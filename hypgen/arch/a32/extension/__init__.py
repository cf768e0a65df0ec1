"""The Advanced SIMD and Floating-point Extensions of A32: VFPv4 and SIMDv2 (DDI 0406C A7).

Their rows have a table of their own, which is built when code first uses one of these instructions.
"""

from hypgen.arch.a32.extension import (
    simd_load_store,
    simd_long,
    simd_misc,
    simd_shift,
    simd_three_same,
    vfp,
    vfp_transfer,
)
from hypgen.arch.encoding import Ordered, Row

ROWS: tuple[Row, ...] = (
    Ordered("single registers and moves lie among the lists", (*vfp_transfer.ENCODINGS, *vfp.ENCODINGS)),
    *simd_three_same.ENCODINGS,
    Ordered("a size of 0b11 is another instruction", (*simd_misc.ENCODINGS, *simd_long.ENCODINGS)),
    Ordered("a shift whose size is zero is a modified immediate", simd_shift.ENCODINGS),
    *simd_load_store.ENCODINGS,
)
"""Every row of the extensions."""
