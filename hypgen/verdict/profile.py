"""Severity profiles: what a finding counts for, and which ones are put aside for a stated reason.

A profile is ``default``, ``pedantic``, or a YAML file::

    extends: default
    severity:
      RES-001: error          # error, warning or ignore; a family (RES) stands for its rules
    suppress:
      - rule: CTX-001
        at: legacy_enter      # the symbol of the instruction, its address, or file:line
        reason: replaced in the next release
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypgen.documents import Document, KeyPath, read_document, shown
from hypgen.emulator.strict.catalogue import RULES
from hypgen.emulator.strict.findings import Finding
from hypgen.errors import Diagnostic, InputError, Location, Severity
from hypgen.resources import did_you_mean

IGNORE = "ignore"
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, IGNORE: None}
_PEDANTIC_ONLY = tuple(rule.id for rule in RULES.values() if rule.pedantic)
BUILT_IN: Mapping[str, Mapping[str, Severity | None]] = {
    "default": dict.fromkeys(_PEDANTIC_ONLY),
    "pedantic": {
        rule.id: Severity.ERROR
        for rule in RULES.values()
        if rule.severity is Severity.WARNING or rule.pedantic
    },
}
"""Severities that differ from the rule's own; None is not to report it."""


@dataclass(frozen=True)
class Suppression:
    """Findings that are expected: of a rule or family, at a symbol, an address or ``file:line`` (anywhere if
    empty), and why; ``place`` is where a profile file says so."""

    rule: str
    at: str
    reason: str
    place: Location | None = field(default=None, compare=False)

    def covers(self, finding: Finding) -> bool:
        """Whether it is this finding that was expected."""
        if self.rule not in (finding.rule, finding.rule.partition("-")[0]):
            return False
        symbol = finding.symbol.partition("+")[0]
        return self.at in ("", symbol, f"{finding.pc:#x}", str(finding.location or ""))


@dataclass(frozen=True)
class Judged:
    """Findings with the severity that counts, and those that were suppressed, with the reason."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...] = ()

    def failed(self, werror: bool = False) -> bool:
        """Whether what is left makes the verdict FAIL."""
        return any(werror or one.severity is Severity.ERROR for one in self.findings)


@dataclass(frozen=True)
class Profile:
    """Severities by rule, and suppressions."""

    name: str = "default"
    severities: Mapping[str, Severity | None] = field(default_factory=lambda: BUILT_IN["default"])
    suppressions: Sequence[Suppression] = ()

    @property
    def pedantic(self) -> bool:
        """Whether rules count that only pedants ask for."""
        return any(self.severities.get(rule) is not None for rule in _PEDANTIC_ONLY)

    @property
    def digest(self) -> str:
        """What tells its judgements from those of another: the severities, and what is put aside."""
        severities = sorted((rule, severity and severity.value) for rule, severity in self.severities.items())
        aside = [(one.rule, one.at) for one in self.suppressions]
        return json.dumps([severities, aside])

    def judge(self, findings: Iterable[Finding]) -> Judged:
        """What counts of the findings, and as what."""
        kept: list[Finding] = []
        aside: list[tuple[Finding, str]] = []
        for one in findings:
            severity = self.severities.get(one.rule, one.severity)
            if severity is None:
                continue
            found = next((known for known in self.suppressions if known.covers(one)), None)
            if found is not None:
                aside.append((one, found.reason))
            else:
                kept.append(one if severity is one.severity else replace(one, severity=severity))
        return Judged(tuple(kept), tuple(aside))

    def idle(self, suppressed: Iterable[tuple[Finding, str]]) -> Iterable[Diagnostic]:
        """A warning for each suppression that covers none of the findings that were put aside: the image does
        not do any more what it excuses, or it never fitted."""
        aside = [finding for finding, _ in suppressed]
        for one in self.suppressions:
            if not any(map(one.covers, aside)):
                where = f" at {one.at}" if one.at else ""
                sentence = f"the suppression of {one.rule}{where} covers no finding"
                hint = "remove it, or give the symbol, address or file:line that the finding has"
                yield Diagnostic("VERDICT-012", sentence, one.place, hint, severity=Severity.WARNING)


def load_profile(name: str) -> Profile:
    """A built-in profile, or one from a YAML file; raises InputError VERDICT-010 with all that is wrong."""
    if name in BUILT_IN:
        return Profile(name, BUILT_IN[name])
    path = Path(name)
    if not path.exists() and path.suffix not in (".yaml", ".yml"):
        hint = did_you_mean(name, list(BUILT_IN)) or f"profiles are {', '.join(BUILT_IN)}, or a YAML file"
        raise InputError.at("VERDICT-010", f"there is no profile {name!r}", hint=hint)
    return _Reader(read_document(path)).read(path.stem)


class _Reader:
    """Reads a profile file and collects what is wrong with it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._wrong: list[Diagnostic] = []

    def read(self, name: str) -> Profile:
        """The profile that the file describes."""
        data = self._document.data
        self._known((), data, ("extends", "severity", "suppress"))
        base = data.get("extends", "default")
        if not isinstance(base, str) or base not in BUILT_IN:
            hint = did_you_mean(str(base), BUILT_IN) or f"one of {', '.join(BUILT_IN)}"
            self._refuse(("extends",), f"there is no profile {shown(base)}", hint)
            base = "default"
        severities = {**BUILT_IN[base], **self._severities(data.get("severity"))}
        suppressions = tuple(self._suppressions(data.get("suppress")))
        if self._wrong:
            raise InputError(self._wrong)
        return Profile(name, severities, suppressions)

    def _severities(self, given: Any) -> dict[str, Severity | None]:  # noqa: ANN401 - what YAML holds
        found: dict[str, Severity | None] = {}
        if given is None:
            return found
        if not isinstance(given, dict):
            self._refuse(("severity",), "severity is a block of 'rule: severity' lines", "RES-006: ignore")
            return found
        for key, value in given.items():
            rules = self._rules(("severity", key), str(key))
            if not isinstance(value, str) or value not in _SEVERITIES:
                hint = (
                    isinstance(value, str) and did_you_mean(value, _SEVERITIES)
                ) or "error, warning or ignore"
                self._refuse(("severity", key), f"the severity of {key} is {shown(value)}", hint)
            else:
                found.update(dict.fromkeys(rules, _SEVERITIES[value]))
        return found

    def _rules(self, path: KeyPath, given: str) -> list[str]:
        rules = [rule for rule in RULES if given in (rule, rule.partition("-")[0])]
        if not rules:
            families = {rule.partition("-")[0] for rule in RULES}
            hint = did_you_mean(given, [*RULES, *sorted(families)]) or "hypgen explain lists them"
            self._refuse(path, f"there is no rule {given!r}", hint)
        return rules

    def _suppressions(self, given: Any) -> Iterable[Suppression]:  # noqa: ANN401 - what YAML holds
        if given is None:
            return
        if not isinstance(given, list):
            self._refuse(("suppress",), "suppress is a list", "- {rule: RES-001, at: start, reason: ...}")
            return
        for index, one in enumerate(given):
            path: KeyPath = ("suppress", index)
            if not isinstance(one, dict) or not isinstance(one.get("rule"), str):
                self._refuse(path, "a suppression needs a rule", "rule: CTX-001")
                continue
            self._known(path, one, ("rule", "at", "reason"))
            at = one.get("at", "")
            if isinstance(at, bool) or not isinstance(at, str | int):
                self._refuse((*path, "at"), f"at is {shown(at)}", "a symbol, an address, or file:line")
            reason = one.get("reason")
            if not isinstance(reason, str) or not reason.strip():
                self._refuse(
                    path, f"the suppression of {one['rule']} has no reason", "reason: why it is expected"
                )
                continue
            if self._rules((*path, "rule"), one["rule"]):
                where = f"{at:#x}" if isinstance(at, int) else str(at)
                yield Suppression(one["rule"], where, reason, self._document.place(path).key)

    def _known(self, path: KeyPath, given: Mapping[str, object], keys: Sequence[str]) -> None:
        """Refuse the keys of ``given`` that are none of ``keys``."""
        for key in given:
            if key not in keys:
                hint = did_you_mean(key, keys) or f"known keys: {', '.join(keys)}"
                self._refuse((*path, key), f"unknown key {key!r}", hint)

    def _refuse(self, path: KeyPath, sentence: str, hint: str) -> None:
        place = self._document.place(path).key
        self._wrong.append(Diagnostic("VERDICT-010", sentence, place, hint))
