"""The manual's pseudocode functions, transcribed slowly and literally, to compare the binders with.

DDI 0406C A2.2.1 and A8.4.3. Bit vectors are strings of "0" and "1", most significant bit first,
so that slices and concatenations are those of the pseudocode, and nothing is shared with the code
under test.
"""

from __future__ import annotations


def vector(value: int, width: int = 32) -> str:
    return format(value % 2**width, f"0{width}b")


def UInt(x: str) -> int:
    return int(x, 2)


def SInt(x: str) -> int:
    result = 0
    for i in range(len(x)):
        if x[len(x) - 1 - i] == "1":
            result = result + 2**i
    if x[0] == "1":
        result = result - 2 ** len(x)
    return result


def AddWithCarry(x: str, y: str, carry_in: int) -> tuple[str, int, int]:
    unsigned_sum = UInt(x) + UInt(y) + carry_in
    signed_sum = SInt(x) + SInt(y) + carry_in
    result = vector(unsigned_sum, len(x))
    carry_out = 0 if UInt(result) == unsigned_sum else 1
    overflow = 0 if SInt(result) == signed_sum else 1
    return result, carry_out, overflow


def NOT(x: str) -> str:
    return "".join("1" if digit == "0" else "0" for digit in x)


def LSL_C(x: str, shift: int) -> tuple[str, int]:
    extended_x = x + "0" * shift
    return extended_x[-len(x) :], int(extended_x[-len(x) - 1])


def LSR_C(x: str, shift: int) -> tuple[str, int]:
    extended_x = "0" * shift + x
    return extended_x[: len(x)], int(extended_x[len(extended_x) - shift])


def ASR_C(x: str, shift: int) -> tuple[str, int]:
    extended_x = x[0] * shift + x
    return extended_x[: len(x)], int(extended_x[len(extended_x) - shift])


def ROR_C(x: str, shift: int) -> tuple[str, int]:
    m = shift % len(x)
    result = x[len(x) - m :] + x[: len(x) - m]
    return result, int(result[0])


def RRX_C(x: str, carry_in: int) -> tuple[str, int]:
    return str(carry_in) + x[:-1], int(x[-1])


def Shift_C(value: str, srtype: str, amount: int, carry_in: int) -> tuple[str, int]:
    if srtype == "RRX":
        return RRX_C(value, carry_in)
    if amount == 0:
        return value, carry_in
    return {"LSL": LSL_C, "LSR": LSR_C, "ASR": ASR_C, "ROR": ROR_C}[srtype](value, amount)


def DecodeImmShift(type_: int, imm5: int) -> tuple[str, int]:
    if type_ == 0b00:
        return "LSL", imm5
    if type_ == 0b01:
        return "LSR", 32 if imm5 == 0 else imm5
    if type_ == 0b10:
        return "ASR", 32 if imm5 == 0 else imm5
    return ("RRX", 1) if imm5 == 0 else ("ROR", imm5)


def ARMExpandImm_C(imm12: int, carry_in: int) -> tuple[str, int]:
    bits = vector(imm12, 12)
    unrotated_value = "0" * 24 + bits[4:]
    return Shift_C(unrotated_value, "ROR", 2 * UInt(bits[:4]), carry_in)


def SignedSatQ(i: int, n: int) -> tuple[str, bool]:
    if i > 2 ** (n - 1) - 1:
        return vector(2 ** (n - 1) - 1, n), True
    if i < -(2 ** (n - 1)):
        return vector(-(2 ** (n - 1)), n), True
    return vector(i, n), False


def UnsignedSatQ(i: int, n: int) -> tuple[str, bool]:
    if i > 2**n - 1:
        return vector(2**n - 1, n), True
    if i < 0:
        return vector(0, n), True
    return vector(i, n), False
