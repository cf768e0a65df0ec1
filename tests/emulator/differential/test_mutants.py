"""The differential test finds a core that is wrong, and says in one instruction where.

Each mutant is wrong in one place: a binder, the entry of an exception, a rule of translation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hypgen.emulator import access, entry, extension, syndrome
from hypgen.emulator.exceptions import SupervisorCall
from hypgen.emulator.execute import registry
from hypgen.emulator.floating_point import Arithmetic
from tests.emulator.differential import campaign

pytestmark = pytest.mark.oracle
CASES = 300
ENOUGH = 10_000
"""Instructions among which a mutant shows, if it ever does."""
Patch = Callable[[pytest.MonkeyPatch], None]
OTHERS = frozenset({"MOV (immediate)", "ADD (register)", "EOR (register)", "UXTB", "LDR (immediate)"})
"""Rows that each case may have beside those of which one is wrong."""


def after(heading: str, change: Callable[[Any, Any], None]) -> Patch:
    """The instruction, and then ``change`` of the CPU."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        real = registry.semantics()[heading]

        def binder(cpu, insn, pc):
            op = real.binder(cpu, insn, pc)

            def wrong():
                op()
                change(cpu, insn)

            return wrong

        monkeypatch.setitem(registry.semantics(), heading, real._replace(binder=binder))

    return patch


def flip(register: str) -> Callable[[Any, Any], None]:
    def change(cpu, insn):
        if insn[register] != 15:
            cpu.r[insn[register]] ^= 1 << 31

    return change


def no_saturation_flag(cpu, insn):
    cpu.q = 0


def wrong_lane(cpu, insn):
    place = insn["D"] << 4 | insn["Vd"]
    cpu.extension.d[place] ^= 1 << 63


def svc_returns_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def take(cpu, exception, pc, length):
        entry._take_undefined(cpu, exception, pc - length, length)

    monkeypatch.setitem(entry._TAKE, SupervisorCall, take)


def user_mode_may_store_as_pl1_may(monkeypatch: pytest.MonkeyPatch) -> None:
    real = access.judge

    def judge(outcome, *, write=False, user=False, **kind):
        return real(outcome, write=write, user=user and not write, **kind)

    monkeypatch.setattr(access, "judge", judge)


def no_inexact(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Arithmetic.round

    def rounded(self, *arguments, **more):
        result = real(self, *arguments, **more)
        self.flags &= ~0x10
        return result

    monkeypatch.setattr(Arithmetic, "round", rounded)


def floating_point_is_never_trapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extension, "_TCP10", 0)
    monkeypatch.setattr(extension, "_TCP11", 0)


def every_transfer_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syndrome, "_SIZES", dict.fromkeys(syndrome._SIZES, 2))


MUTANTS: dict[str, tuple[frozenset[str], Patch]] = {
    "ADC (register)": (frozenset({"ADC (register)"}), after("ADC (register)", flip("Rd"))),
    "LDM/LDMIA/LDMFD": (frozenset({"LDM/LDMIA/LDMFD"}), after("LDM/LDMIA/LDMFD", flip("Rn"))),
    "QADD": (frozenset({"QADD", "QDADD"}), after("QADD", no_saturation_flag)),
    "UMLAL": (frozenset({"UMLAL"}), after("UMLAL", flip("RdHi"))),
    "VADD (integer)": (frozenset({"VADD (integer)"}), after("VADD (integer)", wrong_lane)),
    "MRS": (frozenset({"MRS"}), after("MRS", flip("Rd"))),
    "SVC": (frozenset({"SVC"}), svc_returns_to_itself),
    "STR (immediate)": (frozenset({"STR (immediate)", "STRB (immediate)"}), user_mode_may_store_as_pl1_may),
    "VDIV": (frozenset({"VDIV"}), no_inexact),
    "VMOV (register), scalar": (frozenset({"VMOV (register), scalar"}), floating_point_is_never_trapped),
    "LDRSB (immediate)": (frozenset({"LDRSB (immediate)"}), every_transfer_is_a_word),
}
"""By the heading of the instruction that shows it: the rows of which it is one, and the mutation."""


@pytest.mark.parametrize("heading", MUTANTS)
def test_a_core_that_is_wrong_is_found_and_named_in_one_instruction(heading, monkeypatch, tmp_path):
    rows, patch = MUTANTS[heading]
    patch(monkeypatch)
    batches = campaign.run(1, ENOUGH, tmp_path, rows | OTHERS, CASES)
    found = next((differ for _, differ in batches if differ), [])
    assert found, "no case differs from QEMU"
    small = campaign.shrink(found[0], tmp_path)
    assert len(small.case.instructions) == 1, str(small)
    assert small.case.names[0] in rows, str(small)
    told = str(small)
    assert f"[{small.case.names[0]}]" in told
    assert "in QEMU 0x" in told


def test_the_core_as_it_is_does_not_differ_in_these(tmp_path):
    rows = frozenset().union(*(rows for rows, _ in MUTANTS.values())) | OTHERS
    ((compared, found),) = campaign.run(1, 1, tmp_path, rows, 4 * CASES)
    assert compared > CASES
    assert found == []
