"""What templates may do, what they may not, and that each line knows where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.errors import InputError
from hypgen.plan.scenarios import load_scenario
from hypgen.render import limits
from hypgen.render.context import _functions
from hypgen.render.environment import render
from hypgen.render.limits import Budget


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def message(directory: Path, text: str, **context: object) -> str:
    (directory / "a.S").write_text(text)
    with pytest.raises(InputError) as caught:
        render("a.S", (directory,), context)
    return str(caught.value)


# Lines and their places


def places(directory: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (directory / f"{name}.S").write_text(text)
    text, found = render("a.S", (directory,), {"value": "x\ny"})
    assert text.count("\n") == len(found)
    lines = zip(text.splitlines(), found, strict=True)
    return [f"{place.file}:{place.line} {line}" for line, place in lines]


def test_text_has_its_own_lines(directory: Path):
    assert places(directory, a="one\n\ntwo\n") == ["a.S:1 one", "a.S:2 ", "a.S:3 two"]


def test_lines_after_tags_keep_their_numbers(directory: Path):
    text = "{# a comment #}\n{% if true %}\n  in\n{% endif %}\n{% set x = 1 %}\nout {{ x }}\n"
    assert places(directory, a=text) == ["a.S:3   in", "a.S:6 out 1"]


def test_each_turn_of_a_loop_has_the_line_of_its_body(directory: Path):
    text = "{% for x in (1, 2) %}\nnop @ {{ x }}\n{% endfor %}\nend\n"
    assert places(directory, a=text) == ["a.S:2 nop @ 1", "a.S:2 nop @ 2", "a.S:4 end"]


def test_lines_of_a_macro_are_its_own_and_the_last_is_the_callers(directory: Path):
    text = "{% macro m(x) %}\nmov {{ x }}\nnop\n{%- endmacro %}\nfirst\n{{ m(1) }}\n"
    assert places(directory, a=text) == ["a.S:5 first", "a.S:2 mov 1", "a.S:6 nop"]


def test_included_lines_name_the_included_file(directory: Path):
    assert places(directory, a='top\n{% include "b.S" %}\nend\n', b="inner\n") == [
        "a.S:1 top",
        "b.S:1 inner",
        "a.S:3 end",
    ]


def test_a_value_of_two_lines_has_the_line_it_stands_in(directory: Path):
    assert places(directory, a="one\n{{ value }}\n") == ["a.S:1 one", "a.S:2 x", "a.S:2 y"]


def test_a_block_of_ones_own_replaces_one_of_hypgens(directory: Path):
    own, packaged = directory / "own", directory / "packaged"
    own.mkdir()
    packaged.mkdir()
    (packaged / "a.S").write_text("top\n{% block b %}\nold\n{% endblock %}\nend\n")
    (own / "a.S").write_text('{% extends "hypgen/a.S" %}\n{% block b %}\nnew\n{% endblock %}\n')
    text, found = render("a.S", (own, packaged), {})
    assert text == "top\nnew\nend\n"
    assert [str(place) for place in found] == ["packaged/a.S:1", "own/a.S:3", "packaged/a.S:5"]


def test_a_template_that_extends_its_own_name_extends_hypgens(directory: Path):
    own, packaged = directory / "own", directory / "packaged"
    own.mkdir()
    packaged.mkdir()
    (packaged / "a.S").write_text("top\n{% block b %}\nold\n{% endblock %}\n")
    (own / "a.S").write_text('{% extends "a.S" %}\n{% block b %}\nnew\n{% endblock %}\n')
    assert render("a.S", (own, packaged), {})[0] == "top\nnew\n"


# Mistakes


def test_a_syntax_error(directory: Path):
    assert message(directory, "one\n{% fi x %}\n") == (
        "a.S:2: error[TPL-001]: not a valid template: encountered unknown tag 'fi'"
    )


def test_a_tag_that_is_not_closed(directory: Path):
    assert message(directory, "{% if true %}\nnop\n").startswith(
        "a.S:2: error[TPL-001]: not a valid template: unexpected end of template"
    )


def test_an_undefined_name(directory: Path):
    assert message(directory, "one\nmov r0, #{{ valu }}\n") == "a.S:2: error[TPL-002]: 'valu' is undefined"


def test_an_undefined_name_in_an_included_file(directory: Path):
    (directory / "b.S").write_text("\n\n{{ nothing }}\n")
    assert message(directory, 'x\n{% include "b.S" %}\n') == "b.S:3: error[TPL-002]: 'nothing' is undefined"


def test_a_missing_include(directory: Path):
    assert message(directory, 'x\n{% include "b.S" %}\n') == (
        "a.S:2: error[TPL-003]: there is no template 'b.S' (searched .)"
    )


@pytest.mark.parametrize("name", ["../b.S", "/etc/passwd", "c/../../b.S", "hypgen/../b.S", "a\\\\b"])
def test_an_include_outside_the_search_path(directory: Path, name: str):
    shown = name.replace("\\\\", "\\")
    assert message(directory, f'\n{{% include "{name}" %}}\n') == (
        f"a.S:2: error[TPL-004]: {shown!r} is not the name of a file below the template directories"
    )


def test_a_link_that_leads_outside(directory: Path):
    inside = directory / "templates"
    inside.mkdir()
    (directory / "secret").write_text("secret")
    (inside / "b.S").symlink_to(directory / "secret")
    (inside / "a.S").write_text('{% include "b.S" %}')
    with pytest.raises(InputError, match=r"TPL-004\]: 'b\.S' is not the name of a file below"):
        render("a.S", (inside,), {})


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "''.__class__.__mro__[1].__subclasses__()",
        "f.__globals__",
        "f.__code__",
        "'{}'.format(1)",
        "'x'.ljust(1000000000)",
        "[].append(1)",
        "self.__init__",
        "cycler",
        "lipsum()",
    ],
)
def test_a_way_out_of_the_sandbox(directory: Path, expression: str):
    found = message(directory, f"\n{{{{ {expression} }}}}\n", f=lambda: 1)
    assert found.startswith(("a.S:2: error[TPL-005]: the sandbox refuses this: ", "a.S:2: error[TPL-002]: "))


def test_the_sandbox_says_what_it_refuses(directory: Path):
    assert message(directory, "{{ ''.__class__ }}") == (
        "a.S:1: error[TPL-005]: the sandbox refuses this: access to attribute '__class__' of 'str' object is "
        "unsafe"
    )


@pytest.mark.parametrize("expression", ["2 ** 99999", "'a' * 1000000", "[0] * 1000000", "'%9999999d' % 1"])
def test_operators_that_make_much_out_of_little(directory: Path, expression: str):
    assert "error[TPL-005]: the sandbox refuses this: " in message(directory, f"{{{{ {expression} }}}}")


ENDLESS = {
    "nested loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "loop over a list": "{% for i in range(9999) %}{% set x = range(9999) | list %}{% endfor %}",
    "macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro that calls itself twice": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"
    ),
    "include of itself": '{% include "a.S" %}',
    "text that doubles": "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40,
    "list that doubles": "{% set x = [1] %}" + "{% set x = x + x %}" * 40,
    "number that doubles": "{% set x = 99999999 %}" + "{% set x = x * x %}" * 40,
    "a million lines": "{% for i in range(99999) %}" + "nop\n" * 100 + "{% endfor %}",
    "range beyond reason": "{% for i in range(10000000000) %}{% endfor %}",
    "join of much": "{{ range(99999) | join('x' ~ 'y') }}",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_template_that_does_not_end(directory: Path, what: str, monkeypatch: pytest.MonkeyPatch):
    (directory / "a.S").write_text(ENDLESS[what])
    with pytest.raises(InputError) as caught:
        render("a.S", (directory,), {}, Budget(200_000))
    assert str(caught.value) == (
        "a.S:1: error[TPL-006]: the template does not come to an end within the work granted (does it loop, "
        "or call itself?)"
    )


def test_a_recursive_loop(directory: Path):
    assert message(directory, "\n{% for x in (1,) recursive %}{{ loop((1,)) }}{% endfor %}") == (
        "a.S:2: error[TPL-001]: not a valid template: recursive loops are not allowed"
    )


def test_a_failure_while_rendering(directory: Path):
    assert message(directory, "\n{{ 1 // 0 }}") == (
        "a.S:2: error[TPL-007]: rendering failed: ZeroDivisionError: integer division or modulo by zero"
    )


def test_a_template_that_is_not_text(directory: Path):
    (directory / "a.S").write_bytes(b"nop\n\xff")
    with pytest.raises(InputError) as caught:
        render("a.S", (directory,), {})
    assert str(caught.value) == "a.S:2: error[TPL-008]: byte 0xff is not UTF-8 text"


def test_a_template_that_is_far_too_large(directory: Path):
    (directory / "a.S").write_bytes(b"@" * (limits.MAX_TEMPLATE_BYTES + 1))
    with pytest.raises(InputError) as caught:
        render("a.S", (directory,), {})
    assert str(caught.value) == "a.S: error[TPL-008]: the template has more than 256 KiB"


# Functions of the shipped context


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ('write("HVBR", "r0")', "there is no system register 'HVBR'; did you mean HVBAR?"),
        ('write("HTTBR", "r0")', "HTTBR is not accessed with 1 core registers"),
        ('equ("NOTHING")', "there is no constant 'NOTHING'"),
        ('symbol("stub.gte")', "there is no step 'stub.gte'; did you mean stub.get?"),
        ("hex(1, 1000000000)", "hex() writes up to 16 digits, not 1000000000"),
    ],
)
def test_a_value_that_a_function_does_not_take(directory: Path, expression: str, sentence: str):
    functions = _functions(load_scenario("lifecycle"), ())
    assert message(directory, f"\n{{{{ {expression} }}}}", **functions) == (
        f"a.S:2: error[TPL-007]: {sentence}"
    )


def test_system_registers_are_written_by_their_names(directory: Path):
    (directory / "a.S").write_text(
        '{{ write("HVBAR", "r0") }}\n{{ read("HTTBR", "r2", "r3") }}\n'
        '{{ operate("TLBIALLH") }}\n{{ write("HVBAR", "r1", note="why") }}\n'
    )
    text, _ = render("a.S", (directory,), _functions(load_scenario("lifecycle"), ()))
    assert text.splitlines() == [
        "mcr     p15, 4, r0, c12, c0, 0          @ HVBAR",
        "mrrc    p15, 4, r2, r3, c2              @ HTTBR",
        "mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH",
        "mcr     p15, 4, r1, c12, c0, 0          @ HVBAR, why",
    ]
