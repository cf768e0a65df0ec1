"""Boards as text and as data: the list of boards, and the memory map of one.

The memory map shows the three numbers of one place side by side: its physical address (PA: HTTBR,
descriptors, other masters), its idmap address (what a CPU with its MMU off uses: the low alias
where there is one) and its virtual address.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from hypgen.arch.cores import CORES
from hypgen.board.memory import MemoryRegion
from hypgen.board.model import Board
from hypgen.board.windows import Window, windows
from hypgen.units import GIB, KIB, MIB, LoadAddr, PhysAddr, Span, VirtAddr

Row = tuple[str, ...]


def size_text(size: int) -> str:
    """``size`` in the largest unit that divides it: ``2 GiB``, ``24 B``."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def table(header: Row, rows: Sequence[Row]) -> str:
    """Columns of left-aligned text under a header."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join(lines)


def boards_table(boards: tuple[Board, ...]) -> str:
    """Every board in one line; ``*`` marks what its file only assumes."""
    header = ("BOARD", "CPU", "RAM", "ALIAS", "GIC", "ENTRY", "SECONDARIES")
    rows = [_board_row(board) for board in boards]
    text = table(header, rows)
    return f"{text}\n\n* assumed; `hypgen boards show NAME` gives the reason" if "*" in text else text


def _board_row(board: Board) -> Row:
    assumed = board.assumptions
    aliases = []
    for index, region in enumerate(board.memory):
        if region.alias is not None:
            mark = "*" if f"memory.{index}.alias.coherent" in assumed else ""
            kind = "coherent" if region.alias.coherent else "not coherent"
            aliases.append(f"{region.alias.address} {kind}{mark}")
    clusters = [f"{cluster.cores} x {cluster.model or board.cpus.model}" for cluster in board.cpus.clusters]
    return (
        board.name,
        " + ".join(clusters),
        " + ".join(f"{size_text(one.size)} at {one.physical}" for one in board.memory if one.kind == "ram"),
        ", ".join(aliases) or "-",
        f"v{board.gic.version} at {board.gic.distributor}" if board.gic else "-",
        board.entry.mode + ("*" if "entry.mode" in assumed else ""),
        board.secondaries.method + ("*" if "secondaries.method" in assumed else ""),
    )


def memory_map(board: Board) -> str:
    """The board's memory map, its contract with firmware, and what is assumed about it, as text."""
    facts = [
        ("file", board.file),
        ("CPUs", _cpus_text(board)),
        ("entry", _entry_text(board)),
        ("secondaries", board.secondaries.method),
        ("image", _image_text(board)),
    ]
    rows = [_window_row(board, window) for window in windows(board)]
    parts = [
        f"{board.name}: {board.title}",
        "\n".join(f"{name:<12}{text}" for name, text in facts),
        table(("PHYSICAL (PA)", "IDMAP (MMU OFF)", "VIRTUAL (VA)", "SIZE", "WHAT"), rows),
    ]
    if board.assumptions:
        lines = ["Assumed, because no public source establishes it:"]
        for path, reason in board.assumptions.items():
            said = f"{path} ({board.locate(path)}): {reason}"
            lines.append(textwrap.fill(said, 100, initial_indent="  ", subsequent_indent="    "))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _cpus_text(board: Board) -> str:
    clusters = [
        f"cluster {cluster.id}: {cluster.cores} x {CORES[cluster.model or board.cpus.model].title}"
        for cluster in board.cpus.clusters
    ]
    return f"{board.cpus.count} ({', '.join(clusters)})"


def _entry_text(board: Board) -> str:
    entry = board.entry
    mmu = "on" if entry.hyp_mmu else "off"
    return f"{entry.mode}, Hyp MMU {mmu}, TLB {entry.tlb}, caches {entry.caches}"


def _image_text(board: Board) -> str:
    image = board.image
    region = board.region(image.memory)
    load = idmap_span(region)
    idmap = LoadAddr(load.start + image.offset) if load else "none"
    return (
        f"{region.name} + {image.offset:#x}: PA {PhysAddr(region.physical + image.offset)}, idmap {idmap}, "
        f"VA {VirtAddr(image.virtual_base + image.offset)}"
    )


def _window_row(board: Board, window: Window) -> Row:
    spans = _other_views(board, window)
    plain = window.kind in ("ram", "rom", "reserved")
    return (
        str(window.span),
        str(spans.get("idmap", "-")),
        str(spans.get("virtual", "-")),
        size_text(window.span.size),
        f"{window.name} ({window.kind})" if plain else window.name,
    )


def _other_views(board: Board, window: Window) -> dict[str, Span[Any]]:
    """The idmap and virtual ranges of a window, where it has them."""
    found: dict[str, Span[Any]] = {}
    region = next((one for one in board.memory if one.span == window.span), None)
    load = idmap_span(region) if region else _below_4g(window.span)
    if load is not None:
        found["idmap"] = load
    if region is not None and region.name == board.image.memory:
        base = board.image.virtual_base
        found["virtual"] = Span(base, min(base + region.size, 1 << 32))
    return found


def idmap_span(region: MemoryRegion) -> Span[LoadAddr] | None:
    """The addresses by which a CPU with its MMU off reaches ``region``, or None when it cannot."""
    if region.alias is not None:
        return Span.sized(region.alias.address, region.alias.size)
    return _below_4g(region.span)


def _below_4g(span: Span[PhysAddr]) -> Span[LoadAddr] | None:
    """The part of ``span`` that 32 bits can address."""
    return Span(LoadAddr(span.start), min(span.end, 1 << 32)) if span.start < 1 << 32 else None


def board_data(board: Board) -> dict[str, Any]:
    """A board as data for JSON: the file's values, its windows in their three views, its assumptions."""
    data: dict[str, Any] = {"name": board.name, "file": board.file, **board.model_dump(mode="json")}
    data["windows"] = []
    for window in windows(board):
        views = {"physical": window.span, **_other_views(board, window)}
        ranges = {view: {"start": int(span.start), "end": span.end} for view, span in views.items()}
        data["windows"].append({"name": window.name, "kind": window.kind, **ranges})
    data["assumptions"] = board.assumptions
    return data
