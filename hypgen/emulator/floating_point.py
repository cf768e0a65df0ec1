"""IEEE 754 arithmetic as the manual's pseudocode has it, exact until it rounds once (DDI 0406C A2.7).

Numbers are their bit patterns. A finite one stands for ``mantissa * 2**exponent`` with integers of
any size, so sums, products and fused products are exact; quotients and roots carry enough bits and
a note whether something was cut off. No host floating-point takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

from hypgen.arch.registers import FPSCR
from hypgen.emulator.float_format import HALF, SINGLE, Format, Kind, Number, Rounding

INVALID = FPSCR.bit("IOC")
DIVIDE_BY_ZERO = FPSCR.bit("DZC")
OVERFLOW = FPSCR.bit("OFC")
UNDERFLOW = FPSCR.bit("UFC")
INEXACT = FPSCR.bit("IXC")
INPUT_DENORMAL = FPSCR.bit("IDC")
_AHP, _DN, _FZ = FPSCR.bit("AHP"), FPSCR.bit("DN"), FPSCR.bit("FZ")
_RMODE = FPSCR.field("RMode")
STANDARD = _DN | _FZ
"""StandardFPSCRValue(), but for AHP: what Advanced SIMD computes under, whatever FPSCR says."""


class Arithmetic:
    """The manual's FP functions under one value of FPSCR; ``flags`` collects cumulative exception bits."""

    __slots__ = ("alternative_half", "default_nan", "flags", "flush", "rounding")

    def __init__(self, fpscr: int) -> None:
        self.alternative_half = bool(fpscr & _AHP)
        self.default_nan = bool(fpscr & _DN)
        self.flush = bool(fpscr & _FZ)
        self.rounding = Rounding(_RMODE.get(fpscr))
        self.flags = 0

    @classmethod
    def standard(cls, fpscr: int) -> Arithmetic:
        """Under StandardFPSCRValue()."""
        return cls(STANDARD | fpscr & _AHP)

    # -- unpacking and rounding ----------------------------------------------------------------------
    def unpack(self, value: int, form: Format) -> Number:
        """FPUnpack(): flushes denormal inputs to zero when FZ says so."""
        fraction_bits = form.fraction_bits
        sign = value >> form.width - 1
        exponent = (value & form.infinity) >> fraction_bits
        fraction = value & (1 << fraction_bits) - 1
        if exponent == 0:
            if fraction == 0:
                return Number(Kind.ZERO, sign)
            if self.flush and form is not HALF:
                self.flags |= INPUT_DENORMAL
                return Number(Kind.ZERO, sign)
            return Number(Kind.NONZERO, sign, fraction, form.minimum_exponent - fraction_bits)
        if exponent == (1 << form.exponent_bits) - 1 and not (form is HALF and self.alternative_half):
            if fraction == 0:
                return Number(Kind.INFINITY, sign)
            return Number(Kind.QNAN if fraction & form.quiet else Kind.SNAN, sign)
        mantissa = fraction | 1 << fraction_bits
        return Number(Kind.NONZERO, sign, mantissa, exponent - 1 + form.minimum_exponent - fraction_bits)

    def round(
        self,
        sign: int,
        mantissa: int,
        exponent: int,
        form: Format,
        sticky: bool = False,
        rounding: Rounding | None = None,
    ) -> int:
        """FPRound() of a value that is not zero; ``sticky``: it is a little larger than its mantissa says."""
        if rounding is None:
            rounding = self.rounding
        sign_bit = sign << form.width - 1
        lowest = form.minimum_exponent
        leading = mantissa.bit_length() - 1 + exponent
        if self.flush and form is not HALF and leading < lowest:
            self.flags |= UNDERFLOW
            return sign_bit
        biased = max(leading - lowest + 1, 0)
        shift = max(leading, lowest) - form.fraction_bits - exponent
        if shift > 0:
            whole, error, half = mantissa >> shift, mantissa & (1 << shift) - 1, 1 << shift - 1
        else:
            whole, error, half = mantissa << -shift, 0, 1
        inexact = bool(error) or sticky
        if biased == 0 and inexact:
            self.flags |= UNDERFLOW
        if rounding is Rounding.NEAREST:
            up = error > half or (error == half and (sticky or whole & 1))
        else:
            up = inexact and _away(rounding, sign)
        if up:
            whole += 1
            if whole == 1 << form.fraction_bits:
                biased = 1
            elif whole == 2 << form.fraction_bits:
                biased += 1
                whole >>= 1
        if form is HALF and self.alternative_half:
            if biased >= 1 << form.exponent_bits:
                self.flags |= INVALID
                return sign_bit | form.sign - 1
        elif biased >= (1 << form.exponent_bits) - 1:
            self.flags |= OVERFLOW | INEXACT
            to_infinity = rounding is Rounding.NEAREST or _away(rounding, sign)
            return sign_bit | (form.infinity if to_infinity else form.infinity - 1)
        if inexact:
            self.flags |= INEXACT
        return sign_bit | biased << form.fraction_bits | whole & (1 << form.fraction_bits) - 1

    def _exact_zero(self, form: Format) -> int:
        """A sum of opposite numbers: positive, but when rounding to minus infinity."""
        return form.sign if self.rounding is Rounding.MINUS_INFINITY else 0

    def _invalid(self, form: Format) -> int:
        self.flags |= INVALID
        return form.default_nan

    # -- NaNs ----------------------------------------------------------------------------------------
    def _nan(self, kind: Kind, value: int, form: Format) -> int:
        """FPProcessNaN()."""
        if kind is Kind.SNAN:
            self.flags |= INVALID
            value |= form.quiet
        return form.default_nan if self.default_nan else value

    def _nans(self, form: Format, *operands: tuple[Number, int]) -> int | None:
        """FPProcessNaNs(): the first signalling NaN, else the first quiet one, else None."""
        for wanted in (Kind.SNAN, Kind.QNAN):
            for number, value in operands:
                if number.kind is wanted:
                    return self._nan(wanted, value, form)
        return None

    # -- arithmetic ----------------------------------------------------------------------------------
    def add(self, x: int, y: int, form: Format, subtract: bool = False, halve: bool = False) -> int:
        """FPAdd(), or FPSub(); ``halve`` makes the latter FPHalvedSub()."""
        a, b = self.unpack(x, form), self.unpack(y, form)
        nan = self._nans(form, (a, x), (b, y))
        if nan is not None:
            return nan
        return self._sum(a, b._replace(sign=b.sign ^ subtract), form, halve)

    def _sum(self, a: Number, b: Number, form: Format, halve: bool = False) -> int:
        """The sum of two unpacked numbers that are no NaNs."""
        if a.kind is Kind.INFINITY or b.kind is Kind.INFINITY:
            if a.kind is b.kind and a.sign != b.sign:
                return self._invalid(form)
            sign = a.sign if a.kind is Kind.INFINITY else b.sign
            return form.infinity | sign << form.width - 1
        if a.kind is Kind.ZERO and b.kind is Kind.ZERO and a.sign == b.sign:
            return a.sign << form.width - 1
        exponent = min(one.exponent for one in (a, b) if one.mantissa) if a.mantissa or b.mantissa else 0
        total = sum(
            (-1 if one.sign else 1) * (one.mantissa << one.exponent - exponent)
            for one in (a, b)
            if one.mantissa
        )
        if total == 0:
            return self._exact_zero(form)
        return self.round(int(total < 0), abs(total), exponent - halve, form)

    def multiply(self, x: int, y: int, form: Format) -> int:
        """FPMul()."""
        a, b = self.unpack(x, form), self.unpack(y, form)
        nan = self._nans(form, (a, x), (b, y))
        if nan is not None:
            return nan
        kinds, sign = {a.kind, b.kind}, a.sign ^ b.sign
        if Kind.INFINITY in kinds:
            if Kind.ZERO in kinds:
                return self._invalid(form)
            return form.infinity | sign << form.width - 1
        if Kind.ZERO in kinds:
            return sign << form.width - 1
        return self.round(sign, a.mantissa * b.mantissa, a.exponent + b.exponent, form)

    def multiply_add(self, addend: int, x: int, y: int, form: Format) -> int:
        """FPMulAdd(): the product is not rounded."""
        c, a, b = (self.unpack(value, form) for value in (addend, x, y))
        kinds = {a.kind, b.kind}
        impossible = kinds == {Kind.INFINITY, Kind.ZERO}
        nan = self._nans(form, (c, addend), (a, x), (b, y))
        if nan is not None:
            return self._invalid(form) if c.kind is Kind.QNAN and impossible else nan
        if impossible:
            return self._invalid(form)
        sign = a.sign ^ b.sign
        if Kind.INFINITY in kinds:
            product = Number(Kind.INFINITY, sign)
        elif Kind.ZERO in kinds:
            product = Number(Kind.ZERO, sign)
        else:
            product = Number(Kind.NONZERO, sign, a.mantissa * b.mantissa, a.exponent + b.exponent)
        return self._sum(c, product, form)

    def divide(self, x: int, y: int, form: Format) -> int:
        """FPDiv()."""
        a, b = self.unpack(x, form), self.unpack(y, form)
        nan = self._nans(form, (a, x), (b, y))
        if nan is not None:
            return nan
        sign_bit = (a.sign ^ b.sign) << form.width - 1
        if a.kind is b.kind and a.kind is not Kind.NONZERO:
            return self._invalid(form)
        if a.kind is Kind.INFINITY or b.kind is Kind.ZERO:
            if a.kind is not Kind.INFINITY:
                self.flags |= DIVIDE_BY_ZERO
            return form.infinity | sign_bit
        if a.kind is Kind.ZERO or b.kind is Kind.INFINITY:
            return sign_bit
        more = max(form.fraction_bits + 3 + b.mantissa.bit_length() - a.mantissa.bit_length(), 0)
        quotient, rest = divmod(a.mantissa << more, b.mantissa)
        return self.round(a.sign ^ b.sign, quotient, a.exponent - b.exponent - more, form, bool(rest))

    def square_root(self, x: int, form: Format) -> int:
        """FPSqrt()."""
        a = self.unpack(x, form)
        if a.kind >= Kind.QNAN:
            return self._nan(a.kind, x, form)
        if a.kind is Kind.ZERO:
            return a.sign << form.width - 1
        if a.sign:
            return self._invalid(form)
        if a.kind is Kind.INFINITY:
            return form.infinity
        more = 2 * form.fraction_bits + 4
        more += (a.exponent - more) & 1  # the exponent must be even to be halved
        scaled = a.mantissa << more
        root = isqrt(scaled)
        return self.round(0, root, (a.exponent - more) // 2, form, root * root != scaled)

    def maximum(self, x: int, y: int, form: Format, minimum: bool = False) -> int:
        """FPMax(), or FPMin(); of zeros with different signs the positive, or negative, one."""
        a, b = self.unpack(x, form), self.unpack(y, form)
        nan = self._nans(form, (a, x), (b, y))
        if nan is not None:
            return nan
        order = _order(a, b)
        if order == 0 and a.kind is Kind.ZERO:
            return (a.sign | b.sign if minimum else a.sign & b.sign) << form.width - 1
        chosen, value = (a, x) if (order < 0) == minimum and order else (b, y)
        return chosen.sign << form.width - 1 if chosen.kind is Kind.ZERO else value

    # -- estimates, of single precision ---------------------------------------------------------------
    def reciprocal_estimate(self, x: int, estimate: Callable[[int], int]) -> int:
        """FPRecipEstimate(); ``estimate`` is recip_estimate() in 512ths, for 256ths between 1 and 2."""
        form, a = SINGLE, self.unpack(x, SINGLE)
        if a.kind >= Kind.QNAN:
            return self._nan(a.kind, x, form)
        sign_bit = a.sign << 31
        if a.kind is Kind.INFINITY:
            return sign_bit
        if a.kind is Kind.ZERO:
            self.flags |= DIVIDE_BY_ZERO
            return sign_bit | form.infinity
        exponent = x >> 23 & 0xFF
        if exponent >= 253:  # at least 2**126: the result would be denormal
            self.flags |= UNDERFLOW
            return sign_bit
        return sign_bit | 253 - exponent << 23 | (estimate(a.mantissa >> 15) & 0xFF) << 15

    def root_estimate(self, x: int, estimate: Callable[[int, float], int]) -> int:
        """FPRSqrtEstimate(); ``estimate`` is recip_sqrt_estimate() of a number and its scale."""
        form, a = SINGLE, self.unpack(x, SINGLE)
        if a.kind >= Kind.QNAN:
            return self._nan(a.kind, x, form)
        if a.kind is Kind.ZERO:
            self.flags |= DIVIDE_BY_ZERO
            return a.sign << 31 | form.infinity
        if a.sign:
            return self._invalid(form)
        if a.kind is Kind.INFINITY:
            return 0
        exponent = x >> 23 & 0xFF
        if exponent & 1:  # scaled to [0.25, 0.5)
            result = estimate(a.mantissa >> 16, 512.0)
        else:
            result = estimate(a.mantissa >> 16, 256.0)
        return (380 - exponent >> 1) << 23 | (result & 0xFF) << 15

    # -- comparison ----------------------------------------------------------------------------------
    def compare(self, x: int, y: int, form: Format, quiet_nan_signals: bool) -> int | None:
        """-1, 0 or 1 as x is less than, equal to or greater than y; None if they are unordered."""
        a, b = self.unpack(x, form), self.unpack(y, form)
        if a.kind >= Kind.QNAN or b.kind >= Kind.QNAN:
            if quiet_nan_signals or Kind.SNAN in (a.kind, b.kind):
                self.flags |= INVALID
            return None
        return _order(a, b)

    # -- conversion ----------------------------------------------------------------------------------
    def to_fixed(
        self,
        x: int,
        form: Format,
        width: int,
        unsigned: bool,
        fraction_bits: int = 0,
        rounding: Rounding | None = None,
    ) -> int:
        """FPToFixed(): the nearest number of ``width`` bits, saturated; signed results may be negative."""
        if rounding is None:
            rounding = self.rounding
        lowest, highest = (0, (1 << width) - 1) if unsigned else (-1 << width - 1, (1 << width - 1) - 1)
        a = self.unpack(x, form)
        if a.kind >= Kind.QNAN:
            self.flags |= INVALID
            return 0
        if a.kind is Kind.INFINITY:
            self.flags |= INVALID
            return lowest if a.sign else highest
        shift = -(a.exponent + fraction_bits)
        inexact = False
        if shift > 0:
            result, error, half = a.mantissa >> shift, a.mantissa & (1 << shift) - 1, 1 << shift - 1
            inexact = bool(error)
            if rounding is Rounding.NEAREST:
                result += error > half or (error == half and bool(result & 1))
            else:
                result += inexact and _away(rounding, a.sign)
        else:
            result = a.mantissa << -shift
        result = -result if a.sign else result
        if not lowest <= result <= highest:
            self.flags |= INVALID
            return lowest if a.sign else highest
        if inexact:
            self.flags |= INEXACT
        return result

    def from_fixed(
        self, value: int, form: Format, fraction_bits: int = 0, rounding: Rounding | None = None
    ) -> int:
        """FixedToFP() of an integer."""
        if value == 0:
            return 0
        return self.round(int(value < 0), abs(value), -fraction_bits, form, rounding=rounding)

    def convert(self, x: int, source: Format, target: Format) -> int:
        """Between two formats: FPDoubleToSingle(), FPHalfToSingle() and their kin."""
        a = self.unpack(x, source)
        sign_bit = a.sign << target.width - 1
        no_specials = target is HALF and self.alternative_half
        if a.kind >= Kind.QNAN:
            if a.kind is Kind.SNAN or no_specials:
                self.flags |= INVALID
            if no_specials:
                return sign_bit
            if self.default_nan:
                return target.default_nan
            payload = x & source.quiet - 1
            change = target.fraction_bits - source.fraction_bits
            payload = payload << change if change > 0 else payload >> -change
            return sign_bit | target.default_nan | payload
        if a.kind is Kind.INFINITY:
            if no_specials:
                self.flags |= INVALID
                return sign_bit | target.sign - 1
            return sign_bit | target.infinity
        if a.kind is Kind.ZERO:
            return sign_bit
        return self.round(a.sign, a.mantissa, a.exponent, target)


def _away(rounding: Rounding, sign: int) -> bool:
    """Whether a directed rounding goes away from zero for numbers of this sign."""
    return rounding is (Rounding.MINUS_INFINITY if sign else Rounding.PLUS_INFINITY)


def _order(a: Number, b: Number) -> int:
    """-1, 0 or 1: the order of two numbers that are no NaNs."""
    x, y = _key(a), _key(b)
    if x[:1] != y[:1] or x[0] != 0:
        return (x[0] > y[0]) - (x[0] < y[0])
    exponent = min(a.exponent, b.exponent)
    left, right = x[1] << a.exponent - exponent, y[1] << b.exponent - exponent
    return (left > right) - (left < right)


def _key(one: Number) -> tuple[int, int]:
    """Which side of every finite number it is on (0 for a finite one), and its signed mantissa."""
    sign = -1 if one.sign else 1
    return (sign, 0) if one.kind is Kind.INFINITY else (0, sign * one.mantissa)
