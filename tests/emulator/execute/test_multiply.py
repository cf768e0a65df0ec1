"""Multiplications and divisions against the manual's pseudocode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.execute import manual
from tests.emulator.execute.harness import Bench
from tests.emulator.execute.manual import SInt, UInt, vector

words = st.one_of(
    st.sampled_from([0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0x8000_8000, 0xFFFF_FFFF]),
    st.integers(0, 2**32 - 1),
)
bits = st.integers(0, 1)


def low_and_q(result: int) -> tuple[int, int]:
    """R[d] and Q of the pseudocode's "if result != SInt(result<31:0>) then APSR.Q = '1'"."""
    word = vector(result)
    return UInt(word), int(result != SInt(word))


def run(name: str, n: int, m: int, a: int = 0, **fields: int) -> Bench:
    """Rd is r0, Rn r1, Rm r2 and Ra, where there is one, r3."""
    return Bench(r1=n, r2=m, r3=a).run(name, Rd=0, Rn=1, Rm=2, **fields)


@given(words, words, words, bits)
def test_mul_mla_and_mls(n, m, a, s):
    for name, result, more in (
        ("MUL", SInt(vector(n)) * SInt(vector(m)), {"S": s}),
        ("MLA", SInt(vector(n)) * SInt(vector(m)) + SInt(vector(a)), {"S": s, "Ra": 3}),
        ("MLS", SInt(vector(a)) - SInt(vector(n)) * SInt(vector(m)), {"Ra": 3}),
    ):
        bench = Bench(r1=n, r2=m, r3=a, n=1, z=1, c=1, v=1).run(name, Rd=0, Rn=1, Rm=2, **more)
        word = vector(result)
        assert bench.r[0] == UInt(word), name
        flags = (int(word[0]), int("1" not in word), 1, 1) if more.get("S") else (1, 1, 1, 1)
        assert (bench.cpu.n, bench.cpu.z, bench.cpu.c, bench.cpu.v) == flags, name


@given(words, words, words, words, bits)
def test_long_multiplications(n, m, hi, lo, s):
    both = vector(hi) + vector(lo)
    signed, unsigned = SInt(vector(n)) * SInt(vector(m)), n * m
    for name, result in (
        ("UMULL", unsigned),
        ("UMLAL", unsigned + UInt(both)),
        ("SMULL", signed),
        ("SMLAL", signed + SInt(both)),
    ):
        bench = Bench(r1=n, r2=m, r3=hi, r4=lo, c=1, v=1)
        bench.run(name, S=s, RdHi=3, RdLo=4, Rn=1, Rm=2)
        doubleword = vector(result, 64)
        assert (bench.r[3], bench.r[4]) == (UInt(doubleword[:32]), UInt(doubleword[32:])), name
        flags = (int(doubleword[0]), int("1" not in doubleword)) if s else (0, 0)
        assert (bench.cpu.n, bench.cpu.z, bench.cpu.c, bench.cpu.v) == (*flags, 1, 1), name
    bench = Bench(r1=n, r2=m, r3=hi, r4=lo).run("UMAAL", RdHi=3, RdLo=4, Rn=1, Rm=2)
    assert bench.r[3] << 32 | bench.r[4] == n * m + hi + lo


def half(value: int, high: int) -> int:
    return SInt(vector(value)[:16] if high else vector(value)[16:])


@given(words, words, words, words, bits, bits)
def test_halfword_multiplications(n, m, a, lo, n_high, m_high):
    product = half(n, n_high) * half(m, m_high)
    bench = run("SMLABB, SMLABT, SMLATB, SMLATT", n, m, a, Ra=3, N=n_high, M=m_high)
    assert (bench.r[0], bench.cpu.q) == low_and_q(product + SInt(vector(a)))
    bench = run("SMULBB, SMULBT, SMULTB, SMULTT", n, m, N=n_high, M=m_high)
    assert (bench.r[0], bench.cpu.q) == (UInt(vector(product)), 0)
    bench = Bench(r1=n, r2=m, r3=a, r4=lo)
    bench.run("SMLALBB, SMLALBT, SMLALTB, SMLALTT", RdHi=3, RdLo=4, Rn=1, Rm=2, N=n_high, M=m_high)
    assert bench.r[3] << 32 | bench.r[4] == UInt(vector(product + SInt(vector(a) + vector(lo)), 64))
    wide = SInt(vector(n)) * half(m, m_high)
    assert run("SMULWB, SMULWT", n, m, M=m_high).r[0] == UInt(vector(wide, 48)[:32])
    bench = run("SMLAWB, SMLAWT", n, m, a, Ra=3, M=m_high)
    result = wide + SInt(vector(a)) * 2**16
    word = vector(result, 64)[16:48]
    assert (bench.r[0], bench.cpu.q) == (UInt(word), int(result // 2**16 != SInt(word)))


@given(words, words, words, words, bits)
def test_dual_multiplications(n, m, a, lo, m_swap):
    operand2 = manual.ROR_C(vector(m), 16)[0] if m_swap else vector(m)
    product1 = half(n, 0) * SInt(operand2[16:])
    product2 = half(n, 1) * SInt(operand2[:16])
    for name, result, more in (
        ("SMUAD", product1 + product2, {}),
        ("SMUSD", product1 - product2, {}),
        ("SMLAD", product1 + product2 + SInt(vector(a)), {"Ra": 3}),
        ("SMLSD", product1 - product2 + SInt(vector(a)), {"Ra": 3}),
    ):
        bench = run(name, n, m, a, M=m_swap, **more)
        assert (bench.r[0], bench.cpu.q) == low_and_q(result), name
    for name, result in (("SMLALD", product1 + product2), ("SMLSLD", product1 - product2)):
        bench = Bench(r1=n, r2=m, r3=a, r4=lo).run(name, RdHi=3, RdLo=4, Rn=1, Rm=2, M=m_swap)
        total = result + SInt(vector(a) + vector(lo))
        assert (bench.r[3] << 32 | bench.r[4], bench.cpu.q) == (UInt(vector(total, 64)), 0), name


@given(words, words, words, bits)
def test_most_significant_word_multiplications(n, m, a, rounding):
    product, addend = SInt(vector(n)) * SInt(vector(m)), SInt(vector(a)) * 2**32
    for name, result, more in (
        ("SMMUL", product, {}),
        ("SMMLA", addend + product, {"Ra": 3}),
        ("SMMLS", addend - product, {"Ra": 3}),
    ):
        rounded = result + 0x8000_0000 if rounding else result
        bench = run(name, n, m, a, R=rounding, **more)
        assert bench.r[0] == UInt(vector(rounded, 64)[:32]), name


@given(words, words, words)
def test_sums_of_absolute_differences(n, m, a):
    x, y = vector(n), vector(m)
    total = sum(abs(UInt(x[lane : lane + 8]) - UInt(y[lane : lane + 8])) for lane in (0, 8, 16, 24))
    assert run("USAD8", n, m).r[0] == total
    assert run("USADA8", n, m, a, Ra=3).r[0] == (total + a) % 2**32


@given(words, words)
def test_divisions_round_towards_zero(n, m):
    assert run("UDIV", n, m).r[0] == (n // m if m else 0)
    x, y = SInt(vector(n)), SInt(vector(m))
    quotient = 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
    assert run("SDIV", n, m).r[0] == UInt(vector(quotient))


@pytest.mark.parametrize(("name", "n", "quotient"), [("SDIV", 0x8000_0000, 0x8000_0000), ("UDIV", 5, 0)])
def test_a_division_that_overflows_or_is_by_zero_does_not_trap(name, n, quotient):
    assert run(name, n, 0xFFFF_FFFF).r[0] == quotient
    assert run(name, n, 0).r[0] == 0
