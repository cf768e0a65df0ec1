"""Call frame information that is found by following the stack pointer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hypgen.asm.unwinding import derived_frames
from hypgen.elf.frames import defined, frame_table, restored, saved, undefined
from hypgen.elf.model import Frame
from tests.asm.asm import made

SP, LR, PC = 13, 14, 15


def frames(source: str) -> dict[int, Frame]:
    """The frames of a source by their start."""
    return {one.start: one for one in derived_frames(made(source))}


def rules(one: Frame) -> list[tuple[int, bytes]]:
    """Offsets and rules after what every function begins with."""
    assert one.steps[0].code == defined(SP, 0)
    return [(step.offset - one.start, step.code) for step in one.steps[1:]]


def function(name: str, *lines: str) -> str:
    body = "\n".join(lines)
    return f".global {name}\n.type {name}, %function\n{name}:\n{body}\n.size {name}, . - {name}\n"


def test_a_function_that_saves_registers_and_makes_room():
    found = frames(
        function("f", "push {r4, lr}", "sub sp, sp, #8", "bl other", "add sp, sp, #8", "pop {r4, pc}")
    )
    assert rules(found[0]) == [
        (4, defined(None, 8)),
        (4, saved(LR, 1)),
        (4, saved(4, 2)),
        (8, defined(None, 16)),
        (16, defined(None, 8)),
    ]
    assert found[0].return_column == LR


def test_a_return_in_the_middle_leaves_the_rest_as_it_was():
    found = frames(
        function("f", "push {r4, lr}", "cmp r0, #0", "beq 1f", "pop {r4, lr}", "bx lr", "1: pop {r4, pc}")
    )
    assert rules(found[0]) == [
        (4, defined(None, 8)),
        (4, saved(LR, 1)),
        (4, saved(4, 2)),
        (16, defined(None, 0)),
        (16, restored(4)),
        (16, restored(LR)),
        (20, defined(None, 8)),
        (20, saved(LR, 1)),
        (20, saved(4, 2)),
    ]


def test_the_return_address_is_lost_when_a_call_overwrites_it():
    found = frames(function("f", "bl other", "b ."))
    assert rules(found[0]) == [(4, undefined(LR))]


def test_a_handler_returns_to_what_it_saved_of_elr_hyp():
    handler = function(
        "h",
        "push {r0, r1, r12, lr}",
        "mrs r0, elr_hyp",
        "mrs r1, spsr",
        "push {r0, r1}",
        "bl other",
        "pop {r0, r1}",
        "msr elr_hyp, r0",
        "pop {r0, r1, r12, lr}",
        "eret",
    )
    one = frames(".arch_extension virt\n" + handler)[0]

    assert one.return_column == PC
    assert rules(one)[0] == (0, undefined(PC))
    assert (16, saved(PC, 6)) in rules(one)
    assert (24, undefined(PC)) in rules(one)
    assert (32, defined(None, 0)) in rules(one)


def test_a_tail_call_goes_on_with_the_frame_it_is_left():
    source = (
        ".arch_extension virt\n"
        + function("table", "b h", "b h")
        + function("h", "push {r0, lr}", "b end")
        + function("end", "nop", "pop {r0, lr}", "eret")
    )
    found = frames(source)

    assert [one.return_column for one in found.values()] == [PC, PC, PC]
    assert rules(found[16])[:2] == [(0, undefined(PC)), (0, defined(None, 8))]


def test_thumb_functions_are_left_out():
    assert frames(".thumb\n.thumb_func\n" + function("f", "push {r4, lr}", "pop {r4, pc}")) == {}


STACK_WORDS = (
    0xE92D_500F, 0xE8BD_500F, 0xE52D_E004, 0xE49D_F004, 0xE24D_D008, 0xE28D_D004, 0xE12F_FF1E, 0xE160_006E,
    0xE10E_3300, 0xEB00_0000, 0xEAFF_FFFE, 0x0AFF_FFFE, 0xE8BD_80F0, 0xE12F_FF3C, 0xE1A0_D000, 0xFA00_0000,
    0xE92D_0000, 0xE24D_D003, 0xE8FD_8000, 0xF102_0012, 0xE7F0_00F0,
)  # fmt: skip
"""Words that push, pop, move SP, branch, call and return, and some that are no instruction."""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(STACK_WORDS) | st.integers(0, (1 << 32) - 1), min_size=2, max_size=14))
def test_any_words_have_some_frames(words):
    half = len(words) // 2
    source = function("f", *(f".inst {one:#x}" for one in words[:half]))
    source += function("g", *(f".inst {one:#x}" for one in words[half:]))
    found = derived_frames(made(source))
    assert [one.size for one in found] == [4 * half, 4 * (len(words) - half)]
    frame_table(found)
