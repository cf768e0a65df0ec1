"""From a plan to assembly sources: one for each part of the image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypgen import resources
from hypgen.errors import Location
from hypgen.plan.image import ImagePlan
from hypgen.render.context import template_context
from hypgen.render.limits import Budget

EMBEDDED_PARTS = ("embed.S", "stub.S", "init.S", "runtime.S", "uart.S")
"""The templates that make the object for other people's firmware."""


@dataclass(frozen=True)
class RenderedSource:
    """A source: ``line_map[n]`` is the template's place of line ``n + 1`` of ``text``."""

    name: str
    text: str
    line_map: tuple[Location, ...]


def template_directories(plan: ImagePlan, templates: Path | None = None) -> tuple[Path, ...]:
    """The directories that an image's files are in: the user's own, an init style's elsewhere, hypgen's."""
    found = resources.directories("templates", templates)
    style = plan.style.directory.resolve()
    if any(style.is_relative_to(one.resolve()) for one in found):
        return found
    return (*found[:-1], plan.style.directory, found[-1])


def render_sources(
    plan: ImagePlan, templates: Path | None = None, *, embedded: bool = False
) -> tuple[RenderedSource, ...]:
    """Render every part of the image that ``plan`` describes, or of the object for embedding.

    ``templates`` is a directory of the user's own that is searched first: a file of the same name
    replaces one of hypgen's, or extends it (``{% extends "hypgen/boot.S" %}``) and replaces a block.
    Raises InputError for everything that is wrong in a template.
    """
    # jinja2 is imported when there is something to render, and not before.
    from hypgen.render.environment import render
    from hypgen.render.overlay import check_overlay, check_style

    directories = resources.directories("templates", templates)
    if templates is not None:
        check_overlay(templates, directories[-1])
    if not embedded:
        check_style(plan.style.directory, directories[-1])
        # The user's own templates come first, then those of the init style, then hypgen's. The object for
        # other people's firmware has one style, which embed.S knows.
        directories = (*directories[:-1], plan.style.directory, directories[-1])
    context, budget = template_context(plan, embedded=embedded), Budget()
    parts = EMBEDDED_PARTS if embedded else plan.scenario.parts
    return tuple(RenderedSource(name, *render(name, directories, context, budget)) for name in parts)
