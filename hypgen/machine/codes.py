"""What each diagnostic code of the machine means."""

CODES = {
    "RUN-001": "The image used something that the hardware has and this machine does not model: a device, a "
    "register of one, an access of a width that the device's registers do not have, or a firmware "
    "call. The machine stops there and says so, because going on would be a guess. Nothing is wrong "
    "with the image that is known; what it does from there on has not been shown.",
    "RUN-002": "The board names a CPU model whose identification registers hypgen does not know, so it "
    "cannot say what MIDR, CTR or CLIDR read. Choose a known model with the same extensions in the "
    "board file, or add the model's values to hypgen/arch/cores.py from its Technical Reference "
    "Manual.",
    "RUN-003": "The ELF file is well formed but cannot be run as an image: it is no executable (ET_EXEC), "
    "has no loadable segment, its segments overlap at their load addresses (p_paddr), or they need "
    "more memory than any image does. Look at it with `readelf -lW`; link it with a base address of "
    "this board.",
    "RUN-004": "A segment of the image has a load address (p_paddr) where this board has no memory. The "
    "usual causes are an image for another board, and p_paddr left at the virtual address: link with "
    "load addresses (AT() in a GNU ld script). On a board whose memory lies above 4 GiB the load address "
    "is in the low alias.",
    "RUN-005": "The file given as --dtb is no flattened device tree blob, or the RAM that the image is in "
    "has no room for it beside the image. A blob begins with the bytes d0 0d fe ed; dtc makes one of a "
    "source.",
    "RUN-006": "An address, an entry or a place to stop that was given to `hypgen run` is neither a number "
    "that fits nor a symbol of the image, or contradicts the image. Numbers are decimal, or hexadecimal with "
    "0x; symbols are those of the ELF file's symbol table.",
    "RUN-007": "What was given to --set is not REG=VALUE with a register of the CPU and a number that fits. "
    "Registers have their architectural names, in any case: r0, SP_hyp, CPSR, HVBAR, SCTLR_NS, d0. One "
    "that is banked by security state is named with _S or _NS; without, it is the current state's.",
    "RUN-008": "A file that `hypgen run` was told to read or write cannot be read or written.",
    "RUN-009": "The address given to --gdb is not [HOST]:PORT with a port from 0 to 65535, or nothing can "
    "listen there, as when another program does. Port 0 takes any that is free and says which.",
}
