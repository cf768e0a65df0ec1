"""Archives: what is in them, and that a damaged one is refused with a reason."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypgen.elf.archive import MAGIC, Archive, Member, is_archive, read_archive
from hypgen.elf.codes import CODES
from hypgen.errors import InputError
from tests.oracle import run


def member(label: str, content: bytes) -> bytes:
    head = f"{label:16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode()
    return head + content + b"\n" * (len(content) % 2)


def index(*rows: tuple[str, int]) -> bytes:
    offsets = b"".join(at.to_bytes(4, "big") for _, at in rows)
    return member("/", len(rows).to_bytes(4, "big") + offsets + b"".join(n.encode() + b"\0" for n, _ in rows))


FIRST = len(MAGIC) + len(index(("one", 0)))
SOUND = MAGIC + index(("one", FIRST)) + member("a.o/", b"first") + member("b.o/", b"second")


def test_members_and_symbols_are_found():
    archive = read_archive(SOUND, "lib.a")

    assert is_archive(SOUND)
    assert archive == Archive(
        "lib.a",
        (Member("a.o", FIRST, b"first"), Member("b.o", FIRST + 66, b"second")),
        (("one", FIRST),),
    )


def test_long_names_are_found_in_their_table_or_before_the_member():
    data = (
        MAGIC
        + member("//", b"a/long name.o/\nx.o/\n")
        + member("/0", b"1")
        + member("#1/8", b"bsd.o\0\0\0two")
    )

    assert [(one.name, one.data) for one in read_archive(data, "lib.a").members] == [
        ("a/long name.o", b"1"),
        ("bsd.o", b"two"),
    ]


AGAIN = " (make it again with ar rcs)"
DAMAGED = "lib.a: error[ELF-005]: damaged archive: "
LIES = {
    "thin": (
        b"!<thin>\n",
        "lib.a: error[ELF-006]: this is a thin archive, which names files and does not hold them "
        "(make it without T (ar rcs))",
    ),
    "no archive": (b"hello", DAMAGED + "it begins with 68 65 6c 6c 6f" + AGAIN),
    "header cut off": (MAGIC + b"a.o/", DAMAGED + "the header at 0x8 is cut off" + AGAIN),
    "no header": (MAGIC + b"x" * 60, DAMAGED + "there is no member header at 0x8" + AGAIN),
    "member cut off": (
        MAGIC + member("a.o/", b"four")[:-1],
        DAMAGED + "the member at 0x8 ends at 0x48, the file at 0x47" + AGAIN,
    ),
    "long name": (
        MAGIC + member("/7", b""),
        DAMAGED + "the name of the member at 0x8 is not in the table of long names" + AGAIN,
    ),
    "BSD name": (
        MAGIC + member("#1/7", b"abc"),
        DAMAGED + "the name of the member at 0x8 is longer than the member" + AGAIN,
    ),
    "symbols cut off": (MAGIC + member("/", b"abc"), DAMAGED + "its symbol table is cut off" + AGAIN),
    "symbol count": (
        MAGIC + member("/", b"\0\0\0\x09"),
        DAMAGED + "its symbol table has no room for 9 symbols" + AGAIN,
    ),
    "symbol names": (
        MAGIC + member("/", b"\0\0\0\1\0\0\0\x50name"),
        DAMAGED + "its symbol table names 0 of 1 symbols" + AGAIN,
    ),
    "symbol offset": (
        MAGIC + index(("one", 4)),
        DAMAGED + "its symbol table puts one at offset 0x4, where no member begins" + AGAIN,
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_archive_that_lies_is_refused_with_a_reason(lie):
    data, message = LIES[lie]
    with pytest.raises(InputError) as caught:
        read_archive(data, "lib.a")
    assert str(caught.value) == message
    assert caught.value.diagnostics[0].code in CODES


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(SOUND)),
)
def test_any_bytes_are_read_or_refused(changes, end):
    data = bytearray(SOUND)
    for at, value in changes:
        data[at] = value
    with suppress(InputError):
        read_archive(bytes(data[:end]), "hostile")


@pytest.mark.oracle
@pytest.mark.parametrize("flags", ["rcs", "rcS"])
def test_archives_of_gnu_ar_are_taken_apart(tmp_path, flags, oracle_counter):
    for name in ("a.o", "a_name_longer_than_sixteen.o"):
        (tmp_path / f"{name}.s").write_text(f".global f_{name[0]}{len(name)}\nf_{name[0]}{len(name)}: nop\n")
        run(["arm-none-eabi-as", "-o", tmp_path / name, tmp_path / f"{name}.s"])
    made = tmp_path / "lib.a"
    run(["arm-none-eabi-ar", flags, made, tmp_path / "a.o", tmp_path / "a_name_longer_than_sixteen.o"])

    archive = read_archive(made.read_bytes(), "lib.a")

    listed = run(["arm-none-eabi-ar", "t", made]).stdout.split()
    assert [one.name for one in archive.members] == listed
    assert [one.data for one in archive.members] == [(tmp_path / name).read_bytes() for name in listed]
    assert [name for name, _ in archive.index] == (["f_a3", "f_a28"] if flags == "rcs" else [])
    oracle_counter("elf-readers")(len(listed))
