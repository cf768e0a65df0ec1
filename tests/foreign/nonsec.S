@ All CPUs enter in Secure state, as on a board without firmware: each parks itself, the first prepares the
@ GIC and Monitor mode, wakes the others by SGI, and all go to Hyp mode. This monitor is the PSCI firmware
@ then: CPU_OFF parks a CPU in Secure state again, CPU_ON gives it a place to go.
    .include "common.inc"
    .global _start
    .text
    .equ SCR_NS, 1
    .equ SCR_FIQ, 1 << 2
    .equ SCR_HCE, 1 << 8
    .equ ON, 1
    .equ OFF, 2
    .equ WAKE, 15                       @ the SGI that wakes a parked CPU

    @ r9 := the CPU's number, sp := its stack, r8 := shared
    .macro this_cpu
    mrc p15, 0, r9, c0, c0, 5
    and r9, r9, #7
    set sp, 0x40380000
    sub sp, sp, r9, lsl #12
    set r8, shared
    .endm

_start:
    cps #MON
    this_cpu
    set r0, monitor_vectors
    mcr p15, 0, r0, c12, c0, 1
    isb
    @ each CPU its own banks of the GIC: SGIs and PPIs to group 1, but WAKE
    set r4, GICD
    set r0, 0xffff7fff
    str r0, [r4, #0x80]
    mov r0, #1 << WAKE
    str r0, [r4, #0x100]
    set r5, GICC
    mov r0, #0xff
    str r0, [r5, #4]
    mov r0, #0xb                        @ both groups, group 0 as FIQ
    str r0, [r5]
    set r0, 0x00043fff
    mcr p15, 0, r0, c1, c1, 2           @ NSACR
    cmp r9, #0
    bne parked
    mov r0, #3
    str r0, [r4]                        @ GICD_CTLR: both groups
    add r0, r8, #0x40
    mov r1, #ON
    str r1, [r0]
    @ how many others: they say so when they park
    line "firmware is ready"
    mrs r7, cpsr
    and r7, r7, #0x1f
    show "mode", r7
    line_end
    set r0, payload
    mov r1, #0
    b leave

@ A CPU without work: it says that it is off, and waits for an address in its mailbox.
parked:
    add r6, r8, #0x40
    add r6, r6, r9, lsl #4              @ {state, entry, context}
    mov r0, #0
    str r0, [r6, #4]
    mov r0, #OFF
    dmb
    str r0, [r6]
    dsb
    sev
1:  wfi
    set r5, GICC
    ldr r7, [r5, #0xc]
    bfc r7, #10, #3
    cmp r7, #WAKE
    streq r7, [r5, #0x10]
    ldr r0, [r6, #4]
    cmp r0, #0
    beq 1b
    ldr r1, [r6, #8]
    mov r2, #ON
    str r2, [r6]
    dsb

@ To Hyp mode at r0, with r1 in r0, as from reset.
leave:
    mov lr, r0
    mov r4, r1
    set r0, SCR_NS | SCR_HCE
    mcr p15, 0, r0, c1, c1, 0
    isb
    set r0, 0x30c50878
    mcr p15, 4, r0, c1, c0, 0           @ HSCTLR
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0           @ HCR
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mov r0, #MASKED | HYP
    tst lr, #1
    orrne r0, r0, #0x20
    bic lr, lr, #1
    msr spsr_cxsf, r0
    mov r0, r4
    movs pc, lr

    .balign 32
monitor_vectors:
    b .
    b .
    b psci
    b .
    b .
    b .
    b .
    b .

psci:
    push {r4-r9, lr}
    mrc p15, 0, r4, c1, c1, 0
    bic r5, r4, #SCR_NS
    mcr p15, 0, r5, c1, c1, 0
    isb
    set r8, shared
    set r5, 0x84000000
    sub r5, r0, r5
    cmp r5, #0
    moveq r0, #2                        @ PSCI_VERSION: 0.2
    beq done
    cmp r5, #2
    beq cpu_off
    cmp r5, #3
    beq cpu_on
    cmp r5, #4
    beq affinity_info
    mvn r0, #0
    b done
cpu_off:
    add sp, sp, #7 * 4
    mrc p15, 0, r9, c0, c0, 5
    and r9, r9, #7
    b parked
cpu_on:
    add r6, r8, #0x40
    add r6, r6, r1, lsl #4
    cmp r1, #8
    mvnhs r0, #1                        @ INVALID_PARAMETERS
    bhs done
    ldr r0, [r6]
    cmp r0, #0
    mvneq r0, #1
    beq done
    cmp r0, #ON
    mvneq r0, #3                        @ ALREADY_ON
    beq done
    str r3, [r6, #8]
    dmb
    str r2, [r6, #4]
    dsb
    add r0, r1, #16
    mov r2, #1
    lsl r0, r2, r0
    orr r0, r0, #WAKE
    set r2, GICD
    str r0, [r2, #0xf00]
    mov r0, #0
    b done
affinity_info:
    add r6, r8, #0x40
    ldr r0, [r6, r1, lsl #4]
    sub r0, r0, #1
done:
    mcr p15, 0, r4, c1, c1, 0
    isb
    pop {r4-r9, lr}
    movs pc, lr

@ -- Hyp mode, on every CPU ----------------------------------------------------------------------------
payload:
    this_cpu
    set r0, 0x84000000
    smc #0
    mov r7, r0
    line "hyp"
    show "psci", r7
    mrs r7, cpsr
    and r7, r7, #0x1f
    show "mode", r7
    line_end
    @ the others have all the time of a counter to park
    mov r6, #1
1:  set r4, 2000
2:  set r0, 0x84000003
    mov r1, r6
    set r2, payload_2
    add r3, r6, #0x100
    smc #0
    cmn r0, #2
    bne 3f
    yield
    subs r4, r4, #1
    bne 2b
    b 4f                                @ there is no such CPU
3:  add r6, r6, #1
    cmp r6, #8
    bne 1b
4:  mov r10, r6
    set r0, 0x84000003
    mov r1, #0
    smc #0
    mov r7, r0
    line "myself"
    show "result", r7
    line_end
    mov r6, #1
5:  cmp r6, r10
    bhs finish
6:  set r0, 0x84000004                  @ until it is off again
    mov r1, r6
    mov r2, #0
    smc #0
    yield
    cmp r0, #1
    bne 6b
    line "saw off"
    show "cpu", r6
    line_end
    add r6, r6, #1
    b 5b

    .thumb
    .thumb_func
payload_2:
    mov r7, r0
    mrc p15, 0, r9, c0, c0, 5
    and r9, r9, #7
    movw r0, #0x0000
    movt r0, #0x4038
    sub r0, r0, r9, lsl #12
    mov sp, r0
    movw r8, #:lower16:shared
    movt r8, #:upper16:shared
    blx in_arm
    b .
    .arm
    .type in_arm, %function
in_arm:
    line "on"
    show "context", r7
    mrs r7, spsr
    mrs r7, cpsr
    and r7, r7, #0x1f
    show "mode", r7
    line_end
    set r0, 0x84000002
    smc #0
    b .

    .data
    .balign 64
shared:
    .space 0x40
    .space 8 * 16
