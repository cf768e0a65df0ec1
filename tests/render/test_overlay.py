from __future__ import annotations

from pathlib import Path

import pytest

from hypgen import resources
from hypgen.errors import InputError
from hypgen.render.overlay import check_overlay

OWN = resources.directories("templates")[-1]


def refused(directory: Path) -> str:
    with pytest.raises(InputError) as caught:
        check_overlay(directory, OWN)
    return str(caught.value)


def test_a_file_that_no_part_is_named_after_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "bott.S").touch()
    assert refused(tmp_path) == (
        f"{tmp_path / 'bott.S'}: error[TPL-010]: hypgen has no template 'bott.S', so this file would have no "
        "effect (did you mean boot.S?)"
    )


def test_a_block_that_the_template_does_not_have_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "boot.S").write_text('{% extends "hypgen/boot.S" %}\n\n{% block chek_mode %}{% endblock %}\n')
    assert refused(tmp_path) == (
        f"{tmp_path / 'boot.S'}:3: error[TPL-011]: boot.S has no block 'chek_mode', so this one would have "
        "no effect (did you mean check_mode?)"
    )


def test_what_replaces_something_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "mine.inc").write_text("nop")
    (tmp_path / "uart.S").write_text("{% include 'mine.inc' %}")
    (tmp_path / "init.S").write_text(
        '{% extends "init.S" %}{% block mmu_on %}{% block new %}{% endblock %}{% endblock %}'
    )
    (tmp_path / "stub.S").write_text("{% not jinja")
    check_overlay(tmp_path, OWN)
