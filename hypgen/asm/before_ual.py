"""VFP mnemonics from before UAL (``fmxr``, ``fldmiad``), which boot code for older cores still has.

Each is a UAL statement by another name (DDI 0406C D.2, "Differences in VFP instruction mnemonics"); GNU
as encodes both alike, but for FLDMX and FSTMX, which UAL has under their old names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Older:
    """What an older mnemonic is now: name, data types, and its operands (``{0}`` is the first written)."""

    name: str
    types: str = ""
    operands: str = ""


_OF_ONE_TYPE = {
    "fadd": "vadd", "fsub": "vsub", "fmul": "vmul", "fnmul": "vnmul", "fdiv": "vdiv", "fsqrt": "vsqrt",
    "fabs": "vabs", "fneg": "vneg", "fcpy": "vmov", "fcmp": "vcmp", "fcmpe": "vcmpe",
    "fmac": "vmla", "fnmac": "vmls", "fmsc": "vnmls", "fnmsc": "vnmla",
}  # fmt: skip
_OF_NO_TYPE = {
    "fld": "vldr", "fst": "vstr",
    "fldmia": "vldmia", "fldmfd": "vldmia", "fldmdb": "vldmdb", "fldmea": "vldmdb",
    "fstmia": "vstmia", "fstmea": "vstmia", "fstmdb": "vstmdb", "fstmfd": "vstmdb",
}  # fmt: skip
_ALONE = {
    "fmsr": Older("vmov"), "fmrs": Older("vmov"), "fmsrr": Older("vmov"), "fmrrs": Older("vmov"),
    "fmdrr": Older("vmov"), "fmrrd": Older("vmov"), "fmxr": Older("vmsr"), "fmrx": Older("vmrs"),
    "fmstat": Older("vmrs", operands="apsr_nzcv, fpscr"),
    "fmdlr": Older("vmov", ".32", "{0}[0], {1}"), "fmdhr": Older("vmov", ".32", "{0}[1], {1}"),
    "fmrdl": Older("vmov", ".32", "{0}, {1}[0]"), "fmrdh": Older("vmov", ".32", "{0}, {1}[1]"),
    "fcvtds": Older("vcvt", ".f64.f32"), "fcvtsd": Older("vcvt", ".f32.f64"),
}  # fmt: skip
_EXTENDED = {
    "fldmiax": "fldmiax", "fldmfdx": "fldmiax", "fldmdbx": "fldmdbx", "fldmeax": "fldmdbx",
    "fstmiax": "fstmiax", "fstmeax": "fstmiax", "fstmdbx": "fstmdbx", "fstmfdx": "fstmdbx",
}  # fmt: skip


@cache
def table() -> dict[str, Older]:
    """Every older mnemonic, without condition."""
    found = dict(_ALONE)
    for letter, bits in (("s", ".f32"), ("d", ".f64")):
        found |= {old + letter: Older(new, bits) for old, new in _OF_ONE_TYPE.items()}
        found |= {old + letter: Older(new) for old, new in _OF_NO_TYPE.items()}
        found |= {f"{old}z{letter}": Older(f"v{old[1:]}", bits, "{0}, #0") for old in ("fcmp", "fcmpe")}
        for sign, integer in (("s", ".s32"), ("u", ".u32")):
            found[f"f{sign}ito{letter}"] = Older("vcvt", bits + integer)
            found[f"fto{sign}i{letter}"] = Older("vcvtr", integer + bits)
            found[f"fto{sign}iz{letter}"] = Older("vcvt", integer + bits)
    return found | {old: Older(new) for old, new in _EXTENDED.items()}
