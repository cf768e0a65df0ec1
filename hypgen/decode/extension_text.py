"""The text of Advanced SIMD and Floating-point instructions: placeholders of their rows' syntax.

Registers are d and s with their numbers, or q with half of the doubleword's; types are written as
UAL has them (``.i8``, ``.s16``, ``.u32``, ``.f64``). See :mod:`hypgen.decode.text`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from hypgen.arch.core_registers import NAMES as CORE
from hypgen.decode import extension_fields as fields
from hypgen.decode.table import Insn

Renderer = Callable[[Insn, int], str]

FP_REGISTERS = {
    0: "fpsid", 1: "fpscr", 5: "mvfr2", 6: "mvfr1", 7: "mvfr0", 8: "fpexc", 9: "fpinst", 10: "fpinst2",
}  # fmt: skip  # a table by number


def alias(insn: Insn) -> str | None:
    """The syntax of the alias that the manual prefers for this word, if it has one."""
    match insn.heading:
        case "VSTM" | "VLDM" if insn["sz"] and insn["imm8"] & 1:
            return f"F{insn.heading[1:]}<amode>X<c> <Rn>{{!}}, <extension_list>"
        case "VSTM" if (insn["Rn"], insn["P"], insn["W"]) == (13, 1, 1):
            return "VPUSH<c> <extension_list>"
        case "VLDM" if (insn["Rn"], insn["U"], insn["W"]) == (13, 1, 1):
            return "VPOP<c> <extension_list>"
        case "VORR (register)" if fields.doubleword(insn, "n") == fields.doubleword(insn, "m"):
            return "VMOV<c> <Vd>, <Vm>"
        case "VSHLL" if fields.shift_element(insn)[1] == 0:
            return "VMOVL<c>.<su.esize> <Qd>, <Dm>"
    return None


# Registers


def _double(letter: str) -> Renderer:
    return lambda insn, address: f"d{fields.doubleword(insn, letter)}"


def _quad(letter: str) -> Renderer:
    return lambda insn, address: f"q{fields.doubleword(insn, letter) >> 1}"


def _single(letter: str) -> Renderer:
    return lambda insn, address: f"s{fields.singleword(insn, letter)}"


def _vector(letter: str) -> Renderer:
    return lambda insn, address: (_quad if insn["Q"] else _double)(letter)(insn, address)


def _float(letter: str, double: str = "sz") -> Renderer:
    return lambda insn, address: (_double if insn[double] else _single)(letter)(insn, address)


def _list(names: Sequence[str]) -> str:
    return "{" + ", ".join(names) + "}"


def _extension_list(insn: Insn, address: int) -> str:
    first, count = fields.extension_registers(insn)
    letter = "d" if insn["sz"] else "s"
    return _list([f"{letter}{number}" for number in range(first, first + count)])


def _table(insn: Insn, address: int) -> str:
    first = fields.doubleword(insn, "n")
    return _list([f"d{number}" for number in range(first, first + insn["len"] + 1)])


def _lane(letter: str, place: Callable[[Insn], tuple[int, int]]) -> Renderer:
    """A scalar in the register of ``letter``; ``place`` gives its width and index."""
    return lambda insn, address: f"d{fields.doubleword(insn, letter)}[{place(insn)[1]}]"


def _scalar(insn: Insn, address: int) -> str:
    register, index = fields.scalar_operand(insn)
    return f"d{register}[{index}]"


def _two_singles(insn: Insn, address: int) -> str:
    first = fields.singleword(insn, "m")
    singles, cores = f"s{first}, s{first + 1}", f"{CORE[insn['Rt']]}, {CORE[insn['Rt2']]}"
    return f"{cores}, {singles}" if insn["op"] else f"{singles}, {cores}"


def _one_double(insn: Insn, address: int) -> str:
    double, cores = f"d{fields.doubleword(insn, 'm')}", f"{CORE[insn['Rt']]}, {CORE[insn['Rt2']]}"
    return f"{cores}, {double}" if insn["op"] else f"{double}, {cores}"


def _core_and_single(insn: Insn, address: int) -> str:
    single, core = f"s{fields.singleword(insn, 'n')}", CORE[insn["Rt"]]
    return f"{core}, {single}" if insn["op"] else f"{single}, {core}"


# Types


def _type(letter: Callable[[Insn], str], width: Callable[[Insn], int]) -> Renderer:
    return lambda insn, address: f"{letter(insn)}{width(insn)}"


def _always(letter: str) -> Callable[[Insn], str]:
    return lambda insn: letter


def _sign(name: str) -> Callable[[Insn], str]:
    """Unsigned when the field is 1."""
    return lambda insn: "u" if insn[name] else "s"


def _or_float(letter: str) -> Callable[[Insn], str]:
    return lambda insn: "f" if insn["F"] else letter


def _twice(width: Callable[[Insn], int]) -> Callable[[Insn], int]:
    return lambda insn: 2 * width(insn)


def _shift_width(insn: Insn) -> int:
    return fields.shift_element(insn)[0]


def _precision(name: str) -> Renderer:
    return lambda insn, address: "f64" if insn[name] else "f32"


def _conversion(to_number: str, integer: Callable[[Insn], str], floating: Callable[[Insn], str]) -> Renderer:
    """Both types of a conversion, the result's first: the integer's when the field is 1."""

    def renderer(insn: Insn, address: int) -> str:
        types = (integer(insn), floating(insn))
        return ".".join(types if insn[to_number] else types[::-1])

    return renderer


def _int_types(insn: Insn, address: int) -> str:
    integer = "u32" if insn["op"] & 1 else "s32"
    return f"{integer}.f32" if insn["op"] & 2 else f"f32.{integer}"


def _half_to_single(insn: Insn, address: int) -> str:
    double, quad = ("m", "d") if insn["op"] else ("d", "m")
    narrow, wide = f"d{fields.doubleword(insn, double)}", f"q{fields.doubleword(insn, quad) >> 1}"
    return f"f32.f16 {wide}, {narrow}" if insn["op"] else f"f16.f32 {narrow}, {wide}"


def _scalar_type(insn: Insn, address: int) -> str:
    width = fields.core_lane(insn)[0]
    return "32" if width == 32 else f"{'u' if insn['U'] else 's'}{width}"


# Immediates


def floating(value: int, width: int) -> str:
    """A floating-point number of ``width`` bits as a decimal number that is read back exactly."""
    pattern = ("<I", "<f") if width == 32 else ("<Q", "<d")
    (number,) = struct.unpack(pattern[1], struct.pack(pattern[0], value))
    return f"#{number!r}"


def _float_immediate(insn: Insn, address: int) -> str:
    width = 64 if insn["sz"] else 32
    return floating(fields.expand_float_immediate(insn["imm4H"] << 4 | insn["imm4L"], width), width)


def _immediate_op(insn: Insn, address: int) -> str:
    return fields.simd_immediate(insn)[0]


def _immediate_type(insn: Insn, address: int) -> str:
    return f"{'f' if insn['cmode'] == 15 else 'i'}{fields.simd_immediate(insn)[1]}"


def _simd_immediate(insn: Insn, address: int) -> str:
    _, _, value = fields.simd_immediate(insn)
    return floating(value, 32) if insn["cmode"] == 15 else f"#{value:#x}"


def _right(insn: Insn, address: int) -> str:
    width, amount = fields.shift_element(insn)
    return f"#{width - amount}"


def _letters(name: str, letters: str | Sequence[str]) -> Renderer:
    """One of ``letters`` by the value of a field."""
    return lambda insn, address: letters[insn[name]]


# Addresses


def _extension_address(insn: Insn, address: int) -> str:
    offset = 4 * insn["imm8"]
    sign = "" if insn["U"] else "-"
    return f"[{CORE[insn['Rn']]}, #{sign}{offset:#x}]" if offset or sign else f"[{CORE[insn['Rn']]}]"


def _structure_operands(insn: Insn, structures: fields.Structures, suffix: str) -> str:
    names = [f"d{number}{suffix}" for number in structures.registers]
    alignment = f":{8 * structures.alignment}" if structures.alignment > 1 else ""
    after = {15: "", 13: "!"}.get(insn["Rm"], f", {CORE[insn['Rm']]}")
    return f"{_list(names)}, [{CORE[insn['Rn']]}{alignment}]{after}"


def _structures(insn: Insn, address: int) -> str:
    return _structure_operands(insn, fields.multiple_structures(insn), "")


def _lanes(insn: Insn, address: int) -> str:
    structures = fields.one_lane(insn)
    return _structure_operands(insn, structures, f"[{structures.index}]")


def _all_lanes(insn: Insn, address: int) -> str:
    return _structure_operands(insn, fields.all_lanes(insn), "[]")


def _element_size(insn: Insn, address: int) -> str:
    """The size of VLD4 to all lanes has two encodings of 32 bits."""
    return "32" if insn.heading.endswith("all lanes)") and insn["size"] == 3 else str(8 << insn["size"])


RENDERERS: dict[str, Renderer] = {
    # parts of the mnemonic
    "<as>": _letters("op", "as"),
    "<sa>": _letters("op", "sa"),
    "<addsub>": _letters("op", ("add", "sub")),
    "<maxmin>": _letters("op", ("ax", "in")),
    "<et>": _letters("op", "et"),
    "<lw>": _letters("op", "lw"),
    "<lx>": _letters("op", "lx"),
    "<region>": _letters("op", ("64", "32", "16")),
    "{E}": _letters("E", ("", "e")),
    "{<R>}": _letters("op", ("r", "")),
    "<half>": _letters("T", "bt"),
    "<un>": lambda insn, address: (
        ("un" if insn["op"] == 1 else "n") if "U" not in insn else "un" if insn["U"] > insn["op"] else "n"
    ),
    "<u>": lambda insn, address: "" if insn["op"] else "u",
    "<immediate_op>": _immediate_op,
    # types
    "<immediate_type>": _immediate_type,
    "<fsz>": _precision("sz"),
    "<size>": _element_size,
    "<i.size>": _type(_always("i"), fields.element_bits),
    "<s.size>": _type(_always("s"), fields.element_bits),
    "<su.size>": _type(_sign("U"), fields.element_bits),
    "<if.size>": _type(_or_float("i"), fields.element_bits),
    "<sf.size>": _type(_or_float("s"), fields.element_bits),
    "<uf.size>": _type(_or_float("u"), fields.element_bits),
    "<ip.size>": _type(lambda insn: "p" if insn["op"] else "i", fields.element_bits),
    "<i.2size>": _type(_always("i"), _twice(fields.element_bits)),
    "<op_su.size>": _type(_sign("op"), fields.element_bits),
    "<op_su.2size>": _type(
        lambda insn: "u" if insn["op"] == 3 else "s",
        _twice(fields.element_bits),
    ),
    "<esize>": _type(_always(""), _shift_width),
    "<i.esize>": _type(_always("i"), _shift_width),
    "<su.esize>": _type(_sign("U"), _shift_width),
    "<qshl_su.esize>": _type(lambda insn: "u" if insn["U"] and insn["op"] else "s", _shift_width),
    "<i.2esize>": _type(_always("i"), _twice(_shift_width)),
    "<shr_su.2esize>": _type(lambda insn: "u" if insn["U"] and insn["op"] else "s", _twice(_shift_width)),
    "<precisions>": lambda insn, address: "f32.f64" if insn["sz"] else "f64.f32",
    "<half_types>": lambda insn, address: "f16.f32" if insn["op"] else "f32.f16",
    "<op_int>": lambda insn, address: "s32" if insn["op"] else "u32",
    "<to_int>": lambda insn, address: "s32" if insn["opc2"] else "u32",
    "<int_types>": _int_types,
    "<half_to_single>": _half_to_single,
    "<fixed_types>": _conversion(
        "op",
        lambda insn: f"{'u' if insn['U'] else 's'}{32 if insn['sx'] else 16}",
        lambda insn: "f64" if insn["sf"] else "f32",
    ),
    "<simd_fixed_types>": _conversion("op", lambda insn: "u32" if insn["U"] else "s32", _always("f32")),
    "<scalar_size>": lambda insn, address: str(fields.core_lane(insn)[0]),
    "<scalar_type>": _scalar_type,
    "<dup_size>": lambda insn, address: str(32 >> (insn["B"] << 1 | insn["E"])),
    "<lane_size>": lambda insn, address: str(fields.duplicated_lane(insn)[0]),
    # registers
    **{f"<V{letter}>": _vector(letter) for letter in "dnm"},
    **{f"<D{letter}>": _double(letter) for letter in "dnm"},
    **{f"<Q{letter}>": _quad(letter) for letter in "dnm"},
    **{f"<S{letter}>": _single(letter) for letter in "dnm"},
    **{f"<F{letter}>": _float(letter) for letter in "dnm"},
    "<wide_n>": lambda insn, address: (_quad if insn["op"] else _double)("n")(insn, address),
    "<fixed>": _float("d", "sf"),
    "<converted>": lambda insn, address: (_single if insn["sz"] else _double)("d")(insn, address),
    "<Dm[x]>": _scalar,
    "<Dd[x]>": _lane("d", fields.core_lane),
    "<Dn[x]>": _lane("n", fields.core_lane),
    "<lane>": _lane("m", fields.duplicated_lane),
    "<table>": _table,
    "<extension_list>": _extension_list,
    "<two_singles>": _two_singles,
    "<one_double>": _one_double,
    "<core_and_single>": _core_and_single,
    "<fp_register>": lambda insn, address: FP_REGISTERS.get(insn["reg"], f"c{insn['reg']}"),
    # immediates
    "<float_immediate>": _float_immediate,
    "<simd_immediate>": _simd_immediate,
    "#<fraction_bits>": lambda insn, address: f"#{fields.fraction_bits(insn)}",
    "#<simd_fraction_bits>": lambda insn, address: f"#{fields.simd_fraction_bits(insn)}",
    "#<maximum_shift>": lambda insn, address: f"#{fields.element_bits(insn)}",
    "#<right>": _right,
    "#<left>": lambda insn, address: f"#{fields.shift_element(insn)[1]}",
    # addresses
    "<extension_address>": _extension_address,
    "<structures>": _structures,
    "<lanes>": _lanes,
    "<all_lanes>": _all_lanes,
}
