"""The blocks of a board file about firmware: what stays resident, and how it starts the other CPUs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from hypgen.board.block import Block
from hypgen.board.values import (
    NUMBER_SCHEMA,
    Physical,
    SmcImmediate,
    Stride,
    Word,
)
from hypgen.units import PhysAddr

PSCI_FUNCTIONS = (
    "psci_version",
    "cpu_suspend",
    "cpu_off",
    "cpu_on",
    "affinity_info",
    "migrate",
    "migrate_info_type",
    "system_off",
    "system_reset",
)
"""Functions of the Power State Coordination Interface (ARM DEN 0022), spelled as in device trees."""


def _psci_function(name: str) -> str:
    if name not in PSCI_FUNCTIONS:
        raise PydanticCustomError("choice", "not a PSCI function", {"expected": ", ".join(PSCI_FUNCTIONS)})
    return name


PsciFunctions = Annotated[
    dict[Annotated[str, AfterValidator(_psci_function)], Word],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"enum": list(PSCI_FUNCTIONS)},
            "additionalProperties": NUMBER_SCHEMA,
        }
    ),
]


class Psci(Block):
    """The Power State Coordination Interface that firmware offers (ARM DEN 0022)."""

    version: Literal["0.1", "0.2", "1.0", "1.1"]
    """Version of the interface."""
    conduit: Literal["smc", "hvc"]
    """Instruction that calls it."""
    functions: PsciFunctions
    """Function identifier (r0) of each function offered."""


class Firmware(Block):
    """What firmware leaves resident when the image runs."""

    smc: Literal["none", "psci", "ti-monitor"]
    """Who answers an SMC."""
    psci: Psci | None = None
    """PSCI, where firmware has it."""


class SmcStart(Block):
    """A secondary CPU started by SMC: r0 = function, r1 = CPU number, r2 = 32-bit load address."""

    immediate: SmcImmediate = 0
    """The immediate of the SMC instruction."""
    function: Word
    """The function number, in r0."""


class SpinTable(Block):
    """Secondary CPUs that poll a word of memory for the address to jump to."""

    release_address: Physical
    """Address of the word, of CPU 0 where each CPU has its own."""
    stride: Stride = 0
    """Bytes from the word of one CPU to that of the next; 0 when all poll the same one."""
    wake: Literal["none", "event", "interrupt"] = "none"
    """What makes a CPU look at its word: nothing, a SEV (it waits in WFE), or an interrupt (WFI)."""


class Pen(Block):
    """Secondary CPUs that poll a register of the SoC for the address to jump to."""

    read: Physical
    """The register that a CPU polls, of CPU 0 where each CPU has its own."""
    write: Physical
    """The register that takes the address; it may set bits only."""
    clear: Physical | None = None
    """The register that clears the bits written to it, where ``write`` only sets bits."""
    stride: Stride = 0
    """Bytes from the registers of one CPU to those of the next; 0 when all poll the same one."""
    wake: Literal["none", "event", "interrupt"] = "none"
    """What makes a CPU look at its register: nothing, a SEV (it waits in WFE), or an interrupt (WFI)."""
    acknowledge: bool = False
    """Whether a CPU writes what it read back to ``read``, which clears it."""


class Secondaries(Block):
    """How the CPUs other than the boot CPU are started; firmware holds them until then."""

    method: Literal["psci", "smc", "spin-table", "pen", "together", "none"]
    """Who starts them; together when all CPUs enter the image at once, none when they stay where they are."""
    smc: SmcStart | None = None
    """The call, for method smc."""
    spin_table: SpinTable | None = None
    """The word, for method spin-table."""
    pen: Pen | None = None
    """The registers, for method pen."""

    def words(self, cpus: int) -> Iterator[tuple[str, PhysAddr, PhysAddr]]:
        """The words by which ``cpus`` CPUs are released: the key of each, and its address for CPU 0 and for
        the last one."""
        for block in ("spin_table", "pen"):
            held = getattr(self, block)
            for key in ("release_address", "read", "write", "clear") if held is not None else ():
                first = getattr(held, key, None)
                if first is not None:
                    yield f"{block}.{key}", first, PhysAddr(first + held.stride * (cpus - 1))
