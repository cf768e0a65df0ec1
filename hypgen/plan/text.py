"""The canonical text of a plan: what golden tests compare and a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from hypgen.plan.image import ImagePlan


def plan_text(plan: ImagePlan) -> str:
    """Everything that the plan decided, one fact a line, in a fixed order."""
    return "".join(f"{line}\n" for line in _lines(plan))


def _lines(plan: ImagePlan) -> Iterator[str]:
    yield f"plan of {plan.board.name}: {plan.board.title}"
    yield f"code addresses for Hyp mode by {plan.options.address_translation}"
    yield f"init style {plan.style.name}: {plan.style.title}"
    if plan.style.chosen:
        yield f"  chosen because {plan.style.chosen}"
    yield f"entry {plan.entry_symbol} at load address {plan.entry_address}"
    yield ""
    yield "sections            virtual     load        physical      budget"
    for one in plan.sections:
        marks = f"  first symbol {one.anchor}" if one.anchor else ""
        kind = f"{one.permission}{' nobits' if one.nobits else ''}"
        yield (
            f"  {one.name:<13} {kind:<9} {one.virtual}  {one.load}  {one.physical}  {one.budget:#07x}"
            f"  {one.purpose}{marks}"
        )
    yield ""
    yield "registers"
    for name, value in plan.registers.items():
        yield f"  {name:<14} 0x{value:0{10 if name == 'HTTBR' else 8}x}"
    yield ""
    yield "Hyp stacks"
    for stack in plan.stacks:
        yield f"  CPU {stack.cpu} (MPIDR 0x{stack.mpidr:08x})  [{stack.bottom}..{stack.top})"
    yield ""
    yield "Hyp mappings"
    for mapping in plan.tables.mappings:
        yield f"  {mapping}"
    yield f"  not mapped, for probes: {plan.unmapped_virtual}"
    yield ""
    yield "Hyp translation tables"
    for table in plan.tables.tables:
        yield f"  level {table.level} at {table.physical} resolves {table.virtual}"
        for entry in table.entries:
            yield f"    [{entry.index:3}] 0x{entry.value:016x}  {entry.meaning}"
    yield ""
    yield "constants"
    for constant in plan.named_constants:
        yield f"  {constant.name:<20} 0x{constant.value:08x}  {constant.meaning}"
