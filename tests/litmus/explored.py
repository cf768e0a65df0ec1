"""Litmus tests on a machine whose every legal outcome is played."""

from __future__ import annotations

from functools import cache

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.state import capture, reinstate
from hypgen.machine.machine import Machine
from hypgen.units import LoadAddr, PhysAddr
from hypgen.verdict.exploring import Exploration, explore_run
from tests.emulator.rig import CODE, HIGH, LOOP, RAM, SIZE
from tests.litmus.litmus import Case, Prepare, prepared, words


@cache
def _board(core: str, coherent: bool) -> Board:
    """A board with the memory of the rig, and nothing else."""
    board = load_board("keystone")
    memory = board.memory[0]
    alias = memory.alias.model_copy(update={"address": LoadAddr(RAM), "size": SIZE, "coherent": coherent})
    region = memory.model_copy(update={"physical": PhysAddr(HIGH), "size": SIZE, "alias": alias})
    cluster = board.cpus.clusters[0].model_copy(update={"cores": 1})
    cpus = board.cpus.model_copy(update={"model": core, "clusters": (cluster,)})
    return board.model_copy(update={"memory": (region,), "regions": (), "cpus": cpus})


def machine(case: Case, prepare: Prepare = prepared) -> Machine:
    """A machine in the state in which a case begins."""
    rig = prepare(case)
    contract = rig.system.observer.contract
    mode = case.mode if case.mode in ("svc", "mon") else "hyp"
    made = Machine(_board(case.core, case.coherent), entry_mode=mode, contract=contract)
    for index, page in rig.memory.windows[0].dram.touched.items():
        made.memory.write(RAM + (index << 12), bytes(page.data))
    code = b"".join(word.to_bytes(4, "little") for word in [*words(case.code), LOOP])
    made.memory.write(CODE, code)
    cpu = made.cpus[0]
    reinstate(cpu, Cpu.STATE, capture(rig.cpu, Cpu.STATE))
    cpu.coproc.values.update(rig.values)
    for name, value in case.registers.items():
        cpu.write(name, value)
    cpu.r[15] = CODE
    cpu.system.registers_set()
    cpu.restored()
    return made


def explored(case: Case, prepare: Prepare = prepared) -> Exploration:
    """Every legal outcome of a case, played."""
    return explore_run(machine(case, prepare), limit=500)
