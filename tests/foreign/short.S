@ Secure PL1 with the short-descriptor format: sections, a supersection, pages, domains, access permissions
@ and flag, the remap registers' side of it, TTBR1, and what faults say.
    .include "common.inc"
    .global _start
    .text
    .equ SECTION, 0x00000c02            @ full access, domain 0
    .equ PAGES, 0x40600000

_start:
    park_others
    stack ABT, 1
    stack UND, 2
    stack SYS, 3
    stack SVC, 4
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    @ the level 1 table: empty, then the sections
    set r1, level1
    mov r2, #0
    set r3, 4095
1:  str r2, [r1, r3, lsl #2]
    subs r3, r3, #1
    bpl 1b
    .macro section at:req, value:req
    set r0, \value
    set r2, (level1 + 4 * (\at))
    str r0, [r2]
    .endm
    section 0x080, (0x08000000 + SECTION + 0x10)
    section 0x090, (0x09000000 + SECTION + 0x10)
    section 0x402, (0x40200000 + SECTION)
    section 0x403, (0x40300000 + SECTION)
    section 0x404, (0x40400000 + SECTION + (1 << 5))            @ domain 1
    section 0x405, (0x40400000 + SECTION)
    section 0x406, (level2 + 1)
    section 0x407, (level2 + 1 + (2 << 5))                      @ domain 2
    section 0x408, (0x40800000 + 0x8402)                        @ AP 101: read-only, PL1
    section 0x409, (0x40900000 + 0x0402)                        @ AP 001: PL1
    section 0x40a, (0x40a00000 + 0x0802)                        @ AP 010: User mode reads
    section 0x40b, (0x40b00000 + 0x0002)                        @ AP 000: nobody
    section 0x40c, (0x40c00000 + 0x0012 + 0x0400)               @ XN
    section 0x40d, (0x68000000 + SECTION)                       @ where nothing is
    section 0x40e, (0x68000000 + 1)                             @ a table where nothing is
    section 0x40f, 3                                            @ PXN form, AP 000
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    section (0x410 + \number), (0x40000000 + 0x40c02)           @ supersection
    .endr
    mov r0, #0
    mcr p15, 0, r0, c2, c0, 2           @ TTBCR
    set r0, level1
    mcr p15, 0, r0, c2, c0, 0
    mov r0, #0x05                       @ DACR: domains 0 and 1 clients
    mcr p15, 0, r0, c3, c0, 0
    mcr p15, 0, r0, c8, c7, 0
    dsb
    isb
    set r5, 0x40400020
    set r4, 0xcafe0001
    str r4, [r5]
    set r5, 0x40407020
    add r4, r4, #1
    str r4, [r5]
    set r4, 0xef000000                  @ SVC, where a fetch may succeed
    .irp at, 0x40400100, 0x40800100, 0x40900100, 0x40a00100, 0x40b00100, PAGES + 0x3100, PAGES + 0x6100
    set r5, \at
    str r4, [r5]
    .endr
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "mmu on"
    set r5, 0x40500020
    ldr r4, [r5]
    show "section", r4
    set r5, 0x41400020
    ldr r4, [r5]
    show "supersection", r4
    set r5, PAGES + 0x20
    ldr r4, [r5]
    show "page", r4
    set r5, PAGES + 0x10020
    ldr r4, [r5]
    show "large", r4
    set r5, PAGES + 0x17020
    ldr r4, [r5]
    show "large", r4
    end_line

    .macro access at:req
    set r5, \at
    say "\at\n"
    titled " load", ldr r4, [r5]
    titled " store", strb r4, [r5, 0x80]
    titled " user load", ldrt r4, [r5]
    titled " user store", strt r4, [r5]
    titled " fetch", bx r5
    .endm
    .macro all
    access (PAGES + 0x3100)             @ read-only page
    access (PAGES + 0x4100)             @ no page
    access (PAGES + 0x5100)             @ XN page, PL1
    access (PAGES + 0x6100)             @ AP 000
    access 0x40700100                   @ page of domain 2
    access 0x40800100
    access 0x40900100
    access 0x40a00100
    access 0x40b00100
    access 0x40c00100
    access 0x50000100
    .endm
    all
    access 0x40d00100
    access 0x40e00100
    access 0x40f00100
    set r5, 0x40400100
    titled "domain 1, client", ldr r4, [r5]
    mov r0, #0x01
    mcr p15, 0, r0, c3, c0, 0
    isb
    titled "domain 1, none", ldr r4, [r5]
    titled "domain 1, none, fetch", bx r5
    mov r0, #0x31                       @ domain 2 manager
    mcr p15, 0, r0, c3, c0, 0
    isb
    access 0x40703100                   @ the manager of the read-only page
    access 0x40706100
    access 0x40704100

    say "access flag\n"
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1 << 29                @ SCTLR.AFE: AP[0] is the access flag
    mcr p15, 0, r0, c1, c0, 0
    isb
    access 0x40b00100
    access (PAGES + 0x6100)
    access 0x40a00100
    bic r0, r0, #1 << 29
    mcr p15, 0, r0, c1, c0, 0
    isb

    say "two tables\n"
    set r0, level1
    mcr p15, 0, r0, c2, c0, 1           @ TTBR1
    mov r0, #2                          @ TTBCR.N: addresses from 0x40000000 on are TTBR1's
    mcr p15, 0, r0, c2, c0, 2
    isb
    set r0, level1_low
    mcr p15, 0, r0, c2, c0, 0
    mcr p15, 0, r0, c8, c7, 0
    isb
    access 0x10000100
    access 0x50000100
    b finish

    .data
    .balign 1024
level2:
    .word 0x40400032, 0x40400032, 0x40400032
    .word (PAGES + 0x3000 + 0x232)      @ AP 111: read-only
    .word 0
    .word (PAGES + 0x5000 + 0x013)      @ XN
    .word (PAGES + 0x6000 + 0x002)      @ AP 000
    .org level2 + 4 * 16
    .rept 16
    .word 0x40400031                    @ large page
    .endr
    .org level2 + 1024
    .balign 4096
level1_low:
    .org level1_low + 4 * 0x080
    .word 0x08000000 + SECTION + 0x10
    .org level1_low + 4 * 0x090
    .word 0x09000000 + SECTION + 0x10
    .org level1_low + 4096
    .equ level1, 0x40340000
