"""Everything that a build writes, as bytes by relative name. Pure: the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from hypgen import __version__
from hypgen.elf.model import Image
from hypgen.emulator.strict.findings import Finding
from hypgen.errors import Location
from hypgen.link.layout import Layout
from hypgen.link.outputs.binary import binary_base, flat_binary, segment_binaries
from hypgen.link.outputs.listing import listing
from hypgen.link.outputs.map import map_json, map_text
from hypgen.link.outputs.records import intel_hex, s_records
from hypgen.link.outputs.uboot import fit_image, uimage
from hypgen.pipeline.abi_header import abi_header
from hypgen.pipeline.embedding import Embedded, linker_fragment
from hypgen.pipeline.inputs import hashes, input_files
from hypgen.pipeline.publishing import MANIFEST
from hypgen.pipeline.templates import EMBEDDED_DIRECTORY, SOURCE_DIRECTORY, portable, template_texts
from hypgen.plan.image import ImagePlan
from hypgen.render.sources import RenderedSource
from hypgen.verdict.report import as_json, as_text
from hypgen.verdict.verdict import Verdict

TOOLS = ("keystone-engine", "lief", "capstone", "Jinja2", "pydantic", "ruamel.yaml", "bincopy")
"""Libraries whose version can change the bytes of an output."""


def output_files(
    plan: ImagePlan,
    sources: tuple[RenderedSource, ...],
    image: Image,
    layout: Layout,
    elf: bytes,
    embedded: Embedded | None,
    verdict: Verdict,
    template_directories: Sequence[Path],
    linked: Sequence[Path] = (),
) -> dict[str, bytes]:
    """The files of ``out/<board>/``, by their names in it.

    Places in templates are named as templates name each other, not by the path of this machine;
    ``template_directories`` are those that were searched, hypgen's own last.
    """
    name = plan.board.name
    known = portable(template_directories)
    image = replace(image, lines=tuple((address, known(place)) for address, place in image.lines))
    verdict = replace(verdict, findings=tuple(_portable_finding(one, known) for one in verdict.findings))
    entry = int(plan.entry_address)
    files = {
        f"{name}.elf": elf,
        "hyp_abi.h": abi_header(plan).encode(),
        f"{name}.bin": flat_binary(image),
        **{f"{name}-{start:08x}.bin": data for start, data in segment_binaries(image).items()},
        f"{name}.hex": intel_hex(image, entry).encode(),
        f"{name}.srec": s_records(image, entry).encode(),
        f"{name}.uimage": uimage(image, entry, f"hypgen {name}"),
        f"{name}.itb": fit_image(image, entry, name),
        f"{name}.map": map_text(image, layout).encode(),
        f"{name}.map.json": map_json(image, layout).encode(),
        f"{name}.lst": listing(image).encode(),
        "report.json": _json(as_json(verdict)),
        "report.txt": (as_text(verdict) + "\n").encode(),
        **{f"{SOURCE_DIRECTORY}/{one.name}": one.text.encode() for one in sources},
    }
    if embedded is not None:
        files |= {
            f"{name}.o": embedded.object,
            "hyp_image.ld": linker_fragment(plan).encode(),
            **{f"{EMBEDDED_DIRECTORY}/{one.name}": one.text.encode() for one in embedded.sources},
        }
    rendered = (*sources, *(embedded.sources if embedded is not None else ()))
    files |= template_texts(rendered, template_directories)
    inputs = hashes(input_files(plan.board, template_directories, linked))
    return files | {MANIFEST: _json(_manifest(plan, image, inputs, files))}


def _portable_finding(finding: Finding, known: Callable[[Location], Location]) -> Finding:
    def moved(place: Location | None) -> Location | None:
        return known(place) if place else None

    return replace(
        finding,
        location=moved(finding.location),
        earlier=tuple(replace(one, location=moved(one.location)) for one in finding.earlier),
    )


def _manifest(
    plan: ImagePlan, image: Image, inputs: dict[str, str], files: dict[str, bytes]
) -> dict[str, Any]:
    """What the image was made from, by what, and what was made; no path of this machine is in it."""
    return {
        "format": "hypgen-manifest-1",
        "hypgen": __version__,
        "board": plan.board.name,
        "scenario": plan.scenario.name,
        "options": {"address_translation": plan.options.address_translation},
        "tools": {tool: metadata.version(tool) for tool in TOOLS},
        "inputs": inputs,
        "entry": {
            "symbol": plan.entry_symbol,
            "virtual": f"0x{image.entry:08x}",
            "load": str(plan.entry_address),
        },
        "binary_base": str(binary_base(image)),
        "sections": [
            {
                "name": one.name,
                "permission": one.permission,
                "virtual": str(one.virtual),
                "load": str(one.load),
                "physical": str(one.physical),
                "budget": one.budget,
            }
            for one in plan.sections
        ],
        "outputs": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
