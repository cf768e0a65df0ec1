"""Address translation operations over random tables and registers: PAR in our core and in QEMU.

One image holds the tables and a list of cases; for each it sets the Non-secure PL1&0 registers and
the stage 2 ones from Hyp mode, performs an operation and prints PAR, or HSR when that aborts.
"""

from __future__ import annotations

import random
import struct
import subprocess

import pytest

from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from tests import qemu
from tests.oracle import tool

pytestmark = pytest.mark.oracle

CASES = 1500
BASE = 0x4020_0000
LONG_TABLES, SHORT_TABLES = 0x4100_0000, 0x4110_0000
LONG_PAGES, SHORT_PAGES = 48, 48
OPERATIONS = 8
SHORT_ATTRIBUTES = 0x5FC
"""PAR.NOS, SH, Inner and Outer in the 32-bit format: QEMU 7.2 leaves them 0."""
SHAREABILITY = 3 << 7
"""PAR.SH, which the manual has as Outer Shareable for Device memory and Normal Non-cacheable memory; QEMU
7.2 shows what the descriptor says."""
LONG_ATTRIBUTES = 0xFF << 56 | 3 << 7
"""PAR.ATTR and SH: QEMU 7.2 leaves them 0 after a Short-descriptor walk, and SH
with the MMU off."""
ON_WALK = 1 << 8
WALK_LEVEL = 0b11 << 1
"""The level of a stage 2 fault on a stage 1 walk: QEMU 7.2 reports that of the stage 1 walk."""
SUPERSECTION = 1 << 1
HIGH_ADDRESS = 0xFF << 16
"""Bits 39:32 of a supersection's address, which QEMU 7.2 leaves 0 in the 32-bit format."""

SOURCE = """
    .arch armv7ve
    .arch_extension virt
    .arm
    .global _start
_start:
    ldr r0, =vectors
    mcr p15, 4, r0, c12, c0, 0
    ldr r0, =0x30c50878
    mcr p15, 4, r0, c1, c0, 0       @ EE = 0: stage 2 tables are little-endian
    isb
    ldr r4, =cases
next:
    ldr r5, [r4, #44]
    cmn r5, #1
    beq off
    ldm r4!, {r0-r3}              @ SCTLR TTBCR MAIR0 MAIR1
    mcr p15, 0, r0, c1, c0, 0
    mcr p15, 0, r1, c2, c0, 2
    mcr p15, 0, r2, c10, c2, 0
    mcr p15, 0, r3, c10, c2, 1
    ldm r4!, {r0-r3}              @ TTBR0 TTBR1 DACR HCR
    mov r6, #0
    mcrr p15, 0, r0, r6, c2
    mcrr p15, 1, r1, r6, c2
    mcr p15, 0, r2, c3, c0, 0
    mcr p15, 4, r3, c1, c1, 0
    ldm r4!, {r0-r3}              @ VTCR VTTBR VA operation
    mcr p15, 4, r0, c2, c1, 2
    mcrr p15, 6, r1, r6, c2
    mcr p15, 4, r0, c8, c7, 4
    dsb
    isb
    adr r7, operations
    add r7, r7, r3, lsl #3
    blx r7
    isb
    mrrc p15, 0, r8, r9, c7
    mov r0, r9
    bl hex
    mov r0, r8
    bl hex
    b line
aborted:
    mrc p15, 4, r0, c5, c2, 0
    bl hex
line:
    mov r0, #10
    ldr r1, =0x09000000
    str r0, [r1]
    b next
operations:
    mcr p15, 0, r2, c7, c8, 0
    bx lr
    mcr p15, 0, r2, c7, c8, 1
    bx lr
    mcr p15, 0, r2, c7, c8, 2
    bx lr
    mcr p15, 0, r2, c7, c8, 3
    bx lr
    mcr p15, 0, r2, c7, c8, 4
    bx lr
    mcr p15, 0, r2, c7, c8, 5
    bx lr
    mcr p15, 0, r2, c7, c8, 6
    bx lr
    mcr p15, 0, r2, c7, c8, 7
    bx lr
hex:
    ldr r1, =0x09000000
    mov r2, #8
1:  ror r0, r0, #28
    and r3, r0, #15
    cmp r3, #10
    addlt r3, r3, #48
    addge r3, r3, #87
    str r3, [r1]
    subs r2, r2, #1
    bne 1b
    bx lr
off:
    ldr r0, =0x84000008
    mov r1, #0
    smc #0
    b .
    .ltorg
    .align 5
vectors:
    b .
    b .
    b .
    b .
    b aborted
    b .
    b .
    b .
    .align 2
cases:
    .incbin "cases.bin"
    .section .long, "a"
    .incbin "long.bin"
    .section .short, "a"
    .incbin "short.bin"
"""


def long_tables(rng: random.Random) -> bytes:
    """Descriptors whose every next table and most outputs are in these tables."""
    words = []
    for _ in range(LONG_PAGES * 512):
        kind = rng.choices((3, 1, 2, 0), (20, 3, 1, 1))[0]
        if kind == 1:
            output = LONG_TABLES  # a block: of 2 MB it holds all tables, of 1 GB it is one to one
        else:
            output = LONG_TABLES + 0x1000 * rng.randrange(LONG_PAGES)
        low = rng.getrandbits(10) << 2 & 0x8FC | rng.choice((0, 2, 3)) << 8
        low |= 0x4 if low & 0x30 and not low & 0xC else 0  # no reserved SH or MemAttr
        low |= (rng.random() < 0.9) << 10 | (rng.random() < 0.6) * 0xC0
        high = rng.getrandbits(3) << 52 | (rng.random() < 0.3) * (rng.getrandbits(4) << 59)
        words.append(output | low & ~0x800 | high | kind)
    return struct.pack(f"<{len(words)}Q", *words)


def short_tables(rng: random.Random) -> bytes:
    words = []
    for _ in range(SHORT_PAGES * 1024):
        kind = rng.choices((1, 2, 3, 0), (10, 6, 3, 1))[0]
        value = rng.getrandbits(20) & ~0x1E0 | rng.randrange(3) << 5
        if kind == 1:
            value = SHORT_TABLES + 0x400 * rng.randrange(4 * SHORT_PAGES) | rng.randrange(3) << 5 | value & 4
        else:
            value |= 0x4000_0000 | rng.getrandbits(7) << 20
        words.append(value & ~3 | kind)
    return struct.pack(f"<{len(words)}I", *words)


def case(rng: random.Random) -> list[int]:
    """The words of one case, as the image reads them."""
    sctlr = 0x00C5_0078 | (rng.random() < 0.9) | (rng.random() < 0.3) << 28 | (rng.random() < 0.3) << 29
    long = rng.getrandbits(1)
    if long:
        table = lambda: LONG_TABLES + 0x1000 * rng.randrange(LONG_PAGES)  # noqa: E731
        ttbcr = (
            1 << 31 | rng.choice((0, 0, 1, 2)) | rng.choice((0, 0, 1, 3)) << 16 | (rng.random() < 0.1) << 7
        )
    else:
        table = lambda: SHORT_TABLES + 0x4000 * rng.randrange(SHORT_PAGES // 4)  # noqa: E731
        ttbcr = rng.choice((0, 0, 1, 3))  # PD0 and PD1 are RES0 in QEMU without secure=on
    # No domain without access: QEMU 7.2 stops (an assertion) when the 64-bit PAR is to report one.
    # And QEMU looks at no access flag in a domain whose manager one is.
    managers = 0 if sctlr & 1 << 29 else 1
    dacr = sum(rng.choices((1, 3), (4, managers))[0] << 2 * n for n in range(16))
    hcr = rng.choice((0, 1, 1, 5))  # QEMU 7.2 obeys PTW without VM, too
    t0sz, sl0 = rng.choice(((0, 1), (1, 1), (14, 0), (0, 0)))
    vtcr = 1 << 31 | sl0 << 6 | t0sz >> 3 << 4 | t0sz
    vttbr = LONG_TABLES + 0x10000 * rng.randrange(LONG_PAGES // 16)
    mairs = [rng.choice((0x44, 0xFF, 0xAA, 0xEE, 0x00, 0x04, 0x4F, 0xBB)) for _ in range(8)]
    mair = [int.from_bytes(bytes(mairs[:4]), "little"), int.from_bytes(bytes(mairs[4:]), "little")]
    va = rng.getrandbits(32)
    operation = rng.randrange(OPERATIONS)
    return [sctlr, ttbcr, *mair, table(), table(), dacr, hcr, vtcr, vttbr, va, operation]


def test_par_after_address_translations_of_random_tables(tmp_path, oracle_counter):
    rng = random.Random("ats")
    (tmp_path / "long.bin").write_bytes(long_tables(rng))
    (tmp_path / "short.bin").write_bytes(short_tables(rng))
    cases = [case(rng) for _ in range(CASES)]
    words = [word for one in cases for word in one] + [0xFFFF_FFFF] * 12
    (tmp_path / "cases.bin").write_bytes(struct.pack(f"<{len(words)}I", *words))
    (tmp_path / "ats.s").write_text(SOURCE)
    run = {"cwd": tmp_path, "check": True}
    subprocess.run([tool("arm-none-eabi-as"), "-o", "ats.o", "ats.s"], **run)
    places = [f"-Ttext=0x{BASE:x}", f"--section-start=.long=0x{LONG_TABLES:x}"]
    places.append(f"--section-start=.short=0x{SHORT_TABLES:x}")
    subprocess.run([tool("arm-none-eabi-ld"), *places, "-o", "ats.elf", "ats.o"], **run)
    theirs = qemu.console(tmp_path / "ats.elf").decode().split()
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.load((tmp_path / "ats.elf").read_bytes())
    stop = machine.run().stop
    ours = machine.console.split()
    assert len(theirs) == len(ours) == CASES, stop
    for words, mine, other in zip(cases, ours, theirs, strict=True):
        assert comparable(mine, words) == comparable(other, words), [hex(word) for word in words]
    oracle_counter("qemu-translations")(CASES)


def comparable(line: str, words: list[int]) -> int:
    """PAR (or HSR) less what is not compared."""
    value = int(line, 16)
    if len(line) == 8:
        return value
    if value & 1:
        return value & ~WALK_LEVEL if value & ON_WALK else value
    if not value & 1 << 11:
        return value & ~(SHORT_ATTRIBUTES | (HIGH_ADDRESS if value & SUPERSECTION else 0))
    if not words[0] & 1 or not words[1] >> 31:
        return value & ~LONG_ATTRIBUTES
    return value & ~SHAREABILITY if value >> 60 == 0 or value >> 56 == 0x44 else value
