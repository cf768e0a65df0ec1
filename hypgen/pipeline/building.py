"""The main job: from a board to a judged image, pass by pass.

The list of passes is :func:`compile_image` and :func:`build`; docs/architecture.md explains the
fences between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hypgen.arch.registers import HSCTLR
from hypgen.asm.assembler import assemble
from hypgen.asm.lint import vectors_of_another_state
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.elf.lief import write_image
from hypgen.elf.model import Image, ObjectFile
from hypgen.errors import Diagnostic, InputError, InternalError, Location
from hypgen.link.inputs import read_inputs
from hypgen.link.layout import Layout, SectionPlacement
from hypgen.link.linker import link
from hypgen.pipeline.embedding import Embedded, compile_embedded
from hypgen.pipeline.inputs import input_files, make_rule, read_file
from hypgen.pipeline.outputs import output_files
from hypgen.pipeline.publishing import publish, replace_file
from hypgen.pipeline.second import SOURCES as SECOND
from hypgen.pipeline.second import behind, beside, both
from hypgen.pipeline.templates import SOURCE_DIRECTORY, debuggable
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import DEFAULT, DIRECTORY
from hypgen.render.sources import RenderedSource, render_sources, template_directories
from hypgen.units import KIB
from hypgen.verdict.profile import Profile
from hypgen.verdict.verdict import Verdict, judge_image, under_profile

BEFORE_MMU = frozenset({".idmap.text"})
"""Sections whose code must not load an address from the link. `.boot.text` does, and takes the difference
between link and load address off."""
_FOREIGN = {
    ".hyp.text": (".hyp.text", ".hyp.text.*", ".text", ".text.*"),
    ".hyp.rodata": (".hyp.rodata", ".hyp.rodata.*", ".rodata", ".rodata.*"),
    ".hyp.data": (".hyp.data", ".hyp.data.*", ".data", ".data.*", ".bss", ".bss.*", "COMMON"),
}
"""Where sections of other tools' objects go: to the Hyp runtime, behind what the templates have there."""
ROOM = 64 * KIB
"""Bytes that each of these sections has for them."""
Progress = Callable[[str], None]
"""Told the name of each pass as it begins."""


@dataclass(frozen=True)
class Compiled:
    """An image and everything it was made from; nothing has been written yet.

    ``warnings`` are the assembler's about the sources.
    """

    plan: ImagePlan
    sources: tuple[RenderedSource, ...]
    image: Image
    layout: Layout
    elf: bytes
    embedded: Embedded | None
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class BuildResult:
    """A finished build: what was made, its verdict, and the directory that holds it."""

    compiled: Compiled
    verdict: Verdict
    directory: Path

    @property
    def passed(self) -> bool:
        """Whether the image was verified; if not, ``directory`` is the ``.rejected`` one."""
        return self.verdict.passed


def build(
    board: Board | str,
    *,
    out: str | Path = "out",
    templates: str | Path | None = None,
    options: PlanOptions | None = None,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    profile: Profile | None = None,
    werror: bool = False,
    directory: str | Path | None = None,
    depfile: str | Path | None = None,
    linked: Sequence[str | Path] = (),
    progress: Progress = lambda _: None,
) -> BuildResult:
    """Build, verify and write the image for ``board``: a Board, a board's name, or a YAML file's path.

    A verified image goes to ``out/<board>/``, replacing the one before; one that fails goes to
    ``out/<board>.rejected/`` and the last good one stays; the image of another scenario than the default
    has its place below ``out/<board>/scenarios/``. ``templates`` is a directory searched before
    hypgen's own. ``linked`` are objects and libraries of other tools that go into the image too. With
    ``directory`` the outputs go there instead of ``out/<board>/``. ``depfile`` is written as a rule for
    make: what the ELF file depends on. ``profile`` and ``werror`` say what findings make it fail. Raises
    InputError for wrong input, and then has written nothing.
    """
    if not isinstance(board, Board):
        board = load_board(board)
    files = [Path(one) for one in linked]
    if files:
        options = replace(options or PlanOptions(), room=ROOM)
    compiled = compile_image(
        board,
        templates=templates,
        options=options,
        linked=files,
        progress=progress,
        embed=options is None or options.scenario == DEFAULT,
    )
    progress("verify")
    verdict = judge_image(
        board,
        compiled.elf,
        f"{board.name}.elf",
        unknown_seed=unknown_seed,
        schedule_seed=schedule_seed,
        templates=Path(templates) if templates is not None else None,
        lines=compiled.image.lines,
        pedantic=profile is not None and profile.pedantic,
    )
    verdict = under_profile(verdict, profile or Profile(), werror)
    progress("publish")
    good = Path(directory) if directory is not None else place_of(compiled.plan, Path(out))
    place = good if verdict.passed else good.with_name(f"{good.name}.rejected")
    searched = template_directories(compiled.plan, Path(templates) if templates is not None else None)
    publish(
        place,
        output_files(
            compiled.plan,
            compiled.sources,
            compiled.image,
            compiled.layout,
            compiled.elf,
            compiled.embedded,
            verdict,
            template_directories=searched,
            linked=files,
        ),
    )
    if depfile is not None:
        rule = make_rule(str(place / f"{board.name}.elf"), input_files(board, searched, files))
        replace_file(Path(depfile), rule.encode())
    return BuildResult(compiled, verdict, place)


def place_of(plan: ImagePlan, out: Path) -> Path:
    """Where an image's files go: ``out/<board>``, or ``out/<board>/scenarios/<name>``."""
    board, name = out / plan.board.name, plan.scenario.name
    return board if name == DEFAULT else board / DIRECTORY / name


def compile_image(
    board: Board,
    *,
    templates: str | Path | None = None,
    options: PlanOptions | None = None,
    linked: Sequence[Path] = (),
    progress: Progress = lambda _: None,
    embed: bool = True,
) -> Compiled:
    """The passes up to a linked ELF image, without running it. Raises InputError for wrong input.

    Without ``embed`` the object for other people's firmware, which is the same for every scenario, is
    left out; so it is of a BE8 image, whose tables embed.S would have to build big-endian.
    """
    own = Path(templates) if templates is not None else None
    progress("plan")
    plan = plan_image(board, options, templates=own)
    layout = layout_of(plan, foreign=bool(linked))
    # Section starts and budgets are fixed from here on.
    progress("render")
    sources = render_sources(plan, own)
    progress("assemble")
    warnings: list[Diagnostic] = []
    objects = [
        assemble(AsmSource(one.name, one.text, one.line_map), _assembler_options(plan, one), warnings.append)
        for one in sources
    ]
    warnings += vectors_of_the_wrong_state(plan, objects)
    # No new symbols from here on.
    progress("link")
    searched = template_directories(plan, own)
    objects = [debuggable(one, SOURCE_DIRECTORY, searched) for one in objects]
    objects += read_inputs([(str(one), read_file(one)) for one in linked], users=objects)
    image = link(objects, layout)
    # Bytes are final from here on.
    assert_as_planned(plan, image, own)
    if plan.scenario.second:
        another = replace(options or PlanOptions(), scenario=plan.scenario.second)
        other = compile_image(behind(board, plan), templates=templates, options=another, embed=False)
        image, layout = beside(image, other.image), both(layout, other.layout)
        sources += tuple(replace(one, name=f"{SECOND}/{one.name}") for one in other.sources)
    elf = write_image(image)
    embedded = None
    if embed and not image.big_endian:
        progress("embed")
        embedded = compile_embedded(plan, own)
    return Compiled(plan, sources, image, layout, elf, embedded, tuple(warnings))


def _assembler_options(plan: ImagePlan, source: RenderedSource) -> AsmOptions:
    """ASM-202 warns of what only Monitor mode may do; boot.S is there when it is entered in Secure state."""
    monitor = plan.board.entry.mode == "secure-svc" and source.name == "boot.S"
    return AsmOptions(
        before_mmu=BEFORE_MMU,
        allow=frozenset({"ASM-202"} if monitor else ()),
        implicit_it=plan.board.image.isa == "thumb",
        big_endian=plan.board.image.endian == "big",
    )


def vectors_of_the_wrong_state(plan: ImagePlan, objects: Sequence[ObjectFile]) -> list[Diagnostic]:
    """Warn of Hyp mode's vectors in another instruction set than HSCTLR.TE has exceptions run in."""
    te = bool(HSCTLR.field("TE").get(plan.registers["HSCTLR"]))
    names = [name for name in plan.anchors if name.startswith("hyp_") and name.endswith("vectors")]
    found = [vectors_of_another_state(made, name, te=te) for made in objects for name in names]
    return [one for one in found if one is not None]


def layout_of(plan: ImagePlan, *, foreign: bool = False) -> Layout:
    """The plan's sections as the linker's instructions; with ``foreign`` objects, where theirs go too."""
    return Layout(
        sections=tuple(
            SectionPlacement(
                one.name,
                one.virtual,
                one.load,
                one.budget,
                one.permission,
                one.physical,
                _FOREIGN.get(one.name, ()) if foreign else (),
            )
            for one in plan.sections
        ),
        entry_symbol=plan.entry_symbol,
        entry_address="virtual",
        discard=(".ARM.ex*",) if foreign else (),
    )


def assert_as_planned(plan: ImagePlan, image: Image, overlay: Path | None = None) -> None:
    """Assert that what the plan computed and the link knows is equal in both.

    The anchors are the symbols whose addresses went into HVBAR, HTTBR and the tables; the tables'
    bytes went through a template and the assembler on their way into the image. A contradiction is
    an InternalError, unless templates of the user's own took part (from ``overlay``): then these
    have moved something, which is an InputError.
    """
    found = list(_contradictions(plan, image))
    if found and overlay is not None:
        hint = "a template there moves it: each section must begin with the symbol that the plan has there"
        raise InputError(Diagnostic("PIPE-002", one, Location(str(overlay)), hint) for one in found)
    if found:
        raise InternalError(Diagnostic("PIPE-001", one) for one in found)


def _contradictions(plan: ImagePlan, image: Image) -> Iterator[str]:
    for symbol, planned in plan.anchors.items():
        linked = image.symbol(symbol).value
        if linked != planned:
            yield f"{symbol} is linked at 0x{linked:08x}, but the plan computed with {planned}"
    entry = plan.section_of(plan.entry_symbol).virtual
    if image.entry != entry:
        yield f"e_entry is 0x{image.entry:08x}, planned was {entry}"
    name = plan.section_of("hyp_tables").name
    linked_tables = next(one.data for one in image.sections if one.name == name)
    if linked_tables[: len(plan.tables.data)] != plan.tables.data:
        yield f"the linked bytes of {name} are not the planned tables"
    if plan.boot_tables is not None:
        name = plan.section_of("hyp_boot_tables").name
        linked_tables = next(one.data for one in image.sections if one.name == name)
        if linked_tables[: len(plan.boot_tables.data)] != plan.boot_tables.data:
            yield f"the linked bytes of {name} are not the planned tables"
