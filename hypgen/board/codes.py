"""What each diagnostic code of board files means."""

CODES = {
    "BOARD-001": "A key that every board must have is missing. `hypgen schema board` describes all keys; a "
    "shipped board file is the quickest start for a new one.",
    "BOARD-002": "The key is not one that a board file has here, so its value would have no effect. It is "
    "misspelt, or stands in the wrong block (check the indentation).",
    "BOARD-003": "The value is of the wrong kind, or not one of those that are allowed. Note that version "
    'numbers are texts: write "0.2" or 0.2, not 2.',
    "BOARD-004": "The value is not a number. Numbers are decimal (4096), hexadecimal (0x1000), binary or "
    "octal (0b1, 0o17), with _ between digits where it helps (0x8_0000_0000); sizes and "
    "offsets may have a unit: 64KiB, 2MiB, 2GiB. A decimal with leading zeros is refused, as "
    "YAML versions read it differently.",
    "BOARD-005": "The number is outside what the architecture or the device allows: physical addresses "
    "have 40 bits (DDI 0406C B3.6), virtual addresses and those used with the MMU off have "
    "32, a private peripheral interrupt is 0 to 15 (interrupt ID 16 to 31, IHI 0048B 2.2.1).",
    "BOARD-006": "A value written as {value: ..., confidence: ..., reason: ..., source: ...} has a wrong "
    "note. confidence is documented, measured or assumed; what is assumed needs a reason, "
    "because findings that follow only from an assumed value repeat it.",
    "BOARD-007": "Two things are at the same address. Both ranges and what they share are named. A region "
    "may lie inside a larger region, and devices may lie inside regions; everything else must "
    "be apart.",
    "BOARD-008": "The address or size is not a multiple of what it must be: pages of 4 KiB for memory, GIC "
    "blocks and the image (the only granule that ARMv7-A maps, DDI 0406C B3.6), the access "
    "width for a UART.",
    "BOARD-009": "The range ends above what can address it: 4 GiB for what is used with the MMU off (the "
    "alias, the console), because such a CPU issues 32-bit addresses; 40 bits for everything "
    "else.",
    "BOARD-010": "The alias window is larger than the memory that it shows.",
    "BOARD-011": "The image does not lie in the memory that the file names for it, or not within the "
    "32-bit virtual addresses.",
    "BOARD-012": "The CPUs cannot be numbered: there are none, a cluster is described twice, or there are "
    "more than the eight that a GICv2 serves (IHI 0048B 1.1).",
    "BOARD-013": "Two things that must differ are the same: names of memory regions, interrupts, or "
    "function identifiers.",
    "BOARD-014": "The value refers to something that the file or hypgen does not have: a memory region, a "
    "core model, the description of the start method.",
    "BOARD-015": "A device's registers do not fit into the block of the size given: those of the UART, or "
    "those of a GICv2's CPU interface, the last of which, GICC_DIR, is in its second page (IHI 0048B, 4.4).",
    "BOARD-016": "A board is named after its file, and the name becomes part of file names and symbols: it "
    "starts with a letter or digit and has letters, digits, '.', '_' and '-'.",
    "BOARD-017": "The state in which firmware hands over contradicts itself. With the Hyp MMU on the CPU "
    "translates its first fetch already: firmware is in Hyp mode then, and what the TLB holds is what its "
    "own, live tables say.",
}
