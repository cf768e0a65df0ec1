"""What must hold between the values of a board file; the model has checked each by itself.

Every check gives all that it finds, with the places of both culprits. The checks work on a
:class:`~hypgen.board.draft.Draft`, so that one wrong value does not hide what is wrong elsewhere in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypgen.arch.cores import CORES
from hypgen.board.device_checks import device_problems
from hypgen.board.draft import Draft, distinct
from hypgen.board.layout_checks import layout_problems
from hypgen.errors import Diagnostic
from hypgen.resources import did_you_mean

GICV2_CPUS = 8
"""CPU interfaces that a GICv2 can have (IHI 0048B, 1.1)."""


def check(draft: Draft) -> list[Diagnostic]:
    """Everything that is wrong between the values of ``draft``, in the order of the file."""
    found = [
        *layout_problems(draft),
        *_entry(draft),
        *_cpus(draft),
        *_names(draft),
        *device_problems(draft),
        *_secondaries(draft),
    ]
    return sorted(found, key=lambda one: (one.location is None, one.location))


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
    yield from distinct(
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
    yield from distinct(draft, "BOARD-013", names, "a second memory region is named {value!r}")


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
