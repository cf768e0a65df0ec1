"""Damaged objects and libraries of gcc, clang and GNU as: linked or refused, nothing else, and in time."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.elf.lief import write_image
from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.linker import link
from tests.link.test_link_foreign import (
    C_UNWINDING,
    CLANG,
    GCC,
    UNWINDING,
    WITHOUT_TABLE,
    assembled,
    compiled,
)
from tests.oracle import run

Files = list[tuple[str, bytes]]
SECONDS = 60
HELPERS = "".join(
    f".global {name}\n{name}: bx lr\n" for name in ("__popcountsi2", "__aeabi_dmul", "__aeabi_dadd")
)
"""What the compilers call, in place of their library."""
WORDS = (0, 1, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def seeds(directory: Path) -> list[Files]:
    """Objects with debug information, unwind tables and strings, as they are and in a library."""
    found: list[Files] = []
    for name, compiler in (("gcc", GCC), ("clang", CLANG)):
        place = directory / name
        (place / "s").mkdir(parents=True)
        files = compiled(place, (*compiler, "-O2", "-g", "-funwind-tables", "-fdata-sections"), *C_UNWINDING)
        files += assembled(place / "s", WITHOUT_TABLE, HELPERS)
        library = place / "rest.a"
        run(["arm-none-eabi-ar", "rcs", library, *files[1:]])
        found += ([(one.name, one.read_bytes()) for one in chosen] for chosen in (files, [files[0], library]))
    return found


def damaged(files: Files, source: random.Random) -> Files:
    """One to sixteen changes: cut off, bits and words overwritten, pieces copied elsewhere."""
    contents = [bytearray(data) for _, data in files]
    for _ in range(source.choice((1, 1, 2, 4, 16))):
        data = source.choice(contents)
        if len(data) < 64:
            continue
        at, other = source.randrange(len(data)), source.randrange(len(data))
        match source.randrange(5):
            case 0:
                del data[at:]
            case 1:
                data[at] ^= 1 << source.randrange(8)
            case 2:
                data[at & ~3 : (at & ~3) + 4] = source.choice((*WORDS, len(data))).to_bytes(4, "little")
            case 3:
                data[source.randrange(52)] = source.randrange(256)
            case _:
                length = source.randrange(1, 64)
                data[at : at + length] = data[other : other + length]
    return [(name, bytes(data)) for (name, _), data in zip(files, contents, strict=True)]


@contextmanager
def in_time() -> Iterator[None]:
    """Fail what takes so long that it may never end."""

    def late(*_: object) -> None:
        raise AssertionError(f"not done in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempt(sound: list[Files], number: int) -> bool:
    source = random.Random(number)
    files = damaged(source.choice(sound), source)
    with in_time(), suppress(InputError):
        write_image(link(read_inputs(files, ["_start"]), replace(UNWINDING, collect=source.random() < 0.5)))
        return True
    return False


@pytest.mark.oracle
def test_damaged_files_are_linked_or_refused(tmp_path, oracle_counter):
    sound = seeds(tmp_path)
    linked = sum(attempt(sound, number) for number in range(120))
    assert 0 < linked < 120
    oracle_counter("hostile-files")(120)


@pytest.mark.nightly
def test_many_damaged_files_are_linked_or_refused(tmp_path):
    sound = seeds(tmp_path)
    for number in range(1000, 6000):
        attempt(sound, number)
