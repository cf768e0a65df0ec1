"""The whole message of each diagnostic, for the smallest source that gives it."""

from __future__ import annotations

import re

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.codes import CODES
from hypgen.asm.directives import NOT_TAKEN
from hypgen.asm.source import AsmSource
from hypgen.errors import InputError, Location
from tests.asm.asm import errors

# fmt: off
MESSAGES = [
    ("movz r0, #1",
     "x.s:1:1: error[ASM-001]: `movz` is not an instruction, directive or macro (did you mean "
     "`mov` or `movw` or `movt`?)"),
    (".bss; .word elsewhere",
     "x.s:1:7: error[ASM-033]: `.word elsewhere`: .bss holds no contents, only space"),
    (".struct 8; .word elsewhere",
     "x.s:1:12: error[ASM-033]: `.word elsewhere`: *ABS* holds no contents, only space"),
    (".cfi_offset r4, -4",
     "x.s:1:1: error[ASM-049]: `.cfi_offset r4, -4`: .cfi_offset is outside of a function "
     "(begin one with .cfi_startproc)"),
    (".cfi_startproc; .cfi_offset r4, -3; .cfi_endproc",
     "x.s:1:17: error[ASM-049]: `.cfi_offset r4, -3`: offset -3 is not a multiple of 4"),
    (".cfi_startproc; .cfi_offset r16, -4; .cfi_endproc",
     "x.s:1:17: error[ASM-049]: `.cfi_offset r16, -4`: `r16` is not a register (r0 to r15, s0 to s31, "
     "d0 to d31, or a DWARF number)"),
    (".cfi_startproc; .cfi_def_cfa sp; .cfi_endproc",
     "x.s:1:17: error[ASM-049]: `.cfi_def_cfa sp`: expected 2 operands, not 1 (write .cfi_def_cfa register, "
     "offset)"),
    (".cfi_startproc; .cfi_restore_state; .cfi_endproc",
     "x.s:1:17: error[ASM-049]: `.cfi_restore_state`: no state was remembered "
     "(put .cfi_remember_state before it)"),
    (".cfi_startproc; .data; .cfi_endproc; .text; .cfi_endproc",
     "x.s:1:24: error[ASM-049]: `.cfi_endproc`: this .cfi_startproc was in .text, this is .data"),
    (".cfi_startproc; .cfi_startproc; .cfi_endproc",
     "x.s:1:17: error[ASM-049]: `.cfi_startproc`: the .cfi_startproc before this has no .cfi_endproc"),
    (".cfi_startproc",
     "x.s:1: error[ASM-049]: this .cfi_startproc has no .cfi_endproc"),
    (".cfi_sections .eh_frame",
     "x.s:1:1: error[ASM-049]: `.cfi_sections .eh_frame`: .eh_frame is not made: on Arm unwinding at "
     "run time is by .ARM.exidx (write .cfi_sections .debug_frame)"),
    (".cfi_personality 0, f",
     "x.s:1:1: error[ASM-001]: `.cfi_personality` is not a directive (did you mean `.personality` or "
     "`.personalityindex`?)"),
    (".thumb\nadd r0, r1\nadd r0, r2",
     "x.s:2:1: error[ASM-051]: `add r0, r1`: `add` is another T32 instruction in the syntax from before UAL "
     "(write .syntax unified at the beginning)"),
    ("andmial r0, r1, r2",
     "x.s:1:1: error[ASM-001]: `andmial` is not an instruction, directive or macro (did you mean "
     "`ldmia` or `and`?)"),
    ("str r0, [pc], #4",
     "x.s:1:1: error[ASM-006]: `str r0, [pc], #4`: `str` cannot write an address back to pc"),
    (".syntax unified\n.thumb\nblx.n x\nx:",
     "x.s:3:1: error[ASM-046]: `blx.n x`: `blx` of a label has no T32 encoding of 16 bits"),
    (".fnend",
     "x.s:1:1: error[ASM-050]: `.fnend`: there is no .fnstart before it"),
    (".fnstart\n.save {d8, d10}\n.fnend",
     "x.s:2:1: error[ASM-003]: `.save {d8, d10}`: `{d8, d10}` are not doubleword registers in a row"),
    (".fnstart\n.save r4\n.fnend",
     "x.s:2:1: error[ASM-050]: `.save r4`: expected registers in braces (write .save {r4, lr})"),
    (".fnstart\n.cantunwind\n.personality f\n.fnend",
     "x.s:3:1: error[ASM-050]: `.personality f`: how the function is unwound has been said already"),
    (".fnstart\n.pad #6\n.fnend",
     "x.s:2:1: error[ASM-050]: `.pad #6`: SP moves by 6 bytes: must be a multiple of 4"),
    (".fnstart\nnop\n.personality 2\n.handlerdata\n.fnend",
     "x.s:4:1: error[ASM-013]: `.handlerdata`: a symbol is expected for the routine, not the number 0x2"),
    (".fnstart",
     "x.s:1: error[ASM-050]: this .fnstart has no .fnend"),
    (".fpu fpv9",
     "x.s:1:1: error[ASM-041]: .fpu fpv9: not known here (known are softvfp, softvfp+vfp, vfp, "
     "vfpv2, vfpv3, vfpv3-d16, vfpv3-fp16, vfpv3-d16-fp16, vfpv3xd, vfpv3xd-fp16, neon, neon-vfpv3, "
     "neon-fp16, vfpv4, vfpv4-d16, neon-vfpv4)"),
    (".eabi_attribute Tag_what, 1",
     "x.s:1:1: error[ASM-041]: `.eabi_attribute Tag_what, 1`: `Tag_what` is not known here (write its "
     "number)"),
    (".eabi_attribute 5, 1",
     "x.s:1:1: error[ASM-041]: `.eabi_attribute 5, 1`: tag 5 cannot have the value 1"),
    (".sectoin .text",
     "x.s:1:1: error[ASM-001]: `.sectoin` is not a directive (did you mean `.section` or "
     "`.subsection`?)"),
    ("adds r0, r1, #1 +",
     "x.s:1:1: error[ASM-002]: `adds r0, r1, #1 +`: expression `1 +`: expected a number, a "
     "symbol or `(`, found its end"),
    (".word (1",
     "x.s:1:1: error[ASM-002]: `.word (1`: expression `(1`: expected `)`, found its end"),
    (".word 1/0",
     "x.s:1:1: error[ASM-002]: `.word 1/0`: `1/0` divides by zero"),
    (".word 09",
     "x.s:1:1: error[ASM-002]: `.word 09`: `09` is not an octal number"),
    (".word 0x10000000000000000",
     "x.s:1:1: error[ASM-002]: `.word 0x10000000000000000`: `0x10000000000000000` does not "
     "fit into 64 bits"),
    ("mov r0",
     "x.s:1:1: error[ASM-003]: `mov r0`: operands do not fit `mov` (write mov rD, rM {, "
     "shift} or rD, #number)"),
    ("add r0, r1, r2, r3, r4",
     "x.s:1:1: error[ASM-003]: `add r0, r1, r2, r3, r4`: operands do not fit `add` (write add "
     "rD, rN, rM {, shift})"),
    ("ldr r0, [r1",
     "x.s:1:1: error[ASM-003]: `ldr r0, [r1`: `[r1`: expected `]` at the end of the address"),
    ("ldr r0, [foo]",
     "x.s:1:1: error[ASM-003]: `ldr r0, [foo]`: `[foo]`: `foo` is not a base register"),
    ("mov r0, #1,",
     "x.s:1:1: error[ASM-003]: `mov r0, #1,`: operands `r0, #1,`: one is empty (is there a "
     "comma too many?)"),
    ("stm r0, {r1-}",
     "x.s:1:1: error[ASM-003]: `stm r0, {r1-}`: `{r1-}`: `r1-` is not a core register or "
     "range of them"),
    ("stm r0, {r3-r1}",
     "x.s:1:1: error[ASM-003]: `stm r0, {r3-r1}`: `{r3-r1}`: the range `r3-r1` runs backwards"),
    ("ldrb r0, =1",
     "x.s:1:1: error[ASM-003]: `ldrb r0, =1`: `=value` needs the form ldr rT, =value"),
    ("bx foo",
     "x.s:1:1: error[ASM-003]: `bx foo`: operands do not fit `bx` (write bx rM)"),
    ("mov r0, #:lower16:x",
     "x.s:1:1: error[ASM-003]: `mov r0, #:lower16:x`: `mov` takes no :lower16: (movw and movt "
     "do)"),
    ("movt r0, #:lower16:x",
     "x.s:1:1: error[ASM-003]: `movt r0, #:lower16:x`: `movt` with :lower16: takes the wrong "
     "half (write :upper16:)"),
    ("vldr d0, =symbol",
     "x.s:1:1: error[ASM-004]: `vldr d0, =symbol`: `symbol` is not a number, and an address has no 64 bits "
     "(load it into a core register)"),
    ("vstr d0, =1",
     "x.s:1:1: error[ASM-003]: `vstr d0, =1`: `vstr` takes no `=value` (VLDR does)"),
    ("vmov.i32 d0, #0x123",
     "x.s:1:1: error[ASM-005]: `vmov.i32 d0, #0x123`: no encoding of `vmov` has the number #291 of 32 bits"),
    ("vadd.f32 s0, s1, x2",
     "x.s:1:1: error[ASM-003]: `vadd.f32 s0, s1, x2`: `x2` is not a register or operand of "
     "VFP or NEON"),
    ("mov r0, #undefined",
     "x.s:1:1: error[ASM-004]: `mov r0, #undefined`: the operand must be a number: "
     "`undefined` is not one (`undefined` is not defined here)"),
    ("mov r0, #lable\nlabel = 1",
     "x.s:1:1: error[ASM-004]: `mov r0, #lable`: the operand must be a number: `lable` is not "
     "one (`lable` is not defined; did you mean `label`?)"),
    (".space later\nlater = 4",
     "x.s:1:1: error[ASM-004]: `.space later`: the size `later` is not known here (`later` is "
     "not defined here)"),
    ("movs r0, #0x101",
     "x.s:1:1: error[ASM-005]: `movs r0, #0x101`: 0x101 is not an immediate of `mov`: 8 bits "
     "rotated right by an even number of bits (put it into a register first, with ldr rX, "
     "=0x101)"),
    ("lsl r0, r1, #33",
     "x.s:1:1: error[ASM-005]: `lsl r0, r1, #33`: shift amount 33: lsl takes 0 to 31"),
    ("ldr r0, [r1, #4096]",
     "x.s:1:1: error[ASM-005]: `ldr r0, [r1, #4096]`: the offset is 4096: must be -4095 to "
     "4095"),
    (".byte 256",
     "x.s:1:1: error[ASM-005]: `.byte 256`: 0x100 does not fit into 1 byte (GNU as cuts it "
     "off)"),
    ("svc #0x1000000",
     "x.s:1:1: error[ASM-005]: `svc #0x1000000`: the number is 16777216: must be 0 to 16777215"),
    ("strd r1, r2, [r3]",
     "x.s:1:1: error[ASM-006]: `strd r1, r2, [r3]`: the first register of `strd` must be even "
     "and not lr"),
    ("mul r0, pc, r1",
     "x.s:1:1: error[ASM-006]: `mul r0, pc, r1`: pc cannot be used here by `mul`"),
    ("dmb ishld",
     "x.s:1:1: error[ASM-006]: `dmb ishld`: `ishld` is not an ARMv7 option of dmb (it is one "
     "of sy, st, ish, ishst, nsh, nshst, osh, oshst, sh, shst, un, unst)"),
    ("msr cpsr_g, r0",
     "x.s:1:1: error[ASM-006]: `msr cpsr_g, r0`: `cpsr_g` is not a status register with "
     "fields c, x, s, f, or a banked one"),
    ("strex r0, r0, [r1]",
     "x.s:1:1: error[ASM-006]: `strex r0, r0, [r1]`: the status register of `strex` must "
     "differ from its other registers"),
    ("mrc2 p10, 0, r0, c1, c0, 0",
     "x.s:1:1: error[ASM-006]: `mrc2 p10, 0, r0, c1, c0, 0`: coprocessor 10 is VFP and Advanced SIMD, "
     "which have no such instruction (write it with .inst, if it is meant to be UNDEFINED)"),
    ("x: nop\nx: nop",
     "x.s:2:4: error[ASM-010]: `x` is already defined at x.s:1 (every label needs its own "
     "name)"),
    ("x = 1\nx: nop",
     "x.s:2:4: error[ASM-010]: `x` is already defined at x.s:1 (every label needs its own "
     "name)"),
    ("b 1b",
     "x.s:1:1: error[ASM-011]: `b 1b`: there is no label 1: before this (did you mean 1f?)"),
    (".set a, b\n.set b, a\n.word a",
     "x.s:2: error[ASM-012]: `a` is defined in terms of itself"),
    (".word a - b",
     "x.s:1:1: error[ASM-013]: `.word a - b`: the datum: `a-b` is not a number and not one "
     "symbol plus a number (`a` is not defined here)"),
    (".quad a",
     "x.s:1:1: error[ASM-014]: `.quad a`: a datum of 8 bytes cannot hold the address of `a`"),
    ("movt r0, #:upper16:x+0x8000",
     "x.s:1:1: error[ASM-014]: `movt r0, #:upper16:x+0x8000`: the number +0x8000 added to the "
     "symbol does not fit into 16 bits (use ldr rX, =)"),
    ("b 8",
     "x.s:1:1: error[ASM-015]: `b 8`: the branch target 0x8 is a number, not a place (write a "
     "label, or .+n)"),
    ("b .+2",
     "x.s:1:1: error[ASM-016]: `b .+2`: branch to `.+2`: the target is not at a multiple of 4 "
     "bytes"),
    ("b .+0x2000008",
     "x.s:1:1: error[ASM-017]: `b .+0x2000008`: branch to `.+33554440`: +0x2000008 bytes "
     "away, reach is -0x1fffff8 to +0x2000004 (load the address into a register and use bx or "
     "blx)"),
    ("ldr r0, nowhere",
     "x.s:1:1: error[ASM-018]: `ldr r0, nowhere`: the address must be in reach of the PC: "
     "`nowhere` is not defined in this source (load the address with ldr rX, =symbol)"),
    ("ldr r0, d\n.data\nd: .word 1",
     "x.s:1:1: error[ASM-018]: `ldr r0, d`: the address `d` is in another section, .data "
     "(load the address with ldr rX, =symbol)"),
    (".weak w\nw: ldr r0, w",
     "x.s:2:4: error[ASM-018]: `ldr r0, w`: the address `w` is weak: another unit may define "
     "it elsewhere"),
    ("adr r0, .+0x1000",
     "x.s:1:1: error[ASM-019]: `adr r0, .+0x1000`: the address is +0xff8 bytes from the PC, "
     "which is not 8 bits rotated by an even number (use adrl, or ldr rX, =symbol)"),
    ("ldr r0, .+0x2000",
     "x.s:1:1: error[ASM-019]: `ldr r0, .+0x2000`: the address is +0x1ff8 bytes from the PC, "
     "reach is -4095 to +4095 (put the data nearer, or a .ltorg in between)"),
    (".macro\n.endm",
     "x.s:1:1: error[ASM-020]: a macro needs a name (write .macro name parameters)"),
    (".macro m a, a\n.endm\nm",
     "x.s:1:1: error[ASM-020]: .macro m: the parameter `a` occurs twice"),
    (".macro m\n.endm\n.macro m\n.endm",
     "x.s:3:1: error[ASM-020]: macro `m` is already defined at x.s:1 (remove one, or .purgem "
     "it)"),
    (".purgem m",
     "x.s:1:1: error[ASM-020]: `m` is not a macro"),
    (".macro m a\nmov \\a, #0\n.endm\nm r0, r1",
     "x.s:4:1: error[ASM-021]: macro `m` takes 1 argument: `r1` is one too many (defined at "
     "x.s:1)"),
    (".macro m a:req\nmov \\a, #0\n.endm\nm",
     "x.s:4:1: error[ASM-021]: macro `m` needs its argument `a` (defined at x.s:1)"),
    (".ifdef\n.endif",
     "x.s:1:1: error[ASM-022]: .ifdef needs a symbol"),
    (".ifc a\n.endif",
     "x.s:1:1: error[ASM-022]: .ifc needs two texts with a comma between"),
    (".endif",
     "x.s:1:1: error[ASM-023]: .endif without .if before it"),
    (".if 1",
     "x.s:1: error[ASM-023]: this .if has no .endif"),
    (".if 1\n.else\n.else\n.endif",
     "x.s:3:1: error[ASM-023]: .else after .else (its .if is at x.s:1)"),
    (".macro m\nnop",
     "x.s:1:1: error[ASM-023]: this .macro has no .endm"),
    (".endm",
     "x.s:1:1: error[ASM-023]: .endm without .macro before it"),
    (".exitm",
     "x.s:1:1: error[ASM-023]: .exitm outside of a macro"),
    (".macro m\nm\n.endm\nm",
     "x.s:2:1: error[ASM-024]: macros or includes nested deeper than 100 (does one call "
     "itself?)\n  x.s:2: note: in macro `m`, called here\n  x.s:2: note: in macro `m`, called "
     "here\n  x.s:2: note: in macro `m`, called here\n  x.s:2: note: in macro `m`, called here\n "
     " x.s:2: note: and 93 more levels like this\n  x.s:2: note: in macro `m`, called here\n  "
     "x.s:4: note: in macro `m`, called here"),
    (".rept 1000000000\nnop\n.endr",
     "x.s:1:1: error[ASM-024]: .rept 1000000000 of 1 lines: too many or negative"),
    ("nop /* open",
     "x.s:1: error[ASM-025]: this /* comment is not closed"),
    ('.include "nothing.inc"\nmov r0, #FROM_THERE',
     "x.s:1:1: error[ASM-026]: file `nothing.inc` is not there (looked in .)"),
    (".incbin nothing",
     "x.s:1:1: error[ASM-026]: `.incbin nothing`: .incbin needs a file name in quotes"),
    (".ascii abc",
     "x.s:1:1: error[ASM-027]: `.ascii abc`: `abc` is not a string in quotes"),
    (".float x",
     "x.s:1:1: error[ASM-027]: `.float x`: `x` is not a floating-point number"),
    ("nop\n.org 2",
     "x.s:2: error[ASM-031]: .org 0x2 in .text: the section is already at offset 0x4 (the "
     "location counter only moves forward)"),
    ('.section .text,"aw"\nnop\n.section .text,"ax"',
     'x.s:3:1: error[ASM-032]: `.section .text,"ax"`: section .text had other flags before '
     "(state the flags once, or the same ones)"),
    (".bss\n.word 1",
     "x.s:2:1: error[ASM-033]: `.word 1`: .bss holds no contents, only space"),
    (".byte 1\nnop",
     "x.s:2:1: error[ASM-034]: `nop`: the instruction is not at a multiple of 4 bytes: offset "
     "0x1 (put .balign 4 before it)"),
    (".align 20",
     "x.s:1:1: error[ASM-035]: `.align 20`: alignment to 2^20 bytes: must be 2^0 to 2^15"),
    (".balign 3",
     "x.s:1:1: error[ASM-035]: `.balign 3`: alignment to 3 bytes: must be a power of two, at "
     "most 32768"),
    (".section",
     "x.s:1:1: error[ASM-036]: `.section`: a section needs a name"),
    ('.section .x,"q"',
     'x.s:1:1: error[ASM-036]: `.section .x,"q"`: the flag `q` is not known (known are a w x '
     "M S G T o R y e)"),
    ('.section .x,"a",%huh',
     'x.s:1:1: error[ASM-036]: `.section .x,"a",%huh`: `%huh` is not a type (known are '
     "%progbits, %nobits, %note, %init_array, %fini_array, %preinit_array)"),
    (".popsection",
     "x.s:1:1: error[ASM-037]: .popsection without .pushsection before it"),
    (".previous",
     "x.s:1:1: error[ASM-037]: .previous without a section before this one"),
    (".global 1x",
     "x.s:1:1: error[ASM-038]: `.global 1x`: `1x` is not a symbol"),
    (".type x",
     "x.s:1:1: error[ASM-038]: `.type x`: expected a symbol and a type (write .type name, "
     "%function or %object)"),
    (".size x",
     "x.s:1:1: error[ASM-038]: `.size x`: expected a symbol and a size (write .size name, . - "
     "name)"),
    (".code 64",
     "x.s:1:1: error[ASM-040]: .code 64: must be 16 or 32"),
    (".thumb\n.inst 0xf000",
     "x.s:2:1: error[ASM-040]: `.inst 0xf000`: 0xf000 is not a T32 instruction (the first halfword of one "
     "of 32 bits is 0xe800 or more, and stands in the upper half)"),
    (".inst.n 1",
     "x.s:1:1: error[ASM-040]: `.inst.n 1`: .inst.n and .inst.w are T32 only (write .inst in "
     "A32 code)"),
    (".arch armv8-a",
     "x.s:1:1: error[ASM-041]: .arch armv8-a: not known here (known are armv4, armv4t, "
     "armv5t, armv5te, armv6, armv6k, armv6z, armv6kz, armv6t2, armv7, armv7-a, armv7ve)"),
    (".syntax intel",
     "x.s:1:1: error[ASM-041]: .syntax intel: must be unified or divided"),
    ('.error "stop here"',
     "x.s:1:1: error[ASM-042]: stop here"),
    (".err",
     "x.s:1:1: error[ASM-042]: .err in the source"),
    ("foo .req bar",
     "x.s:1:1: error[ASM-043]: foo .req bar: `bar` is not a register"),
    ("r0 .req r1",
     "x.s:1:1: error[ASM-043]: r0 .req r1: `r0` is a register itself"),
    (".thumb\nrsc r0, r1, r2",
     "x.s:2:1: error[ASM-001]: `rsc` is not a T32 instruction, directive or macro (did you mean "
     "`svc` or `stc` or `smc`?)"),
    (".thumb\nadd.n r0, r1, #1",
     "x.s:2:1: error[ASM-046]: `add.n r0, r1, #1`: `add` has no T32 encoding of 16 bits for these operands "
     "(the manual has `ADD{S}<c> <Rd>, <Rn>, <Rm>` and `ADD{S}<c> <Rd>, <Rn>, #<const>` and "
     "`ADD{S}<c> <Rdn>, #<const>`)"),
    (".thumb\naddeq r0, r1",
     "x.s:2:1: error[ASM-047]: `addeq r0, r1`: it is conditional outside of an IT block (put `it eq` before "
     "it)"),
    (".thumb\nit eq\naddne r0, r1",
     "x.s:3:1: error[ASM-047]: `addne r0, r1`: its IT block wants the condition eq here"),
    (".thumb\nitt eq\nbeq x\nnopeq\nx:",
     "x.s:3:1: error[ASM-047]: `beq x`: `b` must be the last instruction of its IT block"),
    (".thumb\nitt eq\nnopeq",
     "x.s:3: error[ASM-047]: the code ends inside of an IT block: expected 1 more instruction"),
    (".unreq foo",
     "x.s:1:1: error[ASM-043]: .unreq foo: no such alias"),
]
# fmt: on


@pytest.mark.parametrize(("source", "message"), MESSAGES, ids=[source for source, _ in MESSAGES])
def test_the_message_is(source, message):
    assert "\n".join(errors(source)) == message


def test_every_code_that_a_source_can_cause_has_its_message_here():
    shown = {code for _, message in MESSAGES for code in re.findall(r"\[(ASM-\d+)\]", message)}
    from_elsewhere = {
        "ASM-007",  # the encoder refuses what passed every check: tests/asm/test_keystone.py
        "ASM-008",  # the encoder lies: tests/asm/test_keystone.py
        "ASM-044",  # the command line: tests/cli/test_asm.py
        "ASM-045",
        "ASM-048",
        "ASM-052",
    }
    warned_of = {f"ASM-{number}" for number in range(201, 207)}  # tests/asm/test_lint.py
    assert shown | from_elsewhere | warned_of == set(CODES)


def test_every_statement_is_tried_and_errors_come_in_the_order_of_the_source():
    found = errors("ldr r0, nowhere\nbogus\nmov r0, #1\nadd\nb .+2\n.bogus\nmov r1, #0x101, #3")
    assert [int(message.split(":")[1]) for message in found] == [1, 2, 4, 5, 6, 7]


def test_one_mistake_is_one_message():
    assert len(errors(".set size, 1/0\nmov r0, #size\n.word size\nadd r0, r0, #size")) == 1
    assert len(errors("bogus\n.word end - start\nstart: bogus2 r0\nend: b start")) == 2


def test_a_hundred_errors_are_enough():
    assert len(errors("bogus\n" * 500)) == 100


def test_an_error_in_a_macro_names_the_line_in_its_body_and_the_calls_that_led_there():
    (message,) = errors(
        ".macro inner r\nmov \\r, #0x101010\n.endm\n.macro outer\nnop\ninner r0\n.endm\nouter"
    )
    assert message == (
        "x.s:2:1: error[ASM-005]: `mov r0, #0x101010`: 0x101010 is not an immediate of `mov`: 8 bits rotated "
        "right by an even number of bits (put it into a register first, with ldr rX, =0x101010)\n"
        "  x.s:6: note: in macro `inner`, called here\n"
        "  x.s:8: note: in macro `outer`, called here"
    )


def test_an_error_in_an_included_file_names_both_places(tmp_path):
    (tmp_path / "part.inc").write_text("nop\nbogus\n")
    (message,) = errors('.include "part.inc"', include_dirs=(tmp_path,))
    assert message == (
        f"{tmp_path}/part.inc:2:1: error[ASM-001]: `bogus` is not an instruction, directive or macro"
        "\n  x.s:1: note: included here"
    )


def test_a_rendered_line_s_error_is_at_its_place_in_the_template():
    places = [Location("boot.S", 7), None, Location("boot.S", 9)]
    with pytest.raises(InputError) as caught:
        assemble(AsmSource("out/boot.S", "bogus\nbogus\nnop\n", places))
    assert [str(one) for one in caught.value.diagnostics] == [
        "boot.S:7:1: error[ASM-001]: `bogus` is not an instruction, directive or macro",
        "out/boot.S:2:1: error[ASM-001]: `bogus` is not an instruction, directive or macro",
    ]


def test_the_preprocessor_s_line_markers_are_followed():
    (message,) = errors('# 40 "start.S"\nnop\nbogus')
    assert message.startswith("start.S:41:1: ")


def test_lines_are_recorded_at_their_template_s_place():
    places = [Location("boot.S", 7), Location("boot.S", 8)]
    made = assemble(AsmSource("out/boot.S", "nop\nnop\n", places))
    assert made.sections[".text"].lines == [(0, places[0]), (4, places[1])]


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_a_directive_that_is_not_taken_says_what_to_do_instead(name):
    assert errors(f"{name} x") == [
        f"x.s:1:1: error[ASM-001]: `{name}` is a directive of GNU as that is not taken ({NOT_TAKEN[name]})"
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a .req r1\nA .req r5", "2:1: error[ASM-043]: A .req r5: `A` is r1 already (write .unreq A before)"),
        (".byte 1\n.balignw 8, 0x1234",
         "2: error[ASM-035]: the 7 bytes up to the alignment are no multiple of its filling of 2 bytes"),
        (".word x(got)",
         "1:1: error[ASM-014]: `.word x(got)`: `(got)` is no relocation of static code (known are none, "
         "target1, target2, prel31, sbrel)"),
    ],
)  # fmt: skip
def test_the_message_of_a_rarer_directive_is(source, said):
    assert errors(source) == [f"x.s:{said}"]
