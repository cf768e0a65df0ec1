"""Whatever objects, archives and layouts hold, a link gives an image or an InputError, nothing else."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from hypgen.documents import parse_document
from hypgen.elf.dwarf import with_debug
from hypgen.elf.lief import write_image, write_object
from hypgen.elf.model import Relocation
from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.layout_file import layout_of
from hypgen.link.linker import link
from tests.elf.build import section, words
from tests.elf.test_dwarf import boot, in_template
from tests.elf.test_hostile import _NUMBERS
from tests.link.layouts import PLACES, function, layout, place, unit
from tests.link.test_layout_file import SMALL, WHOLE
from tests.link.test_merge import strings
from tests.link.test_selection import calling, common, grouped, library, part
from tests.link.test_unwind import INLINE, code

SEEDS = [
    [("a.o", write_object(calling("a.o", "f", "g"))), ("l.a", library(f=part("f", "g"), g=part("g")))],
    [("a.o", write_object(grouped("a.o", 1))), ("b.o", write_object(grouped("b.o", 2)))],
    [("a.o", write_object(calling("a.o"))), ("b.o", write_object(common("b.o", 8, 4)))],
    [
        ("a.o", write_object(with_debug(boot(), "src", in_template))),
        ("b.o", write_object(unit("b.o", strings(b"one\0two\0"), section(".text", words(0))))),
        ("c.o", write_object(code(".text.1", 8, INLINE, INLINE))),
    ],
]
LAYOUTS = [layout(), layout(*PLACES, place(".tables", 0x5000, "r"), collect=True, keep=("*f",))]


@st.composite
def damaged_inputs(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    """Sound inputs with a few words overwritten, most of them in tables."""
    files = [(name, bytearray(data)) for name, data in draw(st.sampled_from(SEEDS))]
    for _ in range(draw(st.integers(1, 5))):
        _, data = draw(st.sampled_from(files))
        start = int.from_bytes(data[32:36], "little") // 4 if data[:4] == b"\x7fELF" else 0
        last = len(data) // 4 - 1
        at = 4 * draw(st.integers(min(start, last), last) | st.integers(0, last))
        data[at : at + 4] = draw(_NUMBERS).to_bytes(4, "little")
    return [(name, bytes(data)) for name, data in files]


@settings(max_examples=300, deadline=None)
@given(damaged_inputs(), st.sampled_from(LAYOUTS))
def test_damaged_inputs_are_linked_or_refused(files, places):
    with suppress(InputError):
        write_image(link(read_inputs(files, ["_start"]), places))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 110), _NUMBERS), min_size=1, max_size=6),
    st.binary(min_size=24, max_size=24),
)
def test_any_relocation_of_any_bytes_is_applied_or_refused(rows, content):
    unit = calling("a.o", "f")
    text = unit.sections[".text"]
    text.data[:], text.size = content, len(content)
    names = ["f", "_start", ".text", ""]
    unit.relocations = [Relocation(".text", at, kind, names[value % 4]) for at, kind, value in rows]
    with suppress(InputError):
        link([unit, part("f")], layout())


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([WHOLE, SMALL]), st.lists(st.tuples(st.integers(0, 400), st.text(max_size=3)), max_size=4)
)
def test_any_text_is_a_layout_or_refused(text, edits):
    for at, new in edits:
        text = text[:at] + new + text[at + 1 :]
    with suppress(InputError):
        layout_of(parse_document(text.encode("utf-8", "replace"), "x.yaml"))


def test_strings_without_an_end_are_left_as_they_are():
    made = unit("a.o", section(".text", words(0)), strings(b"cut"), symbols=(function("_start"),))
    assert link([made], layout()).sections[1].data == b"cut"
