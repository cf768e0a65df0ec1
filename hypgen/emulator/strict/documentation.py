"""The rules as text: for ``hypgen explain`` and for the pages in docs/rules, from one source."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

from hypgen.emulator.strict.catalogue import MODULES
from hypgen.emulator.strict.findings import Rule


def explanation(rule: Rule) -> str:
    """What ``hypgen explain`` says of a rule, in paragraphs."""
    parts = [f"{rule.title[0].upper()}{rule.title[1:]}. {rule.text}"]
    if rule.trips:
        parts.append(f"Trips it: {rule.trips}.\n\nDoes not: {rule.passes}.")
    parts.append(f"Severity: {rule.severity.value}. {rule.manual}.")
    return "\n\n".join(parts)


def name_of(module: ModuleType) -> str:
    """The family that a module holds, in lower case, as its page is called."""
    rules: tuple[Rule, ...] = module.RULES
    return rules[0].id.partition("-")[0].lower()


def page(module: ModuleType) -> str:
    """The page of a family in docs/rules, as Markdown."""
    heading, _, rest = (inspect.getdoc(module) or "").partition("\n\n")
    family, _, what = heading.partition(": ")
    lines = [f"# {family}: {what.rstrip('.')}", "", *_paragraphs(rest)]
    rules: tuple[Rule, ...] = module.RULES
    for rule in rules:
        lines += [
            f"## {rule.id}: {rule.title}",
            "",
            f"Severity: {rule.severity.value}. {rule.manual}.",
            "",
            rule.text,
            "",
        ]
        if rule.trips:
            lines += [f"- trips it: `{rule.trips}`", f"- does not: `{rule.passes}`", ""]
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    found: dict[str, str] = {}
    for module in MODULES:
        name = f"{name_of(module)}.md"
        found[name] = f"{found[name]}\n{page(module)}" if name in found else page(module)
    return found


def _paragraphs(text: str) -> list[str]:
    """A docstring's paragraphs, unwrapped, with its literals as Markdown has them."""
    found: list[str] = []
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            found += [re.sub(r"``", "`", " ".join(paragraph.split())), ""]
    return found
