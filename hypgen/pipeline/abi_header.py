"""``hyp_abi.h``: what code that calls the image must know, for C and for assembly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypgen.plan import embedding, structures
from hypgen.plan.embedding import load_window
from hypgen.plan.image import ImagePlan

_COLUMN = 44
"""Where comments begin."""


def abi_header(plan: ImagePlan) -> str:
    """The header: HVC numbers, results, addresses, sizes, layouts of shared memory, and functions.

    It has preprocessor lines and comments only, apart from declarations that assemblers do not see.
    """
    window = load_window(plan)
    named = plan.constants
    added = {one.name: one.value for one in embedding.constants(plan)}
    console = plan.board.console
    calls = [
        one for one in plan.named_constants if one.name.startswith("HVC_") and one.name != "HVC_IMMEDIATES"
    ]
    records = [one for one in plan.named_constants if one.name.startswith(("AREA_", "RECORD_"))]
    lines = [
        f"/* hyp_abi.h: how to call the Hyp image of {plan.board.name} ({in_comment(plan.board.title)}).",
        " *",
        " * Made by hypgen, for the finished image and for the object that is linked into a firmware.",
        " */",
        "#ifndef HYP_ABI_H",
        "#define HYP_ABI_H",
        "",
        "/* Immediates of HVC, and the answer to an unknown one. r12 is clobbered, r0 has the result. */",
        *_defines((one.name, f"0x{one.value:x}", one.meaning) for one in calls),
        "",
        "/* Results of the functions below. 0 is success. */",
        *_defines(
            [
                ("HYP_NOT_HYP", f"0x{added['HYP_NOT_HYP']:08x}", "hyp_boot: the CPU is not in Hyp mode"),
                ("HYP_UNKNOWN_CPU", f"0x{added['HYP_UNKNOWN_CPU']:08x}", "hyp_load: not a CPU of the board"),
            ]
        ),
        "",
        "/* The board: CPUs, load addresses for which PA - load address is as stated, console. */",
        *_defines(
            [
                ("HYP_CPU_COUNT", str(named["CPU_COUNT"]), ""),
                ("HYP_WINDOW_START", f"0x{window.start:08x}", "first load address"),
                ("HYP_WINDOW_LAST", f"0x{window.end - 1:08x}", "last one"),
                ("HYP_PHYS_LOAD_LOW", f"0x{added['PHYS_LOAD_LOW']:08x}", "PA - load address, low word"),
                ("HYP_PHYS_LOAD_HIGH", f"0x{added['PHYS_LOAD_HIGH']:08x}", "high word"),
                ("HYP_CONSOLE_PHYSICAL", f"0x{int(console.physical):08x}", console.compatible),
                ("HYP_CONSOLE_VIRTUAL", f"0x{int(plan.console_virtual):08x}", "with the Hyp MMU on"),
                ("HYP_CONSOLE_REG_SHIFT", str(console.reg_shift), "log2 of the distance of registers"),
                (f"HYP_CONSOLE_{_family(console.compatible)}", "1", ""),
            ]
        ),
        "",
        "/* The finished image: addresses of its entry points, by section. */",
        *_defines(_image_rows(plan)),
        "",
        "/* Sizes. */",
        *_defines(
            [
                ("HYP_STACK_SIZE", f"0x{named['STACK_SIZE']:x}", "of each CPU"),
                ("HYP_RECORD_AREA_SIZE", f"0x{structures.RECORD_AREA_SIZE:x}", "of each CPU, at hyp_records"),
                ("HYP_RECORD_SIZE", f"0x{structures.RECORD_SIZE:x}", ""),
                ("HYP_TABLES_SIZE", f"0x{added['TABLES_SIZE']:x}", "of the object's tables"),
            ]
        ),
        "",
        "/* Offsets in a record area, and in each of its records: what the runtime's handlers have seen. */",
        *_defines((f"HYP_{one.name}", str(one.value), one.meaning) for one in records),
        "",
        *_mapping(plan),
        *_declarations(),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def in_comment(text: str) -> str:
    """``text`` so that it cannot end the comment that it is put into."""
    return " ".join(text.replace("*/", "* /").split())


def _family(compatible: str) -> str:
    return compatible.rpartition(",")[2].upper().replace("-", "_")


def _image_rows(plan: ImagePlan) -> list[tuple[str, str, str]]:
    rows = [
        (
            "HYP_IMAGE_ENTRY_LOAD",
            f"0x{int(plan.section_of(plan.entry_symbol).load):08x}",
            "_start, in Hyp mode",
        )
    ]
    for anchor in ("hyp_stub_vectors", "hyp_init_vectors", "hyp_vectors", "hyp_tables", "hyp_stacks"):
        section = plan.section_of(anchor)
        name = anchor.upper()
        rows.append((f"{name}_VIRTUAL", f"0x{int(section.virtual):08x}", section.purpose))
        rows.append((f"{name}_LOAD", f"0x{int(section.load):08x}", ""))
    rows.append(("HYP_TABLES_PHYSICAL_LOW", f"0x{int(plan.tables.root) & 0xFFFF_FFFF:08x}", "HTTBR"))
    rows.append(("HYP_TABLES_PHYSICAL_HIGH", f"0x{int(plan.tables.root) >> 32:08x}", ""))
    return rows


def _mapping(plan: ImagePlan) -> list[str]:
    """How mappings are made at run time; nothing for an image that has no map.S."""
    if not plan.scenario.runtime_maps:
        return []
    return [
        "/* Mappings at run time: Hyp functions, called with HVC_CALL, r0 = their VA, from any CPU; a lock",
        " * lets one work at a time. r1 and r2 are the VAs of the first byte and behind the last one; r3 is",
        " *   create_hyp_mappings       HYP_MAP_RX, HYP_MAP_R or HYP_MAP_RW; memory of the linear map",
        " *   create_hyp_io_mappings    a device's physical address >> 12",
        " *   create_hyp_page_mappings  the physical address >> 12 of memory, to read and write",
        " *   remove_hyp_mappings       nothing; no CPU may use what is unmapped",
        " * free_hyp_pmds takes nothing and unmaps all of these. The result is 0, or what this says. */",
        *_defines(
            (one.name, f"0x{one.value:x}", one.meaning)
            for one in plan.named_constants
            if one.name.startswith("HYP_MAP_")
        ),
        "",
    ]


def _declarations() -> Sequence[str]:
    return """\
#ifndef __ASSEMBLER__
#include <stdint.h>

/* Of the object: its Hyp runtime may be linked hyp_va_offset above where it is loaded, all else is
 * linked where it is loaded. MMU and data cache of the caller are off. */

/* In Hyp mode, once on each CPU: installs the stub and returns in SVC mode on the same stack, interrupts
 * masked. VBAR is not set. 0, or HYP_NOT_HYP in another mode, where nothing is changed. */
uint32_t hyp_boot(void);
/* Once, before the first hyp_load. */
void hyp_build_tables(void);
/* In SVC mode, on each CPU: turns its Hyp MMU on. 0, HYP_UNKNOWN_CPU, or HVC_UNKNOWN. */
uint32_t hyp_load(void);
/* Calls a function in section .hyp.text.*, in Hyp mode with the MMU on. Its result, or HVC_UNKNOWN. */
uint32_t hyp_call(uint32_t (*function)(uint32_t, uint32_t, uint32_t), uint32_t, uint32_t, uint32_t);
/* Turns this CPU's Hyp MMU off; the stub answers again. 0, or HVC_UNKNOWN. */
uint32_t hyp_unload(void);
/* HVBAR, while the stub is there. */
uint32_t hyp_vectors_get(void);

/* For code in Hyp mode: the console, through the Hyp MMU. */
void hyp_text(const char *text);
void hyp_hex(uint32_t number);
void hyp_newline(void);

extern const uint32_t hyp_stub_vectors[8], hyp_vectors[8];
extern uint32_t hyp_records[];
#endif""".splitlines()


def _defines(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    return [
        f"{f'#define {name} {value}':{_COLUMN}} /* {meaning} */" if meaning else f"#define {name} {value}"
        for name, value, meaning in rows
    ]
