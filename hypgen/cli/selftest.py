"""``hypgen selftest``: whether the strict machine finds the defects that it is known to find."""

from __future__ import annotations

import json

import typer

from hypgen.cli.options import Format, OutputFormat, Quiet


def selftest(output_format: Format = OutputFormat.TEXT, quiet: Quiet = False) -> None:
    """Plant known defects in small images: each must be found by its rule, and its clean twin must pass.

    The exit status is 0 if all are found and no twin is reported, else 1.

    Example: hypgen selftest
    """
    from hypgen.selftest.defects import defects

    rows = []
    for one in defects():
        found, clean = one.found(), one.found(clean=True)
        good = found == list(one.rules) and not clean
        rows.append({"name": one.name, "rules": list(one.rules), "found": found, "twin": clean, "good": good})
        if output_format is OutputFormat.TEXT and not (quiet and good):
            said = ", ".join(found) or "nothing"
            twin = f"; the clean twin: {', '.join(clean)}" if clean else ""
            print(f"{'found ' if good else 'MISSED'} {one.name}: {said}{twin}")
    total = sum(bool(row["good"]) for row in rows)
    if output_format is OutputFormat.JSON:
        print(json.dumps({"format": "hypgen-selftest-1", "defects": rows}, indent=2))
    elif not quiet or total < len(rows):
        print(f"selftest: {total} of {len(rows)} planted defects found, each with a clean twin")
    raise typer.Exit(0 if total == len(rows) else 1)
