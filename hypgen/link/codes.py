"""What each linker diagnostic means, why it is wrong, and what to do."""

from __future__ import annotations

CODES: dict[str, str] = {
    "LINK-001": "A name is used and no unit defines it as a global symbol; every place of use is listed. "
    "Define it and declare it `.global`, correct the name, or declare it `.weak` where it is used: then its "
    "address is 0 and a branch to it does nothing.",
    "LINK-002": "Two units, or a unit and the layout, define the same global symbol, so that a reference "
    "could mean either; every place is listed. Rename one, make it local, or declare it `.weak` to let the "
    "other one win.",
    "LINK-003": "The distance or value does not fit into the bits that the instruction or datum has for it. "
    "An A32 branch reaches 32 MiB either way. Load the address into a register (`ldr rX, =target`, then "
    "`bx rX`), or place the two sections closer together.",
    "LINK-004": "The target of a branch is not at a multiple of the instruction size, so the branch would go "
    "elsewhere. Align the target (`.balign 4`); a Thumb function must be declared `.thumb_func`.",
    "LINK-005": "The parts of a section add up to more than the plan reserved for it. Section addresses are "
    "fixed before sizes are known, so the section would run into its neighbour. Raise the budget, or move "
    "something to another section; the parts are listed.",
    "LINK-006": "A loaded section has a name that the layout does not know. A section goes to the place of "
    "its own name, or of the longest dotted beginning of it (`.text.boot` to `.text`). Use a name that the "
    "layout places, or add a place.",
    "LINK-007": "The layout contradicts itself: two places overlap, have the same name, or one ends beyond "
    "32-bit addresses. Virtual and load addresses are checked each for themselves.",
    "LINK-008": "A writable section was put where memory is not writable, or code where it is not "
    "executable: a store would take a permission fault, or the code would not run. Correct the flags of "
    'the section directive ("aw", "ax"), or put the section elsewhere.',
    "LINK-009": "The object asks for a relocation type that hypgen does not apply: those of "
    "position-independent code, of thread-local storage and of literal groups are not. Compile without "
    "-fpic, and write addresses as `.word`, or MOVW and MOVT.",
    "LINK-010": "The branch cannot change between A32 and T32 code, and no veneer can help: only 32-bit "
    "branches and calls to functions (`.type name, %function`) get one. Load the address into a register and "
    "use BX, or call with an unconditional BL, which the linker turns into BLX.",
    "LINK-011": "The symbol where execution begins is not a global symbol of any unit, so the image would "
    "have no entry. Define it and declare it `.global`.",
    "LINK-013": "A section asks for an alignment that its place does not have. Both addresses count: page "
    "tables and vectors are found by their load (physical) address, code by its virtual one.",
    "LINK-014": "A relocation patches bytes that its section does not have, so the object is damaged, or "
    "the section is NOBITS. Make the object again.",
    "LINK-015": "The flat binary would consist mostly of a hole between two sections that are far apart in "
    "memory. Place them closer together, or use the ELF or Intel HEX file, which name addresses.",
    "LINK-016": "Two units were compiled for processors or calling conventions that exclude each other: an "
    "application profile and a microcontroller, or floating-point arguments in VFP registers and in core "
    "registers. Their .ARM.attributes sections say so; `readelf -A` shows them. Compile both alike.",
    "LINK-017": "The layout file has something else than a layout in this place: a key that there is not, "
    "one that is missing, or a value of another kind. `hypgen schema layout` prints what is expected.",
    "LINK-018": "The file to write is also one to read, and would be lost. Give another name with -o or "
    "--map.",
    "LINK-019": "Objects with big-endian and with little-endian data cannot be in one image: each would read "
    "the other's wrong. A BE8 image has big-endian data throughout; only its instructions are little-endian.",
    "LINK-900": "The linker contradicted itself: a section changed its size after the layout was fixed. "
    "This is an error in hypgen, not in your input. Report it.",
}
