"""The object for other people's firmware, and the linker script fragment that it must be linked with.

docs/decisions/0007-tables-are-built-at-run-time.md tells why it is made like this.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.elf.lief import write_object
from hypgen.link.partial import join
from hypgen.pipeline.abi_header import in_comment
from hypgen.pipeline.templates import EMBEDDED_DIRECTORY, debuggable
from hypgen.plan.embedding import MAX_RUNTIME, load_window
from hypgen.plan.idmap import VMALLOC_START
from hypgen.plan.image import ImagePlan
from hypgen.render.sources import RenderedSource, render_sources
from hypgen.resources import directories
from hypgen.units import PAGE_SIZE, VirtAddr

RUNTIME = (".hyp.text", ".hyp.rodata", ".hyp.data", ".hyp.stacks")
"""Sections that Hyp mode uses with its MMU on, in the order of the fragment; each is mapped for itself."""


@dataclass(frozen=True)
class Embedded:
    """The object as the bytes of an ET_REL file, and the sources that it was made from."""

    sources: tuple[RenderedSource, ...]
    object: bytes


def compile_embedded(plan: ImagePlan, templates: Path | None = None) -> Embedded:
    """Make the object; raises InputError for what is wrong in a template or source."""
    sources = render_sources(plan, templates, embedded=True)
    searched = directories("templates", templates)
    options = AsmOptions(implicit_it=plan.board.image.isa == "thumb")
    units = [
        debuggable(
            assemble(AsmSource(one.name, one.text, one.line_map), options), EMBEDDED_DIRECTORY, searched
        )
        for one in sources
    ]
    return Embedded(sources, write_object(join(units, f"{plan.board.name}.o")))


def linker_fragment(plan: ImagePlan) -> str:
    """The GNU ld script fragment to INCLUDE in SECTIONS: places, symbols, and ASSERTs of every constraint.

    ld.lld takes it too.
    """
    window = load_window(plan)
    limit = int(VMALLOC_START)
    where = f"[0x{window.start:08x}..0x{window.end:08x})"
    return f"""\
/* hyp_image.ld: where {plan.board.name}.o goes in an image that is linked with it.
 *
 * INCLUDE this inside SECTIONS, at a place in memory that {in_comment(plan.board.title)} has at
 * {where} with the MMU off. Set before it
 *
 *   hyp_va_offset = 0;
 *
 * to link the Hyp runtime at its load address, or to the distance by which its virtual address is
 * above that. Hyp functions of your own go into sections .hyp.text.*, their constants into
 * .hyp.rodata.*, their data into .hyp.data.* (with initial values, even if zero).
 */
  . = ALIGN({PAGE_SIZE});
  hyp_image_start = .;
  .hyp.text (. + hyp_va_offset) : AT(ADDR(.hyp.text) - hyp_va_offset) {{
    hyp_text_start = .;
    KEEP(*(.hyp.text)) *(.hyp.text.*)
    . = ALIGN({PAGE_SIZE});
    hyp_text_end = .;
  }}
  .hyp.rodata : AT(ADDR(.hyp.rodata) - hyp_va_offset) {{
    hyp_rodata_start = .;
    KEEP(*(.hyp.rodata)) *(.hyp.rodata.*)
    . = ALIGN({PAGE_SIZE});
    hyp_rodata_end = .;
  }}
  .hyp.data : AT(ADDR(.hyp.data) - hyp_va_offset) {{
    hyp_data_start = .;
    KEEP(*(.hyp.data)) *(.hyp.data.*)
    . = ALIGN({PAGE_SIZE});
    hyp_data_end = .;
  }}
  .hyp.stacks (NOLOAD) : AT(ADDR(.hyp.stacks) - hyp_va_offset) {{
    hyp_stacks_start = .;
    KEEP(*(.hyp.stacks))
    . = ALIGN({PAGE_SIZE});
    hyp_stacks_end = .;
  }}
  . = . - hyp_va_offset;
  .idmap.text : AT(ADDR(.idmap.text)) {{ KEEP(*(.idmap.text)) }}
  .stub.text : AT(ADDR(.stub.text)) ALIGN(32) {{ KEEP(*(.stub.text)) }}
  .host.text : AT(ADDR(.host.text)) ALIGN(4) {{ KEEP(*(.host.text)) }}
  .hyp.tables (NOLOAD) : AT(ADDR(.hyp.tables)) ALIGN({PAGE_SIZE}) {{ KEEP(*(.hyp.tables)) }}
  hyp_image_end = .;

  ASSERT(hyp_image_start >= 0x{window.start:08x} && hyp_image_end <= 0x{window.end:08x},
         "{plan.board.name}.o: the Hyp image must be loaded inside {where}")
  ASSERT((hyp_va_offset & {PAGE_SIZE - 1:#x}) == 0,
         "{plan.board.name}.o: hyp_va_offset must be a multiple of {PAGE_SIZE}")
  ASSERT((hyp_init_vectors & {PAGE_SIZE - 1:#x}) == 0 && SIZEOF(.idmap.text) <= {PAGE_SIZE},
         "{plan.board.name}.o: .idmap.text must be at the start of a page, and fit into it")
  ASSERT(hyp_vectors == hyp_text_start && hyp_stacks == hyp_stacks_start,
         "{plan.board.name}.o: its sections must come first in .hyp.text and .hyp.stacks")
  ASSERT((hyp_stub_vectors & 0x1f) == 0, "{plan.board.name}.o: the stub vectors must be aligned to 32")
  ASSERT((hyp_tables & {PAGE_SIZE - 1:#x}) == 0, "{plan.board.name}.o: .hyp.tables must be page-aligned")
  ASSERT(hyp_stacks_end - hyp_text_start <= {MAX_RUNTIME:#x},
         "{plan.board.name}.o: the Hyp runtime must not be larger than {MAX_RUNTIME // 1024} KiB")
  ASSERT(hyp_stacks_end <= {limit:#010x},
         "{plan.board.name}.o: the Hyp runtime must end below {VirtAddr(limit)}, where its devices are")
  ASSERT(hyp_init_vectors + {PAGE_SIZE} <= hyp_text_start || hyp_init_vectors >= hyp_stacks_end,
         "{plan.board.name}.o: the identity-mapped page must not have a virtual address of the runtime")
"""
