"""What each assembler diagnostic means, why it is wrong, and what to do."""

from __future__ import annotations

CODES: dict[str, str] = {
    "ASM-001": "A statement begins with a word that is no instruction of ARMv7-A, no directive and no macro "
    "defined so far. Often it is misspelt; the message names the nearest ones. ARMv8 instructions are not "
    "known on purpose: they are UNDEFINED on the processors that hypgen is for.",
    "ASM-002": "An expression cannot be read or computed: a part is missing, a number has wrong digits, or "
    "it divides by zero. Operators rank as in GNU as: `* / % << >>` bind tightest, then `| & ^ !`, then "
    "`+ -`, then comparisons, so that `1<<2+1` is 5.",
    "ASM-003": "The operands do not have a form that the instruction takes: one is missing, one is too many, "
    "or one is of another kind. The message shows the form.",
    "ASM-004": "A number is needed where a symbol stands whose value is not known, or not a number: it is "
    "defined in another unit, or after a directive (.if, .rept, .space, .fill, .org) that needs it at once. "
    "Define it before, or check its spelling.",
    "ASM-005": "A number does not fit: an immediate that the instruction cannot hold, an offset or a shift "
    "out of range, a datum with too many bits. GNU as cuts off some of these silently; here nothing is. "
    "A data-processing immediate is 8 bits rotated right by an even number of bits (DDI 0406C A5.2.4).",
    "ASM-006": "A register cannot stand here: the architecture does not encode it, or the result would be "
    "UNPREDICTABLE and GNU as refuses it too.",
    "ASM-007": "The instruction passed every check of its form, but the encoder refused it. Write the word "
    "itself with .inst; a report of the statement is welcome.",
    "ASM-008": "The encoded word, decoded back, is not the statement. This is an error in hypgen or in the "
    "encoder that it uses, and nothing was written. Write the word itself with .inst, and report this.",
    "ASM-010": "A symbol is defined twice: two labels, a label and an assigned value, or a second .equiv. "
    "Inside of a macro use numeric labels or `\\@` to make names different in each expansion.",
    "ASM-011": "A numeric label like `1b` has no such label before it. `1b` is the nearest `1:` before, `1f` "
    "the nearest after.",
    "ASM-012": "Symbols are assigned in terms of each other, in a circle.",
    "ASM-013": "An expression that the linker would have to compute is more than one symbol plus a number; "
    "AAELF32 relocations cannot say that. A difference is possible between places of one section, or from "
    "a symbol to a place in this section.",
    "ASM-014": "No AAELF32 relocation can hold this: an address in a datum of 8 bytes, or next to :lower16: "
    "or :upper16: a number of more than 16 bits.",
    "ASM-015": "A branch goes to a number instead of a place. GNU as takes it as an absolute address for the "
    "linker, Keystone as a distance; write a label, or `.+n`.",
    "ASM-016": "A branch goes to a place that is not at a multiple of the instruction size.",
    "ASM-017": "A branch goes further than an A32 branch reaches: -0x1fffff8 to +0x2000004 bytes.",
    "ASM-018": "An instruction that addresses relative to the PC needs a target in its own section: a symbol "
    "elsewhere has no fixed distance. Load its address with `ldr rX, =symbol`.",
    "ASM-019": "A target relative to the PC is too far: +-4095 bytes for LDR, STR and byte forms, +-255 for "
    "halfwords, signed bytes and doublewords, +-1020 for coprocessors, and for ADR a distance that is 8 bits "
    "rotated by an even number. Put a .ltorg or the data nearer.",
    "ASM-020": "A macro's definition is wrong: its name, a parameter, a second definition, or .purgem of "
    "something that is no macro.",
    "ASM-021": "A macro is called with too many arguments, or without one that it requires.",
    "ASM-022": "A conditional lacks its operands: .ifdef needs a symbol, .ifc and .ifeqs need two texts.",
    "ASM-023": "A block is not closed, or an end stands without its beginning: .if and .endif, .macro and "
    ".endm, .rept and .endr.",
    "ASM-024": "Macros, includes or repetitions nest too deeply or make too many lines. Usually a macro "
    "calls itself without an .if that ends it.",
    "ASM-025": "A `/*` comment is not closed.",
    "ASM-026": "A file of .include or .incbin is not there, or cannot be read, or is not named in quotes. It "
    "is searched as it is, beside the including file, and in the directories of -I.",
    "ASM-027": "A string or a floating-point number is expected and something else is there.",
    "ASM-031": "An .org goes back, or to a place that is not known: the location counter only moves forward.",
    "ASM-032": "A section that has contents gets other flags than before.",
    "ASM-033": "Contents other than zero are put into a section that holds only space, like .bss.",
    "ASM-034": "An A32 instruction stands at an address that is not a multiple of 4, where no processor can "
    "execute it. GNU as does not notice. Put .balign 4 before it.",
    "ASM-035": "An alignment or a size is not possible: alignments are powers of two. .align counts powers "
    "of two on Arm (`.align 2` is 4 bytes), .balign bytes.",
    "ASM-036": "A .section directive has no name, or flags or a type that are not known.",
    "ASM-037": ".popsection or .previous has nothing to go back to.",
    "ASM-038": "A directive about symbols lacks its symbol, or names something that cannot be one.",
    "ASM-040": ".code takes 16 or 32; and an instruction word given as a number must be one of the "
    "instruction set at that place, with the length that .inst.n or .inst.w says.",
    "ASM-041": ".arch, .cpu, .arch_extension or .syntax names something that is not known. The instruction "
    "set is always that of ARMv7-A with the Virtualization Extensions; these directives are only checked.",
    "ASM-042": "The source itself reports this, with .error, .err, .abort or .warning.",
    "ASM-043": "A .req gives a name to something that is no register, or hides a register; or .unreq names "
    "no alias.",
    "ASM-044": "The value of a -D option is not `SYMBOL=number`; without `=number` the symbol is 1.",
    "ASM-045": "The source cannot be read, or the object would overwrite it.",
    "ASM-046": "The mnemonic is one of T32, but no T32 encoding takes these operands, or none of the length "
    "that .n or .w asks for: an immediate does not fit, a register is not one of r0 to r7, or the "
    "architecture calls the combination UNPREDICTABLE. The message shows forms of the manual.",
    "ASM-047": "An IT block and its instructions do not fit: in T32 a conditional instruction other than B "
    "needs an IT before it, which is never added silently; each instruction of the block must have the "
    "condition that IT announces for it, and a branch must be the last (DDI 0406C A8.8.54).",
    "ASM-048": "The options of `hypgen asm` contradict each other: -o names one file, so that it needs one "
    "source or --flat; --base is the address of --flat, and an unsigned number of 32 bits; a source from "
    "standard input (`-`) needs -o; --allow names a warning.",
    "ASM-049": "A .cfi_ directive says how a debugger finds the caller's registers (DWARF 4, 6.4). It stands "
    "between .cfi_startproc and .cfi_endproc in one section, with the operands that the message shows.",
    "ASM-050": "A directive of the unwind tables (.fnstart to .fnend, and those between) stands where it "
    "cannot, or its operands do not fit (EHABI, IHI 0038).",
    "ASM-051": "In T32 code the syntax from before UAL, which holds until `.syntax unified`, has other "
    "meanings: `add r0, r1` sets the flags there. GNU as encodes that other instruction; here only what "
    "means the same in both is taken. Write `.syntax unified` at the beginning of the source, and `adds` "
    "where the flags are wanted.",
    "ASM-052": "A source is not text: it holds bytes that are zero. It may be UTF-16, which some editors "
    "write, or an object file.",
    "ASM-201": "HVC with a condition other than always is UNPREDICTABLE (DDI 0406C B9.3.4), in an IT block "
    "too. GNU as assembles it.",
    "ASM-202": "SPSR_hyp and SP_hyp by name are accessible in Monitor mode only (DDI 0406C B9.2.3): in Hyp "
    "mode the access is UNPREDICTABLE. There, the SPSR is `spsr` and the stack pointer `sp`. In Monitor code "
    "allow this warning.",
    "ASM-203": "`msr spsr, rN` without fields writes the fields f and c. What a return from an exception "
    "takes from bits <23:8> of the SPSR, A and E among them, is then left over from before. Write "
    "`spsr_cxsf`, or `spsr_fc` if that is what is meant.",
    "ASM-204": "The architecture calls this choice of registers or values UNPREDICTABLE; the message has the "
    "condition and the section of the manual. GNU as assembles it, with a warning for some.",
    "ASM-205": "A literal holds the address at which a symbol is linked. Code that runs before the MMU is on "
    "needs the address at which it is loaded, where the two differ. `adr` is right at both.",
    "ASM-206": "The exception vectors are not in the instruction set that HSCTLR.TE chooses for exceptions "
    "taken to Hyp mode, A32 where it is 0 and T32 where it is 1 (DDI 0406C B4.1, HSCTLR), and would be "
    "executed as that. Put `.arm` or `.thumb` before the vectors, or choose the image's `isa`.",
}

WARNINGS = "ASM-2"
"""How the codes of warnings begin, which a source's author may allow."""
