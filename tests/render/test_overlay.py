from __future__ import annotations

from pathlib import Path

import pytest

from hypgen import resources
from hypgen.errors import InputError
from hypgen.render.overlay import check_overlay, check_style

OWN = resources.directories("templates")[-1]


def refused(directory: Path) -> str:
    with pytest.raises(InputError) as caught:
        check_overlay(directory, OWN)
    return str(caught.value)


def test_a_file_that_no_part_is_named_after_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "bott.S").touch()
    assert refused(tmp_path) == (
        f"{tmp_path / 'bott.S'}: error[TPL-010]: hypgen has no template 'bott.S', so this file would have no "
        "effect (did you mean boot.S or host.S?)"
    )


def test_a_block_that_the_template_does_not_have_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "boot.S").write_text('{% extends "hypgen/boot.S" %}\n\n{% block chek_mode %}{% endblock %}\n')
    assert refused(tmp_path) == (
        f"{tmp_path / 'boot.S'}:3: error[TPL-011]: boot.S has no block 'chek_mode', so this one would have "
        "no effect (did you mean check_mode?)"
    )


def test_a_template_below_a_directory_that_replaces_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "hotplag.S").touch()
    assert refused(tmp_path) == (
        f"{tmp_path / 'scenarios' / 'hotplag.S'}: error[TPL-010]: hypgen has no template "
        "'scenarios/hotplag.S', so this file would have no effect (did you mean scenarios/hotplug.S "
        "or scenarios/traps.S?)"
    )


def test_a_part_that_a_row_of_ones_own_names_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.S").touch()
    (tmp_path / "scenarios" / "mine.yaml").write_text(
        "title: mine\nparts: [boot.S, scenarios/mine.S]\nsteps: {one: the only one}\n"
    )
    check_overlay(tmp_path, OWN)


def test_a_style_without_its_description_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "styles" / "trampoline").mkdir(parents=True)
    (tmp_path / "styles" / "trampoline" / "init.S").touch()
    assert refused(tmp_path) == (
        f"{tmp_path / 'styles' / 'trampoline'}: error[TPL-012]: this directory holds no style.yaml, so that "
        "it is no init style and would have no effect (a style says there what the plan must know: title and "
        "identity, as templates/styles/idmap/style.yaml does)"
    )


def test_what_replaces_nothing_in_a_style_is_an_error(tmp_path: Path) -> None:
    style = tmp_path / "styles" / "mine"
    style.mkdir(parents=True)
    (style / "style.yaml").write_text("title: mine\nidentity: runtime\n")
    (style / "init.S").write_text('{% extends "hypgen/init.S" %}\n{% block mmu_onn %}{% endblock %}\n')
    (style / "inti.S").touch()
    assert refused(tmp_path) == (
        f"{style / 'init.S'}:2: error[TPL-011]: init.S has no block 'mmu_onn', so this one would have no "
        f"effect (did you mean mmu_on or mmu_off?)\n{style / 'inti.S'}: error[TPL-010]: hypgen has no "
        "template 'inti.S', so this file would have no effect (did you mean init.S or runtime.S?)"
    )
    with pytest.raises(InputError) as caught:
        check_style(style, OWN)
    assert str(caught.value) == refused(tmp_path)


def test_what_replaces_something_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "mine.inc").write_text("nop")
    (tmp_path / "uart.S").write_text("{% include 'mine.inc' %}")
    (tmp_path / "init.S").write_text(
        '{% extends "init.S" %}{% block mmu_on %}{% block new %}{% endblock %}{% endblock %}'
    )
    (tmp_path / "stub.S").write_text("{% not jinja")
    check_overlay(tmp_path, OWN)
