@ Firmware as UEFI is one: it hands over to an image in Hyp mode with the Hyp MMU and the caches on.
@
@ For QEMU's virt machine: devices below 1 GiB, RAM in the gigabyte above, both mapped one to one by blocks of
@ Long-descriptor level 1. IMAGE is where the image begins; with MAPPED = 0 memory is not mapped after all.
@ QEMU starts only the boot CPU here.

        .syntax unified
        .arm
        .arch_extension virt

        .equ    DEVICE, 0x0040000000000445      @ XN, AF, AP[1], AttrIndx 1, block
        .equ    MEMORY, 0x0000000040000741      @ AF, Inner Shareable, AP[1], AttrIndx 0, block, at 0x4000_0000

        .text
        .global _start
_start:
        ldr     r0, =0x000004ff                 @ AttrIndx 0: Normal Write-Back; 1: Device
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        ldr     r0, =0x80803500                 @ T0SZ = 0; walks Write-Back, Inner Shareable
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =table
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        ldr     r0, =0x30c5187d                 @ RES1, CP15BEN, I, C, M
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r0, =IMAGE
        bx      r0
        .ltorg

        .balign 32
table:
        .quad   DEVICE, MEMORY * MAPPED, 0, 0
