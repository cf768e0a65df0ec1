"""The state that a case begins in: registers biased to what instructions may work with, modes, MMU, traps."""

from __future__ import annotations

import random
import struct
from functools import cache

from hypgen.arch import registers
from hypgen.arch.psr import Mode
from hypgen.units import PAGE_SIZE
from tests.emulator.differential.case import BANKED, CODE_OFFSET, GENERAL, MODES, RAM, SCRATCH_SIZE
from tests.emulator.differential.tables import (
    CHECKED_DOMAINS,
    OPEN_DOMAINS,
    WINDOW_COUNT,
    WINDOW_SIZE,
    WINDOWS,
    Table,
    shared,
)
from tests.emulator.differential.values import ALIGNMENT, BIG_ENDIAN, ON, PLAIN, SWP

EDGES = (0, 1, 2, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_8000)
EDGES += (0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x8000_7FFF)
GUEST_MODES = (Mode.USR, Mode.SVC, Mode.SYS, Mode.IRQ, Mode.ABT)
TGE, VM, DC, PTW = (registers.HCR.bit(name) for name in ("TGE", "VM", "DC", "PTW"))
TRAPS = sum(
    registers.HCR.bit(name)
    for name in ["TID0", "TID1", "TID2", "TID3", "TIDCP", "TAC", "TSW", "TPC", "TPU", "TTLB", "TVM"]
)
"""Traps of HCR that cases set; TSC would keep the harness from Monitor mode."""
VIRTUAL = tuple(
    registers.HCR.bit(pending) | registers.HCR.bit(routed)
    for pending, routed in (("VI", "IMO"), ("VF", "FMO"), ("VA", "AMO"))
)
"""Each virtual interrupt, and the virtual abort, pending."""
FAR_AHEAD, NEVER = 1 << 40, 1 << 63
"""Times: with greater ones QEMU's would overflow, and its timers ring for ever."""
ALL_COUNTERS = (0, 6)
"""HDCR.HPMN that keeps none of the counters for Hyp mode: QEMU never does."""
COUNTERS = 0x8000_003F
"""Bits of the cycle counter, and of the six event counters of a Cortex-A15."""
AFE, TRE = registers.SCTLR.bit("AFE"), registers.SCTLR.bit("TRE")
EAE = registers.TTBCR.bit("EAE")
_NORMAL = (0x44, 0xFF, 0xAA, 0xEE, 0x4F, 0xBB)
_DEVICE = (0x00, 0x04)
"""Attributes of Normal memory, and of Strongly-ordered and Device memory, in MAIR."""
_FORMATS = {32: (8, 23), 64: (11, 52)}
"""Bits of exponent and fraction by width."""
_FLAGS = 0xF800_009F
_CONTROL = 0x07C0_0000


def draw(rng: random.Random, base: int, thumb: bool, mmu: bool | None) -> dict[str, int]:
    """Values of all registers for a case whose memory begins at ``base``."""
    guest = mmu is not False and rng.random() < 0.15
    if guest:
        mode, secure = rng.choice(GUEST_MODES), False
    else:
        mode = rng.choice((Mode.USR, Mode.SVC, Mode.HYP, Mode.MON, rng.choice(MODES)))
        secure = mode != Mode.HYP and rng.random() < 0.4
    values: dict[str, int] = dict(PLAIN)
    _system(rng, values, mode, secure)
    _translation(rng, values, secure, mmu, guest)
    _floating_point(rng, values)
    view = 0.9 if guest else 0.5 * _view(rng, values, mode, secure)
    values |= {name: value(rng, base, view) for name in GENERAL}
    for name in BANKED:
        values[name] = psr(rng) if name.startswith("SPSR") else value(rng, base, view)
        if name.startswith("SP_"):
            values[name] = _seen(rng, base, view) + SCRATCH_SIZE // 2 + 8 * rng.randint(-16, 16)
    values["PC"] = (_seen(rng, base, view) if rng.random() < 0.25 else base) + CODE_OFFSET
    flags = rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16 | rng.getrandbits(3) << 6
    values["CPSR"] = flags | (rng.random() < 0.12) << 9 | thumb << 5 | mode
    if thumb and rng.random() < 0.1:
        values["CPSR"] |= _it_bits(rng)
    return values


# -- general registers ---------------------------------------------------------------------------------
def value(rng: random.Random, base: int, view: float) -> int:
    """What a general register holds: an address within the case, or a number."""
    kind = rng.random()
    if kind < 0.06:  # some of it is beyond the page, which may be refused
        return _seen(rng, base, view) + PAGE_SIZE - rng.choice((1, 2, 3, 5, 6, 7, 4 * rng.randint(1, 8)))
    if kind < 0.42:
        return _seen(rng, base, view) + SCRATCH_SIZE // 2 + 4 * rng.randint(-32, 32)
    if kind < 0.47:
        return _seen(rng, base, view) + SCRATCH_SIZE // 2 + rng.randint(-64, 64)
    if kind < 0.55:
        return _seen(rng, base, view) + CODE_OFFSET + rng.randint(0x100, 0x200) & ~3 | rng.choice((0, 1))
    if kind < 0.75:
        return rng.choice(EDGES)
    if kind < 0.85:
        return rng.getrandbits(7)
    return rng.getrandbits(32)


def _seen(rng: random.Random, base: int, view: float) -> int:
    """Where the case's memory is seen: with the probability ``view`` in a window."""
    if rng.random() >= view:
        return base
    return base - RAM + WINDOWS + WINDOW_SIZE * rng.randrange(WINDOW_COUNT)


def psr(rng: random.Random) -> int:
    """A program status register of a mode that there is."""
    thumb = rng.random() < 0.4
    word = rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16 | rng.getrandbits(4) << 6
    word |= thumb << 5 | rng.choice(MODES)
    return word | (_it_bits(rng) if thumb and rng.random() < 0.2 else 0)


def _it_bits(rng: random.Random) -> int:
    word = rng.randrange(14) << 4 | rng.randint(1, 15)
    return (word & 3) << 25 | (word >> 2) << 10


# -- system registers ----------------------------------------------------------------------------------
def _system(rng: random.Random, values: dict[str, int], mode: int, secure: bool) -> None:
    for bank in ("S", "NS"):
        values[f"SCTLR_{bank}"] |= SWP * (rng.random() < 0.5)
        for name in ("CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW"):
            values[f"{name}_{bank}"] = rng.getrandbits(32)
    values["HTPIDR"] = rng.getrandbits(32)
    values["CNTKCTL"] = rng.getrandbits(2) | rng.getrandbits(2) << 8
    _timers(rng, values)
    _counters(rng, values)
    values["SCR"] = (0 if secure else 1) | 0x100
    if not secure and rng.random() < 0.2:  # in Secure state an access would end QEMU by an assertion
        values["HSTR"] = rng.getrandbits(14) & ~(1 << 4)  # it has no T4 and T14, and Tx from 15 on
    if rng.random() < 0.3:
        values["HCR"] = rng.getrandbits(28) & TRAPS
        values["CNTHCTL"] = rng.getrandbits(2)
        values["HDCR"] = rng.choice((0, rng.getrandbits(12) & 0xFE0 | 0x100))
        if mode == Mode.USR and not secure and rng.random() < 0.5:
            values["HCR"] |= TGE
    elif rng.random() < 0.1:
        for pending in rng.sample(VIRTUAL, rng.choice((1, 1, 2, 3))):
            values["HCR"] |= pending


def _timers(rng: random.Random, values: dict[str, int]) -> None:
    """Compare values that time is past, and such that it will not reach."""
    for name in ("CNTP_CVAL_S", "CNTP_CVAL_NS", "CNTV_CVAL", "CNTHP_CVAL"):
        values[name] = _time(rng)
        values[name.replace("CVAL", "CTL")] = rng.getrandbits(2)
    values["CNTVOFF"] = rng.choice((0, rng.getrandbits(4), FAR_AHEAD + rng.getrandbits(32)))
    values["CNTFRQ"] = rng.choice((24_000_000, 62_500_000, rng.getrandbits(32)))


def _time(rng: random.Random) -> int:
    return rng.choice((0, rng.getrandbits(4), FAR_AHEAD + rng.getrandbits(32), NEVER + rng.getrandbits(32)))


def _counters(rng: random.Random, values: dict[str, int]) -> None:
    """The performance monitors: none counts, as PMCR.E is 0."""
    for name in ("PMCNTENSET", "PMINTENSET"):
        values[name] = rng.getrandbits(32) & COUNTERS
    values["PMSELR"] = rng.choice((0, 1, 5, 31))
    values["PMCCNTR"] = rng.getrandbits(32)
    values["PMUSERENR"] = rng.getrandbits(1)
    values["HDCR"] |= rng.choice(ALL_COUNTERS)


def _floating_point(rng: random.Random, values: dict[str, int]) -> None:
    values["FPSCR"] = rng.getrandbits(32) & (_FLAGS | _CONTROL * (rng.random() < 0.5))
    if rng.random() < 0.15:
        access = rng.choice((0, 1, 3, 3))
        values["CPACR"] = access << 22 | access << 20
        values["NSACR"] = rng.choice((0, 0xC00, 0xC00))
        values["HCPTR"] |= rng.choice((0, 0xC00)) | rng.getrandbits(1) << 31
        if values["NSACR"] & 0xC00 and not values["HCPTR"] & 0xC00:
            values["FPEXC"] = rng.choice((0, 1 << 30))


# -- translation ---------------------------------------------------------------------------------------
def _translation(
    rng: random.Random, values: dict[str, int], secure: bool, mmu: bool | None, guest: bool
) -> None:
    """The MMUs, on or off. With one off alignment is mostly checked anyway: QEMU allows unaligned accesses
    there that fault, as the memory is Strongly-ordered then."""
    on = {name: rng.random() < 0.7 if mmu is None else mmu for name in ("S", "NS", "HYP")}
    big_endian = {name: rng.random() < 0.15 for name in on}
    if values["HCR"] & TGE:
        on["NS"] = False  # it counts as off
    for bank in ("S", "NS"):
        control = BIG_ENDIAN * big_endian[bank]
        control |= ON * on[bank] | ALIGNMENT * (rng.random() < (0.1 if on[bank] else 0.7))
        values[f"SCTLR_{bank}"] |= control
        if values["HCR"] & TGE and bank == "NS":
            values["TTBCR_NS"] = (
                EAE  # without it QEMU has no status code for an abort that it sends to Hyp mode
            )
        if on[bank]:
            _stage1(rng, values, bank, big_endian[bank])
    hyp = BIG_ENDIAN * big_endian["HYP"]
    hyp |= ON * on["HYP"] | ALIGNMENT * (rng.random() < (0.1 if on["HYP"] else 0.7))
    values["HSCTLR"] |= hyp
    if on["HYP"]:
        table = _table(rng, "hyp", big_endian["HYP"])
        values |= {"HTTBR": table.base, "HTCR": values["HTCR"] | (rng.random() < 0.1)}
        values["HMAIR0"], values["HMAIR1"] = _mair(rng), _mair(rng)
    if guest or (rng.random() < 0.4 and mmu is not False):
        size, table = rng.choice((0, 0, -8)), _table(rng, "stage 2", big_endian["HYP"])
        values["HCR"] |= VM
        values["VTCR"] |= 1 << 6 | (size & 8) << 1 | size & 15
        values["VTTBR"] = table.base | rng.getrandbits(8) << 48
        if not on["NS"] and rng.random() < 0.5 and not values["HCR"] & TGE:
            values["HCR"] |= DC
            values["SCTLR_NS"] &= ~ALIGNMENT | ALIGNMENT * (rng.random() < 0.1)
    if secure:
        # In Secure User mode QEMU takes SCTLR.A of the Non-secure copy.
        values["SCTLR_NS"] = values["SCTLR_NS"] & ~ALIGNMENT | values["SCTLR_S"] & ALIGNMENT


def _table(rng: random.Random, kind: str, big_endian: bool) -> Table:
    return rng.choice([table for table in shared().tables[kind] if table.big_endian == big_endian])


def _mair(rng: random.Random) -> int:
    """The first is for what is mapped one to one, and therefore Normal."""
    others = [rng.choice(_DEVICE if rng.random() < 0.15 else _NORMAL) for _ in range(3)]
    return int.from_bytes(bytes([rng.choice(_NORMAL), *others]), "little")


def _stage1(rng: random.Random, values: dict[str, int], bank: str, big_endian: bool) -> None:
    if rng.random() < 0.5:
        low, high = _table(rng, "long", big_endian).base, _table(rng, "long", big_endian).base
        size = rng.choice((0, 0, 1))
        values[f"TTBCR_{bank}"] = EAE | size << 16 | rng.choice((0, size)) | (rng.random() < 0.03) << 23
        values[f"TTBR0_{bank}"] = low | rng.getrandbits(8) << 48
        values[f"TTBR1_{bank}"] = high + 16 * size
        values[f"MAIR0_{bank}"], values[f"MAIR1_{bank}"] = _mair(rng), _mair(rng)
        return
    low, high = _table(rng, "short", big_endian).base, _table(rng, "short", big_endian).base
    values[f"TTBCR_{bank}"] = rng.choice((0, 0, 1, 1 | (rng.random() < 0.2) << 5))
    values[f"TTBR0_{bank}"], values[f"TTBR1_{bank}"] = low, high
    values[f"MAIR0_{bank}"], values[f"MAIR1_{bank}"] = 0x000A_AAAA, rng.getrandbits(32)
    afe = rng.random() < 0.3
    values[f"SCTLR_{bank}"] |= AFE * afe | TRE * (rng.random() < 0.3)
    # QEMU looks at no access flag in a domain that has no access, or whose manager one is.
    checked = (1,) if afe else (1, 1, 1, 3, 0)
    domains = {15: 1} | {number: rng.choice(checked) for number in CHECKED_DOMAINS}
    domains |= {number: 1 if afe else rng.choice((1, 1, 3)) for number in OPEN_DOMAINS}
    values[f"DACR_{bank}"] = sum(access << 2 * number for number, access in domains.items())


def _view(rng: random.Random, values: dict[str, int], mode: int, secure: bool) -> bool:
    """Whether addresses in windows are worth while: an MMU is on in the regime of the case."""
    if mode == Mode.HYP:
        return bool(values["HSCTLR"] & ON)
    if secure or mode == Mode.MON:
        return bool(values["SCTLR_S"] & ON)
    return bool(values["SCTLR_NS"] & ON or values["HCR"] & (VM | DC)) or rng.random() < 0.1


# -- D0 to D31 -----------------------------------------------------------------------------------------
def extension(rng: random.Random) -> bytes:
    """What D0 to D31 hold: numbers of both precisions, near each other and at the edges, and integers."""
    return b"".join(rng.choices(_doubles(), k=32))


@cache
def _doubles() -> list[bytes]:
    rng = random.Random("doubles")
    return [_double(rng) for _ in range(1 << 14)]


def _double(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.35:
        return _number(rng, 64).to_bytes(8, "little")
    if kind < 0.75:
        return b"".join(_number(rng, 32).to_bytes(4, "little") for _ in range(2))
    if kind < 0.85:
        return struct.pack(
            "<8b", *(rng.choice((0, 1, -1, 127, -128, 64, 2, rng.randint(-128, 127))) for _ in range(8))
        )
    if kind < 0.92:
        return struct.pack("<2I", *(rng.choice(EDGES) for _ in range(2)))
    return rng.randbytes(8)


def _number(rng: random.Random, width: int) -> int:
    exponent_bits, fraction_bits = _FORMATS[width]
    bias = (1 << exponent_bits - 1) - 1
    exponent = rng.choice(
        (
            0,
            0,
            bias * 2 + 1,
            bias * 2,
            1,
            bias,
            bias + rng.randint(-4, 4),
            bias + rng.randint(-40, 70),
            bias // 2,
        )
    )
    fraction = rng.choice(
        (0, 0, 1, (1 << fraction_bits) - 1, 1 << fraction_bits - 1, rng.getrandbits(fraction_bits))
    )
    return rng.getrandbits(1) << width - 1 | exponent % (1 << exponent_bits) << fraction_bits | fraction
