@ Big-endian data with little-endian code: SETEND, SCTLR.EE at exceptions, SPSR.E, words, halfwords,
@ pairs, multiples, exclusives, swaps of bytes, unaligned accesses.
    .include "common.inc"
    .global _start, on_undef
    .text
_start:
    park_others
    stack UND, 1
    stack ABT, 2
    stack SVC, 3
    bl flat_map
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    isb
    mrc p15, 0, r0, c1, c0, 2
    orr r0, r0, #0xf << 20              @ CPACR
    mcr p15, 0, r0, c1, c0, 2
    isb
    mov r0, #1 << 30
    vmsr fpexc, r0
    set r4, data
    setend be
    ldr r5, [r4]
    ldrh r6, [r4]
    ldrsh r7, [r4, #6]
    ldrb r8, [r4]
    mrs r9, cpsr
    setend le
    show "cpsr", r9
    show "word", r5
    show "half", r6
    show "signed", r7
    show "byte", r8
    end_line
    setend be
    ldrd r6, r7, [r4]
    ldmia r4, {r8, r9}
    ldr r10, [r4, #1]
    ldrexd r2, r3, [r4]
    setend le
    show "pair", r6
    show "pair", r7
    show "multiple", r8
    show "multiple", r9
    show "unaligned", r10
    show "exclusive pair", r2
    show "exclusive pair", r3
    end_line
    add r4, r4, #16
    set r5, 0x0a0b0c0d
    mvn r6, r5
    add r7, r6, r5, lsl #4
    setend be
    str r5, [r4]
    strh r5, [r4, #4]
    strd r6, r7, [r4, #8]
    stmia r4, {r5, r6}
    str r6, [r4, #3]
    add r4, r4, #16
    ldrex r2, [r4]
    strex r3, r5, [r4]
    sub r4, r4, #16
    vldr d0, [r4]
    vldr s2, [r4, #4]
    vstr d0, [r4, #24]
    setend le
    .irp offset, 0, 4, 8, 12, 16, 24, 28
    ldr r5, [r4, #\offset]
    show "\offset", r5
    .endr
    end_line
    sub r4, r4, #16
    setend be
    vldr d0, [r4]
    vldr s2, [r4, #4]
    vldmia r4, {d2-d3}
    vld1.16 {d4}, [r4]
    vld1.32 {d5}, [r4]
    setend le
    .irp register, d0, d2, d4, d5
    vmov r5, r6, \register
    show "\register", r5
    show "high", r6
    .endr
    vmov r5, s2
    show "s2", r5
    end_line
    say "exceptions\n"
    mrc p15, 0, r0, c1, c0, 0
    bic r0, r0, #1                      @ with SCTLR.EE the tables would be big-endian, too
    mcr p15, 0, r0, c1, c0, 0
    isb
    setend be
    udf #1                              @ taken with E clear
    setend le
    end_line
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1 << 25                @ SCTLR.EE
    mcr p15, 0, r0, c1, c0, 0
    isb
    udf #2                              @ taken with E set, from little-endian
    end_line
    setend be
    udf #3
    setend le
    end_line
    b finish

    @ prints the endianness it has; the stack is written and read in the same one
on_undef:
    push {r0-r3, r12, lr}
    mrs r2, cpsr
    ldr r3, =0x01020304                 @ a literal is data
    setend le
    show "cpsr", r2
    show "literal", r3
    mrs r2, spsr
    show "spsr", r2
    mrc p15, 0, r3, c1, c0, 0
    tst r3, #1 << 25
    beq 1f
    setend be
1:  pop {r0-r3, r12, lr}
    movs pc, lr
    .ltorg

    .data
    .balign 8
data:
    .byte 1, 2, 3, 4, 5, 6, 0xf7, 0xf8, 9, 10, 11, 12, 13, 14, 15, 16
    .space 64
