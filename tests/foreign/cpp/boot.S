@ Start of a C++ program in Hyp mode on every CPU: 4 GB mapped one to one with caches, VFP enabled, a stack of
@ its own. The first CPU runs the constructors; start_cpu() starts another by PSCI; the machine is switched off
@ when the first CPU returns from cpu_main().
    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .arch_extension sec
    .fpu neon-vfpv4
    .section .boot, "ax"
    .global _start
    .global start_cpu
    .equ STACK_BITS, 14
_start:
    mrc p15, 0, r4, c0, c0, 5
    and r4, r4, #0xff
    ldr r0, =stacks
    add r1, r4, #1
    add sp, r0, r1, lsl #STACK_BITS
    ldr r0, =0x0000ff04                 @ HMAIR0: 0 Device, 1 Normal
    mcr p15, 4, r0, c10, c2, 0
    ldr r5, =table
    mov r6, #0
    mcrr p15, 4, r5, r6, c2             @ HTTBR
    ldr r0, =0x80803500
    mcr p15, 4, r0, c2, c0, 2           @ HTCR
    mcr p15, 4, r0, c8, c7, 0           @ TLBIALLH
    ldr r0, =0x000033ff
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    dsb
    isb
    mrc p15, 4, r0, c1, c0, 0
    ldr r1, =0x00001005                 @ I, C, M
    orr r0, r0, r1
    mcr p15, 4, r0, c1, c0, 0           @ HSCTLR
    isb
    mov r0, #0x40000000
    vmsr fpexc, r0
    cmp r4, #0
    bne go
    ldr r5, =constructors
    ldr r6, =constructors_end
1:  cmp r5, r6
    bhs go
    ldr r1, [r5], #4
    blx r1
    b 1b
go:
    mov r0, r4
    blx cpu_main
    cmp r4, #0
    ldreq r0, =0x84000008               @ SYSTEM_OFF
    smceq #0
2:  wfi
    b 2b

    .type start_cpu, %function
start_cpu:
    mov r1, r0
    ldr r2, =_start
    mov r3, #0
    ldr r0, =0x84000003                 @ CPU_ON
    smc #0
    bx lr
    .ltorg

    .section .rodata
    .balign 32
table:
    .quad 0x0040000000000601, 0x0000000040000705, 0x0000000080000705, 0x00400000c0000601
    .bss
    .balign 8
stacks:
    .space 8 << STACK_BITS
