"""What lies where: the windows of a board's address map, the image in its memory, words that release CPUs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hypgen.board.draft import Draft
from hypgen.board.values import PA_BITS
from hypgen.board.windows import Window, device_windows, memory_windows, region_windows
from hypgen.errors import Diagnostic
from hypgen.resources import did_you_mean
from hypgen.units import Span


def layout_problems(draft: Draft) -> Iterator[Diagnostic]:
    """Everything that is wrong with places."""
    yield from _address_limits(draft)
    yield from _overlaps(draft)
    yield from _aliases(draft)
    yield from _image(draft)
    yield from _released_at(draft)


def _address_limits(draft: Draft) -> Iterator[Diagnostic]:
    """Nothing ends above the addresses that reach it."""
    low = (1 << 32, "4 GiB, the end of what a CPU with its MMU off can address")
    high = (1 << PA_BITS, f"the {PA_BITS} bits of a physical address")
    for window in draft.windows():
        with_mmu_off = window.kind == "alias" or window.path == "console.physical"
        limit, why = low if with_mmu_off else high
        if window.span.end > limit:
            yield Diagnostic("BOARD-009", f"{window} ends above {why}", draft.at(window.path))


def _overlaps(draft: Draft) -> Iterator[Diagnostic]:
    """No two windows share addresses, but for what lies inside a region."""
    regions = list(region_windows(draft.regions))
    everything = [*regions, *memory_windows(draft.memory), *device_windows(draft.console, draft.gic)]

    def nested(inner: Window, outer: Window) -> bool:
        if outer not in regions or not outer.span.covers(inner.span):
            return False
        return inner.span != outer.span if inner in regions else inner.kind == "device"

    def follows(inner: Window, other: Window) -> bool:
        """Whether the two overlap only because a region around ``inner``, itself reported, does."""
        return any(
            nested(inner, region) and region.span.overlaps(other.span) and not nested(other, region)
            for region in regions
            if region != other
        )

    for one, other in combinations(everything, 2):
        if one.span.overlaps(other.span) and not (
            nested(one, other) or nested(other, one) or follows(one, other) or follows(other, one)
        ):
            yield _overlap(draft, one, other)


def _overlap(draft: Draft, one: Window, other: Window) -> Diagnostic:
    """The diagnostic for two windows that overlap and must not, at the later of the two."""
    first, second = sorted((one, other), key=lambda window: draft.at(window.path))
    shared = Span(max(one.span.start, other.span.start), min(one.span.end, other.span.end))
    return Diagnostic(
        "BOARD-007",
        f"{second} overlaps {first} in {shared}",
        draft.at(second.path),
        notes=((draft.at(first.path), f"{first.name} is here"),),
    )


def _aliases(draft: Draft) -> Iterator[Diagnostic]:
    """An alias shows no more than there is."""
    for index, region in draft.memory:
        if region.alias is not None and region.alias.size > region.size:
            path = f"memory.{index}"
            yield Diagnostic(
                "BOARD-010",
                f"alias of {region.name} {region.alias.span} has {region.alias.size:#x} bytes, more than the "
                f"{region.size:#x} of memory {region.name} {region.span} that it shows",
                draft.at(f"{path}.alias.size"),
                notes=((draft.at(f"{path}.size"), f"the size of {region.name} is here"),),
            )


def _image(draft: Draft) -> Iterator[Diagnostic]:
    """The image starts inside its memory, inside the alias if there is one, and in 32 bits of VA."""
    image = draft.image
    if image is None:
        return
    named = {region.name: (index, region) for index, region in draft.memory}
    if image.memory not in named:
        if len(draft.memory) == len(draft.document.data.get("memory") or ()):
            hint = did_you_mean(image.memory, named) or f"memory regions: {', '.join(named) or 'none'}"
            sentence = f"image.memory is {image.memory!r}, which no memory region is named"
            yield Diagnostic("BOARD-014", sentence, draft.at("image.memory"), hint)
        return
    index, region = named[image.memory]
    if region.kind != "ram":
        sentence = (
            f"image.memory is {region.name!r}, which is {region.kind} and cannot hold tables and stacks"
        )
        yield Diagnostic("BOARD-011", sentence, draft.at("image.memory"))
    spans = {f"memory {region.name}": (region.span, f"memory.{index}.size")}
    if region.alias is not None:
        spans[f"alias of {region.name}"] = (region.alias.span, f"memory.{index}.alias.size")
    for name, (span, path) in spans.items():
        if image.offset >= span.size:
            yield Diagnostic(
                "BOARD-011",
                f"image.offset {image.offset:#x} is outside {name} {span}, which has {span.size:#x} bytes",
                draft.at("image.offset"),
                notes=((draft.at(path), f"the size of {name} is here"),),
            )
    if image.virtual_base + image.offset >= 1 << 32:
        sentence = (
            f"the image starts at {image.virtual_base} + {image.offset:#x}, above 4 GiB of virtual addresses"
        )
        yield Diagnostic("BOARD-011", sentence, draft.at("image.virtual_base"))


def _released_at(draft: Draft) -> Iterator[Diagnostic]:
    """The words by which held CPUs are released are words, and there is something at each."""
    if draft.secondaries is None or draft.cpus is None:
        return
    for key, first, last in draft.secondaries.words(draft.cpus.count):
        path, place = f"secondaries.{key}", draft.at(f"secondaries.{key}")
        if first % 4:
            yield Diagnostic("BOARD-008", f"{path} is {first}, not a multiple of a word's 4 bytes", place)
            continue
        for at, whose in ((first, ""), (last, " of the last CPU")):
            holding = [one for one in draft.windows() if at in one.span]
            window = min(holding, key=lambda one: one.span.size, default=None)
            if window is None or window.kind in ("reserved", "rom"):
                what = (
                    "the file describes nothing there"
                    if window is None
                    else f"that is {window.kind}: {window}"
                )
                hint = "expected a word of memory of kind ram, or a register of a region of kind device"
                yield Diagnostic("BOARD-014", f"{path}{whose} is {at}, and {what}", place, hint)
                break
