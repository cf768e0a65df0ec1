"""Advanced SIMD element and structure loads and stores (DDI 0406C A7.7).

``Rm`` is the register that is added to the base afterwards; 13 adds the size of the transfer, 15
nothing. Registers past D31 are UNPREDICTABLE, and so is the PC as base.
"""

from hypgen.arch.encoding import Encoding, Ordered, Row

_KIND = "type 0b0011 of two-element structures lies among the types of single elements, which come last"
_ALL = "size 0b11 is the load to all lanes, and UNDEFINED for a store"
_BASE = "Rn == 15"
_ONE_TYPE = (
    "type > 10",
    "type == 7 and align > 1",
    "type == 6 and align > 1",
    "type == 10 and align == 3",
)
_ONE_LIST = (
    _BASE,
    "D == 1 and (type == 10 and Vd > 14 or type == 6 and Vd > 13 or type == 2 and Vd > 12)",
)
_ONE_LANE = (
    "size == 3",
    "size == 0 and index_align & 1 == 1",
    "size == 1 and index_align & 2 == 2",
    "size == 2 and (index_align & 4 == 4 or index_align & 3 == 1 or index_align & 3 == 2)",
)
_TWO_LANE = ("size == 3", "size == 2 and index_align & 2 == 2")
_THREE_LANE = ("size == 3", "size < 2 and index_align & 1 == 1", "size == 2 and index_align & 3 != 0")
_FOUR_LANE = ("size == 3", "size == 2 and index_align & 3 == 3")
# The registers of a structure are one apart, or two: in these, for a size of one byte, never.
_APART = "(size == 1 and index_align & 2 == 2 or size == 2 and index_align & 4 == 4)"
_TWO_LIST = (_BASE, f"D == 1 and (Vd > 14 or Vd > 13 and {_APART})")
_THREE_LIST = (_BASE, f"D == 1 and (Vd > 13 or Vd > 11 and {_APART})")
_FOUR_LIST = (_BASE, f"D == 1 and (Vd > 12 or Vd > 9 and {_APART})")

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Ordered(_KIND, (
        Encoding("VST4 (multiple 4-element structures)", "A8.8.410", "VST4<c>.<size> <structures>",
                 "111101000 D 00 Rn:4 Vd:4 000 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type + type + type > 12"), undefined=("size == 3",)),
        Encoding("VST3 (multiple 3-element structures)", "A8.8.408", "VST3<c>.<size> <structures>",
                 "111101000 D 00 Rn:4 Vd:4 010 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type + type > 13"),
                 undefined=("size == 3", "align > 1")),
        Encoding("VST2 (multiple 2-element structures)", "A8.8.406", "VST2<c>.<size> <structures>",
                 "111101000 D 00 Rn:4 Vd:4 100 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type > 14"), undefined=("size == 3", "align == 3")),
        Encoding("VST2 (multiple 2-element structures, two pairs of registers)", "A8.8.406",
                 "VST2<c>.<size> <structures>",
                 "111101000 D 00 Rn:4 Vd:4 0011 size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd > 12"), undefined=("size == 3",)),
        Encoding("VST1 (multiple single elements)", "A8.8.404", "VST1<c>.<size> <structures>",
                 "111101000 D 00 Rn:4 Vd:4 type:4 size:2 align:2 Rm:4",
                 unpredictable=_ONE_LIST, undefined=_ONE_TYPE),
    )),
    Ordered(_KIND, (
        Encoding("VLD4 (multiple 4-element structures)", "A8.8.329", "VLD4<c>.<size> <structures>",
                 "111101000 D 10 Rn:4 Vd:4 000 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type + type + type > 12"), undefined=("size == 3",)),
        Encoding("VLD3 (multiple 3-element structures)", "A8.8.326", "VLD3<c>.<size> <structures>",
                 "111101000 D 10 Rn:4 Vd:4 010 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type + type > 13"),
                 undefined=("size == 3", "align > 1")),
        Encoding("VLD2 (multiple 2-element structures)", "A8.8.323", "VLD2<c>.<size> <structures>",
                 "111101000 D 10 Rn:4 Vd:4 100 type size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + type > 14"), undefined=("size == 3", "align == 3")),
        Encoding("VLD2 (multiple 2-element structures, two pairs of registers)", "A8.8.323",
                 "VLD2<c>.<size> <structures>",
                 "111101000 D 10 Rn:4 Vd:4 0011 size:2 align:2 Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd > 12"), undefined=("size == 3",)),
        Encoding("VLD1 (multiple single elements)", "A8.8.320", "VLD1<c>.<size> <structures>",
                 "111101000 D 10 Rn:4 Vd:4 type:4 size:2 align:2 Rm:4",
                 unpredictable=_ONE_LIST, undefined=_ONE_TYPE),
    )),
    Encoding("VST1 (single element from one lane)", "A8.8.405", "VST1<c>.<size> <lanes>",
             "111101001 D 00 Rn:4 Vd:4 size:2 00 index_align:4 Rm:4",
             unpredictable=(_BASE,), undefined=_ONE_LANE),
    Encoding("VST2 (single 2-element structure from one lane)", "A8.8.407", "VST2<c>.<size> <lanes>",
             "111101001 D 00 Rn:4 Vd:4 size:2 01 index_align:4 Rm:4",
             unpredictable=_TWO_LIST, undefined=_TWO_LANE),
    Encoding("VST3 (single 3-element structure from one lane)", "A8.8.409", "VST3<c>.<size> <lanes>",
             "111101001 D 00 Rn:4 Vd:4 size:2 10 index_align:4 Rm:4",
             unpredictable=_THREE_LIST, undefined=_THREE_LANE),
    Encoding("VST4 (single 4-element structure from one lane)", "A8.8.411", "VST4<c>.<size> <lanes>",
             "111101001 D 00 Rn:4 Vd:4 size:2 11 index_align:4 Rm:4",
             unpredictable=_FOUR_LIST, undefined=_FOUR_LANE),
    Ordered(_ALL, (
        Encoding("VLD1 (single element to all lanes)", "A8.8.322", "VLD1<c>.<size> <all_lanes>",
                 "111101001 D 10 Rn:4 Vd:4 1100 size:2 T a Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + T > 15"),
                 undefined=("size == 3", "size == 0 and a == 1")),
        Encoding("VLD1 (single element to one lane)", "A8.8.321", "VLD1<c>.<size> <lanes>",
                 "111101001 D 10 Rn:4 Vd:4 size:2 00 index_align:4 Rm:4",
                 unpredictable=(_BASE,), undefined=_ONE_LANE),
    )),
    Ordered(_ALL, (
        Encoding("VLD2 (single 2-element structure to all lanes)", "A8.8.325", "VLD2<c>.<size> <all_lanes>",
                 "111101001 D 10 Rn:4 Vd:4 1101 size:2 T a Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + T > 14"), undefined=("size == 3",)),
        Encoding("VLD2 (single 2-element structure to one lane)", "A8.8.324", "VLD2<c>.<size> <lanes>",
                 "111101001 D 10 Rn:4 Vd:4 size:2 01 index_align:4 Rm:4",
                 unpredictable=_TWO_LIST, undefined=_TWO_LANE),
    )),
    Ordered(_ALL, (
        Encoding("VLD3 (single 3-element structure to all lanes)", "A8.8.328", "VLD3<c>.<size> <all_lanes>",
                 "111101001 D 10 Rn:4 Vd:4 1110 size:2 T a Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + T + T > 13"), undefined=("size == 3", "a == 1")),
        Encoding("VLD3 (single 3-element structure to one lane)", "A8.8.327", "VLD3<c>.<size> <lanes>",
                 "111101001 D 10 Rn:4 Vd:4 size:2 10 index_align:4 Rm:4",
                 unpredictable=_THREE_LIST, undefined=_THREE_LANE),
    )),
    Ordered(_ALL, (
        Encoding("VLD4 (single 4-element structure to all lanes)", "A8.8.331", "VLD4<c>.<size> <all_lanes>",
                 "111101001 D 10 Rn:4 Vd:4 1111 size:2 T a Rm:4",
                 unpredictable=(_BASE, "D == 1 and Vd + T + T + T > 12"),
                 undefined=("size == 3 and a == 0",)),
        Encoding("VLD4 (single 4-element structure to one lane)", "A8.8.330", "VLD4<c>.<size> <lanes>",
                 "111101001 D 10 Rn:4 Vd:4 size:2 11 index_align:4 Rm:4",
                 unpredictable=_FOUR_LIST, undefined=_FOUR_LANE),
    )),
)
# fmt: on
