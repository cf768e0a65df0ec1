@ PL1 with short descriptors of every kind: sections with TEX remap, a supersection, a large page, a Device section in a
@ domain. What is reserved in them is put in one by one.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r4, =table
        empty_table
        ldr     r0, =0x40011406                 @ the code: region 5 (TEX[0], C, B = 0b101)
        add     r1, r4, #0x1000
        str     r0, [r1]
        ldr     r0, =0x40111406
        str     r0, [r1, #4]
        ldr     r0, =0x40211406
        str     r0, [r1, #8]
        ldr     r0, =0x43011412                 @ 0x20000000: data, region 4, XN
        only 1, ldr     r0, =0x43019012         @ AP = 0b100
        only 2, ldr     r0, =0x4301141a         @ region 6
        str     r0, [r4, #0x800]
        ldr     r0, =0x41051406                 @ 0x21000000: a supersection
        add     r1, r4, #0x840
        mov     r2, #16
        only 3, mov     r2, #15
2:      str     r0, [r1], #4
        subs    r2, r2, #1
        bne     2b
        ldr     r5, =pages
        add     r0, r5, #1
        only 4, add     r0, r0, #0x10
        str     r0, [r4, #0x880]
        ldr     r0, =0x41011415                 @ 0x22000000: a large page
        mov     r1, r5
        mov     r2, #16
        only 5, mov     r2, #8
3:      str     r0, [r1], #4
        subs    r2, r2, #1
        bne     3b
        ldr     r0, =0x09000432                 @ 0x09000000: Device, XN, domain 1
        add     r1, r4, #0x240
        str     r0, [r1]
        ldr     r0, =0x000c2a01                 @ PRRR: region 0 Device, 4 to 6 Normal, Shareable as S says
        only 6, ldr     r0, =0x000c2b01         @ region 4 reserved
        step 7, mcr     p15, 0, r0, c10, c2, 0          @ PRRR
        ldr     r0, =0x05000500                 @ NMRR: Write-Back, Write-Allocate
        mcr     p15, 0, r0, c10, c2, 1          @ NMRR
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        add     r0, r4, #0x6a
        only 8, orr     r0, r0, #0x80           @ a bit below the base
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #5                          @ domains 0 and 1: client
        only 9, mov     r0, #6                  @ domain 0: reserved
        only 10, mov     r0, #0xd               @ domain 1: manager
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        dsb
        isb
        ldr     r0, =0x10c5187d                 @ TRE, M, C, I
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mov     r1, #0x20000000
        ldr     r2, [r1]
        str     r2, [r1, #8]                    @ beside it lies what nobody has put there
        ldr     r2, [r1, #4]
        mov     r1, #0x21000000
        ldr     r2, [r1]
        mov     r1, #0x22000000
        ldr     r2, [r1]
done:   b       done
        .balign 32
vectors:
        .rept   8
        b       done
        .endr
        .ltorg
        .bss
        .balign 0x4000
table:  .space  0x4000
pages:  .space  0x400
