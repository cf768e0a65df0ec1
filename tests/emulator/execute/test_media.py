"""Saturation, parallel additions, packing, extension, reversal and bit fields against the pseudocode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypgen.emulator.execute.registry import Unpredictable
from tests.emulator.execute import manual
from tests.emulator.execute.harness import Bench
from tests.emulator.execute.manual import SInt, UInt, vector

words = st.one_of(
    st.sampled_from([0, 1, 0x7FFF_7FFF, 0x8000_8000, 0x7F80_7F80, 0x8000_0000, 0x7FFF_FFFF, 0xFFFF_FFFF]),
    st.integers(0, 2**32 - 1),
)


def run(name: str, n: int, m: int, **fields: int) -> Bench:
    """Rd is r0, Rn r1 and Rm r2."""
    return Bench(r1=n, r2=m, ge=0b0101).run(name, Rd=0, Rn=1, Rm=2, **fields)


# Which bits of Rn and Rm go into each lane of the result, from the top, and whether they are added.
LANES = {
    "ADD16": [((31, 16), (31, 16), "+"), ((15, 0), (15, 0), "+")],
    "SUB16": [((31, 16), (31, 16), "-"), ((15, 0), (15, 0), "-")],
    "ASX": [((31, 16), (15, 0), "+"), ((15, 0), (31, 16), "-")],
    "SAX": [((31, 16), (15, 0), "-"), ((15, 0), (31, 16), "+")],
    "ADD8": [((top, top - 7), (top, top - 7), "+") for top in (31, 23, 15, 7)],
    "SUB8": [((top, top - 7), (top, top - 7), "-") for top in (31, 23, 15, 7)],
}


def slice_(value: int, hi: int, lo: int) -> str:
    return vector(value)[31 - hi : 32 - lo]


def parallel(prefix: str, operation: str, n: int, m: int) -> tuple[int, int]:
    """The result and GE, lane by lane as A8.8 writes them out."""
    signed = "U" not in prefix
    result, ge = "", ""
    for of_n, of_m, sign in LANES[operation]:
        number = SInt if signed else UInt
        x, y = number(slice_(n, *of_n)), number(slice_(m, *of_m))
        exact = x + y if sign == "+" else x - y
        width = of_n[0] - of_n[1] + 1
        if prefix in ("S", "U"):
            lane = vector(exact, width)
            no_wrap = exact >= 2**width if prefix == "U" and sign == "+" else exact >= 0
            ge += ("1" if no_wrap else "0") * (width // 8)
        elif prefix in ("SH", "UH"):
            lane = vector(exact, width + 1)[:width]
        else:
            lane = (manual.SignedSatQ if signed else manual.UnsignedSatQ)(exact, width)[0]
        result += lane
    return UInt(result), UInt(ge) if ge else 0b0101


@pytest.mark.parametrize("prefix", ["S", "Q", "SH", "U", "UQ", "UH"])
@given(st.sampled_from(sorted(LANES)), words, words)
def test_parallel_additions_follow_the_pseudocode(prefix, operation, n, m):
    bench = run(prefix + operation, n, m)
    assert (bench.r[0], bench.cpu.ge) == parallel(prefix, operation, n, m)
    assert bench.cpu.q == 0


@given(words, words, st.integers(0, 15))
def test_sel_takes_each_byte_by_its_ge_flag(n, m, ge):
    bench = Bench(r1=n, r2=m, ge=ge).run("SEL", Rd=0, Rn=1, Rm=2)
    chosen = [slice_(n if ge >> lane & 1 else m, 8 * lane + 7, 8 * lane) for lane in (3, 2, 1, 0)]
    assert bench.r[0] == UInt("".join(chosen))


@given(words, words, st.integers(0, 1))
def test_saturating_additions_and_sticky_q(n, m, q):
    x, y = SInt(vector(n)), SInt(vector(m))
    doubled, sat1 = manual.SignedSatQ(2 * x, 32)
    for name, total, saturated in (
        ("QADD", y + x, False),
        ("QSUB", y - x, False),
        ("QDADD", y + SInt(doubled), sat1),
        ("QDSUB", y - SInt(doubled), sat1),
    ):
        bench = Bench(r1=n, r2=m, q=q).run(name, Rd=0, Rn=1, Rm=2)
        result, sat2 = manual.SignedSatQ(total, 32)
        assert (bench.r[0], bench.cpu.q) == (UInt(result), q | saturated | sat2), name


@given(words, st.integers(0, 31), st.integers(0, 31), st.integers(0, 1))
def test_saturate_after_shift(n, sat_imm, imm5, sh):
    operand = manual.Shift_C(vector(n), *manual.DecodeImmShift(2 * sh, imm5), 0)[0]
    bench = Bench(r1=n).run("SSAT", Rd=0, Rn=1, sat_imm=sat_imm, imm5=imm5, sh=sh)
    result, sat = manual.SignedSatQ(SInt(operand), sat_imm + 1)
    assert (bench.r[0], bench.cpu.q) == (UInt(vector(SInt(result))), sat)
    bench = Bench(r1=n).run("USAT", Rd=0, Rn=1, sat_imm=sat_imm, imm5=imm5, sh=sh)
    result, sat = manual.UnsignedSatQ(SInt(operand), sat_imm) if sat_imm else ("0", SInt(operand) != 0)
    assert (bench.r[0], bench.cpu.q) == (UInt(result), sat)


@given(words, st.integers(1, 15))
def test_saturate_two_halfwords(n, sat_imm):
    halves = [SInt(slice_(n, 31, 16)), SInt(slice_(n, 15, 0))]
    bench = Bench(r1=n).run("SSAT16", Rd=0, Rn=1, sat_imm=sat_imm)
    results = [manual.SignedSatQ(value, sat_imm + 1) for value in halves]
    assert bench.r[0] == UInt("".join(vector(SInt(result), 16) for result, _ in results))
    assert bench.cpu.q == any(sat for _, sat in results)
    bench = Bench(r1=n).run("USAT16", Rd=0, Rn=1, sat_imm=sat_imm)
    results = [manual.UnsignedSatQ(value, sat_imm) for value in halves]
    assert bench.r[0] == UInt("".join(vector(UInt(result), 16) for result, _ in results))
    assert bench.cpu.q == any(sat for _, sat in results)


@given(words, words, st.integers(0, 31))
def test_pack_halfwords(n, m, imm5):
    left = manual.Shift_C(vector(m), "LSL", imm5, 0)[0]
    assert run("PKH", n, m, imm5=imm5, tb=0).r[0] == UInt(left[:16] + vector(n)[16:])
    right = manual.Shift_C(vector(m), "ASR", imm5 or 32, 0)[0]
    assert run("PKH", n, m, imm5=imm5, tb=1).r[0] == UInt(vector(n)[:16] + right[16:])


@given(words, words, st.integers(0, 3))
def test_extensions_rotate_first(n, m, rotate):
    rotated = manual.ROR_C(vector(m), 8 * rotate)[0] if rotate else vector(m)
    for letter, number in (("S", SInt), ("U", UInt)):
        byte, half = number(rotated[24:]), number(rotated[16:])
        high_byte = number(rotated[8:16])
        fields = {"Rd": 0, "Rm": 2, "rotate": rotate}
        one = lambda name, **more: Bench(r1=n, r2=m).run(name, **fields, **more).r[0]  # noqa: B023, E731
        assert one(f"{letter}XTB") == UInt(vector(byte))
        assert one(f"{letter}XTH") == UInt(vector(half))
        assert one(f"{letter}XTB16") == UInt(vector(high_byte, 16) + vector(byte, 16))
        assert one(f"{letter}XTAB", Rn=1) == UInt(vector(n + byte))
        assert one(f"{letter}XTAH", Rn=1) == UInt(vector(n + half))
        low, high = UInt(slice_(n, 15, 0)) + byte, UInt(slice_(n, 31, 16)) + high_byte
        assert one(f"{letter}XTAB16", Rn=1) == UInt(vector(high, 16) + vector(low, 16))


@given(words)
def test_reversals_and_clz(m):
    bits = vector(m)
    octets = [bits[place : place + 8] for place in (0, 8, 16, 24)]
    for name, expected in (
        ("RBIT", bits[::-1]),
        ("REV", "".join(octets[::-1])),
        ("REV16", octets[1] + octets[0] + octets[3] + octets[2]),
        ("REVSH", octets[3][0] * 16 + octets[3] + octets[2]),
    ):
        assert Bench(r2=m).run(name, Rd=0, Rm=2).r[0] == UInt(expected), name
    assert Bench(r2=m).run("CLZ", Rd=0, Rm=2).r[0] == (bits + "1").index("1")


@given(words, words, st.integers(0, 31), st.integers(0, 31))
def test_bit_fields(d, n, one, other):
    lsb, msb = sorted((one, other))
    width = msb - lsb + 1
    old, source = vector(d), vector(n)
    inserted = old[: 31 - msb] + source[32 - width :] + old[32 - lsb :]
    assert Bench(r0=d, r1=n).run("BFI", Rd=0, Rn=1, msb=msb, lsb=lsb).r[0] == UInt(inserted)
    cleared = old[: 31 - msb] + "0" * width + old[32 - lsb :]
    assert Bench(r0=d).run("BFC", Rd=0, msb=msb, lsb=lsb).r[0] == UInt(cleared)
    field = slice_(n, msb, lsb)
    fields = {"Rd": 0, "Rn": 1, "lsb": lsb, "widthm1": width - 1}
    assert Bench(r1=n).run("UBFX", **fields).r[0] == UInt(field)
    assert Bench(r1=n).run("SBFX", **fields).r[0] == UInt(vector(SInt(field)))


def test_a_bit_field_that_ends_before_it_starts_is_unpredictable():
    with pytest.raises(Unpredictable):
        Bench().run("BFC", Rd=0, msb=3, lsb=4)
