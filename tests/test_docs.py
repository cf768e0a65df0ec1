"""The pages: every command line is one that hypgen takes, every link leads somewhere, every page is found."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.main import get_command

from hypgen.cli import COMMANDS, UsageError, app
from hypgen.plan.scenarios import scenario_names

TOP = Path(__file__).parents[1]
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
_COMMAND = re.compile(r"^(?: {4}|\$ )?hypgen (\w+)\b([^#>|<\n]*)", re.MULTILINE)
_BLOCK = re.compile(r"^```\w*\n(.*?)^```|((?:^ {4}\S.*\n)+)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


class Written(NamedTuple):
    """A command line as a page has it."""

    page: str
    command: str
    arguments: tuple[str, ...]


def written() -> list[Written]:
    found = []
    for page in PAGES:
        blocks = "".join(one[1] or one[2] for one in _BLOCK.finditer(page.read_text("utf-8")))
        for one in _COMMAND.finditer(blocks.replace("\\\n", " ")):
            line = Written(str(page.relative_to(TOP)), one[1], tuple(shlex.split(one[2])))
            if not any(argument in ("|", "...") for argument in line.arguments):
                found.append(line)
    return found


@pytest.mark.parametrize("line", written(), ids=lambda line: f"{line.page}: {line.command}")
def test_a_command_line_of_a_page_is_one_that_hypgen_takes(line: Written) -> None:
    """Its options exist and have values; whether its files do is another matter."""
    assert line.command in COMMANDS
    group = get_command(app)
    with group.make_context("hypgen", [line.command], resilient_parsing=True) as parent:
        command = group.get_command(parent, line.command)
        context = command.make_context(line.command, [], parent=parent, resilient_parsing=True)
        parser = command.make_parser(context)
        context.resilient_parsing = False
        try:
            parser.parse_args(list(line.arguments))
        except UsageError as error:
            pytest.fail(error.format_message())


def test_command_lines_were_found() -> None:
    assert {line.command for line in written()} == set(COMMANDS) - {
        "integration"
    }  # that one is in a sentence


def test_an_option_that_does_not_exist_is_noticed() -> None:
    line = Written("x", "build", ("--bord", "keystone"))
    with pytest.raises(pytest.fail.Exception, match="--bord"):
        test_a_command_line_of_a_page_is_one_that_hypgen_takes(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_the_links_of_a_page_lead_to_files(page: Path) -> None:
    links = [one for one in _LINK.findall(page.read_text("utf-8")) if "://" not in one]
    assert [one for one in links if not (page.parent / one).exists()] == []


def drawn() -> set[str]:
    """The scenarios whose section, which has them in its heading, holds a sequence picture."""
    found: set[str] = set()
    for page in (TOP / "docs" / "scenarios.md", *(TOP / "docs" / "scenarios").glob("*.md")):
        _, *sections = re.split(r"^##? (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
        for heading, text in zip(sections[::2], sections[1::2], strict=True):
            if "```mermaid\nsequenceDiagram\n" in text:
                found |= set(re.findall(r"[a-z0-9-]+", heading))
    return found


def test_every_scenario_is_described_with_a_sequence_picture() -> None:
    assert set(scenario_names()) - drawn() == set()


def test_every_page_is_found_from_the_readme() -> None:
    reached, waiting = set(), [TOP / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in _LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link).resolve()
            if target.suffix == ".md" and target.is_file():
                waiting.append(target)
            elif target.is_dir():
                waiting.extend(target.glob("*.md"))
    assert [str(one.relative_to(TOP)) for one in PAGES if one.resolve() not in reached] == []
