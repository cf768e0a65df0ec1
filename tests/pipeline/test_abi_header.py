"""``hyp_abi.h`` says how to call what an image has, and nothing of what it has not."""

from __future__ import annotations

from hypgen.board.load import load_board
from hypgen.pipeline.abi_header import abi_header
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions


def test_an_image_that_changes_its_tables_says_how_to_ask_for_it() -> None:
    header = abi_header(plan_image(load_board("keystone"), PlanOptions(scenario="map-runtime")))
    assert "#define HYP_MAP_RW 0x2" in header
    assert "#define HYP_MAP_IN_USE 0xfffffff0" in header
    functions = ("create_hyp_mappings", "create_hyp_io_mappings", "create_hyp_page_mappings")
    for name in (*functions, "remove_hyp_mappings", "free_hyp_pmds"):
        assert f" {name} " in header


def test_another_image_says_nothing_of_it() -> None:
    assert "HYP_MAP" not in abi_header(plan_image(load_board("keystone")))
