@ Thumb-2: interworking both ways, IT blocks of every shape, exceptions taken to T32 vectors inside IT
@ blocks and resumed there, table branches, wide loads and stores.
    .include "common.inc"
    .global _start
    .text
_start:
    park_others
    stack UND, 1
    stack ABT, 2
    stack SVC, 3
    bl flat_map
    set r0, thumb_vectors
    mcr p15, 0, r0, c12, c0, 0
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1 << 30                @ SCTLR.TE: exceptions are taken in T32
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "a32 svc:"
    adr r6, 1f
1:  svc #1
    end_line
    say "a32 undefined:"
    adr r6, 1f
1:  udf #1
    end_line
    blx in_thumb
    say "back in a32\n"
    b finish

double:
    add r0, r0, r0
    bx lr

    .thumb
    .thumb_func
in_thumb:
    push {r4-r11, lr}
    say "t32"
    mov r0, pc
    and r0, r0, #3
    show "pc", r0
    mrs r0, cpsr
    show "cpsr", r0
    movs r0, #21
    blx double
    show "doubled", r0
    end_line

    .macro conditions first:req, second:req
    say "compare \first \second"
    mov r8, #0
    movs r1, #\first
    cmp r1, #\second
    itete eq
    addeq r8, #1
    addne r8, #2
    addeq r8, #4
    addne r8, #8
    ittt mi
    addmi r8, #0x10
    addmi r8, #0x20
    addmi r8, #0x40
    it hi
    addhi r8, #0x80
    itet gt
    addgt r8, r8, #0x100
    addle r8, r8, #0x200
    addgt r8, r8, #0x400
    show "sum", r8
    end_line
    .endm
    conditions 1, 1
    conditions 1, 2
    conditions 200, 2

    say "svc in a block:"
    movs r8, #0
    cmp r8, r8
    itete eq
    svceq #2
    addne r8, #1
    addeq r8, #2
    addne r8, #4
    show "sum", r8
    end_line
    say "undefined in a block:"
    movs r8, #0
    cmp r8, r8
    ittet eq
    addeq r8, #1
    .inst.w 0xf7f0a001                  @ UDF.W #1
    addne r8, #4
    addeq r8, #8
    show "sum", r8
    end_line
    say "abort in a block:"
    set r5, 0x60000000
    cmp r8, r8
    itte eq
    ldreq r8, [r5]
    moveq r8, #7
    movne r8, #9
    show "value", r8
    end_line

    say "table branches:"
    movs r7, #0
1:  tbb [pc, r7]
2:  .byte (3f - 2b) / 2, (4f - 2b) / 2, (5f - 2b) / 2, 0
3:  show "first", r7
    b 6f
4:  show "second", r7
    b 6f
5:  show "third", r7
    b 7f
6:  adds r7, #1
    b 1b
7:  end_line

    say "memory:"
    set r4, 0x40500000
    set r5, 0x81828384
    movs r6, #0
    strd r6, r6, [r4]
    str r5, [r4], #4
    strh.w r5, [r4, #2]!
    ldrsb.w r6, [r4, #-6]
    show "sb", r6
    ldrsh.w r6, [r4]
    show "sh", r6
    ldr.w r6, [r4, #-4]
    show "unaligned", r6
    subs r4, #2                         @ the pairs are at a multiple of 4 again
    strd r5, r6, [r4, #8]
    ldrd r8, r9, [r4, #8]!
    show "pair", r8
    show "pair", r9
    ldmia.w r4, {r1, r2}
    show "multiple", r1
    ldrex r7, [r4]
    strex r6, r7, [r4]
    show "strex", r6
    end_line

    say "arithmetic:"
    mov.w r1, #0xff00ff00
    ubfx r2, r1, #6, #9
    show "ubfx", r2
    sbfx r2, r1, #4, #12
    show "sbfx", r2
    bfi r2, r1, #16, #16
    show "bfi", r2
    rbit r2, r1
    clz r3, r2
    show "rbit", r2
    show "clz", r3
    movs r3, #7
    sdiv r2, r1, r3
    show "sdiv", r2
    udiv r2, r1, r3
    show "udiv", r2
    mls r2, r2, r3, r1
    show "mls", r2
    orn r2, r1, r3, lsl #4
    show "orn", r2
    uxtab16 r2, r1, r2, ror #8
    show "uxtab16", r2
    smull r2, r3, r1, r2
    show "smull", r3
    addw r2, r3, #0xabc
    show "addw", r2
    movs r3, #3
    cbz r3, 1f
    subs r3, #3
    cbnz r3, 1f
    show "cbz", r3
1:  end_line

    movs r0, #4
    adr r1, over_there
    adr.w r2, over_there
    show "same", r1
    bx r1
    .balign 4
over_there:
    .arm
    add r1, pc, #1
    bx r1
    .thumb
    say "over there and back\n"
    pop {r4-r11, pc}

    .balign 32
thumb_vectors:
    b.w .
    b.w t32_undefined
    b.w t32_svc
    b.w .
    b.w t32_abort
    b.w .
    b.w .
    b.w .

    .macro t32_taken name:req
    push {r0-r3, r12, lr}
    say " \name"
    mrs r2, cpsr
    show "cpsr", r2
    mrs r2, spsr
    show "spsr", r2
    .endm

t32_svc:
    t32_taken "svc"
    pop {r0-r3, r12, lr}
    subs pc, lr, #0

t32_undefined:                          @ goes on behind it, with ITSTATE moved on by hand
    t32_taken "undefined"
    mrs r2, spsr
    tst r2, #0x20
    beq 1f
    ubfx r3, r2, #25, #2                @ IT[1:0]
    ubfx r1, r2, #10, #6                @ IT[7:2]
    orr r3, r3, r1, lsl #2
    and r1, r3, #0xe0
    and r3, r3, #0x1f
    lsls r3, r3, #1
    and r3, r3, #0x1f
    tst r3, #0xf
    ite eq
    moveq r3, #0
    orrne r3, r3, r1
    bfi r2, r3, #25, #2
    lsrs r3, r3, #2
    bfi r2, r3, #10, #6
    msr spsr_cxsf, r2
    pop {r0-r3, r12, lr}
    add lr, lr, #2                      @ LR is 2 behind a T32 instruction, this one has 4 bytes
    movs pc, lr
1:  pop {r0-r3, r12, lr}
    movs pc, lr

t32_abort:
    t32_taken "data abort"
    show_cp15 "dfsr", 0, c5, c0, 0
    pop {r0-r3, r12, lr}
    sub lr, lr, #8
    set r5, fixed                       @ the register is not banked: the load succeeds when tried again
    subs pc, lr, #0
    .balign 4
fixed:
    .word 0x600d
