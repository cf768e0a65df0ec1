"""What each diagnostic code of the plan means."""

from __future__ import annotations

CODES = {
    "PLAN-001": "A part of the image executes, or is read, while the MMU is off. A CPU then has only 32-bit "
    "addresses, so memory above 4 GiB is reached through a low alias or not at all, and this memory has no "
    "alias. Neither a cast nor truncation helps: the low 32 bits of the physical address are another place. "
    "Place the image in memory below 4 GiB, or describe the alias in the board file.",
    "PLAN-002": "A part of the image is needed while the MMU is off, but lies beyond the end of the alias: "
    "the low window shows only the first bytes of the memory. Move the image towards the memory's start.",
    "PLAN-003": "The image does not fit into the memory region that the board file places it in.",
    "PLAN-004": "Two mappings of the Hyp tables want the same virtual page for different physical pages, or "
    "with different permissions. A page has one descriptor; make the ranges disjoint at page granularity.",
    "PLAN-005": "The identity-mapped page must have VA = PA = the address at which a CPU with its MMU off "
    "fetches it, because the instruction that turns the MMU on is fetched at one address before and after. "
    "That virtual page is already a runtime address of something else, so one table cannot serve both. "
    "Choose another image.virtual_base.",
    "PLAN-006": "A virtual address was converted that is not in the kernel's linear map of the image's "
    "memory, or a device mapping was asked for inside it. create_hyp_mappings and virt_to_phys take linear "
    "addresses, create_hyp_io_mappings takes addresses outside them.",
    "PLAN-007": "A range to map is empty, goes backwards, ends above 4 GiB, or its virtual and physical "
    "address differ within the page: translation keeps the low 12 bits of an address.",
    "PLAN-008": "The translation tables need more pages than the layout gives them.",
    "PLAN-009": "The UART is needed before any MMU is on, so its registers must lie below 4 GiB.",
    "PLAN-010": "The registry of HVC numbers (templates/hvc.yaml) has a missing, unknown or malformed entry. "
    "An immediate is a number from 0 to 0xffff.",
    "STY-001": "No init style has this name, or the directory of this path holds no style.yaml, which "
    "docs/styles.md describes.",
    "STY-002": "A style.yaml has a missing, unknown or malformed entry. It says what of the style the plan "
    "must know: title and identity.",
    "SCN-001": "No scenario of this name is in templates/scenarios. `hypgen verify --list` lists them.",
    "SCN-002": "A row in templates/scenarios has a missing, unknown or malformed entry. docs/scenarios.md "
    "describes the keys.",
    "SCN-003": "The scenario needs something that this board does not have, so there is no image of it for "
    "this board. `hypgen verify --list --board` says which scenarios a board cannot run, and why.",
    "PLAN-011": "Two HVC interfaces share an immediate, or ours is one that other software in the field "
    "uses. A handler tells calls apart by the immediate alone, so each must be unique.",
}
