@ Secure PL1 with the long-descriptor format: one-to-one map, remapped blocks and pages, and every kind of
@ fault with what DFSR, DFAR, IFSR and IFAR say. The tables are in .data.
    .include "common.inc"
    .global _start
    .text
    .equ NORMAL, 0x701                  @ AF, Inner Shareable, AttrIndx 0, block
    .equ SHARED, 0x741                  @ User mode may write
    .equ PAGE, 0x703
    .equ PAGES, 0x40600000

_start:
    park_others
    stack ABT, 1
    stack UND, 2
    stack SYS, 3
    stack SVC, 4
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0          @ VBAR
    set r0, 0x000004ff
    mcr p15, 0, r0, c10, c2, 0          @ MAIR0
    mov r1, #0
    set r0, level1
    mcrr p15, 0, r0, r1, c2             @ TTBR0
    set r0, level1_high
    mcrr p15, 1, r0, r1, c2             @ TTBR1
    set r0, 0x80010000                  @ EAE, T1SZ 1: addresses from 0x80000000 on are TTBR1's
    mcr p15, 0, r0, c2, c0, 2
    mcr p15, 0, r0, c8, c7, 0           @ TLBIALL
    dsb
    isb
    set r4, 0x11223344
    set r5, 0x40500010
    str r4, [r5]                        @ before the MMU is on
    mvn r0, r4
    set r5, 0x40400010
    str r0, [r5]
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "mmu on"
    show_cp15 "ttbcr", 0, c2, c0, 2
    end_line

    set r5, 0x40800010                  @ a 2 MB block that is elsewhere
    ldr r4, [r5]
    show "remapped", r4
    set r5, 0xc0500010                  @ 1 GB of TTBR1
    ldr r4, [r5]
    show "high", r4
    set r5, PAGES + 0x6010              @ the same memory by a page
    mvn r4, r4
    str r4, [r5]
    set r5, 0x40500010
    ldr r4, [r5]
    show "page", r4
    end_line

    .macro access at:req
    set r5, \at
    say "\at\n"
    titled " load", ldr r4, [r5]
    titled " store", str r4, [r5]
    titled " user load", ldrt r4, [r5]
    titled " user store", strbt r4, [r5]
    .endm
    access (PAGES + 0x0000)             @ read-only
    access (PAGES + 0x1004)             @ access flag clear
    access (PAGES + 0x2008)             @ PL1 only
    access (PAGES + 0x4000)             @ invalid
    access (PAGES + 0x5000)             @ User mode may write
    access (PAGES + 0x7000)             @ User mode may read
    access 0x40a00000                   @ no level 2 entry
    access 0x7ff00000                   @ the same, last
    access 0x80001000                   @ no level 1 entry of TTBR1
    access 0x40c00000                   @ the level 3 table is where nothing is
    access 0x40e00000                   @ mapped to where nothing is

    .macro fetch at:req
    set r5, \at
    say "\at"
    titled " fetch", bx r5
    .endm
    fetch (PAGES + 0x3000)              @ XN
    fetch (PAGES + 0x1000)
    fetch (PAGES + 0x4ffc)
    fetch 0x40a00000
    fetch 0x40c00000
    fetch 0x40e00000
    fetch 0x09000000                    @ a device

    say "stray accesses\n"
    set r5, PAGES + 0x5001
    titled " unaligned exclusive", ldrex r4, [r5]
    set r5, PAGES + 0x0ffe              @ over the end of a page
    titled " load over the end", ldr r4, [r5]
    titled " store over the end", str r4, [r5]
    set r5, PAGES + 0x3ffc
    titled " multiple over the end", ldmia r5, {r3, r4}
    set r5, PAGES + 0x2ffc
    titled " pair", strd r2, r3, [r5]
    titled " clean by address", mcr p15, 0, r5, c7, c10, 1
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #2                      @ SCTLR.A
    mcr p15, 0, r0, c1, c0, 0
    isb
    set r5, PAGES + 0x5002
    titled " checked alignment", ldr r4, [r5]
    set r5, PAGES + 0x5001
    titled " checked alignment, store", strh r4, [r5]
    set r5, PAGES + 0x4001
    titled " unaligned and invalid", ldr r4, [r5]
    bic r0, r0, #2
    mcr p15, 0, r0, c1, c0, 0
    isb
    set r0, 0x80810000                  @ EPD1
    mcr p15, 0, r0, c2, c0, 2
    isb
    set r5, 0xc0500010
    titled " walks disabled", ldr r4, [r5]

    say "user\n"
    set r5, PAGES + 0x5000
    set r4, 0xef000000                  @ SVC
    str r4, [r5]
    cps #SYS
    cps #USR
    titled " load", ldr r4, [r5]
    set r5, PAGES + 0x2000
    titled " load of PL1's", ldr r4, [r5]
    titled " fetch of PL1's", bx r5
    set r5, PAGES + 0x7000
    titled " store to read-only", str r4, [r5]
    mov r4, #THE_END
    svc 0

    .data
    .macro entry low:req, high=0
    .word \low, \high
    .endm
    .balign 4096
level2:
    .org level2 + 8 * 1
    entry (0x40200000 | SHARED)         @ code and stacks
    entry (0x40400000 | SHARED)
    entry (level3 + 3)
    entry (0x40400000 | NORMAL)         @ VA 0x40800000
    entry 0
    entry (0x68000000 + 3)              @ VA 0x40c00000: a table where nothing is
    entry (0x68000000 | SHARED)
    .org level2 + 4096
level3:
    entry (PAGES + 0x0000 + PAGE + 0x80)
    entry (PAGES + 0x1000 + PAGE - 0x400)
    entry (PAGES + 0x2000 + PAGE)
    entry (PAGES + 0x3000 + PAGE), 0x00400000
    entry 0
    entry (PAGES + 0x5000 + PAGE + 0x40)
    entry (0x40500000 + PAGE)
    entry (PAGES + 0x7000 + PAGE + 0xc0)
    .org level3 + 4096
level1:
    entry 0x00000645, 0x00400000        @ devices, User mode prints too
    entry (level2 + 3)
    .balign 32
level1_high:
    entry 0
    entry (0x40000000 | NORMAL)
