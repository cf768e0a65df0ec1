@ Start of a C program in Hyp mode or in Secure Supervisor mode, of either endianness: VFP enabled, 4 GB
@ mapped one to one with caches, a stack; main() is called, and the end is by semihosting.
    .syntax unified
    .arch armv7ve
    .fpu neon-vfpv4
    .section .boot, "ax"
    .global _start
_start:
    mrc p15, 0, r0, c0, c0, 5
    ands r0, r0, #0xff
1:  wfine
    bne 1b
    ldr sp, =stack_end
    ldr r4, =0x000004ff                 @ MAIR0: 0 Normal, 1 Device
    ldr r5, =table
    mov r6, #0
    ldr r7, =0x00001005                 @ I, C, M
    mrs r0, cpsr
    and r0, r0, #0x1f
    cmp r0, #0x1a
    beq in_hyp
    ldr r0, =0x00f00000
    mcr p15, 0, r0, c1, c0, 2           @ CPACR
    mcr p15, 0, r4, c10, c2, 0          @ MAIR0
    mcrr p15, 0, r5, r6, c2             @ TTBR0
    ldr r0, =0x80000000
    mcr p15, 0, r0, c2, c0, 2           @ TTBCR.EAE
    mcr p15, 0, r0, c8, c7, 0           @ TLBIALL
    dsb
    isb
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, r7
    mcr p15, 0, r0, c1, c0, 0           @ SCTLR
    b ready
in_hyp:
    ldr r0, =0x000033ff
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r4, c10, c2, 0          @ HMAIR0
    mcrr p15, 4, r5, r6, c2             @ HTTBR
    ldr r0, =0x80803500
    mcr p15, 4, r0, c2, c0, 2           @ HTCR
    mcr p15, 4, r0, c8, c7, 0           @ TLBIALLH
    dsb
    isb
    mrc p15, 4, r0, c1, c0, 0
    orr r0, r0, r7
    mcr p15, 4, r0, c1, c0, 0           @ HSCTLR
ready:
    isb
    ldr r0, =0x40000000
    vmsr fpexc, r0
    bl main
    mov r0, #0x18
    ldr r1, =0x20026
    .inst 0xe10f0070                    @ HLT #0xf000: SYS_EXIT
    b .
    .ltorg

    .section .rodata
    .balign 32
table:
    .quad 0x0040000000000645, 0x0000000040000741, 0x0000000080000741, 0x00000000c0000741
    .bss
    .balign 8
    .space 0x4000
stack_end:
