"""Whatever the bytes, reading a file gives a model or an InputError, and never anything else."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from hypgen.elf.abi import SHF_COMPRESSED
from hypgen.elf.lief import read_image, read_object, write_image, write_object
from hypgen.errors import InputError
from tests.elf.build import sample_image, sample_object

SEEDS = (write_object(sample_object()), write_image(sample_image()))
_NUMBERS = st.sampled_from([0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]) | st.integers(0, 0xFFFF_FFFF)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A sound file with a few words overwritten, most of them in its tables, and perhaps its end cut off."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    tables = int.from_bytes(data[32:36], "little")
    places = (
        st.integers(0, 45) | st.integers(tables // 4, len(data) // 4 - 1) | st.integers(0, len(data) // 4 - 1)
    )
    for place, value in draw(st.lists(st.tuples(places, _NUMBERS), min_size=1, max_size=6)):
        data[4 * place : 4 * place + 4] = value.to_bytes(4, "little")
    if draw(st.integers(0, 15)) == 0:
        del data[draw(st.integers(0, len(data))) :]
    return bytes(data)


def read(data: bytes) -> None:
    for reader in (read_object, read_image):
        with suppress(InputError):
            reader(data, "hostile")


@settings(max_examples=400, deadline=None)
@given(damaged_files())
def test_damaged_files_are_read_or_refused(data):
    read(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: SEEDS[0][:16] + tail))
def test_any_bytes_are_read_or_refused(data):
    read(data)


def test_sections_that_only_claim_to_be_compressed_are_read_or_refused():
    """Each section in turn, the one without contents, too."""
    sound = write_object(sample_object())
    tables, count = int.from_bytes(sound[32:36], "little"), int.from_bytes(sound[48:50], "little")
    for number in range(1, count):
        flags = tables + 40 * number + 8
        data = bytearray(sound)
        data[flags + 1] |= SHF_COMPRESSED >> 8
        read(bytes(data))
