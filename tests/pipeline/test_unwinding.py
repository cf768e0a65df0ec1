"""Call frame information of images, held against every call that the image makes when it runs."""

import io
from bisect import bisect_right

import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile

from hypgen.machine.machine import Machine
from tests import images

pytestmark = pytest.mark.oracle
ERET, BL, BLX = 0xE160_006E, 0xB, 0x12FFF3
SP, LR, PC = 13, 14, 15


class Rules:
    """The decoded .debug_frame of an image, as pyelftools reads it."""

    def __init__(self, elf: bytes) -> None:
        dwarf = ELFFile(io.BytesIO(elf)).get_dwarf_info()
        entries = [one for one in dwarf.CFI_entries() if isinstance(one, FDE)]
        self.entries = sorted(entries, key=lambda one: one["initial_location"])
        self.starts = [one["initial_location"] for one in self.entries]
        self.tables = {id(one): one.get_decoded().table for one in self.entries}

    def at(self, pc: int):
        """The entry and the row of an address, or None."""
        found = self.entries[bisect_right(self.starts, pc) - 1]
        if not found["initial_location"] <= pc < found["initial_location"] + found["address_range"]:
            return None
        row = [one for one in self.tables[id(found)] if one["pc"] <= pc][-1]
        return found, row


@pytest.mark.parametrize("board", ["keystone", "qemu-virt"])
def test_every_call_finds_its_frame_and_its_return_address(board, oracle_counter):
    compiled = images.compiled(board)
    rules = Rules(compiled.elf)
    machine = Machine(images.board(board), mode="functional")
    image = machine.load(compiled.elf, "x.elf")
    names = {one.address: name for name, one in image.symbols.items()}
    vectors = image.symbols["hyp_vectors"].address
    cpu = machine.cpus[0]
    machine.run(until=vectors + 0x14, limit=100_000)
    frames: list[tuple[int, int | None]] = [(cpu.read("sp"), None)]
    checked = {"calls": 0, "handlers": 0, "returns": 0}
    for _ in range(6000):
        pc, sp = cpu.read("pc"), cpu.read("sp")
        found = rules.at(pc)
        is_hyp = cpu.read("CPSR") & 0x1F == 0x1A
        word = int.from_bytes(machine.read_virtual(0, pc, 4), "little")
        if found is not None and is_hyp and frames:
            entry, row = found
            address, back = frames[-1]
            assert cpu.read(f"r{row['cfa'].reg}" if row["cfa"].reg != SP else "sp") + row["cfa"].offset == (
                address
            ), f"{names.get(entry['initial_location'])} at {pc:#x}"
            column = entry.cie["return_address_register"]
            assert column == (PC if back is None else LR), f"{pc:#x}"
            rule = row.get(column)
            if back is None:
                checked["handlers"] += 1
            elif rule is None:
                assert cpu.read("lr") == back
            elif rule.type == "OFFSET":
                saved = machine.read_virtual(0, address + rule.arg, 4)
                assert int.from_bytes(saved, "little") == back
            else:
                assert rule.type == "UNDEFINED"
            checked["calls"] += back is not None
        machine.run(limit=1)
        after = cpu.read("pc")
        if vectors <= after < vectors + 0x20 and not vectors <= pc < vectors + 0x20:
            frames.append((cpu.read("sp"), None))
        elif is_hyp and word == ERET and frames:
            frames.pop()
        elif is_hyp and (word >> 24 & 0xF == BL or word >> 4 & 0xFF_FFFF == BLX) and cpu.read("lr") == pc + 4:
            frames.append((sp, pc + 4))
        elif is_hyp and len(frames) > 1 and after == frames[-1][1] and cpu.read("sp") == frames[-1][0]:
            frames.pop()
            checked["returns"] += 1
    assert min(checked["calls"], checked["handlers"]) > 100
    assert checked["returns"] > 15
    oracle_counter("unwinding")(sum(checked.values()))
