"""Closures made from text: straight, shared, and readable when they fail."""

from __future__ import annotations

import gc
import linecache
import traceback

import pytest

from hypgen.emulator.execute.closures import close, compiled, source_of
from hypgen.emulator.execute.registry import bind_word
from tests.emulator.execute.harness import PC, Bench, encode


def test_closures_of_one_text_share_their_code():
    first, second = (close("r[d] = imm", r=[0], d=0, imm=imm) for imm in (1, 2))
    assert first.__code__ is second.__code__


def test_the_text_of_a_function_is_kept_as_long_as_the_function():
    made = compiled("return 12345", ("r",))
    name = made(r=[]).__code__.co_filename
    assert "return 12345" in "".join(linecache.getlines(name))
    del made
    gc.collect()
    assert name not in linecache.cache


def test_the_add_immediate_closure_is_one_expression():
    bench = Bench()
    op = bind_word(bench.cpu, encode("ADD (immediate)", Rd=1, Rn=2, imm12=3), PC)
    assert op.__code__.co_freevars == ("d", "imm", "n", "r")
    assert op.__code__.co_varnames == ()


def test_an_always_condition_costs_nothing():
    bench = Bench()
    always, equal = (bind_word(bench.cpu, encode("NOP", cond=cond), PC) for cond in (14, 0))
    assert source_of(always) == "pass"
    assert "op" in equal.__code__.co_freevars


def test_a_failing_closure_shows_its_line_in_the_traceback():
    with pytest.raises(IndexError) as failed:
        close("r[d] = imm", r=[], d=0, imm=1)()
    assert "r[d] = imm" in "".join(traceback.format_exception(failed.value))
