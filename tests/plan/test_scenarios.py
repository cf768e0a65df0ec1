"""Rows of scenarios: those shipped, and what is wrong in others."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.board.firmware import Secondaries
from hypgen.board.load import load_board
from hypgen.board.model import Board, Cluster, Cpus, Entry
from hypgen.errors import InputError
from hypgen.plan import structures
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import NEEDS, load_scenario, scenario_names

GOOD = """\
title: mine
parts: [boot.S, support.S]
steps: {a.b: does it}
"""


def row(directory: Path, text: str) -> Path:
    (directory / "scenarios").mkdir()
    (directory / "scenarios" / "mine.yaml").write_text(text)
    return directory


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_row_can_be_read_and_fits_a_journal(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.rounds * len(scenario.steps) <= structures.JOURNAL_CAPACITY
    assert scenario.parts.index("support.S") < len(scenario.parts) - 2


def test_lifecycle_is_the_first_of_all() -> None:
    assert scenario_names()[0] == "lifecycle"


def test_a_row_of_ones_own(tmp_path: Path) -> None:
    scenario = load_scenario("mine", row(tmp_path, GOOD))
    assert (scenario.rounds, scenario.all_cpus, scenario.board, scenario.needs) == (1, False, {}, ())
    (step,) = scenario.steps
    assert (step.number, step.name, step.symbol, step.intent) == (1, "a.b", "STEP_A_B", "does it")
    assert (scenario.step(1), scenario.step(2)) == ("a.b", "step 2")


def test_a_row_that_is_like_another_has_its_keys_and_more_steps(tmp_path: Path) -> None:
    text = "title: mine\nlike: lifecycle\nimage: {isa: thumb}\nsteps: {a.b: does it}\n"
    mine, lifecycle = load_scenario("mine", row(tmp_path, text)), load_scenario("lifecycle")
    assert (mine.title, mine.parts, mine.rounds) == ("mine", lifecycle.parts, lifecycle.rounds)
    assert [one.name for one in mine.steps] == [*(one.name for one in lifecycle.steps), "a.b"]
    assert mine.on(load_board("keystone")).image.isa == "thumb"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "round: 2\n", ":4:8: error[SCN-002]: unknown key 'round' (did you mean rounds?)"),
        (GOOD + "rounds: 9\n", ":4:9: error[SCN-002]: rounds must be a number from 1 to 3"),
        (GOOD + "cpus: two\n", ":4:7: error[SCN-002]: cpus must be 'boot' or 'all', not 'two'"),
        (
            GOOD + "board: {mode: mon}\n",
            ":4:15: error[SCN-002]: mode must be one of hyp, secure-svc, svc, not 'mon'",
        ),
        (
            GOOD + "board: {moed: hyp}\n",
            ":4:15: error[SCN-002]: unknown key 'moed' "
            "(expected mode, hyp_mmu, tlb, virtual_base, secondaries)",
        ),
        (
            GOOD + "image: {isa: mips}\n",
            ":4:14: error[SCN-002]: isa must be one of arm, thumb, not 'mips'",
        ),
        (
            GOOD + "image: {form: thumb}\n",
            ":4:15: error[SCN-002]: unknown key 'form' (expected isa, endian, caches, wxn)",
        ),
        (
            GOOD + "sections: {.hyp.mine: x}\n",
            ":4:11: error[SCN-002]: sections must map names, such as .hyp.mine, to rx, r, rw or rwx",
        ),
        (
            GOOD + "like: lifecycles\n",
            ":4:7: error[SCN-002]: like names no other scenario: 'lifecycles' (did you mean lifecycle?)",
        ),
        (
            GOOD + "like: variant-wxn\n",
            ":4:7: error[SCN-002]: like names 'variant-wxn', which is itself like another scenario "
            "(expected lifecycle)",
        ),
        (GOOD + "needs: [luck]\n", f":4:8: error[SCN-002]: needs must list some of {', '.join(NEEDS)}"),
        (
            GOOD.replace("title: mine\n", ""),
            ":1:1: error[SCN-002]: title must say in a few words what the scenario shows",
        ),
        (
            GOOD.replace("boot.S", "boot"),
            ":2:8: error[SCN-002]: parts must list templates, such as boot.S, in link order",
        ),
        (
            GOOD.replace("{a.b: does it}", "[a.b]"),
            ":3:8: error[SCN-002]: steps must map the name of each step to what it does",
        ),
        (
            GOOD.replace("{a.b: does it}", "7"),
            ":3:8: error[SCN-002]: steps must map the name of each step to what it does",
        ),
        (
            GOOD.replace("a.b", "a b"),
            ":3:14: error[SCN-002]: the name of a step has letters, digits, '.' and '_', and not 'a b'",
        ),
        (
            GOOD.replace("does it}", "does it, a_b: too}"),
            ":3:28: error[SCN-002]: the steps 'a.b' and 'a_b' have one name in the assembly",
        ),
        (GOOD + "optional: [[1]]\n", ":4:11: error[SCN-002]: optional must list some of the steps"),
        (GOOD + "answers: xen\n", ":4:10: error[SCN-002]: answers must list HVC interfaces"),
        (GOOD + "init_style: 7\n", ":4:13: error[SCN-002]: init_style must be the name of a style"),
        (
            GOOD + "sections: {.a: [rw]}\n",
            ":4:11: error[SCN-002]: sections must map names, such as .hyp.mine, to rx, r, rw or rwx",
        ),
    ],
)
def test_what_is_wrong_in_a_row_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("mine", row(tmp_path, text))
    assert str(caught.value).endswith(message)
    assert "scenarios/mine.yaml:" in str(caught.value)


def test_a_name_that_no_row_has() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("lifecicle")
    assert str(caught.value) == ("error[SCN-001]: no scenario is named 'lifecicle' (did you mean lifecycle?)")


def test_a_board_without_the_means_gets_no_image(tmp_path: Path) -> None:
    own = row(tmp_path, GOOD + "needs: [gich]\n")
    assert load_scenario("mine", own).missing(load_board("keystone")) == ""
    with pytest.raises(InputError) as caught:
        plan_image(load_board("rpi2"), PlanOptions(scenario="mine"), templates=own)
    assert str(caught.value).endswith(
        "error[SCN-003]: there is no image of the scenario 'mine' for this board: "
        "the board has no GIC, and so no List registers"
    )


def test_what_a_board_lacks_is_told_with_the_place_that_says_so(tmp_path: Path) -> None:
    own = row(tmp_path, GOOD + "cpus: all\nneeds: [held-cpus]\n")
    with pytest.raises(InputError) as caught:
        plan_image(load_board("qemu-virt"), PlanOptions(scenario="mine"), templates=own)
    place, _, said = str(caught.value).partition(": error")
    line = load_board("qemu-virt").locate("secondaries.method").line
    assert place.endswith(f"qemu-virt.yaml:{line}:11")
    assert said == (
        "[SCN-003]: there is no image of the scenario 'mine' for this board: PSCI keeps this board's "
        "secondary CPUs off: none of them waits where software could release it"
    )


def on_keystone(**changes: object) -> Board:
    return load_board("keystone").model_copy(update=changes)


ONE = Cpus(model="cortex-a15", clusters=(Cluster(id=0, cores=1),))


@pytest.mark.parametrize(
    ("name", "board", "lack"),
    [
        ("undo-mode", on_keystone(cpus=ONE), "the board has one CPU"),
        ("cpus", on_keystone(cpus=ONE), ""),
        ("cpus", on_keystone(secondaries=Secondaries(method="none")), "nobody starts the board's other CPUs"),
        (
            "hotplug",
            on_keystone(secondaries=Secondaries(method="none")),
            "nobody starts the board's other CPUs",
        ),
        ("way-secure", on_keystone(secondaries=Secondaries(method="none")), ""),
        ("undo-mode", on_keystone(secondaries=Secondaries(method="together")), "all CPUs enter the image at"),
        ("host-mmu", on_keystone(secondaries=Secondaries(method="together")), "all CPUs enter the image at"),
        ("hotplug", on_keystone(secondaries=Secondaries(method="together")), ""),
        ("map-runtime", on_keystone(cpus=ONE), "the board has one CPU"),
        ("cpus-pen", on_keystone(secondaries=Secondaries(method="none")), ""),
        ("cpus", on_keystone(entry=Entry(mode="svc")), "the board is entered in Non-secure SVC mode"),
        ("way-svc", on_keystone(entry=Entry(mode="svc")), ""),
        ("way-secure", on_keystone(entry=Entry(mode="svc")), ""),
    ],
)
def test_what_a_board_must_have_for_a_scenario(name: str, board: Board, lack: str) -> None:
    found = load_scenario(name).missing(board)
    assert found.startswith(lack)
    assert bool(found) == bool(lack)


@pytest.mark.parametrize("name", [one for one in scenario_names() if load_scenario(one).ipa_bits is not None])
def test_guests_need_an_interrupt_controller(name: str) -> None:
    board = load_board("rpi2")
    without = board.model_copy(update={"regions": tuple(one for one in board.regions if not one.compatible)})
    assert "the board has no interrupt controller that is known here" in load_scenario(name).missing(without)
    assert "interrupt controller" not in load_scenario(name).missing(board)


def test_a_scenario_may_have_the_board_otherwise(tmp_path: Path) -> None:
    own = row(tmp_path, GOOD + "board: {mode: svc, secondaries: spin-table}\n")
    board = load_board("keystone")
    changed = load_scenario("mine", own).on(board)
    assert (board.entry.mode, changed.entry.mode, changed.entry.tlb) == ("hyp", "svc", "unknown")
    assert changed.secondaries.spin_table is not None
    assert changed.secondaries.spin_table.release_address == 0x801F_F000  # the page below the image
    assert changed.name == "keystone"
