@ What may be written is never executed: HSCTLR.WXN, then SCTLR.WXN and UWXN of a guest with the
@ long-descriptor format, over pages of every AP, XN and PXN; at the end with stage 2 read-only.
    .include "common.inc"
    .global _start, on_svc
    .text
    .equ PAGES, 0x40600000
    .equ TARGET, 0x100                  @ of each page: MOV PC, R7

_start:
    park_others
    set sp, 0x40380000
    set r0, code_level3
    set r1, 0x402007c3                  @ read-only at all levels
    mov r2, #128
    bl pages
    sub r1, r1, #0x80                   @ stacks, tables
    set r2, 384
    bl pages
    set r4, 0xe1a0f007
    set r5, PAGES
    set r8, pl1_level3
    mov r9, #0
1:  str r4, [r5, #TARGET]
    set r1, 0x703
    orr r1, r1, r5
    and r2, r9, #3                      @ AP[2:1]
    orr r1, r1, r2, lsl #6
    lsr r2, r9, #2                      @ PXN, XN
    lsl r2, r2, #21
    stmia r8!, {r1, r2}
    add r5, r5, #0x1000
    add r9, r9, #1
    cmp r9, #16
    bne 1b
    set r8, hyp_level3
    set r5, PAGES
    mov r9, #0
2:  set r1, 0x743
    orr r1, r1, r5
    and r2, r9, #1                      @ AP[2]
    orr r1, r1, r2, lsl #7
    lsr r2, r9, #1                      @ XN
    lsl r2, r2, #22
    stmia r8!, {r1, r2}
    add r5, r5, #0x1000
    add r9, r9, #1
    cmp r9, #4
    bne 2b

    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    set r0, 0x000004ff
    mcr p15, 4, r0, c10, c2, 0          @ HMAIR0
    mov r1, #0
    set r0, hyp_level1
    mcrr p15, 4, r0, r1, c2             @ HTTBR
    set r0, 0x80800000
    mcr p15, 4, r0, c2, c0, 2           @ HTCR

    .macro fetch page:req
    set r5, (PAGES + 0x1000 * \page + TARGET)
    titled " page \page", bx r5
    .endm
    .macro in_hyp hsctlr:req
    set r0, \hsctlr
    mcr p15, 4, r0, c1, c0, 0
    isb
    mcr p15, 4, r0, c8, c7, 0           @ TLBIALLH
    dsb
    isb
    say "\hsctlr\n"
    .irp page, 0, 1, 2, 3
    fetch \page
    .endr
    .endm
    in_hyp 0x30c51879
    in_hyp 0x30cd1879                   @ WXN

    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0           @ HCR
    mcr p15, 4, r0, c1, c1, 1           @ HDCR
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r0, c1, c1, 3           @ HSTR
    mov r1, #0x00010000
    set r0, stage2_level1
    mcrr p15, 6, r0, r1, c2             @ VTTBR
    set r0, 0x80000040
    mcr p15, 4, r0, c2, c1, 2           @ VTCR
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, 0x000004ff
    mcr p15, 0, r0, c10, c2, 0          @ MAIR0
    mov r1, #0
    set r0, pl1_level1
    mcrr p15, 0, r0, r1, c2             @ TTBR0
    mov r0, #1 << 31
    mcr p15, 0, r0, c2, c0, 2           @ TTBCR.EAE
    set r0, 0x00c51879
    mcr p15, 0, r0, c1, c0, 0
    mcr p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
    dsb
    set r0, 0x40378000
    msr sp_svc, r0
    set r0, 0x40370000
    msr sp_abt, r0
    set r0, 0x40368000
    msr sp_usr, r0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, guest
    msr elr_hyp, r0
    eret

    .macro all_pages
    .irp page, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    fetch \page
    .endr
    .endm
everywhere:                             @ at PL1, and in User mode
    push {lr}
    say "pl1\n"
    all_pages
    say "user\n"
    cps #SYS
    cps #USR
    all_pages
    attempt svc 0
    pop {pc}

    .macro in_guest sctlr:req
    set r0, \sctlr
    mcr p15, 0, r0, c1, c0, 0
    isb
    mcr p15, 0, r0, c8, c7, 0           @ TLBIALL
    dsb
    isb
    say "\sctlr "
    bl everywhere
    .endm
guest:
    in_guest 0x00c51879
    in_guest 0x00cd1879                 @ WXN
    in_guest 0x00d51879                 @ UWXN
    in_guest 0x00dd1879
    attempt hvc 0                      @ has stage 2 on, with the pages read-only there
    say "stage 2 "
    bl everywhere
    set r5, (PAGES + 0x1000)
    titled "store", str r4, [r5]
    mov r4, #THE_END
    attempt hvc 0

on_svc:
    mov pc, r7                          @ from User mode to Supervisor mode

    .global on_hyp_trap
on_hyp_trap:
    push {r0-r3, r12, lr}
    mrc p15, 4, r0, c5, c2, 0
    show "hsr", r0
    cmp r4, #THE_END
    beq finish
    mov r1, #1
    mcr p15, 4, r1, c1, c1, 0           @ HCR.VM
    isb
    mcr p15, 4, r1, c8, c7, 4
    dsb
    isb
    lsr r0, r0, #26
    cmp r0, #0x12
    msrne elr_hyp, r7
    pop {r0-r3, r12, lr}
    eret

@ Fills a table at r0 with so many (r2) pages from r1 on, attributes included.
pages:
    mov r3, #0
1:  str r1, [r0], #4
    str r3, [r0], #4
    add r1, r1, #0x1000
    subs r2, r2, #1
    bne 1b
    bx lr

    .data
    .balign 4096
code_level3: .space 4096
pl1_level3: .space 4096
hyp_level3: .space 4096
pl1_level2: .word 0, 0, (code_level3 + 3), 0, 0, 0, (pl1_level3 + 3), 0
    .org pl1_level2 + 4096
hyp_level2: .word 0, 0, (code_level3 + 3), 0, 0, 0, (hyp_level3 + 3), 0
    .org hyp_level2 + 4096
stage2_level2: .word 0, 0, 0x402007fd, 0, 0, 0, 0x4060077d, 0
    .org stage2_level2 + 4096
    .balign 32
pl1_level1: .word 0x00000645, 0x00400000, (pl1_level2 + 3), 0, 0, 0, 0, 0
hyp_level1: .word 0x00000645, 0x00400000, (hyp_level2 + 3), 0, 0, 0, 0, 0
stage2_level1: .word 0x000007c5, 0x00400000, (stage2_level2 + 3), 0, 0, 0, 0, 0
