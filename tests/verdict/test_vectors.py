"""The vector table of an image, read back from its bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hypgen.verdict.check import ShortfallError
from hypgen.verdict.vectors import branch_targets
from tests import images


@pytest.mark.parametrize("table", ["hyp_vectors", "hyp_stub_vectors", "hyp_init_vectors"])
def test_every_table_of_the_image_holds_eight_branches(table: str) -> None:
    run = images.verdict("keystone").runs[0]
    targets = branch_targets(run, table)
    assert len(targets) == 8
    assert all(run.image.symbol_at(one) is not None for one in targets)


def test_a_table_that_lies_nowhere() -> None:
    run = images.verdict("keystone").runs[0]
    moved = run.image.symbols["hyp_vectors"]._replace(address=0x1000)
    symbols = {**run.image.symbols, "hyp_vectors": moved}
    lost = replace(run, image=replace(run.image, symbols=symbols))
    with pytest.raises(ShortfallError, match=r"^0x00001000 is in no segment of the image$"):
        branch_targets(lost, "hyp_vectors")
