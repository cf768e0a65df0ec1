@ Two CPUs in Hyp mode on QEMU's virt: the second is started by PSCI and says so, the first takes three
@ interrupts of its Hyp timer, waiting in WFI, and then sends the second an SGI.
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .global _start
    .equ GICD,0x08000000
    .equ GICC,0x08010000
_start: mrc p15,0,r0,c0,c0,5
    and r0,r0,#3
    ldr sp,=0x40300000
    sub sp,sp,r0,lsl #12
    ldr r1,=0x30c51878
    mcr p15,4,r1,c1,c0,0
    isb
    ldr r1,=vectors
    mcr p15,4,r1,c12,c0,0
    isb
    ldr r4,=GICD
    ldr r5,=GICC
    mov r1,#1
    str r1,[r4]
    str r1,[r5]
    mov r1,#0xf0
    str r1,[r5,#4]
    ldr r1,=(1<<26)
    str r1,[r4,#0x100]
    cmp r0,#0
    bne secondary
    @ PSCI CPU_ON
    ldr r0,=0x84000003
    mov r1,#1
    ldr r2,=_start
    mov r3,#0
    smc #0
    ldr r6,=flag
1: ldr r1,[r6]
    cmp r1,#1
    wfene
    bne 1b
    @ CNTHP, 10000 ticks from now
    cpsie i
    ldr r1,=10000
    mcr p15,4,r1,c14,c2,0
    mov r1,#1
    mcr p15,4,r1,c14,c2,1
2: wfi
    ldr r7,=ticks
    ldr r1,[r7]
    cmp r1,#3
    blo 2b
    @ SGI 5 to all others
    ldr r1,=(1<<24)|5
    str r1,[r4,#0xf00]
3: ldr r1,[r6]
    cmp r1,#2
    bne 3b
    ldr r0,=m_done
    bl puts
    ldr r0,=0x84000008
    smc #0
    b .
secondary: ldr r0,=m_up
    bl puts
    ldr r6,=flag
    mov r1,#1
    str r1,[r6]
    dsb
    sev
    cpsie i
4: wfi
    b 4b
irq: push {r0-r3,r12,lr}
    ldr r5,=GICC
    ldr r8,[r5,#0xc]
    ubfx r1,r8,#0,#10
    cmp r1,#26
    bne 5f
    ldr r0,=m_tick
    bl puts
    ldr r1,=5000
    mcr p15,4,r1,c14,c2,0
    ldr r7,=ticks
    ldr r1,[r7]
    add r1,r1,#1
    str r1,[r7]
    cmp r1,#3
    moveq r1,#0
    mcreq p15,4,r1,c14,c2,1
    isb
    b 6f
5: ldr r0,=m_sgi
    bl puts
    ldr r6,=flag
    mov r1,#2
    str r1,[r6]
6: str r8,[r5,#0x10]
    pop {r0-r3,r12,lr}
    eret
puts: ldr r1,=0x09000000
7: ldrb r2,[r0],#1
    cmp r2,#0
    bxeq lr
    str r2,[r1]
    b 7b
    .align 5
vectors: b .
    b .
    b .
    b .
    b .
    b .
    b irq
    b .
    .ltorg
    .data
flag: .word 0
ticks: .word 0
m_up: .asciz "cpu1 up\n"
m_tick: .asciz "tick\n"
m_sgi: .asciz "sgi\n"
m_done: .asciz "done\n"
