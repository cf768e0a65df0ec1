"""Multiply, multiply-accumulate and divide (DDI 0406C A6.2.2, A6.3.16, A6.3.17)."""

from hypgen.arch.encoding import Encoding, Ordered, Row

_NO_ACCUMULATOR = "Ra = 0b1111 is the form without accumulator"
_RD_RN_RM = ("Rd in {13, 15}", "Rn in {13, 15}", "Rm in {13, 15}")
_LONG = ("RdLo in {13, 15}", "RdHi in {13, 15}", "Rn in {13, 15}", "Rm in {13, 15}", "RdHi == RdLo")
_FLAGS_STAY = ("S = 0",)

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    # A6.2.2 Data-processing
    Encoding("MUL T1", "A8.8.114", "MUL{S}<c> <Rdm>, <Rn>, <Rdm>",
             "010000 1101 Rn:3 Rdm:3",
             operands=("Rd = Rdm", "Rm = Rdm", "S = not InITBlock")),
    # A6.3.16 Multiply, multiply accumulate, and absolute difference
    Ordered(_NO_ACCUMULATOR, (
        Encoding("MUL T2", "A8.8.114", "MUL<c>.W <Rd>, <Rn>, <Rm>",
                 "111110110000 Rn:4 1111 Rd:4 0000 Rm:4",
                 unpredictable=_RD_RN_RM, operands=_FLAGS_STAY),
        Encoding("MLA T1", "A8.8.100", "MLA<c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110000 Rn:4 Ra:4 Rd:4 0000 Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13"), operands=_FLAGS_STAY),
    )),
    Encoding("MLS T1", "A8.8.101", "MLS<c> <Rd>, <Rn>, <Rm>, <Ra>",
             "111110110000 Rn:4 Ra:4 Rd:4 0001 Rm:4",
             unpredictable=(*_RD_RN_RM, "Ra in {13, 15}")),
    Ordered(_NO_ACCUMULATOR, (
        Encoding("SMULBB, SMULBT, SMULTB, SMULTT T1", "A8.8.188", "SMUL<x><y><c> <Rd>, <Rn>, <Rm>",
                 "111110110001 Rn:4 1111 Rd:4 00 N M Rm:4",
                 unpredictable=_RD_RN_RM),
        Encoding("SMLABB, SMLABT, SMLATB, SMLATT T1", "A8.8.176", "SMLA<x><y><c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110001 Rn:4 Ra:4 Rd:4 00 N M Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13")),
    )),
    Ordered(_NO_ACCUMULATOR, (
        Encoding("SMUAD T1", "A8.8.187", "SMUAD{X}<c> <Rd>, <Rn>, <Rm>",
                 "111110110010 Rn:4 1111 Rd:4 000 M Rm:4",
                 unpredictable=_RD_RN_RM),
        Encoding("SMLAD T1", "A8.8.177", "SMLAD{X}<c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110010 Rn:4 Ra:4 Rd:4 000 M Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13")),
    )),
    Ordered(_NO_ACCUMULATOR, (
        Encoding("SMULWB, SMULWT T1", "A8.8.190", "SMULW<y><c> <Rd>, <Rn>, <Rm>",
                 "111110110011 Rn:4 1111 Rd:4 000 M Rm:4",
                 unpredictable=_RD_RN_RM),
        Encoding("SMLAWB, SMLAWT T1", "A8.8.181", "SMLAW<y><c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110011 Rn:4 Ra:4 Rd:4 000 M Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13")),
    )),
    Ordered(_NO_ACCUMULATOR, (
        Encoding("SMUSD T1", "A8.8.191", "SMUSD{X}<c> <Rd>, <Rn>, <Rm>",
                 "111110110100 Rn:4 1111 Rd:4 000 M Rm:4",
                 unpredictable=_RD_RN_RM),
        Encoding("SMLSD T1", "A8.8.182", "SMLSD{X}<c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110100 Rn:4 Ra:4 Rd:4 000 M Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13")),
    )),
    Ordered(_NO_ACCUMULATOR, (
        Encoding("SMMUL T1", "A8.8.186", "SMMUL{R}<c> <Rd>, <Rn>, <Rm>",
                 "111110110101 Rn:4 1111 Rd:4 000 R Rm:4",
                 unpredictable=_RD_RN_RM),
        Encoding("SMMLA T1", "A8.8.184", "SMMLA{R}<c> <Rd>, <Rn>, <Rm>, <Ra>",
                 "111110110101 Rn:4 Ra:4 Rd:4 000 R Rm:4",
                 unpredictable=(*_RD_RN_RM, "Ra == 13")),
    )),
    Encoding("SMMLS T1", "A8.8.185", "SMMLS{R}<c> <Rd>, <Rn>, <Rm>, <Ra>",
             "111110110110 Rn:4 Ra:4 Rd:4 000 R Rm:4",
             unpredictable=(*_RD_RN_RM, "Ra in {13, 15}")),
    # A6.3.17 Long multiply, long multiply accumulate, and divide
    Encoding("SMULL T1", "A8.8.189", "SMULL<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111000 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
             unpredictable=_LONG, operands=_FLAGS_STAY),
    Encoding("SDIV T1", "A8.8.165", "SDIV<c> <Rd>, <Rn>, <Rm>",
             "111110111001 Rn:4 (1)(1)(1)(1) Rd:4 1111 Rm:4",
             unpredictable=_RD_RN_RM),
    Encoding("UMULL T1", "A8.8.257", "UMULL<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111010 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
             unpredictable=_LONG, operands=_FLAGS_STAY),
    Encoding("UDIV T1", "A8.8.248", "UDIV<c> <Rd>, <Rn>, <Rm>",
             "111110111011 Rn:4 (1)(1)(1)(1) Rd:4 1111 Rm:4",
             unpredictable=_RD_RN_RM),
    Encoding("SMLAL T1", "A8.8.178", "SMLAL<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111100 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
             unpredictable=_LONG, operands=_FLAGS_STAY),
    Encoding("SMLALBB, SMLALBT, SMLALTB, SMLALTT T1", "A8.8.179", "SMLAL<x><y><c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111100 Rn:4 RdLo:4 RdHi:4 10 N M Rm:4",
             unpredictable=_LONG),
    Encoding("SMLALD T1", "A8.8.180", "SMLALD{X}<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111100 Rn:4 RdLo:4 RdHi:4 110 M Rm:4",
             unpredictable=_LONG),
    Encoding("SMLSLD T1", "A8.8.183", "SMLSLD{X}<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111101 Rn:4 RdLo:4 RdHi:4 110 M Rm:4",
             unpredictable=_LONG),
    Encoding("UMLAL T1", "A8.8.256", "UMLAL<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111110 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
             unpredictable=_LONG, operands=_FLAGS_STAY),
    Encoding("UMAAL T1", "A8.8.255", "UMAAL<c> <RdLo>, <RdHi>, <Rn>, <Rm>",
             "111110111110 Rn:4 RdLo:4 RdHi:4 0110 Rm:4",
             unpredictable=_LONG),
)
# fmt: on
