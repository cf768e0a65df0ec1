"""The planted defects: reading them, running them with their clean twins, and saying what was found.

In a defect's code a line that begins with ``-`` is in the defective image only, one that begins with
``+`` in its clean twin only. ``row`` is the number of the field bug that it is, in the list of bugs seen in
the field; those that no rule of one run can show are listed in the same file with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from hypgen.documents import parse_document
from hypgen.emulator.strict.findings import Finding
from hypgen.selftest.bench import Outcome, Setting, run


@dataclass(frozen=True)
class Defect:
    """A defect: the rules that must report it, in code of which the clean twin is reported nothing."""

    name: str
    rules: tuple[str, ...]
    code: str
    setting: Setting
    row: int | None = None

    def source(self, clean: bool) -> str:
        """The code of the defective image, or of its twin."""
        return _variant(self.code, clean)

    def second(self, clean: bool) -> str:
        """The code of the second CPU in either; empty if there is none."""
        return _variant(self.setting.second, clean)

    def found(self, clean: bool = False) -> list[str]:
        """The rules that report the image."""
        chosen = self._chosen(clean)
        first = run(self.source(clean), chosen)
        rules = [one.rule for one in first.findings]
        if "UNK-001" in self.rules and _differs(first, run(self.source(clean), chosen, complement=True)):
            rules.append("UNK-001")
        return rules

    def findings(self) -> Sequence[Finding]:
        """What the rules say of the defective image."""
        return run(self.source(clean=False), self._chosen(clean=False)).findings

    def _chosen(self, clean: bool) -> Setting:
        return replace(self.setting, second=self.second(clean))


def _differs(one: Outcome, other: Outcome) -> bool:
    return (one.stop.kind, one.stop.pc, one.exceptions) != (other.stop.kind, other.stop.pc, other.exceptions)


def _variant(code: str, clean: bool) -> str:
    lines = []
    for line in code.splitlines():
        if line[:1] in "+-" and line[:1]:
            if (line[0] == "+") is clean:
                lines.append(line[1:])
        else:
            lines.append(line)
    return "\n".join(lines)


@cache
def _document() -> dict[str, object]:
    name = "defects.yaml"
    return parse_document(files(__package__).joinpath(name).read_bytes(), name).data


def defects() -> Iterator[Defect]:
    """All planted defects."""
    listed = _document()["defects"]
    assert isinstance(listed, list)
    for one in listed:
        given = dict(one)
        rules = given.pop("rules")
        yield Defect(
            given.pop("name"),
            tuple(rules),
            given.pop("code"),
            row=given.pop("row", None),
            setting=Setting(**given),
        )


def out_of_reach() -> dict[int, str]:
    """Field bugs that no rule can show, by row, with the reason."""
    listed = _document()["out_of_reach"]
    assert isinstance(listed, dict)
    return {int(row): str(reason) for row, reason in listed.items()}
