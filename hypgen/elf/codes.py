"""What each ELF diagnostic means, why it is wrong, and what to do."""

from __future__ import annotations

CODES: dict[str, str] = {
    "ELF-001": "The file is not a 32-bit ELF file for Arm of the kind that is needed here: "
    "an object (ET_REL) to link, or an executable (ET_EXEC) to look at or run. Look at it with "
    "`readelf -h`; an archive, a linker script or an AArch64 file gives this message.",
    "ELF-002": "The file says of itself that something lies where it does not: a table or section beyond "
    "the end of the file, a name beyond its string table, a symbol or relocation that refers to what is "
    "not there. The file is cut off or damaged; make it again.",
    "ELF-003": "hypgen reads every ELF file twice, by two readers that share no code, and goes on only if "
    "both found the same. They did not, so at least one would misread the file. Make the file again with "
    "GNU or LLVM tools; if readelf takes it without a warning, report the file.",
    "ELF-004": "The file is a sound ELF file that uses something hypgen does not link: RELA relocations, "
    "more than 65,279 sections, thread-local storage, or no section headers. The message names it. Other "
    "compiler options avoid it.",
    "ELF-005": "The file begins as a static library (.a) and then contradicts itself: a member or its name "
    "lies beyond the end, or the symbol table names what is not there. Make it again with `ar rcs`.",
    "ELF-006": "A thin archive holds the names of object files and not the files. Make it again without the "
    "letter T, or name the objects themselves.",
    "ELF-900": "The file that hypgen wrote, read back, is not what it meant to write. This is an error in "
    "hypgen or in the library that it writes with, never in your input; nothing was written. Report it.",
}
