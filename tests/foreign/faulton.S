@ Hyp mode's MMU switched on without an identity map: HVBAR holds the virtual address of a pad of vectors, and
@ the prefetch abort that follows lands there. Then pages are mapped, remapped and unmapped while it runs.
    .include "common.inc"
    .global _start
    .text
    .equ VA, 0x00000000                 @ where Hyp mode sees RAM: 1 GB lower than it is
    .equ LOWER, 0x40000000

_start:
    park_others
    set sp, (0x40380000 - LOWER)        @ for later
    set r0, 0x000004ff
    mcr p15, 4, r0, c10, c2, 0          @ HMAIR0
    set r0, 0x80803500
    mcr p15, 4, r0, c2, c0, 2           @ HTCR
    set r0, level1
    mov r1, #0
    mcrr p15, 4, r0, r1, c2             @ HTTBR
    set r0, pad
    sub r0, r0, #LOWER
    mcr p15, 4, r0, c12, c0, 0          @ HVBAR, virtual
    mcr p15, 4, r0, c8, c7, 0
    dsb
    isb
    set r0, 0x30c51879                  @ M, I; caches stay off
    mcr p15, 4, r0, c1, c0, 0
    isb
    b .                                 @ this is nowhere any more

    .balign 32
pad:
    .rept 8
    b arrived
    .endr
arrived:
    say "on by a fault"
    show_cp15 "hsr", 4, c5, c2, 0
    mrc p15, 4, r2, c6, c0, 2
    adr r3, pad
    add r3, r3, #LOWER
    sub r2, r3, r2
    cmp r2, #64
    movlo r2, #1
    movhs r2, #0
    show "hifar-near", r2
    mrs r2, elr_hyp
    sub r2, r3, r2
    cmp r2, #64
    movlo r2, #1
    movhs r2, #0
    show "elr-near", r2
    mrs r2, cpsr
    show "cpsr", r2
    end_line
    set r0, vectors
    sub r0, r0, #LOWER
    mcr p15, 4, r0, c12, c0, 0
    isb

    @ data through a window of 4 KB pages at 0x30000000
    .macro look text:req, instruction:vararg
    say "\text"
    adr r7, 7771f
    mov r8, #0
    \instruction
7771:
    show "r8", r8
    end_line
    .endm

    .macro entry index:req, low:req, high=0
    set r0, (level3 + 8 * \index)
    sub r0, r0, #LOWER
    set r2, \low
    mov r3, #\high
    strd r2, r3, [r0]
    dsb ish
    .endm

    .macro flush index:req
    set r0, (0x30000000 + 0x1000 * \index)
    mcr p15, 4, r0, c8, c7, 1           @ TLBIMVAH
    dsb ish
    isb
    .endm

    set r5, 0x30000000
    look "unmapped", ldr r8, [r5, #0x10]
    mov r1, #0
    entry 0, 0x40300743
    set r4, (0x40300000 - LOWER)
    set r0, 0x600dda7a
    str r0, [r4, #0x10]
    set r0, 0x0badda7a
    set r4, (0x40301000 - LOWER)
    str r0, [r4, #0x10]
    flush 0
    look "mapped", ldr r8, [r5, #0x10]
    entry 0, 0
    flush 0
    entry 0, 0x40301743
    look "remapped", ldr r8, [r5, #0x10]
    entry 0, 0
    flush 0
    entry 0, 0x403017c3                 @ AP[2]: read-only
    look "read-only", ldr r8, [r5, #0x10]
    look "stored to", str r8, [r5, #0x10]
    entry 0, 0
    flush 0
    entry 0, 0x40301343                 @ AF clear
    flush 0
    look "not accessed yet", ldr r8, [r5, #0x10]
    entry 1, 0x40301743, 0x00400000     @ XN
    add r6, r5, #0x1000
    set r0, 0xe12fff17                  @ bx r7
    set r4, (0x40301000 - LOWER)
    str r0, [r4]
    look "execute never", blx r6
    entry 2, 0x40301743
    add r6, r5, #0x2000
    mov r0, #0
    mcr p15, 0, r0, c7, c5, 0
    dsb
    isb
    look "executed", bx r6
    @ ATS1HR of each
    .macro translate index:req
    set r0, (0x30000000 + 0x1000 * \index + 0x123)
    mcr p15, 4, r0, c7, c8, 0
    isb
    mrrc p15, 0, r2, r3, c7
    bic r2, r2, #0xc00
    say "par"
    show "low", r2
    show "high", r3
    mcr p15, 4, r0, c7, c8, 1
    isb
    mrrc p15, 0, r2, r3, c7
    bic r2, r2, #0xc00
    show "write", r2
    end_line
    .endm
    translate 0
    translate 1
    translate 2
    translate 3
    b finish

    .balign 32
vectors:
    b .
    b fault
    b .
    b fault
    b fault
    b .
    b .
    b .
fault:
    mrc p15, 4, r0, c5, c2, 0
    bfc r0, #16, #10                    @ (QEMU 7.2 has ISV, and IL, at stage 1, too)
    show "hsr", r0
    lsr r0, r0, #26
    cmp r0, #0x21
    bne 1f
    show_cp15 "hifar", 4, c6, c0, 2
    b 2f
1:  show_cp15 "hdfar", 4, c6, c0, 0
2:  msr elr_hyp, r7
    eret

    .data
    .balign 4096
level3:
    .space 4096
level2:
    .rept 384
    .quad 0
    .endr
    .word level3 + 3, 0                 @ 0x30000000
    .space 127 * 8
    .balign 32
level1:
    .word level2_low + 3, 0
    .word 0, 0
    .word 0, 0
    .word 0, 0
    .balign 4096
level2_low:                             @ RAM is at 0, the UART where it is; 0x30000000 is pages
    .rept 72
    .word 0x40000741 + 0x200000 * (. - level2_low) / 8, 0
    .endr
    .word 0x09000645, 0x00400000
    .space (384 - 73) * 8
    .word level3 + 3, 0
    .space 127 * 8
