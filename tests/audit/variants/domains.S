@ PL1 with short descriptors: a domain opened for user memory and closed, as Linux's uaccess does; a section taken apart
@ into pages; a page made read-only.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mov     r0, #0
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =table + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #0x1                        @ domain 0 client, 1 no access
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        ldr     r0, =vec
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        dsb
        isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     sp, =stk
        push    {r4, lr}
        @ user access: open domain 1
        mov     r0, #0x5
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        step 1, isb
        ldr     r7, =0x40300000
        ldr     r1, [r7]
        mov     r0, #0x1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        step 2, isb
        @ split a section into a page table: same mapping
        ldr     r4, =table + 4 * 0x404
        mov     r5, #0
        step 3, str     r5, [r4]
        .if DROP != 3
        dsb
        ldr     r7, =0x40400000
        step 4, mcr     p15, 0, r7, c8, c7, 3           @ TLBIMVAA
        dsb
        isb
        .endif
        ldr     r5, =pages + 1
        str     r5, [r4]
        dsb
        isb
        ldr     r7, =0x40400000
        ldr     r0, [r7]
        @ make a page read only
        ldr     r4, =pages
        ldr     r5, =0x4050027e + 0x400
        ldr     r5, =0x4050065e
        str     r5, [r4]
        dsb
        step 5, mcr     p15, 0, r7, c8, c7, 3   @ TLBIMVAA
        step 6, dsb
        isb
        str     r0, [r7]
        b       .
done:   b       .
        .ltorg
        .balign 32
vec:    b       .
        b       .
        b       .
        b       .
        b       done
        b       .
        b       .
        b       .
        .data
        .balign 16384
table:  .space  4 * 0x400
        .word   0x40010c0e, 0x40110c0e, 0x40210c0e, 0x40310c2e, 0x40410c0e
        .balign 8192
        .balign 16384
pages:  .word 0x4050045e
        .balign 1024
        .space 256
stk:    .space 64
