@ A guest at PL1 sets its virtual timer and waits; Hyp mode takes the interrupt and gives it to the guest
@ by a List register with the physical interrupt, and takes the maintenance interrupt after that. Three
@ times; then the guest calls, and Hyp mode switches off.
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .global _start
    .equ GICD,0x08000000
    .equ GICC,0x08010000
    .equ GICH,0x08030000
    .equ GICV,0x08040000
_start: ldr sp,=0x40300000
    ldr r1,=0x30c51878
    mcr p15,4,r1,c1,c0,0
    ldr r1,=0x00c50078
    mcr p15,0,r1,c1,c0,0
    ldr r1,=hyp
    mcr p15,4,r1,c12,c0,0
    ldr r1,=guest_vectors
    mcr p15,0,r1,c12,c0,0
    mov r1,#0x18              @ HCR.IMO, FMO
    mcr p15,4,r1,c1,c1,0
    mov r1,#3
    mcr p15,4,r1,c14,c1,0     @ CNTHCTL
    mov r1,#0
    mov r2,#0
    mcrr p15,4,r1,r2,c14      @ CNTVOFF
    isb
    ldr r4,=GICD
    ldr r5,=GICC
    mov r1,#1
    str r1,[r4]
    ldr r1,=0x201             @ EOImode
    str r1,[r5]
    mov r1,#0xf0
    str r1,[r5,#4]
    ldr r1,=(1<<27)|(1<<25)
    str r1,[r4,#0x100]
    ldr r6,=GICH
    ldr r1,=0xf84c0001
    str r1,[r6,#8]
    mov r1,#0
    str r1,[r6,#0xf0]
    str r1,[r6,#0x100]
    str r1,[r6,#0x104]
    str r1,[r6,#0x108]
    str r1,[r6,#0x10c]
    mov r1,#1
    str r1,[r6]
    ldr r1,=0x53              @ SVC, IRQ enabled, FIQ masked
    msr spsr_cxsf,r1
    ldr r1,=guest
    msr elr_hyp,r1
    ldr r1,=0x40310000
    msr sp_svc,r1
    ldr r1,=0x40320000
    msr sp_irq,r1
    eret
hyp_irq: push {r0-r3,r5,r6,r8,r9,r12,lr}
    ldr r5,=GICC
    ldr r8,[r5,#0xc]
    ldr r0,=m_hyp
    mov r9,r8
    bl put
    str r8,[r5,#0x10]         @ drop the priority, the guest deactivates
    ubfx r1,r8,#0,#10
    cmp r1,#25
    beq 1f
    ldr r6,=GICH
    ldr r1,=0x9a000000        @ HW, pending, priority 0xa0
    orr r1,r1,r8
    orr r1,r1,r8,lsl #10
    str r1,[r6,#0x100]
    mov r1,#0x9               @ EN, NPIE
    str r1,[r6]
    b 2f
1:  ldr r6,=GICH
    ldr r9,[r6,#0x10]
    ldr r0,=m_misr
    bl put
    mov r1,#1
    str r1,[r6]
    ldr r5,=GICC
    ldr r1,=0x1000
    add r5,r5,r1
    str r8,[r5]               @ DIR
2:  pop {r0-r3,r5,r6,r8,r9,r12,lr}
    eret
hyp_trap: ldr r0,=m_trap
    mrc p15,4,r9,c5,c2,0
    bl put
    ldr r0,=0x84000008
    smc #0
    b .
guest: ldr r0,=m_guest
    mrs r9,cpsr
    bl put
    ldr r1,=5000
    mcr p15,0,r1,c14,c3,0
    mov r1,#1
    mcr p15,0,r1,c14,c3,1
3:  wfi
    ldr r7,=ticks
    ldr r1,[r7]
    cmp r1,#3
    blo 3b
    hvc #7
    b .
guest_irq: sub lr,lr,#4
    push {r0-r3,r5,r7,r8,r9,r12,lr}
    ldr r5,=GICV
    ldr r8,[r5,#0xc]
    mov r9,r8
    ldr r0,=m_virq
    bl put
    mrc p15,0,r9,c12,c1,0
    ldr r0,=m_isr
    bl put
    ldr r7,=ticks
    ldr r1,[r7]
    add r1,r1,#1
    str r1,[r7]
    ldr r1,=5000
    mcr p15,0,r1,c14,c3,0
    isb
    str r8,[r5,#0x10]
    pop {r0-r3,r5,r7,r8,r9,r12,lr}
    movs pc,lr
put: push {r1-r3,r6}
    ldr r1,=0x09000000
4:  ldrb r2,[r0],#1
    cmp r2,#0
    beq 5f
    str r2,[r1]
    b 4b
5:  mov r3,#8
6:  ror r9,r9,#28
    and r6,r9,#15
    cmp r6,#10
    addlo r6,r6,#'0'
    addhs r6,r6,#'a'-10
    str r6,[r1]
    subs r3,r3,#1
    bne 6b
    mov r6,#10
    str r6,[r1]
    pop {r1-r3,r6}
    bx lr
    .align 5
hyp: b .
    b .
    b .
    b .
    b .
    b hyp_trap
    b hyp_irq
    b .
guest_vectors: b .
    b .
    b .
    b .
    b .
    b .
    b guest_irq
    b .
    .ltorg
    .data
ticks: .word 0
m_hyp: .asciz "hyp irq "
m_misr: .asciz "misr "
m_trap: .asciz "hsr "
m_guest: .asciz "guest cpsr "
m_virq: .asciz "guest irq "
m_isr: .asciz "guest isr "
