"""Rows and binders are the same set; conditions, refusals and block ends."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from hypgen.arch import a32 as tables
from hypgen.arch.encoding import Kind, Ordered
from hypgen.decode.table import a32, a32_extension, decode_a32, t32_narrow, t32_wide
from hypgen.emulator.codes import CODES
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.execute.registry import Unpredictable, binds, ends_block, semantics
from hypgen.errors import InternalError
from tests.emulator.execute.harness import PC, Bench, encode


def test_every_row_has_a_binder_and_every_binder_a_row():
    tables = (a32(), a32_extension(), t32_narrow(), t32_wide())
    rows = {row.heading for table in tables for row in table.encodings if row.kind is Kind.INSTRUCTION}
    assert set(semantics()) == rows


@pytest.mark.parametrize("package", ["", ".extension"])
def test_binders_stand_in_the_twin_of_their_rows_file(package):
    rows_package = f"{tables.__name__}{package}"
    for twin in pkgutil.iter_modules(importlib.import_module(rows_package).__path__):
        if twin.ispkg:
            continue
        for row in importlib.import_module(f"{rows_package}.{twin.name}").ENCODINGS:
            for encoding in row.encodings if isinstance(row, Ordered) else (row,):
                if encoding.kind is Kind.INSTRUCTION:
                    where = semantics()[encoding.name].binder.__module__
                    assert where == f"hypgen.emulator.execute{package}.{twin.name}", encoding.name


def test_the_extensions_are_imported_when_code_first_uses_them():
    program = (
        "import sys\n"
        "from tests.emulator.execute.harness import Bench\n"
        "from hypgen.decode.table import decode_a32, decode_t32\n"
        "def loaded(): return [name for name in sys.modules if 'extension.vfp' in name]\n"
        "Bench(r1=1).run(0xE0812103)\n"
        "print(sum('execute' in name for name in loaded()))\n"
        "decode_a32(0xEEB00A40); decode_t32(0xEEB0, 0x0A40)\n"
        "print('hypgen.arch.a32.extension.vfp' in loaded())\n"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert printed.split() == ["0", "True"]


HOLDS = {
    "EQ": lambda n, z, c, v: z,
    "NE": lambda n, z, c, v: not z,
    "CS": lambda n, z, c, v: c,
    "CC": lambda n, z, c, v: not c,
    "MI": lambda n, z, c, v: n,
    "PL": lambda n, z, c, v: not n,
    "VS": lambda n, z, c, v: v,
    "VC": lambda n, z, c, v: not v,
    "HI": lambda n, z, c, v: c and not z,
    "LS": lambda n, z, c, v: not c or z,
    "GE": lambda n, z, c, v: n == v,
    "LT": lambda n, z, c, v: n != v,
    "GT": lambda n, z, c, v: not z and n == v,
    "LE": lambda n, z, c, v: z or n != v,
    "AL": lambda n, z, c, v: True,
}


@pytest.mark.parametrize(("condition", "holds"), list(enumerate(HOLDS.values())), ids=HOLDS)
def test_conditions_follow_the_flags(condition, holds):
    for flags in range(16):
        n, z, c, v = (flags >> place & 1 for place in (3, 2, 1, 0))
        bench = Bench(n=n, z=z, c=c, v=v).run("MOVW", cond=condition, Rd=0, imm12=1)
        assert bench.r[0] == bool(holds(n, z, c, v)), f"{flags:04b}"


def test_a_refused_instruction_whose_condition_fails_does_nothing():
    bench = Bench(z=0)
    for word in (
        encode("CDP", cond=0, coproc=7),
        encode("BFC", cond=0, msb=1, lsb=2),
        0x0600_0010,
    ):
        bench.run(word)
    bench.cpu.z = 1
    with pytest.raises(Undefined):
        bench.run("CDP", cond=0, coproc=7)
    with pytest.raises(Unpredictable):
        bench.run("BFC", cond=0, msb=1, lsb=2)


def test_words_without_a_row_are_undefined():
    with pytest.raises(Undefined, match="0xe6000010 is no instruction of ARMv7-A"):
        Bench().run(0xE600_0010)
    with pytest.raises(Undefined, match="0xee800a40 is no instruction of ARMv7-A"):
        Bench().run(0xEE80_0A40)


def test_a_branch_that_is_not_taken_leaves_the_pc_alone():
    assert Bench(z=0).run("B", cond=0, imm24=100).r[15] == PC + 4


@pytest.mark.parametrize(
    ("name", "fields", "ends"),
    [
        ("B", {}, True),
        ("ADD (immediate)", {"Rd": 1}, False),
        ("ADD (immediate)", {"Rd": 15}, True),
        ("LDR (immediate)", {"Rt": 15, "P": 1}, True),
        ("LDR (immediate)", {"Rt": 1, "P": 1}, False),
        ("LDM/LDMIA/LDMFD", {"register_list": 0x8000}, True),
        ("LDM/LDMIA/LDMFD", {"register_list": 0x4000}, False),
        ("STM (STMIA, STMEA)", {"register_list": 0x8000}, False),
        ("MCR", {"coproc": 15}, True),
        ("MRC", {"coproc": 15}, False),
        ("ISB", {}, True),
        ("DSB", {}, False),
        ("ERET", {}, True),
        ("CPS", {"imod": 2, "I": 1}, True),
        ("SVC", {}, True),
        ("WFI", {}, True),
    ],
)
def test_blocks_end_where_control_or_context_may_change(name, fields, ends):
    insn = decode_a32(encode(name, **fields))
    assert insn is not None
    assert ends_block(insn) is ends


def test_a_second_binder_for_a_row_is_refused():
    with pytest.raises(InternalError) as twice:
        binds("MUL")(lambda cpu, insn, pc: lambda: None)
    assert str(twice.value) == "error[EMU-012]: two binders for MUL"
    assert {"EMU-010", "EMU-011", "EMU-012"} <= CODES.keys()
