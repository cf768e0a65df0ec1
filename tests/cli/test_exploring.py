"""How far exploring has come, shown where there is no terminal."""

from hypgen.cli import exploring


def test_elsewhere_than_on_a_terminal_a_line_comes_every_few_seconds(capsys, monkeypatch):
    times = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    monkeypatch.setattr(exploring, "monotonic", lambda: next(times))
    with exploring.progress(shown=True) as told:
        told(1, 2)
        told(3, 4)
        told(5, 6)
    assert capsys.readouterr().err == "exploring: 3 outcomes played, 4 waiting\n"


def test_quiet_is_quiet(capsys):
    with exploring.progress(shown=False) as told:
        told(1, 2)
    assert capsys.readouterr().err == ""
