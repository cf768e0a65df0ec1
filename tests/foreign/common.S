@ What the images have in common: printing, vectors that print what is taken, and the end.
    .include "common.inc"
    .text
    .type print_inline, %function       @ calls from T32 change the state
    .type print_hex, %function
    .type print_cpu, %function
    .type flat_map, %function
    .global print_inline, print_hex, print_cpu, flat_map, finish, park, pl1_vectors, hyp_vectors, hyp_return

@ Prints the string that follows the call, from A32 or T32. Changes r0 and r1.
print_inline:
    push {r2}
    and r2, lr, #1
    bic lr, lr, #1
    set r1, UART
1:  ldrb r0, [lr], #1
    cmp r0, #0
    strbne r0, [r1]
    bne 1b
    add lr, lr, #3
    bic lr, lr, #3
    orr lr, lr, r2
    pop {r2}
    bx lr

@ Prints r0 as eight digits. Changes r0 to r3.
print_hex:
    set r1, UART
    mov r2, #28
1:  lsr r3, r0, r2
    and r3, r3, #15
    cmp r3, #10
    addlo r3, r3, #'0'
    addhs r3, r3, #'a' - 10
    strb r3, [r1]
    subs r2, r2, #4
    bpl 1b
    bx lr

@ Prints "cpuN ". Changes r0 and r1.
print_cpu:
    push {lr}
    bl print_inline
    .asciz "cpu"
    .balign 4
    mrc p15, 0, r0, c0, c0, 5
    and r0, r0, #7
    add r0, r0, #'0'
    set r1, UART
    strb r0, [r1]
    bl print_inline
    .asciz " "
    .balign 4
    pop {pc}

@ The end, in any privileged mode: semihosting's SYS_EXIT with ADP_Stopped_ApplicationExit.
finish:
    say "end\n"
    mov r0, #0x18
    set r1, 0x20026
    .inst 0xe10f0070                    @ HLT #0xf000
    b .

@ Turns the MMU on at PL1, everything one to one: without it memory is Strongly-ordered, and unaligned
@ accesses fault. Changes r0 and r1.
flat_map:
    set r0, 0x000004ff
    mcr p15, 0, r0, c10, c2, 0          @ MAIR0: 0 Normal, 1 Device
    set r0, flat_table
    mov r1, #0
    mcrr p15, 0, r0, r1, c2             @ TTBR0
    mov r0, #1 << 31
    mcr p15, 0, r0, c2, c0, 2           @ TTBCR.EAE
    mcr p15, 0, r0, c8, c7, 0           @ TLBIALL
    dsb
    isb
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1
    mcr p15, 0, r0, c1, c0, 0
    isb
    bx lr

    .data
    .balign 32
flat_table:
    .word 0x00000645, 0, 0x40000741, 0, 0, 0, 0, 0
    .text

park:
    wfi
    b park

@ -- PL1 and Monitor mode: an image overrides a handler by defining its name --------------------------
    .weak on_reset, on_undef, on_svc, on_pabt, on_dabt, on_irq, on_fiq
    .balign 32
pl1_vectors:
    b on_reset
    b on_undef
    b on_svc
    b on_pabt
    b on_dabt
    b on_reset
    b on_irq
    b on_fiq

    .macro taken name:req
    push {r0-r3, r12, lr}
    say " \name"
    mrs r2, cpsr
    show "cpsr", r2
    mrs r2, spsr
    show "spsr", r2
    ldr r2, [sp, #20]
    sub r2, r2, r6
    show "lr-at", r2
    .endm

    .macro go_on
    pop {r0-r3, r12, lr}
    movs pc, r7
    .endm

on_reset:
    taken "reset"
    b finish
on_undef:
    taken "undefined"
    go_on
on_svc:
    cmp r4, #THE_END
    beq finish
    taken "svc"
    go_on
on_pabt:
    taken "prefetch abort"
    mrc p15, 0, r0, c5, c0, 1
    tst r0, #1 << 9                     @ the short format has no domain here, but QEMU does
    biceq r0, r0, #0xf0
    show "ifsr", r0
    bic r0, r0, #1 << 9
    cmp r0, #2                          @ a debug event leaves IFAR UNKNOWN; 0x22 in the long format
    cmpne r0, #0x22
    beq 1f
    show_cp15 "ifar", 0, c6, c0, 2
1:  go_on
on_dabt:
    taken "data abort"
    show_cp15 "dfsr", 0, c5, c0, 0
    show_cp15 "dfar", 0, c6, c0, 0
    go_on
on_irq:
    taken "irq"
    go_on
on_fiq:
    taken "fiq"
    go_on

@ -- Hyp mode: every entry prints HSR; a call returns to its caller, all else goes on at r7 ------------
    .weak on_hyp_undef, on_hyp_svc, on_hyp_pabt, on_hyp_dabt, on_hyp_trap, on_hyp_irq, on_hyp_fiq
    .balign 32
hyp_vectors:
    b on_reset
    b on_hyp_undef
    b on_hyp_svc
    b on_hyp_pabt
    b on_hyp_dabt
    b on_hyp_trap
    b on_hyp_irq
    b on_hyp_fiq

    .macro taken_to_hyp name:req
    push {r0-r3, r12, lr}
    say " hyp \name"
    mrs r2, cpsr
    show "cpsr", r2
    mrs r2, spsr
    show "spsr", r2
    mrs r2, elr_hyp
    sub r2, r2, r6
    show "elr-at", r2
    show_cp15 "hsr", 4, c5, c2, 0
    .endm

on_hyp_undef:
    taken_to_hyp "undefined"
    b hyp_go_on
on_hyp_svc:
    taken_to_hyp "call from hyp"
    b hyp_return
on_hyp_pabt:
    taken_to_hyp "prefetch abort"
    show_cp15 "hifar", 4, c6, c0, 2
    b hyp_go_on
on_hyp_dabt:
    taken_to_hyp "data abort"
    show_cp15 "hdfar", 4, c6, c0, 0
    b hyp_go_on
on_hyp_irq:
    taken_to_hyp "irq"
    b hyp_return
on_hyp_fiq:
    taken_to_hyp "fiq"
    b hyp_return
on_hyp_trap:
    taken_to_hyp "trap"
    mrc p15, 4, r0, c5, c2, 0
    lsr r0, r0, #26
    cmp r0, #0x12
    beq hyp_return                      @ HVC
    cmp r0, #0x20
    beq 1f
    cmp r0, #0x24
    bne hyp_go_on
    show_cp15 "hdfar", 4, c6, c0, 0
    show_cp15 "hpfar", 4, c6, c0, 4
    b hyp_go_on
1:  show_cp15 "hifar", 4, c6, c0, 2
    show_cp15 "hpfar", 4, c6, c0, 4
hyp_go_on:
    msr elr_hyp, r7
hyp_return:
    pop {r0-r3, r12, lr}
    eret
