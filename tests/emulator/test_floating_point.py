"""Arithmetic against the host's, and against the manual's FPRound() transcribed over fractions."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypgen.arch.registers import FPSCR
from hypgen.emulator import floating_point as fp
from hypgen.emulator.float_format import DOUBLE, HALF, SINGLE, Format, Rounding
from hypgen.emulator.floating_point import Arithmetic

doubles = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 1 << 63, 0x7FF << 52, (0x7FF << 52) - 1])
near_singles = st.builds(
    lambda sign, exponent, fraction: sign << 31 | exponent << 23 | fraction,
    st.integers(0, 1),
    st.integers(1, 253),
    st.integers(0, 2**23 - 1) | st.sampled_from([0, 1, 2**22, 2**23 - 1]),
)
modes = st.sampled_from(list(Rounding))


def host(value: int) -> float:
    return struct.unpack("<d", value.to_bytes(8, "little"))[0]


def pattern(value: float) -> int:
    return int.from_bytes(struct.pack("<d", value), "little")


def nan(value: int) -> bool:
    return value & 2**63 - 1 > DOUBLE.infinity


def fpscr(mode: Rounding) -> int:
    return FPSCR.field("RMode").put(0, mode)


def real(value: int, form: Format = SINGLE) -> Fraction:
    """The value of a finite number."""
    fraction = value & (1 << form.fraction_bits) - 1
    exponent = (value & form.infinity) >> form.fraction_bits
    mantissa = fraction | (1 << form.fraction_bits if exponent else 0)
    magnitude = mantissa * Fraction(2) ** (max(exponent, 1) - 1 + form.minimum_exponent - form.fraction_bits)
    return -magnitude if value >> form.width - 1 else magnitude


def FPRound(value: Fraction, E: int, F: int, mode: Rounding) -> tuple[int, int]:
    """FPRound() of A2.7.8, without flushing to zero: the pattern and the exception flags."""
    minimum_exp = 2 - 2 ** (E - 1)
    sign, mantissa = int(value < 0), abs(value)
    exponent = 0
    while mantissa < 1:
        mantissa, exponent = mantissa * 2, exponent - 1
    while mantissa >= 2:
        mantissa, exponent = mantissa / 2, exponent + 1
    flags = 0
    biased_exp = max(exponent - minimum_exp + 1, 0)
    if biased_exp == 0:
        mantissa = mantissa / 2 ** (minimum_exp - exponent)
    int_mant = math.floor(mantissa * 2**F)
    error = mantissa * 2**F - int_mant
    if biased_exp == 0 and error != 0:
        flags |= fp.UNDERFLOW
    half = Fraction(1, 2)
    round_up, overflow_to_inf = {
        Rounding.NEAREST: (error > half or (error == half and int_mant % 2 == 1), True),
        Rounding.PLUS_INFINITY: (error != 0 and not sign, not sign),
        Rounding.MINUS_INFINITY: (error != 0 and sign, bool(sign)),
        Rounding.ZERO: (False, False),
    }[mode]
    if round_up:
        int_mant += 1
        if int_mant == 2**F:
            biased_exp = 1
        if int_mant == 2 ** (F + 1):
            biased_exp, int_mant = biased_exp + 1, int_mant // 2
    if biased_exp >= 2**E - 1:
        infinity = (2**E - 1) << F
        magnitude = infinity if overflow_to_inf else infinity - 1
        return sign << E + F | magnitude, flags | fp.OVERFLOW | fp.INEXACT
    if error != 0:
        flags |= fp.INEXACT
    return sign << E + F | biased_exp << F | int_mant % 2**F, flags


@given(doubles, doubles)
def test_double_precision_to_nearest_is_what_the_host_computes(x, y):
    a, b = host(x), host(y)
    expected = {"add": a + b, "multiply": a * b}
    for name, value in expected.items():
        result = getattr(Arithmetic(0), name)(x, y, DOUBLE)
        assert nan(result) if math.isnan(value) else result == pattern(value), name
    if b and not math.isnan(b):
        result = Arithmetic(0).divide(x, y, DOUBLE)
        assert nan(result) if math.isnan(a / b) else result == pattern(a / b)
    if a >= 0:
        assert Arithmetic(0).square_root(x, DOUBLE) == pattern(math.sqrt(a))


@given(near_singles, near_singles, near_singles, modes)
def test_results_are_the_exact_ones_rounded_once(x, y, z, mode):
    a, b, c = real(x), real(y), real(z)
    cases = {
        "add": (lambda arithmetic: arithmetic.add(x, y, SINGLE), a + b),
        "subtract": (lambda arithmetic: arithmetic.add(x, y, SINGLE, subtract=True), a - b),
        "multiply": (lambda arithmetic: arithmetic.multiply(x, y, SINGLE), a * b),
        "divide": (lambda arithmetic: arithmetic.divide(x, y, SINGLE), a / b),
        "multiply_add": (lambda arithmetic: arithmetic.multiply_add(z, x, y, SINGLE), c + a * b),
        "widen": (lambda arithmetic: real(arithmetic.convert(x, SINGLE, DOUBLE), DOUBLE), None),
        "narrow": (lambda arithmetic: arithmetic.convert(x, SINGLE, HALF), a),
    }
    for name, (compute, exact) in cases.items():
        arithmetic = Arithmetic(fpscr(mode))
        result = compute(arithmetic)
        if exact is None:
            assert (result, arithmetic.flags) == (a, 0)
        elif exact == 0:
            assert result == (SINGLE.sign if mode is Rounding.MINUS_INFINITY else 0), name
        else:
            form = HALF if name == "narrow" else SINGLE
            expected = FPRound(exact, form.exponent_bits, form.fraction_bits, mode)
            assert (result, arithmetic.flags) == expected, name


@given(near_singles, st.integers(0, 32), st.booleans(), modes)
def test_conversions_to_fixed_point_saturate(x, fraction_bits, unsigned, mode):
    scaled = real(x) * 2**fraction_bits
    rounded = {
        Rounding.NEAREST: round,
        Rounding.PLUS_INFINITY: math.ceil,
        Rounding.MINUS_INFINITY: math.floor,
        Rounding.ZERO: math.trunc,
    }[mode](scaled)
    lowest, highest = (0, 2**32 - 1) if unsigned else (-(2**31), 2**31 - 1)
    arithmetic = Arithmetic(fpscr(mode))
    result = arithmetic.to_fixed(x, SINGLE, 32, unsigned, fraction_bits)
    assert result == min(max(rounded, lowest), highest)
    exact = fp.INEXACT if rounded != scaled else 0
    assert arithmetic.flags == (fp.INVALID if result != rounded else exact)


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 32), modes)
def test_conversions_from_fixed_point_round(value, fraction_bits, mode):
    arithmetic = Arithmetic(0)
    result = arithmetic.from_fixed(value, SINGLE, fraction_bits, mode)
    exact = Fraction(value, 2**fraction_bits)
    assert (result, arithmetic.flags) == (FPRound(exact, 8, 23, mode) if exact else (0, 0))


ONE, INFINITY, DENORMAL, LARGEST = 0x3F80_0000, 0x7F80_0000, 1, 0x7F7F_FFFF
QUIET, SIGNALLING, DEFAULT = 0xFFC0_1234, 0x7F80_5678, 0x7FC0_0000


@pytest.mark.parametrize(
    ("name", "operands", "control", "result", "flags"),
    [
        ("add", (QUIET, ONE), 0, QUIET, 0),
        ("add", (QUIET, SIGNALLING), 0, SIGNALLING | 1 << 22, fp.INVALID),
        ("add", (QUIET, ONE), FPSCR.bit("DN"), DEFAULT, 0),
        ("add", (INFINITY, INFINITY | 1 << 31), 0, DEFAULT, fp.INVALID),
        ("add", (DENORMAL, DENORMAL), FPSCR.bit("FZ"), 0, fp.INPUT_DENORMAL),
        ("multiply", (0, INFINITY), 0, DEFAULT, fp.INVALID),
        ("multiply", (0x0080_0000, 0x3F00_0000), FPSCR.bit("FZ"), 0, fp.UNDERFLOW),
        ("multiply", (0x0080_0000, 0x3F00_0000), 0, 0x0040_0000, 0),
        ("multiply", (LARGEST, LARGEST), 0, INFINITY, fp.OVERFLOW | fp.INEXACT),
        ("divide", (ONE, 0), 0, INFINITY, fp.DIVIDE_BY_ZERO),
        ("divide", (0, 0), 0, DEFAULT, fp.INVALID),
        ("multiply_add", (QUIET, 0, INFINITY), 0, DEFAULT, fp.INVALID),
        ("maximum", (1 << 31, 0), 0, 0, 0),
    ],
)
def test_special_operands(name, operands, control, result, flags):
    arithmetic = Arithmetic(control)
    assert (getattr(arithmetic, name)(*operands, SINGLE), arithmetic.flags) == (result, flags)


@pytest.mark.parametrize(
    ("x", "alternative", "result", "flags"),
    [
        (INFINITY, False, 0x7C00, 0),
        (INFINITY, True, 0x7FFF, fp.INVALID),
        (QUIET, True, 0x8000, fp.INVALID),
        (QUIET, False, 0xFE00, 0),
        (0x4780_0000, True, 0x7C00, 0),
        (0x4780_0000, False, 0x7C00, fp.OVERFLOW | fp.INEXACT),
    ],
)
def test_the_alternative_half_precision_has_no_specials(x, alternative, result, flags):
    arithmetic = Arithmetic(FPSCR.bit("AHP") if alternative else 0)
    assert (arithmetic.convert(x, SINGLE, HALF), arithmetic.flags) == (result, flags)
    if alternative and not flags:
        assert arithmetic.convert(result, HALF, SINGLE) == x
