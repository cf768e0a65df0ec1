"""The table of what came of mutants, as text, JSON and HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from math import floor
from typing import Any

from hypgen.mutation.campaign import Campaign, Row
from hypgen.mutation.judging import CHECK, EQUIVALENT, NOT_EXECUTED, RULE, SURVIVED

FORMAT = "hypgen-mutants-2"
FORM, POLICY = "form", "policy"
"""What else may come of a mutant: it survived, but the manual shows its line; or it is not scored at all."""
KINDS = (RULE, CHECK, FORM, EQUIVALENT, SURVIVED, POLICY, NOT_EXECUTED)


def verdict_of(row: Row) -> str:
    """One of :data:`KINDS`."""
    if row.mutant.kind == 3:
        return POLICY
    if row.result is None:
        return NOT_EXECUTED
    return FORM if row.result.by == SURVIVED and row.form else row.result.by


def survivors(campaign: Campaign) -> list[Row]:
    """The mutants of classes 1 and 2 that nothing killed and nothing excuses."""
    return [row for row in campaign.rows if verdict_of(row) == SURVIVED]


def counts(campaign: Campaign) -> dict[str, int]:
    """How many mutants came to each end, how many were killed on another board only, and how many of those
    that count a functional run notices."""
    ends = [verdict_of(row) for row in campaign.rows]
    functional = sum(row.result is not None and row.result.functional for row in campaign.rows)
    witnessed = [row.qemu for row in campaign.rows if row.qemu is not None]
    found = {kind: ends.count(kind) for kind in KINDS}
    found["elsewhere"] = sum(map(campaign.elsewhere, campaign.rows))
    return {**found, "functional": functional, "in_qemu": len(witnessed), "qemu": sum(witnessed)}


def score(campaign: Campaign) -> float:
    """Killed mutants as a part of those of classes 1 and 2 that are not there for form."""
    found = counts(campaign)
    killed = found[RULE] + found[CHECK]
    of = killed + found[SURVIVED]
    return killed / of if of else 1.0


def as_json(campaign: Campaign) -> dict[str, Any]:
    """The table as plain data."""
    return {
        "format": FORMAT,
        "boards": list(campaign.boards),
        "scenarios": list(campaign.scenarios),
        "profile": campaign.profile,
        "score": round(score(campaign), 4),
        "counts": counts(campaign),
        "problems": {image: list(names) for image, names in campaign.problems.items()},
        "missing": campaign.missing,
        "mutants": [{**_data(row), "elsewhere": campaign.elsewhere(row)} for row in campaign.rows],
    }


def _data(row: Row) -> dict[str, Any]:
    mutant, result = row.mutant, row.result
    return {
        "class": mutant.kind,
        "place": mutant.place,
        "symbol": mutant.symbol,
        "subject": mutant.subject,
        "change": mutant.change,
        "verdict": verdict_of(row),
        "names": list(result.names) if result else [],
        "killed_in": row.seen_in if result is not None and result.killed else "",
        "images": list(row.where),
        "form": row.form,
        "asked": mutant.asked,
        "functional": bool(result and result.functional),
        "qemu": row.qemu,
    }


_HEAD = ("class", "place", "in", "subject", "change", "killed by", "killed in", "functional", "QEMU")


_MOST_NAMES = 3
"""Checks that a line of text names; the other forms of the table have all that failed."""


def _cells(row: Row, most: int | None = None) -> tuple[str, ...]:
    """What the table says of a mutant, with so many names of checks at most."""
    mutant, result, end = row.mutant, row.result, verdict_of(row)
    told = result.names if result is not None else ()
    names = ", ".join(told[:most]) + (f" and {len(told) - most} more" if most and len(told) > most else "")
    said = {
        RULE: names,
        CHECK: f"check {names}",
        FORM: f"form, {row.form}",
        EQUIVALENT: f"equivalent: {names}",
        SURVIVED: "SURVIVED",
        POLICY: mutant.asked,
        NOT_EXECUTED: "not executed",
    }[end]
    where = row.seen_in if end in (RULE, CHECK) else _counted(len(row.where), "image")
    noticed = "noticed" if result is not None and result.functional else "-"
    qemu = "" if row.qemu is None else "noticed" if row.qemu else "-"
    return (
        str(mutant.kind),
        mutant.place,
        mutant.symbol if mutant.copy else mutant.function,
        mutant.subject,
        mutant.change,
        said,
        where,
        noticed,
        qemu,
    )


def as_text(campaign: Campaign) -> str:
    """The table in columns, and a line that sums up."""
    rows = [_HEAD, *(_cells(row, _MOST_NAMES) for row in campaign.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([*lines, "", *_notes(campaign), summary(campaign)])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _notes(campaign: Campaign) -> Iterator[str]:
    for image, names in campaign.problems.items():
        yield f"{image}: the unmutated image is not clean: {', '.join(names)}; its mutants were not judged"
    for image, reason in campaign.missing.items():
        yield f"{image}: no such image: {reason}"


def summary(campaign: Campaign) -> str:
    """One line: how many mutants, what came of them, and the score, which is 100% only if none survived."""
    found = counts(campaign)
    scored = sum(found[kind] for kind in (RULE, CHECK, SURVIVED, FORM, EQUIVALENT))
    witness = f", QEMU {found['qemu']} of {found['in_qemu']}" if found["in_qemu"] else ""
    parts = [
        f"{found[RULE]} killed by a rule",
        f"{found[CHECK]} by a check",
        *([f"{found['elsewhere']} of these on another board only"] if found["elsewhere"] else []),
        f"{found[FORM]} of form",
        *([f"{found[EQUIVALENT]} equivalent"] if found[EQUIVALENT] else []),
        f"{found[SURVIVED]} survived",
        *([f"{found[NOT_EXECUTED]} not executed"] if found[NOT_EXECUTED] else []),
        *([f"{found[POLICY]} of policy, not scored"] if found[POLICY] else []),
    ]
    profile = "" if campaign.profile == "default" else f", profile {campaign.profile}"
    return (
        f"{', '.join(campaign.boards)}: {_counted(len(campaign.scenarios), 'scenario')}{profile}: "
        f"{_counted(scored, 'mutant')}: "
        f"{', '.join(parts)}; score {floor(100 * score(campaign))}%; a functional run notices "
        f"{found['functional']}{witness}"
    )


_STYLE = (
    "body{font-family:sans-serif}table{border-collapse:collapse}td,th{padding:2px 8px;text-align:left;"
    "border-bottom:1px solid #ddd}.survived{background:#fcc}.form,.policy{color:#666}"
)


def as_html(campaign: Campaign) -> str:
    """The table as a page."""
    title = html.escape(f"Mutants of {', '.join(campaign.boards)}")
    rows = "\n".join(
        f'<tr class="{verdict_of(row).replace(" ", "-")}">{_tags("td", _cells(row))}</tr>'
        for row in campaign.rows
    )
    notes = "".join(f"<p>{html.escape(one)}</p>\n" for one in (summary(campaign), *_notes(campaign)))
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>\n{notes}<table><tr>{_tags('th', _HEAD)}</tr>\n{rows}\n</table>"
        "</body></html>\n"
    )


def _tags(tag: str, cells: Iterable[str]) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
