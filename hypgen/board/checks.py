"""What must hold between the values of a board file; the model has checked each by itself.

Every check gives all that it finds, with the places of both culprits. The checks work on a
:class:`Draft`, so that one wrong value does not hide what is wrong elsewhere in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

from pydantic import ValidationError

from hypgen.arch.cores import CORES
from hypgen.board.block import Block
from hypgen.board.firmware import Firmware, Secondaries
from hypgen.board.interrupts import Gic, Timers
from hypgen.board.memory import ImagePlacement, MemoryRegion, Region
from hypgen.board.model import Console, Cpus, Entry
from hypgen.board.values import PA_BITS
from hypgen.board.windows import Window, device_windows, memory_windows, region_windows
from hypgen.documents import Document, KeyPath
from hypgen.errors import Diagnostic, Location
from hypgen.resources import did_you_mean
from hypgen.units import Span

GICV2_CPUS = 8
"""CPU interfaces that a GICv2 can have (IHI 0048B, 1.1)."""

GICC_BYTES = 0x2000
"""Bytes of a GICv2's CPU interface (IHI 0048B, 4.4)."""
_UART_REGISTERS = {
    "arm,pl011": 0x48 + 4,
    "fsl,imx21-uart": 0xB8 + 4,
    "ns16550a": 8,
    "renesas,scif": 0x24 + 2,
    "samsung,exynos4210-uart": 0x3C,
    "snps,dw-apb-uart": 0x20,
}
"""Bytes of the registers that hypgen's drivers use, at reg_shift 0: PL011 to UARTDMACR (DDI 0183)."""
_SHIFTED = ("ns16550a", "snps,dw-apb-uart")
"""UARTs whose registers stand reg_shift apart."""

B = TypeVar("B", bound=Block)


@dataclass(frozen=True)
class Draft:
    """The blocks of a board file that can be read, each by itself; None for the others."""

    document: Document
    memory: tuple[tuple[int, MemoryRegion], ...]
    """Memory regions, each with its position in the file."""
    regions: tuple[tuple[int, Region], ...]
    cpus: Cpus | None
    image: ImagePlacement | None
    entry: Entry | None
    console: Console | None
    gic: Gic | None
    timers: Timers | None
    firmware: Firmware | None
    secondaries: Secondaries | None

    @classmethod
    def of(cls, document: Document) -> Draft:
        """What can be read of ``document``, whose notes have been taken out."""
        data = document.data
        return cls(
            document,
            _each(MemoryRegion, data.get("memory")),
            _each(Region, data.get("regions")),
            _one(Cpus, data.get("cpus")),
            _one(ImagePlacement, data.get("image")),
            _one(Entry, data.get("entry")),
            _one(Console, data.get("console")),
            _one(Gic, data.get("gic")),
            _one(Timers, data.get("timers")),
            _one(Firmware, data.get("firmware")),
            _one(Secondaries, data.get("secondaries")),
        )

    def at(self, path: str) -> Location:
        """The place of the value at a dotted path."""
        keys: KeyPath = tuple(int(key) if key.isdecimal() else key for key in path.split("."))
        return self.document.place(keys).value


def _one(kind: type[B], data: object) -> B | None:
    try:
        return kind.model_validate(data)
    except ValidationError:
        return None


def _each(kind: type[B], data: object) -> tuple[tuple[int, B], ...]:
    listed: Iterable[Any] = data if isinstance(data, tuple) else ()
    read = ((index, _one(kind, one)) for index, one in enumerate(listed))
    return tuple((index, one) for index, one in read if one is not None)


def check(draft: Draft) -> list[Diagnostic]:
    """Everything that is wrong between the values of ``draft``, in the order of the file."""
    found = [
        *_address_limits(draft),
        *_overlaps(draft),
        *_aliases(draft),
        *_image(draft),
        *_entry(draft),
        *_cpus(draft),
        *_names(draft),
        *_interrupts(draft),
        *_console(draft),
        *_devices(draft),
        *_secondaries(draft),
        *_released_at(draft),
    ]
    return sorted(found, key=lambda one: (one.location is None, one.location))


def _address_limits(draft: Draft) -> Iterator[Diagnostic]:
    """Nothing ends above the addresses that reach it."""
    low = (1 << 32, "4 GiB, the end of what a CPU with its MMU off can address")
    high = (1 << PA_BITS, f"the {PA_BITS} bits of a physical address")
    for window in _all_windows(draft):
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
        if not (nested(one, other) or nested(other, one) or follows(one, other) or follows(other, one)):
            yield from _overlap(draft, one, other)


def _overlap(draft: Draft, one: Window, other: Window) -> Iterator[Diagnostic]:
    """The diagnostic for two windows that must not overlap and do, at the later of the two."""
    if not one.span.overlaps(other.span):
        return
    first, second = sorted((one, other), key=lambda window: draft.at(window.path))
    shared = Span(max(one.span.start, other.span.start), min(one.span.end, other.span.end))
    yield Diagnostic(
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


def _entry(draft: Draft) -> Iterator[Diagnostic]:
    """Where the Hyp MMU is on, the first instruction is fetched through it."""
    entry = draft.entry
    if entry is None or not entry.hyp_mmu:
        return
    on = draft.at("entry.hyp_mmu")
    if entry.mode != "hyp":
        sentence = f"entry.hyp_mmu is true, but entry.mode is {entry.mode}: that MMU translates in Hyp mode"
        hint = "expected mode hyp, or hyp_mmu false"
        yield Diagnostic(
            "BOARD-017", sentence, on, hint, notes=((draft.at("entry.mode"), "entry.mode is here"),)
        )
    elif entry.tlb == "unknown":
        written = "tlb" in draft.document.data["entry"]
        sentence = (
            f"entry.hyp_mmu is true, but entry.tlb is {'' if written else 'by default '}unknown: the first "
            "fetch may hit an entry that no table says"
        )
        place = draft.at("entry.tlb") if written else on
        yield Diagnostic("BOARD-017", sentence, place, "expected tlb: clean where firmware has its MMU on")


def _cpus(draft: Draft) -> Iterator[Diagnostic]:
    """There are CPUs, each with its own MPIDR, of a known model, and no more than the GIC serves."""
    cpus = draft.cpus
    if cpus is None:
        return
    if not cpus.clusters:
        yield Diagnostic(
            "BOARD-012", "cpus.clusters is empty: a board has at least one CPU", draft.at("cpus.clusters")
        )
    models = {"cpus.model": cpus.model}
    models |= {
        f"cpus.clusters.{index}.model": one.model for index, one in enumerate(cpus.clusters) if one.model
    }
    for path, model in models.items():
        if model not in CORES:
            hint = did_you_mean(model, CORES) or f"core models: {', '.join(CORES)}"
            sentence = f"{path} is {model!r}, which is no core model that hypgen knows"
            yield Diagnostic("BOARD-014", sentence, draft.at(path), hint)
    yield from _distinct(
        draft,
        "BOARD-012",
        {f"cpus.clusters.{index}.id": cluster.id for index, cluster in enumerate(cpus.clusters)},
        "cluster {value} is described twice",
    )
    if draft.gic is not None and cpus.count > GICV2_CPUS:
        yield Diagnostic(
            "BOARD-012",
            f"cpus.clusters has {cpus.count} CPUs, more than the {GICV2_CPUS} that a GICv2 serves",
            draft.at("cpus.clusters"),
            notes=((draft.at("gic.version"), "the GICv2 is here"),),
        )


def _names(draft: Draft) -> Iterator[Diagnostic]:
    """Memory regions have different names."""
    names = {f"memory.{index}.name": region.name for index, region in draft.memory}
    yield from _distinct(draft, "BOARD-013", names, "a second memory region is named {value!r}")


def _interrupts(draft: Draft) -> Iterator[Diagnostic]:
    """Each private interrupt has its own number, each PSCI function its own identifier; GICC is all there."""
    size = draft.gic.cpu_interface_size if draft.gic is not None else GICC_BYTES
    if size < GICC_BYTES:
        yield Diagnostic(
            "BOARD-015",
            f"gic.cpu_interface_size is {size:#x}, but a GICv2 has GICC_DIR at 0x1000",
            draft.at("gic.cpu_interface_size"),
            f"expected {GICC_BYTES:#x}; the device trees of some boards are wrong here",
        )
    numbers: dict[str, int] = {}
    if draft.gic is not None:
        numbers["gic.maintenance_interrupt"] = draft.gic.maintenance_interrupt
    if draft.timers is not None:
        for key in ("secure_physical", "physical", "virtual", "hyp"):
            numbers[f"timers.{key}"] = getattr(draft.timers, key)
    yield from _distinct(draft, "BOARD-013", numbers, "{path} is PPI {value}, as is {first}")
    if draft.firmware is not None and draft.firmware.psci is not None:
        functions = draft.firmware.psci.functions
        identifiers = {f"firmware.psci.functions.{name}": number for name, number in functions.items()}
        yield from _distinct(draft, "BOARD-013", identifiers, "{path} is {value:#x}, as is {first}")


def _distinct(draft: Draft, code: str, values: Mapping[str, object], sentence: str) -> Iterator[Diagnostic]:
    """A diagnostic for each of ``values`` (by dotted path) that equals an earlier one."""
    seen: dict[object, str] = {}
    for path, value in sorted(values.items(), key=lambda one: draft.at(one[0])):
        first = seen.setdefault(value, path)
        if first != path:
            said = sentence.format(path=path, value=value, first=first)
            yield Diagnostic(code, said, draft.at(path), notes=((draft.at(first), "the first one is here"),))


def _console(draft: Draft) -> Iterator[Diagnostic]:
    """The UART's registers are aligned for their access width and fit into its block."""
    console = draft.console
    if console is None:
        return
    if console.physical % console.reg_io_width:
        yield Diagnostic(
            "BOARD-008",
            f"console.physical is {console.physical}, not a multiple of the access width of "
            f"{console.reg_io_width} bytes",
            draft.at("console.physical"),
        )
    needed = _UART_REGISTERS[console.compatible] << console.reg_shift
    if console.size < needed:
        yield Diagnostic(
            "BOARD-015",
            f"console.size is {console.size:#x}, but the registers of {console.compatible} with reg_shift "
            f"{console.reg_shift} take {needed:#x} bytes",
            draft.at("console.size"),
        )
    if console.reg_io_width > 1 << console.reg_shift and console.compatible in _SHIFTED:
        by_default = "" if "reg_io_width" in console.model_fields_set else "by default "
        yield Diagnostic(
            "BOARD-015",
            f"console.reg_io_width is {by_default}{console.reg_io_width} bytes, but reg_shift "
            f"{console.reg_shift} puts registers {1 << console.reg_shift} apart",
            draft.at("console.reg_io_width"),
        )


def _devices(draft: Draft) -> Iterator[Diagnostic]:
    """Only registers are a device, flash is a ROM, and the devices' interrupts exist."""
    for index, region in draft.regions:
        kind = "rom" if region.compatible == "cfi-flash" else "device"
        if region.compatible is not None and region.kind != kind:
            sentence = f"regions.{index}.compatible is {region.compatible}, but its kind is {region.kind}"
            yield Diagnostic("BOARD-014", sentence, draft.at(f"regions.{index}.compatible"))
        yield from _interrupt(draft, f"regions.{index}.interrupt", region.interrupt)
    if draft.console is not None:
        yield from _interrupt(draft, "console.interrupt", draft.console.interrupt)


def _interrupt(draft: Draft, key: str, number: int | None) -> Iterator[Diagnostic]:
    """The SPI that a device has is one of the gic's."""
    gic = draft.gic
    if number is None:
        return
    if "gic" not in draft.document.data:
        yield Diagnostic("BOARD-014", f"{key} is the number of an SPI, and there is no gic", draft.at(key))
    elif gic is not None and 32 + number >= gic.interrupts:
        sentence = f"{key} is SPI {number}, and the gic has {gic.interrupts - 32}"
        yield Diagnostic("BOARD-014", sentence, draft.at(key))


def _secondaries(draft: Draft) -> Iterator[Diagnostic]:
    """The start method is described, and firmware offers it."""
    secondaries, firmware = draft.secondaries, draft.firmware
    if secondaries is None:
        return
    method = draft.at("secondaries.method")
    blocks = {"smc": secondaries.smc, "spin_table": secondaries.spin_table, "pen": secondaries.pen}
    for key, described in blocks.items():
        if secondaries.method.replace("-", "_") == key and described is None:
            sentence = f"secondaries.method is {secondaries.method}, but secondaries.{key} is missing"
            yield Diagnostic("BOARD-014", sentence, method)
        if secondaries.method.replace("-", "_") != key and described is not None:
            place = draft.document.place(("secondaries", key)).key
            sentence = f"secondaries.{key} has no effect: secondaries.method is {secondaries.method}"
            yield Diagnostic("BOARD-014", sentence, place)
    if firmware is None:
        return
    if secondaries.method == "psci" and (firmware.psci is None or "cpu_on" not in firmware.psci.functions):
        sentence = "secondaries.method is psci, but firmware.psci has no function cpu_on"
        yield Diagnostic("BOARD-014", sentence, method)
    by_smc = secondaries.method == "smc" or (
        secondaries.method == "psci" and firmware.psci is not None and firmware.psci.conduit == "smc"
    )
    if by_smc and firmware.smc == "none":
        sentence = "secondaries are started by SMC, but firmware.smc is none"
        notes = ((draft.at("firmware.smc"), "firmware.smc is here"),)
        yield Diagnostic("BOARD-014", sentence, method, notes=notes)


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
            holding = [one for one in _all_windows(draft) if at in one.span]
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


def _all_windows(draft: Draft) -> list[Window]:
    return [
        *memory_windows(draft.memory),
        *device_windows(draft.console, draft.gic),
        *region_windows(draft.regions),
    ]
