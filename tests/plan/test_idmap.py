"""One byte of the image, three addresses: conversions, and the refusals that replace truncation."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.board.memory import Alias
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.plan.idmap import LinearMap
from hypgen.units import GIB, MIB, LoadAddr, PhysAddr, VirtAddr


def keystone_with(alias: Alias | None) -> Board:
    board = load_board("keystone")
    regions = tuple(
        one.model_copy(update={"alias": alias}) if one.name == board.image.memory else one
        for one in board.memory
    )
    return board.model_copy(update={"memory": regions})


def test_keystone_has_three_numbers_for_one_byte():
    linear = LinearMap.of(load_board("keystone"))
    va = VirtAddr(0xC020_2000)
    assert linear.virt_to_phys(va) == PhysAddr(0x8_0020_2000)
    assert linear.virt_to_idmap(va) == LoadAddr(0x8020_2000)


def test_qemu_virt_has_one_number_for_load_and_physical_address():
    linear = LinearMap.of(load_board("qemu-virt"))
    assert linear.virt_to_phys(0xC020_0000) == linear.virt_to_idmap(0xC020_0000) == 0x4020_0000


@pytest.mark.parametrize("board", ["keystone", "qemu-virt"])
def test_the_offsets_that_the_templates_add_give_the_same_addresses(board: str):
    linear = LinearMap.of(load_board(board))
    va = int(linear.virtual_base) + 5 * MIB
    assert (va + linear.idmap_offset) % (1 << 32) == linear.virt_to_idmap(va)
    assert (va + linear.phys_offset) % (1 << 64) == linear.virt_to_phys(va)


def test_an_address_outside_the_linear_map_is_refused():
    linear = LinearMap.of(load_board("keystone"))
    with pytest.raises(InputError) as caught:
        linear.virt_to_phys(0xF000_0000)
    where = linear.board.locate("image.virtual_base")
    assert str(caught.value) == (
        f"{where}: error[PLAN-006]: 0xf0000000 is not in the linear map [0xc0000000..0xf0000000) of memory "
        f"'{linear.region.name}'"
    )


def test_memory_above_4_gib_without_an_alias_is_refused_and_not_truncated():
    linear = LinearMap.of(keystone_with(None))
    with pytest.raises(InputError) as caught:
        linear.virt_to_idmap(0xC020_2000, 0x1000, "hyp-init")
    where = linear.board.locate("image.memory")
    assert str(caught.value) == (
        f"{where}: error[PLAN-001]: hyp-init at PA [0x0800202000..0x0800203000) is needed with the MMU off, "
        f"when a CPU has 32-bit addresses, but memory '{linear.region.name}' has no alias below 4 GiB "
        "(place the image in memory below 4 GiB, or describe the alias)"
    )


def test_memory_beyond_the_end_of_the_alias_is_refused():
    alias = Alias(address=LoadAddr(0x8000_0000), size=2 * MIB, coherent=False)
    linear = LinearMap.of(keystone_with(alias))
    assert linear.virt_to_idmap(0xC01F_F000, 0x1000) == 0x801F_F000
    with pytest.raises(InputError) as caught:
        linear.virt_to_idmap(0xC01F_F000, 0x1001, "hyp-init")
    where = linear.board.locate("image.offset")
    assert str(caught.value) == (
        f"{where}: error[PLAN-002]: hyp-init at PA [0x08001ff000..0x0800200001) is needed with the MMU off, "
        f"but the alias at 0x80000000 of memory '{linear.region.name}' shows only "
        "[0x0800000000..0x0800200000) (use a smaller image.offset)"
    )


def test_memory_that_straddles_4_gib_is_usable_below_it():
    board = load_board("qemu-virt")
    region = board.region(board.image.memory).model_copy(
        update={"physical": PhysAddr(4 * GIB - 2 * MIB), "size": GIB, "alias": None}
    )
    linear = LinearMap(board, region, VirtAddr(0xC000_0000))
    assert linear.virt_to_idmap(0xC010_0000, MIB) == 0xFFF0_0000
    with pytest.raises(InputError, match=r"PLAN-001"):
        linear.virt_to_idmap(0xC010_0000, MIB + 1)
