"""The interrupt controller as the runtime uses it: which one it is, where Hyp mode sees it, and by which
way an FIQ can be had.

Software of the Non-secure state makes an IRQ for itself with any controller. An FIQ it can make only where
nobody keeps FIQs from it: a GIC with the Security Extensions signals them for Group 0, which is Secure
software's. There the CPU's own input is left, which passes by the GIC (IHI 0048B 2.3, "Interrupt signal
bypass") and which only somebody outside the image can drive.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from hypgen.arch import registers
from hypgen.board.model import Board
from hypgen.plan.idmap import device_slot
from hypgen.plan.mappings import HypTables
from hypgen.units import PAGE_SIZE, PhysAddr

LOCAL_CONTROLLER = "brcm,bcm2836-l1-intc"
Kind = Literal["gic", "local", "none"]
FastWay = Literal["group0", "local", "line", "none"]


class Controller(NamedTuple):
    """What interrupts the CPUs. ``registers`` is the physical address of what the runtime acknowledges by;
    ``fast`` says what makes an FIQ: an SGI of Group 0, a mailbox, or the CPU's own input."""

    kind: Kind
    fast: FastWay
    registers: PhysAddr | None


def controller_of(board: Board) -> Controller:
    """The interrupt controller of ``board``; of the kind ``none`` where the board file has none."""
    if board.gic is not None:
        fast: FastWay = "line" if board.gic.security_extensions else "group0"
        return Controller("gic", fast, PhysAddr(board.gic.cpu_interface))
    for region in board.regions:
        if region.compatible == LOCAL_CONTROLLER:
            return Controller("local", "local", PhysAddr(region.physical))
    return Controller("none", "none", None)


class RegisterBlock(NamedTuple):
    """Registers that Hyp mode uses: the constant that is to name their VA, where they are, and what."""

    name: str
    physical: int
    pages: int
    meaning: str


def map_blocks(hyp: HypTables, first: int, blocks: Iterable[RegisterBlock]) -> dict[str, tuple[int, str]]:
    """Map blocks of registers in Hyp mode, one behind the other from the VA ``first`` up; name the VAs."""
    named: dict[str, tuple[int, str]] = {}
    for one in blocks:
        end = first + one.pages * PAGE_SIZE
        hyp.create_hyp_io_mappings(first, end, one.physical, one.meaning)
        named[one.name] = (first, f"{one.meaning}, a VA")
        first = end
    return named


def map_controller(board: Board, hyp: HypTables) -> dict[str, tuple[int, str]]:
    """Map the controller in Hyp mode, and name what the templates need of it."""
    controller = controller_of(board)
    at = controller.registers
    blocks = [] if at is None else [RegisterBlock("CONTROLLER_VIRTUAL", at, 1, "interrupt controller")]
    local = int(at) if at is not None and controller.kind == "local" else 0
    return {
        **map_blocks(hyp, int(device_slot(board, 1)), blocks),
        "LOCAL_BASE": (local, "the cores' local interrupt controller"),
        "HCR_IMO": (registers.HCR.bit("IMO"), "IRQs of PL1 come to Hyp mode, whatever CPSR.I is"),
    }
