@ Secure interrupts: the GIC's group 0 as FIQ and group 1 as IRQ, SGIs of nested priorities, the Secure
@ physical timer, and FIQs that go to Monitor mode.
    .include "common.inc"
    .global _start, on_irq, on_fiq
    .text
_start:
    park_others
    stack FIQ, 1
    stack IRQ, 2
    stack UND, 3
    stack MON, 4
    stack SVC, 5
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    mcr p15, 0, r0, c12, c0, 1          @ MVBAR: the handlers are the same
    isb
    set r4, GICD
    set r5, GICC
    mov r0, #0xe                        @ SGIs 1, 2 and 3 in group 1
    str r0, [r4, #0x80]
    set r0, 0x2000ffff
    str r0, [r4, #0x100]                @ the SGIs and PPI 13, interrupt 29
    set r0, 0x406080a0                  @ priorities of SGIs 3, 2, 1, 0
    str r0, [r4, #0x400]
    mov r0, #0x30
    strb r0, [r4, #0x400 + 29]
    mov r0, #0
    str r0, [r5, #8]                    @ BPR
    mov r0, #0xf0
    str r0, [r5, #4]                    @ PMR
    mov r0, #0xf                        @ EnableGrp0, EnableGrp1, AckCtl, FIQEn
    str r0, [r5]
    mov r0, #3
    str r0, [r4]
    cpsie if

    .macro send number:req, group1=0
    set r0, (0x02000000 | (\group1 << 15) | \number)
    str r0, [r4, #0xf00]
    dsb
    isb
    .endm

    say "fiq\n"
    send 0
    say "irq\n"
    send 1, 1
    say "masked by priority\n"
    mov r0, #0x60
    str r0, [r5, #4]
    send 1, 1
    mov r0, #0xf0
    str r0, [r5, #4]
    dsb
    nop
    say "all at once\n"
    cpsid if
    send 0
    send 1, 1
    send 2, 1
    send 3, 1
    mrc p15, 0, r0, c12, c1, 0
    show "isr", r0
    ldr r0, [r5, #0x18]
    show "hppir", r0
    end_line
    cpsie if
    nop
    say "timer\n"
    mov r0, #1000
    mcr p15, 0, r0, c14, c2, 0
    mov r0, #1
    mcr p15, 0, r0, c14, c2, 1
    isb
    mov r8, #0
1:  cmp r7, #29
    bne 1b
    say "fiq to monitor\n"
    mov r0, #4                          @ SCR.FIQ
    mcr p15, 0, r0, c1, c1, 0
    isb
    send 0
    cpsid if
    b finish

    .macro acknowledge name:req
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    mrs r0, spsr
    push {r0, r1}
    ldr r2, [r5, #0xc]                  @ IAR
    say "\name"
    show "iar", r2
    mrs r1, cpsr
    show "cpsr", r1
    ldr r1, [r5, #0x14]
    show "rpr", r1
    end_line
    ubfx r7, r2, #0, #10
    cmp r7, #29
    bne 7700f
    mov r1, #0
    mcr p15, 0, r1, c14, c2, 1
    isb
7700:
    .endm

    .macro complete
    str r2, [r5, #0x10]                 @ EOIR
    dsb
    pop {r0, r1}
    msr spsr_cxsf, r0
    ldm sp!, {r0-r3, r12, pc}^
    .endm

on_irq:
    acknowledge "irq"
    cmp r7, #1                          @ the lowest of the IRQs sends a higher one, and lets it in
    bne 1f
    push {r2, lr}
    say "nested {\n"
    cps #SYS
    set sp, 0x40350000
    send 3, 1
    cpsie i
    nop
    cpsid i
    cps #IRQ
    say "}\n"
    pop {r2, lr}
1:  complete

on_fiq:
    acknowledge "fiq"
    complete
